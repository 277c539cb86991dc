//! Training steps, inference and spectral convolutions of the sizes in `benches/RESULTS.md`: the counterpart of
//! `benches/peers/fno_step.py` and `spectral_conv.py`, with the same lines of JSON.
//!
//! ```sh
//! cargo bench --bench step -- --work all
//! cargo bench --bench step -- --work tfno-train-64 --threads 2 --seconds 10
//! ```
//!
//! A harness of its own: each row needs a process of its own, for its peak memory and for taking turns
//! with the Python peers (`benches/peers/run.py`).
#![allow(
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a bench stops at the first thing that is wrong"
)]

use burn::module::Module;
use burn::tensor::{Device, Distribution, Tensor};
use clap::Parser;
use serde_json::json;
use sobolev::kernels::testing::{Calls, Times, peak_rss_mib};
use sobolev::operators::{
    Fno, FnoConfig, Loss, MgnoConfig, Operator,
    fno::{RankConfig, WeightConfig, WeightForm},
    train::{AdamW, StepSettings},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Train,
    Infer,
    Spectral,
    /// The product of a spectrum with the weight of one layer, forward and backward.
    Contract,
    /// The same, forward alone.
    ContractForward,
    /// A training step of a multigrid neural operator for Darcy flow.
    MgnoTrain,
    MgnoInfer,
}

#[derive(Clone, Copy, Debug)]
struct Work {
    name: &'static str,
    weights: Weights,
    size: usize,
    batch: usize,
    width: usize,
    modes: usize,
    kind: Kind,
}

/// Form of the spectral weights; fraction of the dense ones; whether one tensor serves all layers.
type Weights = (WeightForm, f64, bool);

const DENSE: Weights = (WeightForm::Dense, 1.0, false);
const TENTH: Weights = (WeightForm::Tucker, 0.1, false);

const fn work(name: &'static str, weights: Weights, size: usize, batch: usize, kind: Kind) -> Work {
    Work { name, weights, size, batch, width: 32, modes: 16, kind }
}

/// The size of the paper's experiments.
const fn large(name: &'static str, weights: Weights, kind: Kind) -> Work {
    Work { name, weights, size: 128, batch: 4, width: 64, modes: 64, kind }
}

/// Four layers of six levels.
const fn mgno(name: &'static str, size: usize, batch: usize, kind: Kind) -> Work {
    Work { name, weights: DENSE, size, batch, width: 24, modes: 0, kind }
}

const fn joint(form: WeightForm) -> Weights {
    (form, 1.0 / 150.0, true)
}

const fn tenth(form: WeightForm) -> Weights {
    (form, 0.1, false)
}

/// The rows of the table.
const WORKS: [Work; 25] = [
    work("fno-train-64", DENSE, 64, 16, Kind::Train),
    work("tfno-train-64", TENTH, 64, 16, Kind::Train),
    work("fno-train-128", DENSE, 128, 8, Kind::Train),
    work("tfno-train-128", TENTH, 128, 8, Kind::Train),
    work("fno-infer-64", DENSE, 64, 16, Kind::Infer),
    work("tfno-infer-64", TENTH, 64, 16, Kind::Infer),
    work("fno-infer-128", DENSE, 128, 8, Kind::Infer),
    work("tfno-infer-128", TENTH, 128, 8, Kind::Infer),
    work("spectral-64", DENSE, 64, 16, Kind::Spectral),
    work("spectral-128", DENSE, 128, 8, Kind::Spectral),
    large("fno-train-128w64", DENSE, Kind::Train),
    large("tfno-train-128w64-tucker", joint(WeightForm::Tucker), Kind::Train),
    large("tfno-train-128w64-cp", joint(WeightForm::Cp), Kind::Train),
    large("tfno-train-128w64-tt", joint(WeightForm::TensorTrain), Kind::Train),
    mgno("mgno-train-64", 64, 8, Kind::MgnoTrain),
    mgno("mgno-train-128", 128, 4, Kind::MgnoTrain),
    mgno("mgno-infer-256", 256, 1, Kind::MgnoInfer),
    large("contract-dense", DENSE, Kind::Contract),
    large("contract-tucker", tenth(WeightForm::Tucker), Kind::Contract),
    large("contract-cp", tenth(WeightForm::Cp), Kind::Contract),
    large("contract-tt", tenth(WeightForm::TensorTrain), Kind::Contract),
    large("contract-forward-dense", DENSE, Kind::ContractForward),
    large("contract-forward-tucker", tenth(WeightForm::Tucker), Kind::ContractForward),
    large("contract-forward-cp", tenth(WeightForm::Cp), Kind::ContractForward),
    large("contract-forward-tt", tenth(WeightForm::TensorTrain), Kind::ContractForward),
];

#[derive(Debug, Parser)]
struct Args {
    /// A row of the table, or all
    #[arg(long, default_value = "fno-train-64")]
    work: String,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long)]
    size: Option<usize>,
    #[arg(long)]
    batch: Option<usize>,
    #[arg(long)]
    width: Option<usize>,
    #[arg(long)]
    modes: Option<usize>,
    /// Another fraction of the dense weights than the work's
    #[arg(long)]
    rank: Option<f64>,
    #[arg(long, default_value_t = 3)]
    warmup: usize,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    #[arg(long, default_value_t = 8)]
    at_least: usize,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

impl Args {
    fn calls(&self) -> Calls {
        Calls { warmup: self.warmup, least: self.at_least, seconds: self.seconds }
    }
}

