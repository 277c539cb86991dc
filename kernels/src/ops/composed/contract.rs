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

/// See [`khatri_rao`](crate::ops::khatri_rao).
pub fn khatri_rao(a: Tensor<3>, b: Tensor<3>) -> Tensor<3> {
    let ([p, rank, _], [q, _, _]) = (a.dims(), b.dims());
    let (ar, ai) = split(a.reshape([p, 1, rank, 2]));
    let (br, bi) = split(b.reshape([1, q, rank, 2]));
    let re = ar.clone() * br.clone() - ai.clone() * bi.clone();
    let im = ar * bi + ai * br;
    Tensor::stack::<4>(vec![re, im], 3).reshape([p * q, rank, 2])
}

/// See [`expanded`](crate::ops::expanded).
pub fn expanded(x: Tensor<4>, core: Tensor<4>, factor: Tensor<3>) -> Tensor<4> {
    let ([modes, _, inputs, two], width) = (x.dims(), core.dims()[2]);
    let weight = cmatmul(factor.unsqueeze(), Op::Plain, core, Op::Plain);
    cmatmul(x, Op::Plain, weight.reshape([modes, inputs, width / inputs, two]), Op::Plain)
}

/// See [`components`](crate::ops::components).
pub fn components(x: Tensor<4>, [p, q]: [Tensor<3>; 2], a: Tensor<3>, b: Tensor<3>) -> Tensor<4> {
    let ([modes, batch, inputs, _], [outputs, rank, _]) = (x.dims(), b.dims());
    let flat = x.reshape([1, modes * batch, inputs, 2]);
    let z = cmatmul(flat, Op::Plain, a.unsqueeze(), Op::Plain).reshape([modes, batch, rank, 2]);
    let z = separable(z, khatri_rao(p, q)).reshape([1, modes * batch, rank, 2]);
    cmatmul(z, Op::Plain, b.unsqueeze(), Op::Transposed).reshape([modes, batch, outputs, 2])
}
