//! The stages of a singly diagonally implicit Runge-Kutta method.

use std::sync::Arc;

use super::{FirstOrderIntegrator, FirstOrderMethod, Sdirk, State};
use crate::Result;
use crate::time::factor::Shifted;
use crate::time::{FirstOrderSystem, Forcing, Work, check_step};

/// Factorisations kept by step size: step control walks up and down a ladder of steps and comes back to them.
const KEPT: usize = 4;

impl FirstOrderMethod for Sdirk {
    fn order(&self) -> usize {
        self.order
    }

    fn integrator(&self, system: Arc<FirstOrderSystem>, dt: f64) -> Result<Box<dyn FirstOrderIntegrator>> {
        Ok(Box::new(SdirkIntegrator::new(self.clone(), system, dt)?))
    }
}

/// A diagonally implicit method bound to a system; besides fixed steps it has step control ([`Self::integrate`]).
pub struct SdirkIntegrator {
    method: Sdirk,
    system: Arc<FirstOrderSystem>,
    dt: f64,
    /// M + γ dt K by dt, the last used last.
    matrices: Vec<(f64, Shifted)>,
    /// kᵢ.
    stages: Vec<Vec<f64>>,
    argument: Vec<f64>,
    rhs: Vec<f64>,
    pub(super) steps: usize,
}

impl SdirkIntegrator {
    /// Checks the coefficients and the step, and factorises.
    ///
    /// # Errors
    /// [`crate::Error::Config`] for coefficients that miss their conditions or a step that is not positive,
    /// [`crate::Error::Factorization`].
    pub fn new(method: Sdirk, system: Arc<FirstOrderSystem>, dt: f64) -> Result<Self> {
        method.check()?;
        check_step(dt)?;
        let n = system.size();
        let stages = vec![vec![0.0; n]; method.n_stages()];
        let (argument, rhs) = (vec![0.0; n], vec![0.0; n]);
        let mut integrator =
            Self { method, system, dt, matrices: Vec::new(), stages, argument, rhs, steps: 0 };
        integrator.select(dt)?;
        Ok(integrator)
    }

    /// The method.
    pub fn method(&self) -> &Sdirk {
        &self.method
    }

    /// Brings the factorisation for `dt` to the end of the list.
    pub(super) fn select(&mut self, dt: f64) -> Result<()> {
        self.dt = dt;
        let entry = match self.matrices.iter().position(|(step, _)| *step == dt) {
            Some(found) => self.matrices.remove(found),
            None => {
                let terms = [(1.0, self.system.mass()), (self.method.gamma() * dt, self.system.stiffness())];
                if self.matrices.len() < KEPT {
                    (dt, Shifted::new(&terms, self.system.is_symmetric())?)
                } else {
                    let (_, mut oldest) = self.matrices.remove(0);
                    oldest.update(&terms)?;
                    (dt, oldest)
                }
            }
        };
        self.matrices.push(entry);
        Ok(())
    }

    fn solve(&mut self, rhs: &[f64]) -> Vec<f64> {
        let last = self.matrices.len() - 1;
        self.matrices[last].1.solve(rhs)
    }

    /// Computes kᵢ for a step from `state`.
    pub(super) fn compute_stages(&mut self, state: &State, forcing: Forcing<'_>) {
        let dt = self.dt;
        for i in 0..self.method.n_stages() {
            let Self { method, argument, rhs, stages, .. } = self;
            forcing.write(state.time + method.c[i] * dt, argument);
            std::mem::swap(argument, &mut stages[i]);
            argument.copy_from_slice(&state.values);
            for (k, a) in stages[..i].iter().zip(&method.a[i]) {
                argument.iter_mut().zip(k).for_each(|(u, k)| *u += dt * a * k);
            }
            self.system.stiffness().multiply(argument, rhs);
            rhs.iter_mut().zip(&stages[i]).for_each(|(r, f)| *r = f - *r);
            let rhs = std::mem::take(&mut self.rhs);
            self.stages[i] = self.solve(&rhs);
            self.rhs = rhs;
        }
    }

    /// dt Σ wᵢ kᵢ for the weights of the method.
    pub(super) fn increment(&self) -> Vec<f64> {
        self.weighted(&self.method.b)
    }

    /// The difference to the embedded method, filtered by (M + γ dt K)⁻¹ M: without the filter stiff components, which the
    /// method itself damps, would dominate the estimate and force small steps (Hairer and Wanner 1996, equation IV.8.19).
    pub(super) fn error_estimate(&mut self) -> Vec<f64> {
        let weights: Vec<f64> = self.method.b.iter().zip(&self.method.embedded).map(|(b, e)| b - e).collect();
        let raw = self.weighted(&weights);
        let mut rhs = vec![0.0; raw.len()];
        self.system.mass().multiply(&raw, &mut rhs);
        self.solve(&rhs)
    }

    fn weighted(&self, weights: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.rhs.len()];
        for (k, w) in self.stages.iter().zip(weights).filter(|(_, w)| **w != 0.0) {
            sum.iter_mut().zip(k).for_each(|(s, k)| *s += self.dt * w * k);
        }
        sum
    }
}

impl FirstOrderIntegrator for SdirkIntegrator {
    fn system(&self) -> &FirstOrderSystem {
        &self.system
    }

    fn dt(&self) -> f64 {
        self.dt
    }

    fn set_dt(&mut self, dt: f64) -> Result<()> {
        check_step(dt)?;
        self.select(dt)
    }

    fn work(&self) -> Work {
        let sum = |of: fn(&Shifted) -> usize| self.matrices.iter().map(|(_, m)| of(m)).sum();
        Work { steps: self.steps, factorizations: sum(|m| m.factorizations), solves: sum(|m| m.solves) }
    }

    fn advance(&mut self, state: &mut State, forcing: Forcing<'_>) -> Result<()> {
        self.compute_stages(state, forcing);
        let increment = self.increment();
        state.values.iter_mut().zip(&increment).for_each(|(u, d)| *u += d);
        state.time += self.dt;
        self.steps += 1;
        Ok(())
    }
}
