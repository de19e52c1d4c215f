//! What the words of `pixseek [FOLDER] [QUERY]...` ask for.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::browse_args::BrowseArgs;
use super::command_names;
use super::outcome::Usage;
use super::path_list;
use super::query_args;
use crate::base::{paths, quote};
use crate::library::Collection;
use crate::picture;
use crate::query::{Query, Sign, Subject, Term};

/// What the words ask for.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) folder: PathBuf,
    /// The query to start with; may be empty.
    pub(super) query: String,
    /// Whether only the pictures of a list on standard input are browsed.
    pub(super) reads_list: bool,
}

/// Takes the words apart: a folder, a picture or `-` for a list on standard input; then a query.
///
/// # Errors
/// When they contradict each other, or name a folder that is not there.
pub(super) fn asked(args: &BrowseArgs) -> Result<Asked> {
    let mut words = args.words.as_slice();
    let reads_list = words.first().is_some_and(|word| word == path_list::STDIN);
    if reads_list {
        words = &words[1..];
    }
    if args.read0 && !reads_list {
        return usage(
            "--read0 needs `-` in place of the folder, which reads a list of paths from standard input",
        );
    }
    let (folder, query) = match (&args.dir, words) {
        (Some(_), [word]) if Path::new(word).is_dir() => {
            return usage("name the folder once: either FOLDER or -C DIR");
        }
        (Some(dir), words) => (dir.clone(), joined(words)),
        (None, []) => (PathBuf::from("."), String::new()),
        // A list may stand in the folder's place.
        (None, [first, ..]) if reads_list && !Path::new(first).is_dir() => {
            (PathBuf::from("."), joined(words))
        }
        (None, [first, rest @ ..]) => of_words(first, rest)?,
    };
    match &args.query {
        Some(_) if !query.is_empty() => usage("the query is given twice: by --query and as words"),
        Some(query) => Ok(Asked { folder, query: query_args::unmarked(query).to_owned(), reads_list }),
        None => Ok(Asked { folder, query, reads_list }),
    }
}

/// The folder and the query of words of which the first may be a folder, a picture, or part of the query.
fn of_words(first: &OsStr, rest: &[OsString]) -> Result<(PathBuf, String)> {
    let path = Path::new(first);
    let shown = paths::display(path);
    if path.is_dir() {
        // Somebody who looks for this in their pictures can say so with --query.
        if let Some(command) =
            rest.first().and_then(|word| word.to_str()).filter(|word| command_names::is_command(word))
        {
            return usage(format!(
                "'{shown}' belongs to browsing: options and folders of a command come after it, as in `pixseek {command} \
                 {}`; `--query` looks for the word",
                quote::path(path)
            ));
        }
        return Ok((path.to_owned(), joined(rest)));
    }
    let is_picture = path.is_file() && picture::has_picture_extension(path);
    let meant = first.to_str().and_then(command_names::meant).filter(|_| !path.exists());
    match (rest, meant) {
        ([], _) if is_picture => like(path),
        ([], Some(command)) => bail!("there is no folder '{shown}': did you mean `pixseek {command}`?"),
        // A folder that is missing, which the library tells.
        ([], None) => Ok((path.to_owned(), String::new())),
        (_, _) if is_picture => {
            usage(format!("'{shown}' is a picture: to look for more as well, write '@{shown} + ...'"))
        }
        (_, _) if names_folder(first) => bail!(
            "there is no folder '{shown}': check its name; for a query that begins so, write `-C .` before it"
        ),
        (_, Some(command)) => usage(format!(
            "there is no command or folder '{shown}': did you mean `pixseek {command}`? For a query that begins so, write \
             `-C .` before it"
        )),
        (rest, None) => Ok((PathBuf::from("."), joined([&[first.to_owned()], rest].concat().as_slice()))),
    }
}

/// The collection of a picture, or else its folder, and the query for pictures like it.
fn like(picture: &Path) -> Result<(PathBuf, String)> {
    let Some(text) = picture.to_str() else {
        bail!("'{}': a query can only name pictures whose paths are UTF-8", paths::display(picture));
    };
    let term = Term { sign: Sign::Plus, weight: 1.0, subject: Subject::Picture(text.to_owned()) };
    let query = Query { terms: vec![term], ..Query::default() }.to_string();
    Ok((folder_of(picture)?, query))
}

