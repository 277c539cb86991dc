//! Factorised Fourier neural operators.

use std::f64::consts::TAU;

use sobolev_operators::fno::Embedding;
use sobolev_operators::layers::{ChannelMlp, Draws, Parametrization};
use sobolev_operators::{Activation, Error, FfnoConfig, ModelConfig, Operator};

use super::support::{
    check_gradients, difference, flatten, learn_noise, plain, random, round_trip, tensor, to_f64, unflatten,
    values,
};

/// Smooth, so that differences converge.
fn base(n_modes: &[usize]) -> FfnoConfig {
    FfnoConfig { activation: Activation::Gelu, ..FfnoConfig::new(n_modes, 4).with_n_layers(2) }
}

#[test]
fn gradients_are_those_of_differences() {
    let check = |name, config: &FfnoConfig, size: &[usize]| {
        check_gradients(name, &config.init(2, 1, 7, &plain()).unwrap(), size);
    };
    check("1D", &base(&[6]), &[9]);
    check("2D", &base(&[3, 4]), &[5, 6]);
    check("3D", &base(&[2, 3, 4]), &[3, 4, 5]);
    check("shared, weight norm", &base(&[3, 4]).shared(), &[6, 5]);
    check("fewer points than modes", &base(&[8, 7]), &[4, 3]);
    check("padding", &FfnoConfig { domain_padding: 0.2, ..base(&[3, 4]) }, &[5, 6]);
    let linear = FfnoConfig { projection_ratio: 0.0, embedding: Embedding::None, ..base(&[3, 4]) };
    check("linear projection, no coordinates", &linear, &[5, 6]);
    let lifted = FfnoConfig { lifting_ratio: 1.0, linear: Parametrization::WeightNorm, ..base(&[3, 4]) };
    check("lifting with a hidden layer", &lifted, &[5, 6]);
    // Weights of modes that are not in use have a gradient, too: zero.
    check(
        "fewer modes than allocated",
        &FfnoConfig { max_n_modes: Some(vec![5, 6]), ..base(&[3, 2]) },
        &[7, 8],
    );
}

/// The layers' convolutions against their definition: sums over the points of the lines along each axis.
#[test]
fn the_convolutions_are_those_of_the_formula() {
    let config = FfnoConfig::new(&[2, 4, 3], 3).with_n_layers(2);
    let model = to_f64(&config.init(1, 1, 5, &plain()).unwrap());
    let (size, channels) = ([5, 4, 6], 3);
    let points: usize = size.iter().product();
    let x = random(3, [2, channels, points]);
    let (field, layer) = (values(x.clone()), 1);
    let mut expected = vec![0.0; field.len()];
    for axis in 0..3 {
        let n = size[axis];
        let inner: usize = size[axis + 1..].iter().product();
        let weight = values(model.convs().weight(layer, axis));
        let modes = (config.n_modes[axis] / 2 + 1).min(n / 2 + 1);
        for b in 0..2 {
            for p in (0..points).filter(|p| (p / inner).is_multiple_of(n)) {
                for k in 0..modes {
                    let c = if k == 0 || 2 * k == n { 1.0 } else { 2.0 };
                    let angle = |i: usize| TAU * (k * i % n) as f64 / n as f64;
                    let spectrum: Vec<[f64; 2]> = (0..channels)
                        .map(|i| {
                            let at = |t: usize| field[(b * channels + i) * points + p + t * inner];
                            let sum = |f: fn(f64) -> f64| {
                                (0..n).map(|t| at(t) * f(angle(t))).sum::<f64>() / n as f64
                            };
                            [sum(f64::cos), -sum(f64::sin)]
                        })
                        .collect();
                    for o in 0..channels {
                        let (mut re, mut im) = (0.0, 0.0);
                        for (i, [x_re, x_im]) in spectrum.iter().enumerate() {
                            let at = 2 * ((k * channels + i) * channels + o);
                            let (w_re, w_im) = (weight[at], weight[at + 1]);
                            re += w_re * x_re - w_im * x_im;
                            im += w_re * x_im + w_im * x_re;
                        }
                        for t in 0..n {
                            expected[(b * channels + o) * points + p + t * inner] +=
                                c * (re * angle(t).cos() - im * angle(t).sin());
                        }
                    }
                }
            }
        }
    }
    let y = model.convs().forward(layer, x, &size);
    let error = difference(y, tensor(expected, [2, channels, points], &plain()));
    assert!(error < 1e-13, "{error:e}");
}

/// `cos(2π (k·x) + 0.3)` on a grid.
fn mode(k: &[f64], size: &[usize]) -> Vec<f64> {
    let points: usize = size.iter().product();
    let value = |p: usize| {
        let (mut angle, mut rest) = (0.3, p);
        for axis in (0..size.len()).rev() {
            angle += TAU * k[axis] * (rest % size[axis]) as f64 / size[axis] as f64;
            rest /= size[axis];
        }
        angle.cos()
    };
    (0..points).map(value).collect()
}

