//! What each key does: one table, from which the help is drawn too.

mod action;
mod key;

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub(crate) use action::Action;
pub(crate) use key::Key;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Binding {
    /// The keys, each of which does the action.
    pub keys: &'static [Key],
    /// The action.
    pub action: Action,
    /// Whether the keys do this only while the query is empty, and type themselves otherwise.
    pub only_without_query: bool,
    /// What the help says about the action.
    pub help: &'static str,
}

const fn bind(keys: &'static [Key], action: Action, help: &'static str) -> Binding {
    Binding { keys, action, only_without_query: false, help }
}

/// The table, with the keys of other pickers (fzf, television): typing always goes to the query.
pub(crate) const BINDINGS: &[Binding] = &[
    bind(&[Key::plain(KeyCode::Enter)], Action::Accept, "print the selected or marked paths"),
    bind(&[Key::plain(KeyCode::Esc)], Action::Back, "go back, or leave"),
    bind(&[Key::ctrl('c')], Action::Leave, "leave"),
    bind(&[Key::plain(KeyCode::Up), Key::ctrl('p'), Key::ctrl('k')], Action::Up, "previous result"),
    bind(&[Key::plain(KeyCode::Down), Key::ctrl('n'), Key::ctrl('j')], Action::Down, "next result"),
    bind(&[Key::plain(KeyCode::PageUp)], Action::PageUp, "page up"),
    bind(&[Key::plain(KeyCode::PageDown)], Action::PageDown, "page down"),
    bind(&[Key::plain(KeyCode::Home)], Action::First, "first result"),
    bind(&[Key::plain(KeyCode::End)], Action::Last, "last result"),
    bind(&[Key::plain(KeyCode::Tab)], Action::MarkDown, "mark and go down"),
    bind(&[Key::plain(KeyCode::BackTab)], Action::MarkUp, "mark and go up"),
    bind(&[Key::ctrl('s')], Action::Like, "more like this (esc goes back)"),
    bind(&[Key::ctrl('y')], Action::Copy, "copy the selected or marked paths"),
    bind(&[Key::ctrl('o')], Action::Open, "open with the viewer"),
    bind(&[Key::with_ctrl(KeyCode::Up)], Action::HistoryBack, "previous query"),
    bind(&[Key::with_ctrl(KeyCode::Down)], Action::HistoryForward, "next query"),
    bind(&[Key::ctrl('l')], Action::Arrange, "next layout"),
    bind(&[Key::ctrl('t')], Action::Details, "details of the selected picture"),
    bind(&[Key::ctrl('x')], Action::Menu, "menu of actions"),
    bind(
        &[Key::with_ctrl(KeyCode::Delete), Key::plain(KeyCode::F(8))],
        Action::Trash,
        "move to the trash (asks first)",
    ),
    bind(&[Key::ctrl('z')], Action::Suspend, "suspend (fg continues)"),
    bind(&[Key::ctrl('r')], Action::Retry, "try a failed download again"),
    bind(&[Key::plain(KeyCode::F(1))], Action::Help, "help"),
    Binding {
        keys: &[Key::plain(KeyCode::Char('?'))],
        action: Action::Help,
        only_without_query: true,
        help: "help (while the query is empty)",
    },
    bind(&[Key::plain(KeyCode::Left)], Action::Left, "cursor left; in the sheet, picture before"),
    bind(&[Key::plain(KeyCode::Right)], Action::Right, "cursor right; in the sheet, next picture"),
    bind(
        &[Key::alt(KeyCode::Char('+')), Key::alt(KeyCode::Char('='))],
        Action::SheetLarger,
        "larger pictures in the sheet",
    ),
    bind(&[Key::alt(KeyCode::Char('-'))], Action::SheetSmaller, "smaller pictures in the sheet"),
    bind(&[Key::alt(KeyCode::Char('0'))], Action::SheetUsual, "usual size in the sheet"),
    bind(&[Key::ctrl('b')], Action::CursorLeft, "cursor left"),
    bind(&[Key::ctrl('f')], Action::CursorRight, "cursor right"),
    bind(&[Key::ctrl(' ')], Action::Complete, "complete a filter (so does right at the end)"),
    bind(&[Key::alt(KeyCode::Char('b')), Key::alt(KeyCode::Left)], Action::WordLeft, "cursor one word left"),
    bind(
        &[Key::alt(KeyCode::Char('f')), Key::alt(KeyCode::Right)],
        Action::WordRight,
        "cursor one word right",
    ),
    bind(&[Key::ctrl('a')], Action::LineStart, "start of the query"),
    bind(&[Key::ctrl('e')], Action::LineEnd, "end of the query"),
    bind(&[Key::plain(KeyCode::Backspace), Key::ctrl('h')], Action::DeleteBack, "delete character before"),
    bind(&[Key::plain(KeyCode::Delete), Key::ctrl('d')], Action::DeleteForward, "delete character after"),
    bind(&[Key::ctrl('w'), Key::alt(KeyCode::Backspace)], Action::DeleteWordBack, "delete word before"),
    bind(&[Key::alt(KeyCode::Char('d'))], Action::DeleteWordForward, "delete word after"),
    bind(&[Key::ctrl('u')], Action::DeleteToStart, "delete to the start"),
];

