//! A cycle as a linear map.

use burn::tensor::Tensor;
use sobolev_operators::mgno::{Bias, Boundary, Coarsening, MgConvConfig, Prolongation};
use sobolev_operators::multigrid::PerAxis;
use sobolev_operators::{Activation, MgnoConfig, Operator};

use super::super::support::{difference, flatten, plain, random, tensor, to_f64, unflatten, values};
use super::{levels, mixed, small};

fn linear<M: Operator>(name: &str, map: &M, size: &[usize]) {
    let points = size.iter().product();
    let shape = [2, map.in_channels(), points];
    let (f, g) = (random(1, shape), random(2, shape));
    let both = map.forward_flat(f.clone() * 2.5 - g.clone() * 0.75, size);
    let each = map.forward_flat(f, size) * 2.5 - map.forward_flat(g, size) * 0.75;
    assert!(difference(both, each) < 1e-12, "{name}");
}

/// `⟨W f, g⟩ = ⟨f, Wᵀ g⟩` with `Wᵀ g` from the backward pass of `⟨W f', g⟩` at some other `f'`.
fn adjoint<M: burn::module::Module + Operator>(name: &str, map: &M, size: &[usize]) {
    let points = size.iter().product();
    let (inputs, outputs) = (map.in_channels(), map.out_channels());
    let (f, g) = (random::<3>(3, [2, inputs, points]), random::<3>(4, [2, outputs, points]));
    let left = values((map.forward_flat(f.clone(), size) * g.clone()).sum())[0];
    let device = plain().autodiff();
    let tracked = unflatten(map, &flatten(map), &device);
    let on = |x: Tensor<3>| {
        let shape = x.dims();
        tensor(values(x), shape, &device)
    };
    let elsewhere = on(random(5, [2, inputs, points])).require_grad();
    let grads = (tracked.forward_flat(elsewhere.clone(), size) * on(g)).sum().backward();
    let transposed = elsewhere.grad(&grads).unwrap();
    let right = values((f * transposed).sum())[0];
    assert!((left - right).abs() < 1e-11 * left.abs().max(1.0), "{name}: {left} {right}");
}

#[test]
fn without_bias_and_norm() {
    let mut cycles = Vec::new();
    for boundary in Boundary::ALL {
        cycles.push((small(1, boundary), vec![11]));
        cycles.push((small(2, boundary), vec![8, 9]));
        cycles.push((small(3, boundary), vec![5, 6, 7]));
    }
    let boundary = mixed(&[Boundary::Circular, Boundary::Reflect]);
    let coarsening = PerAxis::Each(vec![Coarsening::Even, Coarsening::Odd]);
    let prolongation = Prolongation::Wrapped;
    cycles
        .push((MgConvConfig { boundary, coarsening, prolongation, ..small(2, Boundary::Zero) }, vec![10, 9]));
    for (config, size) in cycles {
        let map = to_f64(&config.init(2, 3, 5, &plain()).unwrap());
        linear(&format!("{config} on {size:?}"), &map, &size);
        adjoint(&format!("{config} on {size:?}"), &map, &size);
    }
}

/// A network without activation and bias is linear, with them it is not.
#[test]
fn networks_without_activation() {
    let config = MgnoConfig { activation: Activation::Identity, bias: Bias::None, ..network() };
    let map = to_f64(&config.init(2, 2, 5, &plain()).unwrap());
    linear("network", &map, &[9, 8]);
    adjoint("network", &map, &[9, 8]);
    let f = random::<3>(1, [1, 2, 72]);
    let curved = to_f64(&network().init(2, 2, 5, &plain()).unwrap());
    let (twice, one) = (curved.forward_flat(f.clone() * 2.0, &[9, 8]), curved.forward_flat(f, &[9, 8]));
    assert!(difference(twice, one * 2.0) > 1e-3);
}

fn network() -> MgnoConfig {
    MgnoConfig::new(4, small(2, Boundary::Zero)).with_n_layers(2)
}

/// The same weights on a larger grid: a field that repeats itself is mapped to one that does.
#[test]
fn periodic_fields_may_be_repeated() {
    let cycle = MgConvConfig { prolongation: Prolongation::Wrapped, ..small(2, Boundary::Circular) };
    let model = to_f64(&MgnoConfig { cycle, ..network() }.init(1, 1, 5, &plain()).unwrap());
    let x = random::<3>(1, [2, 1, 8 * 12]);
    let repeat =
        |x: Tensor<3>| x.reshape([2, 1, 8, 12]).repeat_dim(2, 3).repeat_dim(3, 2).reshape([2, 1, 24 * 24]);
    let y = model.forward_flat(x.clone(), &[8, 12]);
    assert!(difference(model.forward_flat(repeat(x), &[24, 24]), repeat(y)) < 1e-13);
}

/// A prolongation of 3 taps is one of 4 with a zero behind them, on even and odd sizes.
#[test]
fn kernels_of_three_taps_are_kernels_of_four() {
    for kind in [Coarsening::Even, Coarsening::Odd] {
        let four = MgConvConfig {
            coarsening: PerAxis::Same(kind),
            ..MgConvConfig::new(2, &levels(&[(1, 0), (1, 0)])).with_boundary(Boundary::Reflect)
        };
        let three = four.clone().with_grid(&[9, 9]);
        let small = to_f64(&three.init(2, 2, 5, &plain()).unwrap());
        let theta = flatten(&small);
        // The prolongation [in, out, taps] comes first.
        let mut padded = Vec::new();
        for pair in theta[..4 * 9].chunks(9) {
            let rows = pair.chunks(3).flat_map(|row| [row, &[0.0]].concat());
            padded.extend(rows.chain([0.0; 4]));
        }
        padded.extend(&theta[4 * 9..]);
        let large = unflatten(&four.init(2, 2, 5, &plain()).unwrap(), &padded, &plain());
        for size in [[9, 9], [8, 11], [10, 6]] {
            let x = random::<3>(1, [1, 2, size[0] * size[1]]);
            let (a, b) = (small.forward_flat(x.clone(), &size), large.forward_flat(x, &size));
            assert!(difference(a, b) < 1e-14, "{kind:?} {size:?}");
        }
    }
}
