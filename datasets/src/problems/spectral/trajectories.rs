//! Draws a batch of starts, integrates it, and cuts the frames that are stored.

use std::ops::Range;

use sobolev_solvers::spectral::initial::Sampler;
use sobolev_solvers::spectral::{self, PerSample};

use super::{Clock, Lattice};
use crate::problems::{Failure, Simulation};
use crate::schema::{Field, FieldKind, GridType, Sample, Schema};

/// Values of one batch that the solver works on at a time: what fits into memory several times over.
const BATCH_VALUES: usize = 1 << 22;

/// Which channels of the state a stored field is made of.
pub(in super::super) struct Stored {
    field: Field,
    channels: Vec<usize>,
}

impl Stored {
    /// One channel.
    pub(in super::super) fn scalar(name: &str, channel: usize) -> Self {
        Self { field: Field::scalar(name, FieldKind::Solution), channels: vec![channel] }
    }

    /// Channels as the components of a vector, in the order of the axes of an array.
    pub(in super::super) fn vector(name: &str, channels: &[usize]) -> Self {
        Self { field: Field::vector(name, FieldKind::Solution), channels: channels.to_vec() }
    }
}

/// What a learned map is given besides the state, stored as a constant field.
pub(in super::super) enum Given {
    /// Nothing: the state at the start is stored with the others.
    Nothing,
    /// The state at the start, under this name; the stored times are those after it.
    Start(&'static str),
    /// A forcing of its own for every sample, under this name; the stored times are those after the start.
    Forcing(&'static str, Sampler),
}

/// Samples that are trajectories of a periodic equation.
pub(in super::super) struct Trajectories {
    pub(in super::super) solver: Box<dyn spectral::Simulation<f64>>,
    pub(in super::super) lattice: Lattice,
    pub(in super::super) clock: Clock,
    pub(in super::super) start: Sampler,
    pub(in super::super) given: Given,
    pub(in super::super) stored: Vec<Stored>,
    /// Channels of the state.
    pub(in super::super) channels: usize,
}

impl Trajectories {
    fn with_start(&self) -> bool {
        matches!(self.given, Given::Nothing)
    }

    /// The fields of one frame of one sample, `state [channel, z, y, x]`, each appended to its own array.
    fn store(&self, state: &[f64], fields: &mut [Vec<f64>]) {
        let points = self.lattice.grid.points();
        let mut component = vec![];
        for (stored, out) in self.stored.iter().zip(fields) {
            let channel = |c: usize| &state[c * points..(c + 1) * points];
            if let [only] = stored.channels[..] {
                self.lattice.store(channel(only), out);
                continue;
            }
            // Components stand last.
            let start = out.len();
            for (i, &c) in stored.channels.iter().enumerate() {
                component.clear();
                self.lattice.store(channel(c), &mut component);
                out.resize(start + component.len() * stored.channels.len(), 0.0);
                for (place, &value) in
                    out[start + i..].iter_mut().step_by(stored.channels.len()).zip(&component)
                {
                    *place = value;
                }
            }
        }
    }

    /// The constant field of one sample, if there is one.
    fn constant(&self, field: Option<&[f64]>) -> Option<Vec<f64>> {
        let mut out = vec![];
        field.map(|f| {
            self.lattice.store(f, &mut out);
            out
        })
    }

    fn run(&self, seed: u64, indices: Range<u64>) -> Result<Vec<Result<Sample, Failure>>, Failure> {
        let batch = (indices.end - indices.start) as usize;
        let starts: Vec<f64> = indices.clone().flat_map(|index| (self.start)(seed, index)).collect();
        // Another stream than the start's, or both would be the same noise.
        let forcing: Option<Vec<f64>> = match &self.given {
            Given::Forcing(_, draw) => Some(indices.clone().flat_map(|i| draw(seed ^ FORCING, i)).collect()),
            _ => None,
        };
        let per_sample = PerSample { forcing: forcing.as_deref(), coefficients: None };
        let mut state = self.solver.init_with(&starts, &per_sample)?;
        self.solver.repeat(&mut state, self.clock.warmup)?;
        let mut fields = vec![vec![vec![]; self.stored.len()]; batch];
        let sample_len = self.channels * self.lattice.grid.points();
        for frame in 0..=self.clock.frames {
            if frame > 0 {
                self.solver.repeat(&mut state, self.clock.every)?;
            }
            if frame > 0 || self.with_start() {
                let now = self.solver.fields(&state);
                for (values, fields) in now.chunks_exact(sample_len).zip(&mut fields) {
                    self.store(values, fields);
                }
            }
        }
        let constants = match &self.given {
            Given::Nothing => None,
            Given::Start(_) => Some(&starts),
            Given::Forcing(..) => forcing.as_ref(),
        };
        let mut samples: Vec<Result<Sample, Failure>> = vec![];
        for (i, solutions) in fields.into_iter().enumerate() {
            let points = self.lattice.grid.points();
            // Of a start of several channels the first is stored; of a forcing, the only one.
            let stride = constants.map_or(0, |c| c.len() / batch);
            let constant = self.constant(constants.map(|c| &c[i * stride..i * stride + points]));
            samples.push(Ok(Sample {
                fields: constant.into_iter().chain(solutions).collect(),
                scalars: vec![],
            }));
        }
        for blow_up in state.blow_ups() {
            samples[blow_up.sample] = Err(format!(
                "the solution blew up at step {} of {}, time {:.4}: a smaller time step or a finer grid may help",
                blow_up.step,
                self.clock.warmup + self.clock.frames * self.clock.every,
                blow_up.time,
            )
            .into());
        }
        Ok(samples)
    }
}

/// Bits that set the seed of forcings apart from that of starts.
const FORCING: u64 = 0x5851_f42d_4c95_7f2d;

impl Simulation for Trajectories {
    fn schema(&self) -> Schema {
        let constant = match self.given {
            Given::Nothing => None,
            Given::Start(name) | Given::Forcing(name, _) => Some(Field::scalar(name, FieldKind::Constant)),
        };
        Schema {
            dataset_name: String::new(),
            grid: GridType::Cartesian,
            axes: self.lattice.axes(),
            time: self.clock.times(self.with_start()),
            fields: constant.into_iter().chain(self.stored.iter().map(|s| s.field.clone())).collect(),
            boundaries: self.lattice.boundaries(),
            parameters: vec![],
            scalars: vec![],
        }
    }

    fn sample(&self, seed: u64, index: u64) -> Result<Sample, Failure> {
        // One index, one sample.
        self.run(seed, index..index + 1)?.pop().unwrap_or_else(|| Err("no sample was made".into()))
    }

    fn batch(&self) -> usize {
        (BATCH_VALUES / (self.channels * self.lattice.grid.points())).clamp(1, 16)
    }

    fn samples(&self, seed: u64, indices: Range<u64>) -> Vec<Result<Sample, Failure>> {
        match self.run(seed, indices.clone()) {
            Ok(samples) => samples,
            // What stops a whole batch is found again for each of its samples, with its own words.
            Err(_) => indices.map(|index| self.sample(seed, index)).collect(),
        }
    }
}
