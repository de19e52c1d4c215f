//! `pixseek status`: what is known of a folder.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::context::Context;
use super::failures::{self, JsonFailure};
use super::indexed::NotSearchable;
use super::omitted;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Reader};
use crate::base::{escape, paths};
use crate::library::{IndexKind, Omitted, Status};

/// The arguments of `pixseek status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek status ~/photos\n  pixseek status ~/photos --failed")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
    /// List the pictures that could not be read, or only in part, by what is wrong with them.
    #[arg(long)]
    pub(super) failed: bool,
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonStatus {
    root: String,
    folder: String,
    pictures: usize,
    failed: usize,
    damaged: usize,
    model: String,
    revision: String,
    precision: String,
    dimension: usize,
    index: &'static str,
    bytes: u64,
    catalog: String,
    /// Of the last run over the whole collection.
    #[serde(rename = "left_out", skip_serializing_if = "Option::is_none")]
    omitted: Option<Omitted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<JsonFailure>>,
}

pub(super) fn run(context: &Context, args: &StatusArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
    let Some(opened) = Opened::find(&folder)? else {
        return Err(NotSearchable::not_indexed(&folder, None).into());
    };
    let key = context.stored_key(&opened, &folder)?;
    let Opened { collection, catalog } = opened;
    let prefix = collection.prefix_bytes();
    let Status { counts, index, bytes } = Status::read(&collection, &catalog, &key)?;
    let mut failures = if args.failed { catalog.failures(&prefix)? } else { Vec::new() };
    let boundary = collection.boundary(&catalog)?;
    let mut printable = boundary.printable();
    failures.retain(|failure| printable.allows(&paths::from_bytes(&failure.path)));
    failures::sort(&mut failures);
    if args.failed && !args.json {
        failures::print(&mut io::stdout().lock(), &collection.root, &failures, Reader::of_stdout())?;
        return Ok(Outcome::Done);
    }
    let failures = failures.iter().map(|failure| JsonFailure::new(&collection.root, failure));
    let status = JsonStatus {
        root: collection.root.to_string_lossy().into(),
        folder: collection.folder().to_string_lossy().into(),
        pictures: counts.pictures,
        failed: counts.failed,
        damaged: counts.damaged,
        model: key.id,
        revision: key.revision,
        precision: key.precision.to_string(),
        dimension: key.dimension,
        index: match index {
            IndexKind::Flat => "flat",
            IndexKind::Hnsw => "hnsw",
        },
        bytes,
        catalog: collection.catalog_path().to_string_lossy().into(),
        omitted: catalog.omitted()?,
        failures: args.failed.then(|| failures.collect()),
    };
    if args.json {
        output::json(&status)?;
    } else {
        print(&mut io::stdout().lock(), &status)?;
    }
    Ok(Outcome::Done)
}

fn print(out: &mut impl Write, status: &JsonStatus) -> io::Result<()> {
    writeln!(out, "folder      {}", escape::text(&status.folder))?;
    if status.root != status.folder {
        writeln!(out, "part of     {}", escape::text(&status.root))?;
    }
    writeln!(out, "pictures    {}", status.pictures)?;
    if status.damaged > 0 {
        writeln!(out, "damaged     {} of them", status.damaged)?;
    }
    writeln!(out, "unreadable  {}", status.failed)?;
    let (model, precision) = (escape::text(&status.model), escape::text(&status.precision));
    writeln!(out, "model       {model} ({precision}, dimension {})", status.dimension)?;
    writeln!(out, "index       {}", status.index)?;
    let catalog = escape::text(&status.catalog);
    writeln!(out, "catalogue   {catalog} ({:.1} MB)", status.bytes as f64 / 1e6)?;
    if let Some(words) = status.omitted.as_ref().and_then(omitted::in_words) {
        writeln!(out, "left out    {words}")?;
    }
    out.flush()
}
