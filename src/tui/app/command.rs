//! The user's own commands on pictures: `[[action]]` in the settings.

use std::path::PathBuf;

use serde::Deserialize;

use super::keymap::Key;
use super::script::Script;

/// A command of the user's.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    /// The name in the menu.
    pub name: String,
    /// The line for the shell. As in fd, `{}` is replaced by the paths, `{/}` by the file names, `{//}` by the folders,
    /// `{.}` by the paths without extensions and `{/.}` by the names without extensions: see [`Script`]. If none of these
    /// is in the line, the paths follow it.
    pub command: String,
    /// The key that runs the command without the menu.
    pub key: Option<Key>,
    /// Whether to wait for enter before the browser comes back, so that the output can be read.
    #[serde(default)]
    pub wait: bool,
}

impl Command {
    /// The line for the shell, with the pictures as its parameters.
    pub(crate) fn script(&self, pictures: &[PathBuf]) -> Script {
        Script::new(&self.command, pictures)
    }
}
