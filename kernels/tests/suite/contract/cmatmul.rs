//! The batched complex product against the triple loop, and its backward passes against differences.

use num_complex::Complex;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use sobolev_kernels::Scalar;
use sobolev_kernels::contract::{CMatmul, Operand};
use sobolev_kernels::testing::{assert_close, assert_gradient, relative_error};

use super::{complex, draw, loss, widen};

/// Batch, m, k, n.
type Shape = (usize, usize, usize, usize);

fn layouts() -> Vec<Operand> {
    vec![Operand::each(), Operand::shared(), Operand::each().transposed(), Operand::shared().transposed()]
}

fn spec((batch, m, k, n): Shape, a: Operand, b: Operand) -> CMatmul {
    CMatmul::new(batch, m, k, n).with_a(a).with_b(b)
}

/// The definition, in double precision.
fn naive<T: Scalar>(
    (batch, m, k, n): Shape,
    (a, a_layout): (&[Complex<T>], Operand),
    (b, b_layout): (&[Complex<T>], Operand),
) -> Vec<Complex<f64>> {
    let at = |data: &[Complex<T>],
              layout: Operand,
              item: usize,
              (p, q): (usize, usize),
              (rows, cols): (usize, usize)| {
        let shared = layout == Operand::shared() || layout == Operand::shared().transposed();
        let transposed = layout == Operand::each().transposed() || layout == Operand::shared().transposed();
        let inner = if transposed { q * rows + p } else { p * cols + q };
        let z = data[inner + if shared { 0 } else { item * rows * cols }];
        Complex::new(z.re.as_f64(), z.im.as_f64())
    };
    let mut y = vec![Complex::new(0.0, 0.0); batch * m * n];
    for item in 0..batch {
        for i in 0..m {
            for j in 0..n {
                for p in 0..k {
                    y[(item * m + i) * n + j] +=
                        at(a, a_layout, item, (i, p), (m, k)) * at(b, b_layout, item, (p, j), (k, n));
                }
            }
        }
    }
    y
}

fn compare<T: Scalar>(shape: Shape) {
    for a_layout in layouts() {
        for b_layout in layouts() {
            let product = spec(shape, a_layout, b_layout);
            let (a, b) = (draw::<T>(product.a_len(), 1), draw::<T>(product.b_len(), 2));
            let y = product.forward(&a, &b);
            let oracle = naive(shape, (&a, a_layout), (&b, b_layout));
            // Random signs: the rounding errors of k terms add up like √k; twice as much for safety, and a few for the last one.
            let bound = (4.0 + 2.0 * (shape.2 as f64).sqrt()) * T::epsilon().as_f64();
            assert_close(&format!("{shape:?} {product:?}"), &widen(&y), &widen(&oracle), bound);
        }
    }
}

#[test]
fn forward_is_the_definition_at_odd_shapes_and_layouts() {
    for shape in [(1, 1, 1, 1), (3, 5, 7, 2), (4, 16, 32, 32), (2, 1, 9, 17), (1, 33, 3, 1)] {
        compare::<f64>(shape);
        compare::<f32>(shape);
    }
}

#[test]
fn forward_is_the_definition_across_tiles() {
    compare::<f64>((1, 131, 20, 259));
    compare::<f32>((2, 260, 9, 5));
}

#[test]
fn empty_products_are_empty_or_zero() {
    let none: [Complex<f64>; 0] = [];
    assert!(CMatmul::new(0, 2, 3, 4).forward(&none, &none).is_empty());
    assert_eq!(CMatmul::new(2, 1, 0, 1).forward(&none, &none), [Complex::new(0.0, 0.0); 2]);
    let shared = CMatmul::new(0, 2, 1, 1).with_b(Operand::shared());
    assert_eq!(shared.grad_b(&none, &none), [Complex::new(0.0, 0.0)]);
}

