//! What is wrong in the settings file, in plain words: serde's are about programs.

use std::collections::HashMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::base::closest::closest;
use crate::tui::Key;

/// An error of the settings in plain words. What serde did not say by itself stays as it is.
pub(super) fn in_words(message: &str) -> String {
    let one_of = |rest: &str, what: &str| {
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        match closest(wrong, known.iter().copied()) {
            Some(meant) => format!("'{wrong}' is no {what}: did you mean `{meant}`?"),
            None if known.is_empty() => format!("'{wrong}' is no {what}"),
            None => format!("'{wrong}' is no {what}; there are {}", known.join(", ")),
        }
    };
    if let Some(rest) = message.strip_prefix("unknown field ") {
        one_of(rest, "setting here")
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        one_of(rest, "choice here")
    } else if let Some(name) = message.strip_prefix("missing field ") {
        format!("{name} is missing")
    } else if let Some((found, wanted)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        format!("expected {wanted}, found {found}")
    } else if message == "duplicate key" {
        "this name stands here for the second time".to_owned()
    } else {
        message.to_owned()
    }
}

/// The keys of the settings, and where they stand.
#[derive(Deserialize)]
struct BoundKeys {
    #[serde(default)]
    keys: HashMap<Spanned<String>, IgnoredAny>,
    #[serde(default, rename = "action")]
    actions: Vec<KeyOfCommand>,
}

#[derive(Deserialize)]
struct KeyOfCommand {
    key: Option<Spanned<String>>,
}

/// A key that is bound twice in a settings file, under the same name or another: where the second binding stands, and
/// words about it. `None` if every key is bound once.
pub(super) fn bound_twice(text: &str) -> Option<(Range<usize>, String)> {
    let bound: BoundKeys = toml::from_str(text).ok()?;
    let of_commands = bound.actions.into_iter().filter_map(|action| action.key);
    let mut keys: Vec<(Range<usize>, String)> =
        bound.keys.into_keys().chain(of_commands).map(|key| (key.span(), key.into_inner())).collect();
    keys.sort_by_key(|(span, _)| span.start);
    let mut seen: Vec<(Key, String, usize)> = Vec::new();
    for (span, name) in keys {
        let Ok(key) = Key::try_from(name.clone()) else { continue };
        if let Some((_, earlier, at)) = seen.iter().find(|(known, ..)| *known == key) {
            let also = if *earlier == name { String::new() } else { format!(" as '{earlier}'") };
            return Some((
                span,
                format!("the key '{name}' is bound already, in line {}{also}", line(text, *at)),
            ));
        }
        seen.push((key, name, span.start));
    }
    None
}

/// The number of the line that a byte is in, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_plain_ones() {
        for (message, words) in [
            (
                "unknown field `modle`, expected one of `model`, `protocol`",
                "'modle' is no setting here: did you mean `model`?",
            ),
            (
                "unknown field `x`, expected `name` or `command`",
                "'x' is no setting here; there are name, command",
            ),
            (
                "unknown variant `kity`, expected one of `auto`, `kitty`",
                "'kity' is no choice here: did you mean `kitty`?",
            ),
            ("missing field `command`", "`command` is missing"),
            ("invalid type: integer `7`, expected a string", "expected a string, found integer `7`"),
            ("'blod' is no style", "'blod' is no style"),
        ] {
            assert_eq!(in_words(message), words);
        }
    }

    #[test]
    fn a_key_under_two_names_is_found() {
        let twice = |text| bound_twice(text).map(|(span, words)| (line(text, span.start), words));
        assert_eq!(twice("[keys]\n\"ctrl-g\" = \"up\"\n\"ctrl-h\" = \"down\"\n"), None);
        assert_eq!(
            twice("[keys]\n\"ctrl-g\" = \"up\"\n\"C-g\" = \"down\"\n"),
            Some((3, "the key 'C-g' is bound already, in line 2 as 'ctrl-g'".to_owned()))
        );
        assert_eq!(
            twice("[[action]]\nname = \"a\"\nkey = \"alt-g\"\n[keys]\n\"alt-g\" = \"up\"\n"),
            Some((5, "the key 'alt-g' is bound already, in line 3".to_owned()))
        );
        assert_eq!(
            twice("[[action]]\nkey = \"f5\"\n[[action]]\nkey = \"F5\"\n"),
            Some((4, "the key 'F5' is bound already, in line 2 as 'f5'".to_owned()))
        );
    }
}
