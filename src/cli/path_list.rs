//! A list of paths on standard input, which results are limited to: `pixseek search - cats`, `pixseek -`.

use std::env;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::outcome::Usage;
use super::output;
use crate::base::paths;
use crate::library::PathSet;

/// The word that stands for a list on standard input.
pub(super) const STDIN: &str = "-";

/// Reads paths from standard input, one a line, or each ended by NUL with `read0`, and keeps those in the collection of
/// `root`. The others are told of, with `quiet` they are not.
///
/// # Errors
/// When standard input is a terminal or can't be read.
pub(super) fn read(root: &Path, read0: bool, quiet: bool) -> Result<PathSet> {
    let mut stdin = io::stdin().lock();
    if stdin.is_terminal() {
        let words =
            "`-` reads a list of paths from standard input, which is a terminal: pipe one in, as from `fd`";
        return Err(Usage(words.to_owned()).into());
    }
    let mut bytes = Vec::new();
    stdin.read_to_end(&mut bytes).context("can't read the list of paths on standard input")?;
    let current = env::current_dir().context("the current folder is gone")?;
    let set = PathSet::new(root, &current, split(&bytes, read0));
    if set.outside() > 0 && !quiet {
        let words = match set.outside() {
            1 => "1 path of the list lies".to_owned(),
            count => format!("{count} paths of the list lie"),
        };
        output::note(format_args!("{words} outside '{}'", paths::display(root)));
    }
    Ok(set)
}

/// The paths of a list. Empty ones are left out, and so is the carriage return of a line.
fn split(bytes: &[u8], read0: bool) -> Vec<PathBuf> {
    let end = if read0 { b'\0' } else { b'\n' };
    let paths = bytes.split(|byte| *byte == end);
    let paths = paths.map(|path| if read0 { path } else { path.strip_suffix(b"\r").unwrap_or(path) });
    paths.filter(|path| !path.is_empty()).map(paths::from_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_lines_or_nuls() {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<Vec<_>>();
        assert_eq!(split(b"a.png\r\nb c.png\n\nd", false), paths(&["a.png", "b c.png", "d"]));
        assert_eq!(split(b"a\nb.png\0c.png\0", true), paths(&["a\nb.png", "c.png"]));
        assert!(split(b"", false).is_empty() && split(b"\n", false).is_empty());
    }
}
