//! Tensor dropout: its mean, its switch, its gradients.

use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor};
use sobolev_kernels::testing::GradCheck;
use sobolev_operators::fno::{RankConfig, SpectralConvs, WeightConfig};
use sobolev_operators::layers::Draws;
use sobolev_operators::train::{Objective, PatchConfig, PatchLoss, Sample};
use sobolev_operators::{FnoConfig, Loss, ModelConfig, MultigridConfig, Operator, TfnoConfig};

use super::support::{difference, flatten, gradients, plain, random, tensor, unflatten, values};

/// The generator of random layers belongs to the process: one test at a time, where tests share a process.
static GENERATOR: Mutex<()> = Mutex::new(());

const KEPT: [usize; 2] = [5, 4];

fn each(ranks: &[usize], form: WeightConfig) -> WeightConfig {
    WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form }
}

fn forms(p: f64) -> Vec<WeightConfig> {
    vec![
        WeightConfig::tucker(0.5).dropout(p),
        WeightConfig::tucker(0.5).joint().dropout(p),
        WeightConfig::tucker(0.5).joint().fixed(&[0, 3]).dropout(p),
        each(&[5, 4, 4], WeightConfig::tucker(0.5).separable().dropout(p)),
        WeightConfig::cp(0.2).dropout(p),
        WeightConfig::cp(0.2).joint().dropout(p),
        WeightConfig::tensor_train(0.3).dropout(p),
        WeightConfig::tensor_train(0.3).joint().dropout(p),
        WeightConfig::tensor_train(0.3).joint().separable().dropout(p),
    ]
}

fn convs(weights: &WeightConfig, device: &Device) -> SpectralConvs {
    let draws = SpectralConvs::new(weights, 6, 6, &[5, 6], &[5, 6], &mut Draws::new(3, &plain())).unwrap();
    unflatten(&draws, &flatten(&draws), device)
}

fn apply(convs: &SpectralConvs, x: &Tensor<4>) -> Vec<f64> {
    values(convs.weight(1).apply(1, x.clone(), &KEPT))
}

/// Over many steps the mean result is that without dropout: the squared deviation of each entry's mean, in units of its own
/// variance, is 1 on average. A factor off by 1 - p, or one rank that is always kept, would make it hundreds.
#[test]
fn the_mean_is_the_weight_without_dropout() {
    const STEPS: usize = 3000;
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let device = plain().autodiff();
    for weights in forms(0.2) {
        let x = values(random(5, [20, 2, 6, 2]));
        let (training, frozen) = (convs(&weights, &device), convs(&weights, &plain()));
        let exact = apply(&frozen, &tensor(x.clone(), [20, 2, 6, 2], &plain()));
        let x = tensor(x, [20, 2, 6, 2], &device);
        let (mut sum, mut squares) = (vec![0.0; exact.len()], vec![0.0; exact.len()]);
        for step in 0..STEPS {
            device.seed(1000 + step as u64);
            for (i, y) in apply(&training, &x).into_iter().enumerate() {
                sum[i] += y - exact[i];
                squares[i] += (y - exact[i]).powi(2);
            }
        }
        let n = STEPS as f64;
        let (mut total, mut scale) = (0.0, 0.0);
        for (sum, squares) in sum.iter().zip(&squares) {
            let (mean, variance) = (sum / n, squares / n - (sum / n).powi(2));
            assert!(variance > 0.0, "{weights}: an entry without any dropout");
            total += mean * mean / (variance / n);
            scale += variance;
        }
        let ratio = total / exact.len() as f64;
        assert!((0.3..2.5).contains(&ratio), "{weights}: deviation of the mean {ratio} times its variance");
        let spread = (scale / exact.iter().map(|v| v * v).sum::<f64>()).sqrt();
        assert!((0.2..3.0).contains(&spread), "{weights}: one step is {spread} of the result away");
    }
}

#[test]
fn it_is_off_outside_training_and_at_zero() {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let device = plain().autodiff();
    for (with, without) in forms(0.3).iter().zip(&forms(0.0)) {
        let x = values(random(5, [20, 2, 6, 2]));
        let (still, moving) = (tensor(x.clone(), [20, 2, 6, 2], &plain()), tensor(x, [20, 2, 6, 2], &device));
        let exact = apply(&convs(without, &plain()), &still);
        assert!(apply(&convs(with, &plain()), &still) == exact, "{with}: evaluation");
        device.seed(1);
        assert!(apply(&convs(without, &device), &moving) == exact, "{without}: p = 0");
        let training = convs(with, &device);
        let step = |seed: u64| {
            device.seed(seed);
            apply(&training, &moving)
        };
        assert!(step(1) != exact, "{with}: training");
        assert!(step(1) == step(1), "{with}: the same step");
        assert!(step(1) != step(2), "{with}: another step");
    }
}

