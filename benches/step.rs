//! Training steps, inference and spectral convolutions of the sizes in `benches/RESULTS.md`: the counterpart of
//! `benches/peers/fno_step.py` and `spectral_conv.py`, with the same lines of JSON.
//!
//! ```sh
//! cargo bench --bench step -- --work all
//! cargo bench --bench step -- --work tfno-train-64 --threads 2 --seconds 10
//! ```
//!
//! A harness of its own instead of criterion: each row needs a process of its own, for its peak memory and for taking turns
//! with the Python peers (`benches/peers/run.py`).
#![allow(
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a bench stops at the first thing that is wrong"
)]

use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use clap::Parser;
use serde_json::json;
use sobolev::operators::{
    Fno, FnoConfig, Loss, Operator,
    fno::WeightConfig,
    train::{AdamW, StepSettings},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Train,
    Infer,
    Spectral,
}

struct Work {
    name: &'static str,
    tucker: bool,
    size: usize,
    batch: usize,
    kind: Kind,
}

const fn work(name: &'static str, tucker: bool, size: usize, batch: usize, kind: Kind) -> Work {
    Work { name, tucker, size, batch, kind }
}

/// The rows of the table.
const WORKS: [Work; 10] = [
    work("fno-train-64", false, 64, 16, Kind::Train),
    work("tfno-train-64", true, 64, 16, Kind::Train),
    work("fno-train-128", false, 128, 8, Kind::Train),
    work("tfno-train-128", true, 128, 8, Kind::Train),
    work("fno-infer-64", false, 64, 16, Kind::Infer),
    work("tfno-infer-64", true, 64, 16, Kind::Infer),
    work("fno-infer-128", false, 128, 8, Kind::Infer),
    work("tfno-infer-128", true, 128, 8, Kind::Infer),
    work("spectral-64", false, 64, 16, Kind::Spectral),
    work("spectral-128", false, 128, 8, Kind::Spectral),
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
    #[arg(long, default_value_t = 32)]
    width: usize,
    #[arg(long, default_value_t = 16)]
    modes: usize,
    #[arg(long, default_value_t = 0.1)]
    rank: f64,
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

fn main() {
    let args = Args::parse();
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
    let base = peak_rss_mib();
    let cpu = Device::flex();
    let device = if work.kind == Kind::Infer { cpu.clone() } else { cpu.clone().autodiff() };
    let mut config = FnoConfig::new(&[args.modes, args.modes], args.width);
    if work.tucker {
        config = config.with_weights(WeightConfig::tucker(args.rank));
    }
    let model = config.init(1, 1, 0, &device).expect("the configuration is valid");
    let parameters = model.n_parameters();
    let channels = if work.kind == Kind::Spectral { args.width } else { 1 };
    let field = |c: usize| Tensor::<3>::random([batch, c, n * n], Distribution::Normal(0.0, 1.0), &device);
    let (x, y) = (field(channels), field(channels));
    let times = match work.kind {
        Kind::Train => train(model, &x, &y, n, args),
        Kind::Infer => measure(args, || force(model.forward_flat(x.clone(), &[n, n]))),
        Kind::Spectral => spectral(&model, &x, &y, n, args),
    };
    let mut sorted = times.clone();
    sorted.sort_by(f64::total_cmp);
    let line = json!({
        "who": format!("sobolev {}", env!("CARGO_PKG_VERSION")),
        "work": work.name,
        "median_ms": (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0,
        "min_ms": sorted[0],
        "calls": sorted.len(),
        "peak_rss_mib": peak_rss_mib(),
        "base_rss_mib": base,
        "malloc": "mimalloc",
        "size": n,
        "batch": batch,
        "threads": args.threads,
        "parameters": parameters,
    });
    println!("{line}");
}

/// Forward, relative L2 loss, backward, AdamW.
fn train(model: Fno, x: &Tensor<3>, y: &Tensor<3>, n: usize, args: &Args) -> Vec<f64> {
    let mut optimizer = AdamW::new(&model, None).expect("weights are readable");
    let settings =
        StepSettings { lr: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 1e-4, clip: None };
    let mut model = Some(model);
    measure(args, || {
        let current = model.take().expect("the step before gave it back");
        let loss = Loss::RelativeL2.forward(current.forward_flat(x.clone(), &[n, n]), y.clone(), &[n, n]);
        let (next, norm) = optimizer.step(current, loss.backward(), &settings).expect("the step succeeds");
        assert!(norm.is_finite(), "the gradient is finite");
        model = Some(next);
    })
}

/// One spectral convolution, forward and backward, with gradients of its input, weight and bias.
fn spectral(model: &Fno, x: &Tensor<3>, g: &Tensor<3>, n: usize, args: &Args) -> Vec<f64> {
    let g = g.clone().detach();
    measure(args, || {
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

fn measure(args: &Args, mut step: impl FnMut()) -> Vec<f64> {
    for _ in 0..args.warmup {
        step();
    }
    let (begin, mut times) = (Instant::now(), Vec::new());
    while times.len() < args.at_least || begin.elapsed().as_secs_f64() < args.seconds {
        let start = Instant::now();
        step();
        times.push(1e3 * start.elapsed().as_secs_f64());
    }
    times
}

/// Largest resident memory of this process so far; 0 where the system does not say.
fn peak_rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<f64>().ok())
        .map_or(0.0, |kib| kib / 1024.0)
}
