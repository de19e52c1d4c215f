//! The names of the commands.

use crate::base::closest::closest;

/// Every command that a user can write.
pub(super) const COMMANDS: [&str; 21] = [
    "demo",
    "index",
    "search",
    "similar",
    "dupes",
    "embed",
    "tags",
    "models",
    "status",
    "collections",
    "export",
    "import",
    "eval",
    "doctor",
    "repair",
    "bench",
    "mcp",
    "init",
    "completions",
    "man",
    "help",
];

/// Whether a word is a command.
pub(super) fn is_command(word: &str) -> bool {
    COMMANDS.contains(&word)
}

/// The command that somebody meant who wrote a word a little wrong.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    closest(word, COMMANDS)
}
