//! Multigrid-preconditioned conjugate gradients for one lattice, reusable over coefficients.

use std::sync::Arc;

use pulp::Arch;
use serde::{Deserialize, Serialize};

use super::assembly::{Coefficient, Load, load, stiffness};
use super::cg;
use super::check;
use super::direct::Direct;
use super::multigrid::Multigrid;
use super::simd::vectorize;
use super::smoothing::{self, LatticeLevel, Smoothing};
use super::stencil::{Layout, Stencil, dot};
use crate::linear::Csr;
use crate::{Error, Result};

/// When the iteration stops.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stopping {
    /// ‖b − A u‖ / ‖b‖ in the Euclidean norm; default 1e-10.
    pub tolerance: f64,
    /// Iterations before [`Error::NotConverged`]; default 200.
    pub max_iterations: usize,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { tolerance: 1e-10, max_iterations: 200 }
    }
}

/// The work a solve took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Iterations of conjugate gradients; 0 for a direct solve.
    pub iterations: usize,
    /// ‖b − A u‖ / ‖b‖, computed afresh from the returned u. b holds the load and the Dirichlet data. Slightly above the
    /// tolerance only where rounding leaves no better: 1.5e-10 at 512² cells with contrast 10⁴.
    pub residual: f64,
}

/// The state after an iteration, for observers.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Number of the iteration, from 1.
    pub iteration: usize,
    /// ‖r‖ / ‖b‖ with the residual that the recurrence carries.
    pub residual: f64,
    /// The iterate, `[ny + 1, nx + 1]`.
    pub solution: &'a [f64],
}

/// Solves −∇·(a∇u) = f on the unit square with Dirichlet data, by Q1 finite elements on `ny x nx` cells.
///
/// **Equations.** Find u with u = g at the boundary nodes and `∫ a ∇u·∇φ = ∫ f φ` for every bilinear hat φ of an interior node.
/// The nine-point operator is stored as five symmetric link arrays; conjugate gradients in `f64` are preconditioned by one
/// V(1,1) cycle of multigrid in `f32`, with operator-dependent interpolation and Galerkin coarse operators, so that the number of
/// iterations depends neither on the size nor, much, on jumps of a. It smooths by Gauss-Seidel sweeps, or as
/// [`with_smoothing`](Self::with_smoothing) says.
///
/// **Source.** O. Tatebe, *The multigrid preconditioned conjugate gradient method*, 1993; for the hierarchy see
/// `interpolation.rs`. **Deviates.** (1) β is `−α z·q / ρ` (Polak-Ribière), which forgives a preconditioner that is symmetric only
/// up to single precision.
///
/// **Shapes** `[y, x]`, row-major, y upwards: cells `[ny, nx]`, nodes `[ny + 1, nx + 1]`, both ends included.
/// **Good values.** Any numbers of cells, odd ones too; cells of nearly equal sides (point smoothing weakens beyond a ratio of
/// about 2). A solver holds all buffers: make one per thread and reuse it over samples. It is serial, and its results are the
/// same bits on every processor.
///
/// ```
/// use sobolev_solvers::fem::{Coefficient, EllipticSolver, Load};
/// let mut solver = EllipticSolver::new(64, 64)?;
/// let mut u = vec![0.0; 65 * 65];
/// let report = solver.solve(Coefficient::Cells(&vec![1.0; 64 * 64]), Load::Constant(1.0), None, &mut u)?;
/// assert!(report.iterations < 12 && report.residual < 1e-10);
/// assert!((u[32 * 65 + 32] - 0.0736713).abs() < 2e-5); // the maximum of the torsion function
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct EllipticSolver {
    arch: Arch,
    stopping: Stopping,
    a: Stencil<f64>,
    multigrid: Multigrid<f32>,
    smoothing: Option<Arc<dyn Smoothing>>,
    direct: Option<Direct>,
    b: Vec<f64>,
    u: Vec<f64>,
    r: Vec<f64>,
    p: Vec<f64>,
    q: Vec<f64>,
}

