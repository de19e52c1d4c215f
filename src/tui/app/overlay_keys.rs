//! What keys do while something lies over the results.

use ratatui::layout::Position;

use super::actions::{act, run_command};
use super::attempt;
use super::effect::Effect;
use super::keymap::{Action, Meaning};
use super::overlay::Overlay;
use super::saved_boxes::Picker;
use super::state::State;
use super::{help, menu, saved};

/// Applies a key to the overlay, which was taken out of the state; it is put back if it stays open.
pub(crate) fn apply(state: &mut State, overlay: Overlay, meaning: Meaning, effects: &mut Vec<Effect>) {
    match overlay {
        Overlay::Help { first, sought } => apply_to_help(state, first, sought, meaning),
        Overlay::Menu { selected } => apply_to_menu(state, selected, meaning, effects),
        Overlay::Naming(naming) => saved::apply_to_naming(state, naming, meaning, effects),
        Overlay::Picker(picker) => saved::apply_to_picker(state, picker, meaning, effects),
        Overlay::ConfirmTrash { pictures } => match meaning {
            Meaning::Type('y' | 'Y') => effects.push(Effect::Trash(pictures)),
            _ => state.message.notify("nothing was moved"),
        },
        Overlay::DownloadFailed => match meaning {
            Meaning::Do(Action::Accept) => attempt::retry(state, effects),
            Meaning::Do(action @ (Action::Retry | Action::Leave)) => act(state, action, effects),
            // The box came while the user was typing.
            Meaning::Type(c) => state.query.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        },
    }
}

/// Scrolls what lies over the results, if anything does; a negative number of rows is upwards. Says whether there is
/// something.
pub(crate) fn scroll(state: &mut State, rows: isize) -> bool {
    let last = match &state.overlay {
        None => return false,
        Some(Overlay::Help { sought, .. }) => help::page(state, sought).last_first(),
        Some(Overlay::Picker(picker)) => picker.listed(state.reading.searches()).len().saturating_sub(1),
        Some(_) => menu::len(state).saturating_sub(1),
    };
    match &mut state.overlay {
        Some(Overlay::Help { first, .. }) => *first = first.saturating_add_signed(rows).min(last),
        Some(Overlay::Menu { selected } | Overlay::Picker(Picker { selected, deletes: false, .. })) => {
            *selected = selected.saturating_add_signed(rows.signum()).min(last)
        }
        _ => {}
    }
    true
}

/// Whether the help is open and lies at this position.
pub(crate) fn is_in_help(state: &State, position: Position) -> bool {
    let Some(Overlay::Help { sought, .. }) = &state.overlay else { return false };
    help::page(state, sought).area.contains(position)
}

/// Scrolls the help, or changes the text that its rows have to have; other keys close it.
fn apply_to_help(state: &mut State, first: usize, mut sought: String, meaning: Meaning) {
    let page = help::page(state, &sought);
    let (last, rows) = (page.last_first(), page.visible.saturating_sub(1).max(1));
    let first = first.min(last);
    let first = match meaning {
        Meaning::Type(c) => {
            sought.push(c);
            0
        }
        Meaning::Do(Action::DeleteBack | Action::DeleteWordBack | Action::DeleteToStart) => {
            let is_letter = meaning == Meaning::Do(Action::DeleteBack);
            sought.truncate(if is_letter { sought.char_indices().last().map_or(0, |(at, _)| at) } else { 0 });
            0
        }
        // esc takes the text back first.
        Meaning::Do(Action::Back) if !sought.is_empty() => {
            sought.clear();
            0
        }
        Meaning::Do(Action::PageUp) => first.saturating_sub(rows),
        Meaning::Do(Action::PageDown) => (first + rows).min(last),
        Meaning::Nothing => first,
        _ => match moved(first, last, meaning) {
            Some(first) => first,
            None => return,
        },
    };
    state.overlay = Some(Overlay::Help { first, sought });
}

/// Where a key moves to from row `at` of rows 0 to `last`; `None` if it is not a key that moves.
fn moved(at: usize, last: usize, meaning: Meaning) -> Option<usize> {
    match meaning {
        Meaning::Do(Action::Up) => Some(at.saturating_sub(1)),
        Meaning::Do(Action::Down) => Some((at + 1).min(last)),
        Meaning::Do(Action::PageUp | Action::First | Action::LineStart) => Some(0),
        Meaning::Do(Action::PageDown | Action::Last | Action::LineEnd) => Some(last),
        _ => None,
    }
}

