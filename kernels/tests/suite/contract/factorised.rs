//! Factorised contractions under every plan, against the dense weight summed by the definition.

use num_complex::Complex;
use sobolev_kernels::Scalar;
use sobolev_kernels::contract::{
    CMatmul, ChainEnd, ChannelFactor, Cost, CpPlan, Factorization, LayerAxis, LayerFactor, Rank,
    SpectralShape, TrainChannels, TrainPlan, TuckerPlan, cp, tensor_train, tucker,
};
use sobolev_kernels::testing::assert_close;

use super::{draw, widen};

fn shapes() -> Vec<SpectralShape> {
    [vec![5], vec![4, 3], vec![3, 4, 2]]
        .into_iter()
        .map(|modes| SpectralShape { modes, batch: 3, in_channels: 6, out_channels: 5 })
        .collect()
}

fn views<T>(factors: &[Vec<Complex<T>>]) -> Vec<&[Complex<T>]> {
    factors.iter().map(Vec::as_slice).collect()
}

/// Relative errors of the two precisions: short sums, a few factors.
fn bound<T: Scalar>() -> f64 {
    if T::epsilon().as_f64() < 1e-10 { 1e-13 } else { 1e-6 }
}

/// The digits of `at` in the mixed radix of `shape`.
fn digits(mut at: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for k in (0..shape.len()).rev() {
        index[k] = at % shape[k];
        at /= shape[k];
    }
    index
}

fn dense_product<T: Scalar>(x: &[Complex<T>], weight: &[Complex<T>], shape: &SpectralShape) -> Vec<f64> {
    let product = CMatmul::new(shape.n_modes(), shape.batch, shape.in_channels, shape.out_channels);
    widen(&product.forward(x, weight))
}

/// Ranks below every axis but the `fixed` ones, which have no factor.
fn check_tucker<T: Scalar>(fixed: &[usize]) {
    for shape in shapes() {
        let full = shape.weight(Factorization::Tucker);
        let has_factor: Vec<bool> = (0..full.len()).map(|k| !fixed.contains(&k)).collect();
        let ranks: Vec<usize> =
            full.iter().zip(&has_factor).map(|(i, has)| if *has { (i - 1).max(2) } else { *i }).collect();
        let core = draw::<T>(ranks.iter().product(), 1);
        let drawn: Vec<_> = (0..full.len()).map(|k| draw::<T>(full[k] * ranks[k], 2 + k as u64)).collect();
        let factors: Vec<_> = (0..full.len()).map(|k| has_factor[k].then_some(drawn[k].as_slice())).collect();
        let dense = tucker::reconstruct(&core, &factors, &shape, &ranks);
        let (zero, one) = (Complex::new(T::zero(), T::zero()), Complex::new(T::one(), T::zero()));
        let entry = |k: usize, index: usize, rank: usize| match factors[k] {
            Some(factor) => factor[index * ranks[k] + rank],
            None if index == rank => one,
            None => zero,
        };
        let oracle: Vec<Complex<T>> = (0..full.iter().product())
            .map(|at| {
                let index = digits(at, &full);
                core.iter().enumerate().fold(zero, |sum, (r, &g)| {
                    let rank = digits(r, &ranks);
                    sum + (0..full.len()).fold(g, |p, k| p * entry(k, index[k], rank[k]))
                })
            })
            .collect();
        assert_close("Tucker reconstruction", &widen(&dense), &widen(&oracle), bound::<T>());
        let x = draw::<T>(shape.n_modes() * shape.batch * shape.in_channels, 20);
        let expected = dense_product(&x, &dense, &shape);
        for plan in TuckerPlan::plans(&has_factor, LayerAxis::ONE) {
            let y = tucker::contract(&x, &core, &factors, &shape, &ranks, &plan);
            assert_close(&format!("{plan:?}"), &widen(&y), &expected, bound::<T>());
        }
    }
}

fn check_cp<T: Scalar>() {
    for shape in shapes() {
        let (full, rank) = (shape.weight(Factorization::Cp), 7);
        let weights = draw::<T>(rank, 1);
        let factors: Vec<_> = (0..full.len()).map(|k| draw::<T>(full[k] * rank, 2 + k as u64)).collect();
        let dense = cp::reconstruct(&weights, &views(&factors), &shape);
        let oracle: Vec<Complex<T>> = (0..full.iter().product())
            .map(|at| {
                let index = digits(at, &full);
                weights.iter().enumerate().fold(Complex::new(T::zero(), T::zero()), |sum, (r, &l)| {
                    sum + (0..full.len()).fold(l, |p, k| p * factors[k][index[k] * rank + r])
                })
            })
            .collect();
        assert_close("CP reconstruction", &widen(&dense), &widen(&oracle), bound::<T>());
        let x = draw::<T>(shape.n_modes() * shape.batch * shape.in_channels, 20);
        let expected = dense_product(&x, &dense, &shape);
        for plan in CpPlan::plans() {
            let y = cp::contract(&x, &weights, &views(&factors), &shape, plan);
            assert_close(&format!("{plan:?}"), &widen(&y), &expected, bound::<T>());
        }
    }
}

