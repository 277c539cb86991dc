//! Random initial states: one function at every resolution, with the published covariances, energies and shapes.

use std::f64::consts::{PI, TAU};

use sobolev_kernels::Complex;
use sobolev_kernels::fft::RealFft;
use sobolev_solvers::Error;
use sobolev_solvers::spectral::FourierGrid;
use sobolev_solvers::spectral::initial::*;

fn mean(u: &[f64]) -> f64 {
    u.iter().sum::<f64>() / u.len() as f64
}

fn deviation(u: &[f64]) -> f64 {
    let m = mean(u);
    (u.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / u.len() as f64).sqrt()
}

/// A law, the dimension and side of its box, and two resolutions.
type Case = (Box<dyn Initial>, usize, f64, [usize; 2]);

/// Every law that isn't a Gaussian measure, with the box and two resolutions, the second a multiple of the first.
fn laws() -> Vec<Case> {
    let flow = EnergySpectrum::LogNormal { peak: 3.0, width: 0.3 };
    let wave = RandomWaves::default();
    let normalized = |normalization| TruncatedFourier { normalization, ..Default::default() };
    vec![
        (Box::new(TruncatedFourier::default()), 1, 1.0, [12, 24]),
        (Box::new(TruncatedFourier { offset: [1.0, 2.0], ..Default::default() }), 2, 3.0, [11, 33]),
        (Box::new(normalized(Normalization::Maximum(1.0))), 2, 1.0, [16, 32]),
        (
            Box::new(TruncatedFourier { cutoff: 2, ..normalized(Normalization::Deviation(2.0)) }),
            3,
            1.0,
            [5, 15],
        ),
        (Box::new(wave), 1, 128.0, [8, 64]),
        (Box::new(RandomWaves { count: 4, ..wave }), 3, 1.0, [8, 16]),
        (Box::new(PdeBenchWaves::default()), 1, 1.0, [64, 128]),
        (Box::new(GaussianBlobs::default()), 1, 2.0, [8, 32]),
        (Box::new(GaussianBlobs::default()), 2, 2.0, [8, 32]),
        (Box::new(GaussianBlobs { background: 0.5, ..Default::default() }), 3, 2.0, [8, 16]),
        (Box::new(GrayScottClusters {}), 2, 2.0, [32, 64]),
        (Box::new(GrayScottFourier { feed: 0.098, kill: 0.057 }), 2, 2.0, [33, 66]),
        (Box::new(RadialDamBreak::default()), 2, 5.0, [32, 64]),
        (Box::new(KdvSolitons::default()), 1, 40.0, [32, 96]),
        (Box::new(RandomVorticity { spectrum: flow, energy: 2.0, cutoff: 9 }), 2, TAU, [20, 40]),
        (Box::new(RandomVelocity { dim: 2, spectrum: flow, energy: 2.0, cutoff: 5 }), 2, 1.0, [12, 24]),
        (Box::new(RandomVelocity { dim: 3, spectrum: flow, energy: 2.0, cutoff: 4 }), 3, 1.0, [9, 18]),
        (Box::new(TaylorGreen { velocity: 2.0 }), 3, TAU, [6, 12]),
        (Box::new(DeHoopSeries::default()), 2, TAU, [16, 32]),
        (Box::new(Stirring::default()), 2, TAU, [11, 22]),
        (Box::new(Independent { law: wave, copies: 3 }), 2, 1.0, [8, 16]),
        (Box::new(AtRest(wave)), 2, 1.0, [8, 16]),
        (Box::new(Affine { law: wave, scale: 2.0, offset: -1.0 }), 1, 1.0, [8, 16]),
    ]
}

/// The values of a fine field at the points of a coarse one.
fn restrict(fine: &[f64], dim: usize, coarse: usize, ratio: usize) -> Vec<f64> {
    let fine_n = coarse * ratio;
    let channels = fine.len() / fine_n.pow(dim as u32);
    let mut values = Vec::new();
    for c in 0..channels {
        for flat in 0..coarse.pow(dim as u32) {
            let (mut rest, mut stride, mut position) = (flat, 1, c * fine_n.pow(dim as u32));
            for _ in 0..dim {
                position += rest % coarse * ratio * stride;
                rest /= coarse;
                stride *= fine_n;
            }
            values.push(fine[position]);
        }
    }
    values
}

