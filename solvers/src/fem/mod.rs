//! Finite elements.
//!
//! On meshes of any shape, from the mesh to the linear system:
//!
//! - [`element`], [`quadrature`]: Lagrange elements and quadrature rules on the reference cells;
//! - [`Space`]: the nodes of an element on a mesh, with periodic identification;
//! - [`Assembler`], [`Form`], [`Field`]: sparse matrices and loads of forms with coefficients;
//! - [`equations`]: Poisson, Helmholtz, heat, acoustic waves, elasticity;
//! - [`Constraints`], [`Condensed`]: Dirichlet conditions and their symmetric elimination;
//! - [`Evaluator`]: values between the nodes, on a regular grid for instance.
//!
//! [`structured`] has bilinear elements on the unit square with geometric multigrid, for data sets of many samples.

mod assembly;
mod constraints;
pub mod element;
pub mod equations;
mod evaluator;
mod neumann;
mod norms;
mod periodic;
pub mod quadrature;
mod space;
pub mod structured;

pub use assembly::{Assembler, Field, FieldValue, Form, Value};
pub use constraints::{Condensed, Constraints};
pub use element::Element;
pub use evaluator::Evaluator;
pub use space::Space;
pub use structured::{
    Coefficient, DampedJacobi, EllipticSolver, ErrorNorms, LatticeLevel, Load, Progress, Report, Smoothing,
    Stopping, error_norms,
};
