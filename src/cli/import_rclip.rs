//! `pixseek import --rclip`: the index of rclip, so that its pictures need no encoding.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::context::Context;
use super::import_notes::{MOST_LISTED, finish};
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output;
use super::progress::Reporter;
use crate::base::model_key::Precision;
use crate::base::quote;
use crate::clip::Checkpoint;
use crate::library::{Library, RclipImport, RclipImported, RclipLeftOut, model_key};

/// Names rclip's data folder, as for rclip itself.
const DATA_DIR_VAR: &str = "RCLIP_DATADIR";
/// The name of rclip's index in its data folder.
const DATABASE: &str = "db.sqlite3";

/// Takes over rclip's index `database`, by default the one where rclip keeps it, for the pictures in `folder`. A folder alone
/// is taken for the latter.
pub(super) fn run(
    context: &Context,
    folder: Option<&Path>,
    database: Option<&Path>,
    json: bool,
) -> Result<Outcome> {
    if context.precision.is_some_and(|precision| precision != Precision::F32) {
        return Err(Usage("rclip's vectors are f32 ones: leave --precision out".to_owned()).into());
    }
    let (folder, database) = match (folder, database) {
        (None, Some(path)) if path.is_dir() => (path, None),
        (folder, database) => (folder.unwrap_or(Path::new(".")), database),
    };
    let database = match database {
        Some(database) => database.to_owned(),
        None => default_database()?,
    };
    let existing = Opened::find(folder)?;
    let import = RclipImport::open(folder, &database)?;
    let checkpoint = choose(context, existing.as_ref(), &import)?;
    let root = existing.as_ref().map_or(folder, |opened| &opened.collection.root);
    let keep_model = keeps_model(&checkpoint, root);
    let key = model_key(&checkpoint);
    let reporter = Reporter::new(context.quiet).listing(MOST_LISTED);
    let existing = existing.map(|Opened { collection, catalog }| (collection, catalog));
    let result = import.run(existing, &checkpoint, keep_model, &reporter);
    reporter.finish();
    let (counts, opened) = result?;
    let mut is_used = true;
    if let Some((collection, catalog)) = opened {
        is_used = catalog.last_model()?.as_ref() == Some(&key.id)
            && catalog.last_precision(&key.id)? == Some(Precision::F32);
        Library::new(collection, catalog, checkpoint).save_snapshot()?;
    }
    finish(&reporter, counts.unreachable.as_ref(), folder);
    if json {
        output::json(&counts)?;
    } else if !context.quiet {
        summarize(&counts);
    }
    let is_done = counts.imported + counts.kept > 0;
    if is_done && !is_used {
        // A part of a collection leaves what the whole is searched with.
        output::note(format_args!(
            "this folder is searched with another model or precision: to use rclip's vectors, pass --model {} --precision f32 \
             to `pixseek index {}` and to searches",
            quote::text(&key.id),
            quote::path(folder)
        ));
    }
    Ok(if is_done { Outcome::Done } else { Outcome::Nothing })
}

/// The checkpoint that is named, else the one that the folder is searched with or the settings name if it may be rclip's,
/// else rclip's own by its hub id.
fn choose(context: &Context, existing: Option<&Opened>, import: &RclipImport) -> Result<Checkpoint> {
    if context.model.is_some() {
        return context.checkpoint_in(existing, Precision::F32);
    }
    match context.checkpoint_in(existing, Precision::F32) {
        Ok(usual) if import.check_model(&usual).is_ok() => Ok(usual),
        _ => context.find_in(import.model(), Precision::F32),
    }
}

/// Where rclip keeps its index, as its `get_app_datadir` says.
fn default_database() -> Result<PathBuf> {
    let named = env::var_os(DATA_DIR_VAR).filter(|name| !name.is_empty());
    let data = match named {
        Some(data) => PathBuf::from(data),
        None => etcetera::home_dir().context("rclip's index: name it with --rclip DB")?.join(usual_folder()),
    };
    Ok(data.join(DATABASE))
}

/// rclip's data folder, relative to the home folder.
fn usual_folder() -> OsString {
    let parent = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else if cfg!(windows) {
        "AppData/Roaming"
    } else {
        ".local/share"
    };
    Path::new(parent).join("rclip").into()
}

fn summarize(counts: &RclipImported) {
    let RclipImported { imported, kept, skipped, pictures, left_out, agreement, .. } = counts;
    output::note(format_args!(
        "{pictures} pictures searchable: {imported} imported from rclip, {kept} had a vector already, {skipped} left out"
    ));
    let RclipLeftOut { outside, deleted, indexing, missing, changed, unreadable, seen_otherwise, bad_rows } =
        *left_out;
    let reasons: Vec<String> = [
        (deleted, "deleted for rclip"),
        (indexing, "not yet looked for by rclip"),
        (missing, "missing"),
        (changed, "changed since"),
        (unreadable, "unreadable"),
        (seen_otherwise, "seen otherwise by rclip (turned, transparent, raw or TIFF)"),
        (bad_rows, "with damaged rows"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, why)| format!("{count} {why}"))
    .collect();
    if !reasons.is_empty() {
        output::note(format_args!("left out: {}; `pixseek index` encodes what is there", reasons.join(", ")));
    }
    if outside > 0 {
        output::note(format_args!("{outside} pictures of rclip's index are outside the folder"));
    }
    if let Some(agreement) = agreement {
        output::note(format_args!(
            "{} pictures were encoded to compare: median cosine {:.4}, least {:.4}",
            agreement.compared, agreement.median, agreement.worst
        ));
    }
}
