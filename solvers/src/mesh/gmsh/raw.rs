//! What the sections of a file say, before it becomes a mesh.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Encoding, Flaw, Parse, shortened};
use super::types::{Role, element_type};
use super::{v2, v4};
use crate::mesh::CellKind;

/// The elements of one role, in the order of the file.
#[derive(Default)]
pub(super) struct Elements {
    /// Tags of the vertices `[element, vertex]`, flattened.
    pub(super) vertices: Vec<u64>,
    /// The element's tag in the file.
    pub(super) numbers: Vec<u64>,
    /// Which of [`Raw::sets`] holds its physical groups.
    pub(super) sets: Vec<u32>,
    /// Where it stands in the file.
    pub(super) places: Vec<usize>,
}

/// The contents of a file.
#[derive(Default)]
pub(super) struct Raw {
    /// Names of physical groups by dimension and tag.
    pub(super) names: BTreeMap<(i32, u32), String>,
    pub(super) node_tags: Vec<u64>,
    pub(super) points: Vec<[f64; 3]>,
    /// Points, then the kinds in their order.
    pub(super) elements: [Elements; 6],
    /// Distinct sets of physical tags; the first one is empty.
    pub(super) sets: Vec<Vec<u32>>,
    set_numbers: BTreeMap<Vec<u32>, u32>,
    /// The first element of a shape that meshes do not have: its name, and where it stands.
    pub(super) unsupported: Option<(&'static str, usize)>,
    /// Whether an element is listed once for each of its physical groups, as format 2.2 does.
    pub(super) repeats: bool,
}

/// The two layouts that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V2,
    V4,
}

impl Raw {
    /// Reads all sections. The encoding comes back too, because it decides whether a place is a line or a byte.
    pub(super) fn read(bytes: &[u8]) -> (Parse<Self>, Encoding) {
        let mut cursor = Cursor::new(bytes);
        let raw = Self::sections(&mut cursor);
        (raw, cursor.encoding)
    }

    fn sections(cursor: &mut Cursor<'_>) -> Parse<Self> {
        let mut raw = Self::default();
        raw.set(&[]);
        let mut version = None;
        let mut entities = v4::Entities::default();
        let mut seen = Vec::new();
        while !cursor.at_end() {
            let start = cursor.at;
            let word = cursor.word("a section")?;
            let Some(name) = word.strip_prefix('$') else {
                return Err(Flaw { at: start, what: unknown_start(word, version.is_some()) });
            };
            if seen.contains(&name) && matches!(name, "MeshFormat" | "Nodes" | "Elements" | "Entities") {
                return Err(Flaw { at: start, what: format!("the section ${name} appears twice") });
            }
            seen.push(name);
            cursor.end_line();
            match (name, version) {
                ("MeshFormat", _) => version = Some(format(cursor)?),
                ("Comments", _) => {}
                ("NOD" | "ELM", _) => return Err(Flaw { at: start, what: unsupported_version("1") }),
                (_, None) => return Err(Flaw { at: start, what: unknown_start(word, false) }),
                ("PhysicalNames", _) => raw.physical_names(cursor)?,
                ("Entities", Some(Version::V4)) => entities = v4::entities(cursor)?,
                ("PartitionedEntities", _) => {
                    let what =
                        "partitioned meshes aren't supported; save the mesh without partitions".to_owned();
                    return Err(Flaw { at: start, what });
                }
                ("Nodes", Some(Version::V2)) => v2::nodes(cursor, &mut raw)?,
                ("Nodes", Some(Version::V4)) => v4::nodes(cursor, &mut raw)?,
                ("Elements", Some(Version::V2)) => {
                    raw.repeats = true;
                    v2::elements(cursor, &mut raw)?;
                }
                ("Elements", Some(Version::V4)) => v4::elements(cursor, &mut raw, &entities)?,
                _ => {
                    cursor.skip_section(name, start)?;
                    continue;
                }
            }
            if name == "Comments" {
                cursor.skip_section(name, start)?;
            } else {
                cursor.end_section(name)?;
            }
        }
        for section in ["MeshFormat", "Nodes", "Elements"] {
            if !seen.contains(&section) {
                return cursor.fail(format!("the file ends without a section ${section}"));
            }
        }
        Ok(raw)
    }

