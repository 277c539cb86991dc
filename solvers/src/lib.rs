//! Equations, their discretisations and their solvers; nothing learned.
//!
//! - [`grf`]: Gaussian random fields on the unit cube in one to three dimensions;
//! - [`mesh`]: structured and unstructured meshes, Gmsh files, VTU output;
//! - [`linear`]: sparse matrices, Krylov methods, algebraic multigrid, direct solvers;
//! - [`fem`]: finite elements on meshes, and geometric multigrid on the unit square;
//! - [`time`]: time integrators for the systems that finite elements leave;
//! - [`spectral`]: Fourier and Chebyshev methods with their own integrators;
//! - [`darcy`]: random Darcy-flow problems, one sample a `(seed, index)`.

pub mod darcy;
mod error;
pub mod fem;
pub mod grf;
mod grid;
pub mod linear;
pub mod mesh;
pub mod spectral;
pub mod time;

pub use error::{Error, Result};
pub use grid::Grid;
