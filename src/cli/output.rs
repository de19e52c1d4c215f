//! Results on stdout: a table for people, tab-separated for pipes, paths, NUL-ended paths, or JSON.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::args::OutputArgs;
use crate::base::{escape, paths};
use crate::library::{Folded, Hit};

/// How a list of results is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Aligned columns of score and path, with odd characters escaped.
    Table,
    /// Lines of `score<TAB>path`.
    Tabs,
    /// One path a line.
    Paths,
    /// Paths ended by NUL.
    Print0,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// The format that the options ask for.
    pub(super) fn new(args: &OutputArgs) -> Self {
        match args {
            OutputArgs { json: true, .. } => Self::Json,
            OutputArgs { print0: true, .. } => Self::Print0,
            OutputArgs { paths: true, .. } => Self::Paths,
            _ if io::stdout().is_terminal() => Self::Table,
            _ => Self::Tabs,
        }
    }
}

impl Format {
    /// Whether programs read it, also from a terminal.
    pub(super) fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Print0)
    }
}

/// A result as JSON; scripts depend on these names.
#[derive(Serialize)]
struct JsonHit {
    rank: usize,
    /// The absolute path, lossy where it is not UTF-8.
    path: String,
    /// The cosine; `Some(None)`, which is `null`, in a listing. `None` for a picture that was chosen in the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<Option<f32>>,
    /// Base64 of the true bytes, only where `path` is lossy.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    /// The number of pictures that are folded beneath it; only with `--fold`.
    #[serde(skip_serializing_if = "Option::is_none")]
    similar: Option<usize>,
}

/// Who reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A person, whose terminal odd characters must not reach.
    Terminal,
    /// A program, which gets the bytes of names as they are.
    Program,
}

impl Reader {
    /// Who reads stdout.
    pub(super) fn of_stdout() -> Self {
        if io::stdout().is_terminal() { Self::Terminal } else { Self::Program }
    }
}

/// Prints results whose paths are relative to `root`, with the number of those that are folded beneath each if they are.
///
/// # Errors
/// When the writer fails; a closed pipe is for the caller to forgive.
pub(super) fn hits(
    out: &mut impl Write,
    root: &Path,
    hits: &[Hit],
    folded: Option<&Folded>,
    format: Format,
    reader: Reader,
) -> io::Result<()> {
    for ranked in hits.iter().enumerate() {
        hit(out, root, ranked, folded, format, reader)?;
    }
    out.flush()
}

/// Prints the result with this index among all.
///
/// # Errors
/// As [`hits`].
pub(super) fn hit(
    out: &mut impl Write,
    root: &Path,
    (index, hit): (usize, &Hit),
    folded: Option<&Folded>,
    format: Format,
    reader: Reader,
) -> io::Result<()> {
    let path = root.join(&hit.path);
    let similar = folded.map(|folded| folded.get(&hit.id).map_or(0, Vec::len));
    match format {
        Format::Table => {
            match hit.score {
                Some(score) => write!(out, "{score:>7.4}  ")?,
                None => write!(out, "{:>7}  ", "")?,
            }
            if let Some(similar) = similar {
                let more = if similar > 0 { format!("+{similar}") } else { String::new() };
                write!(out, "{more:>4}  ")?;
            }
            writeln!(out, "{}", paths::display(&path))
        }
        Format::Tabs => {
            // Without a score, the column is empty.
            hit.score.map_or(Ok(()), |score| write!(out, "{score:.4}"))?;
            out.write_all(b"\t")?;
            line(out, &path, b'\n', reader)
        }
        Format::Paths => line(out, &path, b'\n', reader),
        Format::Print0 => line(out, &path, b'\0', reader),
        Format::Json => json_line(out, index, &path, Some(hit.score), similar),
    }
}

/// Prints one result, or one choice, as a JSON object on a line of its own.
fn json_line(
    out: &mut impl Write,
    index: usize,
    path: &Path,
    score: Option<Option<f32>>,
    similar: Option<usize>,
) -> io::Result<()> {
    let (rank, path_bytes) = (index + 1, odd_bytes(path));
    let path = path.to_string_lossy().into();
    escape::json(&mut *out, &JsonHit { rank, path, score, path_bytes, similar })?;
    out.write_all(b"\n")
}

/// Prints absolute paths that the user chose, in that order.
///
/// # Errors
/// As [`hits`].
pub(super) fn chosen(
    out: &mut impl Write,
    paths: &[PathBuf],
    format: Format,
    reader: Reader,
) -> io::Result<()> {
    for (index, path) in paths.iter().enumerate() {
        match format {
            Format::Json => json_line(out, index, path, None, None)?,
            Format::Print0 => line(out, path, b'\0', reader)?,
            Format::Paths | Format::Table | Format::Tabs => line(out, path, b'\n', reader)?,
        }
    }
    out.flush()
}

/// Prints the query that the browser was left with.
///
/// # Errors
/// As [`hits`].
pub(super) fn query(out: &mut impl Write, query: &str, format: Format, reader: Reader) -> io::Result<()> {
    match (format, reader) {
        (Format::Json, _) => {
            escape::json(&mut *out, &serde_json::json!({ "query": query }))?;
            out.write_all(b"\n")
        }
        (Format::Print0, Reader::Program) => write!(out, "{query}\0"),
        (_, Reader::Program) => writeln!(out, "{query}"),
        (_, Reader::Terminal) => writeln!(out, "{}", escape::text(query)),
    }
}

