//! Krylov methods with a preconditioner.
//!
//! | function | matrix | preconditioner |
//! |---|---|---|
//! | [`cg`] | Hermitian positive definite | Hermitian positive definite |
//! | [`minres`] | Hermitian, may be indefinite or singular | Hermitian positive definite |
//! | [`gmres`] | any | any, may change from step to step |
//! | [`bicgstab`] | any | any fixed one |
//!
//! Each starts from the `x` it is given and ends when `‖b − A x‖ ≤ tolerance ‖b‖`, a residual that is computed, not taken from a
//! recurrence. `Hermitian` means symmetric for real matrices. The complex *symmetric* matrices of the Helmholtz equation are
//! not Hermitian: they are for `gmres` and `bicgstab`.

mod bicgstab;
mod cg;
mod gmres;
mod minres;

pub use bicgstab::bicgstab;
pub use cg::cg;
pub use gmres::gmres;
pub use minres::minres;

use super::parallel::{for_chunks, norm};
use super::{LinearOperator, Number, Preconditioner};
use crate::{Error, Result};

/// When an iteration ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KrylovOptions {
    /// ‖b − A x‖ / ‖b‖ to be reached, in (0, 1); default 1e-10.
    pub tolerance: f64,
    /// Iterations (products with A, but for [`bicgstab`], which takes two for each) before [`Error::NotConverged`]; default 1000.
    pub max_iterations: usize,
    /// Directions that [`gmres`] keeps before it starts anew; default 50. The other methods don't look at it.
    pub restart: usize,
}

impl Default for KrylovOptions {
    fn default() -> Self {
        Self { tolerance: 1e-10, max_iterations: 1000, restart: 50 }
    }
}

/// How an iteration went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KrylovReport {
    /// Iterations done.
    pub iterations: usize,
    /// ‖b − A x‖ / ‖b‖, computed from the returned x.
    pub residual: f64,
}

/// A system and its preconditioner.
struct System<'a, T> {
    method: &'static str,
    a: &'a dyn LinearOperator<T>,
    m: &'a dyn Preconditioner<T>,
    b: &'a [T],
    options: &'a KrylovOptions,
}

/// What one run of a method is given: where it starts and how far it may go.
struct Run<'a, T> {
    x: &'a mut [T],
    /// b − A x; may be overwritten.
    r: &'a mut [T],
    /// ‖r‖ at the start.
    norm: f64,
    /// ‖r‖ at which to stop.
    target: f64,
    /// Iterations left.
    budget: usize,
    /// Iterations done before.
    done: usize,
}

/// What a run did.
struct Ran {
    iterations: usize,
    /// ‖r‖ at the end as the run believes.
    norm: f64,
}

impl<T: Number> System<'_, T> {
    /// Runs a method again and again until the true residual is small enough. One run is enough but for restarted methods and
    /// where the recurrence has drifted from the residual by rounding.
    fn solve(
        &self,
        x: &mut [T],
        mut run: impl FnMut(&Self, Run<'_, T>) -> Result<Ran>,
    ) -> Result<KrylovReport> {
        self.check(x)?;
        let Self { method, options, .. } = *self;
        let size = norm(self.b);
        if size == 0.0 {
            x.fill(T::ZERO);
            return Ok(KrylovReport { iterations: 0, residual: 0.0 });
        }
        let mut r = vec![T::ZERO; x.len()];
        let (mut iterations, mut last, mut hopeful) = (0, f64::INFINITY, false);
        loop {
            self.residual(x, &mut r);
            let now = norm(&r);
            let residual = now / size;
            if !residual.is_finite() {
                let reason =
                    "the residual isn't finite; look for infinities in the matrix or the preconditioner";
                return Err(Error::Breakdown { method, iterations, reason });
            }
            if residual <= options.tolerance {
                return Ok(KrylovReport { iterations, residual });
            }
            // A run that gains nothing will not gain anything the next time.
            if iterations >= options.max_iterations || residual > 0.999 * last {
                let tolerance = options.tolerance;
                return Err(Error::NotConverged { method, iterations, residual, tolerance });
            }
            // Where the run before believed that it was done, its recurrence had drifted: aim lower.
            let target = options.tolerance * size * if hopeful { 0.3 } else { 1.0 };
            last = residual;
            let budget = options.max_iterations - iterations;
            let ran = run(self, Run { x, r: &mut r, norm: now, target, budget, done: iterations })?;
            iterations += ran.iterations;
            hopeful = ran.norm <= target;
        }
    }

    /// `r ← b − A x`
    fn residual(&self, x: &[T], r: &mut [T]) {
        if x.iter().all(|&x| x == T::ZERO) {
            r.copy_from_slice(self.b);
            return;
        }
        self.a.apply(x, r);
        let b = self.b;
        for_chunks(r, super::parallel::CHUNK, |from, r| {
            for (r, &b) in r.iter_mut().zip(&b[from..]) {
                *r = b - *r;
            }
        });
    }

    fn breakdown(&self, iterations: usize, reason: &'static str) -> Error {
        Error::Breakdown { method: self.method, iterations, reason }
    }

    fn check(&self, x: &[T]) -> Result<()> {
        let KrylovOptions { tolerance, max_iterations, restart } = *self.options;
        if !(tolerance > 0.0 && tolerance < 1.0) {
            return Err(Error::Config {
                field: "tolerance",
                expected: "in (0, 1)",
                value: tolerance.to_string(),
            });
        }
        for (field, value) in [("max_iterations", max_iterations), ("restart", restart)] {
            if value == 0 {
                return Err(Error::Config { field, expected: "at least 1", value: value.to_string() });
            }
        }
        let expected = self.a.size();
        for (name, v) in [("the right-hand side", self.b), ("the solution vector", x)] {
            if v.len() != expected {
                return Err(Error::Length { name, axes: "[unknowns]".to_owned(), expected, found: v.len() });
            }
            if let Some(position) = v.iter().position(|v| !v.finite()) {
                let value = v[position].re();
                let value = if value.is_finite() { f64::NAN } else { value };
                return Err(Error::NotFinite { name, position, value });
            }
        }
        Ok(())
    }
}
