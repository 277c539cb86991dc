//! Pointwise kernels against sums written out entry by entry in double precision, their gradients against central differences.

use std::process::Command;

use sobolev_kernels::pointwise::{
    Activation, Gate, Linear, MixWants, Mlp, MlpWants, Tail, activate, activate_backward, activate_in_place,
    channel_mix, channel_mix_backward, channel_mlp, channel_mlp_backward, fno_tail, fno_tail_backward,
};
use sobolev_kernels::{Scalar, rng};

/// Activations written from their definitions, apart from the library's.
fn sigma(act: Activation, z: f64) -> f64 {
    match act {
        Activation::Relu => z.max(0.0),
        Activation::Gelu => 0.5 * z * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2),
        Activation::Silu => z / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
        _ => z,
    }
}

/// A five-point difference of `sigma`; error about 1e-12.
fn slope(act: Activation, z: f64) -> f64 {
    let h = 1e-3;
    let d = |h: f64| (sigma(act, z + h) - sigma(act, z - h)) / (2.0 * h);
    (4.0 * d(h) - d(2.0 * h)) / 3.0
}

/// Reproducible draws of N(0, 1); the memory they pass through is left full of NaN for the kernels' outputs to land in.
fn draws(seed: u64, len: usize) -> Vec<f64> {
    drop(vec![f64::NAN; len]);
    rng::normals(&mut rng::stream(seed, len as u64), len)
}

fn cast<T: Scalar>(x: &[f64]) -> Vec<T> {
    drop(vec![T::nan(); x.len()]);
    x.iter().map(|x| T::of(*x)).collect()
}

/// `W x + b` at every point, in the order of the definition.
fn linear(x: &[f64], batch: usize, points: usize, inputs: usize, w: &[f64], b: Option<&[f64]>) -> Vec<f64> {
    let outputs = w.len() / inputs;
    let mut y = vec![0.0; batch * outputs * points];
    for (i, y) in y.iter_mut().enumerate() {
        let (s, o, p) = (i / (outputs * points), i / points % outputs, i % points);
        *y = b.map_or(0.0, |b| b[o]);
        for c in 0..inputs {
            *y += w[o * inputs + c] * x[(s * inputs + c) * points + p];
        }
    }
    y
}

