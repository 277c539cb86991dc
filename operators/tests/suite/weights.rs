//! Factorised weights against their dense reconstruction, and the law of their initial values.

use burn::tensor::{DType, Tensor};
use sobolev_kernels::ops::{self, Op};
use sobolev_operators::FnoConfig;
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

/// With axes left whole, small and large ranks, and ranks by hand for `d` grid axes and 4 or more channels.
fn more_forms(d: usize) -> Vec<WeightConfig> {
    let mut all = vec![
        WeightConfig::tucker(0.3).joint().fixed(&[0]),
        WeightConfig::tucker(0.3).joint().fixed(&[1, 3]),
        WeightConfig::tucker(0.3).fixed(&[0, 1]),
        WeightConfig::tucker(0.3).separable().fixed(&[0, 1]),
        WeightConfig::tucker(0.02).joint(),
        WeightConfig::tucker(0.95),
        WeightConfig::cp(0.03).joint(),
        WeightConfig::cp(0.9),
        WeightConfig::tensor_train(0.03).joint(),
        WeightConfig::tensor_train(0.9),
    ];
    let each = |ranks: Vec<usize>, form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks), ..form };
    let modes = |head: &[usize]| [head, &[2, 3, 2][..d]].concat();
    for layer in 1..=3 {
        all.push(each(modes(&[layer, 2, 3]), WeightConfig::tucker(0.1).joint()));
        all.push(each(modes(&[layer, 4, 2]), WeightConfig::tucker(0.1).joint()));
        all.push(each(modes(&[layer, 3, 4]), WeightConfig::tucker(0.1).joint().fixed(&[0])));
    }
    all.push(each(modes(&[2, 3]), WeightConfig::tensor_train(0.1).joint()));
    all.push(each(modes(&[7]), WeightConfig::tensor_train(0.1)));
    all
}

fn convs(weights: &WeightConfig, channels: usize, n_modes: &[usize]) -> SpectralConvs {
    layers(3, weights, channels, n_modes)
}

fn layers(n: usize, weights: &WeightConfig, channels: usize, n_modes: &[usize]) -> SpectralConvs {
    let device = plain();
    SpectralConvs::new(weights, n, channels, n_modes, n_modes, &mut Draws::new(3, &device)).unwrap()
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

fn cases() -> Vec<(WeightConfig, Vec<usize>, usize)> {
    let grids = [(vec![9], 6), (vec![5, 6], 5), (vec![3, 4, 5], 4)];
    let with = |(n_modes, channels): &(Vec<usize>, usize)| {
        let all = forms().into_iter().chain(more_forms(n_modes.len()));
        all.map(|weights| (weights, n_modes.clone(), *channels)).collect::<Vec<_>>()
    };
    grids.iter().flat_map(with).collect()
}

#[test]
fn factorised_equals_reconstructed_for_all_modes_and_for_fewer() {
    for (weights, n_modes, channels) in cases() {
        let single = convs(&weights, channels, &n_modes);
        let double = to_f64(&single);
        let all: Vec<usize> = FnoConfig::kept_modes(&n_modes);
        let fewer: Vec<usize> = all.iter().map(|m| m - 1).collect();
        for kept in [all, fewer] {
            for (layer, batch) in [(0, 1), (1, 3), (2, 40), (1, 400)] {
                let x = random(5, [kept.iter().product(), batch, channels, 2]);
                let error = |convs: &SpectralConvs, x: Tensor<4>| {
                    let y = convs.weight(layer).apply(layer, x.clone(), &kept);
                    difference(y, dense(convs, layer, x, &kept))
                };
                let (wide, narrow) = (error(&double, x.clone()), error(&single, x.cast(DType::F32)));
                assert!(wide < 1e-13, "{weights} {n_modes:?} batch {batch}: {wide:e}");
                assert!(narrow < 1e-6, "{weights} {n_modes:?} batch {batch}: {narrow:e} in single precision");
            }
        }
    }
}

/// What the layers share is worked out once, in an order that suits all of them: the same convolutions.
#[test]
fn a_pass_through_all_layers_applies_the_same_weights() {
    for (weights, n_modes, channels) in cases() {
        let convs = to_f64(&convs(&weights, channels, &n_modes));
        let size: Vec<usize> = n_modes.iter().map(|n| n + 2).collect();
        for batch in [1, 4, 60] {
            let shared = convs.shared(batch, &size);
            for layer in 0..3 {
                let x = random(6, [batch, channels, size.iter().product()]);
                let (a, b) =
                    (shared.forward(layer, x.clone(), &size), convs.forward(layer, x.clone(), &size));
                let error = difference(a, b);
                assert!(error < 1e-13, "{weights} {n_modes:?} batch {batch}: {error:e}");
                // Fields of another shape than those that were announced.
                let finer: Vec<usize> = size.iter().map(|n| n + 3).collect();
                let (a, b) = (
                    shared.forward_onto(layer, x.clone(), &size, &finer),
                    convs.forward_onto(layer, x, &size, &finer),
                );
                assert!(difference(a, b) < 1e-13, "{weights} {n_modes:?} onto another grid");
            }
        }
    }
}

/// Many layers that combine few cores, which are expanded once.
#[test]
fn many_layers_share_few_expanded_cores() {
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    for ranks in [[2, 3, 3, 4, 3], [2, 5, 3, 4, 3], [3, 5, 5, 4, 3]] {
        let weights = each(&ranks, WeightConfig::tucker(0.1).joint());
        let convs = to_f64(&layers(12, &weights, 5, &[9, 8]));
        let shared = convs.shared(4, &[12, 10]);
        for layer in [0, 7, 11] {
            let x = random(6, [4, 5, 120]);
            let (a, b) =
                (shared.forward(layer, x.clone(), &[12, 10]), convs.forward(layer, x.clone(), &[12, 10]));
            assert!(difference(a, b) < 1e-13, "{weights}, layer {layer}");
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
    let whole = [WeightConfig::tucker(0.3).joint().fixed(&[0]), WeightConfig::tucker(0.3).fixed(&[0, 1, 2])];
    for weights in forms().into_iter().chain(whole).filter(|w| !w.separable) {
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
