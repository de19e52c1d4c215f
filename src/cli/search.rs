//! `pixseek search`: one query, no TUI.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueHint};

use super::args::OutputArgs;
use super::browse_words;
use super::candidates;
use super::context::Context;
use super::explain;
use super::follow;
use super::least_score::LeastScore;
use super::omitted;
use super::outcome::{Outcome, Usage};
use super::output::{self, Format, Reader};
use super::path_list;
use super::store;
use crate::base::{escape, paths, quote};
use crate::library::{Cutoff, Folded, Hit, Library, LibraryError, QueryPart};
use crate::query::{self, Parsed, Query, Sign, Sort, Subject, Term, Test};
use crate::tui;

/// The arguments of `pixseek search`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek search ~/photos red car in the snow
  pixseek search -C ~/photos -n 50 --paths sunset | head
  pixseek search . 'two cats' -0 | xargs -0 ls -l
  pixseek search . 'a boat - night'                what is not wanted
  pixseek search . '@sketch.jpg + 2:watercolour'   pictures, weights
  pixseek search . 'dogs after:2023 -in:private sort:newest'
  pixseek search . 'search:boats - night'          a saved search within another
  pixseek search . --follow --paths 'a cat' | while read -r path; do ...; done
  fd -e jpg . ~/photos | pixseek search - -C ~/photos dogs

