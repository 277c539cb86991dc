//! Modes and grids that grow during the training.

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use sobolev_operators::fno::{BlockConfig, Embedding, WeightConfig};
use sobolev_operators::loss::Edges;
use sobolev_operators::train::incremental::{
    Criterion, GridStage, Incremental, ModeGrowth, Reason, Reduction, coarsen, explained_ratio,
};
use sobolev_operators::train::{
    Batch, BatchSource, Batches, Control, End, Event, Record, Result, Schedule, Summary, TrainConfig,
    TrainError, checkpoint_state, fit, read_metrics,
};
use sobolev_operators::{
    Activation, FfnoConfig, Fno, FnoConfig, ModeAxis, ModelConfig, Modes, Operator, TfnoConfig,
};

use super::support::{Tiny, alone, last_checkpoint, metrics};

/// Samples of cosines of given wavenumbers; the target is the input, moved by a sixteenth of the domain.
struct Shifted {
    wavenumbers: Vec<usize>,
    size: Vec<usize>,
}

impl Shifted {
    fn field(&self, sample: usize, shift: f64) -> Vec<f32> {
        let points: usize = self.size.iter().product();
        let value = |p: usize| {
            let (mut x, mut rest) = (shift, p);
            for &n in self.size.iter().rev() {
                x += (rest % n) as f64 / n as f64;
                rest /= n;
            }
            let wave = |&k: &usize| (TAU * k as f64 * x + 0.7 * (sample * k) as f64).cos();
            self.wavenumbers.iter().map(wave).sum::<f64>() as f32
        };
        (0..points).map(value).collect()
    }
}

impl BatchSource for Shifted {
    fn n_samples(&self) -> usize {
        12
    }
    fn n_batches(&self) -> usize {
        3
    }
    fn in_channels(&self) -> usize {
        1
    }
    fn out_channels(&self) -> usize {
        1
    }
    fn edges(&self) -> Edges {
        Edges::Periodic
    }
    fn epoch(&self, epoch: usize, start: usize) -> Result<Batches<'_>> {
        Ok(Box::new((start..3).map(move |b| {
            let samples = (0..4).map(|i| (4 * b + i + 5 * epoch) % 12);
            let fields = |shift: f64| samples.clone().flat_map(|s| self.field(s, shift)).collect();
            Ok(Batch { samples: 4, input: fields(0.0), target: fields(1.0 / 16.0), size: self.size.clone() })
        })))
    }
    fn denormalise(&self, _: &mut [f64], _: usize) {}
}

/// An operator around another one.
#[derive(Module, Debug)]
struct Wrapped<M: Module> {
    inner: M,
}

impl<M: Module + Operator> Operator for Wrapped<M> {
    fn in_channels(&self) -> usize {
        self.inner.in_channels()
    }
    fn out_channels(&self) -> usize {
        self.inner.out_channels()
    }
    fn n_dim(&self) -> usize {
        self.inner.n_dim()
    }
    fn forward_flat(&self, x: Tensor<3>, size: &[usize]) -> Tensor<3> {
        self.inner.forward_flat(x.clone(), size) + x
    }
    fn modes(&self) -> Option<Modes> {
        self.inner.modes()
    }
    fn set_n_modes(&mut self, n_modes: &[usize]) -> sobolev_operators::Result<()> {
        self.inner.set_n_modes(n_modes)
    }
}

/// Linear, so that modes do not mix.
fn linear(n_modes: &[usize]) -> FnoConfig {
    let block = BlockConfig { activation: Activation::Identity, ..BlockConfig::default() };
    FnoConfig { embedding: Embedding::None, ..FnoConfig::new(n_modes, 4).with_n_layers(2).with_block(block) }
}

fn config(criterion: Criterion, start: &[usize]) -> TrainConfig {
    let modes = ModeGrowth { start: start.to_vec(), step: 2, criterion };
    TrainConfig {
        epochs: 6,
        batch: 4,
        seed: 3,
        lr: 1e-2,
        weight_decay: 0.0,
        schedule: Schedule::Constant,
        checkpoint_minutes: 1e-9,
        log_steps: 1,
        incremental: Some(Incremental { modes: Some(modes), ..Incremental::default() }),
        ..TrainConfig::default()
    }
}

