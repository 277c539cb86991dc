//! Spectral convolutions in 16-bit numbers beside those in full precision.

use burn::module::Module;
use burn::tensor::{DType, Tensor};
use sobolev_operators::fno::{BlockConfig, Precision, Stabilizer, WeightConfig};
use sobolev_operators::train::{Objective, PatchConfig, Sample};
use sobolev_operators::{Fno, FnoConfig, Loss, Operator};

use super::support::{plain, random, values};

/// A relative rounding of a 16-bit number is 2^-11 or less; an operator adds up a few dozen of them.
const BOUND: f64 = 5e-3;

fn config(precision: Precision, weights: WeightConfig) -> FnoConfig {
    let block = BlockConfig { precision, stabilizer: Stabilizer::Tanh, ..BlockConfig::default() };
    FnoConfig::new(&[6, 6], 6).with_n_layers(3).with_block(block).with_weights(weights)
}

fn forms() -> Vec<WeightConfig> {
    let factorised = [WeightConfig::tucker(0.3), WeightConfig::cp(0.3), WeightConfig::tensor_train(0.3)];
    let joint = factorised.clone().map(WeightConfig::joint);
    [WeightConfig::default(), WeightConfig::default().separable()]
        .into_iter()
        .chain(factorised)
        .chain(joint)
        .collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let error: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    (error / b.iter().map(|b| b * b).sum::<f64>()).sqrt()
}

fn single<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    random(seed, shape).cast(DType::F32)
}

/// Prediction and gradients of all parameters.
fn evaluate(precision: Precision, weights: &WeightConfig) -> (Vec<f64>, Vec<f64>) {
    let device = plain().autodiff();
    let model: Fno = config(precision, weights.clone()).init(1, 2, 4, &device).unwrap();
    let (x, y) = (single(1, [2, 1, 120]).into_data(), single(2, [2, 2, 120]).into_data());
    let (x, y) = (Tensor::<3>::from_data(x, &device), Tensor::from_data(y, &device));
    let prediction = model.forward_flat(x, &[12, 10]);
    assert_eq!(prediction.dtype(), DType::F32, "the field keeps its precision");
    let gradients = Loss::RelativeL2.forward(prediction.clone(), y, &[12, 10]).backward();
    let mut all = Gather { gradients: &gradients, values: Vec::new() };
    model.visit(&mut all);
    (values(prediction), all.values)
}

struct Gather<'a> {
    gradients: &'a burn::tensor::Gradients,
    values: Vec<f64>,
}

impl burn::module::ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients).expect("every parameter has a gradient");
        assert_eq!(gradient.dtype(), DType::F32, "gradients are those of the weights in full precision");
        self.values.extend(values(gradient));
    }
}

/// Close to full precision, and not equal to it: the numbers were short.
#[test]
fn values_and_gradients_of_every_form() {
    for weights in forms() {
        let (half, full) = (evaluate(Precision::Half, &weights), evaluate(Precision::Full, &weights));
        let (value, gradient) = (distance(&half.0, &full.0), distance(&half.1, &full.1));
        assert!((1e-6..BOUND).contains(&value), "{weights}: the prediction is {value:e} apart");
        assert!((1e-6..3.0 * BOUND).contains(&gradient), "{weights}: the gradient is {gradient:e} apart");
    }
}

/// A slope of 4e-6 is nearly nothing in 16 bits: the objective scales it into their range.
#[test]
fn small_slopes_survive_the_backward_pass() {
    let (device, size) = (plain().autodiff(), [1 << 16]);
    let gradient = |precision| {
        let block = BlockConfig { precision, stabilizer: Stabilizer::Tanh, ..BlockConfig::default() };
        let model = FnoConfig::new(&[16], 4).with_n_layers(2).with_block(block);
        let model = model.init(1, 1, 4, &device).unwrap();
        let on = |seed| Tensor::from_data(single(seed, [4, 1, size[0]]).into_data(), &device);
        let batch = Sample { input: on(1), target: on(2), size: size.to_vec() };
        let (patches, still) = (PatchConfig::default(), plain());
        let objective = Objective { loss: Loss::RelativeL2, patches: &patches, device: &still, seed: 0 };
        let scaled = objective.gradients(&model, &batch).unwrap().1;
        let prediction = model.forward_flat(batch.input, &size);
        let plain = Loss::RelativeL2.forward(prediction, batch.target, &size).backward();
        let mut all = Gather { gradients: &plain, values: Vec::new() };
        model.visit(&mut all);
        (scaled.into_iter().flat_map(|g| values(g.unwrap())).collect::<Vec<_>>(), all.values)
    };
    let ((scaled, plain), (full, _)) = (gradient(Precision::Half), gradient(Precision::Full));
    let (scaled, plain) = (distance(&scaled, &full), distance(&plain, &full));
    assert!(scaled < BOUND, "{scaled:e} apart");
    assert!(plain > 2.0 * scaled, "{plain:e} apart without scaling, {scaled:e} with it");
}

/// A file with `precision` is read, and one without it is in full precision and stays as it was.
#[test]
fn is_a_setting_of_the_block() {
    let full = BlockConfig::default();
    assert_eq!(full.precision, Precision::Full);
    assert!(!toml::to_string(&full).unwrap().contains("precision"), "older readers know no such key");
    let half: BlockConfig = toml::from_str("precision = \"half\"\nstabilizer = \"tanh\"").unwrap();
    assert_eq!((half.precision, half.stabilizer), (Precision::Half, Stabilizer::Tanh));
    assert!(toml::from_str::<BlockConfig>("precision = \"quarter\"").is_err());
}
