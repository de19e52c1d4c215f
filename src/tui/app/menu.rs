//! The entries of the menu of actions, in words that say what each acts on.

use super::effect::MAX_OPENED;
use super::keymap::Action;
use super::state::State;
use crate::tui::display::counted;

/// The actions that the menu offers after the user's commands.
const ACTIONS: [Action; 5] = [Action::Open, Action::Copy, Action::Like, Action::Details, Action::Trash];

/// The number of entries.
pub(crate) fn len(state: &State) -> usize {
    state.commands.len() + ACTIONS.len()
}

/// The action of the entry at this index; `None` if it is a command of the user's.
pub(crate) fn action(state: &State, at: usize) -> Option<Action> {
    ACTIONS.get(at.checked_sub(state.commands.len())?).copied()
}

/// The entries in words: the user's commands, then the actions.
pub(crate) fn entries(state: &State) -> Vec<String> {
    let pictures = state.targets().len();
    let commands = state.commands.iter().map(|command| match pictures {
        0 | 1 => command.name.clone(),
        many => format!("{}: {}", command.name, counted(many, "picture")),
    });
    commands.chain(ACTIONS.iter().map(|action| in_words(*action, pictures))).collect()
}

/// The heading: what the entries act on.
pub(crate) fn heading(state: &State) -> String {
    match (state.marked.len(), state.results.selected_hit()) {
        (0, None) => "no picture".into(),
        (0, Some(_)) => "selected picture".into(),
        (marked, _) => counted(marked, "marked picture"),
    }
}

/// An action on this number of pictures, in words.
fn in_words(action: Action, pictures: usize) -> String {
    let many = counted(pictures, "picture");
    match (action, pictures) {
        // They belong to one picture, whatever is marked.
        (Action::Details, _) => "details of the selected picture".into(),
        (Action::Open, 0 | 1) => "open with the viewer".into(),
        (Action::Open, 2..=MAX_OPENED) => format!("open {many}"),
        (Action::Open, _) => format!("open the first {MAX_OPENED} of {many}"),
        (Action::Copy, 0 | 1) => "copy the path".into(),
        (Action::Copy, _) => format!("copy {}", counted(pictures, "path")),
        (Action::Like, 0 | 1) => "more like this".into(),
        (Action::Like, _) => format!("more like these {many}"),
        (_, 0 | 1) => "move to the trash".into(),
        _ => format!("move {many} to the trash"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use ratatui::layout::Size;

    use super::*;
    use crate::library::Hit;
    use crate::tui::app::command::Command;
    use crate::tui::app::event::Event;
    use crate::tui::app::update::{start, update};

    #[test]
    fn the_menu_says_what_each_entry_acts_on() {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 100, height: 30 });
        state.commands =
            vec![Command { name: "edit".into(), command: "gimp".into(), key: None, wait: false }];
        assert_eq!(heading(&state), "no picture");
        start(&mut state, Instant::now());
        let hits = vec![Hit { id: 7, path: "7.jpg".into(), score: None }];
        update(&mut state, Event::Answered { generation: 1, hits, pictures: 1, at: Instant::now() });
        assert_eq!(heading(&state), "selected picture");
        assert_eq!(entries(&state)[..4], ["edit", "open with the viewer", "copy the path", "more like this"]);
        state.marked.push((7, "7.jpg".into()));
        assert_eq!(heading(&state), "1 marked picture");
        assert_eq!(entries(&state)[2], "copy the path");
        state.marked.push((8, "8.jpg".into()));
        assert_eq!(heading(&state), "2 marked pictures");
        let two = [
            "edit: 2 pictures",
            "open 2 pictures",
            "copy 2 paths",
            "more like these 2 pictures",
            "details of the selected picture",
            "move 2 pictures to the trash",
        ];
        assert_eq!(entries(&state), two);
        state.marked = (0..25).map(|id| (id, "x".into())).collect();
        assert_eq!(entries(&state)[1], "open the first 10 of 25 pictures");
    }
}
