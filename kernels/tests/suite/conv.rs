//! Convolutions against their definition in plain loops, for all boundaries, strides, groups and odd sizes.

use std::process::Command;

use sobolev_kernels::conv::{
    Boundary, ConvAxis, ConvSpec, Convolution, Method, Plus, Sign, bias_gradient, reference,
    reference_transpose, reference_weight,
};
use sobolev_kernels::testing::assert_adjoint;
use sobolev_kernels::{Scalar, rng};

struct Case {
    spec: ConvSpec,
    size: Vec<usize>,
    batch: usize,
    channels: [usize; 2],
}

fn case(spec: ConvSpec, size: &[usize], batch: usize, channels: [usize; 2]) -> Case {
    Case { spec, size: size.to_vec(), batch, channels }
}

/// Reproducible draws of N(0, 1); the memory they pass through is left full of NaN for the kernels' outputs to land in.
fn draw(seed: u64, len: usize) -> Vec<f64> {
    drop(vec![f64::NAN; len]);
    drop(vec![f32::NAN; len]);
    rng::normals(&mut rng::stream(seed, len as u64), len)
}

fn cast<T: Scalar>(x: &[f64]) -> Vec<T> {
    x.iter().map(|x| T::of(*x)).collect()
}

fn wide<T: Scalar>(x: &[T]) -> Vec<f64> {
    x.iter().map(|x| x.as_f64()).collect()
}

impl Case {
    fn points(&self) -> usize {
        self.size.iter().product()
    }

    fn output_points(&self) -> usize {
        self.spec.output_size(&self.size).iter().product()
    }

    fn maps(&self) -> Convolution {
        Convolution::new(&self.spec, &self.size, self.channels[0], self.channels[1]).unwrap()
    }

    /// `x`, `w`, `gy`, the bias of the convolution and of its transpose.
    fn args(&self, seed: u64) -> [Vec<f64>; 5] {
        let [i, o] = self.channels;
        let x = draw(seed, self.batch * i * self.points());
        let w = draw(seed + 1, o * i / self.spec.groups * self.spec.taps());
        let gy = draw(seed + 2, self.batch * o * self.output_points());
        [x, w, gy, draw(seed + 3, o), draw(seed + 4, i)]
    }

    /// Every result with its name, by the kernels of `T`.
    fn fast<T: Scalar>(&self, seed: u64) -> Vec<(&'static str, Vec<T>)> {
        let maps = self.maps();
        let [x, w, gy, b, bt] = self.args(seed).each_ref().map(|v| cast::<T>(v));
        let plus = |bias, field, sign| Plus { bias: Some(bias), field: Some((field, sign)) };
        vec![
            ("conv", maps.forward(&x, &w, Plus::NONE)),
            ("adjoint", maps.adjoint(&gy, &w, Plus::NONE)),
            ("weight", maps.weight_gradient(&x, &gy)),
            ("conv + bias", maps.forward(&x, &w, Plus { bias: Some(&b), field: None })),
            ("field + conv", maps.forward(&x, &w, plus(&b, &gy, Sign::Plus))),
            ("field - conv", maps.forward(&x, &w, plus(&b, &gy, Sign::Minus))),
            ("field + adjoint", maps.adjoint(&gy, &w, plus(&bt, &x, Sign::Plus))),
            ("bias", bias_gradient(&gy, self.channels[1], self.output_points())),
        ]
    }

    /// The same in plain loops and double precision, each with the sum of the magnitudes of its terms.
    fn exact(&self, seed: u64) -> Vec<[Vec<f64>; 2]> {
        let [x, w, gy, b, bt] = self.args(seed);
        let abs = |v: &[f64]| v.iter().map(|v| v.abs()).collect::<Vec<_>>();
        let all = |x: &[f64], w: &[f64], gy: &[f64], b: &[f64], bt: &[f64], minus: f64| {
            let (n, c, size, spec) = (self.batch, self.channels, &self.size, &self.spec);
            let y = reference(x, w, n, c, size, spec);
            let gx = reference_transpose(gy, w, n, c, size, spec);
            let gw = reference_weight(x, gy, n, c, size, spec);
            let with = |y: &[f64], b: &[f64]| -> Vec<f64> {
                let points = y.len() / n / b.len();
                y.iter().enumerate().map(|(i, y)| y + b[i / points % b.len()]).collect()
            };
            let sum = |y: Vec<f64>, f: &[f64], sign: f64| -> Vec<f64> {
                y.iter().zip(f).map(|(y, f)| f + sign * y).collect()
            };
            let mut gb = vec![0.0; b.len()];
            gy.iter().enumerate().for_each(|(i, g)| gb[i / self.output_points() % b.len()] += g);
            vec![
                y.clone(),
                gx.clone(),
                gw,
                with(&y, b),
                sum(with(&y, b), gy, 1.0),
                sum(with(&y, b), gy, minus),
                sum(with(&gx, bt), x, 1.0),
                gb,
            ]
        };
        let values = all(&x, &w, &gy, &b, &bt, -1.0);
        let scales = all(&abs(&x), &abs(&w), &abs(&gy), &abs(&b), &abs(&bt), 1.0);
        values.into_iter().zip(scales).map(|(v, s)| [v, s]).collect()
    }

