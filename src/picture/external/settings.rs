//! The user's own decoders: `[[decoder]]` in config.toml.

use std::ffi::OsString;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::words;
use crate::base::programs;
use crate::picture::source::Source;

/// What stands for the path of the file in a command.
const PLACEHOLDER: &str = "{}";
/// Time limit of an entry that names none.
const TIME_LIMIT: Duration = Duration::from_secs(30);

static DECODERS: OnceLock<Vec<ExternalDecoder>> = OnceLock::new();

/// A command that turns files of some extensions into pictures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalDecoder {
    /// Extensions of the files in lower case, without dots.
    #[serde(deserialize_with = "extensions")]
    pub(super) extensions: Vec<String>,
    /// The program and its arguments. `{}` stands for the path of the file, which follows as the last argument when no
    /// argument has it. The picture comes from the program's standard output.
    #[serde(deserialize_with = "command")]
    pub(super) command: Vec<String>,
    /// The longest time for one file. In the settings it is in seconds.
    #[serde(default = "default_time_limit", deserialize_with = "time_limit")]
    pub(super) timeout: Duration,
}

impl ExternalDecoder {
    /// The program and its arguments for the file at `path`, which is absolute: no program takes it for an option.
    pub(super) fn words(&self, path: &Path) -> (OsString, Vec<OsString>) {
        let fill = |word: &String| {
            let mut filled = OsString::new();
            for (at, part) in word.split(PLACEHOLDER).enumerate() {
                if at > 0 {
                    filled.push(path);
                }
                filled.push(part);
            }
            filled
        };
        let (program, arguments) = self
            .command
            .split_first()
            .map_or((Default::default(), &[][..]), |(first, rest)| (OsString::from(first), rest));
        let has_placeholder = arguments.iter().any(|word| word.contains(PLACEHOLDER));
        let path = (!has_placeholder).then(|| path.as_os_str().to_owned());
        (program, arguments.iter().map(fill).chain(path).collect())
    }
}

/// Sets the decoders of this process. The first of them that has the extension of a file decodes it, also when the format
/// is one that is known. The first call of a process counts.
pub fn set_external_decoders(decoders: Vec<ExternalDecoder>) {
    DECODERS.get_or_init(|| decoders);
}

/// Each extension that a decoder of this process is listed for, with the command and whether its program is there. When
/// the answer differs from the last time, files that could not be read are worth another try.
pub fn listed_decoders() -> Vec<String> {
    let decoders = DECODERS.get().map_or(&[][..], Vec::as_slice);
    let lines = decoders.iter().flat_map(|decoder| {
        let is_there = decoder.command.first().is_some_and(|program| programs::is_installed(program));
        let missing = if is_there { "" } else { " (missing)" };
        let command = decoder.command.join(" ") + missing;
        decoder.extensions.iter().map(move |extension| format!("{extension}: {command}"))
    });
    lines.collect()
}

