//! Restarted generalised minimal residuals.

use super::{KrylovOptions, KrylovReport, Ran, Run, System};
use crate::Result;
use crate::linear::parallel::{axpy, dot, norm};
use crate::linear::{LinearOperator, Number, Preconditioner};

/// Solves `A x = b` for any `A`: among `x_0 + span{z_1, …, z_k}`, `z_j = M^{-1} v_j`, each `x` minimises the Euclidean residual,
///
/// ```math
/// A Z_k = V_{k+1} H_k, \qquad \min_y ‖\, ‖r_0‖ e_1 - H_k y ‖, \qquad x = x_0 + Z_k y.
/// ```
///
/// The preconditioner acts from the right, so the residual is the true one, and may change from step to step. After
/// [`KrylovOptions::restart`] directions (two vectors each) it starts anew from `x`.
///
/// **Source.** Saad, Y., *A flexible inner-outer preconditioned GMRES algorithm*, SIAM J. Sci. Comput. 14 (1993).
///
/// # Errors
/// As [`cg`](super::cg), without demands on definiteness. [`Error::NotConverged`](crate::Error::NotConverged) also where a whole
/// restart cycle gains nothing.
pub fn gmres<T: Number>(
    a: &dyn LinearOperator<T>,
    m: &dyn Preconditioner<T>,
    b: &[T],
    x: &mut [T],
    options: &KrylovOptions,
) -> Result<KrylovReport> {
    System { method: "GMRES", a, m, b, options }.solve(x, cycle)
}

fn cycle<T: Number>(system: &System<'_, T>, run: Run<'_, T>) -> Result<Ran> {
    let Run { x, r, norm: start, target, budget, done } = run;
    let n = r.len();
    let steps = system.options.restart.min(budget).min(n);
    let mut basis: Vec<Vec<T>> = vec![r.iter().map(|v| v.scale(1.0 / start)).collect()];
    let mut directions: Vec<Vec<T>> = Vec::new();
    let mut triangle = Triangle { columns: Vec::new(), rotations: Vec::new(), rhs: vec![T::of(start)] };
    let mut residual = start;
    for k in 0..steps {
        let (mut z, mut w) = (vec![T::ZERO; n], vec![T::ZERO; n]);
        system.m.apply(&basis[k], &mut z);
        system.a.apply(&z, &mut w);
        directions.push(z);
        let before = norm(&w);
        let mut column: Vec<T> = basis.iter().map(|v| project(v, &mut w)).collect();
        let mut length = norm(&w);
        // Where much has cancelled, the rest is no longer orthogonal: project once more.
        if length < 0.7 * before {
            for (v, h) in basis.iter().zip(&mut column) {
                *h += project(v, &mut w);
            }
            length = norm(&w);
        }
        if !length.is_finite() {
            return Err(system
                .breakdown(done + k, "a direction isn't finite; look at the matrix and the preconditioner"));
        }
        let last = length <= 1e-14 * before;
        residual = triangle.push(column, if last { 0.0 } else { length });
        if last || residual <= target || k + 1 == steps {
            break;
        }
        basis.push(w.iter().map(|w| w.scale(1.0 / length)).collect());
    }
    let y = triangle.solve().ok_or_else(|| {
        system.breakdown(done + directions.len(), "the matrix or the preconditioner is singular")
    })?;
    for (z, &y) in directions.iter().zip(&y) {
        axpy(y, z, x);
    }
    Ok(Ran { iterations: directions.len(), norm: residual })
}

/// `w ← w − v ⟨v, w⟩`; returns the product.
fn project<T: Number>(v: &[T], w: &mut [T]) -> T {
    let h = dot(v, w);
    axpy(-h, v, w);
    h
}

/// The QR factorisation of the Hessenberg matrix, column by column.
struct Triangle<T> {
    columns: Vec<Vec<T>>,
    /// Givens rotations `[[c, s], [−s̄, c]]`.
    rotations: Vec<(f64, T)>,
    rhs: Vec<T>,
}

impl<T: Number> Triangle<T> {
    /// Appends a column and the length below it; returns the norm of the residual.
    fn push(&mut self, mut column: Vec<T>, below: f64) -> f64 {
        let k = self.columns.len();
        for (i, &(c, s)) in self.rotations.iter().enumerate() {
            let (upper, lower) = (column[i], column[i + 1]);
            column[i] = upper.scale(c) + s * lower;
            column[i + 1] = lower.scale(c) - s.conj() * upper;
        }
        let pivot = column[k];
        let radius = pivot.abs().hypot(below);
        let (c, s) = if radius == 0.0 {
            (1.0, T::ZERO)
        } else if pivot.abs() == 0.0 {
            (0.0, T::ONE)
        } else {
            (pivot.abs() / radius, pivot.scale(below / (pivot.abs() * radius)))
        };
        column[k] = pivot.scale(c) + s.scale(below);
        let residual = self.rhs[k];
        self.rhs[k] = residual.scale(c);
        self.rhs.push(-(s.conj() * residual));
        self.rotations.push((c, s));
        self.columns.push(column);
        self.rhs[k + 1].abs()
    }

    /// Back substitution; nothing for a zero pivot.
    fn solve(&self) -> Option<Vec<T>> {
        let mut y = self.rhs[..self.columns.len()].to_vec();
        for k in (0..y.len()).rev() {
            if self.columns[k][k].abs() == 0.0 {
                return None;
            }
            y[k] /= self.columns[k][k];
            for i in 0..k {
                let yk = y[k];
                y[i] -= self.columns[k][i] * yk;
            }
        }
        Some(y)
    }
}
