//! Complex products with the real and the imaginary part as separate real tensors.

use burn::tensor::Tensor;

use crate::ops::Op;

/// Real and imaginary part of a tensor whose last axis holds them.
pub(super) fn split(x: Tensor<4>) -> (Tensor<3>, Tensor<3>) {
    let [a, b, c, two] = x.dims();
    assert_eq!(two, 2, "a complex tensor ends in an axis of 2 (real, imaginary)");
    let re = x.clone().slice([0..a, 0..b, 0..c, 0..1]).reshape([a, b, c]);
    let im = x.slice([0..a, 0..b, 0..c, 1..2]).reshape([a, b, c]);
    (re, im)
}

fn stored(x: Tensor<4>, op: Op) -> (Tensor<3>, Tensor<3>) {
    let (re, im) = split(x);
    match op {
        Op::Plain => (re, im),
        Op::Transposed => (re.swap_dims(1, 2), im.swap_dims(1, 2)),
    }
}

fn batched(x: Tensor<3>, batch: usize) -> Tensor<3> {
    let [n, r, c] = x.dims();
    if n == batch { x } else { x.expand([batch, r, c]) }
}

/// See [`cmatmul`](crate::ops::cmatmul).
pub fn cmatmul(a: Tensor<4>, a_op: Op, b: Tensor<4>, b_op: Op) -> Tensor<4> {
    let batch = a.dims()[0].max(b.dims()[0]);
    let (ar, ai) = stored(a, a_op);
    let (br, bi) = stored(b, b_op);
    let (ar, ai, br, bi) = (batched(ar, batch), batched(ai, batch), batched(br, batch), batched(bi, batch));
    let re = ar.clone().matmul(br.clone()) - ai.clone().matmul(bi.clone());
    let im = ar.matmul(bi) + ai.matmul(br);
    Tensor::stack(vec![re, im], 3)
}

/// See [`separable`](crate::ops::separable).
pub fn separable(x: Tensor<4>, w: Tensor<3>) -> Tensor<4> {
    let [modes, channels, _] = w.dims();
    let (xr, xi) = split(x);
    let (wr, wi) = split(w.reshape([modes, 1, channels, 2]));
    let re = xr.clone() * wr.clone() - xi.clone() * wi.clone();
    let im = xr * wi + xi * wr;
    Tensor::stack(vec![re, im], 3)
}