/// `max |a - b| <= tol · max(1, max |b|)`; NaN fails.
#[track_caller]
fn close<T: Scalar>(what: &str, a: &[T], b: &[f64], tol: f64) {
    assert_eq!(a.len(), b.len(), "{what}: length");
    let scale = b.iter().fold(1.0_f64, |m, b| m.max(b.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let error = (a.as_f64() - b).abs();
        assert!(error <= tol * scale, "{what}[{i}]: {a} against {b}, error {error:e} > {tol:e} x {scale}");
    }
}

/// One random network: `x -> (skip, σ) -> (first, σ) -> (second, σ)`, with or without the optional parts.
#[derive(Clone)]
struct Case {
    batch: usize,
    points: usize,
    dims: [usize; 4],
    acts: [Activation; 3],
    /// bias, gate (and residual)
    parts: [bool; 2],
}

/// `x`, `r`, `s`, and the weights, all in one list so that a difference quotient can run over them.
type Args<T> = [Vec<T>; 10];
const X: usize = 0;
const R: usize = 1;
const S: usize = 2;
const B0: usize = 3;
const W1: usize = 4;
const B1: usize = 5;
const W2: usize = 6;
const B2: usize = 7;
const GATE: usize = 8;
const GY: usize = 9;

impl Case {
    fn args(&self, seed: u64) -> Args<f64> {
        let [c, w, h, o] = self.dims;
        let n = self.batch * self.points;
        let lens = [n * c, n * w, w * c, w, h * w, h, o * h, o, o, n * o];
        let mut i = 0;
        lens.map(|len| {
            i += 1;
            let scale = if matches!(i - 1, X | R | GY) { 1.0 } else { 0.4 };
            draws(seed + i as u64, len).iter().map(|x| scale * x).collect()
        })
    }

    fn opt<'a, T>(&self, part: usize, x: &'a [T]) -> Option<&'a [T]> {
        self.parts[part].then_some(x)
    }

    fn skip<'a, T: Scalar>(&self, a: &'a Args<T>) -> Linear<'a, T> {
        Linear { weight: &a[S], bias: self.opt(0, &a[B0]), inputs: self.dims[0], outputs: self.dims[1] }
    }

    fn mlp<'a, T: Scalar>(&self, a: &'a Args<T>) -> Mlp<'a, T> {
        let [_, w, h, o] = self.dims;
        Mlp {
            first: Linear { weight: &a[W1], bias: self.opt(0, &a[B1]), inputs: w, outputs: h },
            act: self.acts[1],
            second: Linear { weight: &a[W2], bias: self.opt(0, &a[B2]), inputs: h, outputs: o },
            act_out: self.acts[2],
        }
    }

    fn tail<'a, T: Scalar>(&self, a: &'a Args<T>) -> Tail<'a, T> {
        Tail { skip: self.skip(a), act: self.acts[0], mlp: self.mlp(a), gate: self.opt(1, &a[GATE]) }
    }

    /// The oracle of `σ₀(S x + b₀ + r)`.
    fn naive_mix(&self, a: &Args<f64>, residual: bool) -> Vec<f64> {
        let mut h = linear(&a[X], self.batch, self.points, self.dims[0], &a[S], self.opt(0, &a[B0]));
        for (h, r) in h.iter_mut().zip(&a[R]) {
            *h = sigma(self.acts[0], *h + if residual { *r } else { 0.0 });
        }
        h
    }

    /// The oracle of the perceptron with the gate's field `s`.
    fn naive_mlp(&self, x: &[f64], a: &Args<f64>, s: &[f64]) -> Vec<f64> {
        let [_, w, h, o] = self.dims;
        let mut m = linear(x, self.batch, self.points, w, &a[W1], self.opt(0, &a[B1]));
        m.iter_mut().for_each(|m| *m = sigma(self.acts[1], *m));
        let mut y = linear(&m, self.batch, self.points, h, &a[W2], self.opt(0, &a[B2]));
        for (i, y) in y.iter_mut().enumerate() {
            let gate = if self.parts[1] { a[GATE][i / self.points % o] * s[i] } else { 0.0 };
            *y = sigma(self.acts[2], *y + gate);
        }
        y
    }

    /// All results and gradients of the three fused operations, each with a name and the argument it belongs to.
    fn run<T: Scalar>(&self, a: &Args<T>) -> Vec<(&'static str, Vec<T>)> {
        let (b, n) = (self.batch, self.points);
        let residual = self.opt(1, &a[R]);
        let mut out = vec![("mix", channel_mix(&a[X], b, n, &self.skip(a), residual, self.acts[0]))];
        let wants = MixWants { input: true, residual: true };
        let g = channel_mix_backward(&a[X], b, n, &self.skip(a), residual, self.acts[0], &a[R], wants);
        out.extend([("mix gx", g.input.unwrap()), ("mix gW", g.layer.weight), ("mix gb", g.layer.bias)]);
        out.push(("mix gr", g.residual.unwrap()));
        // The perceptron alone takes `r` as its argument and, as the gate's field, the incoming gradient's values.
        let gate = self.parts[1].then_some(Gate { factor: &a[GATE], field: &a[GY] });
        out.push(("mlp", channel_mlp(&a[R], b, n, &self.mlp(a), gate)));
        let wants = MlpWants { input: true, field: true };
        let g = channel_mlp_backward(&a[R], b, n, &self.mlp(a), gate, &a[GY], wants);
        out.extend([("mlp gx", g.input.unwrap()), ("mlp gW1", g.first.weight), ("mlp gb1", g.first.bias)]);
        out.extend([("mlp gW2", g.second.weight), ("mlp gb2", g.second.bias)]);
        assert_eq!((g.gate.is_some(), g.field.is_some()), (self.parts[1], self.parts[1]));
        out.extend([("mlp ggate", g.gate.unwrap_or_default()), ("mlp gs", g.field.unwrap_or_default())]);
        if self.dims[0] == self.dims[3] || !self.parts[1] {
            out.push(("tail", fno_tail(&a[R], &a[X], b, n, &self.tail(a))));
            let g = fno_tail_backward(&a[R], &a[X], b, n, &self.tail(a), &a[GY]);
            out.extend([("tail gr", g.spectral), ("tail gx", g.input), ("tail gS", g.skip.weight)]);
            out.extend([("tail gb0", g.skip.bias), ("tail gW1", g.first.weight), ("tail gb1", g.first.bias)]);
            out.extend([("tail gW2", g.second.weight), ("tail gb2", g.second.bias)]);
            out.push(("tail ggate", g.gate.unwrap_or_default()));
        }
        out
    }
}

