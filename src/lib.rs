//! Neural operators, and the solvers that make their data.
//!
//! | module | crate | holds |
//! |---|---|---|
//! | [`kernels`] | `sobolev-kernels` | transforms, contractions, fused pointwise operations: numerics with no equation and no weight |
//! | [`solvers`] | `sobolev-solvers` | random fields, finite elements, multigrid |
//! | [`datasets`] | `sobolev-datasets` | HDF5 in the layout of The Well: generator, reader, normalisers |
//! | [`operators`] | `sobolev-operators` | FNO, TFNO and others, whole or on multi-grid patches; losses, metrics, training |
//! | [`mod@run`] | this one | what ties them: training and evaluating a model on a data set, run folders |
//! | [`precondition`] | this one | training and use of learned preconditioners for the elliptic solver and the Helmholtz equation |
//! | [`device`] | this one | CPU and GPUs: what there is, what to use |
//! | [`plot`] | this one | figures |
//!
//! The program `sobolev` (the binary of this crate) is a thin shell over [`mod@run`].

pub use sobolev_datasets as datasets;
pub use sobolev_kernels as kernels;
pub use sobolev_operators as operators;
pub use sobolev_solvers as solvers;

pub mod device;
pub mod plot;
pub mod precondition;
pub mod run;

/// Keeps the code of the README true.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
