//! The menu of what can be done with pictures, and the question before any goes to the trash.

use super::{MOST_OPENED, act};
use crate::tui::display::counted;
use crate::tui::effect::{Effect, Errand};
use crate::tui::keymap::{Action, Meaning};
use crate::tui::state::{Dialog, State};

/// What the menu offers after the user's commands.
pub const ENTRIES: [Action; 5] = [Action::Open, Action::Copy, Action::Like, Action::Details, Action::Trash];

/// The menu's entries in words, which tell what they act on: the user's commands, then [`ENTRIES`].
pub fn entries(state: &State) -> Vec<String> {
    let pictures = state.targets().len();
    let commands = state.commands.iter().map(|command| match pictures {
        0 | 1 => command.name.clone(),
        many => format!("{}: {}", command.name, counted(many, "picture")),
    });
    commands.chain(ENTRIES.iter().map(|action| in_words(*action, pictures))).collect()
}

/// An action on so many pictures.
fn in_words(action: Action, pictures: usize) -> String {
    let many = counted(pictures, "picture");
    match (action, pictures) {
        // They belong to one picture, whatever is marked.
        (Action::Details, _) => "details of the selected picture".into(),
        (Action::Open, 0 | 1) => "open with the viewer".into(),
        (Action::Open, 2..=MOST_OPENED) => format!("open {many}"),
        (Action::Open, _) => format!("open the first {MOST_OPENED} of {many}"),
        (Action::Copy, 0 | 1) => "copy the path".into(),
        (Action::Copy, _) => format!("copy {}", counted(pictures, "path")),
        (Action::Like, 0 | 1) => "more like this".into(),
        (Action::Like, _) => format!("more like these {many}"),
        (_, 0 | 1) => "move to the trash".into(),
        _ => format!("move {many} to the trash"),
    }
}

/// The menu's heading: what its entries act on.
pub fn heading(state: &State) -> String {
    match (state.marked.len(), state.results.selected_hit()) {
        (0, None) => "no picture".into(),
        (0, Some(_)) => "selected picture".into(),
        (marked, _) => counted(marked, "marked picture"),
    }
}

/// A key while a dialog is open.
pub(super) fn answer(state: &mut State, meaning: Meaning, effects: &mut Vec<Effect>) {
    match state.dialog.take() {
        Some(Dialog::Menu(selected)) => choose(state, selected, meaning, effects),
        Some(Dialog::Trash(pictures)) => match meaning {
            Meaning::Type('y' | 'Y') => effects.push(Effect::Trash(pictures)),
            _ => state.notice = Some("nothing was moved".into()),
        },
        None => {}
    }
}

fn choose(state: &mut State, selected: usize, meaning: Meaning, effects: &mut Vec<Effect>) {
    let count = state.commands.len() + ENTRIES.len();
    let last = count - 1;
    let digit = |c: char| c.to_digit(10).and_then(|digit| (digit as usize).checked_sub(1));
    match meaning {
        Meaning::Do(Action::Up) => state.dialog = Some(Dialog::Menu(selected.saturating_sub(1))),
        Meaning::Do(Action::Down) => state.dialog = Some(Dialog::Menu((selected + 1).min(last))),
        Meaning::Do(Action::First | Action::PageUp) => state.dialog = Some(Dialog::Menu(0)),
        Meaning::Do(Action::Last | Action::PageDown) => state.dialog = Some(Dialog::Menu(last)),
        Meaning::Do(Action::Accept) => enter(state, selected, effects),
        Meaning::Type(c) => match digit(c).filter(|at| *at < count) {
            Some(at) => enter(state, at, effects),
            None => state.dialog = Some(Dialog::Menu(selected)),
        },
        Meaning::Run(number) => run(state, number, effects),
        _ => {}
    }
}

fn enter(state: &mut State, at: usize, effects: &mut Vec<Effect>) {
    match at.checked_sub(state.commands.len()).and_then(|at| ENTRIES.get(at)) {
        Some(action) => act(state, *action, effects),
        None => run(state, at, effects),
    }
}

/// Runs the user's command of this number on the marked pictures or the selected one.
pub(super) fn run(state: &State, number: usize, effects: &mut Vec<Effect>) {
    let pictures = state.chosen_paths();
    if let Some(command) = state.commands.get(number).filter(|_| !pictures.is_empty()) {
        let (name, line, wait) = (command.name.clone(), command.line(&pictures), command.wait);
        effects.push(Effect::Run(Errand { name, line, pictures, wait }));
    }
}

