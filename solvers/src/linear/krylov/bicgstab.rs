//! Stabilised biconjugate gradients.

use super::{KrylovOptions, KrylovReport, Ran, Run, System};
use crate::Result;
use crate::linear::parallel::{axpy, dot, norm};
use crate::linear::{LinearOperator, Number, Preconditioner};

/// Solves `A x = b` for any `A` in constant memory: two products with `A` and `M⁻¹` an iteration, preconditioned from the right.
///
/// **Source.** van der Vorst, H. A., *Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG for the solution of nonsymmetric
/// linear systems*, SIAM J. Sci. Stat. Comput. 13 (1992).
///
/// **Deviates.** 1. Where the shadow residual has become orthogonal to the residual (the method's known breakdown), it starts anew from
/// the present `x`.
///
/// **Good values.** It has no minimisation property and may stagnate for matrices with large imaginary eigenvalues: take
/// [`gmres`](super::gmres) then.
///
/// # Errors
/// As [`gmres`](super::gmres).
pub fn bicgstab<T: Number>(
    a: &dyn LinearOperator<T>,
    m: &dyn Preconditioner<T>,
    b: &[T],
    x: &mut [T],
    options: &KrylovOptions,
) -> Result<KrylovReport> {
    System { method: "BiCGStab", a, m, b, options }.solve(x, run)
}

/// Cosine of the angle to the shadow residual below which the recurrence has lost its digits.
const ORTHOGONAL: f64 = 1e-13;

fn run<T: Number>(system: &System<'_, T>, run: Run<'_, T>) -> Result<Ran> {
    let Run { x, r, norm: start, target, budget, done } = run;
    let n = r.len();
    let zeros = || vec![T::ZERO; n];
    let (shadow, mut p, mut v) = (r.to_vec(), r.to_vec(), zeros());
    let (mut y, mut t) = (zeros(), zeros());
    let mut rho = T::of(start * start);
    for k in 0..budget {
        system.m.apply(&p, &mut y);
        system.a.apply(&y, &mut v);
        let sigma = dot(&shadow, &v);
        let size = start * norm(&v);
        if !size.is_finite() {
            return Err(system
                .breakdown(done + k, "a direction isn't finite; look at the matrix and the preconditioner"));
        }
        if sigma.abs() <= ORTHOGONAL * size {
            // With k = 0 nothing was gained, and the caller's test of progress ends it.
            return Ok(Ran { iterations: k.max(1), norm: norm(r) });
        }
        let alpha = rho / sigma;
        axpy(alpha, &y, x);
        axpy(-alpha, &v, r);
        let now = norm(r);
        if now <= target {
            return Ok(Ran { iterations: k + 1, norm: now });
        }
        system.m.apply(r, &mut y);
        system.a.apply(&y, &mut t);
        let tt = dot(&t, &t).re();
        if tt == 0.0 {
            return Err(system.breakdown(done + k, "the matrix or the preconditioner is singular"));
        }
        let omega = dot(&t, r).scale(1.0 / tt);
        axpy(omega, &y, x);
        axpy(-omega, &t, r);
        let now = norm(r);
        let rho_new = dot(&shadow, r);
        if now <= target || omega.abs() == 0.0 || rho_new.abs() <= ORTHOGONAL * start * now {
            return Ok(Ran { iterations: k + 1, norm: now });
        }
        let beta = (rho_new / rho) * (alpha / omega);
        for i in 0..n {
            p[i] = r[i] + beta * (p[i] - omega * v[i]);
        }
        rho = rho_new;
    }
    Ok(Ran { iterations: budget, norm: norm(r) })
}
