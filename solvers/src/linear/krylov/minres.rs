//! Minimal residuals.

use super::{KrylovOptions, KrylovReport, Ran, Run, System};
use crate::Result;
use crate::linear::parallel::{axpy, dot, norm};
use crate::linear::{LinearOperator, Number, Preconditioner};

/// Solves `A x = b` for a Hermitian, possibly indefinite `A` with a Hermitian positive definite preconditioner: each `x` minimises
///
/// ```math
/// ‖b - A x‖_{M^{-1}} \quad\text{over}\quad x_0 + \mathrm{span}\{M^{-1} r_0, (M^{-1} A) M^{-1} r_0, …\}
/// ```
///
/// through the Lanczos process and a running QR factorisation of its tridiagonal matrix.
///
/// **Source.** Paige, C. C., and Saunders, M. A., *Solution of sparse indefinite systems of linear equations*, SIAM J. Numer. Anal. 12
/// (1975).
///
/// **Deviates.** 1. The recurrence bounds the residual in the norm of M⁻¹; the Euclidean residual is updated beside it with one more
/// vector, and decides.
///
/// # Errors
/// As [`cg`](super::cg); an indefinite matrix is no error, an indefinite preconditioner is.
pub fn minres<T: Number>(
    a: &dyn LinearOperator<T>,
    m: &dyn Preconditioner<T>,
    b: &[T],
    x: &mut [T],
    options: &KrylovOptions,
) -> Result<KrylovReport> {
    System { method: "MINRES", a, m, b, options }.solve(x, run)
}

const NOT_DEFINITE: &str = "the preconditioner isn't positive definite (r·M⁻¹r < 0)";

fn run<T: Number>(system: &System<'_, T>, run: Run<'_, T>) -> Result<Ran> {
    let Run { x, r, target, budget, done, .. } = run;
    let n = r.len();
    let zeros = || vec![T::ZERO; n];
    // v: Lanczos vectors before M⁻¹ is applied; z = M⁻¹ v; w: directions of x, aw = A w.
    let (mut v_old, mut v, mut z) = (zeros(), r.to_vec(), zeros());
    let (mut w, mut w_old, mut next) = (zeros(), zeros(), zeros());
    let (mut aw, mut aw_old, mut az) = (zeros(), zeros(), zeros());
    system.m.apply(&v, &mut z);
    let mut beta = root(system, done, dot(&z, &v).re())?;
    if beta == 0.0 {
        return Err(system.breakdown(done, "the preconditioner maps the residual to zero"));
    }
    let mut eta = beta;
    let (mut c, mut c_old, mut s, mut s_old) = (1.0, 1.0, 0.0, 0.0);
    let mut beta_old = 1.0;
    for k in 0..budget {
        for z in &mut z {
            *z = z.scale(1.0 / beta);
        }
        system.a.apply(&z, &mut az);
        let alpha = dot(&z, &az).re();
        // next ← A z − (α/β) v − (β/β_old) v_old
        let (by_v, by_old) = (alpha / beta, if k == 0 { 0.0 } else { beta / beta_old });
        for i in 0..n {
            next[i] = az[i] - v[i].scale(by_v) - v_old[i].scale(by_old);
        }
        std::mem::swap(&mut v_old, &mut v);
        std::mem::swap(&mut v, &mut next);
        let direction = z.clone();
        system.m.apply(&v, &mut z);
        let beta_new = root(system, done + k, dot(&z, &v).re())?;
        // The new column (s_old β, c_old β, α, β_new) of the tridiagonal matrix, rotated.
        let delta = c * alpha - c_old * s * beta;
        let rho2 = s * alpha + c_old * c * beta;
        let rho3 = s_old * beta;
        let rho1 = delta.hypot(beta_new);
        if rho1 == 0.0 {
            return Err(system.breakdown(done + k, "the matrix is singular and the system has no solution"));
        }
        (c_old, s_old) = (c, s);
        (c, s) = (delta / rho1, beta_new / rho1);
        for i in 0..n {
            let (d, ad) = (
                direction[i] - w_old[i].scale(rho3) - w[i].scale(rho2),
                az[i] - aw_old[i].scale(rho3) - aw[i].scale(rho2),
            );
            (w_old[i], aw_old[i]) = (w[i], aw[i]);
            (w[i], aw[i]) = (d.scale(1.0 / rho1), ad.scale(1.0 / rho1));
        }
        axpy(T::of(c * eta), &w, x);
        axpy(T::of(-c * eta), &aw, r);
        eta *= -s;
        // The process ends where the Krylov space holds the solution.
        let now = norm(r);
        if now <= target || beta_new <= 1e-15 * beta {
            return Ok(Ran { iterations: k + 1, norm: now });
        }
        (beta_old, beta) = (beta, beta_new);
    }
    Ok(Ran { iterations: budget, norm: norm(r) })
}

fn root<T: Number>(system: &System<'_, T>, iterations: usize, square: f64) -> Result<f64> {
    if square.is_nan() || square < 0.0 {
        return Err(system.breakdown(iterations, NOT_DEFINITE));
    }
    Ok(square.sqrt())
}
