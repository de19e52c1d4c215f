//! What is taken in when pictures went to the trash or came back.

use super::effect::Effect;
use super::keymap::Action;
use super::names;
use super::state::State;
use super::trashed::{Move, TrashedPicture};

/// Takes in that pictures went to the trash. `words` tell the user how it went.
pub(crate) fn note(
    state: &mut State,
    pictures: Vec<TrashedPicture>,
    mut words: String,
    effects: &mut Vec<Effect>,
) {
    let ids: Vec<i64> = pictures.iter().map(|picture| picture.id).collect();
    let marked = ids.iter().copied().filter(|id| state.is_marked(*id)).collect();
    state.marked.remove(&ids);
    if !pictures.is_empty() {
        if let Some(key) = state.keys.label(Action::Undo) {
            words = format!("{words}; {key} undoes");
        }
        state.trash_history.push(Move { pictures, marked });
    }
    state.message.notify(words);
    names::unlist(state, &ids);
    if state.download.is_none() {
        effects.push(Effect::Refresh);
    }
}

/// Takes in which pictures came back, and which did not and can be tried again.
pub(crate) fn note_restored(
    state: &mut State,
    restored: &[TrashedPicture],
    kept: Vec<TrashedPicture>,
    marked: &[i64],
    words: String,
    effects: &mut Vec<Effect>,
) {
    for picture in restored.iter().filter(|picture| marked.contains(&picture.id)) {
        if let Ok(path) = picture.path.strip_prefix(&state.root) {
            state.marked.insert(picture.id, path.to_owned());
        }
    }
    if !kept.is_empty() {
        state.trash_history.put_back(Move { pictures: kept, marked: marked.to_owned() });
    }
    state.message.notify(words);
    if let Some(first) = restored.first() {
        state.results.select_when_answered = Some(first.id);
        effects.push(if state.download.is_none() { Effect::Refresh } else { Effect::List });
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use ratatui::layout::Size;

    use super::*;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::alt;
    use crate::tui::app::update::update;

    fn trashed(id: i64) -> TrashedPicture {
        let path = PathBuf::from(format!("/p/{id}.jpg"));
        TrashedPicture { id, place: path.clone(), path, file: None }
    }

    fn restores(effects: &[Effect]) -> Vec<i64> {
        let ids = effects.iter().filter_map(|effect| match effect {
            Effect::Restore { pictures, .. } => Some(pictures.iter().map(|picture| picture.id)),
            _ => None,
        });
        ids.flatten().collect()
    }

    #[test]
    fn moves_are_undone_in_turn_and_marks_come_back() {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 80, height: 24 });
        [1, 9].into_iter().for_each(|id| state.marked.insert(id, format!("{id}.jpg").into()));
        let moved = |pictures| Event::Trashed { pictures, words: "moved".into() };
        update(&mut state, moved(vec![trashed(1), trashed(2)]));
        assert_eq!(state.message.notice(), Some("moved; alt-z undoes"));
        assert_eq!(state.marked.pictures(), [(9, "9.jpg".into())]);
        update(&mut state, moved(vec![trashed(3)]));
        update(&mut state, moved(Vec::new()));
        assert_eq!(state.message.notice(), Some("moved"), "there is nothing to undo of it");
        assert_eq!(restores(&alt(&mut state, 'z')), [3]);
        // Its place is taken: older moves are undone all the same, and it is tried again after them.
        let kept = Event::Restored {
            restored: Vec::new(),
            kept: vec![trashed(3)],
            marked: Vec::new(),
            words: "taken".into(),
        };
        assert!(!update(&mut state, kept).contains(&Effect::Refresh));
        let effects = alt(&mut state, 'z');
        assert_eq!(restores(&effects), [1, 2]);
        let Some(Effect::Restore { marked, .. }) = effects.into_iter().next() else { panic!() };
        let restored = Event::Restored {
            restored: vec![trashed(1), trashed(2)],
            kept: Vec::new(),
            marked,
            words: "back".into(),
        };
        assert!(update(&mut state, restored).contains(&Effect::Refresh));
        assert!(state.is_marked(1) && !state.is_marked(2));
        assert_eq!(state.results.select_when_answered, Some(1));
        assert_eq!(restores(&alt(&mut state, 'z')), [3]);
        assert_eq!(restores(&alt(&mut state, 'z')), [0; 0]);
        assert!(state.message.notice().is_some_and(|words| words.contains("nothing to undo")));
    }
}
