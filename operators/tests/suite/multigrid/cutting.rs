//! Patches against the authors' code and against the formula, bit for bit.

use sobolev_kernels::testing::Golden;
use sobolev_operators::MultigridConfig;
use sobolev_operators::multigrid::{Coordinates, Extension, LowPass, PerAxis};

use super::super::support::{plain, random, tensor, values};
use super::{build, digits, patches, wrapped};

#[test]
fn patches_are_those_of_the_authors_code() {
    let golden = Golden::parse(include_str!("../../golden/multigrid_patches.jsonl")).unwrap();
    let cases: Vec<_> = golden.entries().iter().filter(|e| !e.name.ends_with(": setting")).collect();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let setting = &golden.get(&format!("{}: setting", case.name)).unwrap().values;
        let [batch, channels, height, width, levels] = [0, 1, 2, 3, 4].map(|i| setting[i] as usize);
        let (size, points) = ([height, width], height * width);
        let x = (0..batch * channels * points).map(|i| i as f64).collect();
        let model = build(&patches(2, levels, &setting[5..7]), channels);
        let cut = model.cut(tensor(x, [batch, channels, points], &plain()), &size);
        let [n, c] = [cut.fields.dims()[0], cut.fields.dims()[1]];
        assert_eq!([&[n, c][..], &cut.size].concat(), case.shape, "{}", case.name);
        assert!(values(cut.fields) == case.values, "{}", case.name);
    }
}

/// The formula of the note: patch index slowest for the batch, then along the axes; all channels of the finest level first.
fn naive(x: &[f64], [batch, channels]: [usize; 2], size: &[usize], levels: u32, padding: &[f64]) -> Vec<f64> {
    let d = size.len();
    let n = 2_usize.pow(levels);
    let side: Vec<usize> = size.iter().map(|size| size / n).collect();
    let pad: Vec<usize> = (0..d).map(|k| (padding[k] * size[k] as f64).round_ties_even() as usize).collect();
    let window: Vec<usize> = (0..d).map(|k| side[k] + 2 * pad[k]).collect();
    let points: usize = size.iter().product();
    let mut out = Vec::new();
    for b in 0..batch {
        for patch in 0..n.pow(d as u32) {
            let a = digits(patch, &vec![n; d]);
            for level in 0..=levels {
                let s = 2_usize.pow(level);
                for channel in 0..channels {
                    for pixel in 0..window.iter().product() {
                        let i = digits(pixel, &window);
                        let along = |k: usize| -> i64 {
                            if level == 0 {
                                return (a[k] * side[k] + i[k]) as i64 - pad[k] as i64;
                            }
                            let t = side[k] / s;
                            let q = ((side[k] + (n - 1) * t - size[k] / s) as f64 / 2.0).ceil() as i64
                                + pad[k] as i64;
                            s as i64 * ((a[k] * t) as i64 - q + i[k] as i64)
                        };
                        let point = wrapped(&(0..d).map(along).collect::<Vec<_>>(), size);
                        out.push(x[(b * channels + channel) * points + point]);
                    }
                }
            }
        }
    }
    out
}

fn check(size: &[usize], levels: usize, padding: &[f64]) {
    let shape = [2, 2, size.iter().product()];
    let x = random::<3>(5, shape);
    let expected = naive(&values(x.clone()), [2, 2], size, levels as u32, padding);
    let cut = build(&patches(size.len(), levels, padding), 2).cut(x, size);
    assert!(values(cut.fields) == expected, "grid {size:?}, {levels} levels, padding {padding:?}");
}

#[test]
fn one_dimension() {
    for levels in 0..=3 {
        for size in [64, 128, 192] {
            for padding in [0.0, 0.125, 0.3, 1.0] {
                check(&[size], levels, &[padding]);
            }
        }
    }
    // Fewer points than a window, and windows that are half a coarse point off.
    check(&[4], 1, &[1.0]);
    check(&[12], 1, &[0.1]);
}

#[test]
fn two_dimensions() {
    for padding in [[0.0, 0.0], [0.125, 0.125], [0.2, 0.05], [0.0, 0.1]] {
        for (levels, size) in
            [(0, [5, 7]), (1, [12, 20]), (1, [16, 16]), (2, [16, 48]), (2, [64, 16]), (3, [64, 64])]
        {
            check(&size, levels, &padding);
        }
    }
}

#[test]
fn three_dimensions() {
    for (levels, size, padding) in [
        (0, [3, 4, 5], [0.0, 0.3, 0.2]),
        (1, [4, 8, 12], [0.0, 0.0, 0.0]),
        (1, [8, 4, 12], [0.125, 0.3, 0.1]),
        (2, [16, 16, 32], [0.125, 0.0, 0.05]),
    ] {
        check(&size, levels, &padding);
    }
}

