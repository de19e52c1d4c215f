//! The entries of the menu of actions, in words that say what each acts on.

use ratatui::layout::{Margin, Position};
use unicode_width::UnicodeWidthStr;

use super::effect::MAX_OPENED;
use super::folded_rows::FoldPart;
use super::keymap::Action;
use super::state::State;
use crate::base::escape;
use crate::tui::display::{counted, thousands};
use crate::tui::layout;

/// The actions that the menu offers after the user's commands.
const ACTIONS: [Action; 16] = [
    Action::Open,
    Action::Copy,
    Action::Like,
    Action::Details,
    Action::Trash,
    Action::MoreLike,
    Action::LessLike,
    Action::MarkAll,
    Action::InvertMarks,
    Action::Unmark,
    Action::ShowMarked,
    Action::MarkGroup,
    Action::OpenGroup,
    Action::TrashRest,
    Action::TrashAllRest,
    Action::LookAlikes,
];

/// The number of entries.
pub(crate) fn len(state: &State) -> usize {
    state.commands.len() + actions(state).count()
}

/// The action of the entry at this index; `None` if it is a command of the user's.
pub(crate) fn action(state: &State, at: usize) -> Option<Action> {
    actions(state).nth(at.checked_sub(state.commands.len())?)
}

/// The actions that the menu has now.
fn actions(state: &State) -> impl Iterator<Item = Action> {
    let (multi, some_marked) = (state.multi, !state.marked.is_empty());
    let (part, is_view) = (state.fold_part(state.results.selected), state.look_alikes.is_some());
    ACTIONS.into_iter().filter(move |action| match action {
        Action::MarkAll => multi,
        Action::InvertMarks | Action::Unmark | Action::ShowMarked => some_marked,
        Action::MarkGroup => multi && part.is_some(),
        Action::OpenGroup => part.is_some(),
        Action::TrashRest | Action::TrashAllRest => is_view && part.is_some(),
        Action::LookAlikes => state.download.is_none(),
        _ => true,
    })
}

/// The entry under this position, while the menu is open with the entry `selected` in view.
pub(crate) fn entry_at(state: &State, selected: usize, at: Position) -> Option<usize> {
    let entries = entries(state);
    // The edge and the number of an entry stand before it.
    let columns = entries.iter().map(|entry| escape::text(entry).width() + 3).max().unwrap_or(0);
    let popup = layout::popup(columns.max(title(state).width()), entries.len(), state.size);
    let inside = popup.inner(Margin::new(1, 1));
    let first = (selected + 1).saturating_sub(usize::from(inside.height).max(1));
    let entry = first + usize::from(at.y.checked_sub(inside.y)?);
    (inside.contains(at) && entry < entries.len()).then_some(entry)
}

/// The title of the menu.
pub(crate) fn title(state: &State) -> String {
    format!(" {} ", heading(state))
}

/// The entries in words: the user's commands, then the actions.
pub(crate) fn entries(state: &State) -> Vec<String> {
    let pictures = state.targets().len();
    let commands = state.commands.iter().map(|command| match pictures {
        0 | 1 => command.name.clone(),
        many => format!("{}: {}", command.name, counted(many, "picture")),
    });
    let actions = actions(state).map(|action| match action {
        Action::MarkAll => format!("mark all results ({})", thousands(state.results.hits.len())),
        Action::InvertMarks => "mark the results that are not marked".into(),
        Action::Unmark => format!("unmark {}", counted(state.marked.len(), "picture")),
        Action::ShowMarked if state.beneath_marked.is_some() => "back to the results".into(),
        Action::ShowMarked => format!("list {}", counted(state.marked.len(), "marked picture")),
        Action::MarkGroup => "mark with all look-alikes".into(),
        Action::OpenGroup => match state.fold_part(state.results.selected) {
            Some(FoldPart::Row { others, is_open: false }) => {
                format!("show {}", counted(others, "look-alike"))
            }
            _ => "close the group of look-alikes".into(),
        },
        Action::TrashRest => "keep the best of the group, trash the rest".into(),
        Action::TrashAllRest => {
            let (groups, pictures) = state.results.folding.counts();
            format!("keep the best of all {groups} groups, trash {}", counted(pictures - groups, "picture"))
        }
        Action::LookAlikes if state.look_alikes.is_some() => "back to the results".into(),
        Action::LookAlikes => "all look-alikes, to clean up".into(),
        action => in_words(action, pictures),
    });
    commands.chain(actions).collect()
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
        (Action::Copy, _) => format!("copy the paths of {many}"),
        (Action::Like, 0 | 1) => "more like this".into(),
        (Action::Like, _) => format!("more like these {many}"),
        (Action::MoreLike, 0 | 1) => "add to the query: more like this".into(),
        (Action::MoreLike, _) => format!("add to the query: more like these {many}"),
        (Action::LessLike, 0 | 1) => "add to the query: less like this".into(),
        (Action::LessLike, _) => format!("add to the query: less like these {many}"),
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
        state.marked.insert(7, "7.jpg".into());
        assert_eq!(heading(&state), "1 marked picture");
        assert_eq!(entries(&state)[2], "copy the path");
        state.marked.insert(8, "8.jpg".into());
        assert_eq!(heading(&state), "2 marked pictures");
        let two = [
            "edit: 2 pictures",
            "open 2 pictures",
            "copy the paths of 2 pictures",
            "more like these 2 pictures",
            "details of the selected picture",
            "move 2 pictures to the trash",
            "add to the query: more like these 2 pictures",
            "add to the query: less like these 2 pictures",
            "mark all results (1)",
            "mark the results that are not marked",
            "unmark 2 pictures",
            "list 2 marked pictures",
            "all look-alikes, to clean up",
        ];
        assert_eq!(entries(&state), two);
        state.marked = (0..25).map(|id| (id, "x".into())).collect();
        assert_eq!(entries(&state)[1], "open the first 10 of 25 pictures");
    }
}
