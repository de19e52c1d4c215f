//! `pixseek search`: one text query, no TUI.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::args::{OutputArgs, SearchArgs};
use super::context::{Context, Indexed, Opened, keeps_model};
use super::output::{self, Format, Reader};
use super::{Outcome, Usage, graphs, index};
use crate::base::paths;
use crate::clip::Checkpoint;
use crate::library::Hit;
use crate::library::IndexOptions;

pub(super) fn run(context: &Context, args: SearchArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let (folder, query) = split(args.words, args.dir);
    if query.trim().is_empty() {
        return Err(Usage("the query is empty: say what to look for".to_owned()).into());
    }
    if args.update {
        update(context, &folder)?;
    }
    let embed = |checkpoint: &Checkpoint| checkpoint.load_text()?.embed(&[&query]);
    let (mut indexed, embeddings) = context.open_indexed_while(&folder, embed)?;
    if !args.output.json {
        context.tell_of_demo_model(&indexed.checkpoint, &folder);
    }
    graphs::choose(&mut indexed, &folder, &args.output)?;
    let embeddings = embeddings?;
    let hits =
        embeddings.first().map_or_else(Vec::new, |query| indexed.engine.search(query, args.output.top));
    print(&indexed, hits, &args.output)
}

/// The first word is the folder only if it is one and more follows.
fn split(mut words: Vec<OsString>, dir: Option<PathBuf>) -> (PathBuf, String) {
    let folder = match dir {
        Some(dir) => dir,
        None if words.len() > 1 && Path::new(&words[0]).is_dir() => words.remove(0).into(),
        None => PathBuf::from("."),
    };
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    (folder, words.join(" "))
}

/// Indexes first, if the folder has been indexed before; if not, the search itself says what to run.
pub(super) fn update(context: &Context, folder: &Path) -> Result<()> {
    if let Some(opened) = Opened::find(folder)? {
        let checkpoint = context.checkpoint(Some(&opened))?;
        let keep_model = keeps_model(&checkpoint, &opened.collection.root);
        let options = IndexOptions { keep_model, ..IndexOptions::default() };
        index::update(context, &opened.collection, &checkpoint, &options)?;
    }
    Ok(())
}

/// Prints the results; no result is a note and exit code 1.
pub(super) fn print(indexed: &Indexed, mut hits: Vec<Hit>, args: &OutputArgs) -> Result<Outcome> {
    let boundary = indexed.collection.boundary(&indexed.catalog)?;
    let mut printable = boundary.printable();
    hits.retain(|hit| printable.allows(&hit.path));
    if hits.is_empty() {
        let folder = indexed.collection.folder();
        output::note(format_args!("no searchable pictures in '{}'", paths::display(&folder)));
        return Ok(Outcome::Nothing);
    }
    output::hits(
        &mut io::BufWriter::new(io::stdout().lock()),
        &indexed.collection.root,
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
