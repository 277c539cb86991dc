//! Pruned transforms in lanes against the definition of the DFT, and sums of diagonal operators against plain loops.

use std::f64::consts::TAU;

use sobolev_kernels::fft::{Diagonal, ModeFft, Run, Term, combine, lanes, settle};
use sobolev_kernels::rng::{normals, stream};
use sobolev_kernels::{Complex, Scalar};

fn draws<T: Scalar>(seed: u64, len: usize) -> Vec<T> {
    normals(&mut stream(seed, 0), len).into_iter().map(T::of).collect()
}

/// 1/N Σ_j u(x_j) exp(-2πi k·j/n) of a plain field.
fn definition<T: Scalar>(u: &[T], n: [usize; 3], k: [i64; 3], complex: bool) -> Complex<f64> {
    let mut sum = Complex::new(0.0, 0.0);
    for z in 0..n[0] {
        for y in 0..n[1] {
            for x in 0..n[2] {
                let at = (z * n[1] + y) * n[2] + x;
                let value = if complex {
                    Complex::new(u[2 * at].as_f64(), u[2 * at + 1].as_f64())
                } else {
                    Complex::new(u[at].as_f64(), 0.0)
                };
                let turns: f64 = (0..3).map(|a| (k[a] * [z, y, x][a] as i64) as f64 / n[a] as f64).sum();
                sum += value * Complex::from_polar(1.0, -TAU * turns.fract());
            }
        }
    }
    sum / (n[0] * n[1] * n[2]) as f64
}

fn check<T: Scalar>(points: &[usize], cut: &[usize], complex: bool, tolerance: f64) {
    let fft = ModeFft::<T>::new(points, cut, complex);
    let mut n = [1; 3];
    n[3 - points.len()..].copy_from_slice(points);
    let samples = if fft.block() == 1 { 1 } else { 3 };
    let fields: Vec<Vec<T>> = (0..samples).map(|s| draws(7 + s as u64, fft.field_len())).collect();
    let views: Vec<&[T]> = fields.iter().map(Vec::as_slice).collect();
    let mut spectrum = vec![T::zero(); fft.spectrum_len()];
    // Dirty work space must not matter.
    let mut space = vec![T::nan(); 17];
    fft.analyse(&views, &mut spectrum, &mut space);
    space.fill(T::nan());
    let (width, mut seen) = (lanes::<T>(), 0);
    for cell in 0..fft.cells() {
        for lane in 0..width {
            let (re, im) = (spectrum[cell * 2 * width + lane], spectrum[cell * 2 * width + width + lane]);
            let got = Complex::new(re.as_f64(), im.as_f64());
            let sample = if fft.block() == 1 { 0 } else { lane };
            let expected = match fft.wavenumber(cell, lane) {
                Some(k) if sample < samples => {
                    assert_eq!(fft.position(k).0, cell);
                    seen += 1;
                    definition(&fields[sample], n, k, complex)
                }
                _ => Complex::new(0.0, 0.0),
            };
            assert!(
                (got - expected).norm() < tolerance,
                "{points:?} cut {cut:?}: {got} is not {expected} at {cell}, {lane}"
            );
        }
    }
    let kept: usize = cut
        .iter()
        .enumerate()
        .map(|(a, k)| if a + 1 == cut.len() && !complex { k + 1 } else { 2 * k + 1 })
        .product();
    assert_eq!(seen, kept * samples);

    // Back to points and forth again: the modes are the same.
    let mut back = vec![vec![T::zero(); fft.field_len()]; samples];
    let mut views: Vec<&mut [T]> = back.iter_mut().map(Vec::as_mut_slice).collect();
    fft.synthesise(&spectrum, &mut views, &mut space);
    let mut again = vec![T::zero(); fft.spectrum_len()];
    let views: Vec<&[T]> = back.iter().map(Vec::as_slice).collect();
    fft.analyse(&views, &mut again, &mut space);
    for (a, b) in again.iter().zip(&spectrum) {
        assert!((*a - *b).abs().as_f64() < tolerance, "{points:?}: {a} is not {b}");
    }
}

