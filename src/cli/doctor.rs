//! `pixseek doctor`: what was found of the terminal, the machine, the models and an index, and why.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::browse;
use super::context::Context;
use super::doctor_terminal::Line;
use super::opened::Opened;
use super::outcome::Outcome;
use super::{doctor_terminal, output};
use crate::base::cpu::InstructionSet;
use crate::base::{dirs, escape, paths};
use crate::catalog::Counts;
use crate::clip::hub::Hub;
use crate::library::{IndexHealth, Status};
use crate::tui::GraphicsProtocol;

/// The arguments of `pixseek doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek doctor\n  pixseek doctor ~/photos --json\n\nExit codes: 0 all is well; 1 something is broken."
)]
pub(super) struct DoctorArgs {
    /// The folder whose index is checked [default: ., if it is indexed].
    folder: Option<PathBuf>,
    /// How pictures would be drawn with this.
    #[arg(long, value_enum)]
    protocol: Option<GraphicsProtocol>,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct Report {
    version: &'static str,
    terminal: doctor_terminal::TerminalReport,
    machine: MachineReport,
    models: Vec<ModelReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexReport>,
    problems: Vec<String>,
}

/// The machine.
#[derive(Serialize)]
struct MachineReport {
    cpu: &'static str,
    /// The instruction sets that the CPU has, by the names of `PIXSEEK_CPU`.
    cpu_features: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    threads: usize,
    precision: String,
    /// What reads text in pictures, and when; or why nothing can.
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<String>,
}

/// A model on the disk.
#[derive(Serialize)]
struct ModelReport {
    id: String,
    bytes: u64,
    default: bool,
}

/// An index.
#[derive(Serialize, Default)]
struct IndexReport {
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
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let mut problems = Vec::new();
    let hub = Hub::from_env();
    let default = hub.default_model();
    let models = hub.cached().into_iter();
    let models = models
        .map(|model| ModelReport { default: model.id == default, bytes: model.bytes, id: model.id })
        .collect();
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        terminal: doctor_terminal::examine(browse::protocol(context, args.protocol)),
        machine: machine(context),
        models,
        index: index(context, args.folder.as_deref(), &mut problems),
        problems,
    };
    if args.json {
        output::json(&report)?;
    } else {
        print(&mut io::stdout().lock(), &report)?;
    }
    Ok(if report.problems.is_empty() { Outcome::Done } else { Outcome::Nothing })
}

fn machine(context: &Context) -> MachineReport {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let settings = paths::config_file().ok().filter(|path| path.is_file());
    MachineReport {
        cpu: InstructionSet::in_use().as_str(),
        cpu_features: InstructionSet::supported().map(InstructionSet::as_str).collect(),
        cap: std::env::var("PIXSEEK_CPU").ok().filter(|cap| !cap.is_empty()),
        threads: rayon::current_num_threads(),
        precision: context.precision.map_or_else(|| "auto".to_owned(), |precision| precision.to_string()),
        text: context.text_reader_in_words(),
        data: dirs::data_dir().ok().map(text),
        settings: settings.map(text),
    }
}

/// Examines the index of a folder. Without a folder, that of the current one, if it has one.
fn index(context: &Context, folder: Option<&Path>, problems: &mut Vec<String>) -> Option<IndexReport> {
    let path = folder.unwrap_or(Path::new("."));
    let mut report = IndexReport { folder: path.to_string_lossy().into_owned(), ..IndexReport::default() };
    let opened = match Opened::find(path) {
        Ok(Some(opened)) => opened,
        Ok(None) => return folder.map(|_| report),
        Err(error) => {
            problems.push(super::advice::explain(&error));
            return Some(report);
        }
    };
    report.indexed = true;
    report.folder = opened.collection.folder().to_string_lossy().into_owned();
    report.catalog = Some(opened.collection.catalog_path().to_string_lossy().into_owned());
    let mut examine = || -> Result<()> {
        let key = context.stored_key(&opened, path)?;
        report.model = Some(key.id.clone());
        report.revision = Some(key.revision.clone());
        report.precision = Some(key.precision.to_string());
        report.dimension = Some(key.dimension);
        let Status { counts, bytes, .. } = Status::read(&opened.collection, &opened.catalog, &key)?;
        let Counts { pictures, failed, damaged } = counts;
        (report.pictures, report.failed, report.damaged, report.bytes) = (pictures, failed, damaged, bytes);
        let health = IndexHealth::check(&opened.collection, &opened.catalog, &key)?;
        (report.graphs, report.snapshot_rows) = (health.graphs, health.snapshot);
        let advice = "it is made anew when it is needed; `pixseek index` does so now";
        problems.extend(health.damaged.iter().map(|words| format!("{words}: {advice}")));
        Ok(())
    };
    if let Err(error) = examine() {
        problems.push(super::advice::explain(&error));
    }
    Some(report)
}

fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { version, terminal, machine, models, index, problems } = report;
    writeln!(out, "pixseek {version}")?;
    section(out, "Terminal", &doctor_terminal::lines(terminal))?;
    let unknown = || "not known: set HOME".to_owned();
    let cap = machine.cap.as_ref().map(|cap| format!(", capped by PIXSEEK_CPU={cap}")).unwrap_or_default();
    let precision = match machine.precision.as_str() {
        "auto" => "auto: the fastest that is near enough to f32 with the model",
        chosen => chosen,
    };
    section(
        out,
        "Machine",
        &[
            ("CPU", format!("{} in use{cap}, {} threads", machine.cpu, machine.threads)),
            ("has", machine.cpu_features.join(", ")),
            ("precision", precision.to_owned()),
            ("text", machine.text.clone()),
            ("data", machine.data.clone().unwrap_or_else(unknown)),
            ("settings", machine.settings.clone().unwrap_or_else(|| "no file, all are the defaults".into())),
        ],
    )?;
    let mut here: Vec<Line> = models
        .iter()
        .map(|model| {
            let default = if model.default { ", the default" } else { "" };
            ("", format!("{} ({:.0} MB{default})", model.id, model.bytes as f64 / 1e6))
        })
        .collect();
    if here.is_empty() {
        here.push(("", "none: `pixseek models fetch` gets one, `pixseek demo` needs none".to_owned()));
    }
    section(out, "Models on the disk", &here)?;
    if let Some(index) = index {
        let mut lines = vec![("folder", index.folder.clone())];
        if index.indexed {
            lines.extend(index.catalog.clone().map(|path| ("catalogue", path)));
            let key = index.model.iter().zip(&index.precision);
            lines.extend(key.map(|(model, precision)| ("model", format!("{model}, in {precision}"))));
            let IndexReport { pictures, failed, damaged, .. } = index;
            let counts = format!("{pictures} searchable ({damaged} damaged), {failed} unreadable");
            lines.push(("pictures", counts));
            lines.push(("size", format!("{:.1} MB", index.bytes as f64 / 1e6)));
            lines.push(("graphs", index.graphs.to_string()));
            let snapshot = index.snapshot_rows.map_or_else(|| "none".into(), |rows| format!("{rows} rows"));
            lines.push(("snapshot", snapshot));
        } else {
            lines.push(("index", "there is none: `pixseek index FOLDER` makes one".to_owned()));
        }
        section(out, "Index", &lines)?;
    }
    if problems.is_empty() {
        writeln!(out, "\nNothing is broken.")?;
    } else {
        let problems: Vec<Line> = problems.iter().map(|problem| ("", problem.clone())).collect();
        section(out, "Problems", &problems)?;
    }
    out.flush()
}

fn section(out: &mut impl Write, heading: &str, lines: &[Line]) -> io::Result<()> {
    writeln!(out, "\n{heading}")?;
    for (name, text) in lines {
        let text = escape::text(text);
        if name.is_empty() {
            writeln!(out, "  {text}")?;
        } else {
            writeln!(out, "  {name:<11} {text}")?;
        }
    }
    Ok(())
}
