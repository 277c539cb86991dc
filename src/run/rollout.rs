//! Autoregressive prediction: a model's output becomes its next input, and the error is measured at every step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{DType, Device, Tensor, TensorData};
use serde::Serialize;
use sobolev_datasets::{Dataset, FieldKind, Task, View};
use sobolev_operators::Operator;
use sobolev_operators::metrics::l2_norm;
use sobolev_operators::train::Precision;

use super::error::{Result, RunError};
use super::evaluate::{EvaluateOptions, open_grid};
use super::source::decode;
use super::trained::TrainedRun;

/// Errors of one predicted step over all trajectories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepErrors {
    /// Number of the predicted step, from 1.
    pub step: usize,
    /// Stored time that it is compared with, counted from the start of the trajectory.
    pub stored_step: usize,
    /// Mean of ‖prediction − truth‖ / ‖truth‖ over the trajectories; not finite once a prediction has blown up.
    pub relative_l2: f64,
    /// The largest of them.
    pub worst: f64,
    /// Mean of ‖u₀ − truth‖ / ‖truth‖ with the last step of the input, u₀: the error of predicting no change.
    pub persistence: f64,
}

/// Errors of a rollout.
#[derive(Clone, Debug, Serialize)]
pub struct Rollout {
    /// The run folder.
    pub run: PathBuf,
    /// The data set.
    pub data: PathBuf,
    /// Grid points per axis.
    pub size: Vec<usize>,
    /// Trajectories.
    pub trajectories: usize,
    /// Trajectories that are too short.
    pub skipped: usize,
    /// Stored steps from one step to the next.
    pub stride: usize,
    /// Per predicted step.
    pub steps: Vec<StepErrors>,
    /// Relative L² error of every trajectory over all predicted steps together.
    pub relative_l2: Vec<f64>,
}

/// Starts from the first steps of every trajectory of a split and lets the model predict `steps` steps, each from its own
/// predictions.
///
/// # Errors
/// [`RunError`]: those of [`super::evaluate`]; a run of a steady problem, or one that does not predict all the fields that it needs;
/// trajectories shorter than the rollout.
pub fn rollout(
    run: &Path,
    data: &Path,
    steps: usize,
    options: &EvaluateOptions,
    device: &Device,
) -> Result<Rollout> {
    let trained = TrainedRun::open(run, device)?;
    let dataset = open_grid(data, options)?;
    // Checks fields, grid and channels as for an evaluation.
    drop(trained.view(Dataset::open(data, options.split)?, options.resolution.is_some())?);
    let window = Window::new(&trained, &dataset)?;
    if steps == 0 {
        return Err(RunError::content(run, "a rollout has at least 1 step, but 0 were asked for"));
    }
    let card = &trained.card.data;
    let dataset = Arc::new(dataset);
    let longest = (0..dataset.n_trajectories()).map(|i| dataset.n_steps(i)).max().unwrap_or(0);
    let needed = (card.n_steps_input + steps - 1) * card.stride + 1;
    if longest < needed {
        let message = format!(
            "a rollout of {steps} steps needs trajectories of {needed} stored times (input of {}, every {} stored), \
             but the longest has {longest}",
            card.n_steps_input, card.stride
        );
        return Err(RunError::content(data, message));
    }
    let view = View::new(dataset.clone(), &Task { n_steps_output: steps, ..card.task() }, 0)?;
    let firsts: Vec<usize> = (0..dataset.n_trajectories()).filter_map(|i| view.first_window(i)).collect();
    let mut sums = Sums::new(steps);
    for indices in firsts.chunks(options.batch.max(1)) {
        let batch = view.batch(indices)?;
        let predicted = window.run(&trained, &batch.input, batch.batch, steps, &batch.size, device)?;
        sums.add(&window, &batch, &predicted);
    }
    Ok(Rollout {
        run: run.to_path_buf(),
        data: data.to_path_buf(),
        size: dataset.size().to_vec(),
        trajectories: firsts.len(),
        skipped: dataset.n_trajectories() - firsts.len(),
        stride: card.stride,
        steps: sums.steps(card.n_steps_input, card.stride),
        relative_l2: sums.whole,
    })
}

/// Channels of the model's window: `n_in` steps of `state` channels, then `constant` ones.
struct Window {
    n_in: usize,
    n_out: usize,
    state: usize,
    constant: usize,
    points: usize,
}

impl Window {
    fn new(trained: &TrainedRun, dataset: &Dataset) -> Result<Self> {
        let card = &trained.card.data;
        let (n_in, n_out) = (card.n_steps_input, card.n_steps_output);
        if n_in == 0 || n_out == 0 {
            let message =
                "a rollout is for time-dependent problems; this run maps constant fields to a solution";
            return Err(RunError::content(&trained.folder, message));
        }
        let solution = |names: &[String]| -> Vec<String> {
            let varies =
                |n: &&String| dataset.fields().iter().any(|f| f.name == **n && f.kind == FieldKind::Solution);
            names.iter().filter(varies).cloned().collect()
        };
        let (inputs, targets) = (solution(&card.inputs), solution(&card.targets));
        if inputs != targets || targets.len() != card.targets.len() {
            let message = format!(
                "a rollout feeds predictions back: the run must predict the fields {inputs:?} that it starts from, \
                 but it predicts {:?}",
                card.targets
            );
            return Err(RunError::content(&trained.folder, message));
        }
        let state = trained.card.model.out_channels / n_out;
        let constant = trained.card.model.in_channels - n_in * state;
        Ok(Self { n_in, n_out, state, constant, points: dataset.points() })
    }

