//! The sections of format 4.1.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Flaw, Parse};
use super::raw::Raw;

/// The physical tags of the entities, by dimension and tag.
#[derive(Default)]
pub(super) struct Entities {
    physical: BTreeMap<(i32, i32), Vec<i32>>,
}

/// `$Entities`: points, curves, surfaces, volumes with their physical groups.
pub(super) fn entities(cursor: &mut Cursor<'_>) -> Parse<Entities> {
    let mut counts = [0; 4];
    for count in &mut counts {
        *count = cursor.size("a number of entities")?;
    }
    let mut entities = Entities::default();
    for (dim, count) in (0..4).zip(counts) {
        for _ in 0..count {
            let tag = cursor.int("the tag of an entity")?;
            cursor.skip_coordinates(if dim == 0 { 3 } else { 6 }, "a bound of an entity")?;
            let physical = tags(cursor, "physical tags")?;
            if dim > 0 {
                tags(cursor, "bounding entities")?;
            }
            entities.physical.insert((dim, tag), physical);
        }
    }
    Ok(entities)
}

fn tags(cursor: &mut Cursor<'_>, what: &str) -> Parse<Vec<i32>> {
    let count = cursor.size(what)?;
    let count = cursor.fits(count, 1, 4, what)?;
    let mut tags = Vec::with_capacity(count);
    for _ in 0..count {
        tags.push(cursor.int(what)?);
    }
    Ok(tags)
}

/// The totals that open `$Nodes` and `$Elements`: blocks, and items, which must fit into the file.
fn totals(cursor: &mut Cursor<'_>, items: &str, numbers: usize) -> Parse<(u64, usize)> {
    let blocks = cursor.size("the number of blocks")?;
    let count = cursor.size("the number of items")?;
    cursor.size("the smallest tag")?;
    cursor.size("the largest tag")?;
    Ok((blocks, cursor.fits(count, numbers, 8, items)?))
}

/// `$Nodes`: in blocks, first their tags, then their coordinates.
pub(super) fn nodes(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Parse<()> {
    let (blocks, total) = totals(cursor, "nodes", 4)?;
    raw.node_tags.reserve_exact(total);
    raw.points.reserve_exact(total);
    for _ in 0..blocks {
        let start = cursor.here();
        let dim = cursor.int("the dimension of an entity")?;
        cursor.int("the tag of an entity")?;
        let parametric = cursor.int("whether nodes are parametric")?;
        let count = cursor.size("the number of nodes in a block")?;
        let (Ok(dim @ 0..=3), 0..=1) = (usize::try_from(dim), parametric) else {
            let what = format!("expected a dimension of 0 to 3 and 0 or 1, found {dim} and {parametric}");
            return Err(Flaw { at: start, what });
        };
        let count = within(start, count, total - raw.points.len(), "nodes")?;
        for _ in 0..count {
            raw.node_tags.push(cursor.size("the tag of a node")?);
        }
        for _ in 0..count {
            let mut x = [0.; 3];
            for x in &mut x {
                *x = cursor.coordinate("a coordinate of a node")?;
            }
            raw.points.push(x);
            cursor.skip_coordinates(if parametric == 1 { dim } else { 0 }, "a parameter of a node")?;
        }
    }
    complete(cursor, raw.points.len(), total, "nodes")
}

/// `$Elements`: in blocks of one entity and one type.
pub(super) fn elements(cursor: &mut Cursor<'_>, raw: &mut Raw, entities: &Entities) -> Parse<()> {
    let (blocks, total) = totals(cursor, "elements", 2)?;
    let mut done = 0;
    for _ in 0..blocks {
        let start = cursor.here();
        let dim = cursor.int("the dimension of an entity")?;
        let tag = cursor.int("the tag of an entity")?;
        let code = cursor.int("the type of elements")?;
        let role = Raw::role(cursor, code)?;
        let count = cursor.size("the number of elements in a block")?;
        let count = within(start, count, total - done, "elements")?;
        // Files without the section have no physical groups.
        let physical = match entities.physical.get(&(dim, tag)) {
            Some(physical) => physical.as_slice(),
            None if entities.physical.is_empty() => &[],
            None => {
                let what = format!("the elements' entity {tag} of dimension {dim} isn't among $Entities");
                return Err(Flaw { at: start, what });
            }
        };
        let set = raw.set(physical);
        for _ in 0..count {
            let id = cursor.size("the tag of an element")?;
            raw.element(cursor, role, id, set, |cursor| cursor.size("a node of an element"))?;
        }
        done += count;
    }
    complete(cursor, done, total, "elements")
}

fn within(at: usize, count: u64, left: usize, what: &str) -> Parse<usize> {
    match usize::try_from(count) {
        Ok(n) if n <= left => Ok(n),
        _ => {
            let what = format!("a block holds {count} {what}, but only {left} are left of those announced");
            Err(Flaw { at, what })
        }
    }
}

fn complete(cursor: &Cursor<'_>, done: usize, total: usize, what: &str) -> Parse<()> {
    match done == total {
        true => Ok(()),
        false => cursor.fail(format!("{total} {what} are announced, but the blocks hold {done}")),
    }
}
