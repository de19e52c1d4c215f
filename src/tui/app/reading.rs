//! How the query line is read while it is typed.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use crate::library::{Hit, Narrowing, QueryPart, check_available};
use crate::query::{self, ErrorKind, Options, Parsed, Query, SavedError, Searches, Sign, Subject};

/// The number of texts that are remembered as too long: their vectors are remembered too, and not asked for again.
const MOST_UNREAD: usize = 1024;

/// How the query line was last read, and what it last meant while nothing was wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The text that was read.
    text: String,
    /// What is searched for: the meaning of the last text with which nothing was wrong.
    pub meaning: Meaning,
    /// The filters and the order of that text.
    pub narrowing: Arc<Narrowing>,
    /// The part that is wrong or unfinished.
    pub fault: Option<Fault>,
    /// The places of the terms in `text`, if nothing is wrong with it.
    terms: Vec<Range<usize>>,
    /// Texts of which the model does not read the end, the newest last, and that end.
    unread: Vec<(String, String)>,
    /// Of each term that is a result's number, what the number refers to.
    bindings: Bindings,
    /// The ids of indexed pictures by the paths that queries name them by, of those that the user referred to.
    indexed: HashMap<String, i64>,
    /// The searches that the query may name.
    searches: Searches,
}

/// A result's number in a query, and the results that it refers to: their ids and their paths, relative to the root.
pub(crate) type Binding = (usize, Arc<[(i64, PathBuf)]>);

/// What the numbers in a query refer to, in their order.
pub(crate) type Bindings = Vec<Binding>;

/// What a query asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Meaning {
    /// The newest pictures.
    #[default]
    Newest,
    /// The pictures that fit a text.
    Text(String),
    /// The pictures that fit several terms.
    Terms(Vec<AskedTerm>),
}

/// A term, before it has a vector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AskedTerm {
    /// Whether it is wanted.
    pub sign: Sign,
    /// How much it counts.
    pub weight: f32,
    /// What it is about.
    pub subject: AskedSubject,
}

/// What a term is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AskedSubject {
    /// A text.
    Text(String),
    /// The picture in the file with this path.
    File(String),
    /// The indexed picture with this id.
    Indexed(i64),
}

/// A part of the query line that is wrong or unfinished.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// Its place, in bytes of the text.
    pub span: Range<usize>,
    /// Whether typing on does not help.
    pub is_wrong: bool,
    /// What is the matter.
    pub words: String,
}

impl Reading {
    /// Reads the query line, if it is another than the last time. `hits` are the results on the screen, to which new
    /// numbers refer. Returns whether more than blanks around the text changed.
    pub(crate) fn read(&mut self, text: &str, hits: &[Hit]) -> bool {
        if text == self.text {
            return false;
        }
        let typed = text.trim() != self.text.trim();
        text.clone_into(&mut self.text);
        match self.understand(hits) {
            Ok((meaning, narrowing)) => {
                (self.meaning, self.narrowing) = (meaning, Arc::new(narrowing));
                self.fault = None;
            }
            Err(fault) => self.fault = Some(fault),
        }
        typed
    }

    /// The text that was read last.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What the numbers in the text refer to.
    pub(crate) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// The pictures that the numbers in the text stand for, by the names of their files; `None` without numbers.
    pub(crate) fn bound_in_words(&self) -> Option<String> {
        let name = |(number, results): &Binding| {
            let (_, path) = results.get(number - 1)?;
            Some(format!("@{number}: {}", path.file_name()?.to_string_lossy()))
        };
        let names: Vec<String> = self.bindings.iter().filter_map(name).collect();
        (!names.is_empty()).then(|| names.join("  "))
    }

    /// Says what the numbers of the text refer to that is read next, in their order.
    pub(crate) fn bind_next(&mut self, bindings: Bindings) {
        self.bindings = bindings;
    }

    /// Remembers the id of an indexed picture, so that a query that names it by this path needs no file.
    pub(crate) fn remember(&mut self, path: String, id: i64) {
        self.indexed.insert(path, id);
    }

    /// The searches that the query may name.
    pub(crate) fn searches(&self) -> &Searches {
        &self.searches
    }

    /// Says which searches the query may name, and reads it again if it names one.
    pub(crate) fn set_searches(&mut self, searches: Searches, hits: &[Hit]) {
        self.searches = searches;
        let text = std::mem::take(&mut self.text);
        self.read(&text, hits);
    }

    /// Whether queries name an indexed picture by this path.
    pub(crate) fn is_indexed(&self, path: &str) -> bool {
        self.indexed.contains_key(path)
    }

    /// The path by which queries name the indexed picture with this id, if the user referred to it so.
    pub(crate) fn indexed_as(&self, id: i64) -> Option<&str> {
        self.indexed.iter().find_map(|(path, known)| (*known == id).then_some(path.as_str()))
    }

    /// Whether this is another text than the one that was read last.
    pub(crate) fn is_of_other_than(&self, text: &str) -> bool {
        text != self.text
    }