const GAP: Criterion = Criterion::LossGap { epsilon: 0.9 };
const RATIO: Criterion = Criterion::ExplainedRatio { threshold: 0.999, buffer: 1, every: 4 };

fn train<M: Module + Operator>(
    folder: &Path,
    model: M,
    (data, config): (&Shifted, &TrainConfig),
    resume: bool,
    stop_after_a_step: bool,
) -> Result<(M, Summary)> {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let interrupt = AtomicBool::new(false);
    let mut observer = |event: &Event| {
        if stop_after_a_step && matches!(event, Event::Step { .. }) {
            interrupt.store(true, Ordering::Relaxed);
        }
    };
    let device = Device::flex();
    let control = Control { folder, device: &device, resume, observer: &mut observer, interrupt: &interrupt };
    fit(model, data, Some(data), config, control)
}

struct Bits(Vec<u32>);

impl ModuleVisitor for Bits {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let values = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        self.0.extend(values.into_iter().map(f32::to_bits));
    }
}

fn bits<M: Module>(model: &M) -> Vec<u32> {
    let mut visitor = Bits(Vec::new());
    model.visit(&mut visitor);
    visitor.0
}

fn waves(wavenumbers: &[usize]) -> Shifted {
    Shifted { wavenumbers: wavenumbers.to_vec(), size: vec![16] }
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// Epoch and modes of every growth.
fn growths(folder: &Path) -> Vec<(usize, Vec<usize>)> {
    let records = read_metrics(&folder.join("metrics.jsonl")).unwrap();
    let of = |record| match record {
        Record::Modes { epoch, n_modes, .. } => Some((epoch, n_modes)),
        _ => None,
    };
    records.into_iter().filter_map(of).collect()
}

fn stopped_and_straight_are_the_same<M: Module + Operator>(
    name: &str,
    make: impl Fn() -> M,
    config: &TrainConfig,
) {
    let folder = tempfile::tempdir().unwrap();
    let (straight, resumed) = (folder.path().join("straight"), folder.path().join("resumed"));
    let data = waves(&[0, 1, 2, 3, 5]);
    let (model, summary) = train(&straight, make(), (&data, config), false, false).unwrap();
    assert!(growths(&straight).len() > 1, "{name}: grows while it is stopped: {}", metrics(&straight));
    let (again, last) = loop {
        let (model, summary) = train(&resumed, make(), (&data, config), true, true).unwrap();
        if summary.end == End::Finished {
            break (model, summary);
        }
    };
    assert_eq!(bits(&again), bits(&model), "{name}");
    assert_eq!(metrics(&resumed), metrics(&straight), "{name}");
    assert_eq!(last_checkpoint(&last), last_checkpoint(&summary), "{name}");
    assert_eq!(again.modes().unwrap().used, model.modes().unwrap().used, "{name}");
}

/// Stopped after every single step: weights, moments, summed gradients, state and metrics have the same bits.
#[test]
fn resumes_bit_for_bit() {
    for (criterion, name) in [(GAP, "loss gap"), (RATIO, "explained ratio")] {
        let config = config(criterion, &[2]);
        let fno =
            |weights: WeightConfig| linear(&[10]).with_weights(weights).init(1, 1, 3, &device()).unwrap();
        stopped_and_straight_are_the_same(&format!("fno, {name}"), || fno(WeightConfig::default()), &config);
        for weights in
            [WeightConfig::tucker(0.4).joint(), WeightConfig::cp(0.4), WeightConfig::tensor_train(0.4)]
        {
            let tfno = || {
                let config = TfnoConfig(linear(&[10]).with_weights(weights.clone()));
                ModelConfig::Tfno(config).init(1, 1, 3, &device()).unwrap()
            };
            stopped_and_straight_are_the_same(&format!("{weights}, {name}"), tfno, &config);
        }
        let wrapped = || Wrapped { inner: fno(WeightConfig::tucker(0.4)) };
        stopped_and_straight_are_the_same(&format!("a wrapper, {name}"), wrapped, &config);
        let ffno = || FfnoConfig::new(&[10], 4).with_n_layers(2).init(1, 1, 3, &device()).unwrap();
        stopped_and_straight_are_the_same(&format!("ffno, {name}"), ffno, &config);
    }
    let mut config = config(RATIO, &[2]);
    let grids = vec![GridStage { size: vec![8], epochs: 2 }, GridStage { size: vec![12], epochs: 1 }];
    if let Some(incremental) = &mut config.incremental {
        (incremental.grids, incremental.reduction) = (grids, Reduction::Spectral);
    }
    let fno = || linear(&[10]).init(1, 1, 3, &device()).unwrap();
    stopped_and_straight_are_the_same("modes and grids", fno, &config);
}

fn final_modes<M: Module + Operator>(model: M, data: &Shifted, config: &TrainConfig) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let (model, summary) = train(folder.path(), model, (data, config), false, false).unwrap();
    let used = model.modes().unwrap().used;
    let state = checkpoint_state(&summary.last_checkpoint).unwrap();
    assert_eq!(state.growth.unwrap().n_modes, used);
    used
}