    /// Every entry within `factor · ε` of the sum of the magnitudes of its terms.
    fn check<T: Scalar>(&self, seed: u64, factor: f64) {
        let tolerance = factor * T::epsilon().as_f64();
        for ((name, fast), [exact, scale]) in self.fast::<T>(seed).iter().zip(self.exact(seed)) {
            assert_eq!(fast.len(), exact.len(), "{name}");
            for (i, ((f, e), s)) in fast.iter().zip(&exact).zip(&scale).enumerate() {
                let error = (f.as_f64() - e).abs();
                assert!(
                    error <= tolerance * s,
                    "{name}[{i}] of {:?} on {:?}, {:?}: {f}, not {e}; {error:e} > {tolerance:e} x {s}",
                    self.spec,
                    self.size,
                    self.channels
                );
            }
        }
    }
}

/// A sum of terms of one sign and of rounding errors that do not conspire stays within a few dozen `ε` of its magnitude.
const DIRECT: f64 = 32.0;

fn axis(kernel: usize, stride: usize, before: usize, after: usize, boundary: Boundary) -> ConvAxis {
    ConvAxis { kernel, stride, dilation: 1, boundary, before, after }
}

/// All kinds of axes with all kinds of sizes.
fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for boundary in Boundary::ALL {
        for (kernel, stride, padding) in [
            (3, 1, 1),
            (3, 2, 1),
            (4, 2, 1),
            (3, 2, 0),
            (1, 1, 0),
            (5, 1, 2),
            (2, 2, 0),
            (4, 3, 2),
            (2, 3, 1),
        ] {
            let spec = |dim| ConvSpec::uniform(dim, kernel, stride, padding, boundary);
            all.push(case(spec(1), &[17], 2, [3, 5]));
            all.push(case(spec(1), &[700], 1, [2, 1]));
            all.push(case(spec(2), &[9, 12], 2, [4, 9]));
            all.push(case(spec(2), &[8, 7], 1, [13, 3]));
            all.push(case(spec(2), &[33, 18], 1, [1, 2]));
            all.push(case(spec(3), &[5, 6, 7], 1, [3, 4]));
            all.push(case(spec(2).with_groups(2), &[6, 10], 2, [4, 6]));
            all.push(case(spec(2).with_groups(5), &[9, 5], 1, [5, 5]));
        }
        let uneven = vec![axis(3, 2, 2, 0, boundary), axis(2, 1, 0, 3, Boundary::Zero)];
        all.push(case(ConvSpec::new(uneven), &[7, 9], 2, [3, 2]));
        let mixed = vec![axis(3, 1, 1, 1, boundary), axis(4, 2, 1, 1, Boundary::Circular)];
        all.push(case(ConvSpec::new(mixed), &[6, 8], 1, [2, 9]));
        // Taps apart; some reach over the whole grid and beyond it.
        for dilation in [2, 3, 4, 8] {
            let spec = |dim| ConvSpec::dilated(dim, 3, dilation, boundary);
            all.push(case(spec(1), &[21], 2, [3, 5]));
            all.push(case(spec(2), &[9, 12], 2, [4, 9]));
            all.push(case(spec(3), &[4, 5, 7], 1, [3, 2]));
            all.push(case(spec(2).with_groups(2), &[6, 11], 2, [4, 6]));
            let strided = ConvAxis { dilation, ..axis(4, 3, 3 * dilation, dilation, boundary) };
            let other = ConvAxis { dilation: 2, ..axis(2, 2, 1, 1, Boundary::Circular) };
            all.push(case(ConvSpec::new(vec![strided, other]), &[13, 10], 1, [2, 3]));
        }
        // More padding than points, and more padding than taps.
        all.push(case(ConvSpec::uniform(2, 3, 1, 4, boundary), &[3, 2], 1, [2, 3]));
        all.push(case(ConvSpec::uniform(2, 3, 2, 1, boundary), &[1, 1], 2, [3, 2]));
    }
    all
}

#[test]
fn every_kind_in_double_precision() {
    for (i, case) in cases().iter().enumerate() {
        case.check::<f64>(100 + i as u64, DIRECT);
    }
}

#[test]
fn every_kind_in_single_precision() {
    for (i, case) in cases().iter().enumerate() {
        case.check::<f32>(300 + i as u64, DIRECT);
    }
}

