//! `pixseek tags`: the words of a list that are nearest to pictures.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;

use super::args::parse_count;
use super::browse_words;
use super::candidates;
use super::context::Context;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output::{self, Reader};
use super::progress::Reporter;
use crate::base::{escape, paths};
use crate::clip::DEMO_MODEL;
use crate::library::{Tag, TagList, own_words};

/// Pictures that are named before any of them is printed; the encoder is loaded for each so many.
const BATCH: usize = 1024;
/// The longest list of words, in bytes.
const MAX_LIST: u64 = 1 << 20;

/// The arguments of `pixseek tags`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek tags beach.jpg
  pixseek tags ~/photos/2024/*.jpg -n 3 --json
  pixseek tags scan.png --labels words.txt     with words of your own

The words come from a built-in list of some hundred; the demo model has one of the words that it knows. Scores are cosines, \
and tell words of one picture apart: they are no probabilities. What can't be read is skipped with a message. The model is \
that of the folder of the first picture, if that is indexed.")]
pub(super) struct TagsArgs {
    /// The pictures.
    #[arg(required = true, value_name = "IMAGE", add = candidates::picture())]
    pub(super) images: Vec<PathBuf>,
    /// Take the words from this file, one a line; lines that begin with # don't count.
    #[arg(long, value_name = "FILE")]
    pub(super) labels: Option<PathBuf>,
    /// Print so many words of each picture.
    #[arg(long, short = 'n', value_name = "K", default_value_t = 5, value_parser = parse_count)]
    pub(super) top: usize,
    /// Print a JSON object for each picture: path, tags.
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonPicture<'a> {
    /// The path, lossy where it is not UTF-8.
    path: String,
    /// Base64 of the true bytes, only where `path` is lossy.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    tags: Vec<JsonTag<'a>>,
}

#[derive(Serialize)]
struct JsonTag<'a> {
    tag: &'a str,
    score: f32,
}

pub(super) fn run(context: &Context, args: &TagsArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let listed = args.labels.as_deref().map(read_list).transpose()?;
    let images = pictures(&args.images);
    if images.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let opened = images.first().and_then(|first| opened_of(first));
    let checkpoint = context.checkpoint(opened.as_ref())?;
    drop(opened);
    if checkpoint.id == DEMO_MODEL && !context.quiet && listed.is_none() {
        output::note("the demo model names drawings by the words that it knows; photos need another model");
    }
    let words = listed.unwrap_or_else(|| own_words(&checkpoint));
    let count = words.len();
    let waiting = || {
        if !context.quiet && checkpoint.id != DEMO_MODEL {
            output::note(format_args!("preparing {count} words, once for this model"));
        }
    };
    let list = TagList::load(&checkpoint, words, waiting)?;
    let reporter = Reporter::new(context.quiet);
    let mut named = 0;
    for batch in images.chunks(BATCH) {
        let tags = list.name_pictures(&checkpoint, batch, args.top, &reporter)?;
        for (path, tags) in batch.iter().zip(&tags) {
            if let Some(tags) = tags {
                print(path, tags, args.json)?;
                named += 1;
            }
        }
    }
    reporter.finish();
    Ok(if named == 0 { Outcome::Nothing } else { Outcome::Done })
}

/// The pictures that are files. The others are told.
fn pictures(images: &[PathBuf]) -> Vec<PathBuf> {
    let is_file = |path: &&PathBuf| {
        let shown = paths::display(path);
        match fs::metadata(path) {
            Ok(file) if file.is_dir() => {
                output::note(format_args!(
                    "'{shown}' is a folder: name its pictures, such as '{shown}/*.jpg'"
                ));
                false
            }
            Ok(_) => true,
            Err(error) => {
                output::note(format_args!("'{shown}': {error}"));
                false
            }
        }
    };
    images.iter().filter(is_file).cloned().collect()
}

/// The index of the folder that a picture lies in, if there is one.
fn opened_of(image: &Path) -> Option<Opened> {
    Opened::find(&browse_words::folder_of(image).ok()?).ok().flatten()
}

/// The words of a file.
fn read_list(path: &Path) -> Result<Vec<String>> {
    let shown = paths::display(path);
    let size = fs::metadata(path).with_context(|| format!("words '{shown}'"))?.len();
    if size > MAX_LIST {
        bail!("words '{shown}': the file has {size} bytes, but a list of words at most {MAX_LIST}");
    }
    let text = fs::read_to_string(path).with_context(|| format!("words '{shown}'"))?;
    let words = TagList::words_in(text.trim_start_matches('\u{feff}'));
    if words.is_empty() {
        return Err(Usage(format!("words '{shown}': the file has no words; write one a line")).into());
    }
    Ok(words)
}

/// Prints the words of a picture, nearest first.
fn print(path: &Path, tags: &[Tag], json: bool) -> io::Result<()> {
    if json {
        let tags = tags.iter().map(|Tag { word, score }| JsonTag { tag: word, score: *score }).collect();
        let path_bytes = output::odd_bytes(path);
        return output::json(&JsonPicture { path: path.to_string_lossy().into(), path_bytes, tags });
    }
    let reader = Reader::of_stdout();
    let mut out = io::stdout().lock();
    match reader {
        Reader::Terminal => {
            let words = tags.iter().map(|Tag { word, score }| format!("{} {score:.3}", escape::text(word)));
            let words: Vec<String> = words.collect();
            writeln!(out, "{}  {}", paths::display(path), words.join(", "))
        }
        // A line for each word, as `search` has one for each picture.
        Reader::Program => {
            for Tag { word, score } in tags {
                output::path(&mut out, path, reader)?;
                writeln!(out, "\t{word}\t{score:.4}")?;
            }
            Ok(())
        }
    }
}
