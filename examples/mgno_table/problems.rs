//! The problems of the table, and what was published of them.

use super::options::Budget;

/// A map that is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A medium of two phases to the pressure in it.
    DarcyRough,
    /// A medium that varies on many scales to the pressure in it.
    DarcyMultiscale,
    /// The speed of sound to the sound between rigid walls.
    Helmholtz,
    /// The vorticity on a torus to that of a time unit later.
    NavierStokes,
}

/// Steps of a trajectory, each of them a pair of a state and the next one, as in the published protocol.
const STEPS: usize = 10;

impl Problem {
    pub(crate) const ALL: [Self; 4] =
        [Self::DarcyRough, Self::DarcyMultiscale, Self::Helmholtz, Self::NavierStokes];

    /// Its name in `sobolev list problems`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DarcyRough => "darcy-rough",
            Self::DarcyMultiscale => "darcy-multiscale",
            Self::Helmholtz => "helmholtz",
            Self::NavierStokes => "navier-stokes-1e-5",
        }
    }

    /// Points per axis.
    pub(crate) fn points(self, budget: &Budget) -> usize {
        if self == Self::Helmholtz { budget.nodes } else { budget.points }
    }

    /// Pairs in a stored sample.
    pub(crate) fn pairs(self) -> usize {
        if self == Self::NavierStokes { STEPS } else { 1 }
    }

    /// Stored samples for a number of pairs.
    pub(crate) fn samples(self, pairs: usize) -> usize {
        pairs.div_ceil(self.pairs())
    }

    /// Whether a field goes on from one end of the grid to the other.
    pub(crate) fn is_periodic(self) -> bool {
        self == Self::NavierStokes
    }

    /// Settings other than the problem's own, those of the command line last.
    pub(crate) fn settings(self, budget: &Budget) -> Vec<String> {
        let mut settings = match self {
            Self::DarcyRough | Self::Helmholtz => vec![],
            Self::DarcyMultiscale => vec![format!("octaves={}", octaves(budget.points))],
            // Twice as fine in space and time changes the states of three trajectories by 0.2 % at most, the rough first one by 0.5 %.
            Self::NavierStokes => {
                vec![format!("frames={STEPS}"), "solver_points=128".into(), "dt=0.01".into()]
            }
        };
        for (problem, setting) in budget.settings() {
            if problem == self.name() {
                let key = |s: &str| s.split('=').next().map(str::to_owned);
                settings.retain(|s| key(s) != key(setting));
                settings.push(setting.to_owned());
            }
        }
        settings
    }

    /// The published result of MgNO, from tables 1 to 3 of the paper as other works quote them.
    pub(crate) fn published(self) -> Published {
        match self {
            Self::DarcyRough => Published {
                parameters: "0.57 M",
                l2: Some(0.339),
                spectral_h1: Some(1.380),
                h1: None,
                rollout: None,
                setting: "256 × 256 points, 1,280 samples, 500 epochs",
            },
            Self::DarcyMultiscale => Published {
                parameters: "0.57 M",
                l2: Some(0.715),
                spectral_h1: Some(1.756),
                h1: None,
                rollout: None,
                setting: "256 × 256 points, 1,000 samples",
            },
            Self::Helmholtz => Published {
                parameters: "7.58 M",
                l2: Some(0.71),
                spectral_h1: None,
                h1: Some(4.02),
                rollout: None,
                setting: "101 × 101 points, 4,000 samples, 100 epochs; which H¹ norm is not said",
            },
            Self::NavierStokes => Published {
                parameters: "2.89 M",
                l2: None,
                spectral_h1: None,
                h1: None,
                rollout: Some(1.63),
                setting: "64 × 64 points, 10,000 pairs of 1,000 trajectories, 500 epochs; the released program measures it over ten steps",
            },
        }
    }
}

/// Octaves of waves that a grid holds: the shortest waves of the last one, of one and a half times its least frequency and three times as fast along
/// one axis as along the other, have 3.5 points each.
fn octaves(points: usize) -> u32 {
    points.max(16).ilog2().saturating_sub(3).min(6)
}

/// Errors in percent, where there are published ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) parameters: &'static str,
    pub(crate) l2: Option<f64>,
    pub(crate) h1: Option<f64>,
    pub(crate) spectral_h1: Option<f64>,
    pub(crate) rollout: Option<f64>,
    /// On what.
    pub(crate) setting: &'static str,
}
