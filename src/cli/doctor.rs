//! `pixseek doctor`: what was found of the terminal, the machine, the models and an index, and why.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::browse;
use super::context::Context;
use super::doctor_index::{self, IndexReport};
use super::doctor_terminal::Line;
use super::outcome::Outcome;
use super::{doctor_terminal, output};
use crate::base::cpu::InstructionSet;
use crate::base::{dirs, escape, paths, quote};
use crate::clip::hub::{CachedModel, Hub};
use crate::clip::{check_derived_file, derived_files};
use crate::tui::GraphicsProtocol;

/// The arguments of `pixseek doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek doctor\n  pixseek doctor ~/photos --json\n  pixseek doctor --full           also compares the models with their checksums\n\nExit codes: 0 all is well; 1 something is broken."
)]
pub(super) struct DoctorArgs {
    /// The folder whose index is checked [default: ., if it is indexed].
    folder: Option<PathBuf>,
    /// How pictures would be drawn with this.
    #[arg(long, value_enum)]
    protocol: Option<GraphicsProtocol>,
    /// Compare the models on the disk with their checksums, too, which reads all of them.
    #[arg(long)]
    full: bool,
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
    /// Number of files derived from models that are whole.
    caches: usize,
    problems: Vec<String>,
    notes: Vec<String>,
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

pub(super) fn run(context: &Context, args: &DoctorArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    let hub = Hub::from_env();
    let default = hub.default_model();
    let cached = hub.cached();
    if args.full {
        for model in &cached {
            let damaged = hub.damaged_files(model);
            problems.extend(damaged.iter().map(|words| {
                format!(
                    "model '{}': {words}: run `pixseek models fetch {}`",
                    model.id,
                    quote::text(&model.id)
                )
            }));
        }
    }
    let model = |model: &CachedModel| ModelReport {
        default: model.id == default,
        bytes: model.bytes,
        id: model.id.clone(),
    };
    let models = cached.iter().map(model).collect();
    let report = Report {
        version: env!("CARGO_PKG_VERSION"),
        terminal: doctor_terminal::examine(browse::protocol(context, args.protocol)),
        machine: machine(context),
        models,
        caches: caches(&cached, &mut problems),
        index: doctor_index::examine(context, args.folder.as_deref(), &mut problems, &mut notes),
        problems,
        notes,
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

/// Checks the files that were derived from models, and counts those that are whole.
fn caches(models: &[CachedModel], problems: &mut Vec<String>) -> usize {
    let folders: Vec<PathBuf> = models.iter().map(|model| model.folder.clone()).collect();
    let mut whole = 0;
    for path in derived_files(&folders) {
        match check_derived_file(&path) {
            Ok(()) => whole += 1,
            Err(words) => {
                problems
                    .push(format!("'{}': {words}: it is made anew when it is needed", paths::display(&path)));
            }
        }
    }
    whole
}

fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let Report { version, terminal, machine, models, index, caches: _, problems, notes } = report;
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
        let lines = doctor_index::lines(index);
        section(out, "Index", &lines)?;
    }
    if !notes.is_empty() {
        let notes: Vec<Line> = notes.iter().map(|note| ("", note.clone())).collect();
        section(out, "Notes", &notes)?;
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
