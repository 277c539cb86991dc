//! Convolutions of fields on grids of one to three axes, strided and transposed, with three kinds of boundary.
//!
//! - `axis`: kernel, stride, padding and boundary of one axis; which point a tap reads.
//! - `spec`: all axes together, and the sizes that follow.
//! - `map`: [`Convolution`], the maps on slices.
//! - `plan`: a convolution and its adjoint as one kind of map.
//! - `frame`, `rows`: the part of a source that a tile reads, boundary included.
//! - `sweep`, `direct`: the direct form.
//! - `fold`: what an adjoint by minimal filtering leaves beyond the ends, brought back.
//! - `weight`: the gradient of the weight.
//! - `winograd/`: 3 x 3 taps by minimal filtering.
//! - `reference`: the definition in plain loops.

mod axis;
mod direct;
mod fold;
mod frame;
mod map;
mod plan;
mod reference;
mod rows;
mod spec;
mod sweep;
mod weight;
mod winograd;

pub use axis::{Boundary, ConvAxis};
pub use map::{Convolution, Method, Plus, Sign, bias_gradient};
pub use reference::{reference, reference_transpose, reference_weight};
pub use spec::ConvSpec;

use map::Channels;
