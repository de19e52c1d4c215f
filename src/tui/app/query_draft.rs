//! A query that is made or changed by more than typing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::reading::{Binding, listed};
use super::state::State;
use crate::library::{RIGHT_WEIGHT, WRONG_WEIGHT};
use crate::query::{self, MAX_WEIGHT, Options, Query, Sign, Subject, Term};

/// What became of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is a new term.
    Added,
    /// It was a term with this sign, and counts twice as much.
    Strengthened,
    /// It was a term with the other sign.
    Turned,
}

/// A query that pictures are added to.
pub(crate) struct Draft {
    /// The text that was typed, as long as it is a part of the new one.
    typed: Option<String>,
    query: Query,
    /// Of each term, what its number refers to, if it is one.
    bindings: Vec<Option<Binding>>,
}

impl Draft {
    /// The query as it is now; while pictures like others are shown, the query for those others. `None` if the text can't
    /// be read.
    pub(crate) fn of(state: &mut State) -> Option<Self> {
        if let Some(similar) = state.similar_to.last().cloned() {
            let mut draft = Self { typed: None, query: Query::default(), bindings: Vec::new() };
            for (id, path) in &similar.pictures {
                draft.push(Sign::Plus, 1.0, by_path(state, *id, path), None);
            }
            return Some(draft);
        }
        let text = state.query.text().trim();
        let query = query::read(text, Options { numbered_results: true }).ok()?.query;
        let mut numbered = state.reading.bindings().iter().cloned();
        let binding =
            |term: &Term| matches!(term.subject, Subject::Result(_)).then(|| numbered.next()).flatten();
        let bindings = query.terms.iter().map(binding).collect();
        Some(Self { typed: Some(text.to_owned()), query, bindings })
    }

    fn push(&mut self, sign: Sign, weight: f32, subject: Subject, binding: Option<Binding>) {
        let term = Term { sign, weight, subject };
        if let Some(text) = self.typed.as_mut() {
            let is_first = self.query.terms.is_empty() && sign == Sign::Plus;
            let blank = if text.is_empty() { "" } else { " " };
            text.push_str(blank);
            if !is_first {
                text.push(sign.as_char());
                text.push(' ');
            }
            text.push_str(&term.to_string());
        }
        self.query.terms.push(term);
        self.bindings.push(binding);
    }

    /// Takes in a picture that results should be more like, or less.
    pub(crate) fn add(&mut self, state: &mut State, (id, path): &(i64, PathBuf), sign: Sign) -> Outcome {
        let named = state.reading.indexed_as(*id).map(str::to_owned);
        let is_of = |(term, binding): (&Term, &Option<Binding>)| match (&term.subject, binding) {
            (Subject::Result(number), Some((_, results))) => {
                results.get(number - 1).is_some_and(|(known, _)| known == id)
            }
            (Subject::Picture(written), _) => named.as_ref() == Some(written),
            _ => false,
        };
        if let Some(at) = self.query.terms.iter().zip(&self.bindings).position(is_of) {
            self.typed = None;
            let weight = self.usual_weight(sign);
            let term = &mut self.query.terms[at];
            if term.sign == sign {
                term.weight = (term.weight * 2.0).min(MAX_WEIGHT);
                return Outcome::Strengthened;
            }
            (term.sign, term.weight) = (sign, weight);
            return Outcome::Turned;
        }
        let weight = self.usual_weight(sign);
        match state.results.hits.iter().position(|hit| hit.id == *id) {
            Some(at) => {
                let results: Arc<[(i64, PathBuf)]> = listed(&state.results.hits);
                self.push(sign, weight, Subject::Result(at + 1), Some((at + 1, results)));
            }
            None => {
                let subject = by_path(state, *id, path);
                self.push(sign, weight, subject, None);
            }
        }
        Outcome::Added
    }

    /// The weight of a new term: a picture that is the first thing wanted needs none.
    fn usual_weight(&self, sign: Sign) -> f32 {
        match sign {
            Sign::Minus => WRONG_WEIGHT,
            Sign::Plus if self.query.terms.iter().any(|term| term.sign == Sign::Plus) => RIGHT_WEIGHT,
            Sign::Plus => 1.0,
        }
    }

    /// The text: what was typed with new terms behind it, if that is read as the query, else the query as it prints.
    pub(crate) fn written(&self) -> String {
        let is_same = |text: &&String| {
            let read = query::read(text, Options { numbered_results: true });
            read.is_ok_and(|parsed| parsed.query == self.query)
        };
        self.typed.as_ref().filter(is_same).cloned().unwrap_or_else(|| self.query.to_string())
    }

    /// The query without numbers, which mean nothing elsewhere: pictures are named by their absolute paths. `None` if one of
    /// these is no text.
    pub(crate) fn lasting(mut self, state: &State) -> Option<String> {
        let mut is_changed = false;
        for (term, binding) in self.query.terms.iter_mut().zip(&self.bindings) {
            let path = match (&term.subject, binding) {
                (Subject::Result(number), Some((_, results))) => {
                    results.get(number - 1).map(|(_, path)| state.root.join(path))
                }
                (Subject::Picture(written), _) if state.reading.is_indexed(written) => {
                    Some(state.folder.join(written))
                }
                _ => None,
            };
            if let Some(path) = path {
                term.subject = Subject::Picture(path.into_os_string().into_string().ok()?);
                is_changed = true;
            }
        }
        Some(match self.typed {
            Some(text) if !is_changed => text,
            _ => self.query.to_string(),
        })
    }

    /// What the numbers in the query refer to.
    pub(crate) fn bindings(self) -> Vec<Binding> {
        self.bindings.into_iter().flatten().collect()
    }
}

/// The text of the query as it can be asked elsewhere: pictures that are named by numbers are named by their paths. What
/// can't be written so stays as it is.
pub(crate) fn lasting_text(state: &mut State) -> String {
    let is_bound = !state.reading.bindings().is_empty() && state.reading.fault.is_none();
    let draft = if is_bound && state.similar_to.is_empty() { Draft::of(state) } else { None };
    draft.and_then(|draft| draft.lasting(state)).unwrap_or_else(|| state.query.text().to_owned())
}

/// An indexed picture that is not among the results, named by its path.
fn by_path(state: &mut State, id: i64, path: &Path) -> Subject {
    let absolute = state.root.join(path);
    let written = absolute.strip_prefix(&state.folder).unwrap_or(&absolute).to_string_lossy().into_owned();
    state.reading.remember(written.clone(), id);
    Subject::Picture(written)
}