impl EllipticSolver {
    /// A solver for `ny x nx` cells.
    ///
    /// # Errors
    /// [`Error::Config`] unless both numbers are in 2..=16384.
    pub fn new(ny: usize, nx: usize) -> Result<Self> {
        check::cells("ny", ny)?;
        check::cells("nx", nx)?;
        let layout = Layout::new(ny, nx);
        let zeros = || vec![0.0; layout.len()];
        let arch = Arch::new();
        Ok(Self {
            arch,
            stopping: Stopping::default(),
            a: Stencil::zeros(layout),
            multigrid: Multigrid::new(layout, arch),
            smoothing: None,
            direct: None,
            b: zeros(),
            u: zeros(),
            r: zeros(),
            p: zeros(),
            q: zeros(),
        })
    }

    /// The same solver with another stopping rule.
    ///
    /// # Errors
    /// [`Error::Config`] unless `0 < tolerance < 1` and `max_iterations ≥ 1`.
    pub fn with_stopping(mut self, stopping: Stopping) -> Result<Self> {
        check::stopping(&stopping)?;
        self.stopping = stopping;
        Ok(self)
    }

    /// The same solver with other smoothers than Gauss-Seidel: they are made anew for every coefficient. Where they
    /// do not smooth, the iteration ends in [`Error::NotConverged`].
    #[must_use]
    pub fn with_smoothing(mut self, smoothing: Arc<dyn Smoothing>) -> Self {
        self.smoothing = Some(smoothing);
        self
    }

    /// The matrix of a coefficient between interior nodes, numbered `[y, x]`: what other methods may be tried on.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Coefficient`].
    pub fn matrix(&mut self, a: Coefficient<'_>) -> Result<Csr<f64>> {
        self.assemble(a)?;
        smoothing::matrix(&smoothing::interior(&self.a), [self.a.layout.ny, self.a.layout.nx])
    }

    /// The multigrid hierarchy of a coefficient, finest level first.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Coefficient`]; [`Error::Factorization`] if the coarsest operator is not positive definite.
    pub fn hierarchy(&mut self, a: Coefficient<'_>) -> Result<Vec<LatticeLevel>> {
        self.assemble(a)?;
        self.set_up()?;
        Ok(self.multigrid.levels())
    }

    fn assemble(&mut self, a: Coefficient<'_>) -> Result<()> {
        check::coefficient(a, self.a.layout)?;
        let Self { arch, a: stencil, .. } = self;
        vectorize(
            *arch,
            #[inline(always)]
            || stiffness(a, stencil),
        );
        Ok(())
    }

    /// Cells along y and x.
    pub fn cells(&self) -> (usize, usize) {
        (self.a.layout.ny, self.a.layout.nx)
    }

    /// Solves into `u`, `[ny + 1, nx + 1]`; `boundary` is an array of the same shape of which the boundary nodes are read
    /// (`None`: zero).
    ///
    /// # Errors
    /// [`Error::Length`] for a wrong shape, [`Error::Coefficient`] and [`Error::NotFinite`] for bad values,
    /// [`Error::NotConverged`] if the tolerance isn't met.
    pub fn solve(
        &mut self,
        a: Coefficient<'_>,
        f: Load<'_>,
        boundary: Option<&[f64]>,
        u: &mut [f64],
    ) -> Result<Report> {
        self.solve_observed(a, f, boundary, u, None)
    }

