//! Writing format 4.1 in ASCII.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::types::code;
use crate::mesh::{Group, Mesh, file};
use crate::{Error, Result};

/// Writes a mesh as `.msh` 4.1 in ASCII, with regions, boundaries and interfaces as physical groups.
///
/// Each tag becomes an entity with the physical groups of its names; cells and facets come sorted by tag. A tag without a name becomes
/// a physical group without a name. Coordinates are written so that they read back to the same bits. The file is written under a
/// temporary name and renamed.
///
/// # Errors
/// [`Error::File`](crate::Error::File) if the file cannot be written, or a name has a line break.
pub fn write(path: impl AsRef<Path>, mesh: &Mesh) -> Result<()> {
    let entities = Entities::new(mesh);
    if let Some(name) =
        entities.physical.iter().flat_map(|p| &p.names).find(|name| name.contains(['\n', '\r']))
    {
        let path = path.as_ref().display().to_string();
        return Err(Error::File { path, line: None, reason: format!("the name {name:?} has a line break") });
    }
    file::write(path.as_ref(), |out| {
        out.write_all(b"$MeshFormat\n4.1 0 8\n$EndMeshFormat\n")?;
        names(out, &entities)?;
        entities.write(out, mesh)?;
        nodes(out, mesh)?;
        elements(out, mesh, &entities)
    })
}

/// The items of each tag, and the numbers of the named groups.
struct Entities {
    dim: usize,
    /// By tag, the cells.
    cells: BTreeMap<u32, Vec<usize>>,
    /// By tag, the vertices of facets.
    facets: BTreeMap<u32, Vec<Vec<u32>>>,
    /// Names, numbered from 1, and for a tag the numbers of its names: for cells, for facets.
    physical: [Physical; 2],
}

#[derive(Default)]
struct Physical {
    names: Vec<String>,
    of_tag: BTreeMap<u32, Vec<usize>>,
}

impl Physical {
    fn new(groups: &[Group], tags: impl Iterator<Item = u32>) -> Self {
        let mut found = Self::default();
        for group in groups {
            let known = found.names.iter().position(|name| *name == group.name);
            let number = known.unwrap_or_else(|| {
                found.names.push(group.name.clone());
                found.names.len() - 1
            });
            for &tag in &group.tags {
                found.of_tag.entry(tag).or_default().push(number + 1);
            }
        }
        let mut next = found.names.len();
        for tag in tags.filter(|&tag| tag != 0) {
            found.of_tag.entry(tag).or_insert_with(|| {
                next += 1;
                vec![next]
            });
        }
        found
    }

    fn of(&self, tag: u32) -> &[usize] {
        self.of_tag.get(&tag).map_or(&[], Vec::as_slice)
    }
}

impl Entities {
    fn new(mesh: &Mesh) -> Self {
        let mut cells: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        (0..mesh.n_cells()).for_each(|c| cells.entry(mesh.cell_tag(c)).or_default().push(c));
        let mut facets: BTreeMap<u32, Vec<Vec<u32>>> = BTreeMap::new();
        for &facet in mesh.facets().iter().chain(mesh.interfaces()).filter(|facet| facet.tag != 0) {
            facets.entry(facet.tag).or_default().push(mesh.vertices_of(facet).collect());
        }
        let (regions, boundaries) = mesh.groups();
        let physical = [
            Physical::new(regions, cells.keys().copied()),
            Physical::new(boundaries, facets.keys().copied()),
        ];
        Self { dim: mesh.dim(), cells, facets, physical }
    }