fn check_train<T: Scalar>() {
    for shape in shapes() {
        let full = shape.weight(Factorization::TensorTrain);
        let inner: Vec<usize> = (0..full.len() - 1).map(|k| 2 + k % 3).collect();
        let ranks = [&[1][..], &inner, &[1]].concat();
        let cores: Vec<_> =
            (0..full.len()).map(|k| draw::<T>(ranks[k] * full[k] * ranks[k + 1], 2 + k as u64)).collect();
        let dense = tensor_train::reconstruct(&views(&cores), &shape, &ranks);
        let order = [&shape.modes[..], &[shape.in_channels, shape.out_channels]].concat();
        let oracle: Vec<Complex<T>> = (0..full.iter().product())
            .map(|at| {
                let modes_first = digits(at, &order);
                let d = shape.modes.len();
                let index = [&modes_first[d..], &modes_first[..d]].concat();
                let mut row = vec![Complex::new(T::one(), T::zero())];
                for k in 0..full.len() {
                    let (left, right) = (ranks[k], ranks[k + 1]);
                    row = (0..right)
                        .map(|q| {
                            (0..left).fold(Complex::new(T::zero(), T::zero()), |s, p| {
                                s + row[p] * cores[k][(p * full[k] + index[k]) * right + q]
                            })
                        })
                        .collect();
                }
                row[0]
            })
            .collect();
        assert_close("tensor-train reconstruction", &widen(&dense), &widen(&oracle), bound::<T>());
        let x = draw::<T>(shape.n_modes() * shape.batch * shape.in_channels, 20);
        let expected = dense_product(&x, &dense, &shape);
        for plan in TrainPlan::plans() {
            let y = tensor_train::contract(&x, &views(&cores), &shape, &ranks, plan);
            assert_close(&format!("{plan:?}"), &widen(&y), &expected, bound::<T>());
        }
    }
}

#[test]
fn tucker_contraction_equals_the_dense_one_under_every_plan() {
    check_tucker::<f64>(&[]);
    check_tucker::<f32>(&[]);
}

/// Counted in `[M_1, .., in, out]`: a mode, the input channels (of two axes), and everything.
#[test]
fn tucker_contraction_without_some_factors() {
    for fixed in [&[0][..], &[1], &[0, 2], &[0, 1, 2, 3, 4]] {
        check_tucker::<f64>(fixed);
        check_tucker::<f32>(fixed);
    }
}

#[test]
fn cp_contraction_equals_the_dense_one_under_every_plan() {
    check_cp::<f64>();
    check_cp::<f32>();
}

#[test]
fn tensor_train_contraction_equals_the_dense_one_under_every_plan() {
    check_train::<f64>();
    check_train::<f32>();
}

#[test]
fn the_plan_chosen_is_the_cheapest_of_all() {
    for modes in [vec![16], vec![24, 13], vec![12, 12, 7]] {
        for batch in [1, 4, 64] {
            for fraction in [0.02, 0.3, 0.9] {
                let shape = SpectralShape { modes: modes.clone(), batch, in_channels: 32, out_channels: 24 };
                let ranks =
                    |f: Factorization| f.ranks(&shape.weight(f), &Rank::Fraction(fraction), &[]).unwrap();
                let r = ranks(Factorization::Tucker);
                let factors = vec![true; r.len()];
                for layers in [LayerAxis::ONE, LayerAxis::Own(4), LayerAxis::Factor { layers: 4, rank: 2 }] {
                    let time = |p: &TuckerPlan| p.cost(&shape, &r, layers).time();
                    let least = TuckerPlan::plans(&factors, layers).iter().map(time).min().unwrap();
                    assert_eq!(time(&TuckerPlan::cheapest(&shape, &r, &factors, layers)), least);
                }
                for layers in [1, 4] {
                    let r = ranks(Factorization::Cp)[0];
                    let time = |p: &CpPlan| p.cost(&shape, r, layers).time();
                    let least = CpPlan::plans().iter().map(time).min().unwrap();
                    assert_eq!(time(&CpPlan::cheapest(&shape, r, layers)), least);
                    let r = ranks(Factorization::TensorTrain);
                    let time = |p: &TrainPlan| p.cost(&shape, &r, layers).time();
                    let least = TrainPlan::plans().iter().map(time).min().unwrap();
                    assert_eq!(time(&TrainPlan::cheapest(&shape, &r, layers)), least);
                }
            }
        }
    }
}

