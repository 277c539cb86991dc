//! The checks that this workspace puts its own layers through, for users' layers too (feature `testing`).
//!
//! - [`assert_gradient`]: a hand-written or recorded gradient against central differences.
//! - [`assert_adjoint`]: a backward pass of a linear map against the map.
//! - [`assert_order`], [`fit_order`]: the observed order of convergence.
//! - [`Golden`]: vectors that another implementation computed.
//! - [`Times`], [`peak_rss_mib`]: what calls cost.
//!
//! The `assert_*` functions panic with a message that says what was compared and by how much it failed: they are meant for tests.

mod adjoint;
mod cost;
mod golden;
mod gradcheck;
mod order;

pub use adjoint::{adjoint_defect, assert_adjoint};
pub use cost::{Calls, Times, peak_rss_mib};
pub use golden::{Golden, GoldenEntry, assert_close, relative_error};
pub use gradcheck::{GradCheck, assert_gradient};
pub use order::{OrderFit, assert_order, fit_order};
