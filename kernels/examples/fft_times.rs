//! Times of truncated transforms: the chosen engines, all assignments of engines to axes, which the cost model is fitted to, and a full
//! transform of every field: `cargo run --release -p sobolev-kernels --example fft_times [part of a line]`.

use sobolev_kernels::Complex;
use sobolev_kernels::fft::{Engine, RealFft, TruncatedFft};
use sobolev_kernels::testing::Times;

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

fn time<R>(only: &str, what: &str, f: impl FnMut() -> R) {
    if what.contains(only) {
        let times = Times::measure(0.8, f);
        println!("{what:100} min {:8.4}  median {:8.4} ms", 1e3 * times.least(), 1e3 * times.median());
    }
}

fn both_ways(only: &str, what: &str, fft: &TruncatedFft<f32>, (batch, channels, size, modes): Case) {
    let x = field(batch * channels * fft.points());
    let mut s = vec![Complex::new(0.0, 0.0); batch * channels * fft.n_modes()];
    let mut y = x.clone();
    let line = format!("[{batch}, {channels}] {size:?} modes {modes:?}, {what} {:?}", fft.engines());
    time(only, &format!("{line} forward"), || fft.forward_into(&x, batch, channels, &mut s));
    time(only, &format!("{line} inverse"), || fft.inverse_into(&s, batch, channels, &mut y));
}

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    for case @ (batch, channels, size, modes) in CASES {
        both_ways(&only, "chosen", &TruncatedFft::cached(size, modes), case);
        let engine = |bits: usize, axis: usize| [Engine::Product, Engine::Fft][bits >> axis & 1];
        let assignment = |bits: usize| (0..size.len()).map(|axis| engine(bits, axis)).collect();
        let together = (size.len() < 3).then(|| vec![Engine::Lanes; size.len()]);
        for engines in (0..1 << size.len()).map(assignment).chain(together) {
            both_ways(&only, "engines", &TruncatedFft::with_engines(size, modes, &engines), case);
        }
        let fft = RealFft::<f32>::cached(size);
        let x = field(batch * channels * fft.points());
        let mut s = vec![Complex::new(0.0, 0.0); batch * channels * fft.modes()];
        time(&only, &format!("[{batch}, {channels}] {size:?} full forward"), || fft.forward_into(&x, &mut s));
    }
}
