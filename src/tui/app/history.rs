//! Earlier queries, to which the user can go back as in a shell.

/// The number of queries that are kept.
pub(crate) const MAX_QUERIES: usize = 500;

/// Earlier queries, oldest first, and where among them the user is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct History {
    queries: Vec<String>,
    /// How many queries the user went back; 0 is what the user typed.
    steps: usize,
    /// What the user had typed before going back.
    draft: String,
}

impl History {
    /// A history of these queries, oldest first. Of equal queries the last is kept.
    pub(crate) fn new(queries: impl IntoIterator<Item = String>) -> Self {
        let mut kept: Vec<String> = Vec::new();
        for query in queries {
            kept.retain(|other| *other != query);
            kept.push(query);
        }
        kept.drain(..kept.len().saturating_sub(MAX_QUERIES));
        Self { queries: kept, ..Self::default() }
    }

    /// Goes to the previous query other than `current`, which is in the query line; `None` if there is none.
    pub(crate) fn back(&mut self, current: &str) -> Option<String> {
        if self.steps == 0 {
            current.clone_into(&mut self.draft);
        }
        let step = (self.steps + 1..=self.queries.len()).find(|step| self.at(*step) != current)?;
        self.steps = step;
        Some(self.at(step).to_owned())
    }

    /// Goes to the next query; after the last one comes what the user had typed.
    pub(crate) fn forward(&mut self, _current: &str) -> Option<String> {
        self.steps = self.steps.checked_sub(1)?;
        Some(self.at(self.steps).to_owned())
    }

    /// The queries, oldest first.
    pub(crate) fn queries(&self) -> &[String] {
        &self.queries
    }

    fn at(&self, steps: usize) -> &str {
        if steps == 0 { &self.draft } else { &self.queries[self.queries.len() - steps] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(queries: &[&str]) -> History {
        History::new(queries.iter().map(|query| (*query).to_owned()))
    }

    #[test]
    fn going_forward_ends_at_what_was_typed() {
        let mut history = history(&["a", "b", "c", "b"]);
        assert_eq!(history.back("x").as_deref(), Some("b"));
        assert_eq!(history.back("b").as_deref(), Some("c"));
        assert_eq!(history.back("c").as_deref(), Some("a"));
        assert_eq!(history.back("a"), None);
        assert_eq!(history.forward("a").as_deref(), Some("c"));
        assert_eq!(history.forward("c").as_deref(), Some("b"));
        assert_eq!(history.forward("b").as_deref(), Some("x"));
        assert_eq!(history.forward("x"), None);
    }

    #[test]
    fn a_query_equal_to_the_current_one_is_skipped() {
        let mut history = history(&["a", "b"]);
        assert_eq!(history.back("b").as_deref(), Some("a"));
        assert_eq!(History::default().back("b"), None);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let history = History::new((0..2 * MAX_QUERIES).map(|i| i.to_string()));
        assert_eq!(history.queries.len(), MAX_QUERIES);
        assert_eq!(history.queries[0], MAX_QUERIES.to_string());
    }
}
