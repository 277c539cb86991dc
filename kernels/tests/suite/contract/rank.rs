//! Ranks, parameter counts and the scale of the factors.

use sobolev_kernels::contract::Factorization::{Cp, TensorTrain, Tucker};
use sobolev_kernels::contract::{Factorization, Rank, SpectralShape, cp, tensor_train, tucker};
use sobolev_kernels::{Complex, Error, rng};

const PER_LAYER: [usize; 4] = [64, 64, 64, 33];
const JOINT: [usize; 5] = [8, 64, 64, 32, 32];

/// Values of TensorLy and of the paper's configurations.
#[test]
fn ranks_are_those_of_the_reference() {
    let ranks =
        |form: Factorization, shape: &[usize], f: f64| form.ranks(shape, &Rank::Fraction(f), &[]).unwrap();
    assert_eq!(ranks(Tucker, &PER_LAYER, 0.1), [36, 36, 36, 19]);
    assert_eq!(ranks(Cp, &PER_LAYER, 0.1), [3845]);
    assert_eq!(ranks(TensorTrain, &PER_LAYER, 0.1), [1, 87, 87, 66, 1]);
    assert_eq!(ranks(Tucker, &JOINT, 0.42), [7, 54, 54, 27, 27]);
    assert_eq!(ranks(Tucker, &JOINT, 1.0 / 150.0), [3, 23, 23, 12, 12]);
    assert_eq!(ranks(Cp, &JOINT, 1.0 / 75.0), [2237]);
    assert_eq!(ranks(Cp, &JOINT, 1.0 / 150.0), [1118]);
}

/// Real parameters are twice the complex entries.
#[test]
fn parameter_counts_are_those_of_the_reference() {
    let real = |form: Factorization, shape: &[usize], ranks: &[usize]| 2 * form.parameters(shape, ranks, &[]);
    assert_eq!(2 * JOINT.iter().product::<usize>(), 67_108_864);
    assert_eq!(real(Cp, &JOINT, &[2237]), 899_274);
    assert_eq!(real(Cp, &JOINT, &[1118]), 449_436);
    assert_eq!(real(Tucker, &JOINT, &[3, 23, 23, 12, 12]), 464_528);
    assert_eq!(real(Tucker, &PER_LAYER, &[36, 36, 36, 19]), 1_788_006);
    // By hand from the formulas: 7*54*54*27*27 + 8*7 + 2*64*54 + 2*32*27, and so on.
    assert_eq!(real(Tucker, &JOINT, &[7, 54, 54, 27, 27]), 29_778_088);
    assert_eq!(real(Cp, &PER_LAYER, &[3845]), 2 * 3845 * (1 + 64 + 64 + 64 + 33));
    assert_eq!(
        real(TensorTrain, &PER_LAYER, &[1, 87, 87, 66, 1]),
        2 * (64 * 87 + 87 * 64 * 87 + 87 * 64 * 66 + 66 * 33)
    );
    assert_eq!(TensorTrain.parameters(&[3, 4, 5], &[1, 2, 6, 1], &[]), 3 * 2 + 2 * 4 * 6 + 6 * 5);
    // A fixed axis has no factor.
    assert_eq!(Tucker.parameters(&[3, 4, 5], &[3, 2, 2], &[0]), 3 * 2 * 2 + 4 * 2 + 5 * 2);
}

/// One tensor for four layers of 64 channels and 64 x 64 modes, as this library stores it: the layers alone on the first axis,
/// 64 rows of wavenumbers and 33 columns. The reference of the paper kept four corners of the half spectrum, two for each layer,
/// of 32 x 32: twice the first axis, half the third, and one column less.
#[test]
fn ranks_of_the_joint_tensor_of_this_library() {
    let ours = [4, 64, 64, 64, 33];
    let at = |form: Factorization, f: f64, fixed: &[usize]| {
        let ranks = form.ranks(&ours, &Rank::Fraction(f), fixed).unwrap();
        (2 * form.parameters(&ours, &ranks, fixed), ranks)
    };
    assert_eq!(2 * ours.iter().product::<usize>(), 69_206_016);
    assert_eq!(at(Tucker, 0.42, &[]), (26_476_560, vec![3, 54, 54, 54, 28]));
    assert_eq!(at(Tucker, 1.0 / 75.0, &[]), (1_113_556, vec![2, 27, 27, 27, 14]));
    // One layer's weight is then a multiple of another's: the fixed axis is the better use of as many parameters.
    assert_eq!(at(Tucker, 1.0 / 150.0, &[]), (301_640, vec![1, 23, 23, 23, 12]));
    assert_eq!(at(Tucker, 1.0 / 75.0, &[0]), (946_198, vec![4, 22, 22, 22, 11]));
    assert_eq!(at(Tucker, 1.0 / 150.0, &[0]), (427_410, vec![4, 18, 18, 18, 9]));
    assert_eq!(at(Cp, 1.0 / 75.0, &[]), (926_900, vec![2015]));
    assert_eq!(at(Cp, 1.0 / 150.0, &[]), (463_220, vec![1007]));
    assert_eq!(at(TensorTrain, 1.0 / 75.0, &[]), (920_516, vec![1, 30, 56, 56, 42, 1]));
    assert_eq!(at(TensorTrain, 1.0 / 150.0, &[]), (468_068, vec![1, 21, 40, 40, 30, 1]));
}