pub(super) fn ask_to_trash(state: &mut State) {
    let pictures = state.chosen();
    if !pictures.is_empty() {
        state.dialog = Some(Dialog::Trash(pictures));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Instant;

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use ratatui::layout::Size;

    use super::*;
    use crate::library::Hit;
    use crate::tui::command::Command;
    use crate::tui::event::Event;
    use crate::tui::update::{start, update};

    fn browser() -> State {
        let mut state = State::new(Path::new("/p"), "demo", "", Size { width: 100, height: 30 });
        let command = |name: &str| Command {
            name: name.into(),
            command: format!("{name} {{}}"),
            key: None,
            wait: name == "b",
        };
        state.commands = vec![command("a"), command("b")];
        start(&mut state, Instant::now());
        let hits = (0..3).map(|id| Hit { id, path: format!("{id}.jpg").into(), score: None }).collect();
        update(&mut state, Event::Answered { generation: 1, hits, pictures: 3, at: Instant::now() });
        state
    }

    fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
        update(state, Event::Key(KeyEvent::from(code), Instant::now()))
    }

    fn ctrl(state: &mut State, letter: char) -> Vec<Effect> {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        update(state, Event::Key(key, Instant::now()))
    }

    #[test]
    fn the_menu_runs_the_users_commands_on_what_is_marked() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        press(&mut state, KeyCode::Tab);
        ctrl(&mut state, 'x');
        press(&mut state, KeyCode::Down);
        let effects = press(&mut state, KeyCode::Enter);
        let line = "b '/p/0.jpg' '/p/1.jpg'".into();
        let pictures = vec!["/p/0.jpg".into(), "/p/1.jpg".into()];
        let errand = Errand { name: "b".into(), line, pictures, wait: true };
        assert!(effects.contains(&Effect::Run(errand)), "{effects:?}");
        assert_eq!(state.dialog, None);
        ctrl(&mut state, 'x');
        let effects = press(&mut state, KeyCode::Char('1'));
        assert!(matches!(&effects[0], Effect::Run(errand) if errand.name == "a"));
    }

    #[test]
    fn the_menu_says_what_each_entry_acts_on() {
        let mut state = browser();
        assert_eq!(heading(&state), "selected picture");
        let one = ["a", "b", "open with the viewer", "copy the path", "more like this"];
        assert_eq!(entries(&state)[..5], one);
        press(&mut state, KeyCode::Tab);
        assert_eq!(heading(&state), "1 marked picture");
        press(&mut state, KeyCode::Tab);
        assert_eq!(heading(&state), "2 marked pictures");
        let two = [
            "a: 2 pictures",
            "b: 2 pictures",
            "open 2 pictures",
            "copy 2 paths",
            "more like these 2 pictures",
            "details of the selected picture",
            "move 2 pictures to the trash",
        ];
        assert_eq!(entries(&state), two);
        state.marked = (0..25).map(|id| (id, "x".into())).collect();
        assert_eq!(entries(&state)[2], "open the first 10 of 25 pictures");
    }

    #[test]
    fn the_menu_ends_where_its_entries_do_and_esc_leaves_only_it() {
        let mut state = browser();
        ctrl(&mut state, 'x');
        for _ in 0..20 {
            press(&mut state, KeyCode::Down);
        }
        assert_eq!(state.dialog, Some(Dialog::Menu(ENTRIES.len() + 1)));
        press(&mut state, KeyCode::Char('z'));
        assert!(state.dialog.is_some() && state.query.text().is_empty(), "nothing is typed meanwhile");
        press(&mut state, KeyCode::Esc);
        assert_eq!((&state.dialog, &state.outcome), (&None, &None));
    }

    #[test]
    fn only_a_yes_moves_pictures_to_the_trash() {
        let mut state = browser();
        for no in [KeyCode::Enter, KeyCode::Esc, KeyCode::Char('n'), KeyCode::F(8)] {
            press(&mut state, KeyCode::F(8));
            assert!(matches!(state.dialog, Some(Dialog::Trash(_))));
            let effects = press(&mut state, no);
            assert!(!effects.iter().any(|effect| matches!(effect, Effect::Trash(_))), "{no:?}");
            assert_eq!((&state.dialog, &state.outcome), (&None, &None));
        }
        press(&mut state, KeyCode::F(8));
        let effects = press(&mut state, KeyCode::Char('y'));
        assert!(effects.contains(&Effect::Trash(vec![(0, "/p/0.jpg".into())])), "{effects:?}");
    }

    #[test]
    fn what_went_to_the_trash_is_marked_no_more() {
        let mut state = browser();
        press(&mut state, KeyCode::Tab);
        let effects = update(&mut state, Event::Trashed { ids: vec![0], words: "gone".into() });
        assert!(state.marked.is_empty() && effects.contains(&Effect::Refresh));
    }

    #[test]
    fn details_are_asked_for_once_a_picture() {
        let mut state = browser();
        let asked = |effects: &[Effect]| effects.iter().filter(|e| matches!(e, Effect::Facts(_))).count();
        assert_eq!(asked(&ctrl(&mut state, 't')), 1);
        assert_eq!(asked(&press(&mut state, KeyCode::Down)), 1);
        assert_eq!(asked(&press(&mut state, KeyCode::Left)), 0);
        ctrl(&mut state, 't');
        assert_eq!(asked(&press(&mut state, KeyCode::Down)), 0);
    }
}
