//! The solver: an equation, a grid, an integrator and a step.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use rayon::prelude::*;
use sobolev_kernels::Scalar;
use sobolev_kernels::fft::ModeFft;

use super::engine::{Adaptive, Engine, Now, Scratch, Tables};
use super::integrator::{OneStep, Scheme};
use super::modes::Modes;
use super::nonlinear::Nonlinear;
use super::plan::{Linear, StepPlan};
use super::state::{Block, State, Work};
use super::{Dealias, Equation, FieldKind, FourierGrid, Integrator, stability};
use crate::{Error, Result};

/// Points above which one sample is shared among threads, when there are fewer samples than threads.
const SHARED: usize = 1 << 15;

/// What the samples of a batch bring of their own.
#[derive(Clone, Copy, Debug)]
pub struct PerSample<'a, T> {
    /// Added to the forcing of the equation: `[batch, channel, z, y, x]`, with a last axis of 2 for complex fields.
    pub forcing: Option<&'a [T]>,
    /// In place of the equation's coefficients: `[batch, coefficient, z, y, x]`, real. Padding interpolates them spectrally.
    pub coefficients: Option<&'a [T]>,
}

impl<T> Default for PerSample<'_, T> {
    fn default() -> Self {
        Self { forcing: None, coefficients: None }
    }
}

/// A Fourier pseudo-spectral solver with a fixed step.
///
/// **Equations** those of [`Equation`], in the Galerkin space of [`Dealias`], in time by [`Integrator`].
///
/// **Shapes** fields `[batch, channel, z, y, x]`, complex ones with a last axis of 2; trajectories have time first.
///
/// **Good values** `f32` and [`Integrator::EtdRk4`] for data sets, `f64` for proofs. A step that a linear symbol makes unstable is an
/// error here; the nonlinear term's own limit (advection: |u| Δt below a grid spacing) shows as blown-up samples.
///
/// **Complexity** O(N log N) a step. Batches run one block of samples a thread; the result depends neither on the number of
/// threads nor on how samples are put into batches.
///
/// **Example**
/// ```
/// use sobolev_kernels::{Complex, Scalar};
/// use sobolev_solvers::spectral::*;
///
/// struct Heat;
/// impl Equation for Heat {
///     fn name(&self) -> &'static str { "heat" }
///     fn linear(&self, _: usize, k: &Wave) -> Complex<f64> { k.laplacian().into() }
/// }
/// let tau = std::f64::consts::TAU;
/// let grid = FourierGrid::new(&[16], &[tau])?;
/// let heat = Stepper::<_, f64>::new(Heat, &grid, Dealias::None, Integrator::Etd1, 0.1)?;
/// let sine: Vec<f64> = (0..16).map(|i| grid.position(i)[0].sin()).collect();
/// let mut state = heat.init(&sine)?;
/// heat.repeat(&mut state, 10)?;
/// let u = heat.fields(&state);
/// assert!(u.iter().zip(&sine).all(|(u, s)| (u - s * (-1.0_f64).exp()).abs() < 1e-14));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
pub struct Stepper<E, T> {
    grid: FourierGrid,
    engine: Engine<E, T>,
    channels: usize,
    adaptive: bool,
    scratch: Mutex<Vec<Scratch<T>>>,
}

impl<E: Equation, T: Scalar> Stepper<E, T> {
    /// A solver with the step `dt`.
    ///
    /// # Errors
    /// [`Error::Config`] if the equation is not defined in the grid's dimension, refuses its parameters, or `dt` is not positive
    /// and finite; [`Error::UnstableStep`] if the method amplifies modes that the linear part does not let grow.
    pub fn new(
        equation: E,
        grid: &FourierGrid,
        dealias: Dealias,
        integrator: Integrator,
        dt: f64,
    ) -> Result<Self> {
        let fail = |field, expected, value: String| Err(Error::Config { field, expected, value });
        if !equation.dims().contains(&grid.dim()) {
            let value = format!("{} in {} dimensions", equation.name(), grid.dim());
            return fail("grid", "of a dimension in which the equation is defined", value);
        }
        if !(dt.is_finite() && dt > 0.0) {
            return fail("dt", "positive and finite", dt.to_string());
        }
        let counts = equation.counts();
        if equation.has_flow()
            && (counts.inputs, counts.products) != (equation.channels(), equation.channels())
        {
            let value = format!("{} inputs and {} products", counts.inputs, counts.products);
            return fail("equation.counts", "one input and one product a channel, as it has a flow", value);
        }
        equation.check(grid)?;
        let modes = Modes::new(grid, dealias, equation.kind() == FieldKind::Complex)?;
        let channels = equation.channels();
        let linear = Linear::new(&modes, channels, |c, k| equation.linear(c, k));
        if let Some(bad) = linear.values.iter().find(|l| !(l.re.is_finite() && l.im.is_finite())) {
            return fail("equation.linear", "finite at every kept mode", bad.to_string());
        }
        let scheme = integrator.scheme()?;
        stability::check(&scheme, &linear.values, dt)?;
        let tables = match scheme {
            Scheme::OneStep(method) => Tables::OneStep(StepPlan::new(&method, &linear, dt)),
            Scheme::Adaptive(method, tolerance, order) => {
                Tables::Adaptive(Adaptive { method, tolerance, order, plans: Mutex::new(HashMap::new()) })
            }
            Scheme::Multistep(method) => {
                Tables::multistep(&method, StepPlan::new(&OneStep::start(), &linear, dt), &linear, dt)
            }
            Scheme::Splitting(composition) => Tables::splitting(&composition, &linear, dt),
        };
        let adaptive = matches!(tables, Tables::Adaptive(_));
        let nonlinear = Nonlinear::new(&equation, &modes, grid.domain_extent());
        let engine = Engine { equation, modes, nonlinear, linear, dt, tables };
        Ok(Self { grid: grid.clone(), engine, channels, adaptive, scratch: Mutex::new(Vec::new()) })
    }

