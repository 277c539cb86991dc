//! Fourier transforms against sums written as in the definition, and the properties that the operators rely on.

use std::f64::consts::TAU;
use std::sync::Arc;

use rand::RngExt;
use sobolev_kernels::fft::{ComplexFft, Engine, RealFft, TruncatedFft, max_modes};
use sobolev_kernels::{Complex, Scalar, rng};

type C64 = Complex<f64>;

fn reals(len: usize, seed: u64) -> Vec<f64> {
    rng::normals(&mut rng::stream(seed, 0), len)
}

fn complexes(len: usize, seed: u64) -> Vec<C64> {
    let mut rng = rng::stream(seed, 1);
    (0..len).map(|_| Complex::new(rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0))).collect()
}

/// The multi-index of a flat index, last axis fastest.
fn unflatten(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    }
    index
}

/// e^{2πi k·n/size}, each angle reduced in integers.
fn wave(k: &[i64], n: &[usize], size: &[usize]) -> C64 {
    let turns: f64 = (0..size.len())
        .map(|a| (k[a] * n[a] as i64).rem_euclid(size[a] as i64) as f64 / size[a] as f64)
        .sum();
    Complex::from_polar(1.0, TAU * turns)
}

/// The wavenumbers a truncated transform keeps, in order.
fn kept(modes: &[usize]) -> Vec<Vec<i64>> {
    let last = modes.len() - 1;
    (0..modes.iter().product())
        .map(|flat| {
            let m = unflatten(flat, modes);
            (0..=last).map(|a| m[a] as i64 - if a < last { (modes[a] / 2) as i64 } else { 0 }).collect()
        })
        .collect()
}

fn multiplicity(k: &[i64], size: &[usize]) -> f64 {
    let (k, n) = (k[k.len() - 1], size[size.len() - 1] as i64);
    if k == 0 || 2 * k == n { 1.0 } else { 2.0 }
}

/// The forward transform by its definition.
fn naive_forward(x: &[f64], size: &[usize], modes: &[usize]) -> Vec<C64> {
    let points: usize = size.iter().product();
    let planes = x.len() / points;
    let mut spectrum = Vec::new();
    for k in kept(modes) {
        let waves: Vec<C64> = (0..points).map(|n| wave(&k, &unflatten(n, size), size).conj()).collect();
        for plane in x.chunks_exact(points) {
            let sum: C64 = plane.iter().zip(&waves).map(|(x, w)| w * x).sum();
            spectrum.push(sum / points as f64);
        }
    }
    assert_eq!(spectrum.len(), planes * modes.iter().product::<usize>());
    spectrum
}

/// The inverse transform by its definition.
fn naive_inverse(s: &[C64], size: &[usize], modes: &[usize]) -> Vec<f64> {
    let points: usize = size.iter().product();
    let kept = kept(modes);
    let planes = s.len() / kept.len();
    let mut x = vec![0.0; planes * points];
    for (m, k) in kept.iter().enumerate() {
        for n in 0..points {
            let w = wave(k, &unflatten(n, size), size) * multiplicity(k, size);
            for p in 0..planes {
                x[p * points + n] += (s[m * planes + p] * w).re;
            }
        }
    }
    x
}

/// All assignments of the engines to the axes.
fn engines(dim: usize) -> Vec<Vec<Engine>> {
    let both = [Engine::Product, Engine::Fft];
    let mut all: Vec<Vec<_>> =
        (0..1 << dim).map(|bits| (0..dim).map(|a| both[bits >> a & 1]).collect()).collect();
    if dim < 3 {
        all.push(vec![Engine::Lanes; dim]);
    }
    all
}

