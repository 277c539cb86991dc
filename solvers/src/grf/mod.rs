//! Gaussian random fields on the unit interval, square and cube.
//!
//! | file | what |
//! |---|---|
//! | `config` | boundary conditions, parameters |
//! | `axis` | eigenfunctions of one axis and their fast transform |
//! | `order` | the order of the random numbers, the same at every resolution |
//! | `field` | the sampler |

mod axis;
mod config;
mod field;
mod order;

pub use config::{Boundary, GrfConfig, Mean};
pub use field::GaussianRandomField;