/// What a pressed key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The key does an action.
    Do(Action),
    /// The key runs the user's command of this number.
    Run(usize),
    /// The character goes to the query.
    Type(char),
    /// The key does nothing.
    Nothing,
}

/// What the settings say about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Custom {
    Do(Action),
    Run(usize),
}

/// The table of keys with the changes that the settings make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keymap(HashMap<Key, Custom>);

impl Keymap {
    /// The table with other actions for some keys, and with keys for the user's commands. A key of a command outranks
    /// one of an action.
    pub(crate) fn new(
        actions: impl IntoIterator<Item = (Key, Action)>,
        commands: impl IntoIterator<Item = (Key, usize)>,
    ) -> Self {
        let actions = actions.into_iter().map(|(key, action)| (key, Custom::Do(action)));
        let commands = commands.into_iter().map(|(key, number)| (key, Custom::Run(number)));
        Self(actions.chain(commands).collect())
    }

    /// What a pressed key means.
    pub(crate) fn meaning(&self, event: &KeyEvent, query_is_empty: bool) -> Meaning {
        // Some terminals report shift and others don't; the character already reflects it.
        let key = Key { code: event.code, modifiers: event.modifiers - KeyModifiers::SHIFT };
        match self.0.get(&key) {
            Some(Custom::Do(action)) => return Meaning::Do(*action),
            Some(Custom::Run(number)) => return Meaning::Run(*number),
            None => {}
        }
        let bound = BINDINGS
            .iter()
            .find(|binding| binding.keys.contains(&key) && (query_is_empty || !binding.only_without_query));
        match (bound, key.code) {
            (Some(binding), _) => Meaning::Do(binding.action),
            // AltGr arrives as ctrl + alt on some systems, and types a character.
            (None, KeyCode::Char(c))
                if key.modifiers.is_empty() || key.modifiers == KeyModifiers::CONTROL | KeyModifiers::ALT =>
            {
                Meaning::Type(c)
            }
            _ => Meaning::Nothing,
        }
    }

    /// The label of a key that does an action; `None` if the settings took all of its keys.
    pub(crate) fn label(&self, action: Action) -> Option<String> {
        let own =
            self.0.iter().filter(|(_, custom)| **custom == Custom::Do(action)).map(|(key, _)| key.label());
        let table = BINDINGS.iter().filter(|row| row.action == action).flat_map(|row| row.keys);
        own.min().or_else(|| table.filter(|key| !self.0.contains_key(key)).map(Key::label).next())
    }