/// Odd sizes, every activation, optional parts present and absent.
fn cases() -> Vec<Case> {
    let dims =
        [[1, 1, 1, 1], [3, 33, 7, 3], [33, 3, 14, 33], [12, 9, 5, 12], [3, 2, 65, 1], [32, 32, 16, 32]];
    let mut cases = Vec::new();
    for (i, dims) in dims.into_iter().enumerate() {
        for (j, (batch, points)) in [(2, 1), (3, 7), (1, 257), (2, 577)].into_iter().enumerate() {
            let act = |k: usize| Activation::ALL[(i + 2 * j + k) % 5];
            let gated = (i + j) % 3 != 0;
            cases.push(Case {
                batch,
                points,
                dims,
                acts: [act(0), act(1), act(3)],
                parts: [(i + j) % 2 == 0, gated],
            });
        }
    }
    cases
}

#[test]
fn values_match_the_definition() {
    for (i, case) in cases().into_iter().enumerate() {
        let a = case.args(i as u64 * 100);
        let singles: Args<f32> = a.each_ref().map(|x| cast(x));
        let mut expected =
            vec![("mix", case.naive_mix(&a, case.parts[1])), ("mlp", case.naive_mlp(&a[R], &a, &a[GY]))];
        expected.push(("tail", case.naive_mlp(&case.naive_mix(&a, true), &a, &a[X])));
        let (doubles, singles) = (case.run(&a), case.run(&singles));
        for (name, expected) in expected {
            let find = |n: &str| doubles.iter().position(|(m, _)| *m == n);
            let Some(k) = find(name) else { continue };
            // Sums of at most 65 products, two or three of them in a row: 100 roundings are generous.
            close(name, &doubles[k].1, &expected, 100.0 * f64::EPSILON);
            close(name, &singles[k].1, &expected, 100.0 * f64::from(f32::EPSILON));
        }
    }
}

#[test]
fn single_precision_gradients_match_double() {
    for (i, case) in cases().into_iter().enumerate() {
        // The slope of ReLU jumps: a rounding error may turn it, so it has its gradients checked in double precision alone.
        if case.acts.contains(&Activation::Relu) {
            continue;
        }
        let a = case.args(i as u64 * 100);
        let singles: Args<f32> = a.each_ref().map(|x| cast(x));
        let rounded: Args<f64> = singles.each_ref().map(|x| x.iter().map(|x| f64::from(*x)).collect());
        // Errors of sums over up to 1154 points grow like the square root of their number.
        let terms = 100.0 + ((case.batch * case.points) as f64).sqrt();
        for ((name, double), (_, single)) in case.run(&rounded).into_iter().zip(case.run(&singles)) {
            close(name, &single, &double, terms * f64::from(f32::EPSILON));
        }
    }
}

