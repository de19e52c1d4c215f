//! `--bind KEY:ACTION,KEY:ACTION`: keys of one run of the browser, written as for fzf.

use crate::tui::{Action, Appearance, Key};

/// A key and the action that it does.
pub(super) type Binding = (Key, Action);

/// Reads bindings with commas between them. The key may be `,` or `:` itself, with a modifier.
pub(super) fn parse(text: &str) -> Result<Vec<Binding>, String> {
    let mut bindings = Vec::new();
    let mut rest = text;
    loop {
        let (binding, after) = first(rest)?;
        bindings.push(binding);
        match after {
            Some(after) => rest = after,
            None => return Ok(bindings),
        }
    }
}

/// The first binding of a list, and what follows its comma.
fn first(text: &str) -> Result<(Binding, Option<&str>), String> {
    // The character before the colon belongs to the key, also where it is a colon.
    let colon = text.char_indices().skip(1).find(|(at, c)| *c == ':' && !text[..*at].ends_with('-'));
    let Some((colon, _)) = colon else {
        return Err(format!("'{text}' binds nothing: write KEY:ACTION, such as ctrl-g:leave"));
    };
    let (key, action) = (&text[..colon], &text[colon + 1..]);
    let (action, after) =
        action.split_once(',').map_or((action, None), |(action, rest)| (action, Some(rest)));
    let named = |reason: String| format!("'{key}:{action}': {reason}");
    if action.contains(['+', '(']) {
        return Err(named("a key does one action, which takes no arguments".to_owned()));
    }
    let action: Action = action.trim().parse().map_err(named)?;
    let key = Key::try_from(key.trim().to_owned()).map_err(named)?;
    Ok(((key, action), after))
}

/// Lays bindings over those of the settings. Of two for one key the last counts, as for fzf, and a command of the user's
/// keeps no key that is bound here.
pub(super) fn lay_over(appearance: &mut Appearance, bindings: impl IntoIterator<Item = Binding>) {
    for (key, action) in bindings {
        appearance.keys.insert(key, action);
        for command in appearance.commands.iter_mut().filter(|command| command.key == Some(key)) {
            command.key = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &str) -> Vec<(String, Action)> {
        parse(text).unwrap().into_iter().map(|(key, action)| (key.label(), action)).collect()
    }

    #[test]
    fn bindings_are_read_as_fzfs() {
        assert_eq!(bound("ctrl-g:leave"), [("ctrl-g".to_owned(), Action::Leave)]);
        assert_eq!(
            bound("<C-g>:leave, page-up:first,ctrl-,:help,alt-::menu"),
            [
                ("ctrl-g".to_owned(), Action::Leave),
                ("page up".to_owned(), Action::First),
                ("ctrl-,".to_owned(), Action::Help),
                ("alt-:".to_owned(), Action::Menu)
            ]
        );
    }

    #[test]
    fn what_is_wrong_names_the_binding() {
        for (text, words) in [
            ("ctrl-g", &["'ctrl-g'", "KEY:ACTION"][..]),
            ("", &["KEY:ACTION"]),
            ("ctrl-g:abort", &["'ctrl-g:abort'", "`leave`"]),
            ("f1:help,j:down", &["'j:down'", "typed"]),
            ("ctrl-g:up+down", &["'ctrl-g:up+down'", "one action"]),
            ("ctrl-g:execute(less {})", &["one action"]),
            ("change:first", &["'change:first'", "not a key"]),
            ("f1:help,", &["KEY:ACTION"]),
        ] {
            let error = parse(text).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
        }
    }

    #[test]
    fn the_last_binding_of_a_key_counts() {
        let mut appearance = Appearance::default();
        let key = Key::try_from("alt-g".to_owned()).unwrap();
        appearance.commands.push(crate::tui::Command {
            name: "edit".into(),
            command: "gimp".into(),
            key: Some(key),
            wait: false,
        });
        lay_over(&mut appearance, parse("alt-g:up,f5:help,alt-g:leave").unwrap());
        assert_eq!(appearance.keys.get(&key), Some(&Action::Leave));
        assert_eq!((appearance.keys.len(), appearance.commands[0].key), (2, None));
    }
}