    /// The rows of the help: the labels of the keys, and what they do. The rows of the user's commands come first; their
    /// names are `commands`.
    pub(crate) fn rows<'a>(&self, commands: impl Iterator<Item = &'a str>) -> Vec<(Vec<String>, String)> {
        let labels = |wanted: Custom| {
            let mut keys: Vec<&Key> =
                self.0.iter().filter(|(_, custom)| **custom == wanted).map(|(key, _)| key).collect();
            keys.sort_by_key(|key| key.label());
            keys.into_iter().map(Key::label).collect::<Vec<_>>()
        };
        let own = commands.enumerate().map(|(at, name)| (labels(Custom::Run(at)), name.to_owned()));
        let mut seen = Vec::new();
        let table = BINDINGS.iter().map(|row| {
            let kept = row.keys.iter().filter(|key| !self.0.contains_key(key)).map(Key::label);
            // Keys from the settings are listed in the first row of their action.
            let added = if seen.contains(&row.action) { Vec::new() } else { labels(Custom::Do(row.action)) };
            seen.push(row.action);
            (added.into_iter().chain(kept).collect(), row.help.to_owned())
        });
        own.chain(table).filter(|(keys, _): &(Vec<String>, String)| !keys.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Meaning {
        Keymap::default().meaning(&KeyEvent::new(code, modifiers), false)
    }

    #[test]
    fn no_key_is_bound_twice() {
        let keys: Vec<&Key> = BINDINGS.iter().flat_map(|binding| binding.keys).collect();
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(key), "{} is bound twice", key.label());
        }
    }

    #[test]
    fn every_binding_is_explained() {
        for binding in BINDINGS {
            assert!(!binding.help.is_empty() && !binding.keys.is_empty(), "{:?}", binding.action);
        }
    }

    #[test]
    fn the_documents_have_this_table() {
        let row = |binding: &Binding| {
            let keys: Vec<String> = binding.keys.iter().map(|key| format!("`{}`", key.label())).collect();
            format!("| {} | {} |\n", keys.join(", "), binding.help)
        };
        let table: String = BINDINGS.iter().map(row).collect();
        let table = format!("| key | does |\n|---|---|\n{table}");
        assert!(
            include_str!("../../../docs/configuration.md").contains(&table),
            "docs/configuration.md should have\n{table}"
        );
    }

    #[test]
    fn typing_goes_to_the_query() {
        assert_eq!(press(KeyCode::Char('j'), KeyModifiers::NONE), Meaning::Type('j'));
        assert_eq!(press(KeyCode::Char('Ä'), KeyModifiers::SHIFT), Meaning::Type('Ä'));
        assert_eq!(press(KeyCode::Char('j'), KeyModifiers::CONTROL), Meaning::Do(Action::Down));
        assert_eq!(press(KeyCode::Char('x'), KeyModifiers::ALT), Meaning::Nothing);
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT), Meaning::Do(Action::MarkUp));
    }

    #[test]
    fn a_question_mark_asks_for_help_only_without_a_query() {
        let key = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::NONE);
        let meaning = |key, empty| Keymap::default().meaning(key, empty);
        assert_eq!(meaning(&key, true), Meaning::Do(Action::Help));
        assert_eq!(meaning(&key, false), Meaning::Type('?'));
    }

    #[test]
    fn labels_read_as_people_say_them() {
        let labels: Vec<String> = BINDINGS.iter().flat_map(|b| b.keys).map(Key::label).collect();
        for expected in ["ctrl-n", "page up", "shift-tab", "F1", "enter", "alt-b", "alt-left", "?"] {
            assert!(labels.iter().any(|label| label == expected), "{expected} is not in {labels:?}");
        }
    }

    #[test]
    fn the_settings_outrank_the_table() {
        let key = |name: &str| Key::try_from(name.to_owned()).unwrap();
        let keys = Keymap::new(
            [(key("ctrl-s"), Action::Nothing), (key("alt-l"), Action::Like), (key("ctrl-y"), Action::Open)],
            [(key("f5"), 0)],
        );
        let press = |code, modifiers| keys.meaning(&KeyEvent::new(code, modifiers), false);
        assert_eq!(press(KeyCode::Char('s'), KeyModifiers::CONTROL), Meaning::Do(Action::Nothing));
        assert_eq!(press(KeyCode::Char('l'), KeyModifiers::ALT), Meaning::Do(Action::Like));
        assert_eq!(press(KeyCode::F(5), KeyModifiers::NONE), Meaning::Run(0));
        assert_eq!(keys.label(Action::Like).as_deref(), Some("alt-l"));
        assert_eq!(keys.label(Action::Copy), None);
        assert_eq!(keys.label(Action::Help).as_deref(), Some("F1"));
        let rows = keys.rows(["edit"].into_iter());
        assert_eq!(rows[0], (vec!["F5".to_owned()], "edit".to_owned()));
        let row = |help: &str| rows.iter().find(|(_, known)| known == help).map(|(keys, _)| keys.join(" "));
        assert_eq!(row("more like this (esc goes back)").as_deref(), Some("alt-l"));
        assert_eq!(row("open with the viewer").as_deref(), Some("ctrl-y ctrl-o"));
        assert_eq!(row("copy the selected or marked paths"), None, "it has no key any more");
    }
}