/// A gradient that lives on the wavenumbers up to K takes K and the buffer, and no more.
#[test]
fn modes_grow_as_far_as_the_gradient_reaches() {
    let config = TrainConfig { epochs: 12, ..config(RATIO, &[2]) };
    for weights in [WeightConfig::default(), WeightConfig::tucker(0.5), WeightConfig::cp(0.5).joint()] {
        for (highest, expected) in [(1, 4), (2, 6), (4, 10)] {
            let model = linear(&[14]).with_weights(weights.clone()).init(1, 1, 3, &device()).unwrap();
            let data = waves(&(0..=highest).collect::<Vec<_>>());
            assert_eq!(
                final_modes(model, &data, &config),
                [expected],
                "{weights}, wavenumbers up to {highest}"
            );
        }
    }
    // Never beyond what is allocated.
    let model = linear(&[6]).init(1, 1, 3, &device()).unwrap();
    assert_eq!(final_modes(model, &waves(&[0, 1, 2, 3, 4, 5]), &config), [6]);
}

/// The field has the same wavenumbers along both axes; one axis begins with enough modes.
#[test]
fn axes_grow_by_themselves() {
    let config = TrainConfig { epochs: 12, ..config(RATIO, &[3, 7]) };
    let data = Shifted { wavenumbers: vec![0, 1, 2], size: vec![8, 9] };
    let model = linear(&[9, 8]).init(1, 1, 3, &device()).unwrap();
    assert_eq!(final_modes(model, &data, &config), [7, 7]);
}

#[test]
fn a_loss_that_stands_still_adds_modes_every_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let gap = Criterion::LossGap { epsilon: 1e-3 };
    let config = TrainConfig { lr: 1e-12, epochs: 8, ..config(gap, &[3]) };
    let model = linear(&[8]).init(1, 1, 3, &device()).unwrap();
    let (model, summary) = train(folder.path(), model, (&waves(&[0, 1]), &config), false, false).unwrap();
    // Two epochs make a gap; the last step is as large as there is room.
    assert_eq!(growths(folder.path()), [(3, vec![5]), (4, vec![7]), (5, vec![8])]);
    assert_eq!(model.config().n_modes, [8]);
    assert_eq!(model.config().max_n_modes, None);
    // The best epoch may have had fewer modes than the last: its checkpoint says how many.
    let best = checkpoint_state(&summary.best_checkpoint.unwrap()).unwrap();
    let expected = 3 + 2 * summary.best_epoch.clamp(2, 5).saturating_sub(2);
    assert_eq!(best.growth.unwrap().n_modes, [expected.min(8)], "best epoch {}", summary.best_epoch);

    let folder = tempfile::tempdir().unwrap();
    let falling = TrainConfig { lr: 1e-2, epochs: 4, ..config_with_no_growth() };
    let model = linear(&[8]).init(1, 1, 3, &device()).unwrap();
    train(folder.path(), model, (&waves(&[0, 1]), &falling), false, false).unwrap();
    assert!(growths(folder.path()).is_empty(), "the loss falls: {}", metrics(folder.path()));
}

fn config_with_no_growth() -> TrainConfig {
    config(Criterion::LossGap { epsilon: 0.0 }, &[3])
}

