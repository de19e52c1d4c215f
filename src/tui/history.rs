//! Queries of earlier, as in a shell: kept in a file from run to run.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use crate::base::atomic::{self, Access};
use crate::base::{dirs, private};

/// Queries that are kept.
const MOST: usize = 500;

/// Earlier queries, oldest first, and where among them the user is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    queries: Vec<String>,
    /// How many steps back; 0 is what the user typed.
    steps: usize,
    /// What the user had typed before going back.
    draft: String,
}

impl History {
    /// A history of these queries, oldest first; of equal ones the last counts.
    pub fn new(queries: impl IntoIterator<Item = String>) -> Self {
        let mut kept: Vec<String> = Vec::new();
        for query in queries {
            kept.retain(|other| *other != query);
            kept.push(query);
        }
        kept.drain(..kept.len().saturating_sub(MOST));
        Self { queries: kept, ..Self::default() }
    }

    /// The query before, if there is one; `current` is what stands in the line.
    pub fn back(&mut self, current: &str) -> Option<String> {
        if self.steps == 0 {
            current.clone_into(&mut self.draft);
        }
        // What stands there already is no step.
        let step = (self.steps + 1..=self.queries.len()).find(|step| self.at(*step) != current)?;
        self.steps = step;
        Some(self.at(step).to_owned())
    }

    /// The query after, at last what the user had typed.
    pub fn forward(&mut self, _current: &str) -> Option<String> {
        self.steps = self.steps.checked_sub(1)?;
        Some(self.at(self.steps).to_owned())
    }

    fn at(&self, steps: usize) -> &str {
        if steps == 0 { &self.draft } else { &self.queries[self.queries.len() - steps] }
    }
}

/// The history of earlier runs; an empty one if it can't be read.
pub(super) fn load() -> History {
    let text = path().and_then(fs::read).unwrap_or_default();
    History::new(String::from_utf8_lossy(&text).lines().map(str::to_owned))
}

/// Adds a query to the file. One that can't be kept is no reason to complain.
pub(super) fn add(query: &str) {
    let query = query.trim();
    if query.is_empty() {
        return;
    }
    if let Err(error) = append(query) {
        tracing::info!(%error, "the history of queries can't be kept");
    }
}

fn append(query: &str) -> io::Result<()> {
    let path = path()?;
    // Appending a line at once: another browser may be doing the same.
    private::append(&path)?.write_all(format!("{query}\n").as_bytes())?;
    let lines = fs::read(&path)?.iter().filter(|byte| **byte == b'\n').count();
    if lines > 4 * MOST {
        let kept = load().queries.join("\n") + "\n";
        atomic::write(&path, Access::AsFolder, |file| file.write_all(kept.as_bytes()))?;
    }
    Ok(())
}

fn path() -> io::Result<PathBuf> {
    dirs::history_file().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(queries: &[&str]) -> History {
        History::new(queries.iter().map(|query| (*query).to_owned()))
    }

    #[test]
    fn steps_lead_back_and_forth_to_what_was_typed() {
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
    fn what_stands_there_is_no_step() {
        let mut history = history(&["a", "b"]);
        assert_eq!(history.back("b").as_deref(), Some("a"));
        assert_eq!(History::default().back("b"), None);
    }

    #[test]
    fn only_the_newest_are_kept() {
        let history = History::new((0..2 * MOST).map(|i| i.to_string()));
        assert_eq!(history.queries.len(), MOST);
        assert_eq!(history.queries[0], MOST.to_string());
    }
}