/// Products counted by hand; entries are those of both operands and of the result.
#[test]
fn costs_are_counted_as_on_paper() {
    let shape = SpectralShape { modes: vec![10, 6], batch: 4, in_channels: 8, out_channels: 7 };
    let plan = TuckerPlan {
        input: ChannelFactor::Spectrum,
        output: ChannelFactor::Core,
        layer: LayerFactor::Last,
        order: vec![1, 0, 3],
    };
    let ranks = [3, 2, 5, 4];
    // Core 3x2x5x4 -> 3x6x5x4 -> 10x6x5x4 -> 10x6x5x7, then x U_in and the product.
    let expanded = [3 * 2 * 5 * 4 * 6, 3 * 6 * 5 * 4 * 10, 10 * 6 * 5 * 4 * 7];
    let core: usize = expanded.iter().sum();
    let mixed = 60 * 4 * 8 * 5 + 60 * 4 * 5 * 7;
    let one = plan.cost(&shape, &ranks, LayerAxis::ONE);
    assert_eq!(one.multiply_adds, core + mixed);
    let of_core = (12 + 3 * 20 * (2 + 6)) + (30 + 6 * 20 * (3 + 10)) + (28 + 10 * 6 * 5 * (4 + 7));
    let of_mix = 40 + 60 * 4 * (8 + 5) + 60 * (4 * 5 + 5 * 7 + 4 * 7);
    assert_eq!(one.entries, of_core + of_mix);
    assert_eq!(plan.cost(&shape, &ranks, LayerAxis::Own(3)), one * 3);
    // Two cores are expanded once for three layers, each of which combines them.
    let shared = plan.cost(&shape, &ranks, LayerAxis::Factor { layers: 3, rank: 2 });
    assert_eq!(shared.multiply_adds, 2 * core + 3 * (mixed + 2 * 10 * 6 * 5 * 7));
    // A single one is not combined: its number goes to the input factor.
    let single = plan.cost(&shape, &ranks, LayerAxis::Factor { layers: 3, rank: 1 });
    assert_eq!(single.multiply_adds, core + 3 * mixed);
    assert_eq!(TuckerPlan::plans(&[true; 4], LayerAxis::ONE).len(), 2 + 6 + 6 + 24);
    assert_eq!(TuckerPlan::plans(&[true, true, false, true], LayerAxis::ONE).len(), 2 + 6);

    let macs = |plan: CpPlan, layers| plan.cost(&shape, 9, layers).multiply_adds;
    let (modes, components) = ((10 + 6) * 9, 60 * 4 * 9 * (8 + 1 + 7));
    assert_eq!(macs(CpPlan::Components, 1), modes + components);
    assert_eq!(macs(CpPlan::Components, 3), 3 * (modes + components));
    assert_eq!(macs(CpPlan::Reconstruct, 1), modes + 60 * 9 + 9 * 56 + 60 * 9 * 56 + 60 * 4 * 56);

    let train = TrainPlan { modes: ChainEnd::Last, channels: TrainChannels::Project };
    // Ranks r1 = 3, r2 = 2, r3 = 5.
    let (chain, core, data) = (2 * 10 * 5 * 6, 60 * 3 * 7 * 2, 60 * 4 * (8 * 3 + 3 * 7));
    assert_eq!(train.cost(&shape, &[1, 3, 2, 5, 1], 1).multiply_adds, chain + core + data);
    assert_eq!(train.cost(&shape, &[1, 3, 2, 5, 1], 4).multiply_adds, chain + core + 4 * data);
    assert!(Cost { multiply_adds: 1, entries: 1 }.time() > Cost { multiply_adds: 2, entries: 0 }.time());
}

/// The ends: low ranks stay factorised, full ones do not.
#[test]
fn the_choice_follows_ranks_and_batch() {
    use ChannelFactor::{Core, Spectrum};
    let shape = SpectralShape { modes: vec![10, 6], batch: 4, in_channels: 64, out_channels: 64 };
    let many = SpectralShape { batch: 10_000, ..shape.clone() };
    let places = |shape: &SpectralShape, ranks: &[usize]| {
        let plan = TuckerPlan::cheapest(shape, ranks, &[true; 4], LayerAxis::ONE);
        (plan.input, plan.output)
    };
    assert_eq!(places(&many, &[3, 2, 4, 64]), (Spectrum, Core));
    assert_eq!(places(&many, &[3, 2, 64, 4]), (Core, Spectrum));
    assert_eq!(places(&shape, &[3, 2, 8, 8]), (Spectrum, Spectrum));
    assert_eq!(places(&many, &[10, 6, 64, 64]), (Core, Core), "a core as large as the weight");
    assert_eq!(CpPlan::cheapest(&shape, 20, 1), CpPlan::Components);
    assert_eq!(CpPlan::cheapest(&many, 500, 1), CpPlan::Reconstruct);
    // Layers that share one core expand it once; as many cores as layers are combined first.
    let when = |rank: usize| {
        let ranks = [6, 5, 20, 20];
        TuckerPlan::cheapest(&shape, &ranks, &[true; 4], LayerAxis::Factor { layers: 4, rank }).layer
    };
    assert_eq!((when(1), when(4)), (LayerFactor::Last, LayerFactor::First));
}