fn main() {
    let args = Args::parse();
    // As a training does.
    sobolev::kernels::memory::keep_freed();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()
        .expect("the thread pool starts once");
    let chosen: Vec<&Work> = WORKS.iter().filter(|w| args.work == "all" || args.work == w.name).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = WORKS.iter().map(|w| w.name).collect();
        eprintln!("--work: expected all or one of {}, got {}", names.join(", "), args.work);
        std::process::exit(2);
    }
    for work in chosen {
        run(work, &args);
    }
}

fn run(work: &Work, args: &Args) {
    let (n, batch) = (args.size.unwrap_or(work.size), args.batch.unwrap_or(work.batch));
    let (width, modes) = (args.width.unwrap_or(work.width), args.modes.unwrap_or(work.modes));
    let base = peak_rss_mib().unwrap_or(0.0);
    let cpu = Device::flex();
    let forward = matches!(work.kind, Kind::Infer | Kind::ContractForward | Kind::MgnoInfer);
    let device = if forward { cpu.clone() } else { cpu.clone().autodiff() };
    let field = |c: usize| Tensor::<3>::random([batch, c, n * n], Distribution::Normal(0.0, 1.0), &device);
    let (times, parameters) = if matches!(work.kind, Kind::MgnoTrain | Kind::MgnoInfer) {
        let config = MgnoConfig { hidden_channels: width, ..MgnoConfig::darcy_rough(&[n, n]) };
        let model = config.init(1, 1, 0, &device).expect("the configuration is valid");
        let parameters = model.n_parameters();
        let times = match work.kind {
            Kind::MgnoTrain => train(model, &field(1), &field(1), n, args),
            _ => infer(&model, &field(1), n, args),
        };
        (times, parameters)
    } else {
        let config = FnoConfig::new(&[modes, modes], width).with_weights(weights(work, args));
        let model = config.init(1, 1, 0, &device).expect("the configuration is valid");
        let parameters = model.n_parameters();
        let times = match work.kind {
            Kind::Train => train(model, &field(1), &field(1), n, args),
            Kind::Spectral => spectral(&model, &field(width), &field(width), n, args),
            Kind::Contract | Kind::ContractForward => contract(&model, batch, width, args),
            _ => infer(&model, &field(1), n, args),
        };
        (times, parameters)
    };
    let line = json!({
        "who": format!("sobolev {}", env!("CARGO_PKG_VERSION")),
        "work": work.name,
        "median_ms": 1e3 * times.median(),
        "min_ms": 1e3 * times.least(),
        "calls": times.count(),
        "peak_rss_mib": peak_rss_mib().unwrap_or(0.0),
        "base_rss_mib": base,
        "malloc": "mimalloc",
        "size": n,
        "batch": batch,
        "width": width,
        "modes": modes,
        "rank": args.rank.unwrap_or(work.weights.1),
        "threads": args.threads,
        "parameters": parameters,
    });
    println!("{line}");
}

/// A joint Tucker weight keeps the axis of the layers whole: 1/150 would leave it one rank, and the layers one weight.
fn weights(work: &Work, args: &Args) -> WeightConfig {
    let (factorization, rank, joint) = work.weights;
    let rank = RankConfig::Fraction(args.rank.unwrap_or(rank));
    let whole = joint && factorization == WeightForm::Tucker;
    let fixed = if whole { vec![0] } else { Vec::new() };
    WeightConfig { factorization, rank, joint, fixed, ..WeightConfig::default() }
}

/// The product of a spectrum with the weight of the first layer; with gradients of both where the device records them.
fn contract(model: &Fno, batch: usize, width: usize, args: &Args) -> Times {
    let kept = FnoConfig::kept_modes(model.convs().n_modes());
    let shape = [kept.iter().product(), batch, width, 2];
    let device = model.convs().bias(0).device();
    let draw = || Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
    let (x, g) = (draw(), draw());
    let weight = model.convs().weight(0);
    Times::of(args.calls(), || {
        if !device.is_autodiff() {
            return force(weight.apply(0, x.clone(), &kept));
        }
        let x = x.clone().detach().require_grad();
        let grads = (weight.apply(0, x.clone(), &kept) * g.clone()).sum().backward();
        force(x.grad(&grads).expect("the spectrum has a gradient"));
    })
}

fn infer(model: &impl Operator, x: &Tensor<3>, n: usize, args: &Args) -> Times {
    Times::of(args.calls(), || force(model.forward_flat(x.clone(), &[n, n])))
}

/// Forward, relative L2 loss, backward, AdamW.
fn train(model: impl Operator + Module, x: &Tensor<3>, y: &Tensor<3>, n: usize, args: &Args) -> Times {
    let mut optimizer = AdamW::new(&model, None).expect("weights are readable");
    let settings = StepSettings { weight_decay: 1e-4, ..StepSettings::default() };
    let mut model = Some(model);
    Times::of(args.calls(), || {
        let current = model.take().expect("the step before gave it back");
        let loss = Loss::RelativeL2.forward(current.forward_flat(x.clone(), &[n, n]), y.clone(), &[n, n]);
        let (next, norm) = optimizer.step(current, loss.backward(), &settings).expect("the step succeeds");
        assert!(norm.is_finite(), "the gradient is finite");
        model = Some(next);
    })
}

/// One spectral convolution, forward and backward, with gradients of its input, weight and bias.
fn spectral(model: &Fno, x: &Tensor<3>, g: &Tensor<3>, n: usize, args: &Args) -> Times {
    let g = g.clone().detach();
    Times::of(args.calls(), || {
        let x = x.clone().detach().require_grad();
        let y = model.convs().forward(0, x.clone(), &[n, n]);
        let grads = (y * g.clone()).sum().backward();
        force(x.grad(&grads).expect("the input has a gradient"));
    })
}

/// Waits for a result: devices may compute later.
fn force<const D: usize>(x: Tensor<D>) {
    let _ = x.device().sync();
    std::hint::black_box(x);
}