    /// The grid.
    pub fn grid(&self) -> &FourierGrid {
        &self.grid
    }

    /// The step.
    pub fn dt(&self) -> f64 {
        self.engine.dt
    }

    /// The equation.
    pub fn equation(&self) -> &E {
        &self.engine.equation
    }

    /// Scalars of one sample of fields: channels x points, twice as many for complex fields.
    pub fn sample_len(&self) -> usize {
        self.channels * self.engine.modes.grid_fft().field_len()
    }

    /// A batch at time 0 from `fields [batch, channel, z, y, x]`.
    ///
    /// # Errors
    /// [`Error::Length`] if `fields` is not a whole number of samples, [`Error::NotFinite`] if a value is not finite.
    pub fn init(&self, fields: &[T]) -> Result<State<T>> {
        self.init_with(fields, &PerSample::default())
    }

    /// A batch whose samples have their own forcing or coefficients.
    ///
    /// # Errors
    /// As for [`init`](Self::init), for all three arrays.
    pub fn init_with(&self, fields: &[T], own: &PerSample<'_, T>) -> Result<State<T>> {
        let sample = self.sample_len();
        let batch = fields.len() / sample;
        let counts = self.engine.equation.counts();
        check_array("fields", fields, batch.max(1) * sample)?;
        if let Some(forcing) = own.forcing {
            check_array("forcing", forcing, batch * sample)?;
        }
        if let Some(coefficients) = own.coefficients {
            check_array("coefficients", coefficients, batch * counts.coefficients * self.grid.points())?;
        }
        let per_block = if self.adaptive { 1 } else { self.engine.modes.fft.block() };
        let firsts: Vec<usize> = (0..batch).step_by(per_block).collect();
        let block = |first: usize| {
            let samples = per_block.min(batch - first);
            let mut space = Vec::new();
            Block {
                first,
                samples,
                u: self.spectra(fields, first, samples, &mut space),
                history: VecDeque::new(),
                forcing: own.forcing.map(|f| self.spectra(f, first, samples, &mut space)),
                coefficients: own.coefficients.map(|a| self.coefficients(a, first, samples)),
                blow_ups: Vec::new(),
                level: 0,
                work: Work::default(),
            }
        };
        let blocks = firsts.into_par_iter().map(block).collect();
        Ok(State { blocks, batch, dt: self.engine.dt, steps: 0 })
    }

    /// `[channel, spectrum]` of the samples of a block.
    fn spectra(&self, fields: &[T], first: usize, samples: usize, space: &mut Vec<T>) -> Vec<T> {
        let fft = self.engine.modes.grid_fft();
        let mut spectra = vec![T::zero(); self.channels * fft.spectrum_len()];
        for (c, spectrum) in spectra.chunks_exact_mut(fft.spectrum_len()).enumerate() {
            let field =
                |s: usize| &fields[((first + s) * self.channels + c) * fft.field_len()..][..fft.field_len()];
            let views: Vec<&[T]> = (0..samples).map(field).collect();
            fft.analyse(&views, spectrum, space);
        }
        spectra
    }

