//! From the contents of a file to points, cells and tags.

use std::collections::BTreeMap;

use super::cursor::{Flaw, Parse};
use super::raw::{Elements, Raw, place_of};
use crate::mesh::check::TagSets;
use crate::mesh::{CellKind, Defect, Group, MeshParts};

/// The lists of a mesh, and where they stand in the file.
pub(super) struct Built {
    pub(super) parts: MeshParts,
    /// Number and place of the elements behind cells and facets.
    cells: Vec<(u64, usize)>,
    facets: Vec<(u64, usize)>,
}

impl Built {
    /// The flaw of the file behind a defect of the lists.
    pub(super) fn flaw(&self, defect: &Defect) -> Flaw {
        let element = match defect {
            Defect::LooseFacet { facet, .. } => self.facets.get(*facet),
            _ => defect.cell().and_then(|cell| self.cells.get(cell)),
        };
        match element {
            Some((number, at)) => Flaw { at: *at, what: format!("element {number}: {defect}") },
            None => Flaw { at: 0, what: defect.to_string() },
        }
    }
}

/// Takes the cells, the tagged facets one dimension below, and the points that they use.
pub(super) fn build(mut raw: Raw) -> Parse<Built> {
    let kind = cell_kind(&raw)?;
    let nodes = NodeNumbers::new(&raw.node_tags)?;
    if raw.repeats {
        merge_repeated_cells(&mut raw, kind);
    }
    let cells = std::mem::take(&mut raw.elements[place_of(kind)]);
    let facets = std::mem::take(&mut raw.elements[kind.facet_kind().map_or(0, place_of)]);

    let mut parts = MeshParts::new(kind, std::mem::take(&mut raw.points), Vec::new());
    parts.cells = nodes.of(&cells, kind.n_vertices())?;
    parts.regions = groups(&raw, kind.dim() as i32, &cells);
    parts.boundaries = groups(&raw, kind.dim() as i32 - 1, &facets);
    let physical: Vec<u32> = cells.sets.iter().flat_map(|&set| &raw.sets[set as usize]).copied().collect();
    let mut tags = TagSets::new(std::mem::take(&mut parts.regions), &physical);
    let tag_of_set: BTreeMap<u32, u32> = {
        let mut used = cells.sets.clone();
        used.sort_unstable();
        used.dedup();
        used.into_iter().map(|set| (set, tags.tag(&mut raw.sets[set as usize].clone()))).collect()
    };
    parts.cell_tags = cells.sets.iter().map(|set| tag_of_set[set]).collect();
    parts.regions = tags.groups;

    let width = kind.n_facet_vertices();
    let listed = nodes.of(&facets, width)?;
    let mut facet_places = Vec::new();
    for (i, &set) in facets.sets.iter().enumerate() {
        for &tag in &raw.sets[set as usize] {
            parts.facets.extend_from_slice(&listed[i * width..][..width]);
            parts.facet_tags.push(tag);
            facet_places.push((facets.numbers[i], facets.places[i]));
        }
    }
    let cell_places = cells.numbers.into_iter().zip(cells.places).collect();
    let mut built = Built { parts, cells: cell_places, facets: facet_places };
    let loose = |facet: &[u32], used: &[bool]| facet.iter().any(|&v| !used[v as usize]);
    let mut used = vec![false; built.parts.points.len()];
    built.parts.cells.iter().for_each(|&v| used[v as usize] = true);
    if let Some(facet) = built.parts.facets.chunks_exact(width).position(|facet| loose(facet, &used)) {
        let vertices = built.parts.facets[facet * width..][..width].to_vec();
        let tag = built.parts.facet_tags[facet];
        return Err(built.flaw(&Defect::LooseFacet { facet, vertices, tag }));
    }
    built.parts.drop_unused_points();
    flatten(&mut built.parts)?;
    Ok(built)
}

/// The one kind of cell of the highest dimension.
fn cell_kind(raw: &Raw) -> Parse<CellKind> {
    if let Some((name, at)) = raw.unsupported {
        let what =
            format!("{name}s aren't supported; a mesh has cells of one kind: tetrahedra or hexahedra in 3-D");
        return Err(Flaw { at, what });
    }
    let present = |kind: &CellKind| !raw.elements[place_of(*kind)].numbers.is_empty();
    let dim = CellKind::ALL.iter().filter(|kind| present(kind)).map(|kind| kind.dim()).max();
    let kinds: Vec<CellKind> =
        CellKind::ALL.into_iter().filter(|kind| present(kind) && Some(kind.dim()) == dim).collect();
    match kinds[..] {
        [kind] => Ok(kind),
        [one, two] => {
            let lists = [one, two].map(|kind| &raw.elements[place_of(kind)]);
            let [a, b] = lists.map(|list| list.numbers.len());
            let fewer = lists[usize::from(b < a)];
            let what = format!(
                "a mesh has cells of one kind, but here are {a} of kind {} and {b} of kind {} (element {})",
                one.name(),
                two.name(),
                fewer.numbers[0]
            );
            Err(Flaw { at: fewer.places[0], what })
        }
        _ => Err(Flaw {
            at: 0,
            what:
                "the mesh has no cells: was it saved before meshing, or are the cells in no physical group?"
                    .into(),
        }),
    }
}

