//! Times of the pointwise kernels at the sizes of a 64 x 64 Fourier neural operator: `cargo run --release --example pointwise_times`.

use sobolev_kernels::buffer::uninit;
use sobolev_kernels::pointwise::*;
use sobolev_kernels::testing::Times;

fn time<R>(what: &str, gflop: f64, f: impl FnMut() -> R) {
    let best = Times::measure(0.6, f).least();
    println!("{what:40} {:8.3} ms  {:7.1} GF/s", 1e3 * best, gflop / best);
}

fn wave(n: usize, k: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * k).sin()).collect()
}

fn main() {
    let (b, c, n, hid) = (16, 32, 4096, 16);
    let (x, r, g) = (wave(b * c * n, 0.37), wave(b * c * n, 0.21), wave(b * c * n, 0.77));
    let (w, bias) = (wave(c * c, 1.3), wave(c, 0.7));
    let (w1, b1, w2, b2, gate) =
        (wave(hid * c, 1.1), wave(hid, 0.2), wave(hid * c, 0.9), wave(c, 0.5), wave(c, 0.3));
    let gf = |m: usize, k: usize| 2e-9 * (m * k * b * n) as f64;

    time("copy (malloc)", 0.0, || {
        let mut y = uninit::<f32>(x.len());
        y.copy_from_slice(&x);
        y
    });
    for act in [Activation::Relu, Activation::Gelu, Activation::Silu, Activation::Tanh] {
        let mut y = x.clone();
        time(&format!("{act} in place"), 0.0, || {
            activate_in_place(act, &mut y);
        });
        time(&format!("{act}"), 0.0, || activate(act, &x));
        time(&format!("{act} backward"), 0.0, || activate_backward(act, &x, &g));
    }
    let layer = Linear { weight: &w, bias: Some(&bias), inputs: c, outputs: c };
    let wants = MixWants { input: true, residual: false };
    for act in [Activation::Identity, Activation::Gelu] {
        let id = act == Activation::Identity;
        time(&format!("mix {act}"), gf(c, c), || channel_mix(&x, b, n, &layer, None, act));
        time(&format!("mix {act} + r"), gf(c, c), || channel_mix(&x, b, n, &layer, Some(&r), act));
        time(&format!("mix {act} backward"), gf(c, c) * if id { 2.0 } else { 3.0 }, || {
            channel_mix_backward(&x, b, n, &layer, None, act, &g, wants)
        });
    }
    let mlp = Mlp {
        first: Linear { weight: &w1, bias: Some(&b1), inputs: c, outputs: hid },
        act: Activation::Gelu,
        second: Linear { weight: &w2, bias: Some(&b2), inputs: hid, outputs: c },
        act_out: Activation::Gelu,
    };
    let tail = Tail { skip: layer, act: Activation::Gelu, mlp, gate: Some(&gate) };
    let flops = gf(c, c) + 2.0 * gf(c, hid);
    time("fno_tail", flops, || fno_tail(&r, &x, b, n, &tail));
    time("fno_tail backward", 3.0 * flops, || fno_tail_backward(&r, &x, b, n, &tail, &g));

    let (wl, bl, wl2, bl2) = (wave(64 * 3, 1.1), wave(64, 0.2), wave(64 * c, 0.9), wave(c, 0.5));
    let x3 = &x[..b * 3 * n];
    let lift = Mlp {
        first: Linear { weight: &wl, bias: Some(&bl), inputs: 3, outputs: 64 },
        act: Activation::Gelu,
        second: Linear { weight: &wl2, bias: Some(&bl2), inputs: 64, outputs: c },
        act_out: Activation::Identity,
    };
    let flops = gf(64, 3 + c);
    time("lift 3-64-32", flops, || channel_mlp(x3, b, n, &lift, None));
    let wants = MlpWants { input: false, field: false };
    time("lift backward", 2.5 * flops, || channel_mlp_backward(x3, b, n, &lift, None, &g, wants));
    let g1 = &g[..b * n];
    let project = Mlp {
        first: Linear { weight: &wl2, bias: Some(&bl), inputs: c, outputs: 64 },
        act: Activation::Gelu,
        second: Linear { weight: &wl[..64], bias: Some(&bl2[..1]), inputs: 64, outputs: 1 },
        act_out: Activation::Identity,
    };
    let flops = gf(64, 1 + c);
    time("project 32-64-1", flops, || channel_mlp(&x, b, n, &project, None));
    let wants = MlpWants { input: true, field: false };
    time("project backward", 3.0 * flops, || channel_mlp_backward(&x, b, n, &project, None, g1, wants));
}