/// Grids that are cut into several tiles along every axis.
#[test]
fn many_tiles() {
    for boundary in Boundary::ALL {
        let same = |dim| ConvSpec::same(dim, 3, boundary);
        case(same(1), &[3000], 1, [24, 5]).check::<f32>(7, DIRECT);
        case(same(2), &[70, 61], 1, [40, 9]).check::<f64>(8, DIRECT);
        case(ConvSpec::uniform(2, 3, 2, 1, boundary), &[67, 130], 1, [20, 3]).check::<f32>(9, DIRECT);
        case(ConvSpec::uniform(2, 4, 2, 1, boundary), &[64, 130], 1, [20, 3]).check::<f32>(9, DIRECT);
        case(same(3), &[14, 20, 36], 1, [9, 2]).check::<f32>(10, DIRECT);
    }
}

/// Minimal filtering, odd sizes included; see the error stated there.
#[test]
fn three_by_three() {
    for boundary in Boundary::ALL {
        for (size, batch, channels) in
            [([32, 16], 2, [8, 8]), ([29, 35], 1, [9, 20]), ([64, 64], 1, [24, 16]), ([4, 300], 1, [12, 8])]
        {
            let spec = ConvSpec::same(2, 3, boundary);
            case(spec.clone(), &size, batch, channels).check::<f32>(11, DIRECT);
        }
        let uneven = vec![axis(3, 1, 2, 0, boundary), axis(3, 1, 0, 2, boundary)];
        case(ConvSpec::new(uneven), &[30, 31], 1, [8, 9]).check::<f32>(12, DIRECT);
        let grouped = ConvSpec::same(2, 3, boundary).with_groups(2);
        case(grouped, &[24, 28], 1, [16, 18]).check::<f32>(13, DIRECT);
        case(ConvSpec::uniform(2, 3, 1, 0, boundary), &[26, 38], 1, [8, 8]).check::<f32>(14, DIRECT);
        for (dilation, size) in [(2, [40, 37]), (3, [45, 36]), (4, [47, 48]), (8, [64, 60])] {
            case(ConvSpec::dilated(2, 3, dilation, boundary), &size, 1, [9, 8]).check::<f32>(16, DIRECT);
        }
        let apart = vec![ConvAxis { dilation: 2, ..axis(3, 1, 3, 2, boundary) }, axis(3, 1, 1, 1, boundary)];
        case(ConvSpec::new(apart), &[32, 70], 2, [8, 16]).check::<f32>(17, DIRECT);
        for other in Boundary::ALL {
            let mixed = vec![axis(3, 1, 1, 1, boundary), axis(3, 1, 1, 1, other)];
            case(ConvSpec::new(mixed), &[29, 34], 2, [8, 9]).check::<f32>(15, DIRECT);
        }
    }
}

/// The error of minimal filtering in the 2-norm, relative to the sum of magnitudes: below 1.2e-7, where the direct form
/// stays below 5e-8.
#[test]
fn error_of_minimal_filtering() {
    for (channels, dilation) in [(8, 1), (32, 1), (128, 1), (32, 2), (32, 8)] {
        let case = case(ConvSpec::dilated(2, 3, dilation, Boundary::Zero), &[32, 32], 1, [channels, 16]);
        let [x, w, ..] = case.args(21);
        let (x, w) = (cast::<f32>(&x), cast::<f32>(&w));
        let (wide_x, wide_w) = (wide(&x), wide(&w));
        let exact = reference(&wide_x, &wide_w, 1, case.channels, &case.size, &case.spec);
        let abs = |v: &[f64]| v.iter().map(|v| v.abs()).collect::<Vec<_>>();
        let scale = reference(&abs(&wide_x), &abs(&wide_w), 1, case.channels, &case.size, &case.spec);
        let norm = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
        let error = |maps: Convolution| {
            let y = maps.forward(&x, &w, Plus::NONE);
            norm(&mut y.iter().zip(&exact).map(|(y, e)| y.as_f64() - e)) / norm(&mut scale.iter().copied())
        };
        let filtered = error(case.maps());
        let direct = error(case.maps().with_method(Method::Direct));
        println!("{channels} channels, dilation {dilation}: filtered {filtered:.2e}, direct {direct:.2e}");
        assert!(filtered < 1.2e-7, "{channels} channels: {filtered:e}");
        assert!(filtered > direct, "the two methods are the same one");
        assert!(direct < 5e-8, "{channels} channels, direct: {direct:e}");
    }
}

#[test]
fn transposed_is_adjoint() {
    for case in cases().iter().step_by(5) {
        let [_, w, ..] = case.args(5);
        let maps = case.maps();
        assert_adjoint(
            "convolution",
            |x| maps.forward(x, &w, Plus::NONE),
            |y| maps.adjoint(y, &w, Plus::NONE),
            case.batch * case.channels[0] * case.points(),
            case.batch * case.channels[1] * case.output_points(),
            1e-14,
        );
    }
}