    /// Predictions `[batch, step, state, points]` in physical units from inputs `[batch, channel, points]`.
    fn run(
        &self,
        trained: &TrainedRun,
        input: &[f32],
        samples: usize,
        steps: usize,
        size: &[usize],
        device: &Device,
    ) -> Result<Vec<f64>> {
        let (frame, rest) = (self.state * self.points, self.constant * self.points);
        let width = self.n_in * frame + rest;
        let mut window = input.to_vec();
        let mut out = vec![0.0; samples * steps * frame];
        let mut done = 0;
        while done < steps {
            let mut x = window.clone();
            trained.normalisers.input.encode(&mut x, samples);
            let mut y = forward(trained, x, samples, size, device)?;
            decode(&trained.normalisers.target, &mut y, samples);
            let new = self.n_out.min(steps - done);
            for b in 0..samples {
                let predicted = &y[b * self.n_out * frame..][..self.n_out * frame];
                out[(b * steps + done) * frame..][..new * frame].copy_from_slice(&predicted[..new * frame]);
                let states = &mut window[b * width..][..self.n_in * frame];
                slide(states, predicted);
            }
            done += new;
        }
        Ok(out)
    }
}

/// Drops the oldest steps and appends the newest ones.
fn slide(states: &mut [f32], predicted: &[f64]) {
    let n = predicted.len().min(states.len());
    states.rotate_left(n);
    let at = states.len() - n;
    let newest = &predicted[predicted.len() - n..];
    states[at..].iter_mut().zip(newest).for_each(|(s, &v)| *s = v as f32);
}

/// Normalised targets `[batch, out_channels, points]`.
fn forward(
    trained: &TrainedRun,
    x: Vec<f32>,
    samples: usize,
    size: &[usize],
    device: &Device,
) -> Result<Vec<f64>> {
    let dtype = match trained.card.train.precision {
        Precision::F32 => DType::F32,
        Precision::F64 => DType::F64,
    };
    let points: usize = size.iter().product();
    let data = TensorData::new(x, [samples, trained.card.model.in_channels, points]);
    let y = trained.model.forward_flat(Tensor::<3>::from_data(data, (device, dtype)), size);
    let y = y.try_into_data().map_err(|e| RunError::content(&trained.folder, format!("{e:?}")))?;
    Ok(y.iter::<f64>().collect())
}

/// Errors gathered over batches.
struct Sums {
    /// Relative errors of every trajectory, per step.
    errors: Vec<Vec<f64>>,
    persistence: Vec<Vec<f64>>,
    whole: Vec<f64>,
}

impl Sums {
    fn new(steps: usize) -> Self {
        Self { errors: vec![vec![]; steps], persistence: vec![vec![]; steps], whole: vec![] }
    }

    fn add(&mut self, window: &Window, batch: &sobolev_datasets::Batch, predicted: &[f64]) {
        let (steps, frame) = (self.errors.len(), window.state * window.points);
        let wide = |values: &[f32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
        for b in 0..batch.batch {
            let truth = wide(&batch.target[b * steps * frame..][..steps * frame]);
            let last = (b * batch.in_channels + (window.n_in - 1) * window.state) * window.points;
            let start = wide(&batch.input[last..][..frame]);
            let mine = &predicted[b * steps * frame..][..steps * frame];
            for step in 0..steps {
                let at = step * frame..(step + 1) * frame;
                self.errors[step].push(relative(&mine[at.clone()], &truth[at.clone()]));
                self.persistence[step].push(relative(&start, &truth[at]));
            }
            self.whole.push(relative(mine, &truth));
        }
    }

    fn steps(&self, n_in: usize, stride: usize) -> Vec<StepErrors> {
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        // `max` would pass over a NaN.
        let worst = |v: &[f64]| {
            v.iter().fold(0.0, |a: f64, &b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) })
        };
        let one = |(i, errors): (usize, &Vec<f64>)| StepErrors {
            step: i + 1,
            stored_step: (n_in + i) * stride,
            relative_l2: mean(errors),
            worst: worst(errors),
            persistence: mean(&self.persistence[i]),
        };
        self.errors.iter().enumerate().map(one).collect()
    }
}

fn relative(u: &[f64], v: &[f64]) -> f64 {
    let difference: Vec<f64> = u.iter().zip(v).map(|(u, v)| u - v).collect();
    l2_norm(&difference) / l2_norm(v)
}