/// Rows of factors, and entries of dense weights, that no mode in use belongs to keep their first bits.
#[test]
fn weights_of_modes_that_are_not_in_use_rest() {
    let never = Criterion::ExplainedRatio { threshold: 0.5, buffer: 0, every: 1 };
    let config = config(never, &[3]);
    for weights in [WeightConfig::default(), WeightConfig::cp(0.5), WeightConfig::tucker(0.5).joint()] {
        let make =
            || linear(&[8]).with_n_layers(1).with_weights(weights.clone()).init(1, 1, 3, &device()).unwrap();
        let parameter = |model: &Fno| {
            let id = model.modes().unwrap().parameters[0].id;
            let mut values = Values { id, found: Vec::new() };
            model.visit(&mut values);
            values.found
        };
        let (first, folder) = (make(), tempfile::tempdir().unwrap());
        let (last, _) =
            train(folder.path(), first.clone(), (&waves(&[0, 1, 2, 3]), &config), false, false).unwrap();
        let (first, last) = (parameter(&first), parameter(&last));
        // Wavenumbers 0 and 1 of 0 .. 4.
        let width = first.len() / 5;
        for row in 0..5 {
            let same = first[row * width..][..width] == last[row * width..][..width];
            assert_eq!(same, row > 1, "{weights}: wavenumber {row}");
        }
    }
}

struct Values {
    id: burn::module::ParamId,
    found: Vec<f32>,
}

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.id == self.id {
            self.found = param.val().inner().into_data().try_to_vec::<f32>().unwrap();
        }
    }
}

