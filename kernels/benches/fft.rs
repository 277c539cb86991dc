//! Truncated transforms: the chosen engines, and all assignments of engines to axes, which the cost model is fitted to.
//!
//! `cargo bench -p sobolev-kernels --bench fft` (add `-- chosen` for the first group alone). Rival: a full FFT of every field.

#![allow(missing_docs, reason = "bench")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sobolev_kernels::Complex;
use sobolev_kernels::fft::{Engine, RealFft, TruncatedFft};

/// batch, channels, size, modes
type Case = (usize, usize, &'static [usize], &'static [usize]);

const CASES: [Case; 6] = [
    (64, 64, &[1024], &[17]),
    (16, 32, &[64, 64], &[16, 9]),
    (16, 32, &[64, 64], &[64, 33]),
    (2, 32, &[256, 256], &[64, 33]),
    (2, 32, &[256, 256], &[256, 129]),
    (2, 16, &[64, 64, 64], &[16, 16, 9]),
];

fn field(len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919) % 1000) as f32 * 1e-3 - 0.5).collect()
}

fn both_ways(
    c: &mut Criterion,
    group: &str,
    label: &str,
    fft: &TruncatedFft<f32>,
    (batch, channels, _, _): Case,
) {
    let x = field(batch * channels * fft.points());
    let mut s = vec![Complex::new(0.0, 0.0); batch * channels * fft.n_modes()];
    let mut y = x.clone();
    let mut group = c.benchmark_group(group);
    group.bench_function(BenchmarkId::new("forward", label), |b| {
        b.iter(|| fft.forward_into(black_box(&x), batch, channels, &mut s));
    });
    group.bench_function(BenchmarkId::new("inverse", label), |b| {
        b.iter(|| fft.inverse_into(black_box(&s), batch, channels, &mut y));
    });
    group.finish();
}

fn chosen(c: &mut Criterion) {
    for case @ (batch, channels, size, modes) in CASES {
        let fft = TruncatedFft::cached(size, modes);
        let label = format!("[{batch}, {channels}] {size:?} modes {modes:?} {:?}", fft.engines());
        both_ways(c, "chosen", &label, &fft, case);
    }
}

fn engines(c: &mut Criterion) {
    for case @ (batch, channels, size, modes) in CASES {
        let axes = 0..size.len();
        let engine = |bits: usize, axis: usize| [Engine::Product, Engine::Fft][bits >> axis & 1];
        let assignments =
            (0..1 << size.len()).map(|bits| axes.clone().map(|axis| engine(bits, axis)).collect());
        let together = (size.len() < 3).then(|| vec![Engine::Lanes; size.len()]);
        for engines in assignments.chain(together) {
            let engines: Vec<Engine> = engines;
            let label = format!("[{batch}, {channels}] {size:?} modes {modes:?} {engines:?}");
            both_ways(c, "engines", &label, &TruncatedFft::with_engines(size, modes, &engines), case);
        }
    }
}

fn full(c: &mut Criterion) {
    let mut group = c.benchmark_group("full");
    let mut grids: Vec<_> = CASES.iter().map(|&(batch, channels, size, _)| (batch, channels, size)).collect();
    // Some grids stand there twice, with different modes.
    grids.dedup();
    for (batch, channels, size) in grids {
        let fft = RealFft::<f32>::cached(size);
        let x = field(batch * channels * fft.points());
        let mut s = vec![Complex::new(0.0, 0.0); batch * channels * fft.modes()];
        group.bench_function(BenchmarkId::new("forward", format!("[{batch}, {channels}] {size:?}")), |b| {
            b.iter(|| fft.forward_into(black_box(&x), &mut s));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600));
    targets = chosen, engines, full
}
criterion_main!(benches);
