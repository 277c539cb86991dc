//! Decompositions against their bounds, and compressed operators.

use burn::tensor::{DType, Tensor};
use sobolev_kernels::rng;
use sobolev_operators::fno::compress::{AlsOptions, C64, ComplexTensor, cp_als, hosvd, train_svd};
use sobolev_operators::fno::{RankConfig, WeightConfig, WeightForm};
use sobolev_operators::{Error, Fno, FnoConfig, Model, ModelConfig, MultigridConfig, Operator, weights};

use super::support::{difference, flatten, plain, random, to_f64, unflatten};

/// Normal entries that fall off with the sum of the indices, so that truncation has something to keep.
fn decaying(shape: &[usize], stream: u64) -> ComplexTensor {
    let len: usize = shape.iter().product();
    let draws = rng::normals(&mut rng::stream(5, stream), 2 * len);
    let entries = draws.chunks_exact(2).enumerate().map(|(at, z)| {
        let mut rest = at;
        let sum: usize = shape
            .iter()
            .rev()
            .map(|n| {
                let i = rest % n;
                rest /= n;
                i
            })
            .sum();
        C64::new(z[0], z[1]) * (-0.6 * sum as f64).exp()
    });
    ComplexTensor::new(shape, entries.collect()).unwrap()
}

fn tail(values: &[f64], rank: usize) -> f64 {
    values.iter().skip(rank).map(|s| s * s).sum::<f64>().sqrt()
}

/// ‖A - A'‖ is what the discarded singular values of the steps say; it is below the sum over those of `A` itself, and below √n times
/// the largest tail, which no tensor of these ranks can beat.
fn assert_bounds(what: &str, error: f64, discarded: f64, norm: f64, tails: &[f64]) {
    assert!((error - discarded).abs() < 1e-13 * norm, "{what}: {error} away, {discarded} discarded");
    let together = tails.iter().map(|t| t * t).sum::<f64>().sqrt();
    let least = tails.iter().copied().fold(0.0, f64::max);
    assert!(error <= together * (1.0 + 1e-12) + 1e-13 * norm, "{what}: {error} above the bound {together}");
    assert!(error >= least * (1.0 - 1e-12) - 1e-13 * norm, "{what}: {error} below what is possible, {least}");
    assert!(
        error <= (tails.len() as f64).sqrt() * least * (1.0 + 1e-12) + 1e-13 * norm,
        "{what}: {error}, best {least}"
    );
}

#[test]
fn hosvd_meets_the_bounds_of_the_singular_values() {
    for (stream, shape) in
        [vec![6, 5, 7], vec![4, 6, 5, 3], vec![3, 4, 5, 4, 3], vec![30, 2]].iter().enumerate()
    {
        let tensor = decaying(shape, stream as u64);
        let values: Vec<Vec<f64>> = (0..shape.len()).map(|k| tensor.singular_values(k).unwrap()).collect();
        for (fixed, largest) in
            [(vec![], 1), (vec![], 2), (vec![], 3), (vec![0], 2), (vec![shape.len() - 1], 3)]
        {
            let ranks: Vec<usize> = (0..shape.len())
                .map(|k| if fixed.contains(&k) { shape[k] } else { largest.min(shape[k]) })
                .collect();
            let tucker = hosvd(&tensor, &ranks, &fixed).unwrap();
            assert_eq!(tucker.core.shape(), ranks);
            let free: Vec<usize> = (0..shape.len()).filter(|k| !fixed.contains(k)).collect();
            let tails: Vec<f64> = free.iter().map(|&k| tail(&values[k], ranks[k])).collect();
            let error = tensor.distance(&tucker.reconstruct());
            assert_bounds(&format!("{shape:?} {ranks:?}"), error, tucker.discarded, tensor.norm(), &tails);
            for k in 0..shape.len() {
                let Some(u) = &tucker.factors[k] else {
                    assert!(fixed.contains(&k));
                    continue;
                };
                for (a, b) in (0..ranks[k]).flat_map(|a| (0..ranks[k]).map(move |b| (a, b))) {
                    let dot: C64 =
                        (0..shape[k]).map(|i| u[i * ranks[k] + a].conj() * u[i * ranks[k] + b]).sum();
                    let expected = if a == b { 1.0 } else { 0.0 };
                    // [30, 2] along its first axis has two singular vectors only.
                    let known = a.max(b) < values[k].len();
                    assert!(!known || (dot - expected).norm() < 1e-13, "axis {k}: columns {a} and {b}");
                }
            }
        }
    }
}