fn apply_to_menu(state: &mut State, selected: usize, meaning: Meaning, effects: &mut Vec<Effect>) {
    let count = menu::len(state);
    let digit = |c: char| c.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
    if let Some(selected) = moved(selected, count.saturating_sub(1), meaning) {
        state.overlay = Some(Overlay::Menu { selected });
        return;
    }
    match meaning {
        Meaning::Do(Action::Accept) => enter(state, selected, effects),
        Meaning::Type(c) => match digit(c).filter(|at| *at < count) {
            Some(at) => enter(state, at, effects),
            None => state.overlay = Some(Overlay::Menu { selected }),
        },
        Meaning::Run(number) => run_command(state, number, effects),
        _ => {}
    }
}

/// Does what the entry `at` says.
fn enter(state: &mut State, at: usize, effects: &mut Vec<Effect>) {
    match menu::action(state, at) {
        Some(action) => act(state, action, effects),
        None => run_command(state, at, effects),
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::app::trashed::TrashedPicture;

    use crossterm::event::KeyCode;
    use ratatui::layout::Size;

    use super::*;

    use crate::tui::app::command::Command;
    use crate::tui::app::effect::ShellCommand;
    use crate::tui::app::event::Event;
    use crate::tui::app::keys_in_tests::{browser_of, ctrl, press};
    use crate::tui::app::script::Script;
    use crate::tui::app::update::update;

    fn browser() -> State {
        let mut state = browser_of(Size { width: 100, height: 30 }, 3);
        let command = |name: &str| Command {
            name: name.into(),
            command: format!("{name} {{}}"),
            key: None,
            wait: name == "b",
        };
        state.commands = vec![command("a"), command("b")];
        state
    }

    #[test]
    fn the_menu_runs_the_users_commands_on_what_is_marked() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Tab);
        ctrl(&mut state, 'x');
        press(&mut state, KeyCode::Down);
        let effects = press(&mut state, KeyCode::Enter);
        let pictures = vec!["/p/0.jpg".into(), "/p/1.jpg".into()];
        let script = Script::new("b", &pictures);
        let command = ShellCommand { name: "b".into(), script, pictures, wait: true };
        assert!(effects.contains(&Effect::Run(command)), "{effects:?}");
        assert_eq!(state.overlay, None);
        ctrl(&mut state, 'x');
        let effects = press(&mut state, KeyCode::Char('1'));
        assert!(matches!(&effects[0], Effect::Run(command) if command.name == "a"));
    }

    #[test]
    fn the_menu_ends_where_its_entries_do_and_esc_leaves_only_it() {
        let mut state = browser();
        ctrl(&mut state, 'x');
        for _ in 0..20 {
            press(&mut state, KeyCode::Down);
        }
        assert_eq!(state.overlay, Some(Overlay::Menu { selected: menu::len(&state) - 1 }));
        press(&mut state, KeyCode::Char('z'));
        assert!(state.overlay.is_some() && state.query.text().is_empty(), "nothing is typed meanwhile");
        press(&mut state, KeyCode::Esc);
        assert_eq!((&state.overlay, &state.exit), (&None, &None));
    }

    #[test]
    fn only_a_yes_moves_pictures_to_the_trash() {
        let mut state = browser();
        for no in [KeyCode::Enter, KeyCode::Esc, KeyCode::Char('n'), KeyCode::F(8)] {
            press(&mut state, KeyCode::F(8));
            assert!(matches!(state.overlay, Some(Overlay::ConfirmTrash { .. })));
            let effects = press(&mut state, no);
            assert!(!effects.iter().any(|effect| matches!(effect, Effect::Trash(_))), "{no:?}");
            assert_eq!((&state.overlay, &state.exit), (&None, &None));
        }
        press(&mut state, KeyCode::F(8));
        let effects = press(&mut state, KeyCode::Char('y'));
        assert!(effects.contains(&Effect::Trash(vec![(0, "/p/0.jpg".into())])), "{effects:?}");
    }

    #[test]
    fn what_went_to_the_trash_is_marked_no_more() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        let path = std::path::PathBuf::from("/p/x.jpg");
        let picture = TrashedPicture { id: 0, place: path.clone(), path, file: None };
        let effects = update(&mut state, Event::Trashed { pictures: vec![picture], words: "gone".into() });
        assert!(state.marked.is_empty() && effects.contains(&Effect::Refresh));
    }

    #[test]
    fn details_are_asked_for_once_a_picture() {
        let mut state = browser();
        let asked =
            |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::ReadMetadata(_))).count();
        assert_eq!(asked(&ctrl(&mut state, 't')), 1);
        assert_eq!(asked(&press(&mut state, KeyCode::Down)), 1);
        assert_eq!(asked(&press(&mut state, KeyCode::Left)), 0);
        ctrl(&mut state, 't');
        assert_eq!(asked(&press(&mut state, KeyCode::Down)), 0);
    }
}
