//! A trained network as the smoothers of a solver.

use sobolev_operators::MgPreconditioner;
use sobolev_operators::preconditioner::NinePoint;
use sobolev_solvers::fem::structured::{LatticeLevel, Smoothing};
use sobolev_solvers::{Error, Result};

/// The smoothers of a network, for [`EllipticSolver::with_smoothing`](sobolev_solvers::fem::EllipticSolver::with_smoothing).
#[derive(Clone, Debug)]
pub struct LearnedSmoothing {
    net: MgPreconditioner,
}

impl LearnedSmoothing {
    /// The smoothers of `net`.
    pub fn new(net: MgPreconditioner) -> Self {
        Self { net }
    }

    /// The network.
    pub fn network(&self) -> &MgPreconditioner {
        &self.net
    }
}

/// A level as the network knows it.
pub(super) fn nine_point(level: &LatticeLevel) -> NinePoint<'_> {
    NinePoint {
        size: level.cells.map(|cells| cells - 1),
        operator: &level.operator,
        interpolation: &level.interpolation,
    }
}

impl Smoothing for LearnedSmoothing {
    fn steps(&self, levels: &[LatticeLevel]) -> Result<Vec<Vec<Vec<f32>>>> {
        let steps = |level| self.net.arrays(&nine_point(level));
        let all: sobolev_operators::Result<_> = levels[..levels.len() - 1].iter().map(steps).collect();
        all.map_err(|error| Error::Smoother { reason: error.to_string() })
    }
}
