//! Transforms for pseudo-spectral methods: from a box of kept modes to the points of a grid and back, fused with the pointwise
//! work between them, and the diagonal operators that act on the modes.
//!
//! Everything is laid out in *cells*: [`lanes`] real parts followed by as many imaginary parts. The lanes of a cell belong to
//! different lines (neighbouring wavenumbers along x, neighbouring rows, or different samples), so that a line is transformed by
//! whole vector operations and no shuffles; only between the axes are blocks of lanes x lanes numbers transposed.
//!
//! Files: `plan` (factors and roots), `butterfly` (the small DFTs), `line` (one line of cells), `column` (a line of a larger
//! array, zero padding), `row` (the last axis: real or complex), `modes` (the box of modes, and [`ModeFft`]),
//! `sandwich` (inverse, pointwise, forward), `planes` (truncated transforms of planes side by side), `fields` (plain arrays in and out), `diagonal` (sums of diagonal operators).

mod butterfly;
mod column;
mod diagonal;
mod fields;
mod line;
mod modes;
mod plan;
mod planes;
mod row;
mod sandwich;

pub use diagonal::{Diagonal, Term, combine, settle};
pub use modes::ModeFft;
pub(super) use planes::{Group, Planes};
pub use sandwich::Run;

/// Lanes of a cell: what 64 bytes hold, 16 `f32` or 8 `f64`, on every processor, so that layouts do not depend on it.
#[must_use]
pub const fn lanes<T>() -> usize {
    crate::simd::transpose::lanes::<T>()
}
