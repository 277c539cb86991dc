//! Where patches are: global coordinates, patches at random places.

use sobolev_operators::multigrid::{Coordinates, Extension, LowPass, PerAxis, Place};
use sobolev_operators::{Error, MultigridConfig};

use super::super::support::{plain, random, tensor, values};
use super::{build, digits, patches, wrapped};

/// One channel per axis that holds that axis' coordinate.
fn coordinate_fields(size: &[usize]) -> Vec<f64> {
    let points: usize = size.iter().product();
    (0..size.len())
        .flat_map(|axis| (0..points).map(move |p| digits(p, size)[axis] as f64 / size[axis] as f64))
        .collect()
}

fn global(config: MultigridConfig) -> MultigridConfig {
    MultigridConfig { coordinates: Coordinates::Global, ..config }
}

/// Cutting the coordinates as fields gives the coordinates of the patches.
#[test]
fn global_coordinates_are_those_of_the_points() {
    for (size, levels, padding) in [
        (vec![16], 2, vec![0.2]),
        (vec![8, 12], 1, vec![0.125, 0.3]),
        (vec![8, 4, 12], 1, vec![0.0, 0.3, 0.1]),
    ] {
        let d = size.len();
        let model = build(&global(patches(d, levels, &padding)), d);
        let one = coordinate_fields(&size);
        let x = tensor([one.clone(), one].concat(), [2, d, size.iter().product()], &plain());
        let cut = model.cut(x.clone(), &size).fields;
        let channels = cut.dims()[1];
        assert_eq!(channels, d * (levels + 1) + d);
        assert_eq!(
            values(cut.clone().narrow(1, channels - d, d)),
            values(cut.narrow(1, 0, d)),
            "grid {size:?}"
        );
        let origin = |k: usize| size.iter().map(|n| (5 * k + 3) % n).collect();
        let places: Vec<Place> = (0..4).map(|k| Place { sample: k % 2, origin: origin(k) }).collect();
        let cut = model.cut_at(&x, &size, &places).unwrap().fields;
        assert_eq!(cut.dims()[0], 4);
        assert_eq!(
            values(cut.clone().narrow(1, channels - d, d)),
            values(cut.narrow(1, 0, d)),
            "at {places:?}"
        );
    }
}

#[test]
fn coordinates_go_on_beyond_the_ends() {
    let config =
        MultigridConfig { extension: PerAxis::Same(Extension::Reflect), ..global(patches(1, 1, &[0.25])) };
    let cut = build(&config, 1).cut(tensor(vec![0.0; 4], [1, 1, 4], &plain()), &[4]).fields;
    assert_eq!(values(cut.narrow(1, 2, 1)), [-0.25, 0.0, 0.25, 0.5, 0.25, 0.5, 0.75, 1.0]);
}

/// A patch that begins at point o shows `x[o + s (i - q)]`, whatever o is.
#[test]
fn patches_at_any_place() {
    let (size, levels, padding) = ([12, 20], 1, [0.1, 0.05]);
    let x = random::<3>(3, [2, 2, 240]);
    let place = |(sample, origin): (usize, [usize; 2])| Place { sample, origin: origin.to_vec() };
    let places = [(1, [0, 0]), (0, [6, 10]), (1, [5, 13]), (0, [11, 19])].map(place);
    let model = build(&patches(2, levels, &padding), 2);
    let cut = model.cut_at(&x, &size, &places).unwrap();
    let (field, window, side) = (values(x.clone()), [8, 12], [6, 10]);
    assert_eq!(cut.size, window);
    let mut expected = Vec::new();
    for Place { sample, origin } in &places {
        for level in 0..2 {
            for channel in 0..2 {
                for pixel in 0..96 {
                    let i = digits(pixel, &window);
                    let along = |axis: usize| {
                        let half: i64 = if level == 0 { 0 } else { (side[axis] - side[axis] / 2 + 1) / 2 };
                        let spacing = 1 << level;
                        origin[axis] as i64 + spacing * (i[axis] as i64 - half - 1)
                    };
                    let point = wrapped(&[along(0), along(1)], &size);
                    expected.push(field[(sample * 2 + channel) * 240 + point]);
                }
            }
        }
    }
    assert!(values(cut.fields) == expected);

    let target = model.cut_target_at(&x, &size, &places).unwrap();
    let mut expected = Vec::new();
    for Place { sample, origin } in &places {
        for channel in 0..2 {
            for pixel in 0..60 {
                let i = digits(pixel, &[6, 10]);
                let point = wrapped(&[(origin[0] + i[0]) as i64, (origin[1] + i[1]) as i64], &size);
                expected.push(field[(sample * 2 + channel) * 240 + point]);
            }
        }
    }
    assert!(values(target) == expected);
}

/// At the places of the decomposition they are its patches, with every low pass.
#[test]
fn the_patches_of_the_decomposition_are_among_them() {
    for low_pass in [LowPass::None, LowPass::FullWeighting, LowPass::Spectral] {
        let config = MultigridConfig { low_pass, ..global(patches(2, 2, &[0.05, 0.1])) };
        let (model, size) = (build(&config, 1), [16, 32]);
        let x = random::<3>(4, [1, 1, 512]);
        let places: Vec<Place> =
            (0..16).map(|k| Place { sample: 0, origin: vec![k / 4 * 4, k % 4 * 8] }).collect();
        let whole = values(model.cut(x.clone(), &size).fields);
        let placed = values(model.cut_at(&x, &size, &places).unwrap().fields);
        let worst = whole.iter().zip(&placed).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
        assert!(worst <= if low_pass == LowPass::Spectral { 1e-13 } else { 0.0 }, "{low_pass:?}: {worst:e}");
        let targets = model.cut_target_at(&x, &size, &places).unwrap();
        assert_eq!(values(targets), values(model.cut_target(x, &size)));
    }
}

#[test]
fn a_domain_with_ends_has_no_random_places() {
    let extension = PerAxis::Each(vec![Extension::Periodic, Extension::Zero]);
    let model = build(&MultigridConfig { extension, ..patches(2, 1, &[0.0, 0.0]) }, 1);
    let x = random::<3>(0, [1, 1, 16]);
    let place = [Place { sample: 0, origin: vec![0, 0] }];
    let error = model.cut_at(&x, &[4, 4], &place).unwrap_err();
    assert!(matches!(error, Error::Config { ref field, .. } if field == "extension"), "{error}");
    assert!(model.cut_target_at(&x, &[4, 4], &place).is_err());
}