#[test]
fn a_sample_is_one_function_at_every_resolution() {
    for (law, dim, extent, [coarse, fine]) in laws() {
        let at = |n| law.on(&FourierGrid::cube(dim, n, extent).unwrap()).unwrap();
        let (coarse_at, fine_at) = (at(coarse), at(fine));
        for index in [0, 7] {
            let u = coarse_at(3, index);
            assert_eq!(u.len(), law.channels() * coarse.pow(dim as u32), "{law:?}");
            let v = restrict(&fine_at(3, index), dim, coarse, fine / coarse);
            let scale = u.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            assert!(scale > 1e-3 && u.iter().all(|x| x.is_finite()), "{law:?}: {scale}");
            let gap = u.iter().zip(&v).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
            assert!(gap < 1e-12 * scale, "{law:?} {index}: {gap:.2e} of {scale:.2e}");
            assert_eq!(u, coarse_at(3, index), "{law:?}: a sample is a pure function of seed and index");
        }
        if law.channels() != 3 || dim != 3 {
            assert_ne!(coarse_at(3, 0), coarse_at(3, 1), "{law:?}: indices differ");
            assert_ne!(coarse_at(3, 0), coarse_at(4, 0), "{law:?}: seeds differ");
        }
    }
}

/// Gaussian measures: what the fine grid adds is the tail of the series, no more.
#[test]
fn gaussian_samples_differ_by_the_truncated_tail_only() {
    let laws = [
        (GaussianLaw::li_released(), 2, 1.0),
        (GaussianLaw::mg_tfno_forcing(Prefactor::Amplitude, Measure::Lebesgue), 2, TAU),
        (GaussianLaw::burgers_jmlr(), 1, TAU),
        (GaussianLaw::burgers_released(), 1, 1.0),
    ];
    for (law, dim, extent) in laws {
        let grid = |n| FourierGrid::cube(dim, n, extent).unwrap();
        let (coarse, fine) = (grid(31), grid(93));
        let tail = (law.mean_variance(&fine).unwrap() - law.mean_variance(&coarse).unwrap()).sqrt();
        let (u, v) = (law.on(&coarse).unwrap()(1, 2), law.on(&fine).unwrap()(1, 2));
        let difference: Vec<f64> = u.iter().zip(restrict(&v, dim, 31, 3)).map(|(a, b)| a - b).collect();
        let ratio = (mean(&difference.iter().map(|d| d * d).collect::<Vec<_>>())).sqrt() / tail;
        assert!((0.3..2.0).contains(&ratio), "{law:?}: {ratio}");
    }
}

/// Standard deviations against an independent sum over wavevectors, and against the figures known for the published data.
#[test]
fn published_covariances() {
    let sum = |alpha: f64, tau: f64, unit: f64, dim: u32, mean: bool| {
        let range = if dim == 2 { -400..=400 } else { 0..=0 };
        let mut total = 0.0;
        for ky in range {
            for kx in -400..=400 {
                if mean || ky != 0 || kx != 0 {
                    let k2 = f64::from(ky * ky + kx * kx) * unit * unit;
                    total += (k2 + tau * tau).powf(-alpha);
                }
            }
        }
        total
    };
    let root = |law: GaussianLaw, dim, extent| {
        law.mean_variance(&FourierGrid::cube(dim, 256, extent).unwrap()).unwrap().sqrt()
    };
    let li = (7.0_f64.powi(3) * sum(2.5, 7.0, TAU, 2, false)).sqrt();
    // The released data measure 0.185, one draw of 1000 fields.
    assert!((0.181..0.186).contains(&li), "{li}");
    assert!((root(GaussianLaw::li_released(), 2, 1.0) / li - 1.0).abs() < 1e-3);
    let printed = root(GaussianLaw::li_printed(), 2, 1.0);
    assert!((0.042..0.044).contains(&printed), "{printed}");
    let forcing = sum(4.0, 3.0, 1.0, 2, false).sqrt();
    let readings = [
        (Prefactor::Variance, Measure::Probability, 27.0_f64.sqrt() * forcing, 0.186),
        (Prefactor::Variance, Measure::Lebesgue, 27.0_f64.sqrt() * forcing / TAU, 0.0296),
        (Prefactor::Amplitude, Measure::Probability, 27.0 * forcing, 0.968),
        (Prefactor::Amplitude, Measure::Lebesgue, 27.0 * forcing / TAU, 0.154),
    ];
    for (prefactor, measure, expected, known) in readings {
        let found = root(GaussianLaw::mg_tfno_forcing(prefactor, measure), 2, TAU);
        assert!((found / expected - 1.0).abs() < 1e-6, "{prefactor:?} {measure:?}: {found} {expected}");
        assert!((found / known - 1.0).abs() < 5e-3, "{prefactor:?} {measure:?}: {found} {known}");
    }
    let jmlr = (625.0 * sum(2.0, 5.0, 1.0, 1, true) / TAU).sqrt();
    assert!((root(GaussianLaw::burgers_jmlr(), 1, TAU) / jmlr - 1.0).abs() < 1e-4);
    let released = 49.0 * sum(2.5, 7.0, TAU, 1, false).sqrt();
    assert!((root(GaussianLaw::burgers_released(), 1, 1.0) / released - 1.0).abs() < 1e-5);
}