    fn physical_names(&mut self, cursor: &mut Cursor<'_>) -> Parse<()> {
        let count: u64 = cursor.text("the number of physical names")?;
        for _ in 0..count {
            let dim = cursor.text("the dimension of a physical group")?;
            let tag: i32 = cursor.text("the tag of a physical group")?;
            let name = cursor.quoted("the name of a physical group")?;
            self.names.insert((dim, tag.unsigned_abs()), name);
        }
        Ok(())
    }

    /// The number of a set of physical tags. Signs, which tell an orientation, and zeros, which mean none, are dropped.
    pub(super) fn set(&mut self, physical: &[i32]) -> u32 {
        let mut set: Vec<u32> =
            physical.iter().map(|tag| tag.unsigned_abs()).filter(|&tag| tag != 0).collect();
        set.sort_unstable();
        set.dedup();
        self.number_of(set)
    }

    /// The number of a sorted set.
    pub(super) fn number_of(&mut self, set: Vec<u32>) -> u32 {
        let next = self.sets.len() as u32;
        *self.set_numbers.entry(set).or_insert_with_key(|set| {
            self.sets.push(set.clone());
            next
        })
    }

    /// The role of an element type and the number of its nodes.
    pub(super) fn role(cursor: &Cursor<'_>, code: i32) -> Parse<(Role, usize)> {
        match element_type(code) {
            Some(found) => Ok(found),
            None => cursor.fail(format!("the element type {code} isn't known")),
        }
    }

    /// Adds an element whose nodes come next.
    pub(super) fn element(
        &mut self,
        cursor: &mut Cursor<'_>,
        (role, n_nodes): (Role, usize),
        number: u64,
        set: u32,
        node: impl Fn(&mut Cursor<'_>) -> Parse<u64>,
    ) -> Parse<()> {
        let place = cursor.here();
        let (list, n_vertices) = match role {
            Role::Point => (0, 1),
            Role::Cell(kind) => (place_of(kind), kind.n_vertices()),
            Role::Unsupported(name) => {
                self.unsupported.get_or_insert((name, place));
                return (0..n_nodes).try_for_each(|_| node(cursor).map(drop));
            }
        };
        let list = &mut self.elements[list];
        for i in 0..n_nodes {
            let tag = node(cursor)?;
            if i < n_vertices {
                list.vertices.push(tag);
            }
        }
        list.numbers.push(number);
        list.sets.push(set);
        list.places.push(place);
        Ok(())
    }
}

/// The place in [`Raw::elements`].
pub(super) fn place_of(kind: CellKind) -> usize {
    1 + CellKind::ALL.iter().position(|&k| k == kind).unwrap_or(0)
}

/// `$MeshFormat`: the version, the encoding and its sizes.
fn format(cursor: &mut Cursor<'_>) -> Parse<Version> {
    let start = cursor.here();
    let version = match cursor.word("the format version")? {
        "2.2" => Version::V2,
        "4.1" => Version::V4,
        other => return Err(Flaw { at: start, what: unsupported_version(other) }),
    };
    let binary: u8 = cursor.text("the file type, 0 for ASCII or 1 for binary")?;
    let width: u32 = cursor.text("the data size")?;
    if binary > 1 || width != 8 {
        let what =
            format!("the file type must be 0 or 1 and the data size 8, but they are {binary} and {width}");
        return Err(Flaw { at: start, what });
    }
    if binary == 1 {
        cursor.end_line();
        cursor.encoding = Encoding::Little;
        let at = cursor.at;
        cursor.encoding = match cursor.int("the number 1 in binary")? {
            1 => Encoding::Little,
            0x0100_0000 => Encoding::Big,
            other => {
                let what = format!("the byte order isn't known: the number 1 in binary reads as {other}");
                return Err(Flaw { at, what });
            }
        };
    }
    Ok(version)
}

fn unsupported_version(version: &str) -> String {
    format!(
        "Gmsh format version {} isn't supported; save as 4.1 or 2.2 (option Mesh.MshFileVersion)",
        shortened(version)
    )
}

fn unknown_start(word: &str, in_file: bool) -> String {
    let word = shortened(word);
    match in_file {
        true => format!("expected a section, found `{word}`"),
        false => format!("this is no Gmsh mesh: it must begin with $MeshFormat, but begins with `{word}`"),
    }
}
