//! One block, one step.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use sobolev_kernels::Scalar;
use sobolev_kernels::fft::settle;

use super::Equation;
use super::integrator::{Composition, Flow, Multistep, OneStep, Tolerance};
use super::modes::{Modes, Table};
use super::nonlinear::{Buffers, Nonlinear, Own, sized, sum};
use super::plan::{Linear, RowTables, StepPlan};
use super::state::{Block, BlowUp};

/// An equation on a grid, with the tables of its integrator.
pub(super) struct Engine<E, T> {
    pub(super) equation: E,
    pub(super) modes: Modes<T>,
    pub(super) nonlinear: Nonlinear<T>,
    pub(super) linear: Linear,
    pub(super) dt: f64,
    pub(super) tables: Tables<T>,
}

/// What an integrator needs from step to step.
pub(super) enum Tables<T> {
    OneStep(StepPlan<T>),
    Adaptive(Adaptive<T>),
    /// The start, then one row a channel: earlier values, then earlier slopes.
    Multistep {
        start: StepPlan<T>,
        rows: Vec<[Vec<Table<T>>; 2]>,
    },
    /// `[flow][channel]`.
    Splitting(Vec<FlowTables<T>>),
}

/// Of an adaptive method, a plan for every `dt / 2^level` in use.
pub(super) struct Adaptive<T> {
    pub(super) method: OneStep,
    pub(super) tolerance: Tolerance,
    /// Order of the embedded solution.
    pub(super) order: u32,
    pub(super) plans: Mutex<HashMap<u32, Arc<StepPlan<T>>>>,
}

pub(super) enum FlowTables<T> {
    Linear(Vec<Table<T>>),
    /// The fraction of the step, and the classical Runge-Kutta method for it.
    Nonlinear(f64, StepPlan<T>),
}

/// Arrays of one block in progress.
#[derive(Default)]
pub(super) struct Scratch<T> {
    pub(super) buffers: Buffers<T>,
    pub(super) stage: Vec<T>,
    pub(super) new: Vec<T>,
    pub(super) slopes: Vec<Vec<T>>,
}

/// When and how a block is advanced.
#[derive(Clone, Copy)]
pub(super) struct Now {
    /// Steps taken before.
    pub(super) step: usize,
    /// Whether to share lines among threads.
    pub(super) threads: bool,
}

impl<T: Scalar> Tables<T> {
    pub(super) fn multistep(method: &Multistep, start: StepPlan<T>, linear: &Linear, dt: f64) -> Self {
        let row = |c: usize| {
            let table = |weight: f64| linear.table(c, &|i| weight / (method.leading - dt * linear.values[i]));
            [
                method.values.iter().map(|a| table(*a)).collect(),
                method.slopes.iter().map(|b| table(dt * b)).collect(),
            ]
        };
        Self::Multistep { start, rows: (0..linear.channels()).map(row).collect() }
    }

    pub(super) fn splitting(composition: &Composition, linear: &Linear, dt: f64) -> Self {
        let none = linear.without_values();
        let flow = |flow: &Flow| match *flow {
            Flow::Linear(w) => {
                let table = |c| linear.table(c, &|i| (w * dt * linear.values[i]).exp());
                FlowTables::Linear((0..linear.channels()).map(table).collect())
            }
            Flow::Nonlinear(w) => {
                FlowTables::Nonlinear(w, StepPlan::new(&OneStep::classical(), &none, w * dt))
            }
        };
        Self::Splitting(composition.0.iter().map(flow).collect())
    }
}

impl<E: Equation, T: Scalar> Engine<E, T> {
    /// Advances a block by one step of `dt`.
    pub(super) fn step(&self, block: &mut Block<T>, now: Now, scratch: &mut Scratch<T>) {
        let time = now.step as f64 * self.dt;
        match &self.tables {
            Tables::OneStep(plan) => {
                self.one_step(plan, block, (time, true), now.threads, scratch);
                std::mem::swap(&mut block.u, &mut scratch.new);
                block.work.accepted += 1;
            }
            Tables::Adaptive(adaptive) => self.adaptive(adaptive, block, time, now.threads, scratch),
            Tables::Multistep { start, rows } => self.multistep(start, rows, block, now, scratch),
            Tables::Splitting(flows) => self.splitting(flows, block, now, scratch),
        }
        self.modes_of_a_real_field(&mut block.u);
        self.note_blow_ups(block, now.step + 1);
    }

    fn modes_of_a_real_field(&self, u: &mut [T]) {
        for spectrum in u.chunks_exact_mut(self.modes.fft.spectrum_len()) {
            self.modes.symmetrise(spectrum);
        }
    }

    /// Whether a block's equation is linear.
    fn is_linear(&self, block: &Block<T>) -> bool {
        self.nonlinear.is_zero(own(block))
    }

    /// `slope = N(value, time)`.
    pub(super) fn evaluate(
        &self,
        block: &mut Block<T>,
        time: f64,
        (value, slope): (Option<&[T]>, &mut Vec<T>),
        buffers: &mut Buffers<T>,
        threads: bool,
    ) {
        block.work.evaluations += 1;
        let u = value.unwrap_or(&block.u);
        let out = sized(slope, u.len());
        self.nonlinear.evaluate(&self.equation, &self.modes, (time, own(block)), (u, out), buffers, threads);
    }