    /// Notes that the term with this index can't be answered.
    pub(crate) fn blame(&mut self, term: usize, words: &str) {
        if let Some(span) = self.terms.get(term).filter(|_| self.fault.is_none()) {
            self.fault = Some(Fault { span: span.clone(), is_wrong: true, words: words.to_owned() });
        }
    }

    /// Notes that the model does not read the end of a text.
    pub(crate) fn note_unread(&mut self, text: String, rest: String) {
        if self.unread.len() == MOST_UNREAD {
            self.unread.remove(0);
        }
        self.unread.push((text, rest));
    }

    /// The end of the query, or of one of its terms, that the model does not read, as far as that is known.
    pub(crate) fn unread(&self) -> Option<&str> {
        let is_asked = |known: &str| match &self.meaning {
            Meaning::Newest => false,
            Meaning::Text(text) => text == known,
            Meaning::Terms(terms) => {
                terms.iter().any(|term| matches!(&term.subject, AskedSubject::Text(text) if text == known))
            }
        };
        let found = self.unread.iter().rev().find(|(text, _)| is_asked(text));
        found.map(|(_, rest)| rest.as_str())
    }

    fn understand(&mut self, hits: &[Hit]) -> Result<(Meaning, Narrowing), Fault> {
        self.terms.clear();
        let parsed = query::read(&self.text, Options { numbered_results: true }).map_err(|error| Fault {
            span: error.span,
            is_wrong: error.kind == ErrorKind::Wrong,
            words: error.problem.to_string(),
        })?;
        let parsed = self.expanded(parsed)?;
        check_available(&parsed.query).map_err(|failure| {
            let span = match failure.part {
                QueryPart::Filter(number) => parsed.filters.get(number).cloned(),
                QueryPart::Sort => parsed.sort.clone(),
                QueryPart::Saved => parsed.saved.clone(),
                QueryPart::Term(number) => parsed.terms.get(number).cloned(),
                QueryPart::Whole => None,
            };
            let span = span.unwrap_or(0..self.text.len());
            Fault { span, is_wrong: true, words: failure.to_string() }
        })?;
        let narrowing = Narrowing::of(&parsed.query);
        if parsed.query.terms.is_empty() {
            self.bindings.clear();
            return Ok((Meaning::Newest, narrowing));
        }
        if let Some(text) = parsed.query.plain_text() {
            self.bindings.clear();
            return Ok((Meaning::Text(text.trim().to_owned()), narrowing));
        }
        self.bind(&parsed, hits)?;
        let terms = self.asked_terms(&parsed.query);
        self.terms = parsed.terms;
        Ok((Meaning::Terms(terms), narrowing))
    }

    /// The query with the search that it names put into it. While a name is typed at the end, it is unfinished as long as a
    /// search begins so.
    fn expanded(&self, parsed: Parsed) -> Result<Parsed, Fault> {
        let Some(span) = parsed.saved.clone() else { return Ok(parsed) };
        self.searches.expand(parsed).map_err(|error| {
            let is_typed_on = match &error {
                SavedError::Unknown { name, within: None, .. } => {
                    span.end == self.text.len()
                        && self.searches.iter().any(|(known, _)| known.starts_with(name.as_str()))
                }
                SavedError::Unknown { .. } | SavedError::Ring { .. } => false,
            };
            Fault { span, is_wrong: !is_typed_on, words: error.to_string() }
        })
    }

    /// Binds the numbers in a query to results. A number that is typed on, as `@1` to `@12`, still refers to the results
    /// that were there when it was begun.
    fn bind(&mut self, parsed: &Parsed, hits: &[Hit]) -> Result<(), Fault> {
        let numbered = parsed.query.terms.iter().zip(&parsed.terms);
        let numbered: Vec<(usize, &Range<usize>)> = numbered
            .filter_map(|(term, span)| match term.subject {
                Subject::Result(number) => Some((number, span)),
                Subject::Text(_) | Subject::Picture(_) => None,
            })
            .collect();
        // What was inserted or taken out lies between the numbers that are the same from either end.
        let old: Vec<usize> = self.bindings.iter().map(|(number, _)| *number).collect();
        let new: Vec<usize> = numbered.iter().map(|(number, _)| *number).collect();
        let before = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let left = old.len().min(new.len()) - before;
        let pairs_from_end = old.iter().rev().zip(new.iter().rev()).take(left);
        let after = pairs_from_end.take_while(|(old, new)| old == new).count();
        let is_as_many = self.bindings.len() == numbered.len();
        let shown = LazyCell::new(|| listed(hits));
        let mut bindings = Vec::with_capacity(numbered.len());
        for (at, (number, span)) in numbered.iter().enumerate() {
            let from_end = numbered.len() - at;
            let old = if at < before || is_as_many {
                self.bindings.get(at)
            } else if from_end <= after {
                self.bindings.get(self.bindings.len() - from_end)
            } else {
                None
            };
            let results = old.map_or_else(|| Arc::clone(&shown), |(_, results)| Arc::clone(results));
            if *number > results.len() {
                let words = match results.len() {
                    0 => "there are no results to refer to yet".to_owned(),
                    count => format!("there are only {count} results"),
                };
                return Err(Fault { span: (*span).clone(), is_wrong: true, words });
            }
            bindings.push((*number, results));
        }
        self.bindings = bindings;
        Ok(())
    }

