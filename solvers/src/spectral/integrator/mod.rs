//! The time integrators: data, checked when a stepper is made.
//!
//! A one-step method on `u' = L u + N(u, t)` with diagonal L is, mode by mode and with z = h L,
//! ```math
//! U_i = R_i(z)\, u + h \sum_{j<i} A_{ij}(z)\, N(U_j, t + c_j h), \qquad u_{new} = R(z)\, u + h \sum_j B_j(z)\, N(U_j, t + c_j h):
//! ```
//! exponential, integrating-factor, implicit-explicit and explicit methods differ in the functions R, A, B alone.
//!
//! Files: `phi` (the functions φ_k), `exponential` and `additive` (tableaus and their R, A, B), `multistep`, `splitting`, `trees`
//! (order conditions).

mod additive;
mod exponential;
mod multistep;
mod phi;
mod splitting;
mod trees;

pub use phi::phi;

pub(super) use multistep::Multistep;
pub(super) use splitting::{Composition, Flow};

use sobolev_kernels::Complex;

use crate::{Error, Result};
use additive::Additive;
use exponential::Exponential;

/// A time integrator for [`Stepper`](super::Stepper).
///
/// | name | order | linear part | evaluations a step | source |
/// |---|---|---|---|---|
/// | `Etd1`, `Etd2Rk`, `Etd3Rk`, `EtdRk4` | 1-4 | exact | 1-4 | Cox & Matthews 2002, eqs. 4, 20-29 |
/// | `Krogstad4` | 4 | exact | 4 | Krogstad 2005, eq. 51 |
/// | `IfRk4` | 4 | exact | 4 | Lawson 1967 |
/// | `Sbdf1` - `Sbdf4` | 1-4 | implicit | 1 | Ascher, Ruuth & Wetton 1995, sec. 2.1-2.4 |
/// | `Ark3`, `Ark4` | 3, 4 | implicit | 4, 6 | Kennedy & Carpenter 2003, ARK3(2)4L\[2\]SA, ARK4(3)6L\[2\]SA |
/// | `Rk4` | 4 | explicit | 4 | Kutta 1901 |
/// | `Strang`, `Yoshida4` | 2, 4 | exact | flow of N, or 4 and 12 | Strang 1968; Yoshida 1990 |
/// | `DormandPrince` | 5, adaptive | explicit | 6 | Dormand & Prince 1980 |
/// | `Etd34` | 4, adaptive | exact | 4 | Krogstad's method with the third-order estimate of Whalen, Brio & Moloney 2015 |
///
/// **Good values** `EtdRk4` for dissipative equations (Kuramoto-Sivashinsky, Navier-Stokes, reaction-diffusion), `Yoshida4` or
/// `EtdRk4` for Schroedinger equations, `Rk4` where the linear part is mild. Sbdf methods start with steps of `EtdRk4`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Integrator {
    /// First-order exponential time differencing.
    Etd1,
    /// Second order.
    Etd2Rk,
    /// Third order.
    Etd3Rk,
    /// Fourth order, of Cox and Matthews.
    EtdRk4,
    /// Fourth order, of Krogstad: smaller error constants on stiff problems.
    Krogstad4,
    /// Integrating factor with the classical Runge-Kutta method.
    IfRk4,
    /// Semi-implicit backward difference, first order (implicit-explicit Euler).
    Sbdf1,
    /// Second order.
    Sbdf2,
    /// Third order.
    Sbdf3,
    /// Fourth order.
    Sbdf4,
    /// Additive Runge-Kutta, third order.
    Ark3,
    /// Additive Runge-Kutta, fourth order.
    Ark4,
    /// The classical Runge-Kutta method.
    Rk4,
    /// Half a linear step, a nonlinear step, half a linear step.
    Strang,
    /// Three Strang steps.
    Yoshida4,
    /// Fifth order, each `dt` subdivided to a tolerance.
    DormandPrince(Tolerance),
    /// Fourth order exponential, each `dt` subdivided to a tolerance.
    Etd34(Tolerance),
}

/// The error that an adaptive step may make: `‖e‖ <= atol + rtol ‖u‖`, in the root mean square over the domain and the channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Relative to the solution.
    pub rtol: f64,
    /// Absolute.
    pub atol: f64,
}

impl Tolerance {
    /// A relative and an absolute tolerance.
    #[must_use]
    pub fn new(rtol: f64, atol: f64) -> Self {
        Self { rtol, atol }
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { rtol: 1e-6, atol: 1e-9 }
    }
}

/// What a stepper does for an integrator.
pub(super) enum Scheme {
    OneStep(OneStep),
    Adaptive(OneStep, Tolerance, u32),
    Multistep(Multistep),
    Splitting(Composition),
}

