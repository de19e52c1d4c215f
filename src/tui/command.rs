//! The user's own commands for pictures: `[[action]]` in the settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::base::paths;
use crate::tui::keymap::Key;

/// One command.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// For the menu.
    pub name: String,
    /// For the shell. `{}` is replaced by the paths, `{/}` by the file names, `{//}` by the folders, `{.}` by the paths
    /// without their extensions, `{/.}` by the names without them, as in fd; all quoted. Without any, the paths follow.
    pub command: String,
    /// Runs it without the menu.
    pub key: Option<Key>,
    /// Whether to wait for enter before the browser is back, so that what was printed can be read.
    #[serde(default)]
    pub wait: bool,
}

/// Of a path.
type Part = fn(&Path) -> PathBuf;

/// Placeholders, longer ones before those that they begin with.
const PLACEHOLDERS: [(&[u8], Part); 5] = [
    (b"{//}", |path| path.parent().map(Path::to_owned).unwrap_or_default()),
    (b"{/.}", |path| path.file_stem().map(PathBuf::from).unwrap_or_default()),
    (b"{/}", |path| path.file_name().map(PathBuf::from).unwrap_or_default()),
    (b"{.}", |path| path.with_extension("")),
    (b"{}", Path::to_owned),
];

impl Command {
    /// The line for the shell.
    pub fn line(&self, pictures: &[PathBuf]) -> OsString {
        let template = self.command.as_bytes();
        let (mut line, mut at, mut replaced) = (Vec::new(), 0, false);
        while let Some(&byte) = template.get(at) {
            match PLACEHOLDERS.iter().find(|(name, _)| template[at..].starts_with(name)) {
                Some((name, part)) => {
                    push_quoted(&mut line, pictures, *part);
                    replaced = true;
                    at += name.len();
                }
                None => {
                    line.push(byte);
                    at += 1;
                }
            }
        }
        if !replaced {
            line.push(b' ');
            push_quoted(&mut line, pictures, Path::to_owned);
        }
        paths::from_bytes(&line).into_os_string()
    }
}

/// Each in single quotes, in which a shell takes everything as it is but a single quote.
fn push_quoted(line: &mut Vec<u8>, pictures: &[PathBuf], part: Part) {
    for (at, picture) in pictures.iter().enumerate() {
        if at > 0 {
            line.push(b' ');
        }
        line.push(b'\'');
        for byte in paths::to_bytes(&part(picture)) {
            match byte {
                b'\'' => line.extend_from_slice(b"'\\''"),
                byte => line.push(byte),
            }
        }
        line.push(b'\'');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(command: &str, pictures: &[&str]) -> String {
        let command = Command { name: String::new(), command: command.into(), key: None, wait: false };
        let pictures: Vec<PathBuf> = pictures.iter().map(PathBuf::from).collect();
        command.line(&pictures).into_string().unwrap()
    }

    #[test]
    fn placeholders_are_those_of_fd() {
        assert_eq!(line("gimp {}", &["/a/b c.jpg"]), "gimp '/a/b c.jpg'");
        assert_eq!(line("x {/} {//} {.} {/.}", &["/a/b.jpg"]), "x 'b.jpg' '/a' '/a/b' 'b'");
        assert_eq!(line("cp {} /tmp", &["/a", "/b"]), "cp '/a' '/b' /tmp");
        assert_eq!(line("gimp", &["/a", "/b"]), "gimp '/a' '/b'");
    }

    #[test]
    fn no_name_gets_out_of_its_quotes() {
        assert_eq!(line("x {}", &["/a'; rm -rf ~; '"]), r"x '/a'\''; rm -rf ~; '\'''");
        assert_eq!(line("x {}", &["/{}"]), "x '/{}'", "what was put in is not looked at again");
    }
}
