//! Factorised contractions under every plan, against the dense weight summed by the definition.

use num_complex::Complex;
use sobolev_kernels::Scalar;
use sobolev_kernels::contract::{
    CMatmul, ChannelFactor, CpPlan, Factorization, Rank, SpectralShape, TrainChannels, TrainPlan, TuckerPlan,
    cp, tensor_train, tucker,
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

fn check_tucker<T: Scalar>() {
    for shape in shapes() {
        let full = shape.weight(Factorization::Tucker);
        let ranks: Vec<usize> = full.iter().map(|i| (i - 1).max(2)).collect();
        let core = draw::<T>(ranks.iter().product(), 1);
        let factors: Vec<_> = (0..full.len()).map(|k| draw::<T>(full[k] * ranks[k], 2 + k as u64)).collect();
        let dense = tucker::reconstruct(&core, &views(&factors), &shape, &ranks);
        let oracle: Vec<Complex<T>> = (0..full.iter().product())
            .map(|at| {
                let index = digits(at, &full);
                core.iter().enumerate().fold(Complex::new(T::zero(), T::zero()), |sum, (r, &g)| {
                    let rank = digits(r, &ranks);
                    sum + (0..full.len()).fold(g, |p, k| p * factors[k][index[k] * ranks[k] + rank[k]])
                })
            })
            .collect();
        assert_close("Tucker reconstruction", &widen(&dense), &widen(&oracle), bound::<T>());
        let x = draw::<T>(shape.n_modes() * shape.batch * shape.in_channels, 20);
        let expected = dense_product(&x, &dense, &shape);
        for plan in TuckerPlan::plans(shape.modes.len()) {
            let y = tucker::contract(&x, &core, &views(&factors), &shape, &ranks, &plan);
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
    check_tucker::<f64>();
    check_tucker::<f32>();
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
                let d = modes.len();
                let ranks =
                    |f: Factorization| f.ranks(&shape.weight(f), &Rank::Fraction(fraction), &[]).unwrap();
                let r = ranks(Factorization::Tucker);
                let least = TuckerPlan::plans(d).iter().map(|p| p.cost(&shape, &r)).min().unwrap();
                assert_eq!(TuckerPlan::cheapest(&shape, &r).cost(&shape, &r), least);
                let r = ranks(Factorization::Cp)[0];
                let least = CpPlan::plans().iter().map(|p| p.cost(&shape, r)).min().unwrap();
                assert_eq!(CpPlan::cheapest(&shape, r).cost(&shape, r), least);
                let r = ranks(Factorization::TensorTrain);
                let least = TrainPlan::plans().iter().map(|p| p.cost(&shape, &r)).min().unwrap();
                assert_eq!(TrainPlan::cheapest(&shape, &r).cost(&shape, &r), least);
            }
        }
    }
}

/// Costs by hand, and the ends: low ranks stay factorised, full ones do not; one sample does not pay for expanding the core.
#[test]
fn costs_are_counted_as_on_paper() {
    let shape = SpectralShape { modes: vec![10, 6], batch: 4, in_channels: 8, out_channels: 7 };
    let ranks = [3, 2, 5, 4];
    let plan =
        TuckerPlan { input: ChannelFactor::Spectrum, output: ChannelFactor::Core, order: vec![1, 0, 3] };
    // Core 3x2x5x4 -> 3x6x5x4 -> 10x6x5x4 -> 10x6x5x7, then x U_in and the product.
    let core = 3 * 2 * 5 * 4 * 6 + 3 * 6 * 5 * 4 * 10 + 10 * 6 * 5 * 4 * 7;
    assert_eq!(plan.cost(&shape, &ranks), core + 60 * 4 * 8 * 5 + 60 * 4 * 5 * 7);
    assert_eq!(TuckerPlan::plans(2).len(), 2 + 6 + 6 + 24);
    assert_eq!(CpPlan::Components.cost(&shape, 9), (10 + 60) * 9 + 60 * 4 * 9 + 60 * 4 * 9 * (8 + 7));
    assert_eq!(CpPlan::Reconstruct.cost(&shape, 9), (10 + 60) * 9 + 9 * 56 + 60 * 9 * 56 + 60 * 4 * 56);
    let train =
        TrainPlan { modes: sobolev_kernels::contract::ChainEnd::Last, channels: TrainChannels::Project };
    // Ranks r1 = 3, r2 = 2, r3 = 5.
    let cost = 2 * 10 * 5 * 6 + 60 * 3 * 7 * 2 + 60 * 4 * (8 * 3 + 3 * 7);
    assert_eq!(train.cost(&shape, &[1, 3, 2, 5, 1]), cost);

    let many = SpectralShape { batch: 10_000, ..shape.clone() };
    let places = |shape: &SpectralShape, ranks: &[usize]| {
        let plan = TuckerPlan::cheapest(shape, ranks);
        (plan.input, plan.output)
    };
    assert_eq!(places(&many, &[3, 2, 2, 7]), (ChannelFactor::Spectrum, ChannelFactor::Core));
    assert_eq!(places(&many, &[3, 2, 8, 2]), (ChannelFactor::Core, ChannelFactor::Spectrum));
    let one = SpectralShape { batch: 1, in_channels: 64, out_channels: 64, ..shape.clone() };
    assert_eq!(places(&one, &[3, 2, 4, 4]), (ChannelFactor::Spectrum, ChannelFactor::Spectrum));
    // The components are scaled where they are fewest: 7 output channels, 8 input channels, or one sample.
    assert_eq!(CpPlan::cheapest(&many, 2), CpPlan::FoldOutput);
    assert_eq!(CpPlan::cheapest(&one, 2), CpPlan::Components);
    assert!(TuckerPlan::cheapest(&many, &[10, 6, 8, 7]).reconstructs());
    assert_eq!(CpPlan::cheapest(&many, 200), CpPlan::Reconstruct);
}