/// Sizes and modes: odd, even, prime, one point; from one mode to all of them, Nyquist included.
fn cases() -> Vec<(Vec<usize>, Vec<usize>)> {
    let full = |size: &[usize]| (size.to_vec(), max_modes(size));
    let some = |size: &[usize], modes: &[usize]| (size.to_vec(), modes.to_vec());
    vec![
        full(&[1]),
        full(&[2]),
        full(&[8]),
        full(&[13]),
        some(&[64], &[9]),
        some(&[97], &[1]),
        full(&[1, 1]),
        full(&[2, 2]),
        full(&[6, 8]),
        full(&[7, 5]),
        some(&[16, 20], &[5, 4]),
        some(&[17, 16], &[6, 9]),
        some(&[31, 37], &[27, 3]),
        some(&[64, 9], &[33, 5]),
        some(&[12, 11], &[1, 1]),
        some(&[1, 16], &[1, 9]),
        full(&[4, 6, 5]),
        full(&[3, 5, 4]),
        some(&[8, 7, 18], &[3, 4, 5]),
        some(&[11, 8, 6], &[8, 8, 1]),
        some(&[1, 6, 6], &[1, 4, 4]),
    ]
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn flat(s: &[C64]) -> Vec<f64> {
    s.iter().flat_map(|z| [z.re, z.im]).collect()
}

/// `|a - b| <= tol |b|` in the Euclidean norm.
#[track_caller]
fn assert_near(a: &[f64], b: &[f64], tol: f64, what: &str) {
    assert_near_on_scale(a, b, 0.0, tol, what);
}

/// `|a - b| <= tol max(|b|, scale)`: where terms cancel, the scale is that of the terms.
#[track_caller]
fn assert_near_on_scale(a: &[f64], b: &[f64], scale: f64, tol: f64, what: &str) {
    assert_eq!(a.len(), b.len(), "{what}");
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let error = norm(&difference) / norm(b).max(scale).max(f64::MIN_POSITIVE);
    assert!(error <= tol, "{what}: relative error {error:.2e} above {tol:.2e}");
}

/// Rounding of sums of up to a few thousand terms.
const TIGHT: f64 = 64.0 * f64::EPSILON;

#[test]
fn truncated_transforms_equal_their_definition() {
    for (size, modes) in cases() {
        let points: usize = size.iter().product();
        let n_modes: usize = modes.iter().product();
        // Planes that fill whole vectors, that leave a rest, and a single one.
        for (batch, channels) in [(1, 1), (2, 3), (3, 35)] {
            if batch * channels * points * n_modes > 6_000_000 {
                continue;
            }
            let x = reals(batch * channels * points, 3);
            let s = complexes(batch * channels * n_modes, 4);
            let (spectrum, field) = (naive_forward(&x, &size, &modes), naive_inverse(&s, &size, &modes));
            for engines in engines(size.len()) {
                let fft = TruncatedFft::<f64>::with_engines(&size, &modes, &engines);
                let what = format!("{size:?} {modes:?} {engines:?} [{batch}, {channels}]");
                let scale = norm(&x) / (points as f64).sqrt();
                assert_near_on_scale(
                    &flat(&fft.forward(&x, batch, channels)),
                    &flat(&spectrum),
                    scale,
                    TIGHT,
                    &what,
                );
                assert_near(&fft.inverse(&s, batch, channels), &field, TIGHT, &what);
            }
        }
    }
}

#[test]
fn adjoints_satisfy_their_identities() {
    for (size, modes) in cases() {
        for engines in engines(size.len()) {
            let fft = TruncatedFft::<f64>::with_engines(&size, &modes, &engines);
            let (batch, channels) = (2, 9);
            let x = reals(batch * channels * fft.points(), 5);
            let s = complexes(batch * channels * fft.n_modes(), 6);
            let real = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let complex = |a: &[C64], b: &[C64]| a.iter().zip(b).map(|(a, b)| (a.conj() * b).re).sum::<f64>();
            let what = format!("{size:?} {modes:?} {engines:?}");

            let forward = fft.forward(&x, batch, channels);
            let (left, right) = (complex(&forward, &s), real(&x, &fft.forward_adjoint(&s, batch, channels)));
            let scale = norm(&flat(&forward)) * norm(&flat(&s));
            assert!((left - right).abs() <= 1e-12 * scale, "forward, {what}: {left} {right}");

            let inverse = fft.inverse(&s, batch, channels);
            let (left, right) = (real(&inverse, &x), complex(&s, &fft.inverse_adjoint(&x, batch, channels)));
            let scale = norm(&inverse) * norm(&x);
            assert!((left - right).abs() <= 1e-12 * scale, "inverse, {what}: {left} {right}");
        }
    }
}

#[test]
fn band_limited_fields_come_back() {
    for (size, modes) in [(vec![41], vec![12]), (vec![24, 30], vec![9, 8]), (vec![9, 10, 12], vec![5, 3, 4])]
    {
        let fft = TruncatedFft::<f64>::cached(&size, &modes);
        // Odd numbers of slow modes: the kept set contains -k with every k, so all these fields are reproduced.
        let x = fft.inverse(&complexes(fft.n_modes() * 4, 7), 2, 2);
        let back = fft.inverse(&fft.forward(&x, 2, 2), 2, 2);
        assert_near(&back, &x, TIGHT, &format!("{size:?}"));
    }
}

#[test]
fn single_precision_is_as_good_as_its_rounding() {
    for (size, modes) in cases() {
        for engines in engines(size.len()) {
            let double = TruncatedFft::<f64>::with_engines(&size, &modes, &engines);
            let single = TruncatedFft::<f32>::with_engines(&size, &modes, &engines);
            let x32: Vec<f32> = reals(5 * double.points(), 8).iter().map(|&x| x as f32).collect();
            let x64: Vec<f64> = x32.iter().map(|&x| f64::from(x)).collect();
            let s32: Vec<Complex<f32>> = complexes(5 * double.n_modes(), 9)
                .iter()
                .map(|z| Complex::new(z.re as f32, z.im as f32))
                .collect();
            let s64: Vec<C64> = s32.iter().map(|z| Complex::new(z.re.into(), z.im.into())).collect();
            // Rounding errors of a sum of n terms add up like a random walk at most.
            let tol = 4.0 * f64::from(f32::EPSILON) * (double.points() as f64).sqrt().max(2.0);
            let what = format!("{size:?} {modes:?} {engines:?}");
            let widen =
                |s: &[Complex<f32>]| s.iter().flat_map(|z| [z.re.into(), z.im.into()]).collect::<Vec<f64>>();
            assert_near(&widen(&single.forward(&x32, 1, 5)), &flat(&double.forward(&x64, 1, 5)), tol, &what);
            let fields: Vec<f64> = single.inverse(&s32, 1, 5).iter().map(|&x| x.into()).collect();
            assert_near(&fields, &double.inverse(&s64, 1, 5), tol, &what);
        }
    }
}

fn bits<T: Scalar>(size: &[usize], modes: &[usize], engines: &[Engine], threads: usize) -> Vec<u64> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let fft = TruncatedFft::<T>::with_engines(size, modes, engines);
        let x: Vec<T> = reals(3 * 21 * fft.points(), 10).into_iter().map(T::of).collect();
        let s = fft.forward(&x, 3, 21);
        let y = fft.inverse(&s, 3, 21);
        let spectrum = s.iter().flat_map(|z| [z.re.as_f64().to_bits(), z.im.as_f64().to_bits()]);
        spectrum.chain(y.iter().map(|y| y.as_f64().to_bits())).collect()
    })
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for (size, modes) in [(vec![50], vec![11]), (vec![20, 33], vec![7, 9]), (vec![8, 9, 10], vec![4, 5, 3])] {
        for engines in engines(size.len()) {
            assert_eq!(bits::<f32>(&size, &modes, &engines, 1), bits::<f32>(&size, &modes, &engines, 2));
            assert_eq!(bits::<f64>(&size, &modes, &engines, 1), bits::<f64>(&size, &modes, &engines, 2));
        }
    }
}

