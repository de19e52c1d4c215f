//! What the boxes about saved searches hold.

use super::query_line::QueryLine;
use crate::query::Searches;

/// The question under which name the query is to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Naming {
    /// The name as it is typed.
    pub name: QueryLine,
    /// The query, which can be read without results to refer to.
    pub query: String,
    /// Whether the user was told that the name is taken.
    pub replaces: bool,
}

/// The list of saved searches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Picker {
    /// The index of the selected one among those that are listed.
    pub selected: usize,
    /// The text that names or queries have to have.
    pub sought: String,
    /// Whether the user is asked if the selected one is to be deleted.
    pub deletes: bool,
}

impl Picker {
    /// The names and queries that are listed.
    pub(crate) fn listed<'a>(&self, searches: &'a Searches) -> Vec<(&'a str, &'a str)> {
        let sought = self.sought.to_lowercase();
        let fits = |text: &str| text.to_lowercase().contains(&sought);
        searches.iter().filter(|(name, query)| fits(name) || fits(query)).collect()
    }
}