    fn asked_terms(&self, query: &Query) -> Vec<AskedTerm> {
        let mut bindings = self.bindings.iter();
        let mut subject = |subject: &Subject| match subject {
            Subject::Text(text) => Some(AskedSubject::Text(text.clone())),
            Subject::Picture(path) => Some(match self.indexed.get(path) {
                Some(id) => AskedSubject::Indexed(*id),
                None => AskedSubject::File(path.clone()),
            }),
            Subject::Result(_) => {
                let (number, results) = bindings.next()?;
                Some(AskedSubject::Indexed(results.get(number - 1)?.0))
            }
        };
        let term = |term: &query::Term| {
            Some(AskedTerm { sign: term.sign, weight: term.weight, subject: subject(&term.subject)? })
        };
        query.terms.iter().filter_map(term).collect()
    }
}

/// Results as numbers refer to them.
pub(crate) fn listed(hits: &[Hit]) -> Arc<[(i64, PathBuf)]> {
    hits.iter().map(|hit| (hit.id, hit.path.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(ids: impl IntoIterator<Item = i64>) -> Vec<Hit> {
        ids.into_iter().map(|id| Hit { id, path: format!("{id}.jpg").into(), score: None }).collect()
    }

    fn ids(reading: &Reading) -> Vec<i64> {
        let Meaning::Terms(terms) = &reading.meaning else { panic!("{reading:?}") };
        let id = |term: &AskedTerm| match term.subject {
            AskedSubject::Indexed(id) => Some(id),
            _ => None,
        };
        terms.iter().filter_map(id).collect()
    }

    #[test]
    fn the_last_right_meaning_stays() {
        let mut reading = Reading::default();
        assert!(reading.read("a boat", &[]));
        assert!(!reading.read("a boat ", &[]) && reading.fault.is_none());
        assert!(reading.read("a boat - \"ni", &[]));
        let fault = reading.fault.clone().unwrap();
        assert_eq!((fault.span, fault.is_wrong), (9..12, false));
        assert_eq!(reading.meaning, Meaning::Text("a boat".into()));
        reading.read("a boat - \"night\"", &[]);
        assert!(
            reading.fault.is_none() && matches!(&reading.meaning, Meaning::Terms(terms) if terms.len() == 2)
        );
        reading.read("width>=banana", &[]);
        assert!(reading.fault.as_ref().is_some_and(|fault| fault.is_wrong && fault.words.contains("1920")));
        reading.read("", &[]);
        assert_eq!((&reading.meaning, &reading.fault), (&Meaning::Newest, &None));
    }

    #[test]
    fn what_the_model_does_not_read_is_known_while_it_is_asked_for() {
        let mut reading = Reading::default();
        reading.note_unread("a long text".into(), "text".into());
        for (query, unread) in [
            ("a long text", Some("text")),
            ("a long", None),
            ("red + \"a long text\"", Some("text")),
            ("", None),
        ] {
            reading.read(query, &[]);
            assert_eq!(reading.unread(), unread, "{query}");
        }
    }

    #[test]
    fn numbers_refer_to_the_results_that_were_there() {
        let mut reading = Reading::default();
        reading.read("@2", &hits(10..40));
        assert_eq!(ids(&reading), [11]);
        // Other results come, and the number is typed on.
        reading.read("@23", &hits(50..60));
        assert_eq!(ids(&reading), [32]);
        reading.read("@23 - @1", &hits(70..90));
        assert_eq!(ids(&reading), [32, 70]);
        reading.read("@4 + @23 - @1", &hits(100..110));
        assert_eq!(ids(&reading), [103, 32, 70]);
        reading.read("@23 - @1", &hits(200..210));
        assert_eq!(ids(&reading), [32, 70]);
        reading.read("@1", &hits(300..310));
        assert_eq!(ids(&reading), [70]);
        reading.read("red", &hits(300..310));
        reading.read("red + @1", &hits(300..310));
        assert_eq!(ids(&reading), [300]);
    }

    #[test]
    fn a_number_beyond_the_results_is_wrong() {
        let mut reading = Reading::default();
        reading.read("@4", &hits(0..3));
        assert_eq!(
            reading.fault.as_ref().map(|fault| fault.words.as_str()),
            Some("there are only 3 results")
        );
        reading.read("@3", &hits(0..3));
        assert_eq!(ids(&reading), [2]);
        reading.blame(0, "gone");
        assert_eq!(reading.fault.map(|fault| fault.span), Some(0..2));
    }
}