/// The decoder for a file, if there is one for its extension and the file has a path.
pub(in crate::picture) fn decoder_for(source: Source<'_>) -> Option<&'static ExternalDecoder> {
    source.path.and_then(|_| listed(source))
}

/// Whether an entry has the extension of a name.
pub(in crate::picture) fn is_listed(source: Source<'_>) -> bool {
    listed(source).is_some()
}

fn listed(source: Source<'_>) -> Option<&'static ExternalDecoder> {
    let extension = source.extension?;
    let has =
        |decoder: &&ExternalDecoder| decoder.extensions.iter().any(|e| e.eq_ignore_ascii_case(extension));
    DECODERS.get()?.iter().find(has)
}

fn default_time_limit() -> Duration {
    TIME_LIMIT
}

/// Reads a time limit from a number of seconds, 0.1 to 3600.
///
/// # Errors
/// When it is another value.
pub fn time_limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(deserializer)?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err(Error::custom("a timeout is a number of seconds from 0.1 to 3600"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn extensions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let listed = Vec::<String>::deserialize(deserializer)?;
    if listed.is_empty() {
        return Err(Error::custom("a decoder needs at least one extension, such as \"xcf\""));
    }
    let plain = |text: &String| {
        let extension = text.strip_prefix('.').unwrap_or(text).to_lowercase();
        let is_odd = |c: char| matches!(c, '.' | '/' | '\\' | '*') || c.is_whitespace() || c.is_control();
        if extension.is_empty() || extension.contains(is_odd) {
            return Err(Error::custom(format_args!("'{text}' is no extension: write it as \"xcf\"")));
        }
        Ok(extension)
    };
    listed.iter().map(plain).collect()
}

/// A command as it may be written.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a command is a text such as \"magick {} png:-\", or a list of its words")]
enum Written {
    Line(String),
    Words(Vec<String>),
}

/// Reads a command from a line, which is split at spaces outside quotes, or from a list of words.
///
/// # Errors
/// When it is neither, or does not begin with a program.
pub fn command<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let words = match Written::deserialize(deserializer)? {
        Written::Words(words) => words,
        Written::Line(line) => {
            words::split(&line).ok_or_else(|| Error::custom("a quote in the command is not closed"))?
        }
    };
    match words.first() {
        Some(program) if program.contains(PLACEHOLDER) => {
            Err(Error::custom("the command must begin with a program: a picture is none"))
        }
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err(Error::custom("the command is empty")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings' own format is the command line's affair; JSON goes through the same code.
    fn parse(text: &str) -> Result<ExternalDecoder, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_and_a_list_are_the_same_command() {
        let line = parse(r#"{"extensions": [".XCF", "djvu"], "command": "magick '{}' png:-"}"#).unwrap();
        let list = parse(r#"{"extensions": ["xcf", "djvu"], "command": ["magick", "{}", "png:-"]}"#).unwrap();
        assert_eq!(line, list);
        assert_eq!(line.timeout, Duration::from_secs(30));
        let slow = parse(r#"{"extensions": ["x"], "command": "y", "timeout": 90}"#).unwrap();
        assert_eq!(slow.timeout, Duration::from_secs(90));
    }

    #[test]
    fn the_path_is_one_argument_wherever_it_stands() {
        let words = |command: &str| {
            let decoder = parse(&format!(r#"{{"extensions": ["x"], "command": "{command}"}}"#)).unwrap();
            let (program, arguments) = decoder.words(Path::new("/a b/$x;'.xcf"));
            let text = |word: OsString| word.into_string().unwrap();
            std::iter::once(program).chain(arguments).map(text).collect::<Vec<_>>()
        };
        assert_eq!(words("magick {} png:-"), ["magick", "/a b/$x;'.xcf", "png:-"]);
        assert_eq!(words("convert"), ["convert", "/a b/$x;'.xcf"]);
        assert_eq!(words("x --in={} '{}{}'"), ["x", "--in=/a b/$x;'.xcf", "/a b/$x;'.xcf/a b/$x;'.xcf"]);
    }

    #[test]
    fn wrong_entries_are_told_what_is_wrong() {
        for (text, word) in [
            (r#"{"extensions": [], "command": "x"}"#, "at least one extension"),
            (r#"{"extensions": [""], "command": "x"}"#, "'' is no extension"),
            (r#"{"extensions": ["tar.gz"], "command": "x"}"#, "'tar.gz' is no extension"),
            (r#"{"extensions": ["*"], "command": "x"}"#, "'*' is no extension"),
            (r#"{"extensions": ["x"], "command": ""}"#, "the command is empty"),
            (r#"{"extensions": ["x"], "command": []}"#, "the command is empty"),
            (r#"{"extensions": ["x"], "command": 7}"#, "a list of its words"),
            (r#"{"extensions": ["x"], "command": "a 'b"}"#, "not closed"),
            (r#"{"extensions": ["x"], "command": "{} x"}"#, "must begin with a program"),
            (r#"{"extensions": ["x"], "command": "x", "timeout": 0}"#, "seconds"),
            (r#"{"extensions": ["x"], "comand": "x"}"#, "comand"),
            (r#"{"extensions": ["x"]}"#, "command"),
        ] {
            let message = parse(text).unwrap_err();
            assert!(message.contains(word), "{text}: {message}");
        }
    }
}