    /// `$Entities`; the number of an entity is its place among the tags, from 1.
    fn write(&self, out: &mut impl Write, mesh: &Mesh) -> io::Result<()> {
        let mut counts = [0; 4];
        counts[self.dim] = self.cells.len();
        counts[self.dim - 1] = self.facets.len();
        let [points, curves, surfaces, volumes] = counts;
        writeln!(out, "$Entities\n{points} {curves} {surfaces} {volumes}")?;
        for (number, (tag, facets)) in self.facets.iter().enumerate() {
            let vertices = facets.iter().flatten().copied();
            write_entity(out, self.dim - 1, number + 1, bounds(mesh, vertices), self.physical[1].of(*tag))?;
        }
        for (number, (tag, cells)) in self.cells.iter().enumerate() {
            let vertices = cells.iter().flat_map(|&c| mesh.cell(c)).copied();
            write_entity(out, self.dim, number + 1, bounds(mesh, vertices), self.physical[0].of(*tag))?;
        }
        out.write_all(b"$EndEntities\n")
    }
}

fn bounds(mesh: &Mesh, vertices: impl Iterator<Item = u32>) -> [[f64; 3]; 2] {
    let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
    for v in vertices {
        for (axis, &x) in mesh.points()[v as usize].iter().enumerate() {
            bounds[0][axis] = bounds[0][axis].min(x);
            bounds[1][axis] = bounds[1][axis].max(x);
        }
    }
    bounds
}

fn write_entity(
    out: &mut impl Write,
    dim: usize,
    number: usize,
    [[x0, y0, z0], [x1, y1, z1]]: [[f64; 3]; 2],
    physical: &[usize],
) -> io::Result<()> {
    write!(out, "{number} {x0:?} {y0:?} {z0:?}")?;
    if dim > 0 {
        write!(out, " {x1:?} {y1:?} {z1:?}")?;
    }
    write!(out, " {}", physical.len())?;
    for tag in physical {
        write!(out, " {tag}")?;
    }
    // No bounding entities are listed.
    writeln!(out, "{}", if dim > 0 { " 0" } else { "" })
}

fn names(out: &mut impl Write, entities: &Entities) -> io::Result<()> {
    let [cells, facets] = &entities.physical;
    let count = cells.names.len() + facets.names.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "$PhysicalNames\n{count}")?;
    for (dim, physical) in [(entities.dim - 1, facets), (entities.dim, cells)] {
        for (number, name) in physical.names.iter().enumerate() {
            writeln!(out, "{dim} {} \"{name}\"", number + 1)?;
        }
    }
    out.write_all(b"$EndPhysicalNames\n")
}

fn nodes(out: &mut impl Write, mesh: &Mesh) -> io::Result<()> {
    let n = mesh.n_points();
    writeln!(out, "$Nodes\n1 {n} 1 {n}\n{} 1 0 {n}", mesh.dim())?;
    for number in 1..=n {
        writeln!(out, "{number}")?;
    }
    for [x, y, z] in mesh.points() {
        writeln!(out, "{x:?} {y:?} {z:?}")?;
    }
    out.write_all(b"$EndNodes\n")
}

fn elements(out: &mut impl Write, mesh: &Mesh, entities: &Entities) -> io::Result<()> {
    let facets: usize = entities.facets.values().map(Vec::len).sum();
    let blocks = entities.facets.len() + entities.cells.len();
    let total = facets + mesh.n_cells();
    writeln!(out, "$Elements\n{blocks} {total} 1 {total}")?;
    let mut number = 0;
    let mut element = |out: &mut dyn Write, vertices: &[u32]| {
        number += 1;
        write!(out, "{number}")?;
        vertices.iter().try_for_each(|v| write!(out, " {}", v + 1))?;
        writeln!(out)
    };
    let facet_code = mesh.kind().facet_kind().map_or(15, code);
    for (entity, facets) in entities.facets.values().enumerate() {
        writeln!(out, "{} {} {facet_code} {}", mesh.dim() - 1, entity + 1, facets.len())?;
        facets.iter().try_for_each(|vertices| element(out, vertices))?;
    }
    for (entity, cells) in entities.cells.values().enumerate() {
        writeln!(out, "{} {} {} {}", mesh.dim(), entity + 1, code(mesh.kind()), cells.len())?;
        cells.iter().try_for_each(|&c| element(out, mesh.cell(c)))?;
    }
    out.write_all(b"$EndElements\n")
}
