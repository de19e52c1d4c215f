//! Saved searches: queries with a name, which `search:NAME` puts into another query.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::expression::Query;
use super::parser::{Options, Parsed, read};
use crate::base::closest::closest;

/// A query that was saved. It can be read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct SavedQuery {
    text: String,
    query: Query,
}

impl SavedQuery {
    /// Takes a query to be saved.
    ///
    /// # Errors
    /// When it is empty, or something is wrong or unfinished in it; in words.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let query = read(text, Options::default()).map_err(|error| format!("query, {error}"))?.query;
        if query.is_empty() {
            return Err("a saved search needs a query".to_owned());
        }
        Ok(Self { text: text.to_owned(), query })
    }

    /// The query as it was saved.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for SavedQuery {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

/// All saved searches by their names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Searches(BTreeMap<String, SavedQuery>);

/// Why `search:NAME` names no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// No search has the name.
    #[error("{}", unknown(name, within.as_deref(), meant.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// The saved search that has the name in it, if the query itself has not.
        within: Option<String>,
        /// What was probably meant.
        meant: Option<String>,
    },
    /// A search leads back to itself.
    #[error("the saved search '{}' leads back to itself: {}", ring[0], ring.join(" -> "))]
    Ring {
        /// The names, each of which has the next in its query. The last is the first.
        ring: Vec<String>,
    },
}

fn unknown(name: &str, within: Option<&str>, meant: Option<&str>) -> String {
    let within = within.map(|outer| format!(", which '{outer}' names")).unwrap_or_default();
    let meant = meant.map(|name| format!(": did you mean '{name}'?")).unwrap_or_default();
    format!("there is no saved search '{name}'{within}{meant}")
}

impl Searches {
    /// The names with their queries, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, saved)| (name.as_str(), saved.text()))
    }

    /// Whether nothing is saved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The query with this name.
    pub fn get(&self, name: &str) -> Option<&SavedQuery> {
        self.0.get(name)
    }

    /// Saves a query under a name, in place of what was saved under it.
    pub fn insert(&mut self, name: String, query: SavedQuery) {
        self.0.insert(name, query);
    }

    /// Takes a saved query out.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The query with the search that it names put into it: the terms and filters of the search before its own, and the
    /// order of the search, unless it has one itself. What the search brings stands where its name does.
    ///
    /// # Errors
    /// When the name, or one in the search itself, is not that of a search, or a search leads back to itself.
    pub fn expand(&self, mut parsed: Parsed) -> Result<Parsed, SavedError> {
        let Some(span) = parsed.saved.take() else { return Ok(parsed) };
        let mut names: Vec<String> = Vec::new();
        while let Some(name) = parsed.query.saved.take() {
            if let Some(first) = names.iter().position(|known| *known == name) {
                let mut ring = names.split_off(first);
                ring.push(name);
                return Err(SavedError::Ring { ring });
            }
            let Some(SavedQuery { query, .. }) = self.0.get(&name) else {
                let meant = closest(&name, self.0.keys().map(String::as_str)).map(str::to_owned);
                return Err(SavedError::Unknown { name, within: names.pop(), meant });
            };
            parsed.terms.splice(0..0, query.terms.iter().map(|_| span.clone()));
            parsed.query.terms.splice(0..0, query.terms.iter().cloned());
            parsed.filters.splice(0..0, query.filters.iter().map(|_| span.clone()));
            parsed.query.filters.splice(0..0, query.filters.iter().cloned());
            if let (None, Some(sort)) = (parsed.query.sort, query.sort) {
                (parsed.query.sort, parsed.sort) = (Some(sort), Some(span.clone()));
            }
            parsed.query.saved.clone_from(&query.saved);
            names.push(name);
        }
        Ok(parsed)
    }
}

/// Whether a text can be the name of a search: something that can be seen, in one line.
pub fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn searches(all: &[(&str, &str)]) -> Searches {
        let mut searches = Searches::default();
        for (name, text) in all {
            searches.insert((*name).to_owned(), SavedQuery::new(text).unwrap());
        }
        searches
    }

    fn expanded(searches: &Searches, text: &str) -> Result<String, String> {
        let parsed = read(text, Options::default()).unwrap();
        searches.expand(parsed).map(|parsed| parsed.query.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_search_is_put_into_the_query() {
        let known = searches(&[
            ("boats", "a boat - rain"),
            ("recent", "search:boats after:2024 sort:newest"),
            ("new york", "in:\"new york\""),
        ]);
        for (text, expected) in [
            ("search:boats", "a boat - rain"),
            ("search:boats - night", "a boat - rain - night"),
            ("sunset search:boats", "a boat - rain + sunset"),
            ("sunset + search:boats", "a boat - rain + sunset"),
            ("sunset + search:boats - night", "a boat - rain + sunset - night"),
            ("+ search:boats", "a boat - rain"),
            ("- night search:boats ext:jpg", "a boat - rain - night ext:jpg"),
            ("search:recent", "a boat - rain after:2024 sort:newest"),
            ("search:recent sort:oldest mp>3", "a boat - rain after:2024 mp>3 sort:oldest"),
            ("search:\"new york\" cats", "cats in:\"new york\""),
            ("cats", "cats"),
        ] {
            assert_eq!(expanded(&known, text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_plain_text_stays_one_when_it_is_saved() {
        let known = searches(&[("car", "a red car, \"old\"")]);
        let parsed = known.expand(read("search:car", Options::default()).unwrap()).unwrap();
        assert_eq!(parsed.query.plain_text(), Some("a red car, \"old\""));
    }

    #[test]
    fn what_a_search_brings_stands_where_its_name_does() {
        let known = searches(&[("boats", "a boat - rain mp>3 sort:newest")]);
        let parsed = known.expand(read("red + cars search:boats", Options::default()).unwrap()).unwrap();
        assert_eq!(parsed.terms, [11..23, 11..23, 0..3, 6..10]);
        assert_eq!(parsed.filters.first(), Some(&(11..23)));
        assert_eq!(parsed.sort, Some(11..23));
    }

    #[test]
    fn unknown_names_and_rings_are_told() {
        let known = searches(&[
            ("boats", "a boat"),
            ("self", "x search:self"),
            ("a", "search:b"),
            ("b", "search:c"),
            ("c", "search:b"),
            ("dangling", "search:baots"),
        ]);
        for (text, expected) in [
            ("search:boat", "there is no saved search 'boat': did you mean 'boats'?"),
            ("search:Boats", "there is no saved search 'Boats': did you mean 'boats'?"),
            ("search:quite-else", "there is no saved search 'quite-else'"),
            ("search:self", "the saved search 'self' leads back to itself: self -> self"),
            ("search:a", "the saved search 'b' leads back to itself: b -> c -> b"),
            (
                "search:dangling",
                "there is no saved search 'baots', which 'dangling' names: did you mean 'boats'?",
            ),
        ] {
            assert_eq!(expanded(&known, text), Err(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn only_queries_that_can_be_read_are_saved() {
        for wrong in ["", "  ", "width>=banana", "a - \"x"] {
            assert!(SavedQuery::new(wrong).is_err(), "{wrong}");
        }
        assert!(is_name("new york") && !is_name(" x") && !is_name("") && !is_name("a\nb"));
    }
}
