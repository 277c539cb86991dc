//! Trajectories of a spectral solver as samples.
//!
//! | file | what |
//! |---|---|
//! | `build` | from an equation, a law and a clock to a simulation |
//! | `plan` | the solver's grid and steps behind the stored ones |
//! | `trajectories` | the simulation: draws, integrates, stores |

mod build;
mod plan;
mod trajectories;

pub(super) use build::{sampler, trajectories};
pub(super) use plan::{Clock, Lattice};
pub(super) use trajectories::{Given, Stored, Trajectories};
