//! The spectrum times a core expanded on the way, against the products one after the other, and gradients against both those
//! products' and differences.

use num_complex::Complex;
use rayon::ThreadPoolBuilder;
use sobolev_kernels::Scalar;
use sobolev_kernels::contract::{CMatmul, Expanded, Operand};
use sobolev_kernels::testing::{assert_close, assert_gradient};

use super::{complex, draw, loss, widen};

/// `x`, `C`, `U`.
fn operands<T: Scalar>(s: &Expanded) -> [Vec<Complex<T>>; 3] {
    let width = s.inputs * s.outputs;
    let lengths = [s.first * s.last * s.batch * s.inputs, s.first * s.rank * width, s.last * s.rank];
    [0, 1, 2].map(|k| draw(lengths[k], 1 + k as u64))
}

/// Expansion and product, each of all modes at once.
fn composed(s: &Expanded) -> (CMatmul, CMatmul) {
    let width = s.inputs * s.outputs;
    (
        CMatmul::new(s.first, s.last, s.rank, width).with_a(Operand::shared()),
        CMatmul::new(s.first * s.last, s.batch, s.inputs, s.outputs),
    )
}

fn sizes() -> Vec<Expanded> {
    // The last has more entries in a mode's matrix than a piece, the one before some modes in a piece and a rest.
    [
        (1, 1, 1, 1, 1, 1),
        (5, 4, 3, 2, 3, 4),
        (19, 7, 2, 4, 5, 3),
        (2, 5, 3, 2, 120, 110),
        (2, 2, 2, 1, 190, 180),
    ]
    .map(|(first, last, rank, batch, inputs, outputs)| Expanded { first, last, rank, batch, inputs, outputs })
    .to_vec()
}

fn check<T: Scalar>() {
    for s in sizes() {
        let [x, core, factor] = operands::<T>(&s);
        let (expansion, product) = composed(&s);
        let e = expansion.forward(&factor, &core);
        let what = format!("{s:?}");
        // Two sums of random signs, over channels and ranks; in the backward pass over samples and modes.
        let terms = s.inputs.max(s.outputs) * s.rank.max(s.first * s.batch);
        let bound = 4.0 * (terms as f64).sqrt() * T::epsilon().as_f64();
        assert!(bound < 1e-12 || T::epsilon().as_f64() > 1e-10, "{what}: {bound:e}");
        let close = |name: &str, a: &[Complex<T>], b: &[Complex<T>]| {
            assert_close(&format!("{what}, {name}"), &widen(a), &widen(b), bound);
        };
        close("y", &s.forward(&x, &core, &factor), &product.forward(&x, &e));
        let gy = draw::<T>(s.first * s.last * s.batch * s.outputs, 9);
        let (g, ge) = (s.backward(&x, &core, &factor, &gy), product.grad_b(&x, &gy));
        close("gradient of x", &g.x, &product.grad_a(&gy, &e));
        close("gradient of C", &g.core, &expansion.grad_b(&factor, &ge));
        close("gradient of U", &g.factor, &expansion.grad_a(&ge, &core));
    }
}

#[test]
fn everything_is_as_one_after_the_other() {
    check::<f64>();
    check::<f32>();
}

#[test]
fn gradients_match_differences() {
    let s = Expanded { first: 3, last: 4, rank: 2, batch: 2, inputs: 3, outputs: 2 };
    let all = operands::<f64>(&s);
    let w = draw::<f64>(s.first * s.last * s.batch * s.outputs, 9);
    let value = |[x, core, factor]: &[Vec<Complex<f64>>; 3]| loss(&s.forward(x, core, factor), &w);
    let g = s.backward(&all[0], &all[1], &all[2], &value(&all).1);
    for (k, gradient) in [g.x, g.core, g.factor].iter().enumerate() {
        let of = |v: &[f64]| {
            let mut moved = all.clone();
            moved[k] = complex(v);
            value(&moved).0
        };
        assert_gradient(&format!("operand {k} of {s:?}"), of, &widen(&all[k]), &widen(gradient), 1e-6);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let s = Expanded { first: 37, last: 9, rank: 4, batch: 3, inputs: 8, outputs: 7 };
    let [x, core, factor] = operands::<f32>(&s);
    let run = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let y = s.forward(&x, &core, &factor);
            let g = s.backward(&x, &core, &factor, &y);
            (y, g)
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
fn empty_products_are_zero() {
    let s = Expanded { first: 2, last: 1, rank: 0, batch: 1, inputs: 1, outputs: 2 };
    let [x, core, factor] = operands::<f64>(&s);
    let zero = Complex::new(0.0, 0.0);
    assert_eq!(s.forward(&x, &core, &factor), [zero; 4]);
    assert_eq!(s.backward(&x, &core, &factor, &[Complex::new(1.0, 0.0); 4]).x, [zero; 2]);
}