/// With identity weights every axis gives a resolved mode back: d times the field, on every grid.
#[test]
fn a_mode_stays_where_it_is_on_every_grid() {
    for (k, n_modes, sizes) in [
        (vec![-3.0], vec![8], vec![vec![16], vec![15], vec![33]]),
        (vec![-3.0, 2.0], vec![8, 7], vec![vec![16, 18], vec![15, 17], vec![32, 9]]),
        (vec![2.0, -1.0, -3.0], vec![6, 7, 8], vec![vec![8, 9, 10], vec![15, 7, 12]]),
    ] {
        let d = k.len();
        let config = FfnoConfig::new(&n_modes, 2).with_n_layers(1);
        let convs = config.init(1, 1, 0, &plain()).unwrap().convs().clone();
        let eye = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let theta: Vec<f64> = n_modes.iter().flat_map(|n| (0..=n / 2).flat_map(|_| eye)).collect();
        let convs = unflatten(&convs, &theta, &plain());
        for size in sizes {
            let points: usize = size.iter().product();
            let both = [mode(&k, &size), mode(&k, &size)].concat();
            let x = tensor(both, [1, 2, points], &plain());
            let error = difference(convs.forward(0, x.clone(), &size), x * d as f64);
            assert!(error < 1e-13, "k = {k:?} on {size:?}: {error:e}");
        }
    }
}

/// Values of a whole linear operator on a grid are those on the twice finer grid at the common points.
#[test]
fn a_linear_operator_does_not_see_the_grid() {
    for (n_modes, size) in [(vec![8], vec![9]), (vec![8, 6], vec![10, 7]), (vec![6, 4, 5], vec![8, 5, 6])] {
        let config = FfnoConfig {
            activation: Activation::Identity,
            embedding: Embedding::None,
            ..FfnoConfig::new(&n_modes, 6)
        };
        let model = to_f64(&config.init(1, 1, 1, &plain()).unwrap());
        let k: Vec<f64> = (0..size.len()).map(|axis| [2.0, -1.0, 1.0][axis]).collect();
        let run = |size: &[usize]| {
            values(model.forward_flat(tensor(mode(&k, size), [1, 1, size.iter().product()], &plain()), size))
        };
        let fine_size: Vec<usize> = size.iter().map(|n| 2 * n).collect();
        let (coarse, fine) = (run(&size), run(&fine_size));
        let scale = coarse.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        for (index, value) in coarse.iter().enumerate() {
            let (mut p, mut at, mut stride) = (index, 0, 1);
            for axis in (0..size.len()).rev() {
                at += 2 * (p % size[axis]) * stride;
                p /= size[axis];
                stride *= fine_size[axis];
            }
            let error = (value - fine[at]).abs() / scale;
            assert!(error < 1e-12, "{size:?}: {error:e}");
        }
    }
}

#[test]
fn parameters_are_those_of_the_formula() {
    let count = |config: &FfnoConfig| config.init(1, 2, 0, &plain()).unwrap().n_parameters();
    // Lifting (1 + 2) -> 16, projection 16 -> 32 -> 2, feed-forward 16 -> 32 -> 16.
    let ends = (3 * 16 + 16) + (16 * 32 + 32 + 32 * 2 + 2);
    let forward = 16 * 32 + 32 + 32 * 16 + 16;
    let spectral = 2 * 16 * 16 * (9 + 6);
    let own = FfnoConfig::new(&[16, 11], 16).with_n_layers(3);
    assert_eq!(count(&own), ends + 3 * (forward + spectral));
    // One length for each row.
    let rows = 16 + (32 + 2) + 3 * (32 + 16);
    assert_eq!(count(&own.clone().shared()), ends + 3 * forward + spectral + rows);
    assert_eq!(
        own.clone().shared().init(1, 2, 0, &plain()).unwrap().to_string(),
        format!(
            "1 -> 2 channels, 2D, modes 16x11, width 16, 3 layers, spectral weights per axis, shared by all layers, \
             {} parameters",
            count(&own.shared())
        )
    );
}

/// Weight normalisation changes the parameters, not the map that they start as; the length of a direction means nothing.
#[test]
fn normalised_weights_start_as_the_same_map() {
    let device = plain();
    for hidden in [0, 5] {
        let map = ChannelMlp::new(3, hidden, 4, Activation::Gelu, &mut Draws::new(1, &device));
        let normed =
            map.clone().with_parametrization(Parametrization::WeightNorm, &mut Draws::new(2, &device));
        let (map, normed) = (to_f64(&map), to_f64(&normed));
        let x = random(1, [2, 3, 7]);
        // The lengths are rounded to single precision once.
        assert!(difference(normed.forward(x.clone()), map.forward(x.clone())) < 1e-6);
        let mut theta = flatten(&normed);
        assert_eq!(theta.len(), flatten(&map).len() + if hidden == 0 { 4 } else { 5 + 4 });
        theta[..3 * if hidden == 0 { 4 } else { 5 }].iter_mut().for_each(|v| *v *= 3.0);
        let scaled = unflatten(&normed, &theta, &device);
        assert!(difference(scaled.forward(x.clone()), normed.forward(x)) < 1e-14);
    }
}