/// After two axes have shrunk to few fibres, a third has more ranks than singular values.
#[test]
fn ranks_beyond_what_is_left_add_nothing() {
    for (shape, ranks) in [(vec![6, 5, 7], [5, 1, 2]), (vec![8, 3, 3], [8, 1, 1]), (vec![4, 6, 6], [3, 2, 1])]
    {
        let tensor = decaying(&shape, 7);
        let tucker = hosvd(&tensor, &ranks, &[]).unwrap();
        let tails: Vec<f64> = (0..3).map(|k| tail(&tensor.singular_values(k).unwrap(), ranks[k])).collect();
        let error = tensor.distance(&tucker.reconstruct());
        assert_bounds(&format!("{shape:?} {ranks:?}"), error, tucker.discarded, tensor.norm(), &tails);
    }
}

#[test]
fn a_train_meets_the_bounds_of_the_singular_values() {
    for (stream, shape) in [vec![6, 5, 7], vec![4, 6, 5, 3], vec![3, 4, 5, 4, 3]].iter().enumerate() {
        let tensor = decaying(shape, 10 + stream as u64);
        for largest in 1..=4 {
            let inner: Vec<usize> = (1..shape.len())
                .map(|k| {
                    let (rows, columns): (usize, usize) =
                        (shape[..k].iter().product(), shape[k..].iter().product());
                    largest.min(rows).min(columns)
                })
                .collect();
            let ranks = [&[1], &inner[..], &[1]].concat();
            let train = train_svd(&tensor, &ranks).unwrap();
            let tails: Vec<f64> = (1..shape.len())
                .map(|k| {
                    let rows = shape[..k].iter().product::<usize>();
                    let columns = tensor.entries().len() / rows;
                    let matrix = ComplexTensor::new(&[rows, columns], tensor.entries().to_vec()).unwrap();
                    tail(&matrix.singular_values(0).unwrap(), ranks[k])
                })
                .collect();
            let error = tensor.distance(&train.reconstruct());
            assert_bounds(&format!("{shape:?} {ranks:?}"), error, train.discarded, tensor.norm(), &tails);
        }
    }
}

#[test]
fn full_ranks_and_more_are_exact() {
    let tensor = decaying(&[4, 5, 6], 20);
    let tucker = hosvd(&tensor, &[4, 5, 6], &[]).unwrap();
    assert!(tensor.distance(&tucker.reconstruct()) < 1e-13 * tensor.norm());
    for ranks in [[1, 4, 6, 1], [1, 9, 8, 1]] {
        let train = train_svd(&tensor, &ranks).unwrap();
        assert!(tensor.distance(&train.reconstruct()) < 1e-13 * tensor.norm(), "{ranks:?}");
        assert!(train.cores[2].entries().iter().chain(train.cores[0].entries()).all(|z| z.is_finite()));
    }
}

