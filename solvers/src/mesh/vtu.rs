//! VTK's XML files of unstructured grids, for ParaView, PyVista, meshio.

use std::io::{self, Write};
use std::path::Path;

use super::{CellKind, Mesh, file};
use crate::{Error, Result};

/// A field to write: its name, and its values.
///
/// **Shapes.** `values` is `[item, component]`, flattened; items are the points or the cells of the mesh. One component is a scalar.
/// Vectors of two components get a third one, 0, which viewers need to draw arrows.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The name.
    pub name: &'a str,
    /// Components of an item.
    pub components: usize,
    /// The values.
    pub values: &'a [f64],
}

impl<'a> Field<'a> {
    /// A scalar field.
    #[must_use]
    pub const fn scalar(name: &'a str, values: &'a [f64]) -> Self {
        Self { name, components: 1, values }
    }

    /// A vector field with `components` values an item.
    #[must_use]
    pub const fn vector(name: &'a str, components: usize, values: &'a [f64]) -> Self {
        Self { name, components, values }
    }
}

/// Writes a mesh with fields at its points and in its cells as `.vtu`: appended raw binary data, little-endian, 64-bit headers.
///
/// Where cells have tags, they are written as the cell field `tag`. The file is written under a temporary name and renamed.
///
/// ```
/// use sobolev_solvers::mesh::vtu::{self, Field};
/// use sobolev_solvers::mesh::Mesh;
/// # let folder = tempfile::tempdir().map_err(|e| sobolev_solvers::Error::File {
/// #     path: String::new(), line: None, reason: e.to_string() })?;
/// # let path = folder.path().join("line.vtu");
/// let mesh = Mesh::interval(8, 0., 1.)?;
/// let u: Vec<f64> = mesh.points().iter().map(|x| x[0] * (1. - x[0])).collect();
/// vtu::write(&path, &mesh, &[Field::scalar("u", &u)], &[])?;
/// # Ok::<(), sobolev_solvers::Error>(())
/// ```
///
/// # Errors
/// [`Error::Length`] for a field of the wrong length, [`Error::Config`] for one without components, [`Error::File`] if writing fails.
pub fn write(
    path: impl AsRef<Path>,
    mesh: &Mesh,
    point_data: &[Field<'_>],
    cell_data: &[Field<'_>],
) -> Result<()> {
    point_data.iter().try_for_each(|field| check(field, mesh.n_points(), "points"))?;
    cell_data.iter().try_for_each(|field| check(field, mesh.n_cells(), "cells"))?;
    let tags: Vec<u32> = (0..mesh.n_cells()).map(|c| mesh.cell_tag(c)).collect();
    let tagged = tags.iter().any(|&tag| tag != 0) && cell_data.iter().all(|field| field.name != "tag");
    let width = mesh.kind().n_vertices();

    let of_fields = |fields: &[Field<'_>]| -> Vec<Array> { fields.iter().map(Array::new).collect() };
    let points = of_fields(point_data);
    let mut cells = of_fields(cell_data);
    if tagged {
        cells.push(Array {
            name: "tag".into(),
            kind: "UInt32",
            components: 1,
            bytes: bytes(&tags, u32::to_le_bytes),
        });
    }
    let offsets: Vec<u64> = (1..=mesh.n_cells()).map(|c| (c * width) as u64).collect();
    let types = vec![type_code(mesh.kind()); mesh.n_cells()];
    let topology = vec![
        // Signed 64-bit is what every reader takes for these two.
        Array::plain("connectivity", "Int64", bytes(mesh.cells(), |v| i64::from(v).to_le_bytes())),
        Array::plain("offsets", "Int64", bytes(&offsets, u64::to_le_bytes)),
        Array::plain("types", "UInt8", types),
    ];
    let position = vec![Array {
        name: "Points".into(),
        kind: "Float64",
        components: 3,
        bytes: bytes(mesh.points().as_flattened(), f64::to_le_bytes),
    }];
    let sections = [("PointData", points), ("CellData", cells), ("Points", position), ("Cells", topology)];
    file::write(path.as_ref(), |out| {
        writeln!(out, "<?xml version=\"1.0\"?>")?;
        writeln!(
            out,
            "<VTKFile type=\"UnstructuredGrid\" version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\">"
        )?;
        let (n_points, n_cells) = (mesh.n_points(), mesh.n_cells());
        writeln!(out, "<UnstructuredGrid>")?;
        writeln!(out, "<Piece NumberOfPoints=\"{n_points}\" NumberOfCells=\"{n_cells}\">")?;
        let mut offset = 0;
        for (section, arrays) in &sections {
            writeln!(out, "<{section}>")?;
            for array in arrays {
                array.declare(out, &mut offset)?;
            }
            writeln!(out, "</{section}>")?;
        }
        write!(out, "</Piece>\n</UnstructuredGrid>\n<AppendedData encoding=\"raw\">\n_")?;
        for array in sections.iter().flat_map(|(_, arrays)| arrays) {
            out.write_all(&(array.bytes.len() as u64).to_le_bytes())?;
            out.write_all(&array.bytes)?;
        }
        out.write_all(b"\n</AppendedData>\n</VTKFile>\n")
    })
}

fn check(field: &Field<'_>, items: usize, what: &str) -> Result<()> {
    if field.components == 0 {
        return Err(Error::Config {
            field: "components",
            expected: "at least 1",
            value: format!("0 for the field {}", field.name),
        });
    }
    let expected = items * field.components;
    match field.values.len() == expected {
        true => Ok(()),
        false => Err(Error::Length {
            name: "values",
            axes: format!("field {}: {items} {what} of {} components", field.name, field.components),
            expected,
            found: field.values.len(),
        }),
    }
}

/// One array of the file.
struct Array {
    name: String,
    kind: &'static str,
    components: usize,
    bytes: Vec<u8>,
}

impl Array {
    fn new(field: &Field<'_>) -> Self {
        let name = escaped(field.name);
        if field.components == 2 {
            let padded: Vec<f64> = field.values.chunks_exact(2).flat_map(|v| [v[0], v[1], 0.]).collect();
            return Self { name, kind: "Float64", components: 3, bytes: bytes(&padded, f64::to_le_bytes) };
        }
        let bytes = bytes(field.values, f64::to_le_bytes);
        Self { name, kind: "Float64", components: field.components, bytes }
    }

    fn plain(name: &str, kind: &'static str, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), kind, components: 1, bytes }
    }

    /// The element that says where the data starts; each array is led by its length in eight bytes.
    fn declare(&self, out: &mut impl Write, offset: &mut usize) -> io::Result<()> {
        let Self { name, kind, components, bytes } = self;
        write!(out, "<DataArray type=\"{kind}\" Name=\"{name}\" ")?;
        if *components > 1 {
            write!(out, "NumberOfComponents=\"{components}\" ")?;
        }
        writeln!(out, "format=\"appended\" offset=\"{offset}\"/>")?;
        *offset += 8 + bytes.len();
        Ok(())
    }
}

fn bytes<T: Copy, const N: usize>(values: &[T], convert: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&v| convert(v)).collect()
}

/// VTK's number of a cell.
const fn type_code(kind: CellKind) -> u8 {
    match kind {
        CellKind::Interval => 3,
        CellKind::Triangle => 5,
        CellKind::Quadrilateral => 9,
        CellKind::Tetrahedron => 10,
        CellKind::Hexahedron => 12,
    }
}

/// Text in an XML attribute; control characters, which XML does not allow, become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