#[test]
fn gradients_match_differences_for_every_layout() {
    let shape = (3, 4, 5, 3);
    for a_layout in layouts() {
        for b_layout in layouts() {
            let product = spec(shape, a_layout, b_layout);
            let (a, b) = (draw::<f64>(product.a_len(), 3), draw::<f64>(product.b_len(), 4));
            let w = draw::<f64>(product.y_len(), 5);
            let gy = loss(&product.forward(&a, &b), &w).1;
            let (ga, gb) = (product.grad_a(&gy, &b), product.grad_b(&a, &gy));
            let of_a = |x: &[f64]| loss(&product.forward(&complex(x), &b), &w).0;
            let of_b = |x: &[f64]| loss(&product.forward(&a, &complex(x)), &w).0;
            assert_gradient(&format!("a in {product:?}"), of_a, &widen(&a), &widen(&ga), 1e-6);
            assert_gradient(&format!("b in {product:?}"), of_b, &widen(&b), &widen(&gb), 1e-6);
        }
    }
}

/// The two shapes that training meets, in single precision against double.
#[test]
fn gradients_are_accurate_at_working_shapes() {
    for (shape, b_layout) in [((144, 16, 32, 32), Operand::each()), ((1, 2304, 32, 4), Operand::shared())] {
        let product = spec(shape, Operand::each(), b_layout);
        let narrow = (
            draw::<f32>(product.a_len(), 1),
            draw::<f32>(product.b_len(), 2),
            draw::<f32>(product.y_len(), 3),
        );
        let wide = [&narrow.0, &narrow.1, &narrow.2].map(|z| complex(&widen(z)));
        let longest = if shape.0 == 1 { shape.1 } else { 32 };
        let bound = (4.0 + 2.0 * (longest as f64).sqrt()) * f64::from(f32::EPSILON);
        let error = |x: Vec<Complex<f32>>, y: Vec<Complex<f64>>| relative_error(&widen(&x), &widen(&y));
        assert!(error(product.grad_a(&narrow.2, &narrow.1), product.grad_a(&wide[2], &wide[1])) < bound);
        assert!(error(product.grad_b(&narrow.0, &narrow.2), product.grad_b(&wide[0], &wide[2])) < bound);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let product = CMatmul::new(40, 70, 40, 33).with_a(Operand::each().transposed()).with_b(Operand::shared());
    let (a, b) = (draw::<f32>(product.a_len(), 1), draw::<f32>(product.b_len(), 2));
    let run = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let y = product.forward(&a, &b);
            (product.grad_a(&y, &b), product.grad_b(&a, &y), y)
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

#[test]
#[should_panic(expected = "entries of the left operand")]
fn a_wrong_length_is_refused() {
    let z = [Complex::new(1.0, 0.0); 3];
    let _ = CMatmul::new(1, 2, 2, 1).forward(&z, &z);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Value and both adjoints for arbitrary shapes: `<gy, A dB + dA B>` is `<ga, dA> + <gb, dB>` in the real inner product.
    #[test]
    fn any_shape_multiplies_and_transposes(
        batch in 1_usize..6, m in 1_usize..40, k in 1_usize..40, n in 1_usize..40, a_layout in 0_usize..4, b_layout in 0_usize..4,
    ) {
        let (a_layout, b_layout) = (layouts()[a_layout], layouts()[b_layout]);
        let product = spec((batch, m, k, n), a_layout, b_layout);
        let (a, b) = (draw::<f64>(product.a_len(), 1), draw::<f64>(product.b_len(), 2));
        let (da, db) = (draw::<f64>(product.a_len(), 3), draw::<f64>(product.b_len(), 4));
        let gy = draw::<f64>(product.y_len(), 5);
        let y = product.forward(&a, &b);
        let oracle = naive((batch, m, k, n), (&a, a_layout), (&b, b_layout));
        prop_assert!(relative_error(&widen(&y), &widen(&oracle)) < (4.0 + 2.0 * (k as f64).sqrt()) * f64::EPSILON);
        let dot = |x: &[Complex<f64>], y: &[Complex<f64>]| x.iter().zip(y).map(|(x, y)| (x.conj() * y).re).sum::<f64>();
        let norm = |x: &[Complex<f64>]| dot(x, x).sqrt();
        let (along_a, along_b) = (product.forward(&da, &b), product.forward(&a, &db));
        let scale = norm(&gy) * (norm(&along_a) + norm(&along_b));
        let of_a = dot(&product.grad_a(&gy, &b), &da) - dot(&gy, &along_a);
        let of_b = dot(&product.grad_b(&a, &gy), &db) - dot(&gy, &along_b);
        prop_assert!(of_a.abs() < 1e-13 * scale && of_b.abs() < 1e-13 * scale, "{of_a:e} {of_b:e} of {scale:e}");
    }
}