#[test]
fn a_spectrum_means_the_same_function_on_every_grid() {
    let field = |size: [usize; 2]| -> Vec<f64> {
        (0..size[0] * size[1])
            .map(|n| {
                let phase = wave(&[-3, 2], &unflatten(n, &size), &size);
                (Complex::new(0.8, -0.6) * phase).re
            })
            .collect()
    };
    let modes = [7, 4];
    for from in [[24, 20], [25, 21]] {
        let spectrum = TruncatedFft::<f64>::cached(&from, &modes).forward(&field(from), 1, 1);
        for (m, z) in spectrum.iter().enumerate() {
            // k = (-3, 2) is index (0, 2); a real wave of amplitude a has the coefficient a/2.
            let exact = if m == 2 { Complex::new(0.4, -0.3) } else { Complex::new(0.0, 0.0) };
            assert!((z - exact).norm() < 4.0 * f64::EPSILON, "mode {m}: {z}");
        }
        for to in [[48, 40], [12, 10], [50, 42], [13, 11], [8, 6]] {
            let x = TruncatedFft::<f64>::cached(&to, &modes).inverse(&spectrum, 1, 1);
            for (x, exact) in x.iter().zip(field(to)) {
                assert!((x - exact).abs() < 32.0 * f64::EPSILON, "{from:?} to {to:?}: {x} {exact}");
            }
        }
    }
}

#[test]
fn plans_are_shared() {
    let a = TruncatedFft::<f64>::cached(&[18, 22], &[4, 5]);
    assert!(Arc::ptr_eq(&a, &TruncatedFft::cached(&[18, 22], &[4, 5])));
    assert!(!Arc::ptr_eq(&a, &TruncatedFft::cached(&[18, 22], &[4, 6])));
    assert_eq!((a.n_modes(), a.points(), a.engines().len()), (20, 396, 2));
    // The same numbers mean other plans in another type or split another way.
    assert_eq!(TruncatedFft::<f32>::cached(&[18, 22], &[4, 5]).n_modes(), 20);
    assert!(Arc::ptr_eq(&RealFft::<f64>::cached(&[6, 10]), &RealFft::cached(&[6, 10])));
    assert!(Arc::ptr_eq(&ComplexFft::<f32>::cached(&[7]), &ComplexFft::cached(&[7])));
    let plans: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| TruncatedFft::<f32>::cached(&[40, 44], &[8, 9]))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(plans.iter().all(|p| Arc::ptr_eq(p, &plans[0])));
}

