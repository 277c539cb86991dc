//! Linear maps against their adjoints.

use crate::rng;

/// The defect of a pair of linear maps `A: R^n → R^m`, `A*: R^m → R^n` for random normal `x`, `y` of a seed:
///
/// ```math
/// |⟨A x, y⟩ - ⟨x, A* y⟩| / (‖A x‖ ‖y‖ + ‖x‖ ‖A* y‖)
/// ```
///
/// It is of the size of the rounding errors for an adjoint pair. For complex spaces flatten real and imaginary parts: the real inner
/// product is then the real part of the Hermitian one, and `A*` is what a backward pass in the convention
/// `g = ∂L/∂Re + i ∂L/∂Im` computes.
///
/// # Panics
/// If the maps return other lengths than `m` and `n`.
pub fn adjoint_defect(
    forward: impl FnOnce(&[f64]) -> Vec<f64>,
    adjoint: impl FnOnce(&[f64]) -> Vec<f64>,
    n: usize,
    m: usize,
    seed: u64,
) -> f64 {
    let x = rng::normals(&mut rng::stream(seed, 0), n);
    let y = rng::normals(&mut rng::stream(seed, 1), m);
    let (ax, ay) = (forward(&x), adjoint(&y));
    assert_eq!((ax.len(), ay.len()), (m, n), "lengths of A x and A* y");
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norm = |a: &[f64]| dot(a, a).sqrt();
    let scale = norm(&ax) * norm(&y) + norm(&x) * norm(&ay);
    let defect = (dot(&ax, &y) - dot(&x, &ay)).abs();
    if scale == 0.0 { 0.0 } else { defect / scale }
}

/// Asserts that `adjoint` is the adjoint of `forward`, for three random pairs of vectors.
///
/// ```
/// let (scale, same) = (|x: &[f64]| x.iter().map(|v| 3.0 * v).collect(), |y: &[f64]| y.iter().map(|v| 3.0 * v).collect());
/// sobolev_kernels::testing::assert_adjoint("scaling", scale, same, 5, 5, 1e-15);
/// ```
///
/// # Panics
/// If the defect of one pair exceeds `tolerance`, or a map is zero for all of them (which would prove nothing).
#[allow(clippy::panic, reason = "a test tool")]
pub fn assert_adjoint(
    name: &str,
    forward: impl Fn(&[f64]) -> Vec<f64>,
    adjoint: impl Fn(&[f64]) -> Vec<f64>,
    n: usize,
    m: usize,
    tolerance: f64,
) {
    let mut seen = false;
    for seed in 0..3 {
        let record = |x: &[f64]| {
            let y = forward(x);
            seen |= y.iter().any(|v| *v != 0.0);
            y
        };
        let defect = adjoint_defect(record, &adjoint, n, m, seed);
        assert!(
            defect <= tolerance,
            "adjoint of {name}: relative defect {defect:.3e} of <Ax, y> = <x, A*y>, at most {tolerance:.1e} allowed (seed {seed})"
        );
    }
    assert!(seen, "adjoint of {name}: the map returned nothing but zeros");
}