/// Base64 of a path's own bytes, if it is not UTF-8 and so would lose some as a string.
pub(super) fn odd_bytes(path: &Path) -> Option<String> {
    path.to_str().is_none().then(|| STANDARD.encode(paths::to_bytes(path)))
}

/// Prints a path and an end: its own bytes for a program, escaped for people.
///
/// # Errors
/// When the writer fails.
pub(super) fn line(out: &mut impl Write, path: &Path, end: u8, reader: Reader) -> io::Result<()> {
    self::path(out, path, reader)?;
    out.write_all(&[end])
}

/// Prints a path: its own bytes for a program, escaped for people.
///
/// # Errors
/// When the writer fails.
pub(super) fn path(out: &mut impl Write, path: &Path, reader: Reader) -> io::Result<()> {
    match reader {
        Reader::Terminal => out.write_all(escape::path(path).as_bytes()),
        Reader::Program => out.write_all(&paths::to_bytes(path)),
    }
}

/// Prints a line on stderr, with odd characters escaped. The reader of stderr may be gone, or its disk full: that is no
/// reason to stop.
pub(super) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "pixseek: {}", escape::lines(text.to_string().as_bytes()));
}

/// Prints any value as one line of JSON.
///
/// # Errors
/// When the writer fails.
pub(super) fn json(value: &impl Serialize) -> io::Result<()> {
    let mut out = io::stdout().lock();
    escape::json(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(name: &[u8], format: Format) -> String {
        printed_for(Reader::Program, name, format)
    }

    fn printed_for(reader: Reader, name: &[u8], format: Format) -> String {
        let hit = Hit { id: 1, path: paths::from_bytes(name), score: Some(0.5) };
        let mut out = Vec::new();
        hits(&mut out, Path::new("/pics"), &[hit], None, format, reader).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn each_format() {
        assert_eq!(printed(b"a\nb.png", Format::Table), " 0.5000  /pics/a\\nb.png\n");
        assert_eq!(printed(b"a b.png", Format::Tabs), "0.5000\t/pics/a b.png\n");
        assert_eq!(printed(b"a.png", Format::Paths), "/pics/a.png\n");
        assert_eq!(printed(b"a.png", Format::Print0), "/pics/a.png\0");
        assert_eq!(printed(b"a.png", Format::Json), "{\"rank\":1,\"path\":\"/pics/a.png\",\"score\":0.5}\n");
    }

    #[test]
    fn a_listing_has_no_scores() {
        let hit = Hit { id: 1, path: "a.png".into(), score: None };
        let printed = |format| {
            let mut out = Vec::new();
            hits(&mut out, Path::new("/pics"), std::slice::from_ref(&hit), None, format, Reader::Program)
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(Format::Table), "         /pics/a.png\n");
        assert_eq!(printed(Format::Tabs), "\t/pics/a.png\n");
        assert_eq!(printed(Format::Json), "{\"rank\":1,\"path\":\"/pics/a.png\",\"score\":null}\n");
    }

    #[test]
    fn a_folded_result_has_the_number_of_the_others() {
        let hit = |id: i64| Hit { id, path: format!("{id}.png").into(), score: Some(0.5) };
        let folded = Folded::from([(1, vec![hit(8), hit(9)])]);
        let printed = |format| {
            let mut out = Vec::new();
            hits(&mut out, Path::new("/p"), &[hit(1), hit(2)], Some(&folded), format, Reader::Program)
                .unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(printed(Format::Table), " 0.5000    +2  /p/1.png\n 0.5000        /p/2.png\n");
        assert_eq!(printed(Format::Tabs), "0.5000\t/p/1.png\n0.5000\t/p/2.png\n");
        let json = "{\"rank\":1,\"path\":\"/p/1.png\",\"score\":0.5,\"similar\":2}\n\
                    {\"rank\":2,\"path\":\"/p/2.png\",\"score\":0.5,\"similar\":0}\n";
        assert_eq!(printed(Format::Json), json);
    }

    #[test]
    fn only_programs_get_names_as_they_are() {
        let name = "a\u{202e}\u{9b}b\n.png";
        let (raw, escaped) = (format!("/pics/{name}"), "/pics/a\\u{202e}\\u{9b}b\\n.png");
        for (format, before, end) in
            [(Format::Tabs, "0.5000\t", "\n"), (Format::Paths, "", "\n"), (Format::Print0, "", "\0")]
        {
            let printed = |reader| printed_for(reader, name.as_bytes(), format);
            assert_eq!(printed(Reader::Program), format!("{before}{raw}{end}"));
            assert_eq!(printed(Reader::Terminal), format!("{before}{escaped}{end}"));
        }
        let json = "{\"rank\":1,\"path\":\"/pics/a\\u202e\\u009bb\\n.png\",\"score\":0.5}\n";
        assert_eq!(printed(name.as_bytes(), Format::Json), json);
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_keep_their_bytes() {
        let json: serde_json::Value = serde_json::from_str(&printed(b"\xff.png", Format::Json)).unwrap();
        assert_eq!(json["path"], "/pics/\u{fffd}.png");
        assert_eq!(STANDARD.decode(json["path_bytes"].as_str().unwrap()).unwrap(), b"/pics/\xff.png");
    }
}