    /// [`Self::solve`], with a function that sees every iterate.
    ///
    /// # Errors
    /// As [`Self::solve`].
    pub fn solve_observed(
        &mut self,
        a: Coefficient<'_>,
        f: Load<'_>,
        boundary: Option<&[f64]>,
        u: &mut [f64],
        observer: Option<&mut dyn FnMut(Progress<'_>)>,
    ) -> Result<Report> {
        self.prepare(a, f, boundary, u)?;
        let result = self.iterate(boundary, u, observer);
        self.export(boundary, u);
        result
    }

    /// [`Self::solve`] by sparse Cholesky factorisation: the reference. The symbolic factorisation is kept over calls.
    ///
    /// # Errors
    /// As [`Self::solve`], with [`Error::Factorization`] instead of [`Error::NotConverged`].
    pub fn solve_direct(
        &mut self,
        a: Coefficient<'_>,
        f: Load<'_>,
        boundary: Option<&[f64]>,
        u: &mut [f64],
    ) -> Result<Report> {
        self.prepare(a, f, boundary, u)?;
        let mut direct = match self.direct.take() {
            Some(direct) => direct,
            None => Direct::new(self.a.layout)?,
        };
        let solved = direct.solve(&self.a, &self.b, &mut self.u);
        self.direct = Some(direct);
        solved?;
        let (rr, bb) = (self.true_residual(), square(self.arch, &self.b));
        self.export(boundary, u);
        Ok(Report { iterations: 0, residual: relative(rr, bb) })
    }

    /// `A u` of the given coefficient, without boundary conditions, at interior nodes; boundary nodes get zero.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::Coefficient`].
    pub fn apply(&mut self, a: Coefficient<'_>, u: &[f64], out: &mut [f64]) -> Result<()> {
        let layout = self.a.layout;
        check::coefficient(a, layout)?;
        check::nodes("u", u, layout)?;
        check::nodes("out", out, layout)?;
        let Self { arch, a: stencil, u: framed, r, .. } = self;
        layout.embed(u, framed);
        r.fill(0.0);
        vectorize(
            *arch,
            #[inline(always)]
            || {
                stiffness(a, stencil);
                for j in 1..layout.ny {
                    stencil.apply_row(j, framed, r);
                }
            },
        );
        layout.extract(r, out);
        Ok(())
    }

    /// Checks the arguments; writes the operator, the load and the boundary values.
    fn prepare(
        &mut self,
        a: Coefficient<'_>,
        f: Load<'_>,
        boundary: Option<&[f64]>,
        u: &[f64],
    ) -> Result<()> {
        let layout = self.a.layout;
        check::coefficient(a, layout)?;
        check::load(f, layout)?;
        check::nodes("u", u, layout)?;
        let Layout { ny, nx, .. } = layout;
        let Self { arch, a: stencil, u: framed, b, p, .. } = self;
        vectorize(
            *arch,
            #[inline(always)]
            || stiffness(a, stencil),
        );
        load(f, layout, b);
        if let Some(g) = boundary {
            check::nodes("boundary", g, layout)?;
            check::edges("boundary", g, layout)?;
            // b takes the Dirichlet data over; from here on the unknown is zero on the boundary.
            framed.fill(0.0);
            layout.embed(g, framed);
            for j in 1..ny {
                framed[layout.at(j, 1)..][..nx - 1].fill(0.0);
            }
            vectorize(
                *arch,
                #[inline(always)]
                || cg::residual(stencil, b, framed, p),
            );
            b.copy_from_slice(p);
        }
        framed.fill(0.0);
        p.fill(0.0);
        Ok(())
    }

    /// Writes the solution with its boundary values.
    fn export(&self, boundary: Option<&[f64]>, u: &mut [f64]) {
        let layout = self.a.layout;
        let row = layout.nx + 1;
        layout.extract(&self.u, u);
        if let Some(g) = boundary {
            u[..row].copy_from_slice(&g[..row]);
            u[layout.ny * row..].copy_from_slice(&g[layout.ny * row..]);
            for j in 1..layout.ny {
                u[j * row] = g[j * row];
                u[j * row + row - 1] = g[j * row + row - 1];
            }
        }
    }

    /// Sets the hierarchy of the operator up, divided by its largest diagonal entry, which is returned.
    fn set_up(&mut self) -> Result<f64> {
        let largest = self.a.c.iter().copied().fold(0.0, f64::max);
        if self.multigrid.setup(&self.a, 1.0 / largest) {
            return Ok(largest);
        }
        let reason = "a pivot of the coarsest multigrid operator is not positive".to_owned();
        Err(Error::Factorization { unknowns: self.a.layout.unknowns(), reason })
    }

    /// Conjugate gradients from zero. Ends when the *true* residual meets the tolerance; restarts from it where the recurrence
    /// was too hopeful. What a restart doesn't bring below the tolerance is accepted at the level that rounding leaves,
    /// `16 ε ‖A‖ ‖u‖`: a fine mesh with a strong contrast may not allow 1e-10.
    fn iterate(
        &mut self,
        boundary: Option<&[f64]>,
        out: &mut [f64],
        mut observer: Option<&mut dyn FnMut(Progress<'_>)>,
    ) -> Result<Report> {
        self.r.copy_from_slice(&self.b);
        let bb = square(self.arch, &self.b);
        if bb == 0.0 {
            return Ok(Report { iterations: 0, residual: 0.0 });
        }
        let largest = self.set_up()?;
        self.multigrid.smooth_by(self.smoothing.as_deref())?;
        let Stopping { tolerance, max_iterations } = self.stopping;
        let target = tolerance * tolerance * bb;
        let mut rr = bb;
        let mut iterations = 0;
        let mut restarts = 0;
        loop {
            let mut rho: Option<f64> = None;
            let mut alpha = 0.0;
            while rr > target && iterations < max_iterations {
                (rr, rho, alpha) = self.step(rr, rho, alpha);
                iterations += 1;
                if let Some(observer) = observer.as_mut() {
                    self.export(boundary, out);
                    observer(Progress { iteration: iterations, residual: relative(rr, bb), solution: out });
                }
            }
            rr = self.true_residual();
            let rounding = 16.0 * f64::EPSILON * largest * square(self.arch, &self.u).sqrt();
            let residual = relative(rr, bb);
            if rr <= target || (restarts >= 1 && rr.sqrt() <= rounding) {
                return Ok(Report { iterations, residual });
            }
            if iterations >= max_iterations || !rr.is_finite() {
                return Err(Error::NotConverged {
                    method: "conjugate gradients",
                    iterations,
                    residual,
                    tolerance,
                });
            }
            restarts += 1;
        }
    }

    /// One iteration; returns `(r·r, r·z, α)`. Without a `rho` the direction is the preconditioned residual alone.
    fn step(&mut self, rr: f64, rho: Option<f64>, alpha: f64) -> (f64, Option<f64>, f64) {
        let Self { arch, a, multigrid, u, r, p, q, .. } = self;
        let layout = a.layout;
        let norm = rr.sqrt();
        let rhs = multigrid.rhs();
        vectorize(
            *arch,
            #[inline(always)]
            || cg::round(layout, 1.0 / norm, r, rhs),
        );
        let z = multigrid.cycle();
        vectorize(
            *arch,
            #[inline(always)]
            || {
                let (zr, zq) = cg::products(layout, z, r, q);
                let (zr, zq) = (norm * zr, norm * zq);
                let beta = rho.map_or(0.0, |rho| -alpha * zq / rho);
                let alpha = zr / cg::direction_and_apply(a, z, norm, beta, p, q);
                (cg::advance(layout, alpha, p, q, u, r), Some(zr), alpha)
            },
        )
    }

    fn true_residual(&mut self) -> f64 {
        let Self { arch, a, b, u, r, .. } = self;
        vectorize(
            *arch,
            #[inline(always)]
            || cg::residual(a, b, u, r),
        )
    }
}

fn square(arch: Arch, v: &[f64]) -> f64 {
    vectorize(
        arch,
        #[inline(always)]
        || dot(v, v),
    )
}

fn relative(rr: f64, bb: f64) -> f64 {
    if bb > 0.0 { (rr / bb).sqrt() } else { 0.0 }
}