/// The samples of a Gaussian law have the variance that it states: 400 fields, within five deviations of the estimate.
#[test]
fn gaussian_samples_have_their_variance() {
    let grid = FourierGrid::cube(2, 32, 1.0).unwrap();
    let law = GaussianLaw::li_released();
    let sampler = law.on(&grid).unwrap();
    let squares: Vec<f64> =
        (0..400).map(|i| mean(&sampler(5, i).iter().map(|u| u * u).collect::<Vec<_>>())).collect();
    let (average, spread) = (mean(&squares), deviation(&squares) / 20.0);
    let expected = law.mean_variance(&grid).unwrap();
    assert!((average - expected).abs() < 5.0 * spread, "{average} {expected} ± {spread}");
    assert!(spread < 0.05 * expected, "an estimate that can fail: {spread}");
}

#[test]
fn normalizations_and_shapes() {
    let grid = FourierGrid::cube(1, 4096, 1.0).unwrap();
    let law = |normalization| TruncatedFourier { normalization, ..Default::default() };
    for index in 0..20 {
        let peak = law(Normalization::Maximum(3.0)).on(&grid).unwrap()(1, index);
        let peak = peak.iter().fold(0.0, |m: f64, u| m.max(u.abs()));
        assert!((3.0 - 1e-9..3.03).contains(&peak), "{peak}");
        let spread = deviation(&law(Normalization::Deviation(0.7)).on(&grid).unwrap()(1, index));
        assert!((spread - 0.7).abs() < 1e-12, "{spread}");
    }
    // The mass of a soliton of speed c is 12 √(cδ)/α.
    let law = KdvSolitons { count: [3, 3], speed: [2.0, 2.0], convection: 1.5, dispersion: 0.1 };
    let u = law.on(&FourierGrid::cube(1, 256, 30.0).unwrap()).unwrap()(2, 3);
    let mass = 30.0 * mean(&u);
    assert!((mass - 3.0 * 12.0 * 0.2_f64.sqrt() / 1.5).abs() < 1e-10, "{mass}");
    let dam = RadialDamBreak::default();
    let state = dam.on(&FourierGrid::cube(2, 128, 5.0).unwrap()).unwrap()(0, 0);
    let (low, high) = state[..128 * 128].iter().fold((9.0_f64, 0.0_f64), |(l, h), u| (l.min(*u), h.max(*u)));
    assert!((low - 1.0).abs() < 1e-9 && (1.999..2.0).contains(&high), "{low} {high}");
    assert!(state[128 * 128..].iter().all(|u| *u == 0.0));
}

