//! What each key does: the table, and what the settings change about it. The help is drawn from them too.

mod action;
mod key;
mod table;

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

pub(crate) use action::{Action, Group};
pub(crate) use key::Key;
pub(crate) use table::{BINDINGS, Situation, When};

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
    pub(crate) fn meaning(&self, event: &KeyEvent, situation: Situation) -> Meaning {
        // Some terminals report shift and others don't; the character already reflects it.
        let key = Key { code: event.code, modifiers: event.modifiers - KeyModifiers::SHIFT };
        match self.0.get(&key) {
            Some(Custom::Do(action)) => return Meaning::Do(*action),
            Some(Custom::Run(number)) => return Meaning::Run(*number),
            None => {}
        }
        let mut bound = BINDINGS.iter().filter(|row| row.keys.contains(&key) && row.when.holds(situation));
        let special = bound.clone().find(|row| row.when != When::Always);
        let bound = special.or_else(|| bound.next());
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

    /// The label of a key that does an action in this situation; `None` if there is none.
    pub(crate) fn label_in(&self, action: Action, situation: Situation) -> Option<String> {
        let special = BINDINGS.iter().filter(|row| row.when != When::Always && row.when.holds(situation));
        let mut keys = special.filter(|row| row.action == action).flat_map(|row| row.keys);
        let is_custom = self.0.values().any(|custom| *custom == Custom::Do(action));
        keys.find(|key| !is_custom && !self.0.contains_key(key))
            .map(Key::label)
            .or_else(|| self.label(action))
    }

    /// The label of a key that does an action; `None` if the settings took all of its keys.
    pub(crate) fn label(&self, action: Action) -> Option<String> {
        let own =
            self.0.iter().filter(|(_, custom)| **custom == Custom::Do(action)).map(|(key, _)| key.label());
        let rows = BINDINGS.iter().filter(|row| row.action == action && row.when == When::Always);
        let table = rows.flat_map(|row| row.keys);
        own.min().or_else(|| table.filter(|key| !self.0.contains_key(key)).map(Key::label).next())
    }

    /// The keys of the user's command of this number, in words.
    pub(crate) fn labels_of_command(&self, number: usize) -> Vec<String> {
        self.labels_of(Custom::Run(number))
    }

    /// The rows of a group for the help: the labels of the keys, and what they do. Rows without keys are left out.
    pub(crate) fn rows(&self, group: Group) -> Vec<(Vec<String>, &'static str)> {
        let mut seen = Vec::new();
        let rows = BINDINGS.iter().filter(|row| row.action.group() == group).map(|row| {
            let kept = row.keys.iter().filter(|key| !self.0.contains_key(key)).map(Key::label);
            // Keys from the settings are listed in the first row of their action.
            let is_first = !seen.contains(&row.action);
            let added = if is_first { self.labels_of(Custom::Do(row.action)) } else { Vec::new() };
            seen.push(row.action);
            (added.into_iter().chain(kept).collect(), row.help)
        });
        rows.filter(|(keys, _): &(Vec<String>, _)| !keys.is_empty()).collect()
    }

    /// The labels of the keys to which the settings give this meaning.
    fn labels_of(&self, wanted: Custom) -> Vec<String> {
        let keys = self.0.iter().filter(|(_, custom)| **custom == wanted);
        let mut labels: Vec<String> = keys.map(|(key, _)| key.label()).collect();
        labels.sort();
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::table::Binding;
    use super::*;

    /// While a query is typed.
    const EDITING: Situation =
        Situation { query_is_empty: false, edits: true, full_picture: false, zoomed: false };

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Meaning {
        Keymap::default().meaning(&KeyEvent::new(code, modifiers), EDITING)
    }

    #[test]
    fn no_key_is_bound_twice() {
        let keys = |row: &'static Binding| row.keys.iter().map(|key| (key, row.when));
        let keys: Vec<(&Key, When)> = BINDINGS.iter().flat_map(keys).collect();
        for (at, (key, when)) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(&(key, *when)), "{} is bound twice", key.label());
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
        let rows = |group| BINDINGS.iter().filter(move |row| row.action.group() == group).map(row);
        let table = |group: Group| {
            let rows: String = rows(group).collect();
            format!("### {}\n| key | does |\n|---|---|\n{rows}", group.heading())
        };
        let table = Group::ALL.map(table).join("\n");
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
        let meaning = |situation| Keymap::default().meaning(&key, situation);
        assert_eq!(meaning(Situation { query_is_empty: true, ..EDITING }), Meaning::Do(Action::Help));
        assert_eq!(meaning(EDITING), Meaning::Type('?'));
    }

    #[test]
    fn home_and_end_are_for_the_query_while_it_is_edited() {
        let meaning = |code, situation| Keymap::default().meaning(&KeyEvent::from(code), situation);
        let empty = Situation { query_is_empty: true, ..EDITING };
        let moving = Situation { edits: false, ..EDITING };
        for (situation, home, end) in [
            (EDITING, Action::LineStart, Action::LineEnd),
            (empty, Action::First, Action::Last),
            (moving, Action::First, Action::Last),
        ] {
            assert_eq!(meaning(KeyCode::Home, situation), Meaning::Do(home));
            assert_eq!(meaning(KeyCode::End, situation), Meaning::Do(end));
        }
        assert_eq!(press(KeyCode::Home, KeyModifiers::CONTROL), Meaning::Do(Action::First));
    }

    #[test]
    fn letters_are_commands_on_the_full_picture_alone() {
        let key = KeyEvent::from(KeyCode::Char('n'));
        let full = Situation { edits: false, full_picture: true, ..EDITING };
        assert_eq!(Keymap::default().meaning(&key, full), Meaning::Do(Action::NextPicture));
        assert_eq!(Keymap::default().meaning(&key, EDITING), Meaning::Type('n'));
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
        let press = |code, modifiers| keys.meaning(&KeyEvent::new(code, modifiers), EDITING);
        assert_eq!(press(KeyCode::Char('s'), KeyModifiers::CONTROL), Meaning::Do(Action::Nothing));
        assert_eq!(press(KeyCode::Char('l'), KeyModifiers::ALT), Meaning::Do(Action::Like));
        assert_eq!(press(KeyCode::F(5), KeyModifiers::NONE), Meaning::Run(0));
        assert_eq!(keys.label(Action::Like).as_deref(), Some("alt-l"));
        assert_eq!(keys.label(Action::Copy), None);
        assert_eq!(keys.label(Action::Help).as_deref(), Some("F1"));
        assert_eq!(keys.labels_of_command(0), ["F5"]);
        let rows = keys.rows(Group::Pictures);
        let row = |help: &str| rows.iter().find(|(_, known)| *known == help).map(|(keys, _)| keys.join(" "));
        assert_eq!(row("more like this (esc goes back)").as_deref(), Some("alt-l"));
        assert_eq!(row("open with the viewer").as_deref(), Some("ctrl-y ctrl-o"));
        assert_eq!(row("copy the selected or marked paths"), None, "it has no key any more");
    }
}
