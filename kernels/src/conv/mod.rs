//! Convolutions of fields on grids of one to three axes, strided and transposed, with three kinds of boundary.
//!
//! - `axis`: kernel, stride, padding and boundary of one axis; which point a tap reads.
//! - `spec`: all axes together, and the sizes that follow.
//! - `reference`: the definition in plain loops.

mod axis;
mod reference;
mod spec;

pub use axis::{Boundary, ConvAxis};
pub use reference::{reference, reference_transpose};
pub use spec::ConvSpec;
