//! One rank and many: the same losses, norms and errors, the same weights on all ranks.

use burn::module::Module;
use burn::tensor::Device;
use sobolev_operators::Operator;
use sobolev_operators::train::parallel::Share;
use sobolev_operators::train::{BatchSource, PatchLoss, TrainConfig};

use super::super::support::{Tiny, Waves};
use super::{Job, curve, decomposed, difference, train, with};

/// Every layout follows the curve of one rank, and all its ranks end with the same weights.
fn assert_same_curve<M: Module + Operator>(
    config: &TrainConfig,
    model: impl Fn(usize) -> M + Sync,
    layouts: &[(usize, usize)],
) {
    let folder = tempfile::tempdir().unwrap();
    let run = |layout| {
        let folder = folder.path().join(format!("{layout:?}"));
        let trained = train(&Job { folder: &folder, config, layout, resume: false, model: &model });
        let weights: Vec<_> = trained.into_iter().map(|t| t.unwrap().0).collect();
        assert!(weights.iter().all(|w| *w == weights[0]), "{layout:?}: ranks with other weights");
        curve(&folder)
    };
    let one = run((1, 1));
    // Four epochs of six steps: 24 losses and norms; after each, three errors and the loss of the epoch.
    assert_eq!(one.len(), 24 * 2 + 4 * 4);
    for &layout in layouts {
        let off = difference(&run(layout), &one);
        // Single precision, and Adam's first steps are signs of gradients.
        assert!(off < 3e-4, "{:?}, {layout:?}: {off:e}", config.patches);
    }
}

#[test]
fn patches_samples_and_both_follow_the_curve_of_one_rank() {
    let device = Device::flex();
    let model = |_| decomposed().init(2, 1, 7, &device).unwrap();
    for config in [
        with(PatchLoss::Stitched, None),
        with(PatchLoss::Stitched, Some(1)),
        with(PatchLoss::PerPatch, None),
        with(PatchLoss::PerPatch, Some(3)),
        with(PatchLoss::Random(2), Some(3)),
    ] {
        // The last batch of an epoch has two samples, too few for four data groups.
        assert_same_curve(&config, model, &[(2, 1), (2, 2), (4, 1), (4, 2)]);
    }
}

#[test]
fn samples_of_a_model_without_patches_follow_the_curve_of_one_rank() {
    let device = Device::flex();
    let model = |_| Tiny::new(6, 0.0, &device);
    assert_same_curve(&with(PatchLoss::Stitched, None), model, &[(2, 1), (3, 1), (4, 1)]);
}

#[test]
fn portions_put_together_are_the_batch() {
    let waves = Waves::new(22, 4, 3);
    for of in 1..6 {
        let parts: Vec<_> = (0..of)
            .map(|index| {
                waves.portions(1, 2, Share { index, of }).unwrap().map(Result::unwrap).collect::<Vec<_>>()
            })
            .collect();
        for (i, batch) in waves.epoch(1, 2).unwrap().map(Result::unwrap).enumerate() {
            let (mut input, mut target) = (Vec::new(), Vec::new());
            for part in &parts {
                let at = &part[i];
                assert_eq!((at.total, at.first * 16), (batch.samples, input.len()));
                input.extend_from_slice(&at.batch.input);
                target.extend_from_slice(&at.batch.target);
            }
            assert_eq!((input, target), (batch.input, batch.target));
        }
    }
}
