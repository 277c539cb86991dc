//! What the proofs of the spectral equations share.

use sobolev_solvers::spectral::{Dealias, Equation, FourierGrid, Integrator, Stepper};

pub(crate) const CUBIC: Dealias = Dealias::Truncate { degree: 3 };

/// The fields after `steps` steps of `dt`.
pub(crate) fn run<E: Equation>(
    equation: E,
    grid: &FourierGrid,
    (dealias, integrator): (Dealias, Integrator),
    dt: f64,
    steps: usize,
    fields: &[f64],
) -> Vec<f64> {
    let stepper = Stepper::<E, f64>::new(equation, grid, dealias, integrator, dt).unwrap();
    let mut state = stepper.init(fields).unwrap();
    stepper.repeat(&mut state, steps).unwrap();
    assert!(state.blow_ups().is_empty(), "blown up");
    stepper.fields(&state)
}

/// The time derivative at the start, extrapolated from two short steps: the error is of third order in the step.
pub(crate) fn tendency<E: Equation + Copy>(
    equation: E,
    grid: &FourierGrid,
    dealias: Dealias,
    u: &[f64],
) -> Vec<f64> {
    let h = 1e-3;
    let slope = |h: f64| -> Vec<f64> {
        let after = run(equation, grid, (dealias, Integrator::EtdRk4), h, 1, u);
        after.iter().zip(u).map(|(a, u)| (a - u) / h).collect()
    };
    let (d1, d2, d4) = (slope(h), slope(0.5 * h), slope(0.25 * h));
    (0..u.len()).map(|i| (d1[i] - 6.0 * d2[i] + 8.0 * d4[i]) / 3.0).collect()
}

pub(crate) fn gap(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()))
}

pub(crate) fn largest(a: &[f64]) -> f64 {
    a.iter().fold(0.0, |m: f64, v| m.max(v.abs()))
}

pub(crate) fn mean(u: &[f64]) -> f64 {
    u.iter().sum::<f64>() / u.len() as f64
}

/// The mean of a pointwise function of two fields.
pub(crate) fn mean_of(u: &[f64], v: &[f64], f: impl Fn(f64, f64) -> f64) -> f64 {
    u.iter().zip(v).map(|(u, v)| f(*u, *v)).sum::<f64>() / u.len() as f64
}

/// The derivative along `axis` of array order, by a sine and cosine sum along each line: independent of the library's transforms.
pub(crate) fn derivative(u: &[f64], size: &[usize], extent: &[f64], axis: usize) -> Vec<f64> {
    let (n, inner) = (size[axis], size[axis + 1..].iter().product::<usize>());
    // The matrix of the trigonometric interpolant's derivative: ½ (−1)^j cot or csc of πj/n.
    let entry = |j: usize| {
        let angle = std::f64::consts::PI * j as f64 / n as f64;
        let sign = if j.is_multiple_of(2) { 0.5 } else { -0.5 };
        let value = if n.is_multiple_of(2) { sign / angle.tan() } else { sign / angle.sin() };
        if j == 0 { 0.0 } else { value * std::f64::consts::TAU / extent[axis] }
    };
    let row: Vec<f64> = (0..n).map(entry).collect();
    let mut slope = vec![0.0; u.len()];
    for (flat, s) in slope.iter_mut().enumerate() {
        let (i, base) = (flat / inner % n, flat - flat / inner % n * inner);
        // row[(i − j) mod n] u_j; for odd n, n − j has the sign of the sine's period 2n.
        *s = (0..n)
            .map(|j| {
                let d = (i + n - j) % n;
                let flip = if n.is_multiple_of(2) || i >= j { 1.0 } else { -1.0 };
                let value = if flip < 0.0 { -row[n - d] } else { row[d] };
                value * u[base + j * inner]
            })
            .sum();
    }
    slope
}