/// Compares a gradient with central differences of `Σ weight · f(args)` in argument `which`.
#[track_caller]
fn check(
    what: &str,
    gradient: &[f64],
    a: &Args<f64>,
    which: usize,
    weight: &[f64],
    f: &dyn Fn(&Args<f64>) -> Vec<f64>,
) {
    let h = f64::EPSILON.cbrt();
    let loss = |a: &Args<f64>| f(a).iter().zip(weight).map(|(y, w)| y * w).sum::<f64>();
    assert_eq!(gradient.len(), a[which].len(), "{what}: length");
    let scale = gradient.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
    let mut moved = a.clone();
    for i in (0..gradient.len()).step_by(gradient.len().div_ceil(40)) {
        let at = a[which][i];
        moved[which][i] = at + h;
        let up = loss(&moved);
        moved[which][i] = at - h;
        let quotient = (up - loss(&moved)) / (2.0 * h);
        moved[which][i] = at;
        let error = (quotient - gradient[i]).abs();
        assert!(error <= 1e-7 * scale, "{what}[{i}]: {} against {quotient}, error {error:e}", gradient[i]);
    }
}

#[test]
fn gradients_match_central_differences() {
    use Activation::{Gelu, Identity, Relu, Silu, Tanh};
    for (i, acts) in [[Gelu, Silu, Tanh], [Tanh, Gelu, Identity], [Identity, Tanh, Gelu], [Relu, Relu, Relu]]
        .into_iter()
        .enumerate()
    {
        for parts in [[true, true], [false, false]] {
            let case = Case { batch: 2, points: 5, dims: [3, 4, 5, 3], acts, parts };
            let a = case.args(7 + 20 * i as u64);
            let results = case.run(&a);
            let grad = |name: &str| results.iter().find(|(n, _)| *n == name).unwrap().1.clone();
            let mix = |a: &Args<f64>| channel_mix(&a[X], 2, 5, &case.skip(a), case.opt(1, &a[R]), acts[0]);
            check("mix gx", &grad("mix gx"), &a, X, &a[R], &mix);
            check("mix gW", &grad("mix gW"), &a, S, &a[R], &mix);
            let mlp = |a: &Args<f64>| {
                channel_mlp(
                    &a[R],
                    2,
                    5,
                    &case.mlp(a),
                    parts[1].then_some(Gate { factor: &a[GATE], field: &a[GY] }),
                )
            };
            let tail = |a: &Args<f64>| fno_tail(&a[R], &a[X], 2, 5, &case.tail(a));
            for (name, which) in [("mlp gx", R), ("mlp gW1", W1), ("mlp gW2", W2)] {
                check(name, &grad(name), &a, which, &a[GY], &mlp);
            }
            for (name, which) in
                [("tail gr", R), ("tail gx", X), ("tail gS", S), ("tail gW1", W1), ("tail gW2", W2)]
            {
                check(name, &grad(name), &a, which, &a[GY], &tail);
            }
            if parts[0] {
                check("mix gb", &grad("mix gb"), &a, B0, &a[R], &mix);
                check("mix gr", &grad("mix gr"), &a, R, &a[R], &mix);
                for (name, which) in [("mlp gb1", B1), ("mlp gb2", B2), ("mlp ggate", GATE), ("mlp gs", GY)] {
                    check(name, &grad(name), &a, which, &a[GY], &mlp);
                }
                for (name, which) in
                    [("tail gb0", B0), ("tail gb1", B1), ("tail gb2", B2), ("tail ggate", GATE)]
                {
                    check(name, &grad(name), &a, which, &a[GY], &tail);
                }
            }
        }
    }
}

#[test]
fn activations_are_accurate() {
    let z: Vec<f64> = (-48_000..=48_000).map(|i| f64::from(i as f32 * 2.5e-4)).collect();
    let single: Vec<f32> = cast(&z);
    for act in Activation::ALL {
        // Zero is the kink of ReLU; its slope there is a convention, checked below.
        let slopes: Vec<f64> =
            z.iter().map(|z| if *z == 0.0 { act.slope(0.0) } else { slope(act, *z) }).collect();
        let values: Vec<f64> = z.iter().map(|z| sigma(act, *z)).collect();
        let ones = vec![1.0; z.len()];
        close(&format!("{act} f64"), &activate(act, &z), &values, 4.0 * f64::EPSILON);
        if act != Activation::Relu {
            close(&format!("{act}' f64"), &activate_backward(act, &z, &ones), &slopes, 1e-11);
        }
        let eps = f64::from(f32::EPSILON);
        let (y, g) = (activate(act, &single), activate_backward(act, &single, &cast::<f32>(&ones)));
        for i in 0..z.len() {
            let bound = 4.0 * eps * (1.0 + z[i].abs());
            assert!(
                (f64::from(y[i]) - values[i]).abs() <= bound,
                "{act}({}) = {}, not {}",
                z[i],
                y[i],
                values[i]
            );
            let exact = act.slope(z[i]);
            assert!((f64::from(g[i]) - exact).abs() <= bound, "{act}'({}) = {}, not {exact}", z[i], g[i]);
        }
        let mut in_place = single.clone();
        activate_in_place(act, &mut in_place);
        assert_eq!(in_place, y, "{act} in place");
    }
    assert_eq!(Activation::Relu.value_and_slope(0.0), (0.0, 0.0));
}