The first word is the folder if a folder of that name exists and more words follow; -C is never ambiguous. A first or \
last word `-` reads a list of paths from standard input, and only those pictures are searched. Results come from the \
index; `--update` brings it up to date first.")]
pub(super) struct SearchArgs {
    /// The folder (default: `.`), then what to look for, in the query language.
    #[arg(required = true, value_name = "[FOLDER] QUERY", add = candidates::query_word())]
    pub(super) words: Vec<OsString>,
    /// The folder.
    #[arg(short = 'C', long = "dir", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: Option<PathBuf>,
    /// Bring the index up to date first.
    #[arg(long)]
    pub(super) update: bool,
    /// Print pictures that look alike once, as the best result of each group, with the number of the others.
    #[arg(long)]
    pub(super) fold: bool,
    /// Order the results; with a text, the best of them (as many as --top says). It outranks `sort:` in the query.
    #[arg(long, value_name = "ORDER", value_parser = parse_sort)]
    pub(super) sort: Option<Sort>,
    /// Print only pictures that really match: those whose score is above what texts about other things reach here. Only for a
    /// query of one text; without such pictures, the exit code is 1.
    #[arg(long)]
    pub(super) relevant: bool,
    /// Print only pictures with at least this score, -1 to 1.
    #[arg(long, value_name = "X", value_parser = parse_score, allow_negative_numbers = true)]
    pub(super) min_score: Option<f32>,
    /// Print on stderr how the query was read and answered.
    #[arg(long)]
    pub(super) explain: bool,
    /// Go on, and print new matches as another pixseek indexes them (`pixseek index --watch`), one a line, until stopped
    /// (ctrl-c, exit code 130) or nobody reads. A match is a new picture that is among the --top best of all at that moment, or,
    /// of a query of filters alone, that passes them.
    #[arg(long, conflicts_with_all = ["explain", "preview", "fold"])]
    pub(super) follow: bool,
    /// With `-`: the paths on standard input end with NUL instead of a line break.
    #[arg(long)]
    pub(super) read0: bool,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Parses a score.
fn parse_score(text: &str) -> Result<f32, String> {
    let score = text.parse::<f32>().ok().filter(|score| (-1.0..=1.0).contains(score));
    score.ok_or_else(|| "a number from -1 to 1".to_owned())
}

/// Parses an order of results.
fn parse_sort(text: &str) -> Result<Sort, String> {
    Sort::named(text).ok_or_else(|| "score, newest, oldest, name or largest".to_owned())
}

pub(super) fn run(context: &Context, args: SearchArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let Asked { folder, text, reads_list } = split(args.words, args.dir, args.read0)?;
    let parsed = context.read_query(&text)?;
    let query = Query { sort: args.sort.or(parsed.query.sort), ..parsed.query.clone() };
    if query.is_empty() && !reads_list {
        return Err(Usage("the query is empty: say what to look for".to_owned()).into());
    }
    if args.read0 && !reads_list {
        return Err(
            Usage("--read0 needs `-`, which reads a list of paths from standard input".to_owned()).into()
        );
    }
    let mut library = context.open_indexed(&folder, args.update)?;
    if !args.output.json && !query.terms.is_empty() {
        context.tell_of_demo_model(library.checkpoint(), &folder);
    }
    if library.is_shared() {
        store::check_options(&args.output, library.store()?.is_exact(), args.fold, args.follow)?;
    } else {
        context.choose_mode(&mut library, &folder, &args.output)?;
    }
    let listed = if reads_list { Some(limit(&mut library, args.read0, context.quiet)?) } else { None };
    if args.fold {
        library.fold_look_alikes()?;
    }
    let top = args.output.top;
    if let Some(misread) = query::misread(&text).filter(|_| !context.quiet) {
        output::note(format_args!("query, column {}: {}", misread.column, misread.words));
    }
    let cutoff = if args.relevant { Some(cutoff(&mut library, &query)?) } else { None };
    let least = LeastScore { named: args.min_score, cutoff };
    if args.follow {
        let prepared = library.prepare(&query).map_err(|error| located(error, &text, &parsed))?;
        return follow::run(context, &mut library, &prepared, least, &args.output);
    }
    let mut answer =
        library.ask(&query, least.asked_for(top)).map_err(|error| located(error, &text, &parsed))?;
    for rest in answer.unread.iter().filter(|_| !context.quiet) {
        let rest = escape::text(rest);
        output::note(format_args!("the text is {}", query::unread_in_words(&rest)));
    }
    let pictures = library.store()?.pictures();
    if args.explain {
        explain::in_words(&query, &answer, pictures, top).lines().for_each(output::note);
    } else if let Some(sort) = query.sort.filter(|sort| *sort != Sort::Score && !query.terms.is_empty())
        && !context.quiet
        && answer.left > top
    {
        output::note(format_args!("the {top} best by meaning, by {} (-n takes more)", sort.as_str()));
    }
    if answer.left == 0 && pictures > 0 {
        let list = if listed == Some(0) { "of the list is searchable" } else { "fits the filters" };
        let culprit = explain::filter_that_leaves_nothing(&query, &answer);
        let why = culprit.map(|filter| format!(": {filter} alone leaves nothing")).unwrap_or_default();
        output::note(format_args!("none of {pictures} pictures {list}{why}"));
        let asks_text = query.filters.iter().any(|filter| matches!(filter.test, Test::Text(_)));
        if asks_text && !library.catalog().has_texts()? {
            let folder = quote::path(&folder);
            output::note(format_args!(
                "no text was read in these pictures yet: `pixseek index {folder} --ocr` does"
            ));
        }
        return Ok(Outcome::Nothing);
    }
    if let Some((least, best)) = least.keep(&mut answer.hits, top)
        && answer.hits.is_empty()
        && pictures > 0
    {
        output::note(format_args!("{}", nothing_above(least, best, args.relevant)));
        return Ok(Outcome::Nothing);
    }
    if !context.quiet {
        tell_of_texts(&library, &query, &folder)?;
    }
    let folded = args.fold.then_some(&answer.folded);
    print(context, &library, answer.hits, folded, &args.output)
}

/// Says how many pictures have the query in the text that was read from them, if it is a text and nothing else.
fn tell_of_texts(library: &Library, query: &Query, folder: &Path) -> Result<()> {
    let Some(text) = query.plain_text().filter(|_| query.filters.is_empty()) else { return Ok(()) };
    let count = library.catalog().count_with_phrase(text)?;
    if count > 0 {
        let contain =
            if count == 1 { "1 picture contains".into() } else { format!("{count} pictures contain") };
        let folder =
            if folder == Path::new(".") { String::new() } else { format!("-C {} ", quote::path(folder)) };
        let filter = Test::Text(text.trim().to_owned()).to_string();
        output::note(format_args!("{contain} this text: `pixseek search {folder}{}`", quote::text(&filter)));
    }
    Ok(())
}

/// Where the pictures end that really match a query of one text.
fn cutoff(library: &mut Library, query: &Query) -> Result<Cutoff> {
    if !matches!(query.terms.as_slice(), [Term { subject: Subject::Text(_), sign: Sign::Plus, .. }]) {
        return Err(
            Usage("--relevant needs a query of one text: --min-score takes any score".to_owned()).into()
        );
    }
    let cutoff = library.cutoff()?;
    cutoff.ok_or_else(|| {
        anyhow!("there are too few pictures to tell what really matches: leave --relevant out")
    })
}

/// What to say when no score is high enough.
fn nothing_above(least: f32, best: Option<f32>, is_relevance: bool) -> String {
    let best = best
        .map(|best| format!(": the best score is {best:.3}, and {least:.3} is needed"))
        .unwrap_or_default();
    match is_relevance {
        true => format!("nothing here really matches{best} (without --relevant, the nearest are printed)"),
        false => format!("no picture has such a score{best}"),
    }
}

/// Limits the searches to a list on standard input. Returns how many pictures of it can be searched.
fn limit(library: &mut Library, read0: bool, quiet: bool) -> Result<usize> {
    let set = path_list::read(&library.collection().root, read0, quiet)?;
    let named = set.len();
    let found = library.store()?.limit_to(Some(Arc::new(set)))?;
    if found < named && !quiet {
        let words = match named - found {
            1 => "1 path of the list is".to_owned(),
            count => format!("{count} paths of the list are"),
        };
        output::note(format_args!("{words} not indexed"));
    }
    Ok(found)
}

/// What the words of the command line ask for.
#[derive(Debug, PartialEq)]
struct Asked {
    folder: PathBuf,
    /// The query.
    text: String,
    /// Whether only the pictures of a list on standard input are searched.
    reads_list: bool,
}

/// Takes the words of the command line apart. The first word is the folder if a folder of that name exists and more words
/// follow. A `-` before all others or after them stands for a list on standard input; between others it is a part of the
/// query, unless `read0` tells that there is a list.
///
/// # Errors
/// When the first word can only be meant as a folder, and there is none of that name, or nothing to look for in it.
fn split(mut words: Vec<OsString>, dir: Option<PathBuf>, read0: bool) -> Result<Asked> {
    let is_list = |word: &OsString| word == path_list::STDIN;
    let list = match words.iter().position(is_list) {
        Some(0) => Some(0),
        Some(at) if read0 => Some(at),
        _ => words.len().checked_sub(1).filter(|last| is_list(&words[*last])),
    };
    if let Some(at) = list {
        words.remove(at);
    }
    let reads_list = list.is_some();
    let folder = match dir {
        Some(dir) => dir,
        // With a list, the query may be missing.
        None if words.len() > usize::from(!reads_list) && Path::new(&words[0]).is_dir() => {
            words.remove(0).into()
        }
        None => {
            check_first(&words)?;
            PathBuf::from(".")
        }
    };
    Ok(Asked { folder, text: browse_words::joined(&words), reads_list })
}

/// Refuses a single word that is a folder, and of several words a first one that is a path and no folder.
fn check_first(words: &[OsString]) -> Result<()> {
    let Some(first) = words.first() else { return Ok(()) };
    let folder = Path::new(first);
    let shown = paths::display(folder);
    let is_path = browse_words::names_folder(first);
    match words.len() {
        1 if folder.is_dir() => {
            let folder = quote::path(folder);
            let word = if is_path {
                String::new()
            } else {
                format!("; `pixseek search -C . {folder}` looks for the word here")
            };
            Err(Usage(format!(
                "what to look for in '{shown}'? Write it behind the folder: `pixseek search {folder} QUERY`{word}"
            ))
            .into())
        }
        2.. if is_path => bail!(
            "there is no folder '{shown}': check its name; for a query that begins so, write `-C .` before it"
        ),
        _ => Ok(()),
    }
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

/// Prints the results, with the number of pictures that are `folded` beneath each if they are; on a terminal with small
/// pictures before them if they are wanted. Without any, prints a note and makes the exit code 1.
pub(super) fn print(
    context: &Context,
    library: &Library,
    mut hits: Vec<Hit>,
    folded: Option<&Folded>,
    args: &OutputArgs,
) -> Result<Outcome> {
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
    let (root, format) = (&library.collection().root, Format::new(args));
    if args.preview && Reader::of_stdout() == Reader::Terminal && !format.is_for_programs() {
        let pictures: Vec<PathBuf> = hits.iter().map(|hit| root.join(&hit.path)).collect();
        let protocol = args.protocol.or(context.config.protocol).unwrap_or_default();
        match tui::check_terminal() {
            Ok(()) => {
                tui::print_strip(&pictures, &boundary, protocol).context("the pictures can't be shown")?
            }
            Err(error) => output::note(format_args!("no pictures are shown: {error}")),
        }
    }
    let out = &mut io::BufWriter::new(io::stdout().lock());
    output::hits(out, root, &hits, folded, format, Reader::of_stdout())?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str], dir: Option<&str>, read0: bool) -> Asked {
        split(words.iter().map(OsString::from).collect(), dir.map(PathBuf::from), read0).unwrap()
    }

