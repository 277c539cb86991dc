//! Matrix products on strided views: `dst = lhs · rhs` or `dst += lhs · rhs`, real or complex, on the calling thread.
//!
//! The kernels above this one split their work into tiles themselves, so a product never spawns threads. The arithmetic is the
//! `gemm` crate's, which picks AVX-512 or AVX2 at run time.

use std::marker::PhantomData;

use crate::scalar::Entry;

/// A read-only matrix in a slice: entry `(i, j)` stands at `i * row_stride + j * col_stride`.
#[derive(Clone, Copy, Debug)]
pub struct Mat<'a, E> {
    start: *const E,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
    conj: bool,
    life: PhantomData<&'a E>,
}

/// A matrix to be written; see [`Mat`].
#[derive(Debug)]
pub struct MatMut<'a, E> {
    start: *mut E,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
    life: PhantomData<&'a mut E>,
}

fn check(len: usize, rows: usize, cols: usize, row_stride: usize, col_stride: usize) {
    if rows > 0 && cols > 0 {
        let last = (rows - 1) * row_stride + (cols - 1) * col_stride;
        assert!(
            last < len,
            "a {rows} x {cols} matrix with strides {row_stride}, {col_stride} needs {} entries, not {len}",
            last + 1
        );
    }
}

impl<'a, E: Entry> Mat<'a, E> {
    /// A row-major matrix whose rows stand `row_stride` apart.
    pub fn rows(data: &'a [E], rows: usize, cols: usize, row_stride: usize) -> Self {
        Self::strided(data, rows, cols, row_stride, 1)
    }

    /// A matrix with both strides given.
    ///
    /// # Panics
    /// If the last entry lies outside the slice.
    pub fn strided(data: &'a [E], rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Self {
        check(data.len(), rows, cols, row_stride, col_stride);
        Self { start: data.as_ptr(), rows, cols, row_stride, col_stride, conj: false, life: PhantomData }
    }

    /// The transpose, without moving anything.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }

    /// The complex conjugate (nothing changes for real entries).
    #[must_use]
    pub fn conj(self) -> Self {
        Self { conj: !self.conj, ..self }
    }

    /// The conjugate transpose.
    #[must_use]
    pub fn h(self) -> Self {
        self.t().conj()
    }
}

impl<'a, E: Entry> MatMut<'a, E> {
    /// A row-major matrix whose rows stand `row_stride` apart.
    ///
    /// # Panics
    /// If the last entry lies outside the slice.
    pub fn rows(data: &'a mut [E], rows: usize, cols: usize, row_stride: usize) -> Self {
        check(data.len(), rows, cols, row_stride, 1);
        Self { start: data.as_mut_ptr(), rows, cols, row_stride, col_stride: 1, life: PhantomData }
    }

    /// A row-major matrix at an address, for tiles of a plane that other threads write elsewhere.
    ///
    /// # Safety
    /// All entries are valid for writes for `'a`, and nobody else touches them meanwhile.
    pub unsafe fn from_raw(start: *mut E, rows: usize, cols: usize, row_stride: usize) -> Self {
        Self { start, rows, cols, row_stride, col_stride: 1, life: PhantomData }
    }
}

/// Whether a product overwrites its destination or adds to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// `dst = lhs · rhs`
    Set,
    /// `dst += lhs · rhs`
    Add,
}

/// `dst (+)= lhs · rhs`.
///
/// # Panics
/// If the shapes do not fit.
#[allow(clippy::needless_pass_by_value, reason = "views are consumed as in a matrix library")]
pub fn gemm<E: Entry>(dst: MatMut<'_, E>, lhs: Mat<'_, E>, rhs: Mat<'_, E>, store: Store) {
    assert!(
        lhs.cols == rhs.rows && dst.rows == lhs.rows && dst.cols == rhs.cols,
        "product of {} x {} and {} x {} into {} x {}",
        lhs.rows,
        lhs.cols,
        rhs.rows,
        rhs.cols,
        dst.rows,
        dst.cols
    );
    // SAFETY: the views' constructors have checked the bounds, and `dst` is borrowed mutably.
    unsafe {
        gemm::gemm(
            dst.rows,
            dst.cols,
            lhs.cols,
            dst.start,
            dst.col_stride as isize,
            dst.row_stride as isize,
            store == Store::Add,
            lhs.start,
            lhs.col_stride as isize,
            lhs.row_stride as isize,
            rhs.start,
            rhs.col_stride as isize,
            rhs.row_stride as isize,
            E::one(),
            E::one(),
            false,
            lhs.conj,
            rhs.conj,
            gemm::Parallelism::None,
        );
    }
}
