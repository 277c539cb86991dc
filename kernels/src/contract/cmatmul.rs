//! The batched complex product with its two backward passes.

use num_complex::Complex;

use super::product::{View, each, summed};
use crate::Scalar;

/// How one factor of a [`CMatmul`] stands in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operand {
    shared: bool,
    transposed: bool,
}

impl Operand {
    /// One matrix per item of the batch.
    #[must_use]
    pub const fn each() -> Self {
        Self { shared: false, transposed: false }
    }

    /// One matrix for all items; its gradient is the sum over the batch.
    #[must_use]
    pub const fn shared() -> Self {
        Self { shared: true, transposed: false }
    }

    /// The stored matrices are the transposes (not conjugated) of those in the product.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }
}

/// A batch of complex matrix products.
///
/// ```math
/// y_j = op(a_j) op(b_j),   j = 1..N
/// ```
///
/// For a real loss `L` and gradients in the convention `g = ∂L/∂Re + i ∂L/∂Im`, the backward passes are
///
/// ```math
/// g_{op(a)} = g_y op(b)^H,   g_{op(b)} = op(a)^H g_y,
/// ```
///
/// returned in the storage of `a` and `b`, and summed over the batch for an operand that all items share.
///
/// **Shapes.** `a [N or 1, m, k]`, or `[N or 1, k, m]` if transposed; `b [N or 1, k, n]`, or `[N or 1, n, k]`; `y [N, m, n]`.
///
/// **Choice of the arithmetic.** The native complex products of the `gemm` crate on interleaved numbers, rather than four real
/// products on split parts: 0.07 against 0.10 ms for 144 products of 16 x 32 by 32 x 32, and 0.03 against 0.07 ms for one of
/// 2304 x 32 by 32 x 4 (`f32`, two threads, AVX-512, `examples/contract_times.rs`), before the cost of splitting.
///
/// ```
/// use num_complex::Complex;
/// use sobolev_kernels::contract::CMatmul;
///
/// let i = Complex::new(0.0, 1.0);
/// let y = CMatmul::new(1, 1, 2, 1).forward(&[i, i], &[i, Complex::new(2.0, 0.0)]);
/// assert_eq!(y, [Complex::new(-1.0, 2.0)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CMatmul {
    batch: usize,
    m: usize,
    k: usize,
    n: usize,
    a: Operand,
    b: Operand,
}

impl CMatmul {
    /// `batch` products of `[m, k]` and `[k, n]`, both operands one per item and as written.
    #[must_use]
    pub const fn new(batch: usize, m: usize, k: usize, n: usize) -> Self {
        Self { batch, m, k, n, a: Operand::each(), b: Operand::each() }
    }

    /// The same products with another storage of `a`.
    #[must_use]
    pub const fn with_a(self, a: Operand) -> Self {
        Self { a, ..self }
    }

    /// The same products with another storage of `b`.
    #[must_use]
    pub const fn with_b(self, b: Operand) -> Self {
        Self { b, ..self }
    }

    /// Entries of `a`.
    #[must_use]
    pub const fn a_len(&self) -> usize {
        self.m * self.k * if self.a.shared { 1 } else { self.batch }
    }

    /// Entries of `b`.
    #[must_use]
    pub const fn b_len(&self) -> usize {
        self.k * self.n * if self.b.shared { 1 } else { self.batch }
    }

    /// Entries of `y`.
    #[must_use]
    pub const fn y_len(&self) -> usize {
        self.batch * self.m * self.n
    }

    /// `y = op(a) op(b)`.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn forward<T: Scalar>(&self, a: &[Complex<T>], b: &[Complex<T>]) -> Vec<Complex<T>> {
        if self.a == Operand::each() && self.b.shared {
            // One tall product.
            let (a, b) = (self.view_a(a), self.view_b(b));
            return each(a, b, 1, self.batch * self.m, self.k, self.n);
        }
        each(self.view_a(a), self.view_b(b), self.batch, self.m, self.k, self.n)
    }

    /// The gradient of `a`, from those of `y` and from `b`.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn grad_a<T: Scalar>(&self, gy: &[Complex<T>], b: &[Complex<T>]) -> Vec<Complex<T>> {
        let (gy, b) = (self.view_y(gy), self.view_b(b));
        if self.a == Operand::each() && self.b.shared {
            return each(gy, b.t().conj(), 1, self.batch * self.m, self.n, self.k);
        }
        if self.a.transposed {
            // (g_y b^H)^T = conj(b) g_y^T
            return self.product(self.a, b.conj(), gy.t(), self.k, self.n, self.m);
        }
        self.product(self.a, gy, b.t().conj(), self.m, self.n, self.k)
    }

    /// The gradient of `b`, from `a` and the gradient of `y`.
    ///
    /// # Panics
    /// If a slice has not the length of its shape.
    #[must_use]
    pub fn grad_b<T: Scalar>(&self, a: &[Complex<T>], gy: &[Complex<T>]) -> Vec<Complex<T>> {
        let (a, gy) = (self.view_a(a), self.view_y(gy));
        let tall = self.a == Operand::each() && self.b.shared;
        let (batch, m) = if tall { (1, self.batch * self.m) } else { (self.batch, self.m) };
        let spec = Self { batch, m, ..*self };
        if self.b.transposed {
            // (a^H g_y)^T = g_y^T conj(a)
            return spec.product(self.b, gy.t(), a.conj(), self.n, m, self.k);
        }
        spec.product(self.b, a.t().conj(), gy, self.k, m, self.n)
    }

    fn product<T: Scalar>(
        &self,
        into: Operand,
        lhs: View<'_, T>,
        rhs: View<'_, T>,
        m: usize,
        k: usize,
        n: usize,
    ) -> Vec<Complex<T>> {
        if into.shared { summed(lhs, rhs, self.batch, m, k, n) } else { each(lhs, rhs, self.batch, m, k, n) }
    }

    fn view_a<'a, T: Scalar>(&self, a: &'a [Complex<T>]) -> View<'a, T> {
        assert_eq!(a.len(), self.a_len(), "entries of the left operand of {self:?}");
        view(a, self.a, self.m, self.k)
    }

    fn view_b<'a, T: Scalar>(&self, b: &'a [Complex<T>]) -> View<'a, T> {
        assert_eq!(b.len(), self.b_len(), "entries of the right operand of {self:?}");
        view(b, self.b, self.k, self.n)
    }

    fn view_y<'a, T: Scalar>(&self, gy: &'a [Complex<T>]) -> View<'a, T> {
        assert_eq!(gy.len(), self.y_len(), "entries of the result of {self:?}");
        view(gy, Operand::each(), self.m, self.n)
    }
}

fn view<T: Scalar>(data: &[Complex<T>], operand: Operand, rows: usize, cols: usize) -> View<'_, T> {
    let (row_stride, col_stride) = if operand.transposed { (1, rows) } else { (cols, 1) };
    let batch_stride = if operand.shared { 0 } else { rows * cols };
    View { data, batch_stride, row_stride, col_stride, conj: false }
}
