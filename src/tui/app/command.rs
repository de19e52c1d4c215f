//! The user's own commands on pictures: `[[action]]` in the settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::keymap::Key;
use crate::base::{paths, quote};

/// A command of the user's.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    /// The name in the menu.
    pub name: String,
    /// The line for the shell. As in fd, `{}` is replaced by the paths, `{/}` by the file names, `{//}` by the folders,
    /// `{.}` by the paths without extensions and `{/.}` by the names without extensions, all quoted. If none of these is
    /// in the line, the paths follow it.
    pub command: String,
    /// The key that runs the command without the menu.
    pub key: Option<Key>,
    /// Whether to wait for enter before the browser comes back, so that the output can be read.
    #[serde(default)]
    pub wait: bool,
}

/// Takes a part of a path.
type Part = fn(&Path) -> PathBuf;

/// The placeholders, and the part of a path that each stands for.
const PLACEHOLDERS: [(&[u8], Part); 5] = [
    (b"{//}", |path| path.parent().map(Path::to_owned).unwrap_or_default()),
    (b"{/.}", |path| path.file_stem().map(PathBuf::from).unwrap_or_default()),
    (b"{/}", |path| path.file_name().map(PathBuf::from).unwrap_or_default()),
    (b"{.}", |path| path.with_extension("")),
    (b"{}", Path::to_owned),
];

impl Command {
    /// The line for the shell, with the pictures filled in.
    pub(crate) fn line(&self, pictures: &[PathBuf]) -> OsString {
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

/// Appends a part of each path, quoted.
fn push_quoted(line: &mut Vec<u8>, pictures: &[PathBuf], part: Part) {
    for (at, picture) in pictures.iter().enumerate() {
        if at > 0 {
            line.push(b' ');
        }
        line.extend(quote::literal(&paths::to_bytes(&part(picture))));
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
    fn no_file_name_escapes_its_quotes() {
        assert_eq!(line("x {}", &["/a'; rm -rf ~; '"]), r"x '/a'\''; rm -rf ~; '\'''");
        assert_eq!(line("x {}", &["/{}"]), "x '/{}'", "names are not searched for placeholders");
    }
}
