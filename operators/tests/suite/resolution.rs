//! One operator on many grids.

use std::f64::consts::TAU;

use burn::tensor::Tensor;
use sobolev_kernels::rng;
use sobolev_operators::fno::{BlockConfig, Embedding, SpectralConvs, WeightConfig};
use sobolev_operators::layers::Draws;
use sobolev_operators::{Activation, FnoConfig, Operator};

use super::support::{difference, plain, tensor, to_f64, unflatten, values};

/// cos(2π k·x + phase) on a grid, as a field of one channel.
fn mode(k: &[i32], size: &[usize], phase: f64) -> Vec<f64> {
    let points: usize = size.iter().product();
    (0..points)
        .map(|p| {
            let mut angle = phase;
            let mut rest = p;
            for axis in (0..size.len()).rev() {
                angle += TAU * f64::from(k[axis]) * (rest % size[axis]) as f64 / size[axis] as f64;
                rest /= size[axis];
            }
            angle.cos()
        })
        .collect()
}

/// One layer on two channels whose weight is the identity at every mode.
fn identity(n_modes: &[usize]) -> SpectralConvs {
    let device = plain();
    let convs =
        SpectralConvs::new(&WeightConfig::default(), 1, 2, n_modes, n_modes, &mut Draws::new(0, &device))
            .unwrap();
    let modes: usize = FnoConfig::kept_modes(n_modes).iter().product();
    let eye = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let theta: Vec<f64> = (0..modes).flat_map(|_| eye).chain([0.0, 0.0]).collect();
    unflatten(&convs, &theta, &device)
}

fn field(k: &[i32], size: &[usize]) -> Tensor<3> {
    let both = [mode(k, size, 0.3), mode(k, size, 1.1)].concat();
    tensor(both, [1, 2, size.iter().product()], &plain())
}

#[test]
fn a_mode_stays_where_it_is_on_every_grid() {
    let cases: [(&[i32], &[usize]); 5] = [
        (&[-3], &[16]),
        (&[2], &[15]),
        (&[-3, 2], &[16, 18]),
        (&[-3, 2], &[15, 17]),
        (&[-3, 2, -1], &[14, 15, 16]),
    ];
    for (k, size) in cases {
        let convs = identity(&size.iter().map(|n| n - 2).collect::<Vec<_>>());
        let twice: Vec<usize> = size.iter().map(|n| 2 * n).collect();
        let half: Vec<usize> = size.iter().map(|n| n / 2).collect();
        let odd: Vec<usize> = size.iter().map(|n| n + 3).collect();
        for other in [&twice, &half, &odd] {
            let here = difference(convs.forward(0, field(k, other), other), field(k, other));
            assert!(here < 1e-13, "k = {k:?} on {other:?}: {here:e}");
            let across = difference(convs.forward_onto(0, field(k, size), size, other), field(k, other));
            assert!(across < 1e-13, "k = {k:?} from {size:?} to {other:?}: {across:e}");
        }
    }
}

/// A real trigonometric polynomial with |k_j| <= 2.
fn smooth(channels: usize, size: &[usize]) -> Vec<f64> {
    let mut out = Vec::new();
    for c in 0..channels {
        let mut field = vec![0.0; size.iter().product()];
        let weights = rng::normals(&mut rng::stream(9, c as u64), 250);
        for index in 0..5usize.pow(size.len() as u32) {
            let k: Vec<i32> =
                (0..size.len() as u32).map(|j| (index / 5usize.pow(j) % 5) as i32 - 2).collect();
            for (f, m) in field.iter_mut().zip(mode(&k, size, weights[125 + index])) {
                *f += weights[index] * m;
            }
        }
        out.extend(field);
    }
    out
}