#[test]
fn strong_truncation_is_done_by_products_and_full_spectra_of_long_lines_by_fft() {
    assert_eq!(TruncatedFft::<f32>::cached(&[64, 64], &[16, 9]).engines(), [Engine::Product; 2]);
    assert_eq!(TruncatedFft::<f32>::cached(&[32, 32, 32], &[8, 8, 5]).engines(), [Engine::Product; 3]);
    assert_eq!(TruncatedFft::<f32>::cached(&[4096, 4096], &[4096, 2049]).engines(), [Engine::Fft; 2]);
    assert_eq!(TruncatedFft::<f32>::cached(&[1 << 16], &[1 << 14]).engines(), [Engine::Fft]);
}

#[test]
fn empty_batches_are_empty() {
    let fft = TruncatedFft::<f32>::cached(&[8, 8], &[4, 3]);
    assert!(fft.forward(&[], 0, 3).is_empty());
    assert!(fft.inverse(&[], 2, 0).is_empty());
}

#[test]
#[should_panic(expected = "holds from one to [8, 5] modes, not [8, 6]")]
fn too_many_modes_are_refused() {
    let _ = TruncatedFft::<f32>::cached(&[8, 8], &[8, 6]);
}

#[test]
#[should_panic(expected = "holds from one to [8, 5] modes, not [0, 3]")]
fn no_modes_are_refused() {
    let _ = TruncatedFft::<f32>::cached(&[8, 8], &[0, 3]);
}

#[test]
#[should_panic(expected = "are not 6 fields of 64 points")]
fn fields_of_another_size_are_refused() {
    let _ = TruncatedFft::<f32>::cached(&[8, 8], &[4, 3]).forward(&[0.0; 6 * 63], 2, 3);
}

/// Grids for the full transforms.
const GRIDS: [&[usize]; 10] =
    [&[1], &[2], &[12], &[17], &[4, 6], &[5, 7], &[18, 3], &[1, 5], &[3, 4, 5], &[2, 7, 6]];

#[test]
fn full_transforms_equal_their_definition() {
    for size in GRIDS {
        let points: usize = size.iter().product();
        let x = complexes(3 * points, 11);
        let mut naive = Vec::new();
        for field in x.chunks_exact(points) {
            for k in 0..points {
                let k: Vec<i64> = unflatten(k, size).iter().map(|&k| k as i64).collect();
                naive.push(
                    (0..points).map(|n| field[n] * wave(&k, &unflatten(n, size), size).conj()).sum::<C64>(),
                );
            }
        }
        let fft = ComplexFft::<f64>::cached(size);
        let mut y = x.clone();
        fft.forward(&mut y);
        assert_near(&flat(&y), &flat(&naive), TIGHT, &format!("{size:?}"));
        fft.inverse(&mut y);
        assert_near(&flat(&y), &flat(&x), TIGHT, &format!("{size:?}"));
    }
}

#[test]
fn real_transforms_are_half_of_the_complex_ones() {
    for size in GRIDS {
        let points: usize = size.iter().product();
        let x = reals(5 * points, 12);
        let mut full: Vec<C64> = x.iter().map(|&x| x.into()).collect();
        ComplexFft::<f64>::cached(size).forward(&mut full);
        let row = size[size.len() - 1];
        let half: Vec<C64> = full.chunks_exact(row).flat_map(|row_| row_[..row / 2 + 1].to_vec()).collect();
        let fft = RealFft::<f64>::cached(size);
        let spectrum = fft.forward(&x);
        assert_eq!(spectrum.len(), 5 * fft.modes());
        assert_near(&flat(&spectrum), &flat(&half), TIGHT, &format!("{size:?}"));
        assert_near(&fft.inverse(&spectrum), &x, TIGHT, &format!("{size:?}"));
    }
}

#[test]
fn large_transforms_pass_parseval() {
    // Long enough for many tasks, on all three axes; 2 · 3 · 5 smooth and prime lengths.
    for size in [vec![30_011], vec![150, 211], vec![24, 30, 37]] {
        let fft = ComplexFft::<f64>::cached(&size);
        let x = complexes(fft.points() * 2, 13);
        let mut y = x.clone();
        fft.forward(&mut y);
        let energy = norm(&flat(&y)) / norm(&flat(&x)) / (fft.points() as f64).sqrt();
        assert!((energy - 1.0).abs() < TIGHT, "{size:?}: {energy}");
        fft.inverse(&mut y);
        assert_near(&flat(&y), &flat(&x), TIGHT, &format!("{size:?}"));
    }
}

#[test]
fn what_a_real_field_cannot_have_is_projected_out() {
    let fft = RealFft::<f64>::cached(&[8]);
    let mut spectrum = vec![Complex::new(0.0, 0.0); 5];
    spectrum[0] = Complex::new(8.0, 3.0);
    spectrum[4] = Complex::new(0.0, 2.0);
    assert_near(&fft.inverse(&spectrum), &[1.0; 8], TIGHT, "imaginary mean and Nyquist mode");
}
