//! Completing the name or the value of a filter at the end of the query, as shells do: as far as all candidates agree, and
//! with a list of them where they don't.

use super::effect::Effect;
use super::state::State;
use crate::query::completion::{self, Completing, Part};

/// The number of candidates that a message lists.
const LISTED: usize = 12;

/// Completes the end of the query; for values that the collection holds, asks the index first. The cursor has to be at the
/// end.
pub(crate) fn complete(state: &mut State, effects: &mut Vec<Effect>) {
    let text = state.query.text();
    if !state.query.is_at_end() {
        return;
    }
    let Some(Completing { part, typed, .. }) = completion::completing(text) else { return };
    let candidates = match part {
        Part::Name => completion::names(&typed),
        Part::Value(name) => match completion::words(name, &typed) {
            Some(words) => words,
            None if name == "search" => {
                let names = state.reading.searches().iter().map(|(name, _)| name);
                names.filter(|name| name.starts_with(&typed)).map(str::to_owned).collect()
            }
            None => {
                effects.push(Effect::Complete { text: text.to_owned(), name, typed });
                return;
            }
        },
    };
    apply(state, &candidates);
}

/// Takes in the values that the collection holds for what was typed, unless something else is typed by now.
pub(crate) fn receive(state: &mut State, text: &str, values: &[String]) {
    if state.query.text() == text && state.query.is_at_end() {
        if values.is_empty() {
            state.message.notify("no picture has a value that begins so");
        }
        apply(state, values);
    }
}

fn apply(state: &mut State, candidates: &[String]) {
    let Some(Completing { start, part, typed }) = completion::completing(state.query.text()) else { return };
    let Some(common) = common_beginning(candidates) else { return };
    // Candidates may differ from what was typed in their case, and be no longer.
    let is_only = candidates.len() == 1;
    if is_only || common.chars().count() > typed.chars().count() {
        let written = match part {
            Part::Name => common.to_owned(),
            Part::Value(_) if is_only => completion::written(common),
            // The closing quote would end what is still to be typed.
            Part::Value(_) => {
                let written = completion::written(common);
                written.strip_suffix('"').filter(|_| common != written).map_or(written.clone(), str::to_owned)
            }
        };
        state.query.replace_from(start, &written);
    }
    if !is_only {
        let mut words = candidates[..candidates.len().min(LISTED)].join("  ");
        if candidates.len() > LISTED {
            words.push_str("  ...");
        }
        state.message.notify(words);
    }
}

/// The longest text that all candidates begin with, as the first one writes it; `None` without candidates.
fn common_beginning(candidates: &[String]) -> Option<&str> {
    let (first, others) = candidates.split_first()?;
    let agree = |at: usize, c: char| {
        let same = |other: &String| {
            other.chars().nth(at).is_some_and(|other| other.to_lowercase().eq(c.to_lowercase()))
        };
        others.iter().all(same)
    };
    let end = first.char_indices().enumerate().find(|(at, (_, c))| !agree(*at, *c));
    Some(&first[..end.map_or(first.len(), |(_, (byte, _))| byte)])
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ratatui::layout::Size;

    use super::*;

    fn state(query: &str) -> State {
        State::new(Path::new("/pics"), "demo", query, Size { width: 80, height: 24 })
    }

    fn completed(query: &str) -> (String, Vec<Effect>) {
        let (mut state, mut effects) = (state(query), Vec::new());
        complete(&mut state, &mut effects);
        (state.query.text().to_owned(), effects)
    }

    #[test]
    fn names_and_words_are_completed_at_once() {
        assert_eq!(completed("a boat -sha"), ("a boat -shape:".into(), Vec::new()));
        assert_eq!(completed("wid"), ("width>=".into(), Vec::new()));
        assert_eq!(completed("shape:po"), ("shape:portrait".into(), Vec::new()));
        // `after:` alone begins so; of those with s, nothing more is common.
        assert_eq!(completed("af").0, "after:");
        assert_eq!(completed("s").0, "s");
        let mut state = state("s");
        complete(&mut state, &mut Vec::new());
        assert_eq!(state.message.notice(), Some("size>=  shape:  sort:  search:"));
    }

    #[test]
    fn values_come_from_the_collection() {
        let (text, effects) = completed("tag:ne");
        assert_eq!(effects, [Effect::Complete { text, name: "tag", typed: "ne".into() }]);
        let received = |query: &str, values: &[&str]| {
            let mut state = state(query);
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            receive(&mut state, query, &values);
            state.query.text().to_owned()
        };
        assert_eq!(received("tag:ne", &["New York"]), "tag:\"New York\"");
        assert_eq!(received("tag:ne", &["New York", "new yard"]), "tag:\"New Y");
        assert_eq!(received("tag:\"new y", &["New York"]), "tag:\"New York\"");
        assert_eq!(received("in:20", &["2023", "2024"]), "in:202");
        assert_eq!(received("tag:x", &[]), "tag:x");
        let mut state = state("tag:n");
        receive(&mut state, "tag:ne", &["New".to_owned()]);
        assert_eq!(state.query.text(), "tag:n", "an answer to what is not typed any more");
    }
}