/// A linear operator maps band-limited fields to band-limited fields: values on a grid are those on the twice finer grid at the
/// common points, whatever the weights.
#[test]
fn a_linear_operator_does_not_see_the_grid() {
    let block = BlockConfig { activation: Activation::Identity, ..BlockConfig::default() };
    for weights in [
        WeightConfig::default(),
        WeightConfig::tucker(0.3).joint(),
        WeightConfig::cp(0.3),
        WeightConfig::tensor_train(0.3).joint(),
    ] {
        for (n_modes, size) in
            [(vec![12], vec![9]), (vec![12, 8], vec![10, 7]), (vec![6, 8, 9], vec![6, 7, 8])]
        {
            let config = FnoConfig { embedding: Embedding::None, ..FnoConfig::new(&n_modes, 6) };
            let config = config.with_block(block.clone()).with_weights(weights.clone());
            let model = to_f64(&config.init(2, 2, 1, &plain()).unwrap());
            let run = |size: &[usize]| {
                let x = tensor(smooth(2, size), [1, 2, size.iter().product()], &plain());
                values(model.forward_flat(x, size))
            };
            let fine_size: Vec<usize> = size.iter().map(|n| 2 * n).collect();
            let (coarse, fine) = (run(&size), run(&fine_size));
            let points: usize = size.iter().product();
            let scale = coarse.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
            for (i, value) in coarse.iter().enumerate() {
                let (channel, mut p) = (i / points, i % points);
                let (mut at, mut stride) = (0, 1);
                for axis in (0..size.len()).rev() {
                    at += 2 * (p % size[axis]) * stride;
                    p /= size[axis];
                    stride *= fine_size[axis];
                }
                let error = (value - fine[channel * stride + at]).abs() / scale;
                assert!(error < 1e-12, "{weights} on {size:?}: {error:e}");
            }
        }
    }
}

#[test]
fn fewer_modes_use_the_weights_of_the_low_wavenumbers() {
    for weights in [
        WeightConfig::default(),
        WeightConfig::tucker(0.5),
        WeightConfig::cp(0.3),
        WeightConfig::tensor_train(0.5),
    ] {
        let device = plain();
        let (n, max) = ([4, 5], [9, 10]);
        let all = SpectralConvs::new(&weights, 1, 2, &max, &max, &mut Draws::new(2, &device)).unwrap();
        let all = to_f64(&all);
        let mut few = all.clone();
        few.set_n_modes(&n).unwrap();
        let size = [16, 15];
        for (k, inside) in
            [([0, 0], true), ([-1, 2], true), ([1, 1], true), ([-3, 1], false), ([1, 4], false)]
        {
            let x = field(&k, &size);
            let y = few.forward(0, x.clone(), &size);
            if inside {
                let error = difference(y, all.forward(0, x, &size));
                assert!(error < 1e-12, "{weights}, k = {k:?}: {error:e}");
            } else {
                let largest = values(y).iter().fold(0.0, |m: f64, v| m.max(v.abs()));
                assert!(largest < 1e-14, "{weights}, k = {k:?}: {largest:e} of a mode that is not in use");
            }
        }
        assert!(
            few.set_n_modes(&[10, 5]).is_err()
                && few.set_n_modes(&[4]).is_err()
                && few.set_n_modes(&[0, 4]).is_err()
        );
    }
}

#[test]
fn all_sizes_down_to_a_single_point_run() {
    let model =
        FnoConfig { domain_padding: 0.1, ..FnoConfig::new(&[6, 6], 4) }.init(1, 1, 0, &plain()).unwrap();
    for size in [[1, 1], [1, 7], [2, 3], [5, 4], [12, 13]] {
        let y = model.forward(Tensor::<4>::ones([2, 1, size[0], size[1]], &plain()));
        assert_eq!(y.dims(), [2, 1, size[0], size[1]]);
        assert!(y.into_data().try_to_vec::<f32>().unwrap().iter().all(|v| v.is_finite()));
    }
}

#[test]
#[should_panic(expected = "axis `channels` of the input must be 1, is 3")]
fn a_wrong_channel_axis_is_named() {
    FnoConfig::new(&[4], 4).init(1, 1, 0, &plain()).unwrap().forward(Tensor::<3>::ones([2, 3, 8], &plain()));
}