/// The Well's states: each cluster channel fills [0, 1]; the Fourier states surround the right steady state.
#[test]
fn gray_scott_states() {
    let grid = FourierGrid::cube(2, 128, 2.0).unwrap();
    for index in 0..4 {
        let state = GrayScottClusters {}.on(&grid).unwrap()(1, index);
        for channel in state.chunks(128 * 128) {
            let (low, high) = channel.iter().fold((9.0_f64, -9.0_f64), |(l, h), u| (l.min(*u), h.max(*u)));
            assert!((-1e-3..0.02).contains(&low) && (0.98..1.001).contains(&high), "{low} {high}");
        }
    }
    for (feed, kill) in [(0.098, 0.057), (0.014, 0.054)] {
        let state = GrayScottFourier { feed, kill }.on(&grid).unwrap()(1, 0);
        let (a, b) = state.split_at(128 * 128);
        let (a0, b0) = (mean(a), mean(b));
        // Ā and B̄ solve A B² = f (1 − A), A B² = (f + k) B; the random part shifts the mean by at most 0.5·0.9·0.5/√12/32 deviations.
        let residual = [feed * (1.0 - a0) - a0 * b0 * b0, a0 * b0 * b0 - (feed + kill) * b0];
        assert!(residual.iter().all(|r| r.abs() < 4e-3), "{feed} {kill}: {residual:?}");
        let trivial = feed < 0.05;
        assert_eq!(b0 < 0.1, trivial, "{feed} {kill}: {a0} {b0}");
        // Uniform values of width 1 have deviation 1/√12; d = 1 at the trivial state, 0.9 min(…) elsewhere.
        let d = if trivial { 1.0 } else { 0.9 * a0.min(1.0 - a0) };
        let ratio = deviation(a) / (0.5 * d / 12.0_f64.sqrt());
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }
}

/// Kinetic energy is what was asked for, and velocities are solenoidal, both by an independent transform.
#[test]
fn flows_have_their_energy() {
    let n = 24;
    let spectrum = EnergySpectrum::McWilliams { peak: 6.0 };
    let vorticity = RandomVorticity { spectrum, energy: 0.5, cutoff: 11 };
    let omega = vorticity.on(&FourierGrid::cube(2, n, 2.0).unwrap()).unwrap()(9, 1);
    let hat = RealFft::<f64>::cached(&[n, n]).forward(&omega);
    let signed = |i: usize| if 2 * i > n { i as f64 - n as f64 } else { i as f64 };
    let mut energy = 0.0;
    for (flat, c) in hat.iter().enumerate().skip(1) {
        let (ky, kx) = (PI * signed(flat / (n / 2 + 1)), PI * (flat % (n / 2 + 1)) as f64);
        let weight = if kx == 0.0 { 1.0 } else { 2.0 };
        energy += 0.5 * weight * c.norm_sqr() / (ky * ky + kx * kx) / (n as f64).powi(4);
    }
    assert!((energy - 0.5).abs() < 1e-12, "{energy}");

    for dim in [2, 3] {
        let law = RandomVelocity { dim, spectrum, energy: 1.25, cutoff: 7 };
        let u = law.on(&FourierGrid::cube(dim, n, 1.0).unwrap()).unwrap()(9, 1);
        let energy = 0.5 * dim as f64 * mean(&u.iter().map(|v| v * v).collect::<Vec<_>>());
        assert!((energy - 1.25).abs() < 1e-12, "{energy}");
        let hats = RealFft::<f64>::cached(&vec![n; dim]).forward(&u);
        let modes = hats.len() / dim;
        let (mut worst, mut scale) = (0.0_f64, 0.0_f64);
        for flat in 0..modes {
            let mut rest = flat / (n / 2 + 1);
            let mut divergence = hats[flat] * (flat % (n / 2 + 1)) as f64;
            for c in 1..dim {
                divergence += hats[c * modes + flat] * signed(rest % n);
                rest /= n;
            }
            worst = worst.max(divergence.norm());
            scale = scale.max(hats[flat].norm());
        }
        assert!(worst < 1e-12 * scale, "{dim}: {worst:.1e} of {scale:.1e}");
    }
    // The shells have the energies of the spectrum: expected ratio of two bands, over 200 fields.
    let law = RandomVelocity {
        dim: 2,
        spectrum: EnergySpectrum::PassotPouquet { peak: 4.0 },
        energy: 1.0,
        cutoff: 10,
    };
    let sampler = law.on(&FourierGrid::cube(2, n, 1.0).unwrap()).unwrap();
    let fft = RealFft::<f64>::cached(&[n, n]);
    let (mut found, mut expected) = ([0.0; 11], [0.0; 11]);
    for index in 0..200 {
        let hats = fft.forward(&sampler(1, index));
        for (flat, c) in hats.iter().enumerate() {
            let flat = flat % (hats.len() / 2);
            let (ky, kx) = (signed(flat / (n / 2 + 1)), (flat % (n / 2 + 1)) as f64);
            let (kappa, c): (f64, &Complex<f64>) = (ky.hypot(kx), c);
            if (1.0..=10.0).contains(&kappa) {
                let weight = if kx == 0.0 { 1.0 } else { 2.0 };
                found[kappa as usize] += weight * c.norm_sqr();
                expected[kappa as usize] += weight * law.spectrum.density(kappa) / kappa;
            }
        }
    }
    for shell in 2..=7 {
        // A dozen wavevectors and more, 200 fields: 2 % a shell.
        let ratio = found[shell] / found[4] / (expected[shell] / expected[4]);
        assert!((0.88..1.12).contains(&ratio), "shell {shell}: {ratio}");
    }
}

