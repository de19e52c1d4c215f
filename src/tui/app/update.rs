//! The entry to the state machine: what each event does.

use std::sync::Arc;
use std::time::Instant;

use crossterm::event::KeyEventKind;
use ratatui::layout::Size;

use super::effect::{Effect, Question};
use super::event::Event;
use super::indexing::Indexing;
use super::message::Failure;
use super::state::State;
use super::{
    attempt, completion, marked_view, mouse, names, pictures, press, questions, saved, selection, texts,
    trash_news, zoom,
};

/// Asks for the results of the initial query, or for the model if that is missing; to be called once, before any event.
pub(crate) fn start(state: &mut State, now: Instant) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(download) = &state.download {
        effects.extend([Effect::List, Effect::Download { generation: download.generation }]);
    }
    if !state.results.folding.on {
        effects.push(Effect::Fold(false));
    }
    questions::ask(state, now, &mut effects);
    end_notice_later(state, 0, &mut effects);
    effects
}

/// Applies one event.
pub(crate) fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut files_changed = false;
    let notices_before = state.message.notices();
    // Answers are about the results, whatever lies over them.
    let is_of_user =
        matches!(event, Event::Key(..) | Event::Paste(..) | Event::Mouse(..) | Event::Resize(..));
    let mut lifted = if is_of_user { None } else { marked_view::lift(state) };
    match event {
        Event::Key(key, at) => {
            if key.kind != KeyEventKind::Release {
                let meaning = state.keys.meaning(&key, state.situation());
                press::apply(state, meaning, at, &mut effects);
            }
        }
        Event::Paste(text, at) => {
            state.overlay = None;
            state.query.insert(&text);
            press::ask_if_changed(state, at, &mut effects);
        }
        Event::Mouse(mouse, at) => mouse::apply(state, &mouse, at, &mut effects),
        Event::Resize(width, height) => state.size = Size { width, height },
        Event::Embedded { generation, vector } => {
            if generation == state.results.asked {
                let narrowing = Arc::clone(&state.results.asked_narrowing);
                effects.push(Effect::Search { generation, question: Question::Nearest(vector), narrowing });
            }
        }
        Event::Unread { text, rest } => state.reading.note_unread(text, rest),
        Event::TermsEmbedded { generation, terms } => {
            if generation == state.results.asked {
                let narrowing = Arc::clone(&state.results.asked_narrowing);
                effects.push(Effect::Search { generation, question: Question::Terms(terms), narrowing });
            }
        }
        Event::EmbedFailed { generation, term, reason } => {
            if generation == state.results.asked {
                questions::fail(state, term, reason);
            }
        }
        Event::Listed { hits, days, pictures } => names::list(state, hits, days, pictures),
        Event::ListFailed(reason) => questions::fail(state, None, reason),
        Event::Download { generation, step, at } => attempt::advance(state, generation, step, at),
        Event::ModelReady { generation, indexes, notice, at } => {
            names::finish(state, generation, indexes, at, &mut effects);
            if let Some(notice) = notice {
                state.message.notify(notice);
            }
        }
        Event::ModelFailed(reason) => state.message.fail(Failure::Model(reason)),
        Event::Completions { text, values, at } => {
            completion::receive(state, &text, &values);
            questions::ask_if_changed(state, at, &mut effects);
        }
        Event::TextsCounted { generation, count } => texts::note_count(state, generation, count),
        Event::PictureText { id, text } => texts::receive(state, id, text),
        Event::Texts(news) => texts::take_news(state, news, &mut effects),
        Event::SearchFailed(reason) => questions::fail(state, None, reason),
        Event::Calibrated { cutoff, at } => {
            state.cutoff = cutoff;
            // What is beyond the cut-off goes, or comes.
            if state.only_relevant {
                questions::ask(state, at, &mut effects);
            }
        }
        Event::Dated { generation, days } => {
            if generation == state.results.asked {
                state.results.next_days = days;
            }
        }
        Event::Folded { generation, folded } => {
            if generation == state.results.asked {
                state.results.folding.next = folded;
            }
        }
        Event::Answered { generation, hits, pictures, at } => {
            let is_last = generation == state.results.asked;
            if is_last && names::keeps_names(state, &hits) {
                questions::note_answer(state, generation, at);
            } else {
                state.pictures = Some(pictures);
                if is_last {
                    files_changed = !state.results.pending();
                    questions::answer(state, generation, hits, at);
                    texts::count(state, &mut effects);
                }
            }
        }
        Event::Indexing { progress, committed, at } => {
            state.indexing.advance(progress, at);
            if committed {
                effects.push(Effect::Refresh);
            }
        }
        Event::Indexed(summary) => {
            if summary.pictures == 0 {
                names::drop_names(state);
            }
            state.indexing = Indexing::Finished(summary);
            effects.push(Effect::Refresh);
        }
        Event::IndexFailed(reason) => state.indexing = Indexing::Failed(reason),
        Event::Polling { reason } => state.indexing.poll(reason),
        Event::Stop => effects.push(Effect::Suspend),
        Event::Notice(words) => state.message.notify(words),
        Event::NoticeExpired(number) => state.message.expire(number),
        Event::Metadata { path, metadata } => state.details.known = Some((path, metadata)),
        Event::Trashed { pictures, words } => {
            let ids: Vec<i64> = pictures.iter().map(|picture| picture.id).collect();
            trash_news::note(state, pictures, words, &mut effects);
            if let Some(listing) = &mut lifted {
                listing.remove(&ids);
            }
        }
        Event::Restored { restored, kept, marked, words } => {
            trash_news::note_restored(state, &restored, kept, &marked, words, &mut effects);
        }
        Event::Searches { searches, words } => saved::receive(state, searches, words),
        Event::Vector { id, vector } => {
            if state.details.wanted_words == Some(id) {
                effects.push(Effect::NearestWords { id, vector });
            }
        }
        Event::Words { id, words } => state.details.words = Some((id, words)),
        Event::Preview { key, content } => pictures::receive(state, key, content),
        Event::CellPixels(size) => state.cell_pixels = size,
        Event::ZoomedPart { part, content } => zoom::receive(state, part, content),
    }
    if let Some(listing) = lifted {
        marked_view::lower(state, listing);
    }
    selection::scroll_into_view(state);
    pictures::request(state, &mut effects);
    zoom::request(state, &mut effects);
    if files_changed {
        pictures::request_again(state, &mut effects);
    }
    end_notice_later(state, notices_before, &mut effects);
    effects
}

/// Has a notice that `update` made end after a while, as long as people need to read it.
fn end_notice_later(state: &State, before: u64, effects: &mut Vec<Effect>) {
    if let Some((number, after)) = state.message.time_of_notice().filter(|(number, _)| *number != before) {
        effects.push(Effect::EndNotice { number, after });
    }
}

#[cfg(test)]
mod tests;
