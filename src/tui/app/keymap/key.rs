//! Keys and their names.

use crossterm::event::{KeyCode, KeyModifiers};
use serde::Deserialize;

/// A key with the modifiers held down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Key {
    pub(super) code: KeyCode,
    pub(super) modifiers: KeyModifiers,
}

impl Key {
    pub(super) const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    pub(super) const fn ctrl(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), modifiers: KeyModifiers::CONTROL }
    }

    pub(super) const fn with_ctrl(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::CONTROL }
    }

    pub(super) const fn alt(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::ALT }
    }

    /// The name of the key as the help shows it: `ctrl-n`, `page up`.
    pub(crate) fn label(&self) -> String {
        let mut label = String::new();
        for (modifier, name) in [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-")] {
            if self.modifiers.contains(modifier) {
                label.push_str(name);
            }
        }
        match self.code {
            KeyCode::Char(' ') => label.push_str("space"),
            KeyCode::Char(c) => label.push(c),
            KeyCode::F(number) => label.push_str(&format!("F{number}")),
            KeyCode::PageUp => label.push_str("page up"),
            KeyCode::PageDown => label.push_str("page down"),
            KeyCode::BackTab => label.push_str("shift-tab"),
            code => label.push_str(&format!("{code:?}").to_lowercase()),
        }
        label
    }
}

impl TryFrom<String> for Key {
    type Error = String;

    /// Reads the name of a key as [`Key::label`] writes it, and as other programs do: `page-up` and `pgup`, `C-g` as
    /// Emacs, `<C-g>` as Vim.
    fn try_from(text: String) -> Result<Self, String> {
        let bare =
            text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).filter(|name| !name.is_empty());
        let (mut rest, mut modifiers) = (bare.unwrap_or(&text), KeyModifiers::NONE);
        let mut shift = false;
        while let Some((prefix, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty()) {
            match prefix.to_lowercase().as_str() {
                "ctrl" | "control" | "c" => modifiers |= KeyModifiers::CONTROL,
                "alt" | "meta" | "option" | "a" | "m" => modifiers |= KeyModifiers::ALT,
                "shift" | "s" => shift = true,
                _ => break,
            }
            rest = after;
        }
        let code =
            code(rest).ok_or_else(|| format!("'{text}' is not a key: write ctrl-g, alt-enter or f5"))?;
        let code = match (code, shift) {
            (KeyCode::Tab, true) => KeyCode::BackTab,
            (_, true) => return Err(format!("'{text}': terminals report shift only with tab")),
            (code, false) => code,
        };
        match code {
            KeyCode::Char(_) if modifiers.is_empty() => {
                Err(format!("'{text}' is typed into the query: add ctrl- or alt-"))
            }
            KeyCode::Char('i') if modifiers == KeyModifiers::CONTROL => {
                Err(format!("'{text}' reaches programs as tab: bind that"))
            }
            KeyCode::Char('m') if modifiers == KeyModifiers::CONTROL => {
                Err(format!("'{text}' reaches programs as enter: bind that"))
            }
            code => Ok(Self { code, modifiers }),
        }
    }
}

fn code(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(c), None) = (characters.next(), characters.next()) {
        return Some(KeyCode::Char(c.to_ascii_lowercase()));
    }
    Some(match name.to_lowercase().replace([' ', '-', '_'], "").as_str() {
        "enter" | "return" | "cr" => KeyCode::Enter,
        "esc" | "escape" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" | "btab" => KeyCode::BackTab,
        "backspace" | "bspace" | "bs" => KeyCode::Backspace,
        "delete" | "del" => KeyCode::Delete,
        "insert" | "ins" => KeyCode::Insert,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" | "pgup" => KeyCode::PageUp,
        "pagedown" | "pgdn" | "pgdown" => KeyCode::PageDown,
        name => KeyCode::F(name.strip_prefix('f')?.parse().ok().filter(|number| (1..=24).contains(number))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::app::keymap::{BINDINGS, When};

    fn key(text: &str) -> Result<Key, String> {
        Key::try_from(text.to_owned())
    }

    #[test]
    fn what_the_help_shows_can_be_written_in_the_settings() {
        for shown in BINDINGS
            .iter()
            .filter(|row| matches!(row.when, When::Always | When::Edits))
            .flat_map(|row| row.keys)
        {
            assert_eq!(key(&shown.label()), Ok(*shown));
        }
        assert_eq!(key("Page-Down").unwrap().label(), "page down");
        assert_eq!(key("ctrl-alt-x").unwrap().label(), "ctrl-alt-x");
    }

    #[test]
    fn keys_are_read_as_other_programs_write_them() {
        for (written, label) in [
            ("C-g", "ctrl-g"),
            ("<C-g>", "ctrl-g"),
            ("<c-G>", "ctrl-g"),
            ("Control-g", "ctrl-g"),
            ("M-x", "alt-x"),
            ("<A-CR>", "alt-enter"),
            ("meta-<", "alt-<"),
            ("<S-Tab>", "shift-tab"),
            ("btab", "shift-tab"),
            ("pgup", "page up"),
            ("<PageDown>", "page down"),
            ("ctrl-alt-bspace", "ctrl-alt-backspace"),
            ("C--", "ctrl--"),
        ] {
            assert_eq!(key(written).map(|key| key.label()).as_deref(), Ok(label), "{written}");
        }
    }

    #[test]
    fn keys_that_cannot_work_are_refused_with_the_reason() {
        for (text, reason) in [
            ("j", "typed"),
            ("ctrl-i", "tab"),
            ("ctrl-m", "enter"),
            ("shift-up", "shift"),
            ("f99", "not a key"),
        ] {
            assert!(key(text).unwrap_err().contains(reason), "{text}: {:?}", key(text));
        }
        assert!(key("").is_err() && key("ctrl-").is_err() && key("ctrl-nope").is_err());
    }
}
