//! Parts of a query that look like options: `- night`, `-in:private`.
//!
//! clap would take them for options, `-name:x` even for `-n`. They are marked before it sees them, with a byte that no
//! argument of the system can hold, and the mark is taken off again where the query is put together.

use std::ffi::{OsStr, OsString};

use super::command_names;
use crate::query;

/// Stands before a marked argument.
const MARK: &str = "\0";
/// The command whose arguments are a query. Those of the browser, which has no command, are one too.
const COMMAND: &str = "search";

/// The arguments of the process, with those marked that are part of a query though they begin with `-`.
pub(super) fn marked(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut takes_query = true;
    let mark = |arg: OsString| {
        let is_part = takes_query && arg.to_str().is_some_and(is_part_of_query);
        if arg == COMMAND {
            takes_query = true;
        } else if arg.to_str().is_some_and(command_names::is_command) {
            takes_query = false;
        }
        if is_part { [OsStr::new(MARK), &arg].into_iter().collect() } else { arg }
    };
    args.into_iter().map(mark).collect()
}

/// The argument as the user wrote it.
pub(super) fn unmarked(word: &str) -> &str {
    word.strip_prefix(MARK).unwrap_or(word)
}

fn is_part_of_query(arg: &str) -> bool {
    arg.starts_with("- ") || query::is_negated_filter(arg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parts_of_a_query_are_marked() {
        let marks = |args: &[&str]| -> Vec<bool> {
            let marked = marked(args.iter().map(OsString::from));
            let words = marked.iter().map(|arg| arg.to_str().unwrap());
            words.zip(args).map(|(word, arg)| (word != *arg) && unmarked(word) == *arg).collect()
        };
        let args = ["pixseek", "search", ".", "- night", "-in:x", "-name:x y", "-width>=3", "-Ext:jpg"];
        assert_eq!(marks(&args), [false, false, false, true, true, true, true, true]);
        let args = ["pixseek", "search", "-n", "3", "-n3", "-C", "--json", "-", "-x:y", "-0", "--in:x", "- "];
        assert_eq!(marks(&args)[..11], [false; 11]);
        assert_eq!(marks(&["pixseek", "similar", "- a.jpg"]), [false; 3]);
        assert_eq!(
            marks(&["pixseek", "photos", "cats", "-in:x", "- night"]),
            [false, false, false, true, true]
        );
    }
}
