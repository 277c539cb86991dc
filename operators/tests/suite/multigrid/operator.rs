//! Whole decomposed operators.

use sobolev_kernels::testing::GradCheck;
use sobolev_operators::fno::WeightConfig;
use sobolev_operators::loss::Edges;
use sobolev_operators::multigrid::{Coordinates, Extension, LowPass, PerAxis};
use sobolev_operators::{
    FfnoConfig, FnoConfig, Loss, ModelConfig, MultigridConfig, Operator, TfnoConfig, UnoConfig,
};

use super::super::support::{
    difference, flatten, gradients, plain, random, tensor, to_f64, unflatten, values,
};

fn tfno(modes: &[usize]) -> ModelConfig {
    let weights = WeightConfig::tucker(0.4).joint();
    ModelConfig::Tfno(TfnoConfig(FnoConfig::new(modes, 4).with_n_layers(2).with_weights(weights)))
}

/// Gradients by input and parameters through cutting, the operator and stitching, against central differences.
fn check(name: &str, config: &MultigridConfig, size: &[usize]) {
    let (batch, points) = (2, size.iter().product());
    let model = config.init(2, 1, 7, &plain()).unwrap();
    let x = values(random(1, [batch, 2, points]));
    let truth = random(2, [batch, 1, points]);
    let theta = [flatten(&model), x].concat();
    let split = theta.len() - batch * 2 * points;
    let loss = Loss::RelativeH1(Edges::Periodic);

    let at = |theta: &[f64]| {
        let model = unflatten(&model, &theta[..split], &plain());
        let y = model.forward_flat(tensor(theta[split..].to_vec(), [batch, 2, points], &plain()), size);
        values(loss.forward(y, truth.clone(), size))[0]
    };
    let device = plain().autodiff();
    let tracked = unflatten(&model, &theta[..split], &device);
    let input = tensor(theta[split..].to_vec(), [batch, 2, points], &device).require_grad();
    let target = tensor(values(truth.clone()), [batch, 1, points], &device);
    let grads = loss.forward(tracked.forward_flat(input.clone(), size), target, size).backward();
    let gradient = [gradients(&tracked, &grads), values(input.grad(&grads).unwrap())].concat();
    GradCheck { coordinates: 100, ..GradCheck::default() }.assert(name, at, &theta, &gradient, 1e-6);
}

#[test]
fn gradients_through_patches_and_stitching() {
    let base = |modes: &[usize], levels| MultigridConfig::new(levels, tfno(modes));
    check("1D", &base(&[4], 2).with_padding(0.1), &[16]);
    check("2D", &base(&[3, 4], 1).with_padding(0.125), &[8, 12]);
    check("3D", &base(&[2, 2, 3], 1), &[4, 4, 8]);
    let padding = PerAxis::Each(vec![0.0, 0.25]);
    check("padding on one axis", &MultigridConfig { padding, ..base(&[3, 4], 1) }, &[4, 8]);
    for extension in [Extension::Zero, Extension::Reflect, Extension::Constant] {
        let extension = PerAxis::Same(extension);
        let config = MultigridConfig { extension, low_pass: LowPass::FullWeighting, ..base(&[3, 4], 1) };
        check("a domain with ends", &config.with_padding(0.25), &[4, 8]);
    }
    check("spectral", &MultigridConfig { low_pass: LowPass::Spectral, ..base(&[3, 4], 1) }, &[8, 8]);
    for coordinates in [Coordinates::None, Coordinates::Local] {
        check("coordinates", &MultigridConfig { coordinates, ..base(&[3, 4], 1) }, &[4, 8]);
    }
}

/// Without levels and padding the decomposition is its operator, with the same weights.
#[test]
fn nothing_to_decompose() {
    let config =
        MultigridConfig { coordinates: Coordinates::Local, ..MultigridConfig::new(0, tfno(&[3, 4])) };
    let model = to_f64(&config.init(2, 1, 3, &plain()).unwrap());
    let inner = to_f64(&tfno(&[3, 4]).init(2, 1, 3, &plain()).unwrap());
    let x = random::<3>(0, [2, 2, 35]);
    let (a, b) = (model.forward_flat(x.clone(), &[5, 7]), inner.forward_flat(x, &[5, 7]));
    assert_eq!(values(a), values(b));
}

