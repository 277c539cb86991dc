//! Step control by the embedded method.

use super::{FirstOrderIntegrator, SdirkIntegrator, State, check_state};
use crate::time::{Forcing, check_growth};
use crate::{Error, Result};

/// What step control aims at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepControl {
    /// Relative tolerance per step; default 1e-6.
    pub rtol: f64,
    /// Absolute tolerance per step, in units of u; default 1e-9.
    pub atol: f64,
    /// Steps below this are an error; default 1e-12.
    pub smallest: f64,
    /// Steps are not taken above this; default infinity.
    pub largest: f64,
}

impl Default for StepControl {
    fn default() -> Self {
        Self { rtol: 1e-6, atol: 1e-9, smallest: 1e-12, largest: f64::INFINITY }
    }
}

impl StepControl {
    /// Both tolerances.
    pub fn new(rtol: f64, atol: f64) -> Self {
        Self { rtol, atol, ..Self::default() }
    }

    fn check(&self) -> Result<()> {
        let positive = [
            ("control.rtol", self.rtol),
            ("control.atol", self.atol),
            ("control.smallest", self.smallest),
            ("control.largest", self.largest),
        ];
        for (field, value) in positive {
            if value.is_nan() || value <= 0.0 {
                return Err(Error::Config { field, expected: "positive", value: value.to_string() });
            }
        }
        Ok(())
    }
}

/// The work of a controlled integration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AdaptiveReport {
    /// Steps taken.
    pub accepted: usize,
    /// Steps thrown away.
    pub rejected: usize,
    /// Numeric factorisations.
    pub factorizations: usize,
    /// The smallest accepted step but for the last, which ends at t1.
    pub smallest: f64,
    /// The largest accepted step.
    pub largest: f64,
}

impl SdirkIntegrator {
    /// Integrates to `t1` with steps chosen such that the embedded error estimate, in the root mean square of
    /// `|eᵢ| / (atol + rtol |uᵢ|)`, stays below 1. It starts with the step at hand ([`FirstOrderIntegrator::dt`]).
    ///
    /// Steps come from the ladder `dt · 2^{k/2}` with integer k, so that a step that suits is kept and its factorisation with it.
    /// `observe` sees every accepted state.
    ///
    /// # Errors
    /// [`Error::Config`] for tolerances or a `t1` that make no sense, [`Error::StepTooSmall`] if the tolerances can't be met,
    /// and those of [`FirstOrderIntegrator::step`].
    pub fn integrate(
        &mut self,
        state: &mut State,
        t1: f64,
        control: &StepControl,
        forcing: Forcing<'_>,
        observe: &mut dyn FnMut(&State),
    ) -> Result<AdaptiveReport> {
        control.check()?;
        check_state(self.system(), state)?;
        forcing.check(state.values.len())?;
        if !(t1.is_finite() && t1 >= state.time) {
            return Err(Error::Config {
                field: "t1",
                expected: "finite and not before the state",
                value: t1.to_string(),
            });
        }
        let before = self.work().factorizations;
        let base = self.dt();
        let ladder = |rung: i32| base * 2f64.powf(0.5 * f64::from(rung));
        let exponent = -1.0 / (self.method().embedded_order() as f64 + 1.0);
        let mut rung = 0;
        let mut report = AdaptiveReport { smallest: f64::INFINITY, ..AdaptiveReport::default() };
        while state.time < t1 {
            let remaining = t1 - state.time;
            let dt = ladder(rung).min(control.largest);
            // A sliver left by rounding is swallowed by the last step.
            let last = remaining <= dt * (1.0 + 1e-9);
            let dt = if last { remaining } else { dt };
            if dt < control.smallest && !last {
                return Err(Error::StepTooSmall { time: state.time, dt, smallest: control.smallest });
            }
            self.select(dt)?;
            let (error, trial) = self.attempt(state, control, forcing);
            let factor = if error > 0.0 { 0.9 * error.powf(exponent) } else { 5.0 };
            let wish = dt * if factor.is_finite() { factor.clamp(0.1, 5.0) } else { 0.1 };
            if error <= 1.0 {
                state.values = trial;
                state.time = if last { t1 } else { state.time + dt };
                self.steps += 1;
                report.accepted += 1;
                report.largest = report.largest.max(dt);
                report.smallest = if last { report.smallest } else { report.smallest.min(dt) };
                check_growth(&state.values, self.steps, state.time)?;
                observe(state);
            } else {
                report.rejected += 1;
            }
            let next = (2.0 * (wish.min(control.largest) / base).log2()).floor() as i32;
            // Going up by one rung isn't worth a factorisation; after a rejection the step must fall.
            rung = if error > 1.0 {
                next.min(rung - 1)
            } else if next > rung + 1 || next < rung {
                next
            } else {
                rung
            };
        }
        self.select(base)?;
        report.factorizations = self.work().factorizations - before;
        Ok(report)
    }

    /// The scaled error of a step and the values at its end.
    fn attempt(&mut self, state: &State, control: &StepControl, forcing: Forcing<'_>) -> (f64, Vec<f64>) {
        self.compute_stages(state, forcing);
        let mut values = self.increment();
        values.iter_mut().zip(&state.values).for_each(|(d, u)| *d += u);
        let estimate = self.error_estimate();
        let sum: f64 = (0..values.len())
            .map(|i| {
                let scale = control.atol + control.rtol * values[i].abs().max(state.values[i].abs());
                (estimate[i] / scale).powi(2)
            })
            .sum();
        let error = (sum / values.len() as f64).sqrt();
        (if error.is_nan() { f64::INFINITY } else { error }, values)
    }
}
