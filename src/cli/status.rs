//! `pixseek status`: what is known of a folder.

use std::io::{self, Write};

use anyhow::{Result, bail};
use serde::Serialize;

use super::Outcome;
use super::args::StatusArgs;
use super::context::{Context, folder_of, quoted};
use super::output;
use crate::collection::{self, Collection};
use crate::paths;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<JsonFailure>>,
}

#[derive(Serialize)]
struct JsonFailure {
    path: String,
    reason: String,
}

pub(super) fn run(context: &Context, args: &StatusArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    let Some(collection) = Collection::find(&folder)? else {
        bail!("folder '{}' is not indexed: run `pixseek index {}`", paths::display(&folder), quoted(&folder));
    };
    let catalog = collection.catalog()?;
    let prefix = collection.prefix_bytes();
    let key = collection::model_key(&context.checkpoint(Some(&catalog))?);
    let counts = catalog.counts(catalog.find_model(&key)?, &prefix)?;
    let failures = if args.failed { catalog.failures(&prefix)? } else { Vec::new() };
    let failures: Vec<JsonFailure> = failures
        .into_iter()
        .map(|(path, reason)| JsonFailure {
            path: paths::display(&collection.root.join(paths::from_bytes(&path))),
            reason,
        })
        .collect();
    let status = JsonStatus {
        root: collection.root.to_string_lossy().into(),
        folder: collection.folder().to_string_lossy().into(),
        pictures: counts.pictures,
        failed: counts.failed,
        model: key.id,
        revision: key.revision,
        precision: key.precision,
        dimension: key.dimension,
        index: "flat",
        bytes: catalog.bytes(),
        catalog: collection.catalog_path().to_string_lossy().into(),
        failures: args.failed.then_some(failures),
    };
    if args.json {
        output::json(&status)?;
    } else {
        print(&mut io::stdout().lock(), &status)?;
    }
    Ok(Outcome::Done)
}

fn print(out: &mut impl Write, status: &JsonStatus) -> io::Result<()> {
    if let Some(failures) = &status.failures {
        for JsonFailure { path, reason } in failures {
            writeln!(out, "{path}\t{reason}")?;
        }
        return out.flush();
    }
    writeln!(out, "folder      {}", status.folder)?;
    if status.root != status.folder {
        writeln!(out, "part of     {}", status.root)?;
    }
    writeln!(out, "pictures    {}", status.pictures)?;
    writeln!(out, "unreadable  {}", status.failed)?;
    writeln!(out, "model       {} ({}, dimension {})", status.model, status.precision, status.dimension)?;
    writeln!(out, "index       {}", status.index)?;
    writeln!(out, "catalogue   {} ({:.1} MB)", status.catalog, status.bytes as f64 / 1e6)?;
    out.flush()
}
