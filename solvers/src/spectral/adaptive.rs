//! Steps subdivided until an embedded estimate meets a tolerance.
//!
//! Sub-steps are `dt / 2^level` and start at multiples of their own length, so that every `dt` ends on time and the tables of a
//! step length are made once and used by all samples.

use std::sync::{Arc, PoisonError};

use sobolev_kernels::Scalar;
use sobolev_kernels::fft::lanes;

use super::Equation;
use super::engine::{Adaptive, Engine, Scratch};
use super::plan::StepPlan;
use super::state::Block;

/// Sub-steps are no shorter than `dt / 2^MAX_LEVEL`: a sample that asks for less counts as blown up.
const MAX_LEVEL: u32 = 24;

/// Part of the step that the estimate allows.
const SAFETY: f64 = 0.8;

impl<T: Scalar> Adaptive<T> {
    fn plan(&self, level: u32, dt: f64, linear: &super::plan::Linear) -> Arc<StepPlan<T>> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(StepPlan::new(&self.method, linear, dt / f64::from(level).exp2()));
        Arc::clone(plans.entry(level).or_insert_with(make))
    }
}

impl<E: Equation, T: Scalar> Engine<E, T> {
    /// Advances a block by `dt` in sub-steps.
    pub(super) fn adaptive(
        &self,
        adaptive: &Adaptive<T>,
        block: &mut Block<T>,
        start: f64,
        threads: bool,
        scratch: &mut Scratch<T>,
    ) {
        let (mut level, mut done, mut first) = (block.level, 0_u64, true);
        while done < 1 << level {
            let plan = adaptive.plan(level, self.dt, &self.linear);
            let time = start + done as f64 * plan.h;
            self.one_step(&plan, block, (time, first), threads, scratch);
            let error = self.error(adaptive, &plan, block, time + plan.h, threads, scratch);
            // How much longer the step might be.
            let factor = SAFETY * error.max(1e-30).powf(-1.0 / f64::from(adaptive.order + 1));
            if error <= 1.0 {
                std::mem::swap(&mut block.u, &mut scratch.new);
                let last = scratch.slopes.len() - 1;
                scratch.slopes.swap(0, plan.stages().min(last));
                (done, first) = (done + 1, false);
                block.work.accepted += 1;
                // Longer steps only where they may begin.
                let mut longer = factor;
                while level > 0 && longer >= 2.0 && done.is_multiple_of(2) {
                    (level, done, longer) = (level - 1, done / 2, longer / 2.0);
                }
            } else {
                let halvings =
                    if factor.is_finite() { (-factor.log2()).ceil().clamp(1.0, 6.0) as u32 } else { 6 };
                if level + halvings > MAX_LEVEL {
                    block.u.fill(T::nan());
                    break;
                }
                (level, done, first) = (level + halvings, done << halvings, false);
                block.work.rejected += 1;
            }
        }
        block.level = level;
    }

    /// The error estimate over the tolerance, with N at the new value left as a further slope.
    fn error(
        &self,
        adaptive: &Adaptive<T>,
        plan: &StepPlan<T>,
        block: &mut Block<T>,
        end: f64,
        threads: bool,
        scratch: &mut Scratch<T>,
    ) -> f64 {
        let stages = plan.stages();
        let Scratch { buffers, stage, new, slopes } = scratch;
        self.evaluate(block, end, (Some(new), &mut slopes[stages]), buffers, threads);
        // The estimate of an explicit method weighs L u too: its own part acts on the old value, its terms hold the rest.
        self.row((plan, stages), &block.u, &slopes[..=stages], stage, threads);
        let (error, size) = (self.norm(stage), self.norm(new).max(self.norm(&block.u)));
        let ratio = error / (adaptive.tolerance.atol + adaptive.tolerance.rtol * size);
        if ratio.is_finite() { ratio } else { f64::INFINITY }
    }

    /// The root mean square over domain and channels, from the modes.
    fn norm(&self, spectra: &[T]) -> f64 {
        let (width, len) = (lanes::<T>(), self.modes.fft.spectrum_len());
        let mut total = 0.0;
        for spectrum in spectra.chunks_exact(len) {
            for (cell, waves) in spectrum.chunks_exact(2 * width).zip(self.modes.waves.chunks_exact(width)) {
                for (lane, wave) in waves.iter().enumerate() {
                    let Some(k) = wave else { continue };
                    // Real fields keep one of each pair of opposite modes, but for k_x = 0.
                    let twice = !self.modes.fft.is_complex() && k.x != 0.0;
                    let (re, im) = (cell[lane].as_f64(), cell[lane + width].as_f64());
                    total += (re * re + im * im) * if twice { 2.0 } else { 1.0 };
                }
            }
        }
        (total / (spectra.len() / len) as f64).sqrt()
    }
}
