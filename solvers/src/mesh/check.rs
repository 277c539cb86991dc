//! The search for defects, which finds the boundary on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::geometry::Shape;
use super::topology::{NONE, SideSort};
use super::{CellGeometry, CellKind, Defect, Facet, Group, MeshParts};

/// The facets that a checked mesh keeps.
pub(super) struct Facets {
    pub(super) boundary: Vec<Facet>,
    pub(super) interfaces: Vec<Facet>,
    pub(super) groups: Vec<Group>,
}

/// Checks everything, and finds the facets on the way.
pub(super) fn facets(parts: &MeshParts) -> Result<Facets, Defect> {
    lists(parts)?;
    points(parts)?;
    cells(parts)?;
    used(parts)?;
    sides(parts)
}

fn lists(parts: &MeshParts) -> Result<(), Defect> {
    let multiple = |list, length: usize, width: usize| match length.is_multiple_of(width) {
        true => Ok(()),
        false => Err(Defect::Length { list, expected: format!("a multiple of {width}"), found: length }),
    };
    let exact = |list, length: usize, expected: usize| match length == expected {
        true => Ok(()),
        false => Err(Defect::Length { list, expected: expected.to_string(), found: length }),
    };
    multiple("cells", parts.cells.len(), parts.kind.n_vertices())?;
    let (cells, points) = (parts.n_cells(), parts.points.len());
    if cells == 0 {
        return Err(Defect::Empty);
    }
    let width = parts.kind.n_facet_vertices();
    multiple("facets", parts.facets.len(), width)?;
    exact("facet_tags", parts.facet_tags.len(), parts.facets.len() / width)?;
    if !parts.cell_tags.is_empty() {
        exact("cell_tags", parts.cell_tags.len(), cells)?;
    }
    let sides = cells as u64 * parts.kind.edges().len() as u64 + parts.facet_tags.len() as u64;
    match sides < u64::from(NONE) && (points as u64) < u64::from(NONE) {
        true => Ok(()),
        false => Err(Defect::TooLarge { cells, points }),
    }
}

fn points(parts: &MeshParts) -> Result<(), Defect> {
    let dim = parts.kind.dim();
    let bad = |x: &[f64; 3]| x.iter().any(|v| !v.is_finite()) || x[dim..].iter().any(|&v| v != 0.);
    match parts.points.iter().position(bad) {
        Some(point) => Err(Defect::Point { point, dim, position: parts.points[point] }),
        None => Ok(()),
    }
}

fn cells(parts: &MeshParts) -> Result<(), Defect> {
    let n_points = parts.points.len();
    let mut inverted = None;
    let mut count = 0;
    for (cell, vertices) in parts.cells.chunks_exact(parts.kind.n_vertices()).enumerate() {
        if let Some(&vertex) = vertices.iter().find(|&&v| v as usize >= n_points) {
            return Err(Defect::OutOfRange { cell, vertex, points: n_points });
        }
        if let Some(i) = (1..vertices.len()).find(|&i| vertices[..i].contains(&vertices[i])) {
            return Err(Defect::RepeatedVertex { cell, vertex: vertices[i] });
        }
        match CellGeometry::new(parts.kind, &parts.points, vertices).shape() {
            Shape::Good => {}
            Shape::Degenerate => return Err(Defect::Degenerate { cell }),
            Shape::Tangled => return Err(Defect::Tangled { cell }),
            Shape::Inverted => {
                inverted = inverted.or(Some(cell));
                count += 1;
            }
        }
    }
    match inverted {
        Some(cell) => Err(Defect::Inverted { cell, count, cells: parts.n_cells() }),
        None => Ok(()),
    }
}

fn used(parts: &MeshParts) -> Result<(), Defect> {
    let mut is_used = vec![false; parts.points.len()];
    parts.cells.iter().for_each(|&v| is_used[v as usize] = true);
    match is_used.iter().position(|used| !used) {
        Some(point) => Err(Defect::Unused { point, count: is_used.iter().filter(|used| !**used).count() }),
        None => Ok(()),
    }
}

