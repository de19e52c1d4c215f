//! Which pictures are folded with which: the groups of look-alikes by their pictures, for results.

use std::collections::HashMap;

use super::{LOOK_ALIKE, best_first, groups};
use crate::catalog::{Catalog, CatalogError, LookRow};

/// A picture of a group by its id, and how similar it looks to the best of the group, 0 to 1.
pub(crate) type Alike = (i64, f32);

/// The groups of look-alikes of a collection, kept in memory: a few bytes for each picture of a group.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Folds {
    /// The group of each picture that is in one, by its id.
    group_of: HashMap<i64, u32>,
    /// The pictures of each group, the best first.
    groups: Vec<Vec<Alike>>,
}

impl Folds {
    /// Finds the groups among the readable pictures under `prefix` (empty: all).
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub fn find(catalog: &Catalog, prefix: &[u8]) -> Result<Self, CatalogError> {
        Ok(Self::of(catalog.looks(prefix)?))
    }

    /// Finds the groups among pictures.
    pub(super) fn of(looks: Vec<LookRow>) -> Self {
        let looks = best_first(looks);
        let groups = groups::find(&looks, LOOK_ALIKE);
        let ids = |group: Vec<groups::Member>| {
            group.into_iter().map(|(at, similarity)| (looks[at].id, similarity)).collect()
        };
        Self::new(groups.into_iter().map(ids).collect())
    }

    pub(in crate::library) fn new(groups: Vec<Vec<Alike>>) -> Self {
        let numbered = (0..u32::MAX).zip(&groups);
        let group_of =
            numbered.flat_map(|(number, group)| group.iter().map(move |(id, _)| (*id, number))).collect();
        Self { group_of, groups }
    }

    /// The pictures that look like this one, with itself, the best first; empty if there are none.
    pub fn with(&self, id: i64) -> &[Alike] {
        let group = self.group_of.get(&id).and_then(|number| self.groups.get(*number as usize));
        group.map(Vec::as_slice).unwrap_or_default()
    }

    /// The number of pictures that are not the best of their group.
    pub fn folded_pictures(&self) -> usize {
        self.group_of.len() - self.groups.len()
    }

    /// All groups, in the order of the paths of their best pictures, which come first.
    pub fn groups(&self) -> &[Vec<Alike>] {
        &self.groups
    }
}
