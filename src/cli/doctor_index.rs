//! The index's part of `pixseek doctor`.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::advice;
use super::context::Context;
use super::doctor_terminal::Line;
use super::opened::Opened;
use crate::base::quote;
use crate::catalog::Counts;
use crate::library::{Checkup, Collection, Finding, Status, Subject};

/// What was found of an index. What is not known is left out.
#[derive(Serialize, Default)]
pub(super) struct IndexReport {
    folder: String,
    indexed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimension: Option<usize>,
    pictures: usize,
    failed: usize,
    damaged: usize,
    bytes: u64,
    graphs: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_rows: Option<usize>,
    /// Of all models.
    vectors: usize,
    vectors_damaged: usize,
    vectors_without_checksum: usize,
    /// What another process is writing.
    busy: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_bytes: Option<u64>,
}

/// Examines the index of a folder. Without a folder, that of the current one, if it has one.
pub(super) fn examine(
    context: &Context,
    folder: Option<&Path>,
    problems: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Option<IndexReport> {
    let path = folder.unwrap_or(Path::new("."));
    let mut report = IndexReport { folder: path.to_string_lossy().into_owned(), ..IndexReport::default() };
    let collection = match Collection::find(path) {
        Ok(Some(collection)) => collection,
        Ok(None) => return folder.map(|_| report),
        Err(error) => {
            problems.push(advice::explain(&error.into()));
            return Some(report);
        }
    };
    report.indexed = true;
    report.folder = collection.folder().to_string_lossy().into_owned();
    report.catalog = Some(collection.catalog_path().to_string_lossy().into_owned());
    if let Err(error) = fill(context, collection, path, &mut report, problems, notes) {
        problems.push(advice::explain(&error));
    }
    Some(report)
}

fn fill(
    context: &Context,
    collection: Collection,
    path: &Path,
    report: &mut IndexReport,
    problems: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let opened = Opened { catalog: collection.catalog()?, collection };
    // A collection that was only begun has no vectors of any model, and is checked all the same.
    let key = context.stored_key(&opened, path);
    let checkup = Checkup::of(&opened.collection, &opened.catalog, key.as_ref().ok())?;
    (report.graphs, report.snapshot_rows) = (checkup.graphs, checkup.snapshot);
    (report.vectors, report.vectors_damaged) = (checkup.vectors.vectors, checkup.vectors.damaged.len());
    report.vectors_without_checksum = checkup.vectors.without_checksum;
    (report.busy, report.free_bytes) = (checkup.busy.clone(), checkup.free);
    for finding in &checkup.findings {
        let words = format!("{}: {}", finding.words, what_to_do(finding, path));
        if finding.is_problem() { problems.push(words) } else { notes.push(words) }
    }
    let key = key?;
    report.model = Some(key.id.clone());
    report.revision = Some(key.revision.clone());
    report.precision = Some(key.precision.to_string());
    report.dimension = Some(key.dimension);
    let Status { counts, bytes, .. } = Status::read(&opened.collection, &opened.catalog, &key)?;
    let Counts { pictures, failed, damaged } = counts;
    (report.pictures, report.failed, report.damaged, report.bytes) = (pictures, failed, damaged, bytes);
    Ok(())
}

/// What can be done about a finding in the index of a folder.
fn what_to_do(finding: &Finding, folder: &Path) -> String {
    let folder = quote::path(folder);
    match finding.subject {
        Subject::Catalog => format!("`pixseek repair {folder}` keeps what can be read"),
        Subject::Vectors => format!("`pixseek index {folder}` makes it anew"),
        Subject::Derived => {
            format!("it is made anew when it is needed; `pixseek repair {folder}` does so now")
        }
        Subject::LeftOver => format!("`pixseek repair {folder}` removes it"),
        Subject::OpenToOthers => "take the access from them with chmod".to_owned(),
        Subject::NotWritable => "check the permissions, and whether the disk is mounted read-only".to_owned(),
        Subject::ReadOnly => "it can be searched all the same".to_owned(),
        Subject::Room => "free some space".to_owned(),
    }
}

/// The report in words.
pub(super) fn lines(report: &IndexReport) -> Vec<Line> {
    let mut lines = vec![("folder", report.folder.clone())];
    if !report.indexed {
        lines.push(("index", "there is none: `pixseek index FOLDER` makes one".to_owned()));
        return lines;
    }
    lines.extend(report.catalog.clone().map(|path| ("catalogue", path)));
    let key = report.model.iter().zip(&report.precision);
    lines.extend(key.map(|(model, precision)| ("model", format!("{model}, in {precision}"))));
    let IndexReport { pictures, failed, damaged, .. } = report;
    lines.push(("pictures", format!("{pictures} searchable ({damaged} damaged), {failed} unreadable")));
    let without = match report.vectors_without_checksum {
        0 => String::new(),
        count => format!(", {count} have no checksum until the next `pixseek index`"),
    };
    lines.push((
        "vectors",
        format!("{}, of which {} are damaged{without}", report.vectors, report.vectors_damaged),
    ));
    let free = report.free_bytes.map(|bytes| format!("; {:.1} GB are free", bytes as f64 / 1e9));
    lines.push(("size", format!("{:.1} MB{}", report.bytes as f64 / 1e6, free.unwrap_or_default())));
    lines.push(("graphs", report.graphs.to_string()));
    let snapshot = report.snapshot_rows.map_or_else(|| "none".into(), |rows| format!("{rows} rows"));
    lines.push(("snapshot", snapshot));
    if !report.busy.is_empty() {
        lines.push(("busy", format!("another pixseek is writing {}", report.busy.join(" and "))));
    }
    lines
}