#[test]
fn fewer_modes_use_the_weights_of_the_low_wavenumbers() {
    let mut model = to_f64(&FfnoConfig::new(&[9, 10], 2).with_n_layers(1).init(1, 1, 0, &plain()).unwrap());
    let all = model.convs().clone();
    model.set_n_modes(&[4, 6]).unwrap();
    assert_eq!(
        (model.config().n_modes.clone(), model.config().max_n_modes.clone()),
        (vec![4, 6], Some(vec![9, 10]))
    );
    let size = [16, 15];
    let field = |k: [f64; 2]| {
        let both = [mode(&k, &size), mode(&k, &size)].concat();
        tensor(both, [1, 2, 240], &plain())
    };
    let inside = field([2.0, -3.0]);
    let error = difference(model.convs().forward(0, inside.clone(), &size), all.forward(0, inside, &size));
    assert!(error < 1e-13, "{error:e}");
    // Wavenumbers 3 and 4 are cut off on both axes.
    let outside = values(model.convs().forward(0, field([3.0, 4.0]), &size));
    assert!(outside.iter().all(|v| v.abs() < 1e-14));
    for bad in [vec![10, 5], vec![4], vec![0, 4]] {
        assert!(model.set_n_modes(&bad).is_err());
    }
}

#[test]
fn one_batch_of_noise_is_learnt() {
    for config in [FfnoConfig::new(&[12, 10], 24), FfnoConfig::new(&[12, 10], 24).shared()] {
        let loss = learn_noise(&config.with_n_layers(2).init(1, 1, 0, &plain()).unwrap(), &[12, 10]);
        assert!(loss < 0.2, "{loss}");
    }
}

#[test]
fn files_bring_it_back() {
    let config = FfnoConfig { max_n_modes: Some(vec![6, 7]), ..base(&[4, 5]).shared() };
    round_trip(&ModelConfig::Ffno(config));
    let read = "model = \"ffno\"\nn_modes = [8]\nhidden_channels = 8\nsharing = \"shared\"\nlinear = \"weight_norm\"";
    let ModelConfig::Ffno(read) = ModelConfig::from_toml(read).unwrap() else { panic!("another model") };
    assert_eq!(read, FfnoConfig::new(&[8], 8).shared());
}

#[test]
fn every_field_is_checked() {
    let good = FfnoConfig::new(&[8, 8], 16);
    good.validate().unwrap();
    let rejected = |config: FfnoConfig, field: &str| match config.validate() {
        Err(Error::Config { field: named, .. }) => assert_eq!(named, field),
        other => panic!("{field}: {other:?}"),
    };
    for n_modes in [vec![], vec![4; 4], vec![8, 0], vec![8, usize::MAX]] {
        rejected(FfnoConfig { n_modes, ..good.clone() }, "n_modes");
    }
    for max in [vec![8], vec![8, 7], vec![8, 1 << 20]] {
        rejected(FfnoConfig { max_n_modes: Some(max), ..good.clone() }, "max_n_modes");
    }
    rejected(FfnoConfig { hidden_channels: 0, ..good.clone() }, "hidden_channels");
    rejected(FfnoConfig { n_layers: 0, ..good.clone() }, "n_layers");
    rejected(FfnoConfig { mlp_expansion: 0.0, ..good.clone() }, "mlp_expansion");
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
        rejected(FfnoConfig { mlp_expansion: bad, ..good.clone() }, "mlp_expansion");
        rejected(FfnoConfig { lifting_ratio: bad, ..good.clone() }, "lifting_ratio");
        rejected(FfnoConfig { projection_ratio: bad, ..good.clone() }, "projection_ratio");
        rejected(FfnoConfig { domain_padding: bad, ..good.clone() }, "domain_padding");
    }
    assert!(
        matches!(good.init(0, 1, 0, &plain()), Err(Error::Config { field, .. }) if field == "in_channels")
    );
    assert!(
        matches!(good.init(1, 0, 0, &plain()), Err(Error::Config { field, .. }) if field == "out_channels")
    );
    let unknown = "model = \"ffno\"\nn_modes = [8]\nhidden_channels = 8\nlinear = \"spectral\"";
    assert!(ModelConfig::from_toml(unknown).unwrap_err().to_string().contains("spectral"));
}
