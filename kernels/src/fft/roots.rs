//! Points of the unit circle at rational angles.

use std::f64::consts::PI;

/// `(cos 2πr/n, sin 2πr/n)`.
///
/// The angle is reduced to the first octant in integers: the symmetries of the circle hold to the last bit, and the axes and
/// diagonals are met exactly.
pub(super) fn root(r: usize, n: usize) -> (f64, f64) {
    let r = r % n;
    if 2 * r > n {
        let (cos, sin) = root(n - r, n);
        return (cos, -sin);
    }
    // The angle is π·a/n with a in 0..=n.
    let a = 2 * r;
    let (folded, negative) = if 2 * a > n { (n - a, true) } else { (a, false) };
    let (cos, sin) = if 4 * folded > n {
        let (sin, cos) = (PI * (n - 2 * folded) as f64 / (2 * n) as f64).sin_cos();
        (sin, cos)
    } else {
        let (sin, cos) = (PI * folded as f64 / n as f64).sin_cos();
        (cos, sin)
    };
    (if negative { -cos } else { cos }, sin)
}