/// Ranks of 3 and less, and axes without a factor, lose nothing.
#[test]
fn small_ranks_are_left_alone() {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let device = plain().autodiff();
    for weights in [
        each(&[3, 3, 2, 3], WeightConfig::tucker(0.1).dropout(0.9)),
        each(&[6, 3, 2, 3, 4], WeightConfig::tucker(0.1).joint().fixed(&[0, 4]).dropout(0.9)),
        each(&[3, 3, 2], WeightConfig::tensor_train(0.1).dropout(0.9)),
    ] {
        let x = values(random(5, [20, 2, 6, 2]));
        let exact = apply(&convs(&weights, &plain()), &tensor(x.clone(), [20, 2, 6, 2], &plain()));
        assert!(apply(&convs(&weights, &device), &tensor(x, [20, 2, 6, 2], &device)) == exact, "{weights}");
    }
}

/// With the same draw the loss is a function of the parameters; its gradient by central differences.
#[test]
fn gradients_flow_through_what_is_kept() {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let device = plain().autodiff();
    for weights in forms(0.3) {
        let config = FnoConfig::new(&[5, 6], 6).with_n_layers(4).with_weights(weights.clone());
        let model = config.init(1, 1, 7, &plain()).unwrap();
        let theta = flatten(&model);
        let x = tensor(values(random(1, [2, 1, 30])), [2, 1, 30], &device);
        let c = tensor(values(random(2, [2, 1, 30])), [2, 1, 30], &device);
        let loss = |theta: &[f64]| {
            device.seed(11);
            let y = unflatten(&model, theta, &device).forward_flat(x.clone(), &[5, 6]);
            values((y * c.clone()).sum().inner())[0]
        };
        device.seed(11);
        let tracked = unflatten(&model, &theta, &device);
        let grads = (tracked.forward_flat(x.clone(), &[5, 6]) * c.clone()).sum().backward();
        let gradient = gradients(&tracked, &grads);
        GradCheck { coordinates: 80, ..GradCheck::default() }.assert(
            &weights.to_string(),
            loss,
            &theta,
            &gradient,
            1e-6,
        );
    }
}

/// The layers of a joint weight see one draw in a pass through all of them.
#[test]
fn layers_of_a_joint_weight_share_the_draw() {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let device = plain().autodiff();
    let weights = WeightConfig::cp(0.2).joint().dropout(0.5);
    let convs = convs(&weights, &device);
    let x = tensor(values(random(1, [1, 6, 56])), [1, 6, 56], &device);
    device.seed(4);
    let shared = convs.shared(1, &[7, 8]);
    let (once, again) = (shared.forward(2, x.clone(), &[7, 8]), shared.forward(2, x.clone(), &[7, 8]));
    assert_eq!(difference(once.inner(), again.clone().inner()), 0.0);
    assert!(difference(convs.forward(2, x, &[7, 8]).inner(), again.inner()) > 1e-3);
}

/// Patch by patch a step leaves out the same ranks as in one pass.
#[test]
fn passes_over_patches_share_the_draw() {
    let _alone = GENERATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let (still, device) = (plain(), plain().autodiff());
    for weights in [WeightConfig::tucker(0.5).dropout(0.3), WeightConfig::cp(0.2).joint().dropout(0.3)] {
        let step = |weights: WeightConfig, per_pass| {
            let inner = FnoConfig::new(&[5, 6], 6).with_n_layers(2).with_weights(weights);
            let config = MultigridConfig::new(1, ModelConfig::Tfno(TfnoConfig(inner))).with_padding(0.125);
            let model = config.init(1, 1, 7, &still).unwrap();
            let model = unflatten(&model, &flatten(&model), &device);
            let on = |seed| tensor(values(random(seed, [2, 1, 96])), [2, 1, 96], &device);
            let batch = Sample { input: on(1), target: on(2), size: vec![8, 12] };
            let patches = PatchConfig { loss: PatchLoss::Stitched, per_pass };
            let objective = Objective { loss: Loss::RelativeL2, patches: &patches, device: &still, seed: 5 };
            let (loss, gradients) = objective.gradients(&model, &batch).unwrap();
            let gradients = gradients.into_iter().flat_map(|g| values(g.expect("a gradient")));
            [vec![loss], gradients.collect()].concat()
        };
        let whole = step(weights.clone(), None);
        let scale = whole.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let away = |other: Vec<f64>| {
            other.iter().zip(&whole).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs())) / scale
        };
        for per_pass in [1, 3, 8] {
            let error = away(step(weights.clone(), Some(per_pass)));
            assert!(error < 1e-12, "{weights}, {per_pass} patches a pass: {error:e}");
        }
        assert!(away(step(weights.clone().dropout(0.0), None)) > 1e-3, "{weights}: dropout does something");
    }
}
