//! Conjugate gradients.

use super::{KrylovOptions, KrylovReport, Ran, Run, System};
use crate::Result;
use crate::linear::parallel::{CHUNK, dot, for_chunks, norm, xpby};
use crate::linear::{LinearOperator, Number, Preconditioner};

/// Solves `A x = b` for a Hermitian positive definite `A` by preconditioned conjugate gradients:
///
/// ```math
/// z = M^{-1} r, \quad β = ⟨z, r - r_{old}⟩ / ⟨z_{old}, r_{old}⟩, \quad p ← z + β p, \quad
/// α = ⟨z, r⟩ / ⟨p, A p⟩, \quad x ← x + α p, \quad r ← r - α A p.
/// ```
///
/// **Source.** Hestenes, M. R., and Stiefel, E., *Methods of conjugate gradients for solving linear systems*, J. Res. NBS 49 (1952);
/// β is that of Polak and Ribière, which forgives a preconditioner that rounds (single precision) or varies a little.
///
/// # Errors
/// [`Error::NotConverged`](crate::Error::NotConverged), with the best `x` so far left in place;
/// [`Error::Breakdown`](crate::Error::Breakdown) where the matrix or the preconditioner proves not positive definite;
/// [`Error::Config`](crate::Error::Config), [`Error::Length`](crate::Error::Length) and
/// [`Error::NotFinite`](crate::Error::NotFinite) for bad input.
pub fn cg<T: Number>(
    a: &dyn LinearOperator<T>,
    m: &dyn Preconditioner<T>,
    b: &[T],
    x: &mut [T],
    options: &KrylovOptions,
) -> Result<KrylovReport> {
    System { method: "conjugate gradients", a, m, b, options }.solve(x, run)
}

fn run<T: Number>(system: &System<'_, T>, run: Run<'_, T>) -> Result<Ran> {
    let Run { x, r, target, budget, done, .. } = run;
    let n = r.len();
    let (mut p, mut q, mut z) = (vec![T::ZERO; n], vec![T::ZERO; n], vec![T::ZERO; n]);
    let (mut rho_old, mut alpha) = (0.0, 0.0);
    for k in 0..budget {
        system.m.apply(r, &mut z);
        let rho = dot(&z, r).re();
        if rho.is_nan() || rho <= 0.0 {
            return Err(system.breakdown(done + k, "the preconditioner isn't positive definite (r·M⁻¹r ≤ 0)"));
        }
        // r − r_old = −α q, so the product needs no copy of the old residual.
        let beta = if k == 0 { T::ZERO } else { dot(&z, &q).scale(-alpha / rho_old) };
        xpby(&z, beta.conj(), &mut p);
        system.a.apply(&p, &mut q);
        let curvature = dot(&p, &q).re();
        if curvature.is_nan() || curvature <= 0.0 {
            return Err(system.breakdown(done + k, "the matrix isn't positive definite (p·Ap ≤ 0)"));
        }
        alpha = rho / curvature;
        advance(T::of(alpha), &p, &q, x, r);
        let now = norm(r);
        if now <= target {
            return Ok(Ran { iterations: k + 1, norm: now });
        }
        rho_old = rho;
    }
    Ok(Ran { iterations: budget, norm: norm(r) })
}

/// `x ← x + α p`, `r ← r − α q`
fn advance<T: Number>(alpha: T, p: &[T], q: &[T], x: &mut [T], r: &mut [T]) {
    for_chunks(x, CHUNK, |from, x| {
        for (x, &p) in x.iter_mut().zip(&p[from..]) {
            *x += alpha * p;
        }
    });
    for_chunks(r, CHUNK, |from, r| {
        for (r, &q) in r.iter_mut().zip(&q[from..]) {
            *r -= alpha * q;
        }
    });
}
