//! The gradient of a step that is shared among ranks is that of the step: samples, patches and both, in double precision.

use std::thread;

use burn::tensor::Tensor;
use sobolev_operators::loss::Edges;
use sobolev_operators::train::parallel::{Ranks, Threads};
use sobolev_operators::train::{Objective, Part, PatchConfig, PatchLoss, Sample, TrainError};
use sobolev_operators::{FnoConfig, Loss, Model, ModelConfig, MultigridConfig};

use super::super::support::{flatten, plain, random, tensor, unflatten, values};

const SIZE: [usize; 2] = [8, 12];
const SAMPLES: usize = 3;

/// On every rank: the loss of a step of three samples of which it has its share, and the gradient.
fn step(
    model: &ModelConfig,
    loss: Loss,
    patches: PatchConfig,
    (ranks, patch_parallel): (usize, usize),
) -> Vec<Result<(f64, Vec<f64>), TrainError>> {
    let evaluate = |rank: Threads| {
        let ranks = Ranks::new(Box::new(rank), patch_parallel)?;
        let device = plain();
        let tracked = device.clone().autodiff();
        let model = model.init(2, 1, 7, &plain()).unwrap();
        let model: Model = unflatten(&model, &flatten(&model), &tracked);
        let own = ranks.samples().range(SAMPLES);
        let on = |x: Tensor<3>| {
            let x = x.narrow(0, own.start, own.len());
            let shape = x.dims();
            tensor(values(x), shape, &tracked)
        };
        let batch = (!own.is_empty()).then(|| Sample {
            input: on(random(1, [SAMPLES, 2, 96])),
            target: on(random(2, [SAMPLES, 1, 96])),
            size: SIZE.to_vec(),
        });
        let objective = Objective { loss, patches: &patches, device: &device, seed: 11 };
        let part = Part { first: own.start, total: SAMPLES };
        let (loss, gradients) = objective.gradients_on(&ranks, &model, batch.as_ref(), part)?;
        let all = gradients.into_iter().flat_map(|g| values(g.expect("every parameter has a gradient")));
        Ok((loss, all.collect()))
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            Threads::new(ranks).into_iter().map(|rank| scope.spawn(move || evaluate(rank))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn decomposed() -> ModelConfig {
    let inner = ModelConfig::Fno(FnoConfig::new(&[3, 4], 4).with_n_layers(2));
    ModelConfig::Multigrid(MultigridConfig::new(1, inner).with_padding(0.125))
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
    norm(&mut a.iter().zip(b).map(|(x, y)| x - y)) / norm(&mut b.iter().copied())
}

/// Compares with one rank; all ranks have the same bits.
fn assert_shared(model: &ModelConfig, loss: Loss, patches: PatchConfig, layouts: &[(usize, usize)]) {
    let (value, gradient) = step(model, loss, patches, (1, 1)).remove(0).unwrap();
    for &layout in layouts {
        let all: Vec<_> = step(model, loss, patches, layout).into_iter().map(Result::unwrap).collect();
        assert_eq!(all.len(), layout.0);
        for (v, g) in &all {
            let (dv, dg) = ((v - value).abs() / value, distance(g, &gradient));
            assert!(dv < 1e-14 && dg < 1e-13, "{loss:?}, {patches:?}, {layout:?}: {dv:e}, {dg:e}");
            assert_eq!((v.to_bits(), g), (all[0].0.to_bits(), &all[0].1), "{layout:?}");
        }
    }
}

#[test]
fn patches_and_samples_add_up_to_the_step() {
    // Ranks, and how many of them share the patches of a sample; five data groups of three samples leave two without any.
    let layouts = [(2, 1), (2, 2), (3, 1), (4, 2), (4, 4), (5, 1), (6, 2), (8, 4)];
    for loss in [Loss::RelativeL2, Loss::RelativeH1(Edges::Periodic)] {
        for kind in [PatchLoss::Stitched, PatchLoss::PerPatch, PatchLoss::Random(2)] {
            for per_pass in [None, Some(1), Some(2)] {
                assert_shared(&decomposed(), loss, PatchConfig { loss: kind, per_pass }, &layouts);
            }
        }
    }
}

#[test]
fn any_number_of_ranks_shares_random_patches() {
    let patches = PatchConfig { loss: PatchLoss::Random(3), per_pass: None };
    assert_shared(&decomposed(), Loss::RelativeL2, patches, &[(3, 3), (5, 5), (12, 12)]);
}

#[test]
fn samples_alone_for_an_operator_without_patches() {
    let fno = ModelConfig::Fno(FnoConfig::new(&[3, 4], 4).with_n_layers(2));
    assert_shared(&fno, Loss::RelativeL2, PatchConfig::default(), &[(2, 1), (3, 1), (4, 1)]);
}

#[test]
fn a_layout_that_does_not_fit_is_refused_with_those_that_do() {
    let refused = |model: &ModelConfig, layout: (usize, usize), words: &[&str]| {
        for result in step(model, Loss::RelativeL2, PatchConfig::default(), layout) {
            let text = result.unwrap_err().to_string();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    };
    refused(&decomposed(), (6, 4), &["number of ranks, 6", "1, 2, 3 or 6", "is 4"]);
    refused(&decomposed(), (6, 3), &["4 patches", "6 ranks: 1 or 2", "is 3"]);
    let fno = ModelConfig::Fno(FnoConfig::new(&[3, 4], 4).with_n_layers(2));
    refused(&fno, (2, 2), &["1 for a model that does not work patch by patch", "is 2"]);
}
