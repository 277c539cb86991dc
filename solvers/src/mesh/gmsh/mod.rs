//! Meshes in Gmsh's `.msh` files, formats 2.2 and 4.1, ASCII and binary of both byte orders.
//!
//! | in the file | in the mesh |
//! |---|---|
//! | elements of the highest dimension | the cells; they must be of one kind |
//! | their physical groups | regions |
//! | physical groups one dimension below | boundaries and interfaces |
//! | a physical group without a name | a name that is its tag, `"7"` |
//! | elements of higher order | their vertices: **sides become straight**, the other nodes are dropped |
//! | nodes that no cell uses (centres of arcs, say) | dropped |
//! | a plane mesh at constant z, a line mesh at constant y and z | moved to 0 |
//! | elements two or more dimensions below, periodicity, data, other sections | ignored |
//!
//! Prisms, pyramids, cells of two kinds, surfaces in space, partitioned meshes and other versions are refused by name. A count in a file is
//! believed only as far as the file is long enough for it, so that memory stays a small multiple of the file's size.
//!
//! **Source.** C. Geuzaine, J.-F. Remacle, Gmsh reference manual 4.15, section "MSH file format".

mod build;
mod cursor;
mod raw;
mod types;
mod v2;
mod v4;
mod write;

use std::path::Path;

pub use write::write;

use self::build::Built;
use self::cursor::{Encoding, Flaw};
use self::raw::Raw;
use super::{Mesh, MeshParts};
use crate::{Error, Result};

/// Reads and checks a mesh.
///
/// # Errors
/// [`Error::File`] with the path, for text the line, and the element; a mesh of inverted cells can be read by [`read_parts`] and repaired.
pub fn read(path: impl AsRef<Path>) -> Result<Mesh> {
    let (name, bytes) = load(path.as_ref())?;
    parse(&name, &bytes)
}

/// Reads a mesh without checking its cells: for meshes to repair by [`MeshParts::orient`].
///
/// # Errors
/// [`Error::File`] with the path, for text the line, and what is wrong.
pub fn read_parts(path: impl AsRef<Path>) -> Result<MeshParts> {
    let (name, bytes) = load(path.as_ref())?;
    Ok(lists(&name, &bytes)?.0.parts)
}

/// Reads and checks a mesh that is already in memory; `name` stands for the path in messages.
///
/// ```
/// let text = "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n\
///             $PhysicalNames\n1\n1 5 \"inlet\"\n$EndPhysicalNames\n\
///             $Nodes\n3\n1 0 0 0\n2 1 0 0\n3 0 1 0\n$EndNodes\n\
///             $Elements\n2\n1 1 2 5 1 3 1\n2 2 2 0 1 1 2 3\n$EndElements\n";
/// let mesh = sobolev_solvers::mesh::gmsh::parse("a string", text.as_bytes())?;
/// assert_eq!((mesh.n_cells(), mesh.boundary("inlet")?.len()), (1, 1));
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
///
/// # Errors
/// As [`read`].
pub fn parse(name: &str, bytes: &[u8]) -> Result<Mesh> {
    let (mut built, encoding) = lists(name, bytes)?;
    let parts =
        std::mem::replace(&mut built.parts, MeshParts::new(super::CellKind::Interval, vec![], vec![]));
    Mesh::new(parts).map_err(|error| match error {
        Error::Mesh(defect) => located(name, bytes, encoding, built.flaw(&defect)),
        other => other,
    })
}

fn load(path: &Path) -> Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) => Err(Error::File { path: name, line: None, reason: format!("cannot be read: {error}") }),
    }
}

fn lists(name: &str, bytes: &[u8]) -> Result<(Built, Encoding)> {
    let (raw, encoding) = Raw::read(bytes);
    let built = raw.and_then(build::build).map_err(|flaw| located(name, bytes, encoding, flaw))?;
    Ok((built, encoding))
}

/// The error with the line of a text, or the byte of a binary file. Place 0 stands for the file as a whole.
fn located(name: &str, bytes: &[u8], encoding: Encoding, flaw: Flaw) -> Error {
    let before = &bytes[..flaw.at.min(bytes.len())];
    let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
    let (line, reason) = match encoding {
        _ if flaw.at == 0 => (None, flaw.what),
        Encoding::Ascii => (Some(line), flaw.what),
        _ => (None, format!("at byte {}: {}", flaw.at, flaw.what)),
    };
    Error::File { path: name.to_owned(), line, reason }
}
