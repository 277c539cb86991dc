//! What an equation is to the spectral solvers: symbols, and a pointwise function.

use std::ops::RangeInclusive;

use sobolev_kernels::{Complex, Scalar};

use super::{FourierGrid, Points};
use crate::Result;

/// The angular wavenumber of a mode, in radians per unit length; 0 along axes that the grid has not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// Along the last axis of an array.
    pub x: f64,
    /// Along the last but one.
    pub y: f64,
    /// Along the first of three.
    pub z: f64,
}

impl Wave {
    /// The symbol of ∂/∂x: i k_x.
    #[must_use]
    pub fn dx(&self) -> Complex<f64> {
        Complex::new(0.0, self.x)
    }

    /// The symbol of ∂/∂y: i k_y.
    #[must_use]
    pub fn dy(&self) -> Complex<f64> {
        Complex::new(0.0, self.y)
    }

    /// The symbol of ∂/∂z: i k_z.
    #[must_use]
    pub fn dz(&self) -> Complex<f64> {
        Complex::new(0.0, self.z)
    }

    /// Component 0 (x), 1 (y) or 2 (z).
    #[must_use]
    pub fn axis(&self, a: usize) -> f64 {
        [self.x, self.y, self.z][a]
    }

    /// |k|².
    #[must_use]
    pub fn squared(&self) -> f64 {
        self.x * self.x + self.y * self.y + self.z * self.z
    }

    /// The symbol of the Laplacian: -|k|².
    #[must_use]
    pub fn laplacian(&self) -> f64 {
        -self.squared()
    }

    /// The symbol of the inverse Laplacian on fields without a mean: -1/|k|², 0 for the mean.
    #[must_use]
    pub fn inverse_laplacian(&self) -> f64 {
        if self.is_mean() { 0.0 } else { -1.0 / self.squared() }
    }

    /// Whether this is the constant mode.
    #[must_use]
    pub fn is_mean(&self) -> bool {
        self.squared() == 0.0
    }
}

/// Values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// One number a point.
    Real,
    /// Two numbers a point: arrays gain a last axis (real part, imaginary part).
    Complex,
}

/// Sizes of a nonlinear term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fields w_i that the pointwise function reads.
    pub inputs: usize,
    /// Fields g_p that it writes.
    pub products: usize,
    /// Fields a_j(x), constant in time, that it reads too.
    pub coefficients: usize,
}

/// A semilinear evolution equation on a periodic box, diagonal in Fourier space but for a pointwise nonlinearity.
///
/// **Equations**
/// ```math
/// \frac{d\hat u_c}{dt} = L_c(k)\, \hat u_c + \sum_p D_{cp}(k)\, \widehat{g_p(w_1, \dots, w_m;\, a_1, \dots;\, t)} + \hat f_c,
/// \qquad \hat w_i = \sum_c E_{ic}(k)\, \hat u_c
/// ```
/// An implementation states the symbols L, E, D and the function g. The stepper tabulates the symbols once, leaves out those that
/// vanish, treats constant, real and imaginary ones as such, brings the m fields w to points, evaluates g and comes back with
/// its p results in one pass over the data.
///
/// **Shapes** fields `[batch, channel, z, y, x]`; complex ones have a last axis of 2.
///
/// **Good values** Write g with as few inputs and products as the equation allows: a transform each is what a step costs.
///
/// **Example** Fisher's equation, `u_t = D u_xx + u (1 - u)`:
/// ```
/// use sobolev_kernels::{Complex, Scalar};
/// use sobolev_solvers::spectral::{Counts, Equation, Points, Wave};
///
/// struct Fisher { diffusivity: f64 }
///
/// impl Equation for Fisher {
///     fn name(&self) -> &'static str { "Fisher" }
///     fn linear(&self, _: usize, k: &Wave) -> Complex<f64> { (self.diffusivity * k.laplacian() + 1.0).into() }
///     fn counts(&self) -> Counts { Counts { inputs: 1, products: 1, coefficients: 0 } }
///     fn input(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> { 1.0.into() }
///     fn output(&self, _: usize, _: usize, _: &Wave) -> Complex<f64> { (-1.0).into() }
///     fn pointwise<T: Scalar>(&self, points: &mut Points<'_, T>) { points.map(|[u]| [u * u]); }
/// }
/// ```
pub trait Equation: Send + Sync {
    /// The equation's name in messages.
    fn name(&self) -> &'static str;

    /// Space dimensions in which it is defined.
    fn dims(&self) -> RangeInclusive<usize> {
        1..=3
    }

    /// Checks the parameters; the dimension is checked elsewhere.
    ///
    /// # Errors
    /// A parameter out of its range.
    fn check(&self, _grid: &FourierGrid) -> Result<()> {
        Ok(())
    }

    /// Real or complex fields.
    fn kind(&self) -> FieldKind {
        FieldKind::Real
    }

    /// Fields of the state.
    fn channels(&self) -> usize {
        1
    }

    /// L_c(k). For real fields `L(-k) = conj L(k)`.
    fn linear(&self, channel: usize, k: &Wave) -> Complex<f64>;

    /// Sizes of the nonlinear term; none by default.
    fn counts(&self) -> Counts {
        Counts::default()
    }

    /// E_ic(k).
    fn input(&self, _input: usize, _channel: usize, _k: &Wave) -> Complex<f64> {
        Complex::new(0.0, 0.0)
    }

    /// D_cp(k).
    fn output(&self, _channel: usize, _product: usize, _k: &Wave) -> Complex<f64> {
        Complex::new(0.0, 0.0)
    }

    /// g, on a run of points; see [`Points`].
    fn pointwise<T: Scalar>(&self, _points: &mut Points<'_, T>) {}

    /// a_j at `[x, y, z]`, for samples that bring none of their own.
    fn coefficient(&self, _index: usize, _x: [f64; 3]) -> f64 {
        0.0
    }

    /// f_c at `[x, y, z]`: constant in time, the same for all samples; used if [`is_forced`](Self::is_forced).
    fn forcing(&self, _channel: usize, _x: [f64; 3]) -> f64 {
        0.0
    }

    /// Whether [`forcing`](Self::forcing) is to be called.
    fn is_forced(&self) -> bool {
        false
    }

    /// Whether [`flow`](Self::flow) is written.
    fn has_flow(&self) -> bool {
        false
    }

    /// The exact flow of the nonlinear term alone over the time `h`, from the channels at a point to the channels there, for the
    /// splitting methods.
    fn flow<T: Scalar>(&self, _h: f64, _points: &mut Points<'_, T>) {}
}
