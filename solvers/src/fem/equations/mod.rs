//! Equations on finite element spaces.
//!
//! | file | equation |
//! |---|---|
//! | `elliptic` | Poisson, Darcy, reaction-diffusion |
//! | `helmholtz`, `pml` | time-harmonic waves with impedance conditions and absorbing layers |
//! | `heat` | the heat equation, in space |
//! | `acoustic` | acoustic waves in a heterogeneous medium |
//! | `elasticity`, `material`, `elastodynamics` | linear elasticity, at rest and moving |
//! | `condition` | Dirichlet, Neumann and Robin conditions by the name of a boundary |
//! | `coefficient` | coefficients made of others, with checks |
//! | `solver` | Cholesky, or conjugate gradients with algebraic multigrid |
//!
//! Boundaries that no condition names are natural: no flux, no traction, a rigid wall. Everything that depends only on the space and on
//! which unknowns are given is found once; another sample costs an assembly, a numeric factorisation (or a multigrid setup) and a solve.

mod acoustic;
mod coefficient;
mod condition;
mod elasticity;
mod elastodynamics;
mod elliptic;
mod heat;
mod helmholtz;
mod material;
mod pml;
mod point;
mod solver;

pub use acoustic::{AcousticProblem, AcousticWave};
pub use condition::Condition;
pub use elasticity::{Elasticity, ElasticityProblem, Support};
pub use elastodynamics::Elastodynamics;
pub use elliptic::{Diffusivity, Elliptic, EllipticProblem, Solution};
pub use heat::{Heat, HeatProblem};
pub use helmholtz::{Helmholtz, HelmholtzCondition, HelmholtzProblem};
pub use material::{Lame, PlaneState};
pub use pml::Pml;
pub use solver::LinearSolver;
