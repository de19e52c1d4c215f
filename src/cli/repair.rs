//! `pixseek repair`: mends the index of a folder, and says what is lost.

use std::cell::Cell;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::context::Context;
use super::indexed::NotSearchable;
use super::outcome::Outcome;
use super::output;
use crate::base::{escape, paths, quote};
use crate::clip::hub::Hub;
use crate::clip::{check_derived_file, derived_files};
use crate::library::{Collection, LibraryError, Repaired};

/// The arguments of `pixseek repair`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek repair ~/photos
  pixseek repair ~/photos --json

Pictures are never touched. A damaged catalogue is kept beside the new one, with `.damaged` behind its name. \
`pixseek doctor FOLDER` looks without changing anything.")]
pub(super) struct RepairArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct Report {
    folder: String,
    /// `whole`, or `rebuilt` of what could be read.
    catalog: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<Saved>,
    pictures: usize,
    lost: Lost,
    removed: Vec<String>,
    made: usize,
}

/// What was read of a damaged catalogue.
#[derive(Serialize)]
struct Saved {
    pictures: usize,
    vectors: usize,
}

/// What is gone. `pixseek index` makes vectors and pictures anew.
#[derive(Serialize)]
struct Lost {
    vectors: usize,
    /// Rows of a damaged catalogue that made no sense.
    rows: usize,
    /// Whether parts of a damaged catalogue could not be read at all.
    unknown: bool,
    settings: Vec<String>,
}

pub(super) fn run(context: &Context, args: &RepairArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
    let Some(collection) = Collection::find(&folder)? else {
        return Err(NotSearchable::not_indexed(&folder, None).into());
    };
    let said = Cell::new(String::new());
    let building = |words: &str| {
        // Graphs tell of each step.
        let kind = words.split(':').next().unwrap_or_default().to_owned();
        if !context.quiet && said.replace(kind.clone()) != kind {
            output::note(words);
        }
    };
    let mut repaired = collection.repair(&building)?;
    remove_damaged_caches(&mut repaired)?;
    if args.json {
        output::json(&report(&collection, repaired))?;
    } else {
        tell(&collection, &repaired);
    }
    Ok(Outcome::Done)
}

/// Removes files derived from models that are damaged: they are made anew when the model is used.
fn remove_damaged_caches(repaired: &mut Repaired) -> Result<()> {
    let folders: Vec<PathBuf> = Hub::from_env().cached().into_iter().map(|model| model.folder).collect();
    for path in derived_files(&folders) {
        if check_derived_file(&path).is_err() {
            std::fs::remove_file(&path)
                .map_err(|reason| LibraryError::CantDelete { path: path.clone(), reason })?;
            repaired.removed.push(path);
        }
    }
    Ok(())
}

fn report(collection: &Collection, repaired: Repaired) -> Report {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    Report {
        folder: text(collection.folder()),
        catalog: if repaired.salvaged.is_some() { "rebuilt" } else { "whole" },
        kept: repaired.kept.map(text),
        saved: repaired.salvaged.map(|saved| Saved { pictures: saved.pictures, vectors: saved.vectors }),
        pictures: repaired.pictures,
        lost: Lost {
            vectors: repaired.vectors_given_up,
            rows: repaired.salvaged.map_or(0, |saved| saved.refused),
            unknown: repaired.salvaged.is_some_and(|saved| saved.has_gaps),
            settings: repaired.settings_forgotten,
        },
        removed: repaired.removed.into_iter().map(text).collect(),
        made: repaired.made,
    }
}

fn tell(collection: &Collection, repaired: &Repaired) {
    for line in lines(collection, repaired) {
        output::note(line);
    }
}

/// What was done, in words, a line each.
fn lines(collection: &Collection, repaired: &Repaired) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_lost = repaired.vectors_given_up > 0;
    if let Some(saved) = repaired.salvaged {
        lines.push(format!(
            "the catalogue was damaged: a new one has what could be read, {} and {}",
            count(saved.pictures, "picture"),
            count(saved.vectors, "vector")
        ));
        is_lost |= saved.refused > 0 || saved.has_gaps;
        if saved.refused > 0 {
            lines.push(format!("lost: {} that made no sense", count(saved.refused, "row")));
        }
        if saved.has_gaps {
            lines.push("lost: parts of the catalogue that could not be read at all".to_owned());
        }
    }
    if let Some(kept) = &repaired.kept {
        lines
            .push(format!("the damaged catalogue is '{}': delete it once all is well", paths::display(kept)));
    }
    if repaired.vectors_given_up > 0 {
        lines.push(format!("lost: {}, since they were damaged", count(repaired.vectors_given_up, "vector")));
    }
    for setting in &repaired.settings_forgotten {
        lines.push(format!("lost: setting '{}', which made no sense", escape::text(setting)));
    }
    for path in &repaired.removed {
        lines.push(format!("removed '{}', which was damaged or of no use", paths::display(path)));
    }
    if repaired.made > 0 {
        lines.push(format!("made {} anew", count(repaired.made, "file of snapshots and graphs")));
    }
    if is_lost {
        lines.push(format!(
            "run `pixseek index {}`, which makes anew what is lost of pictures that are still there",
            quote::path(&collection.root)
        ));
    }
    if lines.is_empty() {
        lines.push("nothing was broken".to_owned());
    }
    lines.push(format!("{} searchable", count(repaired.pictures, "picture")));
    lines
}

fn count(number: usize, what: &str) -> String {
    match (number, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((first, rest))) => format!("{number} {first}s {rest}"),
        (_, None) => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Salvaged;

    fn collection() -> (tempfile::TempDir, Collection) {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        (folder, collection)
    }

    #[test]
    fn nothing_broken_is_said_in_a_word() {
        let (_folder, collection) = collection();
        let repaired = Repaired { pictures: 1, ..Repaired::default() };
        assert_eq!(lines(&collection, &repaired), ["nothing was broken", "1 picture searchable"]);
    }

    #[test]
    fn what_is_lost_is_said_with_the_way_out() {
        let (folder, collection) = collection();
        let repaired = Repaired {
            salvaged: Some(Salvaged { pictures: 3, vectors: 1, refused: 2, has_gaps: true }),
            kept: Some("/x/catalog.db.damaged".into()),
            vectors_given_up: 1,
            settings_forgotten: vec!["walk".into()],
            removed: vec!["/x/hnsw-1.bin".into()],
            made: 2,
            pictures: 3,
        };
        let lines = lines(&collection, &repaired).join("\n");
        for words in [
            "3 pictures and 1 vector",
            "lost: 2 rows",
            "could not be read at all",
            "catalog.db.damaged",
            "lost: setting 'walk'",
            "removed '/x/hnsw-1.bin'",
            "made 2 files of snapshots and graphs anew",
            "run `pixseek index",
            "3 pictures searchable",
        ] {
            assert!(lines.contains(words), "{words}: {lines}");
        }
        let json = serde_json::to_value(report(&collection, Repaired::default())).unwrap();
        assert_eq!(json["catalog"], "whole");
        assert_eq!(json["folder"], folder.path().canonicalize().unwrap().to_str().unwrap());
    }
}
