//! Windows of a field: overlapping boxes of grid points, gathered into a batch, and summed back.
//!
//! - `axis`: which grid points the windows of one axis show.
//! - `gather`: the tensor product of up to three axes; gathering, and its adjoint.
//!
//! Gathering copies and nothing else; the adjoint adds the windows in their order, so that the result does not depend on the
//! number of threads.

mod axis;
mod gather;

pub use axis::AxisWindows;
pub use gather::Windows;