/// A few patches at a time are the same as all at once.
#[test]
fn parts_of_the_patches() {
    for low_pass in [LowPass::None, LowPass::FullWeighting, LowPass::Spectral] {
        for (size, padding) in
            [(vec![16], vec![0.1]), (vec![8, 12], vec![0.2, 0.0]), (vec![4, 8, 4], vec![0.3; 3])]
        {
            let base = MultigridConfig { low_pass, ..patches(size.len(), 1, &padding) };
            let model = build(&MultigridConfig { coordinates: Coordinates::Global, ..base }, 2);
            let x = random::<3>(5, [3, 2, size.iter().product()]);
            let (pyramid, whole) = (model.pyramid(x.clone(), &size), model.cut(x, &size));
            let n = 3 * model.n_patches();
            assert_eq!((pyramid.n_patches(), whole.fields.dims()[0]), (n, n));
            for range in [0..n, 0..1, n - 1..n, 1..n / 2, n / 3..n] {
                let part = pyramid.part(range.clone());
                assert_eq!(part.size, whole.size);
                let expected = whole.fields.clone().narrow(0, range.start, range.len());
                assert!(values(part.fields) == values(expected), "{low_pass:?}, {size:?}, {range:?}");
            }
        }
    }
}

/// Eight points with the values 1 to 8, patches of four, one point of padding.
fn line(extension: Extension) -> Vec<f64> {
    let config = MultigridConfig { extension: PerAxis::Same(extension), ..patches(1, 1, &[0.125]) };
    let x = (1..=8).map(f64::from).collect();
    values(build(&config, 1).cut(tensor(x, [1, 1, 8], &plain()), &[8]).fields)
}

#[test]
fn beyond_the_ends_of_the_domain() {
    // Patch 0 on the fine and on the coarse grid (1, 3, 5, 7), then patch 1.
    #[rustfmt::skip]
    let expected = [
        (Extension::Periodic, [[8, 1, 2, 3, 4, 5], [5, 7, 1, 3, 5, 7], [4, 5, 6, 7, 8, 1], [1, 3, 5, 7, 1, 3]]),
        (Extension::Zero,     [[0, 1, 2, 3, 4, 5], [0, 0, 1, 3, 5, 7], [4, 5, 6, 7, 8, 0], [1, 3, 5, 7, 0, 0]]),
        (Extension::Reflect,  [[2, 1, 2, 3, 4, 5], [5, 3, 1, 3, 5, 7], [4, 5, 6, 7, 8, 7], [1, 3, 5, 7, 5, 3]]),
        (Extension::Constant, [[1, 1, 2, 3, 4, 5], [1, 1, 1, 3, 5, 7], [4, 5, 6, 7, 8, 8], [1, 3, 5, 7, 7, 7]]),
    ];
    for (extension, rows) in expected {
        assert_eq!(
            line(extension),
            rows.concat().into_iter().map(f64::from).collect::<Vec<_>>(),
            "{extension}"
        );
    }
}

/// Reflection goes on and on where a window is longer than the domain.
#[test]
fn reflections_repeat() {
    let config = MultigridConfig { extension: PerAxis::Same(Extension::Reflect), ..patches(1, 0, &[1.0]) };
    let x = tensor(vec![1.0, 2.0, 3.0, 4.0], [1, 1, 4], &plain());
    let cut = values(build(&config, 1).cut(x, &[4]).fields);
    assert_eq!(cut, [3.0, 4.0, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 2.0]);
    // One point is its own mirror image.
    let cut = build(&config, 1).cut(tensor(vec![7.0], [1, 1, 1], &plain()), &[1]);
    assert_eq!(values(cut.fields), [7.0, 7.0, 7.0]);
}

/// Each axis has its own ends.
#[test]
fn extensions_of_two_axes() {
    let extension = PerAxis::Each(vec![Extension::Zero, Extension::Periodic]);
    let config = MultigridConfig { extension, ..patches(2, 0, &[0.5, 0.5]) };
    let x = tensor(vec![1.0, 2.0, 3.0, 4.0], [1, 1, 4], &plain());
    let cut = build(&config, 1).cut(x, &[2, 2]);
    #[rustfmt::skip]
    let expected = [
        0.0, 0.0, 0.0, 0.0,
        2.0, 1.0, 2.0, 1.0,
        4.0, 3.0, 4.0, 3.0,
        0.0, 0.0, 0.0, 0.0,
    ];
    assert_eq!(values(cut.fields), expected);
}
