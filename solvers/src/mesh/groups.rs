//! Groups of cells and facets by name.

use std::collections::BTreeSet;

use super::check::TagSets;
use super::{Group, Mesh};
use crate::{Error, Result};

/// Groups by name.
impl Mesh {
    /// The numbers of the boundary facets named `name`, ascending.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if no boundary facet carries this name.
    pub fn boundary(&self, name: &str) -> Result<Vec<usize>> {
        members("boundary", name, self.groups().1, self.facets(), |f| f.tag)
    }

    /// The names that boundary facets carry.
    #[must_use]
    pub fn boundary_names(&self) -> Vec<&str> {
        names(self.groups().1, self.facets(), |f| f.tag)
    }

    /// The positions in [`Self::interfaces`] of the facets named `name`, ascending.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if no interface carries this name.
    pub fn interface(&self, name: &str) -> Result<Vec<usize>> {
        members("interface", name, self.groups().1, self.interfaces(), |f| f.tag)
    }

    /// The names that interfaces carry.
    #[must_use]
    pub fn interface_names(&self) -> Vec<&str> {
        names(self.groups().1, self.interfaces(), |f| f.tag)
    }

    /// The cells named `name`, ascending.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if no cell carries this name.
    pub fn region(&self, name: &str) -> Result<Vec<usize>> {
        members("region", name, &self.regions, &self.cell_tags, |&tag| tag)
    }

    /// The names that cells carry.
    #[must_use]
    pub fn region_names(&self) -> Vec<&str> {
        names(&self.regions, &self.cell_tags, |&tag| tag)
    }

    /// Adds `name` to the boundary facets all of whose vertices lie where `inside` holds; other names stay.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such facet.
    pub fn name_boundary(&self, name: &str, inside: impl Fn([f64; 3]) -> bool) -> Result<Self> {
        let chosen: Vec<bool> = self.points.iter().map(|&x| inside(x)).collect();
        let mut parts = self.to_parts();
        let tag = add_group(&mut parts.boundaries, name, &parts.facet_tags);
        for f in 0..self.facets.len() {
            if self.facet_vertices(f).all(|v| chosen[v as usize]) {
                parts.facets.extend(self.facet_vertices(f));
                parts.facet_tags.push(tag);
            }
        }
        let named = Self::new(parts)?;
        named.boundary(name).map(|_| named)
    }

    /// Adds `name` to the cells whose centre lies where `inside` holds; other names stay.
    ///
    /// # Errors
    /// [`Error::UnknownName`] if there is no such cell.
    pub fn name_region(&self, name: &str, inside: impl Fn([f64; 3]) -> bool) -> Result<Self> {
        let mut named = self.clone();
        let tag = add_group(&mut named.regions, name, &named.cell_tags);
        let mut sets = TagSets::new(std::mem::take(&mut named.regions), &named.cell_tags);
        for c in 0..self.n_cells() {
            if inside(self.geometry(c).centre()) {
                named.cell_tags[c] = sets.tag(&mut vec![named.cell_tags[c], tag]);
            }
        }
        named.regions = sets.groups;
        named.region(name).map(|_| named)
    }

    pub(super) fn groups(&self) -> (&[Group], &[Group]) {
        (&self.regions, &self.boundaries)
    }
}

/// Adds a group with one new tag, the smallest that nothing has.
fn add_group(groups: &mut Vec<Group>, name: &str, used: &[u32]) -> u32 {
    let taken: BTreeSet<u32> = groups.iter().flat_map(|g| &g.tags).chain(used).copied().collect();
    let mut tag = 1;
    while taken.contains(&tag) {
        tag += 1;
    }
    groups.push(Group { name: name.to_owned(), tags: vec![tag] });
    tag
}

/// The sorted tags of all groups of this name.
fn tags_of(name: &str, groups: &[Group]) -> Vec<u32> {
    let mut tags: Vec<u32> =
        groups.iter().filter(|g| g.name == name).flat_map(|g| &g.tags).copied().collect();
    tags.sort_unstable();
    tags
}

fn members<T>(
    what: &'static str,
    name: &str,
    groups: &[Group],
    items: &[T],
    tag: impl Fn(&T) -> u32,
) -> Result<Vec<usize>> {
    let tags = tags_of(name, groups);
    let found: Vec<usize> =
        (0..items.len()).filter(|&i| tags.binary_search(&tag(&items[i])).is_ok()).collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::UnknownName {
            what,
            name: name.to_owned(),
            known: names(groups, items, tag).join(", "),
        }),
    }
}

fn names<'a, T>(groups: &'a [Group], items: &[T], tag: impl Fn(&T) -> u32) -> Vec<&'a str> {
    let mut present: Vec<u32> = items.iter().map(tag).collect();
    present.sort_unstable();
    present.dedup();
    let mut names: Vec<&str> = Vec::new();
    for group in groups {
        let used = group.tags.iter().any(|tag| present.binary_search(tag).is_ok());
        if used && !names.contains(&group.name.as_str()) {
            names.push(&group.name);
        }
    }
    names
}
