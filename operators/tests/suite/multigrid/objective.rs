//! Losses of patches and their gradients: at once, pass by pass, and against central differences.

use burn::tensor::Tensor;
use sobolev_kernels::testing::GradCheck;
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::loss::Edges;
use sobolev_operators::multigrid::{Extension, PerAxis};
use sobolev_operators::train::{Objective, PatchConfig, PatchLoss, Sample, TrainError};
use sobolev_operators::{FnoConfig, Loss, ModelConfig, Multigrid, MultigridConfig, Operator, TfnoConfig};

use super::super::support::{flatten, plain, random, tensor, unflatten, values};

const SIZE: [usize; 2] = [8, 12];
const LOSSES: [Loss; 3] =
    [Loss::RelativeL2, Loss::RelativeH1(Edges::Periodic), Loss::RelativeH1(Edges::OneSided)];

fn config() -> MultigridConfig {
    let weights = WeightConfig::tucker(0.4).joint();
    let inner = FnoConfig::new(&[3, 4], 4).with_n_layers(2).with_weights(weights);
    MultigridConfig::new(1, ModelConfig::Tfno(TfnoConfig(inner))).with_padding(0.125)
}

fn model() -> Multigrid {
    config().init(2, 1, 7, &plain()).unwrap()
}

/// The loss and its gradient at the parameters `theta`.
fn evaluate(model: &Multigrid, theta: &[f64], loss: Loss, patches: PatchConfig) -> (f64, Vec<f64>) {
    let device = plain();
    let tracked = device.clone().autodiff();
    let on = |x: Tensor<3>| {
        let shape = x.dims();
        tensor(values(x), shape, &tracked)
    };
    let batch =
        Sample { input: on(random(1, [3, 2, 96])), target: on(random(2, [3, 1, 96])), size: SIZE.to_vec() };
    let objective = Objective { loss, patches: &patches, device: &device, seed: 11 };
    let (loss, gradients) = objective.gradients(&unflatten(model, theta, &tracked), &batch).unwrap();
    (loss, gradients.into_iter().flat_map(|g| values(g.expect("every parameter has a gradient"))).collect())
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(x, y)| x - y)) / norm(&mut b.iter().copied())
}

/// Patch by patch, the gradient of any loss is that of one graph of the whole step.
#[test]
fn passes_add_up_to_the_gradient_of_the_step() {
    let model = model();
    let theta = flatten(&model);
    for loss in LOSSES {
        for kind in [PatchLoss::Stitched, PatchLoss::PerPatch, PatchLoss::Random(2)] {
            let (value, gradient) =
                evaluate(&model, &theta, loss, PatchConfig { loss: kind, per_pass: None });
            for per_pass in [1, 5, 12, 1000] {
                let patches = PatchConfig { loss: kind, per_pass: Some(per_pass) };
                let (v, g) = evaluate(&model, &theta, loss, patches);
                let (dv, dg) = ((v - value).abs() / value, distance(&g, &gradient));
                assert!(dv < 1e-14 && dg < 1e-13, "{loss:?}, {patches:?}: {dv:e}, {dg:e}");
            }
        }
    }
}

#[test]
fn gradients_are_those_of_the_losses() {
    let model = model();
    let theta = flatten(&model);
    for loss in LOSSES {
        for kind in [PatchLoss::Stitched, PatchLoss::PerPatch, PatchLoss::Random(2)] {
            let patches = PatchConfig { loss: kind, per_pass: Some(4) };
            let (_, gradient) = evaluate(&model, &theta, loss, patches);
            let at = |theta: &[f64]| evaluate(&model, theta, loss, patches).0;
            let name = format!("{loss:?}, {kind:?}");
            GradCheck { coordinates: 40, ..GradCheck::default() }.assert(&name, at, &theta, &gradient, 1e-6);
        }
    }
}

/// The mean over patches of the relative error of each, computed from the stitched prediction.
#[test]
fn the_loss_of_patches_by_hand() {
    let model = model();
    let theta = flatten(&model);
    let plain_model = unflatten(&model, &theta, &plain());
    let y = values(plain_model.forward_flat(random(1, [3, 2, 96]), &SIZE));
    let truth = values(random::<3>(2, [3, 1, 96]));
    let (mut sum, mut count) = (0.0, 0);
    for sample in 0..3 {
        for (row, column) in [(0, 0), (0, 6), (4, 0), (4, 6)] {
            let (mut error, mut scale) = (0.0_f64, 0.0_f64);
            for i in row..row + 4 {
                for j in column..column + 6 {
                    let p = sample * 96 + i * 12 + j;
                    error += (y[p] - truth[p]).powi(2);
                    scale += truth[p].powi(2);
                }
            }
            sum += (error / scale).sqrt();
            count += 1;
        }
    }
    let patches = PatchConfig { loss: PatchLoss::PerPatch, per_pass: None };
    let (loss, _) = evaluate(&model, &theta, Loss::RelativeL2, patches);
    assert!((loss - sum / f64::from(count)).abs() < 1e-7, "{loss} {}", sum / f64::from(count));
}

/// Places depend on the seed alone, and are drawn anew for another.
#[test]
fn random_places_follow_from_the_seed() {
    let model = model();
    let tracked = plain().autodiff();
    let model = unflatten(&model, &flatten(&model), &tracked);
    let on = |x: Tensor<3>| {
        let shape = x.dims();
        tensor(values(x), shape, &tracked)
    };
    let batch =
        Sample { input: on(random(1, [2, 2, 96])), target: on(random(2, [2, 1, 96])), size: SIZE.to_vec() };
    let at = |seed| {
        let patches = PatchConfig { loss: PatchLoss::Random(3), per_pass: None };
        let objective = Objective { loss: Loss::RelativeL2, patches: &patches, device: &plain(), seed };
        objective.gradients(&model, &batch).unwrap().0
    };
    assert_eq!(at(3).to_bits(), at(3).to_bits());
    assert!((at(3) - at(4)).abs() > 1e-6);
}

#[test]
fn what_cannot_be_trained_so_is_refused() {
    let tracked = plain().autodiff();
    let x = |channels| tensor(vec![1.0; 96 * channels], [1, channels, 96], &tracked);
    let batch = Sample { input: x(2), target: x(1), size: SIZE.to_vec() };
    let refused = |model: &sobolev_operators::Model, patches: PatchConfig, field: &str| {
        let objective = Objective { loss: Loss::RelativeL2, patches: &patches, device: &plain(), seed: 0 };
        let error = objective.gradients(model, &batch).unwrap_err();
        assert!(matches!(error, TrainError::Config { field: named, .. } if named == field), "{error}");
    };
    let fno = ModelConfig::Fno(FnoConfig::new(&[2, 2], 4)).init(2, 1, 0, &tracked).unwrap();
    refused(&fno, PatchConfig { per_pass: Some(2), ..PatchConfig::default() }, "patches");
    let walls = MultigridConfig { extension: PerAxis::Same(Extension::Reflect), ..config() };
    let walls = ModelConfig::Multigrid(walls).init(2, 1, 0, &tracked).unwrap();
    refused(&walls, PatchConfig { loss: PatchLoss::Random(1), per_pass: None }, "patches.loss");
}
