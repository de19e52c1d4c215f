//! `pixseek status`: what is known of a folder.

use std::io::{self, Write};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::args::FolderArgs;
use super::context::Context;
use super::failures::{self, JsonFailure};
use super::indexed::NotSearchable;
use super::ocr::JsonTexts;
use super::omitted;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output::{self, Reader};
use super::store_status;
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
    /// Of the text in pictures, once some was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    texts: Option<JsonTexts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<Vec<JsonFailure>>,
}

pub(super) fn run(context: &Context, args: &StatusArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let folder = args.folder.path();
    if let Some((access, opened)) = context.opened_for_store(&folder)? {
        if args.failed {
            return Err(Usage(
                "--failed: each machine knows the pictures that it could not read; --store local lists those of this one".to_owned(),
            )
            .into());
        }
        return store_status::run(context, args.json, &access, opened);
    }
    let Some(opened) = Opened::find(&folder)? else {
        return Err(NotSearchable::not_indexed(&folder, None).into());
    };
    let key = context.stored_key(&opened, &folder)?;
    let Opened { collection, catalog } = opened;
    let prefix = collection.prefix_bytes();
    let Status { counts, index, bytes } = Status::read(&collection, &catalog, &key)?;
    let mut failures = if args.failed { catalog.failures(&prefix)? } else { Vec::new() };
    if args.failed {
        failures.extend(catalog.text_failures(&prefix)?);
    }
    let texts = catalog.text_counts(&prefix)?;
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
        texts: JsonTexts::of_pictures(texts, counts.pictures),
        failures: args.failed.then(|| failures.collect()),
    };
    if args.json {
        output::json(&status)?;
    } else {
        print(&mut io::stdout().lock(), &status)?;
    }
    Ok(Outcome::Done)
}

/// Prints a status for people.
fn print(out: &mut impl Write, status: &JsonStatus) -> io::Result<()> {
    let mut row = |name: &str, words: &str| writeln!(out, "{name:<12} {}", escape::text(words));
    row("Folder", &status.folder)?;
    if status.root != status.folder {
        row("Part of", &status.root)?;
    }
    let damaged = match status.damaged {
        0 => String::new(),
        1 => ", of which 1 is damaged".to_owned(),
        damaged => format!(", of which {damaged} are damaged"),
    };
    row("Pictures", &format!("{} searchable{damaged}", status.pictures))?;
    let lists = if status.failed + status.damaged > 0 { "; `--failed` lists what is wrong" } else { "" };
    row("Unreadable", &format!("{}{lists}", status.failed))?;
    let JsonStatus { model, precision, dimension, .. } = status;
    row("Model", &format!("{model}, in {precision}; {dimension} numbers describe a picture"))?;
    let searches = match status.index {
        "hnsw" => "the browser follows graphs; `search` compares every picture, unless with --approximate",
        _ => "compare every picture",
    };
    row("Searches", searches)?;
    row("Index", &format!("{:.1} MB in {}", status.bytes as f64 / 1e6, status.catalog))?;
    if let Some(words) = status.omitted.as_ref().and_then(omitted::in_words) {
        row("Left out", &words)?;
    }
    if let Some(JsonTexts { with_text, without, failed, left }) = &status.texts {
        let failed = match failed {
            0 => String::new(),
            failed => format!(", {failed} could not be read (`--failed` lists them)"),
        };
        let left = match left {
            0 => String::new(),
            left => format!(", {left} not looked at yet (`pixseek index --ocr`)"),
        };
        row("Text", &format!("in {with_text} pictures, none in {without}{failed}{left}"))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_plain_words() {
        let status = JsonStatus {
            root: "/photos".into(),
            folder: "/photos/2024".into(),
            pictures: 1234,
            failed: 2,
            damaged: 1,
            model: "a/b".into(),
            revision: "main".into(),
            precision: "int8".into(),
            dimension: 512,
            index: "flat",
            bytes: 1_234_567,
            catalog: "/data/catalog.db".into(),
            omitted: None,
            texts: None,
            failures: None,
        };
        let printed = |status: &JsonStatus| {
            let mut out = Vec::new();
            print(&mut out, status).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(&status),
            "\
Folder       /photos/2024
Part of      /photos
Pictures     1234 searchable, of which 1 is damaged
Unreadable   2; `--failed` lists what is wrong
Model        a/b, in int8; 512 numbers describe a picture
Searches     compare every picture
Index        1.2 MB in /data/catalog.db
"
        );
        let odd = JsonStatus { model: "a\u{1b}[31m".into(), index: "hnsw", ..status };
        assert!(!printed(&odd).contains('\u{1b}') && printed(&odd).contains("follows graphs"));
    }
}