/// Known values down to 10⁻¹² of the largest, which the eigenvalues of `A A^H` would lose.
#[test]
fn singular_values_are_accurate_over_their_whole_range() {
    let (rows, columns): (usize, usize) = (8, 3000);
    let wave = |n: usize, k: usize, i: usize| {
        C64::from_polar(1.0 / (n as f64).sqrt(), std::f64::consts::TAU * (k * i) as f64 / n as f64)
    };
    let exact: Vec<f64> = (0..rows).map(|k| 10.0_f64.powf(-12.0 * k as f64 / 7.0)).collect();
    let entry = |i: usize, j: usize| {
        (0..rows).map(|k| exact[k] * wave(rows, k, i) * wave(columns, 3 * k, j).conj()).sum()
    };
    for transposed in [false, true] {
        let entries: Vec<C64> = if transposed {
            (0..columns).flat_map(|j| (0..rows).map(move |i| (i, j))).map(|(i, j)| entry(i, j)).collect()
        } else {
            (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect()
        };
        let shape = if transposed { [columns, rows] } else { [rows, columns] };
        let tensor = ComplexTensor::new(&shape, entries).unwrap();
        for axis in 0..2 {
            let values = tensor.singular_values(axis).unwrap();
            for (k, (value, exact)) in values.iter().zip(&exact).enumerate() {
                assert!((value - exact).abs() < 1e-14, "value {k} along {axis}: {value:e}, not {exact:e}");
            }
        }
    }
}

/// `cargo nextest run -p sobolev-operators --features lapack lapack`
#[cfg(feature = "lapack")]
#[test]
fn singular_values_are_those_of_lapack() {
    for (stream, shape) in
        [vec![6, 5, 7], vec![4, 6, 5, 3], vec![40, 3], vec![16, 16, 8, 5]].iter().enumerate()
    {
        let tensor = decaying(shape, 40 + stream as u64);
        for axis in 0..shape.len() {
            let (ours, theirs) =
                (tensor.singular_values(axis).unwrap(), tensor.lapack_singular_values(axis).unwrap());
            assert_eq!(ours.len(), theirs.len());
            for (a, b) in ours.iter().zip(&theirs) {
                assert!((a - b).abs() < 1e-14 * ours[0], "{shape:?} along {axis}: {a} and {b}");
            }
        }
    }
}

#[test]
fn least_squares_find_a_sum_of_products() {
    let (shape, rank) = ([7, 6, 5, 4], 4);
    let factors: Vec<Vec<C64>> = shape
        .iter()
        .enumerate()
        .map(|(k, n)| {
            let draws = rng::normals(&mut rng::stream(9, k as u64), 2 * n * rank);
            draws.chunks_exact(2).map(|z| C64::new(z[0], z[1])).collect()
        })
        .collect();
    let mut entries = Vec::new();
    for at in 0..shape.iter().product() {
        let mut rest: usize = at;
        let index: Vec<usize> = shape
            .iter()
            .rev()
            .map(|n| {
                let i = rest % n;
                rest /= n;
                i
            })
            .collect();
        let term = |r: usize| (0..4).map(|k| factors[k][index[3 - k] * rank + r]).product::<C64>();
        entries.push((0..rank).map(term).sum());
    }
    let tensor = ComplexTensor::new(&shape, entries).unwrap();
    let options = AlsOptions { sweeps: 500, tolerance: 1e-12, seed: 0 };
    let found = cp_als(&tensor, rank, &options).unwrap();
    assert!(
        found.distance < 1e-6 * tensor.norm(),
        "{} after {} sweeps",
        found.distance / tensor.norm(),
        found.sweeps
    );
    // One component too few leaves something; more than any axis is long still fit.
    assert!(cp_als(&tensor, rank - 1, &options).unwrap().distance > 1e-2 * tensor.norm());
    let more = cp_als(&tensor, 12, &options).unwrap();
    assert!(more.distance < 1e-4 * tensor.norm(), "{}", more.distance / tensor.norm());
}

/// For matrices the best sum of products is known: the singular values beyond the rank are what is left.
#[test]
fn least_squares_of_a_matrix_reach_the_best() {
    let matrix = decaying(&[9, 12], 30);
    let values = matrix.singular_values(0).unwrap();
    for rank in [1, 3, 6] {
        let found = cp_als(&matrix, rank, &AlsOptions { sweeps: 300, tolerance: 1e-13, seed: 0 }).unwrap();
        let best = tail(&values, rank);
        assert!((found.distance / best - 1.0).abs() < 1e-6, "rank {rank}: {} of {best}", found.distance);
        assert!((matrix.distance(&found.reconstruct(&[9, 12])) - found.distance).abs() < 1e-13);
    }
}

/// Every sweep ends lower than the one before.
#[test]
fn least_squares_descend() {
    let tensor = decaying(&[6, 7, 5], 31);
    let after =
        |sweeps| cp_als(&tensor, 5, &AlsOptions { sweeps, tolerance: 0.0, seed: 1 }).unwrap().distance;
    let distances: Vec<f64> = (1..12).map(after).collect();
    for pair in distances.windows(2) {
        assert!(pair[1] <= pair[0] * (1.0 + 1e-9), "{distances:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    let bad = ComplexTensor::new(&[2, 1], vec![C64::new(1.0, 0.0), C64::new(f64::NAN, 0.0)]);
    assert!(matches!(bad, Err(Error::Decomposition { reason }) if reason.contains("entry 1")));
    assert!(matches!(
        ComplexTensor::new(&[2, 2], vec![C64::new(1.0, 0.0)]),
        Err(Error::Decomposition { .. })
    ));
    let zero = ComplexTensor::new(&[3, 3], vec![C64::new(0.0, 0.0); 9]).unwrap();
    assert_eq!(hosvd(&zero, &[1, 1], &[]).unwrap().discarded, 0.0);
    assert_eq!(cp_als(&zero, 2, &AlsOptions::default()).unwrap().distance, 0.0);
}

fn operator(weights: WeightConfig) -> Fno {
    let config = FnoConfig::new(&[5, 6], 6).with_n_layers(3).with_weights(weights);
    to_f64(&config.init(1, 1, 3, &plain()).unwrap())
}

fn predict(model: &Fno) -> Tensor<3> {
    model.forward_flat(random(8, [2, 1, 80]), &[8, 10])
}

fn targets() -> Vec<WeightConfig> {
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    vec![
        WeightConfig::tucker(0.3),
        WeightConfig::tucker(0.3).joint(),
        WeightConfig::tucker(0.3).joint().fixed(&[0]),
        each(&[2, 4, 5, 3, 2], WeightConfig::tucker(0.3).joint()),
        WeightConfig::cp(0.2),
        WeightConfig::cp(0.2).joint(),
        WeightConfig::tensor_train(0.3),
        WeightConfig::tensor_train(0.3).joint(),
    ]
}

/// The error that is reported is that of the weights which the model has, layer by layer, entry by entry.
#[test]
fn the_reported_error_is_that_of_the_weights() {
    for target in targets() {
        for separable in [false, true] {
            let target = if separable {
                WeightConfig { rank: RankConfig::Fraction(0.4), ..target.clone().separable() }
            } else {
                target.clone()
            };
            let from = WeightConfig { separable, ..WeightConfig::default() };
            let model = operator(from);
            let (small, report) = model.compress(&target, &AlsOptions::default()).unwrap();
            let kept = FnoConfig::kept_modes(&[5, 6]);
            let (mut error, mut norm) = (0.0, 0.0);
            for layer in 0..3 {
                let (a, b) = (
                    model.convs().weight(layer).reconstruct(layer, &kept),
                    small.convs().weight(layer).reconstruct(layer, &kept),
                );
                let sum = |t: Tensor<4>| t.square().sum().into_data().iter::<f64>().next().unwrap();
                error += sum(a.clone() - b);
                norm += sum(a);
            }
            let measured = (error / norm).sqrt();
            assert!(
                (measured - report.weight_error).abs() < 1e-7,
                "{target}: {measured} {}",
                report.weight_error
            );
            assert!(measured > 0.05 && measured < 0.95, "{target}: random weights lose {measured}");
            assert_eq!(small.config().weights, target);
            assert_eq!(report.spectral_parameters[1], small.convs().spectral_parameters());
            assert!(report.spectral_parameters[1] < report.spectral_parameters[0]);
            let rest = |m: &Fno| m.n_parameters() - m.convs().spectral_parameters();
            assert_eq!(rest(&small), rest(&model));
        }
    }
}

/// At full rank nothing is lost, and back again.
#[test]
fn full_rank_gives_the_same_operator() {
    let model = operator(WeightConfig::default());
    let exact = predict(&model);
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    for target in [
        each(&[6, 6, 5, 4], WeightConfig::tucker(0.1)),
        each(&[3, 6, 6, 5, 4], WeightConfig::tucker(0.1).joint()),
        WeightConfig { fixed: vec![0, 1, 2, 3], ..WeightConfig::tucker(0.9) },
        each(&[6, 20, 4], WeightConfig::tensor_train(0.1)),
        each(&[3, 18, 20, 4], WeightConfig::tensor_train(0.1).joint()),
        // More than the unfoldings have.
        each(&[8, 25, 6], WeightConfig::tensor_train(0.1)),
    ] {
        let (same, report) = model.compress(&target, &AlsOptions::default()).unwrap();
        assert!(report.weight_error < 1e-14, "{target}: {}", report.weight_error);
        assert!(difference(predict(&same), exact.clone()) < 1e-12, "{target}");
        let (back, _) = same.compress(&WeightConfig::default(), &AlsOptions::default()).unwrap();
        assert!(difference(predict(&back), exact.clone()) < 1e-12, "{target} and back");
    }
}

/// A weight that has few ranks is found in another form of as few: Tucker per layer in the joint tensor with the layers whole.
#[test]
fn low_ranks_are_found() {
    let each =
        |ranks: &[usize], form: WeightConfig| WeightConfig { rank: RankConfig::Each(ranks.to_vec()), ..form };
    let model = operator(each(&[2, 2, 3, 2, 2], WeightConfig::tucker(0.1).joint()));
    for target in [
        each(&[2, 3, 2, 2], WeightConfig::tucker(0.1)),
        each(&[3, 2, 3, 2, 2], WeightConfig::tucker(0.1).joint().fixed(&[0])),
    ] {
        let (same, report) = model.compress(&target, &AlsOptions::default()).unwrap();
        assert!(report.weight_error < 1e-13, "{target}: {}", report.weight_error);
        assert!(difference(predict(&same), predict(&model)) < 1e-12, "{target}");
    }
}

/// Fewer modes in use than allocated: all of them are compressed, and the model goes on with those in use.
#[test]
fn modes_that_are_not_in_use_are_kept() {
    let mut model = operator(WeightConfig::default());
    model.set_n_modes(&[3, 4]).unwrap();
    let full = WeightConfig { rank: RankConfig::Each(vec![6, 6, 5, 4]), ..WeightConfig::tucker(0.1) };
    let (mut same, _) = model.compress(&full, &AlsOptions::default()).unwrap();
    assert!(difference(predict(&same), predict(&model)) < 1e-12);
    model.set_n_modes(&[5, 6]).unwrap();
    same.set_n_modes(&[5, 6]).unwrap();
    assert!(difference(predict(&same), predict(&model)) < 1e-12);
}

#[test]
fn a_compressed_model_is_a_model() {
    let config = FnoConfig::new(&[5, 6], 6).with_n_layers(2);
    let model = ModelConfig::Fno(config).init(1, 1, 3, &plain()).unwrap();
    let (small, _) = model.compress(&WeightConfig::tucker(0.3).joint(), &AlsOptions::default()).unwrap();
    assert!(matches!(small, Model::Tfno(_)));
    assert!(small.n_parameters() < model.n_parameters());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    weights::save(&small, &path).unwrap();
    let loaded = weights::load(&path, &plain()).unwrap();
    assert_eq!(flatten(&loaded), flatten(&small));
    let (dense, _) = small.compress(&WeightConfig::default(), &AlsOptions::default()).unwrap();
    assert!(matches!(dense, Model::Fno(_)) && dense.n_parameters() == model.n_parameters());
    // Single precision comes back as single precision.
    let x = Tensor::<3>::ones([1, 1, 80], &plain());
    assert_eq!(small.forward_flat(x, &[8, 10]).dtype(), DType::F32);
}

/// The operator on patches is what is compressed; the decomposition stays.
#[test]
fn a_decomposed_operator_is_compressed_inside() {
    let inner = ModelConfig::Fno(FnoConfig::new(&[5, 6], 6).with_n_layers(2));
    let config = ModelConfig::Multigrid(MultigridConfig::new(1, inner).with_padding(0.125));
    let model = to_f64(&config.init(1, 1, 3, &plain()).unwrap());
    let x = || random(8, [2, 1, 256]);
    let exact = WeightConfig { rank: RankConfig::Each(vec![6, 6, 5, 4]), ..WeightConfig::tucker(0.1) };
    let (same, _) = model.compress(&exact, &AlsOptions::default()).unwrap();
    assert!(difference(same.forward_flat(x(), &[16, 16]), model.forward_flat(x(), &[16, 16])) < 1e-12);
    let (small, report) = model.compress(&WeightConfig::cp(0.1), &AlsOptions::default()).unwrap();
    assert_eq!(report.spectral_parameters[1], small.fourier().unwrap().convs().spectral_parameters());
    let ModelConfig::Multigrid(config) = small.config() else { panic!("{}", small.config()) };
    assert!(matches!(&*config.inner, ModelConfig::Tfno(inner) if inner.0.weights == WeightConfig::cp(0.1)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    weights::save(&small, &path).unwrap();
    let other = to_f64(&small.spec().init(4, &plain()).unwrap());
    assert_eq!(flatten(&weights::load_into(other, &path).unwrap()), flatten(&small));
    for name in ["ffno", "uno"] {
        let model = ModelConfig::preset(name, 2).unwrap().init(1, 1, 0, &plain()).unwrap();
        let error = model.compress(&exact, &AlsOptions::default()).unwrap_err().to_string();
        assert!(error.contains("fno or tfno") && error.contains(name), "{error}");
    }
}

#[test]
fn what_cannot_be_compressed_is_refused_in_words() {
    let model = operator(WeightConfig::default());
    let refused =
        |target: WeightConfig| model.compress(&target, &AlsOptions::default()).unwrap_err().to_string();
    assert!(refused(WeightConfig::tucker(0.3).separable()).contains("weights.separable"));
    assert!(
        refused(WeightConfig { rank: RankConfig::Each(vec![2]), ..WeightConfig::tucker(0.3) })
            .contains("weights.rank")
    );
    assert!(
        refused(WeightConfig { factorization: WeightForm::Dense, joint: true, ..WeightConfig::default() })
            .contains("weights.joint")
    );
    let broken = unflatten(&model, &vec![f64::NAN; flatten(&model).len()], &plain());
    let error = broken.compress(&WeightConfig::tucker(0.3), &AlsOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Decomposition { .. }), "{error}");
}
