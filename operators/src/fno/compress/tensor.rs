//! Complex tensors of any order in double precision.

use sobolev_kernels::Complex;
use sobolev_kernels::contract::tucker::mode_product;

use crate::{Error, Result};

/// A complex number in double precision.
pub type C64 = Complex<f64>;

/// A complex tensor `[I_1, .., I_N]`, last axis fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct ComplexTensor {
    shape: Vec<usize>,
    entries: Vec<C64>,
}

impl ComplexTensor {
    /// A tensor of these entries.
    ///
    /// # Errors
    /// [`Error::Decomposition`] for an empty axis, a wrong number of entries, or an entry that is not finite.
    pub fn new(shape: &[usize], entries: Vec<C64>) -> Result<Self> {
        let expected = shape.iter().product::<usize>();
        if shape.is_empty() || expected == 0 || entries.len() != expected {
            let reason = format!("a tensor of shape {shape:?} has {expected} entries, not {}", entries.len());
            return Err(Error::Decomposition { reason });
        }
        if let Some(at) = entries.iter().position(|z| !z.is_finite()) {
            let reason = format!("entry {at} of a tensor of shape {shape:?} is {}", entries[at]);
            return Err(Error::Decomposition { reason });
        }
        Ok(Self { shape: shape.to_vec(), entries })
    }

    /// Inside: the shape is right by construction.
    pub(super) fn of(shape: &[usize], entries: Vec<C64>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), entries.len());
        Self { shape: shape.to_vec(), entries }
    }

    /// The lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The entries, last axis fastest.
    #[must_use]
    pub fn entries(&self) -> &[C64] {
        &self.entries
    }

    /// The Frobenius norm.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.entries.iter().map(Complex::norm_sqr).sum::<f64>().sqrt()
    }

    /// The Frobenius norm of the difference.
    ///
    /// # Panics
    /// If the shapes differ.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f64 {
        assert_eq!(self.shape, other.shape, "tensors of equal shape");
        self.entries.iter().zip(&other.entries).map(|(a, b)| (a - b).norm_sqr()).sum::<f64>().sqrt()
    }

    /// Entries before, along and after an axis.
    pub(super) fn split(&self, axis: usize) -> (usize, usize, usize) {
        (self.shape[..axis].iter().product(), self.shape[axis], self.shape[axis + 1..].iter().product())
    }

    /// `X x_k U` with `U [rows, I_k]`.
    pub(super) fn mode_product(&self, axis: usize, u: &[C64]) -> Self {
        let (before, length, after) = self.split(axis);
        let rows = u.len() / length;
        let entries = mode_product(&self.entries, u, before, length, rows, after);
        let mut shape = self.shape.clone();
        shape[axis] = rows;
        Self { shape, entries }
    }

    /// Zero from index `first` of an axis on.
    pub(super) fn cleared_from(mut self, axis: usize, first: usize) -> Self {
        let (_, length, after) = self.split(axis);
        for block in self.entries.chunks_exact_mut(length * after) {
            block[first.min(length) * after..].fill(0.0.into());
        }
        self
    }

    /// The same numbers under another shape.
    pub(super) fn reshaped(self, shape: &[usize]) -> Self {
        Self::of(shape, self.entries)
    }

    /// The axes in another order: axis j of the result is axis `order[j]`.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let shape: Vec<usize> = order.iter().map(|&axis| self.shape[axis]).collect();
        let strides: Vec<usize> =
            order.iter().map(|&axis| self.shape[axis + 1..].iter().product::<usize>()).collect();
        let mut entries = Vec::with_capacity(self.entries.len());
        let mut index = vec![0; order.len()];
        let mut at = 0;
        for _ in 0..self.entries.len() {
            entries.push(self.entries[at]);
            for j in (0..order.len()).rev() {
                index[j] += 1;
                at += strides[j];
                if index[j] < shape[j] {
                    break;
                }
                at -= strides[j] * shape[j];
                index[j] = 0;
            }
        }
        Self { shape, entries }
    }
}

/// The conjugate transpose of `[rows, cols]`.
pub(super) fn adjoint(matrix: &[C64], cols: usize) -> Vec<C64> {
    let rows = matrix.len() / cols;
    (0..cols).flat_map(|j| (0..rows).map(move |i| matrix[i * cols + j].conj())).collect()
}
