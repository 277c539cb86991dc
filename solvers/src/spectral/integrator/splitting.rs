//! Compositions of the flows of L and of N.
//!
//! **Source.** Strang, *SIAM J. Numer. Anal.* 5 (1968), 506, <https://doi.org/10.1137/0705041>; Yoshida, *Phys. Lett. A* 150
//! (1990), 262, sec. 4, <https://doi.org/10.1016/0375-9601(90)90092-3>

use super::conditions;
use crate::Result;

/// One flow, over a fraction of the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::spectral) enum Flow {
    /// Of the linear part.
    Linear(f64),
    /// Of the nonlinear part.
    Nonlinear(f64),
}

/// Flows in the order of their application.
pub(in crate::spectral) struct Composition(pub(in crate::spectral) Vec<Flow>);

impl Composition {
    pub(super) fn strang() -> Result<Self> {
        Self::of_strang(&[1.0], 2)
    }

    pub(super) fn yoshida4() -> Result<Self> {
        let outer = 1.0 / (2.0 - 2.0_f64.cbrt());
        Self::of_strang(&[outer, 1.0 - 2.0 * outer, outer], 4)
    }

    /// Strang steps of the given lengths; a symmetric composition is of order 4 if the cubes of the lengths sum to zero.
    fn of_strang(lengths: &[f64], order: u32) -> Result<Self> {
        let sum = |q: i32| -> f64 { lengths.iter().map(|w| w.powi(q)).sum() };
        let symmetric = lengths.iter().eq(lengths.iter().rev());
        conditions(if symmetric { (sum(1) - 1.0).abs() } else { 1.0 })?;
        if order == 4 {
            conditions(sum(3).abs())?;
        }
        let mut flows = vec![Flow::Linear(0.5 * lengths[0])];
        for (i, w) in lengths.iter().enumerate() {
            flows.push(Flow::Nonlinear(*w));
            flows.push(Flow::Linear(0.5 * (w + lengths.get(i + 1).copied().unwrap_or(0.0))));
        }
        Ok(Self(flows))
    }
}
