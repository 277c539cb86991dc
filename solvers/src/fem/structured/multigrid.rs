//! A geometric multigrid V-cycle with Galerkin coarse operators, as a symmetric preconditioner.

use pulp::Arch;
use sobolev_kernels::Scalar;

use super::Stencil;
use super::coarsest::Coarsest;
use super::interpolation::Interpolation;
use super::simd::vectorize;
use super::smoother::{Row, backward, forward_from_zero, residual_after_forward};
use super::smoothing::{self, LatticeLevel, Smoothing};
use super::stencil::Layout;
use crate::{Error, Result};

/// Lattices of at most this many unknowns are solved directly.
const DIRECT_UNKNOWNS: usize = 81;

#[derive(Clone, Debug)]
struct Level<T> {
    a: Stencil<T>,
    inverse_diagonal: Vec<T>,
    x: Vec<T>,
    b: Vec<T>,
    r: Vec<T>,
    row: Row<T>,
    /// To the next coarser level.
    down: Interpolation<T>,
    /// In place of Gauss-Seidel sweeps, where there are any; with room for a correction.
    smoothers: Vec<Stencil<T>>,
    correction: Vec<T>,
}

/// A hierarchy of lattices; all buffers are kept from one operator to the next.
///
/// `T = f32` halves the memory traffic; rounding in a preconditioner costs no accuracy of the solution.
#[derive(Clone, Debug)]
pub(crate) struct Multigrid<T> {
    arch: Arch,
    levels: Vec<Level<T>>,
    bottom: Stencil<T>,
    bottom_x: Vec<T>,
    bottom_b: Vec<T>,
    coarsest: Coarsest,
}

impl<T: Scalar> Level<T> {
    /// Smooths from zero, and the residual.
    #[inline(always)]
    fn smooth_from_zero(&mut self) {
        let Self { a, b, x, r, .. } = self;
        match &self.smoothers[..] {
            [] => {
                forward_from_zero(a, &self.inverse_diagonal, b, x, &mut self.row);
                residual_after_forward(a, x, r);
            }
            [first, rest @ ..] => {
                smoothing::from_zero(first, b, x);
                for s in rest {
                    smoothing::step(a, s, b, x, r, &mut self.correction);
                }
                smoothing::residual(a, b, x, r);
            }
        }
    }

    /// Smooths on, in the opposite order.
    #[inline(always)]
    fn smooth_backwards(&mut self) {
        let Self { a, b, x, r, .. } = self;
        if self.smoothers.is_empty() {
            backward(a, &self.inverse_diagonal, b, x, &mut self.row);
        }
        for s in self.smoothers.iter().rev() {
            smoothing::step(a, s, b, x, r, &mut self.correction);
        }
    }
}

impl<T: Scalar> Multigrid<T> {
    pub(crate) fn new(finest: Layout, arch: Arch) -> Self {
        let mut levels = Vec::new();
        let mut layout = finest;
        while layout.unknowns() > DIRECT_UNKNOWNS && layout.ny.min(layout.nx) >= 4 {
            let zeros = || vec![T::zero(); layout.len()];
            let coarse = layout.coarser();
            levels.push(Level {
                a: Stencil::zeros(layout),
                inverse_diagonal: zeros(),
                x: zeros(),
                b: zeros(),
                r: zeros(),
                row: Row::new(layout),
                down: Interpolation::zeros(coarse),
                smoothers: Vec::new(),
                correction: Vec::new(),
            });
            layout = coarse;
        }
        let zeros = || vec![T::zero(); layout.len()];
        Self {
            arch,
            levels,
            bottom: Stencil::zeros(layout),
            bottom_x: zeros(),
            bottom_b: zeros(),
            coarsest: Coarsest::new(layout),
        }
    }

