//! The separable product.

use sobolev_kernels::contract::{separable, separable_grad_w, separable_grad_x};
use sobolev_kernels::testing::{assert_close, assert_gradient};

use super::{complex, draw, loss, widen};

#[test]
fn forward_is_the_definition() {
    for (modes, batch, channels) in [(1, 1, 1), (5, 3, 7), (144, 16, 32)] {
        let (x, w) = (draw::<f64>(modes * batch * channels, 1), draw::<f64>(modes * channels, 2));
        let y = separable(&x, &w, modes, batch, channels);
        for (at, y) in y.iter().enumerate() {
            let (m, c) = (at / (batch * channels), at % channels);
            let expected = x[at] * w[m * channels + c];
            assert!((y - expected).norm() <= 4.0 * f64::EPSILON * expected.norm());
        }
    }
}

#[test]
fn single_precision_follows_double() {
    let (modes, batch, channels) = (9, 4, 5);
    let (x, w) = (draw::<f32>(180, 1), draw::<f32>(45, 2));
    let (wide_x, wide_w) = (complex(&widen(&x)), complex(&widen(&w)));
    let (y, wide) =
        (separable(&x, &w, modes, batch, channels), separable(&wide_x, &wide_w, modes, batch, channels));
    assert_close("separable", &widen(&y), &widen(&wide), 2.0 * f64::from(f32::EPSILON));
}

#[test]
fn gradients_match_differences() {
    let (modes, batch, channels) = (6, 3, 4);
    let (x, w) = (draw::<f64>(72, 1), draw::<f64>(24, 2));
    let weights = draw::<f64>(72, 3);
    let gy = loss(&separable(&x, &w, modes, batch, channels), &weights).1;
    let gx = separable_grad_x(&gy, &w, modes, batch, channels);
    let gw = separable_grad_w(&x, &gy, modes, batch, channels);
    let of_x = |v: &[f64]| loss(&separable(&complex(v), &w, modes, batch, channels), &weights).0;
    let of_w = |v: &[f64]| loss(&separable(&x, &complex(v), modes, batch, channels), &weights).0;
    assert_gradient("x of separable", of_x, &widen(&x), &widen(&gx), 1e-6);
    assert_gradient("w of separable", of_w, &widen(&w), &widen(&gw), 1e-6);
}
