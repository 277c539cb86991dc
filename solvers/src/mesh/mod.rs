//! Meshes: structured ones, Gmsh files, refinement, checks, point location, VTU output.
//!
//! - [`CellKind`]: the shapes of cells, their local numbering as data;
//! - [`MeshParts`]: unchecked lists of points, cells and tags; [`Defect`]: what can be wrong with them;
//! - [`Mesh`]: the checked mesh, with its boundary, its names, its edges and faces;
//! - [`CellGeometry`]: the map from the reference cell; [`Locator`]: its inverse, over the mesh; [`GridSampler`]: values on a regular grid;
//! - [`gmsh`]: `.msh` files; [`vtu`]: files for ParaView.

mod check;
mod defect;
mod file;
mod geometry;
pub mod gmsh;
mod groups;
mod kind;
mod locate;
#[allow(clippy::module_inception, reason = "the file of the type that the module is named after")]
mod mesh;
mod parts;
mod refine;
mod sample;
mod structured;
mod topology;
pub mod vtu;

pub use defect::Defect;
pub use geometry::CellGeometry;
pub use kind::CellKind;
pub use locate::{Location, Locator};
pub use mesh::{Facet, Mesh};
pub use parts::{Group, MeshParts};
pub use sample::GridSampler;
