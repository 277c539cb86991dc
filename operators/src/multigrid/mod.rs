//! Multi-grid domain decomposition: any operator, applied to overlapping patches that see the whole domain at coarser and coarser
//! resolution.
//!
//! **Source.** Kossaifi et al., *Multi-Grid Tensorized Fourier Neural Operator for High-Resolution PDEs*, TMLR 2024
//! (arXiv:2310.00120), section 3.
//!
//! ```text
//! config        MultigridConfig: levels, padding, extension, low pass, coordinates, inner operator
//! options       the choices                       per_axis      one value for all axes, or one each
//! geometry      where the patches of a grid lie   restrict      coarse levels of a field
//! pyramid       levels, cut a few at a time       coordinates   positions as channels
//! decompose     cut, cut at any place, stitch     layer         Multigrid: the operator
//! inner         the operator inside, behind a pointer
//! ```

mod config;
mod coordinates;
mod decompose;
mod geometry;
mod inner;
mod layer;
mod options;
mod per_axis;
mod pyramid;
mod restrict;

pub use config::MultigridConfig;
pub use decompose::Place;
pub use layer::Multigrid;
pub use options::{Coordinates, Extension, LowPass};
pub use per_axis::PerAxis;
pub use pyramid::{Patches, Pyramid};
