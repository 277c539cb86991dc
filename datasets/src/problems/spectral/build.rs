//! From an equation, a law and a clock to a simulation.

use sobolev_solvers::spectral::initial::{Initial, Sampler};
use sobolev_solvers::spectral::{Dealias, Equation, Integrator, Stepper};

use super::{Clock, Given, Lattice, Stored, Trajectories};
use crate::problems::Simulation;
use crate::{Error, Result};

/// A draw of starts, planned for a grid.
pub(in super::super) fn sampler(problem: &str, law: &dyn Initial, lattice: &Lattice) -> Result<Sampler> {
    law.on(&lattice.grid)
        .map_err(|e| Error::config(format!("initial state of {problem}"), "one that the grid can hold", e))
}

/// The simulation of `equation` by ETDRK4 in f64.
pub(in super::super) fn trajectories<E: Equation + 'static>(
    problem: &str,
    equation: E,
    dealias: Dealias,
    lattice: Lattice,
    clock: Clock,
    start: Sampler,
    given: Given,
    stored: Vec<Stored>,
) -> Result<Box<dyn Simulation>> {
    let channels = equation.channels();
    let solver = Stepper::<E, f64>::new(equation, &lattice.grid, dealias, Integrator::EtdRk4, clock.dt)
        .map_err(|e| Error::config(problem, "an equation that can be solved", e))?;
    Ok(Box::new(Trajectories { solver: Box::new(solver), lattice, clock, start, given, stored, channels }))
}