    fn words(words: &[&str], dir: Option<&str>) -> (PathBuf, String) {
        let Asked { folder, text, reads_list } = asked(words, dir, false);
        assert!(!reads_list);
        (folder, text)
    }

    #[test]
    fn a_dash_before_or_after_all_words_is_a_list() {
        let list =
            |folder: &str, text: &str| Asked { folder: folder.into(), text: text.into(), reads_list: true };
        assert_eq!(asked(&["-"], None, false), list(".", ""));
        assert_eq!(asked(&["-", "red", "car"], None, false), list(".", "red car"));
        assert_eq!(asked(&["-", "/", "red"], None, false), list("/", "red"));
        assert_eq!(asked(&["/", "red", "-"], None, false), list("/", "red"));
        assert_eq!(asked(&["/", "-"], None, false), list("/", ""));
        assert_eq!(asked(&["/", "-", "red"], None, true), list("/", "red"));
        assert_eq!(words(&["/", "a", "-", "b"], None), ("/".into(), "a - b".into()));
    }

    #[test]
    fn the_first_word_is_a_folder_only_if_it_is_one_and_more_follows() {
        assert_eq!(words(&["/", "red", "car"], None), ("/".into(), "red car".into()));
        assert_eq!(words(&["no such folder", "car"], None), (".".into(), "no such folder car".into()));
        assert_eq!(words(&["/", "car"], Some("/tmp")), ("/tmp".into(), "/ car".into()));
        assert_eq!(words(&["/no/such", "car"], Some("/tmp")), ("/tmp".into(), "/no/such car".into()));
        assert_eq!(words(&["black/white", "cat"], None), (".".into(), "black/white cat".into()));
    }

    #[test]
    fn a_path_is_no_query() {
        let refused =
            |words: &[&str]| split(words.iter().map(OsString::from).collect(), None, false).unwrap_err();
        let forgotten = refused(&["/"]);
        assert!(forgotten.is::<Usage>() && forgotten.to_string().contains("what to look for in '/'?"));
        assert!(refused(&["."]).is::<Usage>());
        for first in ["/no/such", "./no-such", "../no-such", "~/no-such"] {
            let error = refused(&[first, "red", "car"]);
            assert!(!error.is::<Usage>() && error.to_string().contains("there is no folder"), "{error}");
        }
    }
}
