//! Batches on a coarser grid.

use sobolev_kernels::fft::TruncatedFft;

use super::super::error::{Result, TrainError};
use super::super::source::Batch;
use super::Reduction;
use crate::fno::unambiguous_modes;

/// The batch on `size` points.
///
/// # Errors
/// [`TrainError::Mismatch`] if the batch cannot be brought to that size; it says which sizes would do.
pub fn coarsen(batch: Batch, size: &[usize], reduction: Reduction) -> Result<Batch> {
    if batch.size == size {
        return Ok(batch);
    }
    let fits = batch.size.len() == size.len()
        && batch.size.iter().zip(size).all(|(&n, &m)| match reduction {
            Reduction::Stride => stride(n, m).is_some(),
            Reduction::Spectral => m <= n,
        });
    if !fits {
        return Err(TrainError::Mismatch {
            what: "`incremental.grid.size`",
            expected: possible(&batch.size, reduction),
            found: format!("{size:?}"),
        });
    }
    let points: usize = batch.size.iter().product();
    let planes = |field: &[f32]| field.len() / points.max(1);
    let reduce = |field: &[f32]| match reduction {
        Reduction::Stride => strided(field, &batch.size, size),
        Reduction::Spectral => {
            let kept = unambiguous_modes(size);
            let spectrum = TruncatedFft::<f32>::cached(&batch.size, &kept).forward(field, 1, planes(field));
            TruncatedFft::<f32>::cached(size, &kept).inverse(&spectrum, 1, planes(field))
        }
    };
    let (input, target) = (reduce(&batch.input), reduce(&batch.target));
    Ok(Batch { samples: batch.samples, input, target, size: size.to_vec() })
}

/// The stride that takes `n` points to `m`: it divides the n intervals of a periodic grid or, failing that, the n - 1 intervals
/// between the points of one with both ends.
fn stride(n: usize, m: usize) -> Option<usize> {
    if m == 0 || m > n {
        None
    } else if n.is_multiple_of(m) {
        Some(n / m)
    } else {
        (n - 1).is_multiple_of(m - 1).then(|| (n - 1) / (m - 1))
    }
}

fn possible(size: &[usize], reduction: Reduction) -> String {
    let axis = |&n: &usize| match reduction {
        Reduction::Spectral => format!("from 1 to {n}"),
        Reduction::Stride => {
            let sizes: Vec<String> =
                (1..=n).filter(|&m| stride(n, m).is_some()).map(|m| m.to_string()).collect();
            format!("one of {}", sizes.join(", "))
        }
    };
    let axes: Vec<String> = size.iter().map(axis).collect();
    format!("{} for data on {size:?} points", axes.join("; then "))
}

fn strided(field: &[f32], size: &[usize], out_size: &[usize]) -> Vec<f32> {
    let strides: Vec<usize> = size.iter().zip(out_size).map(|(&n, &m)| stride(n, m).unwrap_or(1)).collect();
    let points: usize = size.iter().product();
    let out_points: usize = out_size.iter().product();
    let source = |p: usize| {
        let (mut rest, mut at, mut step) = (p, 0, 1);
        for axis in (0..size.len()).rev() {
            at += rest % out_size[axis] * strides[axis] * step;
            rest /= out_size[axis];
            step *= size[axis];
        }
        at
    };
    let places: Vec<usize> = (0..out_points).map(source).collect();
    field.chunks_exact(points).flat_map(|plane| places.iter().map(|&at| plane[at])).collect()
}
