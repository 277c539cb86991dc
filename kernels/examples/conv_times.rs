//! Times of convolutions: `cargo run --release --example conv_times [threads] [part of a line]`.

use sobolev_kernels::conv::{Boundary, ConvSpec, Convolution, Method, Plus};
use sobolev_kernels::testing::Times;

fn time<R>(only: &str, what: &str, gflop: f64, f: impl FnMut() -> R) {
    if !what.contains(only) {
        return;
    }
    let best = Times::measure(0.3, f).least();
    println!("{what:48} {:8.3} ms  {:7.1} GF/s", 1e3 * best, gflop / best);
}

fn wave(n: usize, k: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * k).sin()).collect()
}

fn main() {
    let threads = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(2);
    let only = std::env::args().nth(2).unwrap_or_default();
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap_or_default();
    use Boundary::{Circular, Reflect, Zero};
    let same = |b| ConvSpec::same(2, 3, b);
    let cases = [
        ("3x3 zero 64", same(Zero), vec![64, 64], 16, 32),
        ("3x3 circular 64", same(Circular), vec![64, 64], 16, 32),
        ("3x3 reflect 64", same(Reflect), vec![64, 64], 16, 32),
        ("3x3 stride 2 64", ConvSpec::uniform(2, 3, 2, 1, Zero), vec![64, 64], 16, 32),
        ("4x4 stride 2 64", ConvSpec::uniform(2, 4, 2, 1, Zero), vec![64, 64], 16, 32),
        ("3x3 256 c24", same(Zero), vec![256, 256], 1, 24),
        ("3x3 128 c24", same(Zero), vec![128, 128], 1, 24),
        ("3x3 64 c24", same(Zero), vec![64, 64], 1, 24),
        ("3x3 32 c24", same(Zero), vec![32, 32], 8, 24),
        ("3x3 16 c24", same(Zero), vec![16, 16], 8, 24),
        ("3x3 8 c24", same(Zero), vec![8, 8], 8, 24),
        ("3x3 dilation 2 64 c48", ConvSpec::dilated(2, 3, 2, Zero), vec![64, 64], 8, 48),
        ("3x3 dilation 4 64 c48", ConvSpec::dilated(2, 3, 4, Zero), vec![64, 64], 8, 48),
        ("3x3 dilation 8 64 c48", ConvSpec::dilated(2, 3, 8, Zero), vec![64, 64], 8, 48),
        ("depthwise 3x3 64", same(Zero).with_groups(32), vec![64, 64], 16, 32),
        ("5x5 64", ConvSpec::same(2, 5, Zero), vec![64, 64], 16, 32),
        ("1-D 3 of 4096", ConvSpec::same(1, 3, Zero), vec![4096], 16, 32),
        ("3-D 3x3x3 of 32", ConvSpec::same(3, 3, Zero), vec![32, 32, 32], 2, 32),
    ];
    for (name, spec, size, batch, c) in cases {
        for method in [Method::Direct, Method::Fastest] {
            if let Ok(maps) = Convolution::new(&spec, &size, c, c) {
                let maps = maps.with_method(method);
                let (x, gy) =
                    (wave(batch * c * maps.points(), 0.37), wave(batch * c * maps.output_points(), 0.21));
                let w = wave(c * c / spec.groups * spec.taps(), 1.3);
                let gf = 2e-9 * (w.len() * batch * maps.output_points()) as f64;
                time(&only, &format!("{name} {method:?} forward"), gf, || maps.forward(&x, &w, Plus::NONE));
                time(&only, &format!("{name} {method:?} adjoint"), gf, || maps.adjoint(&gy, &w, Plus::NONE));
                time(&only, &format!("{name} {method:?} weight"), gf, || maps.weight_gradient(&x, &gy));
            }
        }
    }
}
