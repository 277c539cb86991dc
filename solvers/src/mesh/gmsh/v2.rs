//! The sections of format 2.2.

use super::cursor::{Cursor, Encoding, Flaw, Parse};
use super::raw::Raw;

/// `$Nodes`: number and coordinates of each.
pub(super) fn nodes(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Parse<()> {
    let count = counted(cursor, "the number of nodes", "nodes", 4)?;
    raw.node_tags.reserve_exact(count);
    raw.points.reserve_exact(count);
    for _ in 0..count {
        raw.node_tags.push(number(cursor, "the number of a node")?);
        let mut x = [0.; 3];
        for x in &mut x {
            *x = cursor.coordinate("a coordinate of a node")?;
        }
        raw.points.push(x);
    }
    Ok(())
}

/// `$Elements`: type, tags (the physical group first), and nodes of each. In binary, elements of one type share a header.
pub(super) fn elements(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Parse<()> {
    let count = counted(cursor, "the number of elements", "elements", 2)?;
    let mut done = 0;
    while done < count {
        done += match cursor.encoding {
            Encoding::Ascii => one(cursor, raw)?,
            _ => several(cursor, raw, count - done)?,
        };
    }
    Ok(())
}

fn one(cursor: &mut Cursor<'_>, raw: &mut Raw) -> Parse<usize> {
    let id = number(cursor, "the number of an element")?;
    let code = cursor.int("the type of an element")?;
    let role = Raw::role(cursor, code)?;
    let n_tags = cursor.int("the number of tags of an element")?;
    element(cursor, raw, role, n_tags, id)?;
    Ok(1)
}

fn several(cursor: &mut Cursor<'_>, raw: &mut Raw, left: usize) -> Parse<usize> {
    let start = cursor.here();
    let code = cursor.int("the type of elements")?;
    let role = Raw::role(cursor, code)?;
    let n = cursor.int("the number of elements in a block")?;
    let n_tags = cursor.int("the number of tags of elements")?;
    let n = match usize::try_from(n) {
        Ok(n) if n >= 1 && n <= left => n,
        _ => {
            let what =
                format!("a block must hold 1 to {left} elements, the rest of those announced, but holds {n}");
            return Err(Flaw { at: start, what });
        }
    };
    for _ in 0..n {
        let id = number(cursor, "the number of an element")?;
        element(cursor, raw, role, n_tags, id)?;
    }
    Ok(n)
}

fn element(
    cursor: &mut Cursor<'_>,
    raw: &mut Raw,
    role: (super::types::Role, usize),
    n_tags: i32,
    id: u64,
) -> Parse<()> {
    if n_tags < 0 {
        return cursor.fail(format!("expected a number of tags, found {n_tags}"));
    }
    let mut physical = 0;
    for i in 0..n_tags {
        let tag = cursor.int("a tag of an element")?;
        if i == 0 {
            physical = tag;
        }
    }
    let set = raw.set(&[physical]);
    raw.element(cursor, role, id, set, |cursor| number(cursor, "a node of an element"))
}

/// A count in text, with the line break behind it, and items of so many numbers.
fn counted(cursor: &mut Cursor<'_>, what: &str, items: &str, numbers: usize) -> Parse<usize> {
    let count: u64 = cursor.text(what)?;
    let count = cursor.fits(count, numbers, 4, items)?;
    cursor.end_line();
    Ok(count)
}

fn number(cursor: &mut Cursor<'_>, what: &str) -> Parse<u64> {
    let at = cursor.here();
    let value = cursor.int(what)?;
    u64::try_from(value).map_err(|_| Flaw { at, what: format!("expected {what}, found {value}") })
}
