//! `pixseek status` of a folder that is in a store.

use std::io::{self, Write};

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::context::Context;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output;
use crate::base::escape;
use crate::library::{self, RunState, SharedStatus, StoreAccess, model_key};

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonStoreStatus {
    root: String,
    folder: String,
    pictures: usize,
    failed: usize,
    model: String,
    revision: String,
    precision: String,
    dimension: usize,
    index: String,
    store: String,
    /// The name of the folder's root in the store.
    store_root: String,
    /// How far the machines are that bring it in.
    machines: Vec<RunState>,
}

pub(super) fn run(context: &Context, json: bool, access: &StoreAccess, opened: Opened) -> Result<Outcome> {
    let key = model_key(&context.checkpoint_of_store(access, &opened)?);
    let place = context.place_of(&opened.collection);
    let SharedStatus { pictures, index, runs } = library::shared_status(access, place.clone(), &key)?;
    let status = JsonStoreStatus {
        root: opened.collection.root.to_string_lossy().into(),
        folder: opened.collection.folder().to_string_lossy().into(),
        pictures,
        failed: runs.iter().map(|run| run.failed).sum(),
        model: key.id,
        revision: key.revision,
        precision: key.precision.to_string(),
        dimension: key.dimension,
        index,
        store: access.url.to_string(),
        store_root: place.root,
        machines: runs,
    };
    if json {
        output::json(&status)?;
    } else {
        print(&mut io::stdout().lock(), &status)?;
    }
    Ok(Outcome::Done)
}

/// Prints a status for people.
fn print(out: &mut impl Write, status: &JsonStoreStatus) -> io::Result<()> {
    let mut row = |name: &str, words: &str| writeln!(out, "{name:<12} {}", escape::text(words));
    row("Folder", &status.folder)?;
    row("Store", &format!("{}, root '{}'", status.store, status.store_root))?;
    row("Pictures", &format!("{} searchable", status.pictures))?;
    let JsonStoreStatus { model, precision, dimension, .. } = status;
    row("Model", &format!("{model}, in {precision}; {dimension} numbers describe a picture"))?;
    row("Searches", &format!("by the server's index {}", status.index))?;
    for run in &status.machines {
        let part = run.shard.as_deref().map(|shard| format!("part {shard}, ")).unwrap_or_default();
        let state = if run.finished { "done" } else { "under way or stopped" };
        let failed = if run.failed > 0 { format!(", {} unreadable", run.failed) } else { String::new() };
        let words = format!(
            "{part}{}: {} in the store, {} of {} files read{failed}; {state} at {}",
            run.host,
            run.stored,
            run.done,
            run.total,
            time(run.updated)
        );
        row("Machine", &words)?;
    }
    out.flush()
}

/// A time in the time zone of the user.
fn time(seconds: i64) -> String {
    let Ok(time) = Timestamp::from_second(seconds) else { return "an unknown time".to_owned() };
    time.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