/// The number of parameters is the fraction asked for, up to the rounding of the ranks.
#[test]
fn fractions_are_met() {
    let shape = [64, 48, 32, 32, 17];
    let dense: usize = shape.iter().product();
    for form in [Tucker, Cp, TensorTrain] {
        for fraction in [0.01, 0.1, 0.5] {
            let ranks = form.ranks(&shape, &Rank::Fraction(fraction), &[]).unwrap();
            let got = form.parameters(&shape, &ranks, &[]) as f64 / dense as f64;
            assert!((got / fraction - 1.0).abs() < 0.15, "{form:?} {fraction}: {got} with {ranks:?}");
        }
    }
}

#[test]
fn fixed_modes_keep_their_length() {
    let ranks = Tucker.ranks(&JOINT, &Rank::Fraction(0.1), &[0, 3]).unwrap();
    assert_eq!((ranks[0], ranks[3]), (8, 32));
    let dense: usize = JOINT.iter().product();
    let got = Tucker.parameters(&JOINT, &ranks, &[0, 3]) as f64 / dense as f64;
    assert!((got - 0.1).abs() < 0.01, "{got} with {ranks:?}");
    assert_eq!(Tucker.ranks(&[4, 5, 6], &Rank::Fixed(2), &[1]).unwrap(), [2, 5, 2]);
}

#[test]
fn ranks_by_hand() {
    assert_eq!(Tucker.ranks(&[4, 5], &Rank::PerMode(vec![2, 3]), &[]).unwrap(), [2, 3]);
    assert_eq!(Cp.ranks(&[4, 5], &Rank::Fixed(3), &[]).unwrap(), [3]);
    assert_eq!(TensorTrain.ranks(&[4, 5, 6], &Rank::Fixed(3), &[]).unwrap(), [1, 3, 3, 1]);
    assert_eq!(TensorTrain.ranks(&[4, 5, 6], &Rank::PerMode(vec![2, 3]), &[]).unwrap(), [1, 2, 3, 1]);
    assert_eq!(TensorTrain.ranks(&[4, 5, 6], &Rank::PerMode(vec![1, 2, 3, 1]), &[]).unwrap(), [1, 2, 3, 1]);
    // A tiny fraction leaves rank one everywhere.
    assert_eq!(Tucker.ranks(&[8, 8], &Rank::Fraction(1e-6), &[]).unwrap(), [1, 1]);
    // Two inner ranks of one are not outer ranks.
    assert_eq!(TensorTrain.ranks(&[4, 5, 6], &Rank::PerMode(vec![1, 1]), &[]).unwrap(), [1, 1, 1, 1]);
}