/// Format 2.2 lists a cell once for each physical group that it is in.
fn merge_repeated_cells(raw: &mut Raw, kind: CellKind) {
    let n = kind.n_vertices();
    let cells = std::mem::take(&mut raw.elements[place_of(kind)]);
    if cells.sets.iter().any(|set| *set != cells.sets[0]) {
        let key = |c: usize| {
            let mut key = [u64::MAX; 8];
            key[..n].copy_from_slice(&cells.vertices[c * n..][..n]);
            key.sort_unstable();
            key
        };
        let mut order: Vec<usize> = (0..cells.numbers.len()).collect();
        order.sort_by_cached_key(|&c| (key(c), c));
        let mut keep = vec![true; order.len()];
        let mut sets = cells.sets.clone();
        for same in order.chunk_by(|&a, &b| key(a) == key(b)).filter(|same| same.len() > 1) {
            let mut tags: Vec<u32> =
                same.iter().flat_map(|&c| &raw.sets[cells.sets[c] as usize]).copied().collect();
            let listed = tags.len();
            tags.sort_unstable();
            tags.dedup();
            // Twice in one group is not Gmsh's way to say two groups: the check will name the two cells.
            if tags.len() == listed && same.iter().all(|&c| cells.sets[c] != 0) {
                sets[same[0]] = raw.number_of(tags);
                same[1..].iter().for_each(|&c| keep[c] = false);
            }
        }
        if keep.contains(&false) {
            raw.elements[place_of(kind)] = kept(&cells, &sets, &keep, n);
            return;
        }
    }
    raw.elements[place_of(kind)] = cells;
}

fn kept(cells: &Elements, sets: &[u32], keep: &[bool], n: usize) -> Elements {
    let mut left = Elements::default();
    for c in (0..keep.len()).filter(|&c| keep[c]) {
        left.vertices.extend_from_slice(&cells.vertices[c * n..][..n]);
        left.numbers.push(cells.numbers[c]);
        left.sets.push(sets[c]);
        left.places.push(cells.places[c]);
    }
    left
}

/// One group for each physical group of a dimension that is named or used; the name of one without a name is its tag.
fn groups(raw: &Raw, dim: i32, elements: &Elements) -> Vec<Group> {
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    let mut sets = elements.sets.clone();
    sets.sort_unstable();
    sets.dedup();
    for &tag in sets.iter().flat_map(|&set| &raw.sets[set as usize]) {
        names.insert(tag, tag.to_string());
    }
    for ((_, tag), name) in raw.names.range((dim, 1)..=(dim, u32::MAX)) {
        names.insert(*tag, name.clone());
    }
    names.into_iter().map(|(tag, name)| Group { name, tags: vec![tag] }).collect()
}

/// Points on a plane or line at constant other coordinates are moved to where those are 0.
fn flatten(parts: &mut MeshParts) -> Parse<()> {
    let dim = parts.kind.dim();
    for axis in dim..3 {
        let Some(offset) = parts.points.first().map(|x| x[axis]) else { return Ok(()) };
        let size = parts.points.iter().flatten().fold(0f64, |size, x| size.max(x.abs()));
        if parts.points.iter().any(|x| (x[axis] - offset).abs() > 1e-12 * size) {
            let what = format!(
                "the cells of highest dimension are of kind {}, but their {} coordinates differ: surfaces and lines in a space \
                 of more dimensions aren't supported (was the mesh generated up to dimension {}?)",
                parts.kind.name(),
                ["x", "y", "z"][axis],
                dim + 1
            );
            return Err(Flaw { at: 0, what });
        }
        parts.points.iter_mut().for_each(|x| x[axis] = 0.);
    }
    Ok(())
}

/// From tags of nodes to numbers of points.
enum NodeNumbers {
    /// At the place of a tag the number, or `u32::MAX`.
    Table(Vec<u32>),
    /// Sorted by tag.
    Sorted(Vec<(u64, u32)>),
}

impl NodeNumbers {
    fn new(tags: &[u64]) -> Parse<Self> {
        if tags.len() >= u32::MAX as usize {
            return Err(Flaw { at: 0, what: format!("{} nodes are more than 32 bits number", tags.len()) });
        }
        let twice = |tag: u64| Err(Flaw { at: 0, what: format!("the node {tag} is listed twice") });
        let largest = tags.iter().copied().max().unwrap_or(0);
        if largest <= 4 * tags.len() as u64 + 1024 {
            let mut table = vec![u32::MAX; largest as usize + 1];
            for (number, &tag) in tags.iter().enumerate() {
                if std::mem::replace(&mut table[tag as usize], number as u32) != u32::MAX {
                    return twice(tag);
                }
            }
            return Ok(Self::Table(table));
        }
        let mut sorted: Vec<(u64, u32)> = tags.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            Some(pair) => twice(pair[0].0),
            None => Ok(Self::Sorted(sorted)),
        }
    }

    fn get(&self, tag: u64) -> Option<u32> {
        match self {
            Self::Table(table) => {
                table.get(usize::try_from(tag).ok()?).copied().filter(|&number| number != u32::MAX)
            }
            Self::Sorted(sorted) => {
                sorted.binary_search_by_key(&tag, |&(tag, _)| tag).ok().map(|i| sorted[i].1)
            }
        }
    }

    /// The point numbers of the vertices of elements with `n` vertices.
    fn of(&self, elements: &Elements, n: usize) -> Parse<Vec<u32>> {
        let number = |(i, &tag): (usize, &u64)| {
            self.get(tag).ok_or_else(|| {
                let what = format!(
                    "element {} has the node {tag}, which isn't among $Nodes",
                    elements.numbers[i / n]
                );
                Flaw { at: elements.places[i / n], what }
            })
        };
        elements.vertices.iter().enumerate().map(number).collect()
    }
}
