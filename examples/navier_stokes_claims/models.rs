//! The models that are compared.

use sobolev::operators::fno::{WeightConfig, WeightForm};
use sobolev::operators::{FnoConfig, Model, ModelConfig, MultigridConfig, Operator, TfnoConfig};

use super::comparison::study::Entry;
use super::options::Budget;

/// Dense over factorised numbers of the spectral weights.
pub(crate) const COMPRESSIONS: [usize; 3] = [10, 75, 150];

/// The compression of MG-TFNO.
const DECOMPOSED: usize = 150;

/// Of a patch on either side, as a fraction of the axis: that of the authors' configuration for this problem.
const PADDING: f64 = 0.125;

/// All models: dense, factorised jointly, on patches, and factorised per layer; those of the paper's claims first.
///
/// A decomposed operator has as many modes as the others: on a window of half the domain they reach twice as far.
pub(crate) fn all(budget: &Budget) -> Vec<Entry> {
    let dense = FnoConfig::new(&[budget.modes; 2], budget.width);
    let tensorized = |form: WeightForm, joint: bool, compression: usize| {
        let weights = match form {
            WeightForm::Cp => WeightConfig::cp(1.0 / compression as f64),
            WeightForm::TensorTrain => WeightConfig::tensor_train(1.0 / compression as f64),
            WeightForm::Tucker | WeightForm::Dense => WeightConfig::tucker(1.0 / compression as f64),
        };
        let weights = if joint { weights.joint() } else { weights };
        ModelConfig::Tfno(TfnoConfig(dense.clone().with_weights(weights)))
    };
    let entry = |name: String, config| Entry { name, config, train: budget.train() };
    let mut entries = vec![entry("fno".into(), ModelConfig::Fno(dense.clone()))];
    let tensors = |sharing: &str, joint: bool| {
        let forms = [("tucker", WeightForm::Tucker), ("cp", WeightForm::Cp), ("tt", WeightForm::TensorTrain)];
        let mut entries = vec![];
        for (word, form) in forms {
            for compression in COMPRESSIONS {
                let name = format!("tfno-{word}-{sharing}-{compression}");
                entries.push(entry(name, tensorized(form, joint, compression)));
            }
        }
        entries
    };
    entries.extend(tensors("joint", true));
    // The fraction leaves a joint Tucker form with four layers rank 1 on the axis of layers; here it keeps all.
    let weights = WeightConfig { fixed: vec![0], ..WeightConfig::tucker(1.0 / DECOMPOSED as f64).joint() };
    let config = ModelConfig::Tfno(TfnoConfig(dense.clone().with_weights(weights)));
    entries.push(entry(format!("tfno-tucker-fixed-{DECOMPOSED}"), config));
    for levels in [1, 2] {
        let patches =
            |inner| ModelConfig::Multigrid(MultigridConfig::new(levels, inner).with_padding(PADDING));
        let joint = tensorized(WeightForm::Tucker, true, DECOMPOSED);
        let dense = ModelConfig::Fno(dense.clone());
        entries.push(entry(format!("mg-fno-L{levels}"), patches(dense)));
        entries.push(entry(format!("mg-tfno-L{levels}"), patches(joint)));
    }
    entries.extend(tensors("layer", false));
    entries
}

/// Real numbers in the spectral weights, biases not counted.
pub(crate) fn spectral_parameters(model: &Model) -> usize {
    match model {
        Model::Fno(fno) | Model::Tfno(fno) => {
            let biases = fno.config().n_layers * fno.config().hidden_channels;
            burn::module::Module::num_params(fno.convs()) - biases
        }
        _ => model.decomposition().map_or(0, |multigrid| spectral_parameters(multigrid.inner())),
    }
}
