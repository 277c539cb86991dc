//! Factorised weights against their dense reconstruction, and the law of their initial values.

use burn::tensor::Tensor;
use sobolev_kernels::ops::{self, Op};
use sobolev_operators::fno::{RankConfig, SpectralConvs, WeightConfig, WeightForm};
use sobolev_operators::layers::Draws;

use super::support::{difference, plain, random, to_f64, values};

fn forms() -> Vec<WeightConfig> {
    let forms = [
        WeightConfig::default(),
        WeightConfig::tucker(0.3),
        WeightConfig::cp(0.3),
        WeightConfig::tensor_train(0.3),
    ];
    let mut all = Vec::new();
    for form in forms {
        all.push(form.clone());
        all.push(form.clone().separable());
        if form.factorization != WeightForm::Dense {
            all.push(form.clone().joint());
            all.push(form.joint().separable());
        }
    }
    all
}

fn convs(weights: &WeightConfig, channels: usize, n_modes: &[usize]) -> SpectralConvs {
    let device = plain();
    SpectralConvs::new(weights, 3, channels, n_modes, n_modes, &mut Draws::new(3, &device)).unwrap()
}

/// The product with the reconstructed weight.
fn dense(convs: &SpectralConvs, layer: usize, x: Tensor<4>, kept: &[usize]) -> Tensor<4> {
    let weight = convs.weight(layer).reconstruct(layer, kept);
    let [modes, rows, channels, two] = weight.dims();
    if rows == 1 {
        ops::separable(x, weight.reshape([modes, channels, two]))
    } else {
        ops::cmatmul(x, Op::Plain, weight, Op::Plain)
    }
}

#[test]
fn factorised_equals_reconstructed_for_all_modes_and_for_fewer() {
    for weights in forms() {
        for (n_modes, channels) in [(vec![9], 6), (vec![5, 6], 5), (vec![3, 4, 5], 4)] {
            let convs = to_f64(&convs(&weights, channels, &n_modes));
            let all: Vec<usize> = sobolev_operators::FnoConfig::kept_modes(&n_modes);
            let fewer: Vec<usize> = all.iter().map(|m| m - 1).collect();
            for kept in [all, fewer] {
                for (layer, batch) in [(0, 1), (1, 3), (2, 40)] {
                    let x = random(5, [kept.iter().product(), batch, channels, 2]);
                    let y = convs.weight(layer).apply(layer, x.clone(), &kept);
                    let error = difference(y, dense(&convs, layer, x, &kept));
                    assert!(error < 1e-13, "{weights} {n_modes:?} batch {batch}: {error:e}");
                }
            }
        }
    }
}

/// With explicit small sums: the definition in the documentation, entry by entry.
#[test]
fn joint_tucker_is_its_definition() {
    let weights =
        WeightConfig { rank: RankConfig::Each(vec![2, 3, 2, 2, 3]), ..WeightConfig::tucker(0.1).joint() };
    let convs = to_f64(&convs(&weights, 4, &[3, 4]));
    let theta = super::support::flatten(&convs);
    let c = |i: usize| num(theta[2 * i], theta[2 * i + 1]);
    // Order of the fields: core [2, 2*3, 3*2], layer [3, 2], input [4, 3], output [4, 2], modes [3, 2], [3, 3].
    let (core, layer) = (0, 72);
    let (input, output) = (layer + 6, layer + 6 + 12);
    let (first, second) = (output + 8, output + 8 + 6);
    for l in 0..3 {
        let w = values(convs.weight(l).reconstruct(l, &[3, 3]));
        for (k, i, o) in [(0, 0, 0), (5, 3, 1), (7, 2, 3), (8, 1, 2)] {
            let mut sum = num(0.0, 0.0);
            for (a, r, s, m, n) in indices([2, 3, 2, 2, 3]) {
                let g = c(core + ((a * 2 + m) * 3 + n) * 6 + r * 2 + s);
                let factors = [
                    c(layer + l * 2 + a),
                    c(input + i * 3 + r),
                    c(output + o * 2 + s),
                    c(first + (k / 3) * 2 + m),
                    c(second + (k % 3) * 3 + n),
                ];
                sum += factors.iter().fold(g, |p, f| p * f);
            }
            let at = ((k * 4 + i) * 4 + o) * 2;
            assert!((num(w[at], w[at + 1]) - sum).norm() < 1e-14, "layer {l}, mode {k}, {i} -> {o}");
        }
    }
}

type Complex = sobolev_kernels::Complex<f64>;

fn num(re: f64, im: f64) -> Complex {
    Complex::new(re, im)
}

fn indices(n: [usize; 5]) -> impl Iterator<Item = (usize, usize, usize, usize, usize)> {
    (0..n.iter().product()).map(move |mut p: usize| {
        let mut next = |n: usize| {
            let i = p % n;
            p /= n;
            i
        };
        (next(n[0]), next(n[1]), next(n[2]), next(n[3]), next(n[4]))
    })
}

/// E|w|² = 1/channels whatever the form. A product form fluctuates as a whole, more strongly the smaller the ranks: bound 15 %.
#[test]
fn initial_weights_have_the_wanted_variance() {
    for weights in forms().into_iter().filter(|w| !w.separable) {
        let channels = 16;
        let convs = convs(&weights, channels, &[12, 12]);
        let kept = [12, 7];
        let mut total = 0.0;
        let mut count = 0.0;
        for layer in 0..3 {
            let w = values(convs.weight(layer).reconstruct(layer, &kept));
            total += w.iter().map(|v| v * v).sum::<f64>();
            count += w.len() as f64 / 2.0;
        }
        let ratio = total / count * channels as f64;
        assert!(
            (ratio.sqrt() - 1.0).abs() < 0.15,
            "{weights}: standard deviation {} of the wanted",
            ratio.sqrt()
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let make = |seed| {
        let device = plain();
        let config = sobolev_operators::ModelConfig::preset("tfno-joint", 2).unwrap();
        super::support::flatten(&config.init(1, 1, seed, &device).unwrap())
    };
    assert_eq!(make(4), make(4));
    assert_ne!(make(4), make(5));
}
