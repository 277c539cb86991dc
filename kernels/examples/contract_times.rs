//! Times of contractions, norms and optimiser steps at the sizes of a 64 x 64 Fourier neural operator:
//! `cargo run --release --example contract_times`.

use rayon::prelude::*;
use sobolev_kernels::Complex;
use sobolev_kernels::contract::*;
use sobolev_kernels::gemm::{Mat, MatMut, Store, gemm};
use sobolev_kernels::norm::GroupNorm;
use sobolev_kernels::optim::{AdamW, Decay, Slot, global_norm};
use sobolev_kernels::testing::Times;

fn time<R>(what: &str, f: impl FnMut() -> R) {
    let times = Times::measure(0.5, f);
    println!("{what:56} min {:8.4}  median {:8.4} ms", 1e3 * times.least(), 1e3 * times.median());
}

fn wave(n: usize, k: f32) -> Vec<f32> {
    (0..n).map(|i| (i as f32 * k).sin()).collect()
}

fn spectrum(n: usize, k: f32) -> Vec<Complex<f32>> {
    wave(2 * n, k).chunks_exact(2).map(|z| Complex::new(z[0], z[1])).collect()
}

fn split(z: &[Complex<f32>]) -> [Vec<f32>; 2] {
    [z.iter().map(|z| z.re).collect(), z.iter().map(|z| z.im).collect()]
}

/// Our product, and four real ones on split parts.
fn products(batch: usize, m: usize, k: usize, n: usize) {
    let (a, b) = (spectrum(batch * m * k, 0.37), spectrum(batch * k * n, 0.21));
    let product = CMatmul::new(batch, m, k, n);
    let y = product.forward(&a, &b);
    let name = format!("{batch} of {m} x {k} by {k} x {n}");
    time(&format!("{name}: forward"), || product.forward(&a, &b));
    time(&format!("{name}: gradient of a"), || product.grad_a(&y, &b));
    time(&format!("{name}: gradient of b"), || product.grad_b(&a, &y));
    let ([ar, ai], [br, bi]) = (split(&a), split(&b));
    let minus: Vec<f32> = bi.iter().map(|v| -v).collect();
    let rows = m.min(128);
    let (mut yr, mut yi) = (vec![0.0_f32; batch * m * n], vec![0.0_f32; batch * m * n]);
    time(&format!("{name}: split, four real products"), || {
        let left = ar.par_chunks(rows * k).zip(ai.par_chunks(rows * k));
        yr.par_chunks_mut(rows * n).zip(yi.par_chunks_mut(rows * n)).zip(left).enumerate().for_each(
            |(at, (y, a))| {
                let (from, r) = (at * rows / m * k * n, a.0.len() / k);
                let multiply = |y: &mut [f32], a: &[f32], b: &[f32], store| {
                    gemm(
                        MatMut::rows(y, r, n, n),
                        Mat::rows(a, r, k, k),
                        Mat::rows(&b[from..], k, n, n),
                        store,
                    );
                };
                multiply(y.0, a.0, &br, Store::Set);
                multiply(y.0, a.1, &minus, Store::Add);
                multiply(y.1, a.0, &bi, Store::Set);
                multiply(y.1, a.1, &br, Store::Add);
            },
        );
    });
}

fn main() {
    products(144, 16, 32, 32);
    products(1, 2304, 32, 4);
    products(512, 16, 64, 64);
    let (x, w) = (spectrum(144 * 16 * 32, 0.37), spectrum(144 * 32, 0.21));
    time("separable [144, 16, 32]: forward", || separable(&x, &w, 144, 16, 32));
    time("separable [144, 16, 32]: gradient of w", || separable_grad_w(&x, &x, 144, 16, 32));

    for groups in [1, 32] {
        let x = wave(16 * 32 * 4096, 0.37);
        let norm = GroupNorm::new(16, 32, 4096, groups);
        let stats = norm.forward(&x, None, None, 1e-5).1;
        time(&format!("norm [16, 32, 64 x 64], {groups} groups: forward"), || {
            norm.forward(&x, None, None, 1e-5)
        });
        time(&format!("norm [16, 32, 64 x 64], {groups} groups: backward"), || {
            norm.backward(&x, None, &stats, &x)
        });
    }

    let n = 2_360_000;
    let adam =
        AdamW { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 1e-4, decay: Decay::Decoupled };
    let (mut p, g, mut m, mut v) = (wave(n, 0.1), wave(n, 0.2), vec![0.0_f32; n], vec![0.0_f32; n]);
    let mut t = 0;
    time("AdamW, 2.36 M parameters", || {
        t += 1;
        adam.step(t, 1.0, Slot { p: &mut p, g: &g, m: &mut m, v: &mut v });
    });
    time("global norm, 2.36 M gradients", || global_norm(&[&g]));
}