/// The force has the strength that was asked for, over space and over the period-less time of its four lines.
#[test]
fn stirring_has_its_strength() {
    let law = Stirring { amplitude: 0.3, ..Default::default() };
    let fields = law.on(&FourierGrid::cube(2, 16, TAU).unwrap()).unwrap()(1, 0);
    assert_eq!(fields.len(), 2 * STIRRING_FREQUENCIES * 256);
    let square = 0.5 * fields.iter().map(|f| f * f).sum::<f64>() / 256.0;
    assert!((square.sqrt() - 0.3).abs() < 1e-13, "{}", square.sqrt());
    // Each of the eight fields carries its share.
    for field in fields.chunks(256) {
        assert!((0.05..0.2).contains(&deviation(field)) && mean(field).abs() < 1e-14);
    }
}

#[test]
fn bad_parameters_are_errors_that_name_them() {
    let square = FourierGrid::cube(2, 16, 1.0).unwrap();
    let line = FourierGrid::cube(1, 16, 1.0).unwrap();
    let oblong = FourierGrid::new(&[16, 16], &[1.0, 2.0]).unwrap();
    let cases: Vec<(Box<dyn Initial>, &FourierGrid, &str)> = vec![
        (Box::new(TruncatedFourier { cutoff: 0, ..Default::default() }), &line, "truncated_fourier.cutoff"),
        (
            Box::new(TruncatedFourier { amplitude: [1.0, 0.0], ..Default::default() }),
            &line,
            "truncated_fourier.amplitude",
        ),
        (
            Box::new(TruncatedFourier {
                amplitude: [0.0; 2],
                normalization: Normalization::Maximum(1.0),
                ..Default::default()
            }),
            &line,
            "truncated_fourier.amplitude",
        ),
        (Box::new(RandomWaves { count: 0, ..Default::default() }), &line, "random_waves.count"),
        (Box::new(PdeBenchWaves::default()), &square, "pdebench_waves"),
        (
            Box::new(PdeBenchWaves { probability: 2.0, ..Default::default() }),
            &line,
            "pdebench_waves.probability",
        ),
        (Box::new(GaussianBlobs { width: [0.0, 0.1], ..Default::default() }), &line, "blobs.width"),
        (Box::new(GrayScottFourier { feed: -1.0, kill: 0.1 }), &square, "gray_scott_fourier.feed"),
        (Box::new(RadialDamBreak { radius: [0.3, 0.7], ..Default::default() }), &square, "dam_break.radius"),
        (Box::new(KdvSolitons { speed: [-1.0, 1.0], ..Default::default() }), &line, "solitons.speed"),
        (Box::new(RandomVorticity { energy: f64::NAN, ..Default::default() }), &square, "flow.energy"),
        (Box::new(Stirring { low: 6.0, ..Default::default() }), &square, "stirring.band"),
        (Box::new(GaussianLaw::li_released()), &oblong, "gaussian"),
        (Box::new(GaussianLaw { alpha: -1.0, ..GaussianLaw::li_released() }), &square, "grf.alpha"),
        (Box::new(DeHoopSeries::default()), &square, "de_hoop"),
        (Box::new(Independent { law: RandomWaves::default(), copies: 0 }), &line, "independent.copies"),
        (Box::new(Affine { law: RandomWaves::default(), scale: f64::NAN, offset: 0.0 }), &line, "affine"),
    ];
    for (law, grid, name) in cases {
        match law.on(grid).err() {
            Some(Error::Config { field, .. }) => assert_eq!(field, name, "{law:?}"),
            other => panic!("{law:?}: {other:?}"),
        }
    }
}
