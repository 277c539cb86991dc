//! Low passes before the coarse levels.

use std::f64::consts::{PI, TAU};

use sobolev_operators::MultigridConfig;
use sobolev_operators::multigrid::{Extension, LowPass, PerAxis};

use super::super::support::{plain, tensor, values};
use super::{build, digits, patches};

/// `cos(2π k·x + 1)`.
fn wave(size: &[usize], k: &[usize]) -> Vec<f64> {
    (0..size.iter().product())
        .map(|p| {
            let x = digits(p, size);
            let phase: f64 = (0..size.len()).map(|a| (k[a] * x[a]) as f64 / size[a] as f64).sum();
            (TAU * phase + 1.0).cos()
        })
        .collect()
}

/// Level by level, the patches of a field of one channel.
fn levels(low_pass: LowPass, size: &[usize], x: &[f64]) -> Vec<Vec<f64>> {
    let padding = vec![0.125; size.len()];
    let config = MultigridConfig { low_pass, ..patches(size.len(), 2, &padding) };
    let x = tensor(x.to_vec(), [1, 1, x.len()], &plain());
    let cut = build(&config, 1).cut(x, size).fields;
    (0..3).map(|level| values(cut.clone().narrow(1, level, 1))).collect()
}

fn assert_multiple(low_pass: LowPass, size: &[usize], k: &[usize], factors: [f64; 3]) {
    let x = wave(size, k);
    let (plain, filtered) = (levels(LowPass::None, size, &x), levels(low_pass, size, &x));
    for (level, factor) in factors.into_iter().enumerate() {
        let worst = plain[level]
            .iter()
            .zip(&filtered[level])
            .fold(0.0, |m: f64, (p, f)| m.max((factor * p - f).abs()));
        assert!(worst < 1e-13, "{low_pass:?}, k = {k:?}, level {level}: {worst:e} off {factor}");
    }
}

const WAVES: [[usize; 2]; 6] = [[0, 0], [1, 0], [0, 3], [3, 2], [5, 14], [8, 9]];

/// On a wave, full weighting multiplies by cos²(π k/N) along each axis, at each level with the points N of the level above.
#[test]
fn full_weighting_damps_waves_by_its_transfer_function() {
    let size = [16, 48];
    for k in WAVES {
        let at = |coarsening: f64| {
            (0..2).map(|a| (PI * coarsening * k[a] as f64 / size[a] as f64).cos().powi(2)).product::<f64>()
        };
        assert_multiple(LowPass::FullWeighting, &size, &k, [1.0, at(1.0), at(1.0) * at(2.0)]);
    }
}

/// The spectral low pass keeps a wave or takes it away.
#[test]
fn the_spectral_low_pass_cuts_sharply() {
    let size = [16, 48];
    for k in WAVES {
        let at = |level: usize| {
            let held = (0..2).all(|a| 2 * k[a] < size[a] >> level);
            f64::from(u8::from(held))
        };
        assert_multiple(LowPass::Spectral, &size, &k, [1.0, at(1), at(2)]);
    }
    assert_multiple(LowPass::Spectral, &[32], &[3], [1.0, 1.0, 1.0]);
    assert_multiple(LowPass::Spectral, &[32], &[4], [1.0, 1.0, 0.0]);
    assert_multiple(LowPass::Spectral, &[32], &[8], [1.0, 0.0, 0.0]);
}

/// Without a low pass a wave that the coarse grid cannot hold appears as another: k = 3 looks like k = 1 on four points.
#[test]
fn sampling_alone_aliases() {
    let (a, b) = (wave(&[16], &[5]), wave(&[16], &[1]));
    let (a, b) = (levels(LowPass::None, &[16], &a), levels(LowPass::None, &[16], &b));
    assert!(a[2].iter().zip(&b[2]).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(a[0].iter().zip(&b[0]).any(|(a, b)| (a - b).abs() > 0.5));
}

/// Eight points with the values 1 to 8; the coarse level of the first of two patches.
#[test]
fn full_weighting_at_the_ends() {
    for (extension, expected) in [
        (Extension::Periodic, [7.0, 3.0, 3.0, 5.0]),
        (Extension::Zero, [0.0, 1.0, 3.0, 5.0]),
        (Extension::Reflect, [3.0, 1.5, 3.0, 5.0]),
        (Extension::Constant, [1.25, 1.25, 3.0, 5.0]),
    ] {
        let config = MultigridConfig {
            extension: PerAxis::Same(extension),
            low_pass: LowPass::FullWeighting,
            ..patches(1, 1, &[0.0])
        };
        let x = (1..=8).map(f64::from).collect();
        let cut = build(&config, 1).cut(tensor(x, [1, 1, 8], &plain()), &[8]).fields;
        assert_eq!(values(cut.narrow(0, 0, 1).narrow(1, 1, 1)), expected, "{extension}");
    }
}

#[test]
fn constants_stay_constant() {
    for (low_pass, extension) in [
        (LowPass::None, Extension::Constant),
        (LowPass::FullWeighting, Extension::Periodic),
        (LowPass::FullWeighting, Extension::Reflect),
        (LowPass::FullWeighting, Extension::Constant),
        (LowPass::Spectral, Extension::Periodic),
    ] {
        let extension = PerAxis::Same(extension);
        let config = MultigridConfig { extension, low_pass, ..patches(3, 1, &[0.25, 0.0, 0.125]) };
        let x = tensor(vec![3.0; 4 * 4 * 8], [1, 1, 128], &plain());
        let cut = values(build(&config, 1).cut(x, &[4, 4, 8]).fields);
        assert!(cut.iter().all(|v| (v - 3.0).abs() < 1e-14), "{low_pass:?}");
    }
}