#[test]
fn metrics_say_when_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(RATIO, &[2]);
    let stage = |n: usize| GridStage { size: vec![n], epochs: 1 };
    if let Some(incremental) = &mut config.incremental {
        incremental.grids = vec![stage(4), stage(8)];
    }
    let model = linear(&[10]).init(1, 1, 3, &device()).unwrap();
    train(folder.path(), model, (&waves(&[0, 1, 2]), &config), false, false).unwrap();
    let records = read_metrics(&folder.path().join("metrics.jsonl")).unwrap();
    let grids: Vec<_> = records
        .iter()
        .filter_map(|r| match r {
            Record::Grid { step, epoch, size } => Some((*step, *epoch, size.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(grids, [(0, 1, vec![4]), (3, 2, vec![8]), (6, 3, vec![16])]);
    let Some(Record::Modes { step, epoch, n_modes, reason: Reason::ExplainedRatio { ratios } }) =
        records.iter().find(|r| matches!(r, Record::Modes { .. }))
    else {
        panic!("no growth: {}", metrics(folder.path()))
    };
    assert_eq!((*step, *epoch, n_modes.as_slice()), (4, 2, &[4][..]));
    assert!(ratios.len() == 1 && (0.0..0.999).contains(&ratios[0]), "{ratios:?}");
    assert!(metrics(folder.path()).contains(r#"{"kind":"modes","step":4,"epoch":2,"n_modes":[4],"reason":{"criterion":"explained-ratio","ratios":["#));
}

/// Sums over the parameter against sums over wavenumbers, written out.
#[test]
fn explained_ratios_are_those_of_the_formula() {
    // Axis 0 with k = -2 .. 1, axis 1 with k = 0 .. 2, two numbers each.
    let axes = [ModeAxis { axis: 0, modes: 4, zero: 2 }, ModeAxis { axis: 1, modes: 3, zero: 0 }];
    let gradient: Vec<f64> = (0..24).map(|i| f64::from(i * i % 7) - 2.5).collect();
    let energy = |keep: &dyn Fn(i32, i32) -> bool| -> f64 {
        let mut sum = 0.0;
        for (i, v) in gradient.iter().enumerate() {
            let (k0, k1) = ((i / 6) as i32 - 2, (i / 2 % 3) as i32);
            sum += if keep(k0, k1) { v * v } else { 0.0 };
        }
        sum
    };
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} for {b}");
    let ratio = |axis, low, high| explained_ratio(&gradient, &axes, axis, low, high);
    close(ratio(0, Some(1), 2), energy(&|k, _| k.abs() <= 1) / energy(&|_, _| true));
    close(ratio(0, Some(0), 1), energy(&|k, _| k == 0) / energy(&|k, _| k.abs() <= 1));
    close(ratio(1, Some(1), 2), energy(&|_, k| k <= 1) / energy(&|_, _| true));
    close(ratio(1, None, 2), 0.0);
    close(ratio(1, Some(2), 2), 1.0);
    close(explained_ratio(&[0.0; 24], &axes, 0, Some(0), 2), 1.0);
}

/// Sums that are lost, damaged or another model's would change what comes after: they are an error.
#[test]
fn damaged_sums_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (waves(&[0, 1, 2]), config(RATIO, &[2]));
    let run = |resume| {
        let model = linear(&[10]).init(1, 1, 3, &device()).unwrap();
        train(folder.path(), model, (&data, &config), resume, true)
    };
    let (_, summary) = run(false).unwrap();
    let path = summary.last_checkpoint.join("gradients.safetensors");
    let good = fs::read(&path).unwrap();
    let refused = |words: &str| {
        let error = run(true).unwrap_err().to_string();
        assert!(error.contains("gradients.safetensors") && error.contains(words), "{error}");
    };
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    refused("not a complete safetensors file");
    let other = String::from_utf8_lossy(&good).find("weights.0").unwrap();
    let mut renamed = good.clone();
    renamed[other..other + 9].copy_from_slice(b"weights.7");
    fs::write(&path, &renamed).unwrap();
    refused("belongs to no parameter of the model");
    fs::remove_file(&path).unwrap();
    refused("reading failed");
    fs::write(&path, good).unwrap();
    run(true).unwrap();
}

fn batch(size: &[usize]) -> Batch {
    let data = Shifted { wavenumbers: vec![0, 1, 2], size: size.to_vec() };
    data.epoch(0, 0).unwrap().next().unwrap().unwrap()
}

#[test]
fn strides_take_every_point_of_the_coarser_grid() {
    // Points at i/n of the domain: the coarse field is the field on the coarse grid.
    let coarse = coarsen(batch(&[12, 16]), &[4, 8], Reduction::Stride).unwrap();
    let expected = batch(&[4, 8]);
    assert_eq!((coarse.samples, &coarse.size), (4, &expected.size));
    let close =
        |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&coarse.input, &expected.input) && close(&coarse.target, &expected.target));
    // Points on both ends: 0, 2, .. 16.
    let line = Batch {
        samples: 1,
        input: (0..17).map(|i| i as f32).collect(),
        target: vec![0.0; 17],
        size: vec![17],
    };
    let coarse = coarsen(line.clone(), &[9], Reduction::Stride).unwrap();
    assert_eq!(coarse.input, (0..9).map(|i| 2.0 * i as f32).collect::<Vec<_>>());
    assert_eq!(coarsen(line.clone(), &[17], Reduction::Stride).unwrap(), line);
}

#[test]
fn the_spectral_reduction_is_exact_for_what_the_coarser_grid_resolves() {
    for (from, to) in [(vec![16], vec![11]), (vec![12, 15], vec![6, 15]), (vec![8, 9, 10], vec![5, 6, 7])] {
        let coarse = coarsen(batch(&from), &to, Reduction::Spectral).unwrap();
        let expected = batch(&to);
        let error = coarse.input.iter().zip(&expected.input).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(coarse.input.len() == expected.input.len() && error < 1e-5, "{from:?} -> {to:?}: {error:e}");
    }
}

#[test]
fn sizes_that_do_not_fit_are_named_with_those_that_do() {
    let message =
        |size: &[usize], reduction| coarsen(batch(&[12, 9]), size, reduction).unwrap_err().to_string();
    assert_eq!(
        message(&[5, 9], Reduction::Stride),
        "`incremental.grid.size` must be one of 1, 2, 3, 4, 6, 12; then one of 1, 2, 3, 5, 9 for data on [12, 9] points, \
         but is [5, 9]"
    );
    assert!(message(&[13, 9], Reduction::Spectral).contains("from 1 to 12; then from 1 to 9"));
    assert!(message(&[12], Reduction::Spectral).contains("but is [12]"));
}

#[test]
fn settings_are_checked() {
    let text = "
        epochs = 4
        [incremental]
        reduction = \"spectral\"
        [incremental.modes]
        start = [4, 4]
        criterion = { kind = \"explained-ratio\", threshold = 0.9 }
        [[incremental.grid]]
        size = [8, 8]
        epochs = 2
    ";
    let config: TrainConfig = toml::from_str(text).unwrap();
    config.validate().unwrap();
    let incremental = config.incremental.clone().unwrap();
    let expected = Criterion::ExplainedRatio { threshold: 0.9, buffer: 2, every: 50 };
    assert_eq!(incremental.modes.as_ref().map(|m| (m.step, m.criterion)), Some((2, expected)));
    let epochs: Vec<_> = (0..4).map(|e| incremental.grid(e).map(<[usize]>::to_vec)).collect();
    assert_eq!(epochs, [Some(vec![8, 8]), Some(vec![8, 8]), None, None]);
    let again: TrainConfig = toml::from_str(&toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);

    for (from, to, field) in [
        ("start = [4, 4]", "start = []", "incremental.modes.start"),
        ("start = [4, 4]", "start = [0, 4]", "incremental.modes.start"),
        ("threshold = 0.9", "threshold = 1.5", "incremental.modes.criterion.threshold"),
        ("threshold = 0.9", "every = 0", "incremental.modes.criterion.every"),
        ("start = [4, 4]", "start = [4, 4]\nstep = 0", "incremental.modes.step"),
        (
            "{ kind = \"explained-ratio\", threshold = 0.9 }",
            "{ kind = \"loss-gap\", epsilon = 2 }",
            "criterion.epsilon",
        ),
        ("size = [8, 8]", "size = [8, 0]", "incremental.grid.size"),
        ("epochs = 2", "epochs = 0", "incremental.grid.epochs"),
    ] {
        let config: TrainConfig = toml::from_str(&text.replace(from, to)).unwrap();
        let error = config.validate().unwrap_err();
        assert!(
            matches!(error, TrainError::Config { .. }) && error.to_string().contains(field),
            "{to}: {error}"
        );
    }
    assert!(toml::from_str::<TrainConfig>(&text.replace("explained-ratio", "loss-gap")).is_err());
}

#[test]
fn what_does_not_fit_the_model_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = waves(&[0, 1]);
    let mut number = 0;
    let mut refused = |config: &TrainConfig, words: &str| {
        number += 1;
        let model = linear(&[6]).init(1, 1, 3, &device()).unwrap();
        let error =
            train(&folder.path().join(number.to_string()), model, (&data, config), false, false).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(&config(GAP, &[7]), "`incremental.modes.start` must be at most the model's n_modes = [6]");
    refused(&config(GAP, &[2, 2]), "but is [2, 2]");
    let mut stages = config(GAP, &[2]);
    if let Some(incremental) = &mut stages.incremental {
        incremental.grids = vec![GridStage { size: vec![5], epochs: 1 }];
    }
    refused(&stages, "one of 1, 2, 4, 6, 8, 16 for data on [16] points, but is [5]");

    let plain = Tiny::new(4, 0.0, &Device::flex());
    let error = fit_tiny(&folder.path().join("tiny"), plain, &config(GAP, &[2]));
    assert!(error.to_string().contains("one number of modes per axis"), "{error}");

    // A training cannot begin or cease to grow half-way.
    let run = folder.path().join("run");
    let fixed = TrainConfig { incremental: None, ..config(GAP, &[2]) };
    let model = || linear(&[6]).init(1, 1, 3, &device()).unwrap();
    train(&run, model(), (&data, &fixed), false, true).unwrap();
    let error = train(&run, model(), (&data, &config(GAP, &[2])), true, false).unwrap_err();
    assert!(error.to_string().contains("without `incremental.modes`"), "{error}");
}

fn fit_tiny(folder: &Path, model: Tiny, config: &TrainConfig) -> TrainError {
    let _alone = alone();
    fs::create_dir_all(folder).unwrap();
    let device = Device::flex();
    let interrupt = AtomicBool::new(false);
    let mut observer = |_: &Event| {};
    let control =
        Control { folder, device: &device, resume: false, observer: &mut observer, interrupt: &interrupt };
    fit(model, &super::support::Waves::new(8, 4, 1), None, config, control).unwrap_err()
}
