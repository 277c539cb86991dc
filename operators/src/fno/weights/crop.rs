//! The part of a weight that belongs to fewer modes than it was allocated for.

use burn::tensor::Tensor;

/// Where the kept coefficients of an axis begin among the allocated ones.
///
/// An axis in ascending order of wavenumber has k = 0 at index M/2, which must meet index m/2 of the kept range. The last axis
/// begins with k = 0.
fn start(allocated: usize, kept: usize, is_last: bool) -> usize {
    if is_last { 0 } else { allocated / 2 - kept / 2 }
}

/// Rows of a mode factor: axis 0 of `[allocated, .., ..]`.
pub(super) fn rows<const D: usize>(factor: Tensor<D>, kept: usize, is_last: bool) -> Tensor<D> {
    let allocated = factor.dims()[0];
    if allocated == kept { factor } else { factor.narrow(0, start(allocated, kept, is_last), kept) }
}

/// The kept modes of a tensor `[batch, product of allocated, columns, 2]`.
pub(super) fn modes(tensor: Tensor<4>, allocated: &[usize], kept: &[usize]) -> Tensor<4> {
    if allocated == kept {
        return tensor;
    }
    let [batch, _, columns, two] = tensor.dims();
    let mut shape = allocated.to_vec();
    let mut tensor = tensor.reshape([batch, allocated.iter().product::<usize>(), columns * two]);
    for axis in 0..shape.len() {
        let outer = batch * shape[..axis].iter().product::<usize>();
        let inner = shape[axis + 1..].iter().product::<usize>() * columns * two;
        let first = start(shape[axis], kept[axis], axis + 1 == shape.len());
        tensor = tensor.reshape([outer, shape[axis], inner]).narrow(1, first, kept[axis]);
        shape[axis] = kept[axis];
    }
    tensor.reshape([batch, kept.iter().product::<usize>(), columns, two])
}

/// Modes of the allocated weight that a grid can use: the smaller of both per axis.
pub(in crate::fno) fn limited(kept: &[usize], grid: &[usize]) -> Vec<usize> {
    kept.iter().zip(grid).map(|(&m, &g)| m.min(g)).collect()
}
