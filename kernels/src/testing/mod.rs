//! The checks that this workspace puts its own layers through, for users' layers too (feature `testing`).
//!
//! - [`assert_gradient`]: a hand-written or recorded gradient against central differences.
//! - [`assert_adjoint`]: a backward pass of a linear map against the map.
//! - [`assert_order`], [`fit_order`]: the observed order of convergence.
//! - [`Golden`]: vectors that another implementation computed.
//! - [`Times`]: least and median time of a call.
//!
//! The `assert_*` functions panic with a message that says what was compared and by how much it failed: they are meant for tests.

mod adjoint;
mod golden;
mod gradcheck;
mod order;
mod timing;

pub use adjoint::{adjoint_defect, assert_adjoint};
pub use golden::{Golden, GoldenEntry, assert_close, relative_error};
pub use gradcheck::{GradCheck, assert_gradient};
pub use order::{OrderFit, assert_order, fit_order};
pub use timing::Times;