#[test]
fn activations_keep_their_limits() {
    for act in Activation::ALL {
        let z = [f32::NAN, 60.0, -60.0, 1e30, -1e30, 0.0, f32::NAN, -1e-30, 1e-30];
        let y = activate(act, &z);
        assert!(y[0].is_nan() && y[6].is_nan(), "{act} keeps a NaN: {y:?}");
        for (y, z) in y.iter().zip(&z).filter(|(_, z)| !z.is_nan()) {
            let exact = sigma(act, f64::from(*z));
            let bound = 1e-6 * exact.abs() + 1e-7 + 1e-20 * f64::from(z.abs());
            assert!((f64::from(*y) - exact).abs() <= bound, "{act}({z}) = {y}, not {exact}");
        }
        let g = activate_backward(act, &z[1..6], &[1.0; 5]);
        assert!(g.iter().all(|g| g.is_finite()), "{act}' far out: {g:?}");
    }
}

#[test]
fn tanh_is_accurate_near_zero() {
    let z: Vec<f32> = (1..2000).map(|i| 1.02_f32.powi(-i) * 4.0).filter(|z| *z > 1e-30).collect();
    for (y, z) in activate(Activation::Tanh, &z).iter().zip(&z) {
        let exact = f64::from(*z).tanh();
        assert!(((f64::from(*y) - exact) / exact).abs() < 4e-7, "tanh({z}) = {y}, not {exact}");
    }
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let case = Case {
        batch: 5,
        points: 1000,
        dims: [6, 10, 7, 6],
        acts: [Activation::Gelu, Activation::Silu, Activation::Gelu],
        parts: [true, true],
    };
    let a: Args<f32> = case.args(3).each_ref().map(|x| cast(x));
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| case.run(&a))
    };
    let one = on(1);
    for threads in [2, 3] {
        for ((name, one), (_, more)) in one.iter().zip(on(threads)) {
            assert!(
                one.iter().zip(&more).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{name} with {threads} threads"
            );
        }
    }
}

#[test]
fn empty_fields_give_empty_results() {
    let case =
        Case { batch: 0, points: 4, dims: [3, 4, 5, 3], acts: [Activation::Gelu; 3], parts: [true, true] };
    for (points, batch) in [(4, 0), (0, 2)] {
        let case = Case { points, batch, ..case.clone() };
        let a: Args<f32> = case.args(1).each_ref().map(|x| cast(x));
        for (name, values) in case.run(&a) {
            assert!(values.iter().all(|v| *v == 0.0), "{name} of nothing");
        }
    }
}

#[test]
#[should_panic(expected = "x [2, 3, 5]")]
fn a_field_of_another_shape_is_refused() {
    let w = [0.0_f32; 6];
    let layer = Linear { weight: &w, bias: None, inputs: 3, outputs: 2 };
    channel_mix(&[0.0; 29], 2, 5, &layer, None, Activation::Identity);
}

/// Runs this file's tests again with fewer instructions, as older processors would.
#[test]
fn older_processors_pass_too() {
    for level in ["avx2", "base"] {
        let run = Command::new(std::env::current_exe().unwrap())
            .args(["pointwise::", "--skip", "older_processors", "--test-threads", "2"])
            .env("SOBOLEV_SIMD", level)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && !text.contains(" 0 passed"), "{level}:\n{text}");
    }
}
