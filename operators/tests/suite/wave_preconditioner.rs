//! Learned preconditioners of waves on random complex nine-point operators.

use burn::tensor::{DType, Device};
use sobolev_kernels::rng;
use sobolev_kernels::testing::GradCheck;
use sobolev_operators::preconditioner::wave::{Stencil, WaveConfig, WavePreconditioner, WaveSystem};

use super::support::{difference, flatten, gradients, plain, random, tensor, to_f64, unflatten, values};

/// Neighbours of a stencil, in its order.
const NEIGHBOURS: [[isize; 2]; 9] =
    [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 0], [0, 1], [1, -1], [1, 0], [1, 1]];

const SMALL: WaveConfig = WaveConfig { layers: 2, channels: 4, levels: 3, phase: 0.6 };

/// Real and imaginary parts of a stencil, 0 where a neighbour is outside.
fn stencil([rows, cols]: [usize; 2], seed: u64) -> [Vec<f32>; 2] {
    let inside = |k: usize, [dy, dx]: [isize; 2]| {
        let row = (k / cols).checked_add_signed(dy).is_some_and(|j| j < rows);
        row && (k % cols).checked_add_signed(dx).is_some_and(|i| i < cols)
    };
    [0, 1].map(|part| {
        let draws = rng::normals(&mut rng::stream(seed, part), 9 * rows * cols);
        let entry = |(at, v): (usize, f64)| {
            let (n, k) = (at / (rows * cols), at % (rows * cols));
            if inside(k, NEIGHBOURS[n]) { 0.1 * v as f32 } else { 0.0 }
        };
        draws.into_iter().enumerate().map(entry).collect()
    })
}

fn system(size: [usize; 2], batch: u64, device: &Device) -> WaveSystem {
    let parts: Vec<_> = (0..batch).map(|b| stencil(size, b)).collect();
    let stencils: Vec<_> = parts.iter().map(|[re, im]| Stencil { re, im }).collect();
    WaveSystem::new(&stencils, size, SMALL.phase, (device, DType::F64))
}

#[test]
fn a_system_is_its_matrix() {
    let size = [5, 7];
    let points = 35;
    let x = random(4, [2, 2, points]);
    let found = values(system(size, 2, &plain()).apply(x.clone()));
    let x = values(x);
    for b in 0..2 {
        let [re, im] = stencil(size, b as u64);
        let at = |part: usize, k: usize| x[(2 * b + part) * points + k];
        for k in 0..points {
            let mut sum = [0.0; 2];
            for (n, [dy, dx]) in NEIGHBOURS.into_iter().enumerate() {
                let (a, c) = (f64::from(re[n * points + k]), f64::from(im[n * points + k]));
                if a == 0.0 && c == 0.0 {
                    continue;
                }
                let other = k.checked_add_signed(7 * dy + dx).unwrap();
                sum[0] += a * at(0, other) - c * at(1, other);
                sum[1] += a * at(1, other) + c * at(0, other);
            }
            for part in 0..2 {
                assert!((found[(2 * b + part) * points + k] - sum[part]).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn corrections_are_linear_and_each_operator_has_its_own() {
    let (size, points) = ([12, 9], 108);
    let device = plain();
    let net = to_f64(&SMALL.init(1, &device).unwrap());
    let both = system(size, 2, &device);
    let (r, s) = (random(1, [2, 2, points]), random(2, [2, 2, points]));
    let sum = net.forward(&both, r.clone() * 2.0 - s.clone() * 3.0);
    let parts = net.forward(&both, r.clone()) * 2.0 - net.forward(&both, s) * 3.0;
    assert!(difference(sum, parts) < 1e-12);
    // The same residual under both operators.
    let r = r.narrow(0, 0, 1);
    let z = net.forward(&both, r.clone().repeat_dim(0, 2));
    let alone = net.forward(&system(size, 1, &device), r);
    assert!(difference(z.clone().narrow(0, 0, 1), alone.clone()) < 1e-12);
    assert!(difference(z.narrow(0, 1, 1), alone) > 1e-3);
}

/// With the best factor a correction never makes a residual larger, and what is left is orthogonal to A z.
#[test]
fn residuals_fall_and_are_orthogonal_to_the_step() {
    let (size, points) = ([10, 11], 110);
    let device = plain();
    let net = to_f64(&SMALL.init(2, &device).unwrap());
    let system = system(size, 3, &device);
    let r = random(3, [3, 2, points]);
    let left = net.reduction(&system, r.clone(), 1);
    let factors = values(left.factors[0].clone());
    assert!(factors.iter().all(|f| (0.0..1.0).contains(f)), "{factors:?}");
    let step = values(system.apply(net.forward(&system, r)));
    let rest = values(left.residual);
    for b in 0..3 {
        let part = |x: &[f64], which: usize| x[(2 * b + which) * points..][..points].to_vec();
        let dot = |x: Vec<f64>, y: Vec<f64>| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let re = dot(part(&step, 0), part(&rest, 0)) + dot(part(&step, 1), part(&rest, 1));
        let im = dot(part(&step, 0), part(&rest, 1)) - dot(part(&step, 1), part(&rest, 0));
        let size = dot(part(&step, 0), part(&step, 0)).sqrt();
        assert!(re.abs() < 1e-9 * size && im.abs() < 1e-9 * size, "{re} {im} {size}");
        let norm = dot(part(&rest, 0), part(&rest, 0)) + dot(part(&rest, 1), part(&rest, 1));
        assert!((norm - 1.0).abs() < 1e-12, "{norm}");
    }
}

#[test]
fn gradients_of_what_is_left_of_a_residual() {
    let (size, points) = ([8, 9], 72);
    let net = to_f64(&WaveConfig { layers: 1, channels: 3, ..SMALL }.init(5, &plain()).unwrap());
    let r = values(random(5, [2, 2, points]));
    let loss = |net: &WavePreconditioner, device: &Device| {
        let left = net.reduction(&system(size, 2, device), tensor(r.clone(), [2, 2, points], device), 2);
        left.factors.into_iter().map(|f| f.square().mean()).reduce(|a, b| a + b).unwrap()
    };
    let theta = flatten(&net);
    let device = plain().autodiff();
    let tracked = unflatten(&net, &theta, &device);
    let gradient = gradients(&tracked, &loss(&tracked, &device).backward());
    let value = |theta: &[f64]| values(loss(&unflatten(&net, theta, &plain()), &plain()))[0];
    let check = GradCheck { coordinates: 150, ..GradCheck::default() };
    check.assert("reduction", value, &theta, &gradient, 1e-6);
}

#[test]
fn bad_configurations_are_errors() {
    let message = |config: WaveConfig| config.init(0, &plain()).map(|_| ()).unwrap_err().to_string();
    assert!(message(WaveConfig { layers: 0, ..SMALL }).contains("layers"));
    assert!(message(WaveConfig { channels: 0, ..SMALL }).contains("channels"));
    assert!(message(WaveConfig { levels: 0, ..SMALL }).contains("levels"));
    assert!(message(WaveConfig { phase: 4.0, ..SMALL }).contains("between 0 and π"));
}
