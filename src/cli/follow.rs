//! `pixseek search --follow`: goes on and prints new matches as they are indexed.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::args::OutputArgs;
use super::context::Context;
use super::least_score::LeastScore;
use super::outcome::Outcome;
use super::output::{self, Format, Reader};
use crate::base::reader_gone::is_stdout_unread;
use crate::library::{Answer, Library, LibraryError, PreparedQuery};

/// How often the catalogue is checked for pictures that any process has indexed.
const RECHECK: Duration = Duration::from_millis(250);

/// Prints the results that there are, and then those that come, until it is stopped or nobody reads any more.
///
/// A picture is new when it was not searchable before, and matches when it is among the `top` best of all pictures at that
/// moment and has the score that results must have; of a query that compares nothing, whenever it passes the filters.
///
/// # Errors
/// When the index can't be read, or nothing be printed.
pub(super) fn run(
    context: &Context,
    library: &mut Library,
    query: &PreparedQuery,
    least: LeastScore,
    args: &OutputArgs,
) -> Result<Outcome> {
    let (stop, stopped) = crossbeam_channel::bounded::<()>(1);
    let stop = move || {
        // A signal that is waiting already serves for both.
        let _ = stop.try_send(());
    };
    ctrlc::set_handler(stop).context("signals can't be received")?;
    let mut seen = Seen::default();
    // What comes between the look and the answer is new at the next look.
    seen.refresh(library)?;
    let answer = answer(library, query, least, args.top)?;
    print(library, &answer, &std::mem::take(&mut seen.waiting), args)?;
    if !context.quiet {
        output::note("following: new matches are printed as they are indexed (ctrl-c stops)");
    }
    loop {
        match stopped.recv_timeout(RECHECK) {
            Ok(()) => return Ok(Outcome::Left),
            Err(_) if is_stdout_unread() => return Ok(Outcome::Done),
            Err(_) => {}
        }
        if !seen.refresh(library)? || seen.waiting.is_empty() {
            continue;
        }
        let answer = self::answer(library, query, least, args.top)?;
        for id in print(library, &answer, &seen.waiting, args)? {
            seen.waiting.remove(&id);
        }
    }
}

/// The pictures that were seen.
#[derive(Default)]
struct Seen {
    all: HashSet<i64>,
    /// Those that came since the start and have not been printed.
    waiting: HashSet<i64>,
}

impl Seen {
    /// Reads which pictures are searchable by now. Returns whether any came or went.
    fn refresh(&mut self, library: &mut Library) -> Result<bool, LibraryError> {
        let before = self.all.len();
        let searcher = library.searcher()?;
        let mut is_changed = searcher.len() != before;
        for id in searcher.ids() {
            if self.all.insert(id) {
                is_changed = true;
                self.waiting.insert(id);
            }
        }
        Ok(is_changed)
    }
}

/// The results at this moment.
fn answer(
    library: &mut Library,
    query: &PreparedQuery,
    least: LeastScore,
    top: usize,
) -> Result<Answer, LibraryError> {
    // A query that compares nothing has no best ones.
    let (most, kept) = match query.compares() {
        true => (least.asked_for(top), top),
        false => (library.searcher()?.len().max(top), usize::MAX),
    };
    let mut answer = library.answer(query, most)?;
    least.keep(&mut answer.hits, kept);
    Ok(answer)
}

/// Prints those results that are among `new`, each with its rank among all, and returns their ids.
fn print(library: &Library, answer: &Answer, new: &HashSet<i64>, args: &OutputArgs) -> Result<Vec<i64>> {
    let boundary = library.collection().boundary(library.catalog())?;
    let mut printable = boundary.printable();
    let (root, format, reader) = (&library.collection().root, Format::new(args), Reader::of_stdout());
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut printed = Vec::new();
    for (index, hit) in answer.hits.iter().enumerate() {
        if new.contains(&hit.id) && printable.allows(&hit.path) {
            output::hit(&mut out, root, (index, hit), None, format, reader)?;
            // Whoever reads line by line is not to wait for the next.
            io::Write::flush(&mut out)?;
            printed.push(hit.id);
        }
    }
    Ok(printed)
}
