//! Convolutions of the sizes in `benches/RESULTS.md`: the counterpart of `benches/peers/conv.py`, with the same lines of JSON.
//!
//! ```sh
//! cargo bench --bench conv -- --work all
//! cargo bench --bench conv -- --work conv-zero --threads 2 --seconds 5
//! ```
//!
//! A harness of its own, as `step` is: rows take turns with the Python peers (`benches/peers/run.py`).
#![allow(
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a bench stops at the first thing that is wrong"
)]

use burn::tensor::{Device, Distribution, Tensor};
use clap::Parser;
use serde_json::json;
use sobolev::kernels::ops::{Boundary, ConvSpec, conv, conv_transpose};
use sobolev::kernels::testing::{Calls, Times, peak_rss_mib};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Clone, Copy, Debug)]
struct Work {
    name: &'static str,
    kernel: usize,
    stride: usize,
    boundary: Boundary,
    transposed: bool,
}

const fn work(
    name: &'static str,
    kernel: usize,
    stride: usize,
    boundary: Boundary,
    transposed: bool,
) -> Work {
    Work { name, kernel, stride, boundary, transposed }
}

/// The kinds of convolution; each is measured forward (`-forward`) and with its backward pass.
const WORKS: [Work; 5] = [
    work("conv-zero", 3, 1, Boundary::Zero, false),
    work("conv-circular", 3, 1, Boundary::Circular, false),
    work("conv-reflect", 3, 1, Boundary::Reflect, false),
    work("conv-stride2", 3, 2, Boundary::Zero, false),
    work("conv-transposed", 4, 2, Boundary::Zero, true),
];

#[derive(Debug, Parser)]
struct Args {
    /// A row of the table, or all
    #[arg(long, default_value = "conv-zero")]
    work: String,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long, default_value_t = 64)]
    size: usize,
    #[arg(long, default_value_t = 16)]
    batch: usize,
    #[arg(long, default_value_t = 32)]
    width: usize,
    #[arg(long, default_value_t = 5)]
    warmup: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 10)]
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
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()
        .expect("the thread pool starts once");
    let names = |w: &Work| [format!("{}-forward", w.name), w.name.to_owned()];
    let mut known = Vec::new();
    for work in &WORKS {
        for (name, backward) in names(work).into_iter().zip([false, true]) {
            if args.work == "all" || args.work == name {
                run(&name, work, backward, &args);
            }
            known.push(name);
        }
    }
    if args.work != "all" && !known.contains(&args.work) {
        eprintln!("--work: expected all or one of {}, got {}", known.join(", "), args.work);
        std::process::exit(2);
    }
}

fn run(name: &str, work: &Work, backward: bool, args: &Args) {
    let (n, c) = (args.size, args.width);
    let cpu = Device::flex();
    let device = if backward { cpu.clone().autodiff() } else { cpu.clone() };
    let spec = ConvSpec::uniform(2, work.kernel, work.stride, 1, work.boundary);
    let coarse = spec.output_size(&[n, n]).iter().product();
    let points = if work.transposed { coarse } else { n * n };
    let draw =
        |shape: [usize; 3], on: &Device| Tensor::<3>::random(shape, Distribution::Normal(0.0, 1.0), on);
    let x = draw([args.batch, c, points], &device);
    let w = draw([c, c, spec.taps()], &device);
    let apply = |x: Tensor<3>, w: Tensor<3>| {
        if work.transposed {
            conv_transpose(x, w, None, &[n, n], &spec)
        } else {
            conv(x, w, None, &[n, n], &spec)
        }
    };
    let times = Times::of(args.calls(), || {
        if !backward {
            std::hint::black_box(apply(x.clone(), w.clone()));
            return;
        }
        let (x, w) = (x.clone().detach().require_grad(), w.clone().detach().require_grad());
        // Seeded with ones: the time of a product and a sum is not the convolution's.
        let grads = apply(x.clone(), w.clone()).backward();
        std::hint::black_box((x.grad(&grads).expect("of x"), w.grad(&grads).expect("of w")));
    });
    let line = json!({
        "who": format!("sobolev {}", env!("CARGO_PKG_VERSION")),
        "work": name,
        "median_ms": 1e3 * times.median(),
        "min_ms": 1e3 * times.least(),
        "calls": times.count(),
        "peak_rss_mib": peak_rss_mib().unwrap_or(0.0),
        "malloc": "mimalloc",
        "size": n,
        "batch": args.batch,
        "width": c,
        "threads": args.threads,
    });
    println!("{line}");
}