/// Values worked out by hand.
#[test]
fn small_golden_values() {
    let run = |boundary, stride, kernel: &[f64]| {
        let spec = ConvSpec::uniform(1, kernel.len(), stride, 1, boundary);
        Convolution::new(&spec, &[4], 1, 1).unwrap().forward(&[1.0, 2.0, 4.0, 8.0], kernel, Plus::NONE)
    };
    let w = [1.0, 10.0, 100.0];
    assert_eq!(run(Boundary::Zero, 1, &w), [210.0, 421.0, 842.0, 84.0]);
    assert_eq!(run(Boundary::Circular, 1, &w), [218.0, 421.0, 842.0, 184.0]);
    assert_eq!(run(Boundary::Reflect, 1, &w), [212.0, 421.0, 842.0, 484.0]);
    assert_eq!(run(Boundary::Zero, 2, &w), [210.0, 842.0]);
    assert_eq!(run(Boundary::Circular, 2, &[1.0, 10.0, 100.0, 1000.0]), [4218.0, 1842.0]);
    let apart = |boundary| {
        let spec = ConvSpec::dilated(1, 3, 2, boundary);
        Convolution::new(&spec, &[4], 1, 1).unwrap().forward(&[1.0, 2.0, 4.0, 8.0], &w, Plus::NONE)
    };
    assert_eq!(apart(Boundary::Zero), [410.0, 820.0, 41.0, 82.0]);
    assert_eq!(apart(Boundary::Circular), [414.0, 828.0, 141.0, 282.0]);
    let transposed = |n: usize, kernel: &[f64]| {
        let spec = ConvSpec::uniform(1, kernel.len(), 2, 1, Boundary::Zero);
        Convolution::new(&spec, &[n], 1, 1).unwrap().adjoint(&[1.0, 2.0], kernel, Plus::NONE)
    };
    assert_eq!(transposed(3, &w), [10.0, 102.0, 20.0]);
    assert_eq!(transposed(4, &[1.0, 10.0, 100.0, 1000.0]), [10.0, 102.0, 1020.0, 200.0]);
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let same = ConvSpec::same(2, 3, Boundary::Reflect);
    let cases = [
        case(same.clone(), &[40, 40], 3, [16, 12]),
        case(ConvSpec::uniform(2, 3, 2, 1, Boundary::Circular), &[41, 40], 3, [6, 10]),
    ];
    for case in cases {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| case.fast::<f32>(3))
        };
        let one = on(1);
        for threads in [2, 3] {
            for ((name, one), (_, more)) in one.iter().zip(on(threads)) {
                let same = one.iter().zip(&more).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{name} with {threads} threads");
            }
        }
    }
}

#[test]
fn empty_batches() {
    let case = case(ConvSpec::same(2, 3, Boundary::Zero), &[8, 8], 0, [2, 3]);
    for (name, values) in case.fast::<f32>(1) {
        assert!(values.iter().all(|v| *v == 0.0), "{name} of nothing");
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let message = |spec: &ConvSpec, size: &[usize], channels: [usize; 2]| {
        Convolution::new(spec, size, channels[0], channels[1]).unwrap_err().to_string()
    };
    let spec = ConvSpec::same(2, 3, Boundary::Zero);
    assert!(message(&spec, &[4], [1, 1]).contains("a grid of 2 axes is expected, not [4]"));
    assert!(message(&spec.clone().with_groups(2), &[4, 4], [3, 2]).contains("2 groups"));
    assert!(message(&spec.with_groups(0), &[4, 4], [1, 1]).contains("at least one group"));
    let long = ConvSpec::uniform(1, 7, 1, 1, Boundary::Zero);
    assert!(message(&long, &[4], [1, 1]).contains("axis 0: 4 points padded by 1 and 1 are shorter"));
    let still = ConvSpec::uniform(1, 3, 0, 1, Boundary::Zero);
    assert!(message(&still, &[4], [1, 1]).contains("stride"));
    let wide = ConvSpec::new(vec![ConvAxis { dilation: 3, ..axis(3, 1, 1, 1, Boundary::Zero) }]);
    assert!(message(&wide, &[4], [1, 1]).contains("the kernel of 3 taps at distance 3"));
    assert!(message(&ConvSpec::new(vec![]), &[], [1, 1]).contains("1 to 3 axes"));
}

/// Runs this file's tests again with fewer instructions, as older processors would.
#[test]
fn older_processors_pass_too() {
    for level in ["avx2", "base"] {
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["conv::", "--skip", "older_processors", "--skip", "ops::", "--test-threads", "2"])
            .env("SOBOLEV_SIMD", level)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && !text.contains(" 0 passed"), "{level}:\n{text}");
    }
}