    /// `out = own · u + Σ terms · slopes` for all channels.
    pub(super) fn row(
        &self,
        (plan, row): (&StepPlan<T>, usize),
        u: &[T],
        slopes: &[Vec<T>],
        out: &mut Vec<T>,
        threads: bool,
    ) {
        let len = self.modes.fft.spectrum_len();
        let tables: &[RowTables] = &plan.rows[row];
        for (c, out) in sized(out, u.len()).chunks_exact_mut(len).enumerate() {
            let part = c * len..(c + 1) * len;
            let first = (plan.pool[tables[c].own].diagonal(), &u[part.clone()]);
            let slopes = slopes.iter().filter_map(|s| s.get(part.clone()));
            let terms = tables[c].terms.iter().map(|&t| plan.pool[t].diagonal()).zip(slopes);
            sum(out, std::iter::once(first).chain(terms), threads);
        }
    }

    /// `scratch.new` from `block.u`; the first slope is evaluated unless it is there already.
    pub(super) fn one_step(
        &self,
        plan: &StepPlan<T>,
        block: &mut Block<T>,
        (time, first): (f64, bool),
        threads: bool,
        scratch: &mut Scratch<T>,
    ) {
        let stages = plan.stages();
        let Scratch { buffers, stage, new, slopes } = scratch;
        slopes.resize_with(slopes.len().max(stages + 1), Vec::new);
        if self.is_linear(block) {
            return self.row((plan, stages - 1), &block.u, &[], new, threads);
        }
        if first {
            self.evaluate(block, time, (None, &mut slopes[0]), buffers, threads);
        }
        for i in 1..stages {
            let (done, rest) = slopes.split_at_mut(i);
            self.row((plan, i - 1), &block.u, done, stage, threads);
            let at = time + plan.nodes[i] * plan.h;
            self.evaluate(block, at, (Some(stage), &mut rest[0]), buffers, threads);
        }
        self.row((plan, stages - 1), &block.u, &slopes[..stages], new, threads);
    }

    fn multistep(
        &self,
        start: &StepPlan<T>,
        rows: &[[Vec<Table<T>>; 2]],
        block: &mut Block<T>,
        now: Now,
        scratch: &mut Scratch<T>,
    ) {
        let (time, needed) = (now.step as f64 * self.dt, rows[0][0].len());
        // The oldest pair of arrays is taken for the newest values.
        let (mut value, mut slope) = if block.history.len() == needed {
            block.history.pop_back().unwrap_or_default()
        } else {
            Default::default()
        };
        value.clone_from(&block.u);
        self.evaluate(block, time, (None, &mut slope), &mut scratch.buffers, now.threads);
        block.history.push_front((value, slope));
        block.work.accepted += 1;
        if block.history.len() < needed {
            scratch.slopes.resize_with(scratch.slopes.len().max(1), Vec::new);
            scratch.slopes[0].clone_from(&block.history[0].1);
            self.one_step(start, block, (time, false), now.threads, scratch);
            std::mem::swap(&mut block.u, &mut scratch.new);
            return;
        }
        let len = self.modes.fft.spectrum_len();
        let Block { u, history, .. } = block;
        for (c, out) in u.chunks_exact_mut(len).enumerate() {
            let part = c * len..(c + 1) * len;
            let [values, slopes] = &rows[c];
            let values = values.iter().zip(history.iter()).map(|(t, h)| (t.diagonal(), &h.0[part.clone()]));
            let slopes = slopes.iter().zip(history.iter()).map(|(t, h)| (t.diagonal(), &h.1[part.clone()]));
            sum(out, values.chain(slopes), now.threads);
        }
    }

    fn splitting(&self, flows: &[FlowTables<T>], block: &mut Block<T>, now: Now, scratch: &mut Scratch<T>) {
        let len = self.modes.fft.spectrum_len();
        let mut time = now.step as f64 * self.dt;
        let linear = self.is_linear(block);
        let exact = self.equation.has_flow() && self.nonlinear.forcing.is_none() && block.forcing.is_none();
        for flow in flows {
            match flow {
                FlowTables::Linear(tables) => {
                    let out = sized(&mut scratch.new, block.u.len());
                    for (c, out) in out.chunks_exact_mut(len).enumerate() {
                        let x = &block.u[c * len..(c + 1) * len];
                        sum(out, std::iter::once((tables[c].diagonal(), x)), now.threads);
                    }
                }
                FlowTables::Nonlinear(..) if linear => continue,
                FlowTables::Nonlinear(w, _) if exact => {
                    block.work.evaluations += 1;
                    let out = sized(&mut scratch.new, block.u.len());
                    let (h, own) = (w * self.dt, own(block));
                    let (eq, modes) = (&self.equation, &self.modes);
                    self.nonlinear.flow(
                        eq,
                        modes,
                        (h, own),
                        (&block.u, out),
                        &mut scratch.buffers,
                        now.threads,
                    );
                }
                FlowTables::Nonlinear(w, plan) => {
                    self.one_step(plan, block, (time, true), now.threads, scratch);
                    time += w * self.dt;
                }
            }
            std::mem::swap(&mut block.u, &mut scratch.new);
        }
        block.work.accepted += 1;
    }

    /// Records the samples that are no longer finite.
    fn note_blow_ups(&self, block: &mut Block<T>, step: usize) {
        let finite = settle(&mut block.u);
        if finite.iter().all(|&ok| ok) {
            return;
        }
        for s in 0..block.samples {
            let dead = if self.modes.fft.block() == 1 { finite.contains(&false) } else { !finite[s] };
            if dead && block.blow_ups.iter().all(|b| b.sample != block.first + s) {
                let time = step as f64 * self.dt;
                block.blow_ups.push(BlowUp { sample: block.first + s, step, time });
            }
        }
    }
}

/// What the samples of a block bring of their own.
pub(super) fn own<T>(block: &Block<T>) -> Own<'_, T> {
    Own { coefficients: block.coefficients.as_deref(), forcing: block.forcing.as_deref() }
}