/// How many patches are in memory at a time does not matter.
#[test]
fn patches_may_be_taken_one_by_one() {
    let whole = MultigridConfig::new(1, tfno(&[3, 4])).with_padding(0.125);
    let x = random::<3>(0, [3, 2, 8 * 12]);
    let run = |patches_per_pass| {
        let config = MultigridConfig { patches_per_pass, ..whole.clone() };
        to_f64(&config.init(2, 1, 3, &plain()).unwrap()).forward_flat(x.clone(), &[8, 12])
    };
    let all = run(Some(1000));
    for patches in [None, Some(1), Some(5), Some(12)] {
        let d = difference(run(patches), all.clone());
        assert!(d < 1e-14, "{patches:?} at a time: {d:e}");
    }
}

/// A periodic decomposition without coordinates commutes with translations by a patch.
#[test]
fn translations_by_a_patch() {
    let config = MultigridConfig { coordinates: Coordinates::None, ..MultigridConfig::new(1, tfno(&[4])) };
    let model = to_f64(&config.with_padding(0.125).init(1, 1, 3, &plain()).unwrap());
    let x = values(random::<3>(0, [1, 1, 16]));
    let rolled: Vec<f64> = (0..16).map(|i| x[(i + 8) % 16]).collect();
    let run = |x: Vec<f64>| values(model.forward_flat(tensor(x, [1, 1, 16], &plain()), &[16]));
    let (y, moved) = (run(x), run(rolled));
    assert!((0..16).all(|i| (moved[i] - y[(i + 8) % 16]).abs() < 1e-14 * y[i].abs().max(1.0)));
}

/// The same weights on finer and coarser grids, square or not.
#[test]
fn any_grid_that_can_be_cut() {
    let model = to_f64(&MultigridConfig::new(1, tfno(&[4, 4])).init(1, 1, 3, &plain()).unwrap());
    // A smooth field of low wavenumbers: the operator sees nearly the same function on every grid.
    let field = |n: usize, m: usize| {
        let at = |p: usize| {
            let (y, x) = ((p / m) as f64 / n as f64, (p % m) as f64 / m as f64);
            let wave = |v: f64| (std::f64::consts::TAU * v).sin();
            wave(x) + wave(y + 0.3) * wave(x + 0.1)
        };
        tensor((0..n * m).map(at).collect(), [1, 1, n * m], &plain())
    };
    let coarse = |fine: Vec<f64>, n: usize, m: usize, factor: usize| -> Vec<f64> {
        (0..n * m).map(|p| fine[(p / m * factor) * m * factor + p % m * factor]).collect()
    };
    let fine = values(model.forward_flat(field(64, 128), &[64, 128]));
    let mut last = f64::INFINITY;
    for factor in [8, 4, 2] {
        let (n, m) = (64 / factor, 128 / factor);
        let y = model.forward_flat(field(n, m), &[n, m]);
        let expected = tensor(coarse(fine.clone(), n, m, factor), [1, 1, n * m], &plain());
        let d = difference(y, expected);
        // Patches end anywhere: the inner operator converges like a quadrature over an interval, at first order.
        assert!(d < 0.75 * last && d < 0.3, "grid {n} x {m}: {d}");
        last = d;
    }
}

/// Every operator that there is can be inside.
#[test]
fn other_operators_inside() {
    let ffno = ModelConfig::Ffno(FfnoConfig::new(&[3, 4], 4).with_n_layers(2));
    check("F-FNO", &MultigridConfig::new(1, ffno).with_padding(0.125), &[8, 8]);
    let uno = UnoConfig::new(4).with_block(6, &[3, 4], 0.5).with_block(4, &[3, 4], 2.0);
    check("U-NO", &MultigridConfig::new(1, ModelConfig::Uno(uno)).with_padding(0.25), &[8, 8]);
}

/// Decompositions can be decomposed.
#[test]
fn patches_of_patches() {
    let inner = ModelConfig::Multigrid(MultigridConfig::new(1, tfno(&[2, 2])));
    let config = MultigridConfig::new(1, inner);
    assert!(config.check_size(&[16, 32]).is_ok());
    let error = config.check_size(&[16, 12]).unwrap_err().to_string();
    assert!(error.contains("in its patches of [8, 6] points") && error.contains("axis 1"), "{error}");
    check("patches of patches", &config, &[8, 8]);
}
