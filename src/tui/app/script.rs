//! Lines of the user's for a shell, with names of files that the shell never reads as a part of the line.
//!
//! The names are the shell's positional parameters, and the line refers to them: `gimp {}` becomes `gimp "${1}"`. So a name
//! can hold quotes, `$(...)` and line breaks, and placeholders may stand within quotes of the user's, single or double.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::base::{paths, quote};

/// A line for `sh -c`, and its positional parameters from `$1` on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Script {
    /// The line.
    pub line: OsString,
    /// The parameters.
    pub parameters: Vec<OsString>,
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

/// In what kind of text of the shell's grammar a place of the line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Words.
    Plain,
    /// Words in `(...)` or `$(...)`.
    Parentheses,
    /// Words between backquotes.
    Backquotes,
    Single,
    Double,
}

impl Script {
    /// The line that `template` stands for, with `pictures` in the place of its placeholders, or behind it if it has none.
    pub(crate) fn new(template: &str, pictures: &[PathBuf]) -> Self {
        let mut writer = Writer { line: Vec::new(), parameters: Vec::new(), pictures };
        let bytes = template.as_bytes();
        let (mut within, mut at, mut replaced, mut begins_word) = (vec![Within::Plain], 0, false, true);
        while let Some(&byte) = bytes.get(at) {
            let state = within.last().copied().unwrap_or(Within::Plain);
            if let Some((name, part)) = PLACEHOLDERS.iter().find(|(name, _)| bytes[at..].starts_with(name)) {
                writer.refer(*part, state, begins_word);
                (replaced, begins_word) = (true, false);
                at += name.len();
                continue;
            }
            let length = step(&mut within, state, &bytes[at..]);
            if state != Within::Single && state != Within::Double {
                begins_word = byte.is_ascii_whitespace()
                    || b";|&()`".contains(&byte)
                    || (begins_word && matches!(byte, b'\'' | b'"'));
            } else if !matches!(byte, b'\'' | b'"') {
                begins_word = false;
            }
            writer.line.extend(&bytes[at..(at + length).min(bytes.len())]);
            at += length;
        }
        if !replaced {
            writer.line.push(b' ');
            writer.refer(Path::to_owned, Within::Plain, true);
        }
        Self { line: paths::from_bytes(&writer.line).into_os_string(), parameters: writer.parameters }
    }
}

/// Notes what the next bytes of the line begin or end, and returns how many belong together.
fn step(within: &mut Vec<Within>, state: Within, bytes: &[u8]) -> usize {
    let is_words = !matches!(state, Within::Single | Within::Double);
    match (bytes, state) {
        ([b'\'', ..], Within::Single) => drop(within.pop()),
        (_, Within::Single) => {}
        // What is escaped begins and ends nothing.
        ([b'\\', _, ..], _) => return 2,
        ([b'"', ..], Within::Double) => drop(within.pop()),
        ([b'"', ..], _) => within.push(Within::Double),
        ([b'\'', ..], _) if is_words => within.push(Within::Single),
        ([b'$', b'(', ..], _) => {
            within.push(Within::Parentheses);
            return 2;
        }
        ([b'(', ..], _) if is_words => within.push(Within::Parentheses),
        ([b')', ..], Within::Parentheses) => drop(within.pop()),
        ([b'`', ..], Within::Backquotes) => drop(within.pop()),
        ([b'`', ..], _) => within.push(Within::Backquotes),
        _ => {}
    }
    1
}

/// A line that is being written.
struct Writer<'a> {
    line: Vec<u8>,
    parameters: Vec<OsString>,
    pictures: &'a [PathBuf],
}