#[test]
fn transforms_agree_with_the_definition() {
    let grids: [(&[usize], &[usize]); 12] = [
        (&[1], &[0]),
        (&[16], &[7]),
        (&[17], &[8]),
        (&[48], &[15]),
        (&[77], &[25]),
        (&[64], &[21]),
        (&[16, 16], &[5, 5]),
        (&[15, 18], &[7, 8]),
        (&[24, 35], &[7, 11]),
        (&[20, 40], &[9, 19]),
        (&[8, 6, 10], &[2, 2, 4]),
        (&[5, 9, 7], &[2, 4, 3]),
    ];
    for (points, cut) in grids {
        for complex in [false, true] {
            check::<f64>(points, cut, complex, 1e-14);
            check::<f32>(points, cut, complex, 1e-6);
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    for (points, cut) in
        [(vec![40], vec![13]), (vec![36, 50], vec![11, 16]), (vec![10, 12, 18], vec![3, 3, 5])]
    {
        let fft = ModeFft::<f32>::new(&points, &cut, false);
        let inputs: Vec<f32> = draws(3, 2 * fft.spectrum_len());
        let run = |threads: bool| {
            let mut outputs = vec![0.0; fft.spectrum_len()];
            let (inputs, mut space) = (inputs.as_slice(), Vec::new());
            let run = Run { inputs, outputs: &mut outputs, threads, space: &mut space };
            fft.sandwich(2, 1, run, &|_, from: &[f32], to: &mut [f32]| {
                let (u, v) = from.split_at(to.len());
                for i in 0..to.len() {
                    to[i] = u[i] * v[i];
                }
            });
            outputs
        };
        let (one, many) = (run(false), run(true));
        assert!(one.iter().zip(&many).all(|(a, b)| a.to_bits() == b.to_bits()), "{points:?}");
    }
}

#[test]
fn sums_of_diagonal_operators_agree_with_plain_loops() {
    let (width, cells) = (lanes::<f64>(), 1031);
    let [x, y, table]: [Vec<f64>; 3] = [1, 2, 3].map(|seed| draws(seed, cells * 2 * width));
    let real: Vec<f64> = draws(4, cells * width);
    let terms = [
        Term { factor: Diagonal::Scalar(0.5), x: &x },
        Term { factor: Diagonal::Real(&real), x: &y },
        Term { factor: Diagonal::Imaginary(&real), x: &x },
        Term { factor: Diagonal::Complex(&table), x: &y },
    ];
    let mut out = vec![f64::NAN; x.len()];
    combine(&mut out, &terms, false);
    let at = |v: &[f64], cell: usize, lane: usize| {
        Complex::new(v[cell * 2 * width + lane], v[cell * 2 * width + width + lane])
    };
    for cell in 0..cells {
        for lane in 0..width {
            let (x, y, r) = (at(&x, cell, lane), at(&y, cell, lane), real[cell * width + lane]);
            let expected = x * 0.5 + y * r + x * Complex::new(0.0, r) + y * at(&table, cell, lane);
            assert!((at(&out, cell, lane) - expected).norm() < 1e-13);
        }
    }
    let mut shared = vec![f64::NAN; x.len()];
    combine(&mut shared, &terms, true);
    assert_eq!(out, shared);

    out[9] = 1e-300;
    let before = out.clone();
    assert!(settle(&mut out).iter().all(|&ok| ok));
    assert!(out.iter().zip(&before).enumerate().all(|(i, (a, b))| if i == 9 { *a == 0.0 } else { a == b }));
    out[5 * 2 * width + width + 3] = f64::INFINITY;
    out[7 * 2 * width + 1] = f64::NAN;
    let finite = settle(&mut out);
    assert!(finite.iter().enumerate().all(|(lane, &ok)| ok == (lane != 1 && lane != 3)));
}
