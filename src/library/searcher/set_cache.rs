//! The sets of rows that filters led to lately: who types on after a filter asks for the same one with each letter.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalog::FactsVersion;
use crate::index::RowSet;
use crate::library::path_set::PathSet;
use crate::query::Test;

/// Number of tests whose sets are kept.
const KEPT: usize = 32;

/// What sets depend on: the revision of the rows, the version of the facts, and the day.
pub(super) type SetState = (usize, FactsVersion, Date);

/// The sets of rows that tests led to lately, and the list of paths that every search is limited to.
#[derive(Default)]
pub(super) struct SetCache {
    /// The list that every search is limited to.
    pub(super) among: Option<Arc<PathSet>>,
    /// The rows of `among`, once they were looked for.
    pub(super) listed: Option<RowSet>,
    /// The newest first.
    sets: VecDeque<(Test, RowSet)>,
    state: Option<SetState>,
}

impl SetCache {
    /// An empty cache of searches that are limited to a list.
    pub(super) fn limited_to(among: Option<Arc<PathSet>>) -> Self {
        Self { among, ..Self::default() }
    }

    /// Forgets the sets of another state than this.
    pub(super) fn keep_only_of(&mut self, state: SetState) {
        if self.state != Some(state) {
            self.sets.clear();
            self.listed = None;
            self.state = Some(state);
        }
    }

    /// Takes out the set of a test.
    pub(super) fn take(&mut self, test: &Test) -> Option<RowSet> {
        let at = self.sets.iter().position(|(known, _)| known == test)?;
        self.sets.remove(at).map(|(_, set)| set)
    }

    /// Keeps the set of a test, and forgets the one that was asked for longest ago.
    pub(super) fn put(&mut self, test: Test, set: RowSet) {
        self.sets.truncate(KEPT - 1);
        self.sets.push_front((test, set));
    }
}
