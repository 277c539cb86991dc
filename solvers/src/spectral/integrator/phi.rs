//! The functions φ_k of exponential integrators.

use std::f64::consts::TAU;

use sobolev_kernels::Complex;

/// Points of the contour: the trapezoidal rule misses a function of exponential type 1 on a circle of radius 3 by 3³²/32! < 1e-20.
const POINTS: usize = 32;

/// φ_0 .. φ_3 at z.
///
/// **Equations**
/// ```math
/// \varphi_0(z) = e^z, \qquad \varphi_{k+1}(z) = \frac{\varphi_k(z) - 1/k!}{z}
/// ```
/// The recurrence loses all digits near z = 0. There the values are means over a circle around z on which it does not.
///
/// **Source.** Kassam & Trefethen, *SIAM J. Sci. Comput.* 26 (2005), 1214, sec. 3; <https://doi.org/10.1137/S1064827502410633>
///
/// **Deviates.** 1. The circle has radius 3 and serves |z| < 2 only, so that no point of it comes near the origin for any complex z.
///
/// ```
/// use sobolev_kernels::Complex;
/// let [_, one, half, sixth] = sobolev_solvers::spectral::phi(Complex::new(0.0, 0.0));
/// assert!((one - 1.0).norm() < 1e-14 && (half - 0.5).norm() < 1e-14 && (sixth - 1.0 / 6.0).norm() < 1e-14);
/// ```
#[must_use]
pub fn phi(z: Complex<f64>) -> [Complex<f64>; 4] {
    if z.norm() >= 2.0 {
        return recurrence(z);
    }
    let mut sum = [Complex::new(0.0, 0.0); 4];
    for j in 0..POINTS {
        let turn = Complex::from_polar(3.0, TAU * (j as f64 + 0.5) / POINTS as f64);
        for (s, value) in sum.iter_mut().zip(recurrence(z + turn)) {
            *s += value / POINTS as f64;
        }
    }
    sum[0] = z.exp();
    if z.im == 0.0 {
        // Conjugate points cancel up to rounding.
        sum.iter_mut().for_each(|s| s.im = 0.0);
    }
    sum
}

fn recurrence(z: Complex<f64>) -> [Complex<f64>; 4] {
    let zero = z.exp();
    let one = (zero - 1.0) / z;
    let two = (one - 1.0) / z;
    let three = (two - 0.5) / z;
    [zero, one, two, three]
}