impl Writer<'_> {
    /// Refers to a part of each path, each as a word of its own. At the beginning of a word no name is taken for an option.
    fn refer(&mut self, part: Part, within: Within, begins_word: bool) {
        // Quotes of the user's are left for the words, and entered again behind them.
        let quote: &[u8] = match within {
            Within::Single => b"'",
            Within::Double => b"\"",
            _ => b"",
        };
        self.line.extend(quote);
        for (at, picture) in self.pictures.iter().enumerate() {
            if at > 0 {
                self.line.push(b' ');
            }
            let mut value = paths::to_bytes(&part(picture));
            if begins_word && value.starts_with(b"-") {
                value.splice(0..0, *b"./");
            }
            if cfg!(windows) {
                self.line.extend(quote::for_cmd(&value));
                continue;
            }
            self.parameters.push(paths::from_bytes(&value).into_os_string());
            self.line.extend(format!("\"${{{}}}\"", self.parameters.len()).bytes());
        }
        self.line.extend(quote);
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn script(template: &str, pictures: &[&str]) -> Script {
        Script::new(template, &pictures.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    /// What the shell makes of the words behind `set --`, one a line.
    fn words(template: &str, pictures: &[&str]) -> Vec<String> {
        let template = format!("for word in {template}; do printf '%s\\0' \"$word\"; done");
        let Script { line, parameters } = script(&template, pictures);
        let ran = Command::new("sh").arg("-c").arg(line).arg("sh").args(parameters).output().unwrap();
        assert!(ran.status.success() && ran.stderr.is_empty(), "{ran:?}");
        let words = String::from_utf8(ran.stdout).unwrap();
        words.split_terminator('\0').map(str::to_owned).collect()
    }

    /// A name with all that shells read in a line.
    const ODD: &str = "/a/$(touch ran) `touch ran` '; \"; \\ $HOME *\n.jpg";

    #[test]
    fn placeholders_are_those_of_fd() {
        assert_eq!(words("{/} {//} {.} {/.}", &["/a/b.jpg"]), ["b.jpg", "/a", "/a/b", "b"]);
        assert_eq!(words("{} /tmp", &["/a", "/b"]), ["/a", "/b", "/tmp"]);
        assert_eq!(script("gimp", &["/a", "/b"]).line, r#"gimp "${1}" "${2}""#);
    }

    #[test]
    fn no_name_is_read_by_the_shell_within_whatever_quotes() {
        for template in
            ["{}", "\"{}\"", "'{}'", "x{}", "\"x {} y\"", "'x {} y'", "\"$(printf %s {})\"", "{}{/}"]
        {
            let plain = words(template, &["/a/b.jpg"]);
            let odd = words(template, &[ODD]);
            assert_eq!(plain.len(), odd.len(), "{template}");
            let name = ODD.strip_prefix("/a/").unwrap();
            let expected: Vec<String> =
                plain.iter().map(|word| word.replace("/a/b.jpg", ODD).replace("b.jpg", name)).collect();
            assert_eq!(odd, expected, "{template}");
        }
        assert_eq!(words("\"{}\"", &["/a b", "/c"]), ["/a b", "/c"], "each a word of its own");
        assert_eq!(words("'{}'", &["/a b", "/c"]), ["/a b", "/c"]);
        assert!(!Path::new("ran").exists());
    }

    #[test]
    fn no_name_becomes_an_option() {
        assert_eq!(
            words("{/} '{/}' \"{/}\" x-{/} ./{/}", &["/a/-rf"]),
            ["./-rf", "./-rf", "./-rf", "x--rf", "./-rf"]
        );
        assert_eq!(words("$(printf %s {/})", &["/a/-rf"]), ["./-rf"]);
        assert_eq!(words("{/.}", &["/a/--help.jpg", "/a/b.jpg"]), ["./--help", "b"]);
    }

    #[test]
    fn escaped_quotes_and_braces_are_the_users() {
        assert_eq!(words(r#"\" {} \'"#, &["/a b"]), ["\"", "/a b", "'"]);
        assert_eq!(words(r#""\"{}\"""#, &["/a b"]), ["\"/a b\""]);
        assert_eq!(words("'\\' {}", &["/a"]), ["\\", "/a"]);
    }

    #[test]
    fn many_pictures_have_numbers_of_more_than_one_digit() {
        let pictures: Vec<String> = (0..12).map(|number| format!("/{number}")).collect();
        let pictures: Vec<&str> = pictures.iter().map(String::as_str).collect();
        assert_eq!(words("{}", &pictures), pictures);
    }
}