    /// Coefficients of the samples of a block on the points of products.
    fn coefficients(&self, arrays: &[T], first: usize, samples: usize) -> Vec<T> {
        let (modes, points) = (&self.engine.modes, self.grid.points());
        let count = self.engine.equation.counts().coefficients;
        let plain = &arrays[first * count * points..][..samples * count * points];
        if modes.plain.is_none() {
            return self.engine.nonlinear.sample_coefficients(modes, &|s, i, flat| {
                if s < samples { plain[(s * count + i) * points + flat] } else { T::zero() }
            });
        }
        let cut: Vec<usize> = self.grid.num_points().iter().map(|n| (n - 1) / 2).collect();
        let coarse = ModeFft::new(self.grid.num_points(), &cut, false);
        let fine = ModeFft::new(&modes.fine, &cut, false);
        let (mut spectrum, mut space) = (vec![T::zero(); coarse.spectrum_len()], Vec::new());
        let mut dense = vec![T::zero(); samples * count * fine.points()];
        for (from, to) in plain.chunks_exact(points).zip(dense.chunks_exact_mut(fine.points())) {
            coarse.analyse(&[from], &mut spectrum, &mut space);
            fine.synthesise(&spectrum, &mut [to], &mut space);
        }
        self.engine.nonlinear.sample_coefficients(modes, &|s, i, flat| {
            if s < samples { dense[(s * count + i) * fine.points() + flat] } else { T::zero() }
        })
    }

    /// One step.
    ///
    /// # Errors
    /// As for [`repeat`](Self::repeat).
    pub fn step(&self, state: &mut State<T>) -> Result<()> {
        self.repeat(state, 1)
    }

    /// `n` steps. Samples that stop being finite are noted in the state and left behind; the others go on.
    ///
    /// # Errors
    /// [`Error::Config`] if the state was made by a stepper with another step or another size.
    pub fn repeat(&self, state: &mut State<T>, n: usize) -> Result<()> {
        let len = self.channels * self.engine.modes.fft.spectrum_len();
        if state.dt != self.engine.dt || state.blocks.iter().any(|b| b.u.len() != len) {
            let value = format!("a state with dt {}", state.dt);
            return Err(Error::Config { field: "state", expected: "made by this stepper", value });
        }
        let steps = state.steps;
        let run = |block: &mut Block<T>, threads: bool| {
            let mut scratch = self.take();
            for step in steps..steps + n {
                if !block.is_alive() {
                    break;
                }
                self.engine.step(block, Now { step, threads }, &mut scratch);
            }
            self.give(scratch);
        };
        let shared = self.engine.modes.fft.points() >= SHARED && self.grid.dim() > 1;
        if shared && state.blocks.len() < rayon::current_num_threads() {
            state.blocks.iter_mut().for_each(|block| run(block, true));
        } else {
            state.blocks.par_iter_mut().with_max_len(1).for_each(|block| run(block, false));
        }
        state.steps += n;
        Ok(())
    }

    /// The fields after every `every` steps: `[frames, batch, channel, z, y, x]`, the first after `every` steps.
    ///
    /// # Errors
    /// As for [`repeat`](Self::repeat).
    pub fn rollout(&self, state: &mut State<T>, frames: usize, every: usize) -> Result<Vec<T>> {
        let mut all = Vec::with_capacity(frames * state.batch * self.sample_len());
        for _ in 0..frames {
            self.repeat(state, every)?;
            all.extend(self.fields(state));
        }
        Ok(all)
    }

    /// The fields now: `[batch, channel, z, y, x]`; a sample that blew up is NaN.
    pub fn fields(&self, state: &State<T>) -> Vec<T> {
        let (fft, sample) = (self.engine.modes.grid_fft(), self.sample_len());
        let mut all = vec![T::zero(); state.batch * sample];
        let mut rest = all.as_mut_slice();
        let mut parts = Vec::new();
        for block in &state.blocks {
            let (part, tail) = rest.split_at_mut(block.samples * sample);
            rest = tail;
            parts.push((block, part));
        }
        parts.into_par_iter().for_each(|(block, part)| {
            let mut space = Vec::new();
            for (c, spectrum) in block.u.chunks_exact(fft.spectrum_len()).enumerate() {
                let mut views: Vec<&mut [T]> = part
                    .chunks_exact_mut(sample)
                    .map(|s| &mut s[c * fft.field_len()..(c + 1) * fft.field_len()])
                    .collect();
                fft.synthesise(spectrum, &mut views, &mut space);
            }
            for blown in &block.blow_ups {
                part[(blown.sample - block.first) * sample..][..sample].fill(T::nan());
            }
        });
        all
    }

    fn take(&self) -> Scratch<T> {
        let mut pool = self.scratch.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        pool.pop().unwrap_or_default()
    }

    fn give(&self, scratch: Scratch<T>) {
        self.scratch.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(scratch);
    }
}

/// An array of the right length with finite values.
fn check_array<T: Scalar>(name: &'static str, x: &[T], expected: usize) -> Result<()> {
    if x.len() != expected {
        let axes = "[batch, channel, z, y, x] of the grid, whole samples".to_owned();
        return Err(Error::Length { name, axes, expected, found: x.len() });
    }
    match x.iter().position(|v| !v.is_finite()) {
        Some(position) => Err(Error::NotFinite { name, position, value: x[position].as_f64() }),
        None => Ok(()),
    }
}
