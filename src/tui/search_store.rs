//! Where the browser finds and keeps saved searches.

use std::fmt;
use std::sync::Arc;

use crate::query::Searches;

/// Keeps saved searches; called on a thread of its own. Reasons of failures are words for the user, with what can be done.
pub(crate) trait SearchStore: Send + Sync {
    /// Saves a query under a name, in place of what was saved under it. Returns all searches as they are by now.
    fn save(&self, name: &str, query: &str) -> Result<Searches, String>;
    /// Deletes the search of this name. Returns all searches as they are by now.
    fn delete(&self, name: &str) -> Result<Searches, String>;
}

/// The saved searches at the start, and what keeps them. By default there are none, and none can be saved.
#[derive(Clone, Default)]
pub(crate) struct SavedSearches {
    /// The searches at the start.
    pub known: Searches,
    /// What keeps them.
    pub store: Option<Arc<dyn SearchStore>>,
}

impl fmt::Debug for SavedSearches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedSearches").field("known", &self.known).finish_non_exhaustive()
    }
}
