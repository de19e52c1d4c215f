//! `pixseek status`: what is known of a folder.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::context::Context;
use super::indexed::NotSearchable;
use super::left_out;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Reader};
use crate::base::{escape, paths};
use crate::library::{IndexKind, LeftOut, Status};

/// The arguments of `pixseek status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek status ~/photos\n  pixseek status ~/photos --failed")]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
    /// List the pictures that could not be read, with the reasons.
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
    model: String,
    revision: String,
    precision: String,
    dimension: usize,
    index: &'static str,
    bytes: u64,
    catalog: String,
    /// Of the last run over the whole collection.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<LeftOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<JsonFailure>>,
}

#[derive(Serialize)]
struct JsonFailure {
    /// Lossy where the name is not UTF-8.
    path: String,
    /// Base64 of the true bytes, only where `path` is lossy.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    reason: String,
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
    failures.retain(|(path, _)| printable.allows(&paths::from_bytes(path)));
    if args.failed && !args.json {
        print_failures(&mut io::stdout().lock(), &collection.root, &failures)?;
        return Ok(Outcome::Done);
    }
    let failures = failures.into_iter().map(|(path, reason)| {
        let path = collection.root.join(paths::from_bytes(&path));
        JsonFailure { path: path.to_string_lossy().into(), path_bytes: output::odd_bytes(&path), reason }
    });
    let status = JsonStatus {
        root: collection.root.to_string_lossy().into(),
        folder: collection.folder().to_string_lossy().into(),
        pictures: counts.pictures,
        failed: counts.failed,
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
        left_out: catalog.left_out()?,
        failures: args.failed.then(|| failures.collect()),
    };
    if args.json {
        output::json(&status)?;
    } else {
        print(&mut io::stdout().lock(), &status)?;
    }
    Ok(Outcome::Done)
}

/// A line each: path and reason; a path's own bytes are for programs.
fn print_failures(out: &mut impl Write, root: &Path, failures: &[(Vec<u8>, String)]) -> io::Result<()> {
    let reader = Reader::of_stdout();
    for (path, reason) in failures {
        let path = root.join(paths::from_bytes(path));
        output::line(out, &path, b'\t', reader)?;
        writeln!(out, "{}", escape::text(reason))?;
    }
    out.flush()
}

fn print(out: &mut impl Write, status: &JsonStatus) -> io::Result<()> {
    writeln!(out, "folder      {}", escape::text(&status.folder))?;
    if status.root != status.folder {
        writeln!(out, "part of     {}", escape::text(&status.root))?;
    }
    writeln!(out, "pictures    {}", status.pictures)?;
    writeln!(out, "unreadable  {}", status.failed)?;
    let (model, precision) = (escape::text(&status.model), escape::text(&status.precision));
    writeln!(out, "model       {model} ({precision}, dimension {})", status.dimension)?;
    writeln!(out, "index       {}", status.index)?;
    let catalog = escape::text(&status.catalog);
    writeln!(out, "catalogue   {catalog} ({:.1} MB)", status.bytes as f64 / 1e6)?;
    if let Some(words) = status.left_out.as_ref().and_then(left_out::in_words) {
        writeln!(out, "left out    {words}")?;
    }
    out.flush()
}
