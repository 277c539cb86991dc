//! Steps that the linear symbol alone forbids.

use sobolev_kernels::Complex;

use super::integrator::{Flow, Scheme};
use crate::{Error, Result};

/// Growth per step that is put down to rounding.
const SLACK: f64 = 1e-6;

/// An error if the method amplifies, with the step `dt`, a mode that `u' = L u` does not let grow.
///
/// Adaptive methods find their step by themselves. A backward difference of order 3 or 4 is allowed a thousandth per step: it
/// amplifies weakly damped oscillations a little at any step.
pub(super) fn check(scheme: &Scheme, symbols: &[Complex<f64>], dt: f64) -> Result<()> {
    let stable = |h: f64| symbols.iter().filter(|l| l.re <= 0.0).all(|l| growth(scheme, h * l) <= 1.0);
    if stable(dt) {
        return Ok(());
    }
    // The largest stable step by bisection; 0 if there is none.
    let (mut low, mut high) = (0.0, dt);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if stable(middle) { low = middle } else { high = middle }
    }
    Err(Error::UnstableStep { dt, largest: low })
}

/// The growth factor of a mode, less what is allowed.
fn growth(scheme: &Scheme, z: Complex<f64>) -> f64 {
    match scheme {
        Scheme::OneStep(method) => method.amplification(z).norm() - SLACK,
        Scheme::Adaptive(..) => 0.0,
        Scheme::Multistep(method) => method.growth(z) - if method.values.len() > 2 { 1e-3 } else { SLACK },
        // A flow backwards in time amplifies what the flow damps; the method is for oscillations and mild damping.
        Scheme::Splitting(composition) => {
            let worst = |flow: &Flow| if let Flow::Linear(w) = flow { w * z.re } else { 0.0 };
            let largest = composition.0.iter().map(worst).fold(0.0, f64::max);
            if largest > 5.0 { f64::INFINITY } else { 0.0 }
        }
    }
}
