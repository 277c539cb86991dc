//! Rollouts against a loop written out by hand.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor, TensorData};
use sobolev::datasets::{
    Card, Dataset, Field, FieldKind, GenerateConfig, Problem, Result, Sample, Schema, Split, Task, View,
    generate,
};
use sobolev::operators::train::{Silent, TrainConfig};
use sobolev::operators::{FnoConfig, ModelConfig, Operator};
use sobolev::run::{EvaluateOptions, RunConfig, TaskConfig, TrainedRun, evaluate, rollout, train};

const N: usize = 16;
const STEPS: usize = 9;

/// Decaying waves that move at a speed which a constant field holds; two fields.
struct Waves;

impl Problem for Waves {
    fn name(&self) -> &str {
        "waves"
    }
    fn schema(&self) -> Schema {
        let time = (0..STEPS).map(|t| 0.1 * t as f32).collect();
        let s = FieldKind::Solution;
        let fields =
            vec![Field::scalar("u", s), Field::scalar("v", s), Field::scalar("speed", FieldKind::Constant)];
        Schema::periodic(&[("x", 0.0, 1.0)], N, time, fields)
    }
    fn config(&self) -> serde_json::Value {
        serde_json::json!({})
    }
    fn solver(&self) -> String {
        "formula".into()
    }
    fn card(&self) -> Card {
        Card::default()
    }
    fn sample(&self, seed: u64, index: u64) -> Result<Sample> {
        use std::f64::consts::TAU;
        let phase = (seed + 3 * index) as f64;
        let speed = 0.2 + 0.1 * (index % 5) as f64;
        let mut fields = vec![vec![]; 3];
        for t in 0..STEPS {
            for i in 0..N {
                let x = TAU * (i as f64 / N as f64 - speed * 0.1 * t as f64);
                fields[0].push((x + phase).sin() * (-0.05 * t as f64).exp());
                fields[1].push((2.0 * x - phase).cos());
            }
        }
        fields[2] = vec![speed; N];
        Ok(Sample { fields, scalars: vec![] })
    }
}

fn trained(folder: &Path, task: TaskConfig) -> std::path::PathBuf {
    let stop = AtomicBool::new(false);
    let data = folder.join("data");
    if !data.exists() {
        generate(&Waves, &GenerateConfig::new(&data, "waves", [8, 0, 5], 1), &|_| {}, &stop).unwrap();
    }
    let config = TrainConfig { epochs: 3, batch: 8, ..TrainConfig::default() };
    let fno = FnoConfig::new(&[4], 8);
    let config = RunConfig { task, ..RunConfig::new(ModelConfig::Fno(fno), config) };
    let run = folder.join(format!("run{}{}", config.task.n_steps_input, config.task.n_steps_output));
    train(&data, &config, &run, &Device::flex(), false, &mut Silent, &stop).unwrap();
    run
}

fn relative(u: &[f32], v: &[f32]) -> f64 {
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|v| v * v).sum::<f64>().sqrt();
    norm(&mut u.iter().zip(v).map(|(a, b)| f64::from(*a) - f64::from(*b)))
        / norm(&mut v.iter().map(|&v| f64::from(v)))
}

#[test]
fn a_rollout_is_the_model_applied_to_its_own_output() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (n_in, n_out, stride) in [(1, 1, 1), (2, 1, 2), (1, 3, 1), (3, 2, 1)] {
        let task = TaskConfig { n_steps_input: n_in, n_steps_output: n_out, stride, ..TaskConfig::default() };
        let run = trained(folder.path(), task);
        let steps = if stride == 2 { 3 } else { 5 };
        let device = Device::flex();
        let options = EvaluateOptions { batch: 2, ..EvaluateOptions::default() };
        let rolled = rollout(&run, &data, steps, &options, &device).unwrap();
        assert_eq!((rolled.trajectories, rolled.skipped, rolled.steps.len()), (5, 0, steps));

        // By hand, one trajectory at a time; channels step by step, the constant field last.
        let open = TrainedRun::open(&run, &device).unwrap();
        let set = Arc::new(Dataset::open(&data, Split::Test).unwrap());
        let all = Task { stride: 1, ..Task::windows(&set, 1, STEPS - 1) };
        let view = View::new(set, &all, 0).unwrap();
        let mut errors = vec![vec![]; steps];
        let mut still = vec![vec![]; steps];
        for trajectory in 0..5 {
            let batch = view.batch(&[trajectory]).unwrap();
            let (first, speed) = batch.input.split_at(2 * N);
            let truth: Vec<Vec<f32>> =
                std::iter::once(first).chain(batch.target.chunks(2 * N)).map(<[f32]>::to_vec).collect();
            let mut states: Vec<Vec<f32>> = (0..n_in).map(|i| truth[i * stride].clone()).collect();
            while states.len() < n_in + steps {
                let mut x = [&states[states.len() - n_in..].concat(), speed].concat();
                open.normalisers.input.encode(&mut x, 1);
                let x = Tensor::<3>::from_data(TensorData::new(x, [1, 2 * n_in + 1, N]), &device);
                let mut y: Vec<f32> = open.model.forward_flat(x, &[N]).into_data().iter::<f32>().collect();
                open.normalisers.target.decode(&mut y, 1);
                states.extend(y.chunks(2 * N).map(<[f32]>::to_vec));
            }
            for step in 0..steps {
                let want = &truth[(n_in + step) * stride];
                errors[step].push(relative(&states[n_in + step], want));
                still[step].push(relative(&truth[(n_in - 1) * stride], want));
            }
        }
        for (step, found) in rolled.steps.iter().enumerate() {
            let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
            let close = |a: f64, b: f64| assert!((a - b).abs() < 2e-5 * b, "{n_in} {n_out} {step}: {a} {b}");
            close(found.relative_l2, mean(&errors[step]));
            close(found.persistence, mean(&still[step]));
            close(found.worst, errors[step].iter().copied().fold(0.0, f64::max));
            assert_eq!((found.step, found.stored_step), (step + 1, (n_in + step) * stride));
        }
        // The first step is what an evaluation finds for the first window of every trajectory.
        if n_out == 1 {
            let evaluation = evaluate(&run, &data, &options, &device).unwrap();
            let windows = evaluation.relative_l2.len() / 5;
            let mean = (0..5).map(|i| evaluation.relative_l2[i * windows]).sum::<f64>() / 5.0;
            assert!((mean - rolled.steps[0].relative_l2).abs() < 1e-5 * mean);
        }
    }
}

#[test]
fn rollouts_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = EvaluateOptions::default();
    let run = trained(folder.path(), TaskConfig::default());
    let refused = |run: &Path, steps: usize, word: &str| {
        let error = rollout(run, &data, steps, &options, &Device::flex()).unwrap_err();
        assert!(error.is_input() && error.to_string().contains(word), "{error}");
    };
    refused(&run, STEPS, "the longest has 9");
    refused(&run, 0, "at least 1");
    rollout(&run, &data, STEPS - 1, &options, &Device::flex()).unwrap();
    // A run that predicts only one of the two fields that it needs cannot go on from its own output.
    let task = TaskConfig { targets: Some(vec!["u".into()]), n_steps_input: 2, ..TaskConfig::default() };
    refused(&trained(folder.path(), task), 3, "must predict the fields");
}
