//! Cutting and stitching are inverse, and their backward passes adjoint.

use burn::tensor::Tensor;
use proptest::prelude::*;
use sobolev_kernels::testing::assert_adjoint;
use sobolev_operators::MultigridConfig;
use sobolev_operators::multigrid::{Extension, LowPass, PerAxis};

use super::super::support::{plain, random, tensor, values};
use super::{build, patches};

const EXTENSIONS: [Extension; 4] =
    [Extension::Periodic, Extension::Zero, Extension::Reflect, Extension::Constant];

fn axis() -> impl Strategy<Value = (usize, f64, usize)> {
    (1..4_usize, prop_oneof![Just(0.0), 0.0..0.6_f64], 0..4_usize)
}

proptest! {
    /// The finest level of the patches, stitched, is the field: any size, any level, any padding, also none, also on one axis only.
    #[test]
    fn stitching_undoes_cutting(
        axes in prop::collection::vec(axis(), 1..=3),
        levels in 0..3_usize,
        batch in 1..3_usize,
        seed in 0..1000_u64,
    ) {
        let d = axes.len();
        // Two levels in three dimensions take grids of 4096 points and more.
        let levels = if d == 3 { levels.min(1) } else { levels };
        let size: Vec<usize> = axes.iter().map(|(units, ..)| units << (2 * levels)).collect();
        let padding: Vec<f64> = axes.iter().map(|a| a.1).collect();
        let extension = PerAxis::Each(axes.iter().map(|a| EXTENSIONS[a.2]).collect());
        let model = build(&MultigridConfig { extension, ..patches(d, levels, &padding) }, 2);
        let x = random::<3>(seed, [batch, 2, size.iter().product()]);
        let finest = model.cut(x.clone(), &size).fields.narrow(1, 0, 2);
        prop_assert!(values(model.stitch(finest.clone(), &size)) == values(x.clone()));
        let cropped = model.crop(finest, &size);
        prop_assert!(values(cropped) == values(model.cut_target(x, &size)));
    }
}

fn models() -> Vec<(MultigridConfig, Vec<usize>)> {
    let mut all = Vec::new();
    for extension in EXTENSIONS {
        for low_pass in [LowPass::None, LowPass::FullWeighting, LowPass::Spectral] {
            if low_pass == LowPass::Spectral && extension != Extension::Periodic {
                continue;
            }
            for (size, levels, padding) in [
                (vec![16], 2, vec![0.3]),
                (vec![4, 12], 1, vec![0.25, 0.0]),
                (vec![4, 4, 8], 1, vec![0.0, 0.25, 0.125]),
            ] {
                let extension = PerAxis::Same(extension);
                let config = MultigridConfig { extension, low_pass, ..patches(size.len(), levels, &padding) };
                all.push((config, size));
            }
        }
    }
    all
}

#[test]
fn stitching_and_its_adjoint() {
    for (config, size) in models() {
        let model = build(&config, 1);
        let points: usize = size.iter().product();
        let window: usize = model.cut(random::<3>(0, [1, 1, points]), &size).size.iter().product();
        let all = 2 * model.n_patches();
        assert_adjoint(
            &format!("stitching, {config:?}"),
            |y| values(model.stitch(tensor(y.to_vec(), [all, 3, window], &plain()), &size)),
            |x| values(model.stitch_adjoint(tensor(x.to_vec(), [2, 3, points], &plain()), &size)),
            all * 3 * window,
            2 * 3 * points,
            1e-14,
        );
    }
}

/// The backward pass of a linear map is its adjoint.
fn backward(map: impl Fn(Tensor<3>) -> Tensor<3>, n: [usize; 3], y: &[f64]) -> Vec<f64> {
    let device = plain().autodiff();
    let x = tensor(values(random::<3>(1, n)), n, &device).require_grad();
    let out = map(x.clone());
    let weights = tensor(y.to_vec(), out.dims(), &device);
    values(x.grad(&(out * weights).sum().backward()).unwrap())
}

#[test]
fn backward_passes_are_adjoint() {
    for (config, size) in models() {
        let model = build(&config, 2);
        let points: usize = size.iter().product();
        let cut = model.cut(random::<3>(0, [2, 2, points]), &size).fields.dims();
        assert_adjoint(
            &format!("cutting, {config:?}"),
            |x| values(model.cut(tensor(x.to_vec(), [2, 2, points], &plain()), &size).fields),
            |y| backward(|x| model.cut(x, &size).fields, [2, 2, points], y),
            2 * 2 * points,
            cut.iter().product(),
            1e-13,
        );
        let patch = [cut[0], 1, cut[2]];
        assert_adjoint(
            &format!("stitching, {config:?}"),
            |x| values(model.stitch(tensor(x.to_vec(), patch, &plain()), &size)),
            |y| backward(|x| model.stitch(x, &size), patch, y),
            patch.iter().product(),
            2 * points,
            1e-14,
        );
    }
}
