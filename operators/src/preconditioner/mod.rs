//! Learned preconditioners: multigrid with learned smoothers for diffusion, and linear multigrid operators for waves ([`wave`]).
//!
//! For diffusion, the cycle is that of multigrid's textbook for one operator A: its levels `A_0 = A, A_{l+1} = P_l^T A_l P_l` and
//! interpolations `P_l` are given, nine-point stencils all of them. What is learned is a map from the operator to its smoothers: at every node a
//! small perceptron sees the stencils of the node and its neighbours, freed of their scale, and answers with a row of the smoother.
//! The same perceptron serves all levels, sizes and coefficients, and B, the cycle, is linear in its argument and symmetric.
//!
//! ```text
//! lattice.rs    a level: nine-point operators, interpolation, features
//! smoother.rs   from features to smoothers
//! cycle.rs      the V-cycle, and how much of an error it leaves
//! wave/         the Helmholtz equation
//! ```

mod config;
mod cycle;
mod lattice;
mod smoother;
pub mod wave;

pub use config::PreconditionerConfig;
pub use cycle::{Contraction, Hierarchy};
pub use lattice::{Lattice, NinePoint};
pub use smoother::MgPreconditioner;