impl Integrator {
    /// The classical order.
    #[must_use]
    pub fn order(&self) -> u32 {
        match self {
            Self::Etd1 | Self::Sbdf1 => 1,
            Self::Etd2Rk | Self::Sbdf2 | Self::Strang => 2,
            Self::Etd3Rk | Self::Sbdf3 | Self::Ark3 => 3,
            Self::DormandPrince(_) => 5,
            _ => 4,
        }
    }

    /// The method, with its order conditions checked.
    pub(super) fn scheme(&self) -> Result<Scheme> {
        let one = |method: OneStep| method.checked(self.order()).map(Scheme::OneStep);
        match *self {
            Self::Etd1 => one(OneStep::Exponential(Exponential::etd1())),
            Self::Etd2Rk => one(OneStep::Exponential(Exponential::etd2rk())),
            Self::Etd3Rk => one(OneStep::Exponential(Exponential::etd3rk())),
            Self::EtdRk4 => one(OneStep::Exponential(Exponential::etdrk4())),
            Self::Krogstad4 => one(OneStep::Exponential(Exponential::krogstad4())),
            Self::IfRk4 => one(OneStep::Exponential(Exponential::ifrk4())),
            Self::Ark3 => one(OneStep::Additive(Additive::ark3())),
            Self::Ark4 => one(OneStep::Additive(Additive::ark4())),
            Self::Rk4 => one(OneStep::Additive(Additive::rk4())),
            Self::Sbdf1 | Self::Sbdf2 | Self::Sbdf3 | Self::Sbdf4 => {
                Multistep::sbdf(self.order() as usize).map(Scheme::Multistep)
            }
            Self::Strang => Composition::strang().map(Scheme::Splitting),
            Self::Yoshida4 => Composition::yoshida4().map(Scheme::Splitting),
            Self::DormandPrince(tolerance) => {
                let method = OneStep::Additive(Additive::dormand_prince()).checked(5)?;
                Ok(Scheme::Adaptive(method, tolerance.checked()?, 4))
            }
            Self::Etd34(tolerance) => {
                let method = OneStep::Exponential(Exponential::krogstad4()).checked(4)?;
                Ok(Scheme::Adaptive(method, tolerance.checked()?, 3))
            }
        }
    }
}

impl Tolerance {
    fn checked(self) -> Result<Self> {
        let fine = |x: f64| x.is_finite() && x >= 0.0;
        if fine(self.rtol) && fine(self.atol) && self.rtol + self.atol > 0.0 {
            Ok(self)
        } else {
            let value = format!("rtol {}, atol {}", self.rtol, self.atol);
            let expected = "finite, not negative and not both zero";
            Err(Error::Config { field: "integrator.tolerance", expected, value })
        }
    }
}

/// `own · u + h Σ_j terms[j] N_j`.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) own: Complex<f64>,
    pub(super) terms: Vec<Complex<f64>>,
}

/// A one-step method.
pub(super) enum OneStep {
    Exponential(Exponential),
    Additive(Additive),
}

impl OneStep {
    /// The classical Runge-Kutta method on N alone.
    pub(super) fn classical() -> Self {
        Self::Additive(Additive::rk4())
    }

    /// The fourth-order exponential method that starts the multistep ones.
    pub(super) fn start() -> Self {
        Self::Exponential(Exponential::etdrk4())
    }

    /// c_i of the stages, the first of which is u itself.
    pub(super) fn nodes(&self) -> &[f64] {
        match self {
            Self::Exponential(e) => &e.nodes,
            Self::Additive(a) => &a.nodes,
        }
    }

    /// The rows of stages 1.., of the new value and, for an embedded pair, of the error estimate; the last has a further term for
    /// N at the new value.
    pub(super) fn rows(&self, z: Complex<f64>) -> Vec<Row> {
        match self {
            Self::Exponential(e) => e.rows(z),
            Self::Additive(a) => a.rows(z),
        }
    }

    /// The factor that multiplies u where N vanishes.
    pub(super) fn amplification(&self, z: Complex<f64>) -> Complex<f64> {
        self.rows(z)[self.nodes().len() - 1].own
    }

    /// `self`, if it satisfies the order conditions.
    fn checked(self, order: u32) -> Result<Self> {
        let defect = match &self {
            Self::Exponential(e) => e.defect(order as usize),
            Self::Additive(a) => a.defect(order as usize),
        };
        conditions(defect)?;
        Ok(self)
    }
}

/// An error if order conditions are missed by more than rounding.
fn conditions(defect: f64) -> Result<()> {
    if defect < 1e-12 {
        return Ok(());
    }
    let expected = "to satisfy its order conditions to 1e-12";
    Err(Error::Config { field: "integrator", expected, value: format!("off by {defect:.1e}") })
}
