//! Fourier transforms on regular grids: full ones, and truncated ones that compute only the modes a neural operator keeps.
//!
//! | type | map | scale |
//! |---|---|---|
//! | [`ComplexFft`] | complex to complex, in place, 1-3 D | forward 1, inverse 1/N |
//! | [`RealFft`] | real to half spectrum and back, 1-3 D | forward 1, inverse 1/N |
//! | [`TruncatedFft`] | real to the kept modes and back, 1-3 D, with the adjoints | forward 1/N, inverse 1 |
//! | [`ModeFft`] | kept modes to points, pointwise work, and back: for pseudo-spectral methods | forward 1, inverse 1 |
//!
//! Any size is allowed, primes too. Plans are kept in one global cache; `cached` returns the same plan for the same sizes.
//! Lines are transformed by `rustfft` and `realfft`; the truncated transforms choose, axis by axis, between those and products
//! with the rows of the DFT matrix that survive.
//!
//! Files: `cache` (plans by type and size), `line` (one-dimensional plans, strided lines), `full`, `roots` (twiddle factors),
//! `scratch` (per-thread work space), `lanes/` (transforms of lines side by side in vector registers), `truncated/` (the plan, its cost model, the two engines).

mod cache;
mod full;
mod lanes;
mod line;
mod roots;
pub(crate) mod scratch;
mod truncated;

pub use full::{ComplexFft, RealFft};
pub use lanes::{Diagonal, ModeFft, Run, Term, combine, lanes, settle};
pub use truncated::{Engine, TruncatedFft, max_modes};