    /// Builds the hierarchy of `scale · a`. `false` if the coarsest operator isn't positive definite.
    pub(crate) fn setup(&mut self, a: &Stencil<f64>, scale: f64) -> bool {
        let arch = self.arch;
        let finest = self.levels.first_mut().map_or(&mut self.bottom, |level| &mut level.a);
        vectorize(
            arch,
            #[inline(always)]
            || copy_scaled(a, scale, finest),
        );
        for l in 0..self.levels.len() {
            let (fine, coarse) = self.levels.split_at_mut(l + 1);
            let fine = &mut fine[l];
            let next = coarse.first_mut().map_or(&mut self.bottom, |level| &mut level.a);
            vectorize(
                arch,
                #[inline(always)]
                || {
                    invert(&fine.a.c, &mut fine.inverse_diagonal);
                    fine.down.build(&fine.a);
                    fine.down.galerkin(&fine.a, next);
                },
            );
        }
        self.coarsest.factor(&self.bottom)
    }

    /// The right-hand side of the finest level: write it, then call [`Self::cycle`].
    pub(crate) fn rhs(&mut self) -> &mut [T] {
        self.levels.first_mut().map_or(&mut self.bottom_b, |level| &mut level.b)
    }

    /// One V-cycle from zero; returns the correction.
    pub(crate) fn cycle(&mut self) -> &[T] {
        let arch = self.arch;
        for l in 0..self.levels.len() {
            let (fine, coarse) = self.levels.split_at_mut(l + 1);
            let fine = &mut fine[l];
            let b = coarse.first_mut().map_or(&mut self.bottom_b, |level| &mut level.b);
            vectorize(
                arch,
                #[inline(always)]
                || {
                    fine.smooth_from_zero();
                    fine.down.restrict(fine.a.layout, &fine.r, b);
                },
            );
        }
        self.coarsest.solve(&self.bottom_b, &mut self.bottom_x);
        for l in (0..self.levels.len()).rev() {
            let (fine, coarse) = self.levels.split_at_mut(l + 1);
            let fine = &mut fine[l];
            let y = coarse.first().map_or(&self.bottom_x, |level| &level.x);
            vectorize(
                arch,
                #[inline(always)]
                || {
                    fine.down.prolong_add(fine.a.layout, y, &mut fine.x);
                    fine.smooth_backwards();
                },
            );
        }
        self.levels.first().map_or(&self.bottom_x, |level| &level.x)
    }
}

impl Multigrid<f32> {
    /// The hierarchy that has been set up, finest level first.
    pub(crate) fn levels(&self) -> Vec<LatticeLevel> {
        let above = self.levels.iter().map(|level| smoothing::level(&level.a, Some(&level.down)));
        above.chain([smoothing::level(&self.bottom, None)]).collect()
    }

    /// Replaces the smoothers of the hierarchy that has been set up; without any, Gauss-Seidel sweeps.
    pub(crate) fn smooth_by(&mut self, smoothing: Option<&dyn Smoothing>) -> Result<()> {
        let Some(smoothing) = smoothing else {
            self.levels.iter_mut().for_each(|level| level.smoothers.clear());
            return Ok(());
        };
        let all = smoothing.steps(&self.levels())?;
        if all.len() != self.levels.len() {
            let (expected, found) = (self.levels.len(), all.len());
            let axes = "[level], all but the coarsest".to_owned();
            return Err(Error::Length { name: "smoothers of a hierarchy", axes, expected, found });
        }
        for (level, steps) in self.levels.iter_mut().zip(all) {
            let made = steps.iter().map(|m| smoothing::smoother(m, &level.inverse_diagonal, level.a.layout));
            level.smoothers = made.collect::<Result<_>>()?;
            level.correction.resize(level.x.len(), 0.0);
        }
        Ok(())
    }
}

#[inline(always)]
fn copy_scaled<T: Scalar>(a: &Stencil<f64>, scale: f64, out: &mut Stencil<T>) {
    let pairs = [(&a.e, &mut out.e), (&a.n, &mut out.n), (&a.ne, &mut out.ne), (&a.nw, &mut out.nw)];
    for (from, to) in pairs {
        for (to, from) in to.iter_mut().zip(from) {
            *to = T::of(scale * from);
        }
    }
    out.balance();
}

/// Reciprocals; zero for the frame.
#[inline(always)]
fn invert<T: Scalar>(c: &[T], out: &mut [T]) {
    for (out, &c) in out.iter_mut().zip(c) {
        *out = if c > T::zero() { T::one() / c } else { T::zero() };
    }
}