/// Pairs the sides of the cells, gives them the listed tags, and keeps the boundary and the tagged interfaces.
fn sides(parts: &MeshParts) -> Result<Facets, Defect> {
    let kind = parts.kind;
    let locals = kind.facets();
    let width = kind.n_facet_vertices();
    let out_of_range = |facet: &[u32]| facet.iter().any(|&v| v as usize >= parts.points.len());
    if let Some(facet) = parts.facets.chunks_exact(width).position(out_of_range) {
        let vertices = parts.facets[facet * width..][..width].to_vec();
        return Err(Defect::LooseFacet { facet, vertices, tag: parts.facet_tags[facet] });
    }
    let n_sides = parts.n_cells() * locals.len();
    let sort = SideSort::new(kind, locals, &parts.cells, parts.points.len(), &parts.facets);
    let mut tags = TagSets::new(parts.boundaries.clone(), &parts.facet_tags);
    let (mut boundary, mut interfaces) = (Vec::new(), Vec::new());
    let mut set = Vec::new();
    sort.try_each(|key, numbers| {
        let split = numbers.partition_point(|&n| (n as usize) < n_sides);
        let (sides, listed) = numbers.split_at(split);
        set.clear();
        set.extend(listed.iter().map(|&n| parts.facet_tags[n as usize - n_sides]));
        match *sides {
            [] => {
                let facet = listed[0] as usize - n_sides;
                return Err(Defect::LooseFacet { facet, vertices: key[..width].to_vec(), tag: set[0] });
            }
            [one] => boundary.push((one, tags.tag(&mut set))),
            [one, two] => {
                face_each_other(parts, one as usize, two as usize)?;
                let tag = tags.tag(&mut set);
                if tag != 0 {
                    interfaces.push((one, tag));
                }
            }
            [.., last] => {
                let cell = last as usize / locals.len();
                return Err(Defect::Crowded { cell, vertices: key[..width].to_vec() });
            }
        }
        Ok(())
    })?;
    let in_order = |mut list: Vec<(u32, u32)>| -> Vec<Facet> {
        list.sort_unstable();
        let n = locals.len() as u32;
        list.into_iter().map(|(side, tag)| Facet { cell: side / n, local: (side % n) as u8, tag }).collect()
    };
    Ok(Facets { boundary: in_order(boundary), interfaces: in_order(interfaces), groups: tags.groups })
}

/// Neighbours run along their common facet in opposite senses, or else they overlap.
fn face_each_other(parts: &MeshParts, one: usize, two: usize) -> Result<(), Defect> {
    let locals = parts.kind.facets();
    let vertices = |side: usize| {
        let cell = parts.cell(side / locals.len());
        locals[side % locals.len()].iter().map(|&v| cell[v as usize])
    };
    let (first, second) = (one / locals.len(), two / locals.len());
    let same_sense = match parts.kind {
        CellKind::Interval => one % 2 == two % 2,
        kind if kind.dim() == 2 => vertices(one).eq(vertices(two)),
        _ => {
            let start = vertices(one).next();
            let mut turned = vertices(two).cycle().skip_while(|&v| Some(v) != start).skip(1);
            vertices(one).nth(1) == turned.next()
        }
    };
    let same_cell = || {
        let sorted = |c: usize| parts.cell(c).iter().copied().collect::<BTreeSet<_>>();
        sorted(first) == sorted(second)
    };
    match same_sense {
        false => Ok(()),
        true if same_cell() => Err(Defect::Duplicate { first, second }),
        true => Err(Defect::Overlap { first, second }),
    }
}

/// Gives one tag to each set of tags, so that an item may be in several groups and still carry one number.
pub(super) struct TagSets {
    pub(super) groups: Vec<Group>,
    taken: BTreeSet<u32>,
    next: u32,
    made: BTreeMap<Vec<u32>, u32>,
}

impl TagSets {
    pub(super) fn new(groups: Vec<Group>, used: &[u32]) -> Self {
        let taken = used.iter().chain(groups.iter().flat_map(|g| &g.tags)).copied().collect();
        Self { groups, taken, next: 1, made: BTreeMap::new() }
    }

    /// The tag for the tags in `set`, which is sorted on the way: 0 for none, the tag itself for one, a new number in all the groups of
    /// its members for several.
    pub(super) fn tag(&mut self, set: &mut Vec<u32>) -> u32 {
        set.retain(|&tag| tag != 0);
        set.sort_unstable();
        set.dedup();
        match set[..] {
            [] => 0,
            [tag] => tag,
            _ => self.made.get(set.as_slice()).copied().unwrap_or_else(|| self.make(set)),
        }
    }

    fn make(&mut self, set: &[u32]) -> u32 {
        while self.taken.contains(&self.next) {
            self.next += 1;
        }
        let new = self.next;
        self.next += 1;
        self.made.insert(set.to_vec(), new);
        for group in &mut self.groups {
            if group.tags.iter().any(|tag| set.binary_search(tag).is_ok()) {
                group.tags.push(new);
            }
        }
        new
    }
}
