//! The spectrum through the components of a CP weight, against its definition, and gradients against differences.

use num_complex::Complex;
use rayon::ThreadPoolBuilder;
use sobolev_kernels::Scalar;
use sobolev_kernels::contract::{
    CMatmul, ComponentFactors, Components, Operand, khatri_rao, khatri_rao_grad_a, khatri_rao_grad_b,
    separable,
};
use sobolev_kernels::testing::{assert_close, assert_gradient, relative_error};

use super::{complex, draw, loss, widen};

/// `x`, `P`, `Q`, `A`, `B`.
type Operands<T> = [Vec<Complex<T>>; 5];

fn n_modes(s: &Components) -> usize {
    s.modes[0] * s.modes[1]
}

fn operands<T: Scalar>(s: &Components) -> Operands<T> {
    let rows = [n_modes(s) * s.batch, s.modes[0], s.modes[1], s.inputs, s.outputs];
    let columns = [s.inputs, s.rank, s.rank, s.rank, s.rank];
    [0, 1, 2, 3, 4].map(|k| draw(rows[k] * columns[k], 1 + k as u64))
}

fn factors<T>([_, p, q, input, output]: &Operands<T>) -> ComponentFactors<'_, T> {
    ComponentFactors { modes: [p, q], input, output }
}

/// Products one after the other.
fn composed<T: Scalar>(s: &Components, [x, p, q, a, b]: &Operands<T>) -> Vec<Complex<T>> {
    let rows = n_modes(s) * s.batch;
    let z = CMatmul::new(1, rows, s.inputs, s.rank).with_b(Operand::shared()).forward(x, a);
    let z = separable(&z, &khatri_rao(p, q, s.rank), n_modes(s), s.batch, s.rank);
    CMatmul::new(1, rows, s.rank, s.outputs).with_b(Operand::shared().transposed()).forward(&z, b)
}

/// Pieces of modes and components that are cut anywhere: fewer and more than a block, more samples than rows.
fn sizes() -> Vec<Components> {
    [
        ([1, 1], 1, 1, 1, 1),
        ([7, 1], 3, 5, 4, 9),
        ([7, 10], 4, 6, 5, 300),
        ([1, 3], 140, 4, 3, 257),
        ([3, 43], 1, 3, 2, 256),
    ]
    .map(|(modes, batch, inputs, outputs, rank)| Components { modes, batch, inputs, outputs, rank })
    .to_vec()
}

fn check<T: Scalar>() {
    for s in sizes() {
        let all = operands::<T>(&s);
        // Two sums of random signs, over the channels and over the components.
        let bound = 4.0 * ((s.inputs * s.rank) as f64).sqrt() * T::epsilon().as_f64();
        assert_close(
            &format!("{s:?}"),
            &widen(&s.forward(&all[0], factors(&all))),
            &widen(&composed(&s, &all)),
            bound,
        );
    }
}

#[test]
fn forward_is_products_one_after_the_other() {
    check::<f64>();
    check::<f32>();
}

#[test]
fn gradients_match_differences() {
    for s in [
        Components { modes: [5, 3], batch: 3, inputs: 4, outputs: 2, rank: 6 },
        Components { modes: [3, 11], batch: 5, inputs: 2, outputs: 3, rank: 259 },
    ] {
        let all = operands::<f64>(&s);
        let w = draw::<f64>(n_modes(&s) * s.batch * s.outputs, 9);
        let gy = loss(&s.forward(&all[0], factors(&all)), &w).1;
        let g = s.backward(&all[0], factors(&all), &gy);
        let [p, q] = g.modes;
        for (k, gradient) in [g.x, p, q, g.input, g.output].iter().enumerate() {
            let of = |v: &[f64]| {
                let mut moved = all.clone();
                moved[k] = complex(v);
                loss(&s.forward(&moved[0], factors(&moved)), &w).0
            };
            assert_gradient(&format!("operand {k} of {s:?}"), of, &widen(&all[k]), &widen(gradient), 1e-6);
        }
    }
}

#[test]
fn single_precision_gradients_follow_double() {
    let s = Components { modes: [16, 10], batch: 4, inputs: 16, outputs: 16, rank: 300 };
    let all = operands::<f32>(&s);
    let gy = draw::<f32>(n_modes(&s) * s.batch * s.outputs, 9);
    let wide = [0, 1, 2, 3, 4].map(|k| complex(&widen(&all[k])));
    let (g, exact) = (
        s.backward(&all[0], factors(&all), &gy),
        s.backward(&wide[0], factors(&wide), &complex(&widen(&gy))),
    );
    let ([p, q], [exact_p, exact_q]) = (g.modes, exact.modes);
    let pairs =
        [(g.x, exact.x), (p, exact_p), (q, exact_q), (g.input, exact.input), (g.output, exact.output)];
    for (k, (narrow, wide)) in pairs.iter().enumerate() {
        let error = relative_error(&widen(narrow), &widen(wide));
        assert!(error < 100.0 * f64::from(f32::EPSILON), "operand {k}: {error:e}");
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let s = Components { modes: [30, 10], batch: 4, inputs: 8, outputs: 8, rank: 270 };
    let all = operands::<f32>(&s);
    let run = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let y = s.forward(&all[0], factors(&all));
            let g = s.backward(&all[0], factors(&all), &y);
            (y, g.x, g.modes, g.input, g.output)
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn empty_products_are_zero() {
    let s = Components { modes: [2, 1], batch: 1, inputs: 1, outputs: 2, rank: 0 };
    let all = operands::<f64>(&s);
    let zero = Complex::new(0.0, 0.0);
    assert_eq!(s.forward(&all[0], factors(&all)), [zero; 4]);
    assert_eq!(s.backward(&all[0], factors(&all), &[Complex::new(1.0, 0.0); 4]).x, [zero; 2]);
}

#[test]
fn khatri_rao_is_its_definition_and_has_its_gradients() {
    for (p, q, rank) in [(1, 1, 1), (5, 3, 7), (40, 70, 33)] {
        let (a, b) = (draw::<f64>(p * rank, 1), draw::<f64>(q * rank, 2));
        let c = khatri_rao(&a, &b, rank);
        for (at, c) in c.iter().enumerate() {
            let (row, r) = (at / rank, at % rank);
            let expected = a[row / q * rank + r] * b[row % q * rank + r];
            assert!((c - expected).norm() <= 4.0 * f64::EPSILON * expected.norm());
        }
        let w = draw::<f64>(c.len(), 3);
        let gc = loss(&c, &w).1;
        let (ga, gb) = (khatri_rao_grad_a(&b, &gc, p, rank), khatri_rao_grad_b(&a, &gc, q, rank));
        let of_a = |v: &[f64]| loss(&khatri_rao(&complex(v), &b, rank), &w).0;
        let of_b = |v: &[f64]| loss(&khatri_rao(&a, &complex(v), rank), &w).0;
        assert_gradient("a of khatri_rao", of_a, &widen(&a), &widen(&ga), 1e-6);
        assert_gradient("b of khatri_rao", of_b, &widen(&b), &widen(&gb), 1e-6);
    }
}