/// The folder of the collection that a picture belongs to, or else the folder that it lies in.
///
/// # Errors
/// When the folder can't be looked at.
pub(super) fn folder_of(picture: &Path) -> Result<PathBuf> {
    let folder = match picture.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("."),
    };
    Ok(Collection::find(folder)?.map_or_else(|| folder.to_owned(), |found| found.root))
}

/// Whether a word can't be meant as a part of a query: it is a path.
pub(super) fn names_folder(word: &OsStr) -> bool {
    let bytes = word.as_encoded_bytes();
    [&b"/"[..], b"./", b"../", b"~/"].iter().any(|beginning| bytes.starts_with(beginning))
        || [&b"."[..], b"..", b"~"].contains(&bytes)
}

/// Words as one query.
pub(super) fn joined(words: &[OsString]) -> String {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(|word| query_args::unmarked(word)).collect();
    words.join(" ")
}

fn usage<T>(words: impl Into<String>) -> Result<T> {
    Err(Usage(words.into()).into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        browse: BrowseArgs,
    }

    fn read(words: &[&str]) -> Result<Asked> {
        let words = ["pixseek"].iter().chain(words).map(OsString::from);
        asked(&Line::try_parse_from(query_args::marked(words)).unwrap().browse)
    }

    fn folder_and_query(words: &[&str]) -> (PathBuf, String) {
        let Asked { folder, query, reads_list } = read(words).unwrap();
        assert!(!reads_list);
        (folder, query)
    }

    #[test]
    fn a_folder_and_a_query() {
        assert_eq!(folder_and_query(&[]), (".".into(), String::new()));
        assert_eq!(folder_and_query(&["/"]), ("/".into(), String::new()));
        assert_eq!(folder_and_query(&["/", "red", "car"]), ("/".into(), "red car".into()));
        assert_eq!(folder_and_query(&["red", "car"]), (".".into(), "red car".into()));
        assert_eq!(folder_and_query(&["-C", "/", "red", "car"]), ("/".into(), "red car".into()));
        assert_eq!(folder_and_query(&["/", "--query", "- night"]), ("/".into(), "- night".into()));
        assert_eq!(folder_and_query(&["/", "cats", "-in:private"]), ("/".into(), "cats -in:private".into()));
        // A folder that is not there is the library's to tell.
        assert_eq!(folder_and_query(&["no-such-folder"]), ("no-such-folder".into(), String::new()));
    }

    #[test]
    fn a_list_stands_in_the_place_of_the_folder() {
        let list = |folder: &str, query: &str| Asked {
            folder: folder.into(),
            query: query.into(),
            reads_list: true,
        };
        assert_eq!(read(&["-"]).unwrap(), list(".", ""));
        assert_eq!(read(&["-", "red", "car"]).unwrap(), list(".", "red car"));
        assert_eq!(read(&["-", "/", "red"]).unwrap(), list("/", "red"));
        assert_eq!(read(&["-", "-C", "/", "--read0"]).unwrap(), list("/", ""));
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for (words, is_usage, said) in [
            (&["serach", "/", "red"][..], true, "did you mean `pixseek search`?"),
            (&["serach"], false, "did you mean `pixseek search`?"),
            (&["/", "search", "red"], true, "`pixseek search /`"),
            (&["./no-such-folder", "red"], false, "no folder './no-such-folder'"),
            (&["~/no-such-folder", "red"], false, "no folder '~/no-such-folder'"),
            (&["/", "-C", "/"], true, "once"),
            (&["/", "red", "--query", "x"], true, "twice"),
            (&["/", "--read0"], true, "`-`"),
        ] {
            let error = read(words).unwrap_err();
            assert_eq!(
                (error.is::<Usage>(), error.to_string().contains(said)),
                (is_usage, true),
                "{words:?}: {error}"
            );
        }
    }

    #[test]
    fn a_picture_shows_what_is_like_it() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("a b.jpg");
        std::fs::write(&picture, "").unwrap();
        let (found, query) = like(&picture).unwrap();
        assert_eq!((found.as_path(), query), (folder.path(), format!("@\"{}\"", picture.display())));
    }
}