#[test]
fn absurd_ranks_are_errors() {
    let nan = Tucker.ranks(&[4, 4], &Rank::Fraction(f64::NAN), &[]);
    assert!(matches!(nan, Err(Error::RankFraction(_))));
    assert_eq!(Cp.ranks(&[4, 4], &Rank::Fraction(-1.0), &[]), Err(Error::RankFraction(-1.0)));
    assert_eq!(Cp.ranks(&[4, 4], &Rank::Fixed(0), &[]), Err(Error::RankZero { index: 0 }));
    assert!(matches!(Cp.ranks(&[4, 4], &Rank::PerMode(vec![2, 2]), &[]), Err(Error::RankCount { .. })));
    assert!(matches!(Tucker.ranks(&[4, 4], &Rank::PerMode(vec![2]), &[]), Err(Error::RankCount { .. })));
    assert!(matches!(
        TensorTrain.ranks(&[4, 4, 4], &Rank::PerMode(vec![2, 3, 2]), &[]),
        Err(Error::RankCount { .. })
    ));
    let large = Tucker.ranks(&[4, 4], &Rank::PerMode(vec![2, 5]), &[]);
    assert_eq!(large, Err(Error::RankTooLarge { form: "Tucker", index: 1, rank: 5, limit: 4 }));
    assert!(matches!(Cp.ranks(&[4, 6], &Rank::Fixed(5), &[]), Err(Error::RankTooLarge { limit: 4, .. })));
    assert!(matches!(
        TensorTrain.ranks(&[4, 6], &Rank::Fixed(5), &[]),
        Err(Error::RankTooLarge { limit: 4, .. })
    ));
    assert!(matches!(Tucker.ranks(&[4, 4], &Rank::Fraction(1e3), &[]), Err(Error::RankTooLarge { .. })));
    assert!(matches!(Tucker.ranks(&[4, 0], &Rank::Fixed(1), &[]), Err(Error::TensorShape { .. })));
    assert!(matches!(
        TensorTrain.ranks(&[4], &Rank::Fixed(1), &[]),
        Err(Error::TensorShape { least: 2, .. })
    ));
    assert!(matches!(Tucker.ranks(&[4, 4], &Rank::Fixed(1), &[2]), Err(Error::FixedMode { mode: 2, .. })));
    assert!(matches!(Cp.ranks(&[4, 4], &Rank::Fixed(1), &[0]), Err(Error::FixedMode { mode: 0, .. })));
}

/// Complex normal entries with `E|z|² = std²`.
fn normal(len: usize, std: f64, stream: u64) -> Vec<Complex<f64>> {
    let s = std / 2.0_f64.sqrt();
    rng::normals(&mut rng::stream(11, stream), 2 * len)
        .chunks_exact(2)
        .map(|z| Complex::new(s * z[0], s * z[1]))
        .collect()
}

/// The mean square of the reconstruction is `sigma²`, averaged over draws: an entry has heavy tails and shares factors with its
/// neighbours, so the mean over `DRAWS` tensors is what has a small error.
#[test]
fn the_reconstructed_weight_has_the_standard_deviation_asked_for() {
    const DRAWS: u64 = 48;
    let sigma = 0.125;
    let shape = SpectralShape { modes: vec![12, 7], batch: 1, in_channels: 16, out_channels: 16 };
    for form in [Tucker, Cp, TensorTrain] {
        let full = shape.weight(form);
        let ranks = form.ranks(&full, &Rank::Fraction(0.25), &[]).unwrap();
        let std = form.factor_std(full.len(), &ranks, sigma);
        let mut mean_square = 0.0;
        for draw in 0..DRAWS {
            let factor = |k: usize, len: usize| normal(len, std, 16 * draw + k as u64);
            let dense = match form {
                Tucker => {
                    let factors: Vec<_> = (0..4).map(|k| factor(k, full[k] * ranks[k])).collect();
                    let views: Vec<_> = factors.iter().map(|f| Some(f.as_slice())).collect();
                    tucker::reconstruct(&factor(9, ranks.iter().product()), &views, &shape, &ranks)
                }
                Cp => {
                    let factors: Vec<_> = (0..4).map(|k| factor(k, full[k] * ranks[0])).collect();
                    let views: Vec<_> = factors.iter().map(Vec::as_slice).collect();
                    cp::reconstruct(&vec![Complex::new(1.0, 0.0); ranks[0]], &views, &shape)
                }
                TensorTrain => {
                    let cores: Vec<_> =
                        (0..4).map(|k| factor(k, ranks[k] * full[k] * ranks[k + 1])).collect();
                    let views: Vec<_> = cores.iter().map(Vec::as_slice).collect();
                    tensor_train::reconstruct(&views, &shape, &ranks)
                }
            };
            mean_square +=
                dense.iter().map(|z| z.norm_sqr()).sum::<f64>() / (dense.len() as u64 * DRAWS) as f64;
        }
        let ratio = mean_square.sqrt() / sigma;
        assert!(
            (ratio - 1.0).abs() < 0.06,
            "{form:?}: standard deviation {ratio:.4} times the target, ranks {ranks:?}"
        );
    }
}
