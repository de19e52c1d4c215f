//! `pixseek search`: one query, no TUI.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use clap::Args;

use super::args::OutputArgs;
use super::context::Context;
use super::omitted;
use super::outcome::{Outcome, Usage};
use super::output::{self, Format, Reader};
use super::query_args;
use crate::base::paths;
use crate::library::{Hit, Library, LibraryError, QueryPart};
use crate::query::{self, Options, Parsed};

/// The arguments of `pixseek search`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek search ~/photos red car in the snow
  pixseek search -C ~/photos -n 50 --paths sunset | head
  pixseek search . 'two cats' -0 | xargs -0 ls -l
  pixseek search . 'a boat - night'                what is not wanted
  pixseek search . '@sketch.jpg + 2:watercolour'   pictures as terms, and weights

The first word is the folder if a folder of that name exists and more words follow; -C is never ambiguous.
Results come from the index; `--update` brings it up to date first.")]
pub(super) struct SearchArgs {
    /// The folder (default: `.`), then what to look for, in the query language.
    #[arg(required = true, value_name = "[FOLDER] QUERY")]
    pub(super) words: Vec<OsString>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Bring the index up to date first.
    #[arg(long)]
    pub(super) update: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

pub(super) fn run(context: &Context, args: SearchArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let (folder, text) = split(args.words, args.dir);
    let parsed = query::read(&text, Options::default()).map_err(|error| Usage(format!("query, {error}")))?;
    if parsed.query.is_empty() {
        return Err(Usage("the query is empty: say what to look for".to_owned()).into());
    }
    let mut library = context.open_indexed(&folder, args.update)?;
    if !args.output.json {
        context.tell_of_demo_model(library.checkpoint(), &folder);
    }
    context.choose_mode(&mut library, &folder, &args.output)?;
    let asked = library.ask(&parsed.query, args.output.top);
    let hits = asked.map_err(|error| located(error, &text, &parsed))?;
    print(&library, hits, &args.output)
}

/// The folder and the query. The first word is the folder if a folder of that name exists and more words follow.
fn split(mut words: Vec<OsString>, dir: Option<PathBuf>) -> (PathBuf, String) {
    let folder = match dir {
        Some(dir) => dir,
        None if words.len() > 1 && Path::new(&words[0]).is_dir() => words.remove(0).into(),
        None => PathBuf::from("."),
    };
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(|word| query_args::unmarked(word)).collect();
    (folder, words.join(" "))
}

/// An error with the column of the part of the query that it is about. Wrong queries are wrong usage.
fn located(error: LibraryError, text: &str, parsed: &Parsed) -> anyhow::Error {
    let LibraryError::Query(failure) = error else { return error.into() };
    let place = match failure.part {
        QueryPart::Term(number) => parsed.terms.get(number),
        QueryPart::Filter(number) => parsed.filters.get(number),
        QueryPart::Sort => parsed.sort.as_ref(),
        QueryPart::Saved => parsed.saved.as_ref(),
        QueryPart::Whole => None,
    };
    let column = place.map(|span| format!(", column {}", query::column(text, span.start)));
    let words = format!("query{}: {failure}", column.unwrap_or_default());
    if failure.reason.is_wrong() { Usage(words).into() } else { anyhow!(words) }
}

/// Prints the results. Without any, prints a note and makes the exit code 1.
pub(super) fn print(library: &Library, mut hits: Vec<Hit>, args: &OutputArgs) -> Result<Outcome> {
    let boundary = library.collection().boundary(library.catalog())?;
    let mut printable = boundary.printable();
    hits.retain(|hit| printable.allows(&hit.path));
    if hits.is_empty() {
        let folder = library.collection().folder();
        let omitted = library.catalog().omitted()?.as_ref().and_then(omitted::in_words);
        let why = omitted.map(|words| format!("; left out: {words}")).unwrap_or_default();
        output::note(format_args!("no searchable pictures in '{}'{why}", paths::display(&folder)));
        return Ok(Outcome::Nothing);
    }
    output::hits(
        &mut io::BufWriter::new(io::stdout().lock()),
        &library.collection().root,
        &hits,
        Format::new(args),
        Reader::of_stdout(),
    )?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str], dir: Option<&str>) -> (PathBuf, String) {
        split(words.iter().map(OsString::from).collect(), dir.map(PathBuf::from))
    }

    #[test]
    fn the_first_word_is_a_folder_only_if_it_is_one_and_more_follows() {
        assert_eq!(words(&["/", "red", "car"], None), ("/".into(), "red car".into()));
        assert_eq!(words(&["/"], None), (".".into(), "/".into()));
        assert_eq!(words(&["no such folder", "car"], None), (".".into(), "no such folder car".into()));
        assert_eq!(words(&["/", "car"], Some("/tmp")), ("/tmp".into(), "/ car".into()));
    }
}
