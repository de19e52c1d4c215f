//! `pixseek models`: lists, downloads and finds models.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::Context;
use super::fetch_bar::FetchBar;
use super::outcome::Outcome;
use super::output::{self, Reader};
use crate::base::{escape, paths};
use crate::clip::hub::{self, Hub};
use crate::clip::{DEFAULT_MODEL, DEMO_MODEL};

/// The arguments of `pixseek models`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek models\n  pixseek models fetch openai/clip-vit-base-patch32")]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    pub(super) command: Option<ModelsCommand>,
    /// Print one JSON object a line.
    #[arg(long)]
    pub(super) json: bool,
}

/// The commands about models.
#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// List the known models and those already here.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Download a model from the Hugging Face hub.
    Fetch {
        /// The Hugging Face id, such as openai/clip-vit-base-patch32.
        id: String,
    },
    /// Print the folder that a downloaded model is in.
    Path {
        /// The Hugging Face id, such as openai/clip-vit-base-patch32.
        id: String,
    },
}

/// What `list --json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonModel {
    id: String,
    /// `bundled`, `downloaded` or `not downloaded`.
    state: &'static str,
    default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    about: String,
}

pub(super) fn run(context: &Context, args: &ModelsArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match &args.command {
        None => list(args.json),
        Some(ModelsCommand::List { json }) => list(*json || args.json),
        Some(ModelsCommand::Fetch { id }) => fetch(context, id),
        Some(ModelsCommand::Path { id }) => path(id),
    }
}

fn list(json: bool) -> Result<Outcome> {
    let models = models();
    let mut out = io::stdout().lock();
    if json {
        models.iter().try_for_each(output::json)?;
        return Ok(Outcome::Done);
    }
    let width = models.iter().map(|model| model.id.len()).max().unwrap_or_default();
    for JsonModel { id, state, default, about, .. } in &models {
        let (id, about) = (escape::text(id), escape::text(about));
        let mark = if *default { '*' } else { ' ' };
        writeln!(out, "{mark} {id:width$}  {state:14}  {about}")?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Lists the bundled model, the models known by name, and whatever else the cache holds.
fn models() -> Vec<JsonModel> {
    let mut cached = Hub::from_env().cached();
    let mut models = vec![JsonModel {
        id: DEMO_MODEL.to_owned(),
        state: "bundled",
        default: false,
        revision: None,
        bytes: None,
        about: "for the demo gallery and for tests, not for photos".to_owned(),
    }];
    for known in hub::known() {
        let here = cached.iter().position(|model| model.id == known.id).map(|at| cached.remove(at));
        models.push(JsonModel {
            id: known.id.to_owned(),
            state: if here.is_some() { "downloaded" } else { "not downloaded" },
            default: known.id == DEFAULT_MODEL,
            bytes: here.as_ref().map(|model| model.bytes),
            revision: here.map(|model| model.revision),
            about: known.about.to_owned(),
        });
    }
    models.extend(cached.into_iter().map(|model| JsonModel {
        about: format!("{:.0} MB", model.bytes as f64 / 1e6),
        id: model.id,
        state: "downloaded",
        default: false,
        revision: Some(model.revision),
        bytes: Some(model.bytes),
    }));
    models
}

pub(super) fn fetch(context: &Context, id: &str) -> Result<Outcome> {
    if id == DEMO_MODEL {
        output::note(format_args!("model '{DEMO_MODEL}' is part of the program"));
        return Ok(Outcome::Done);
    }
    let shown = FetchBar::new(context.quiet);
    let result = Hub::from_env().fetch(id, &|event| shown.show(event));
    shown.finish();
    let folder = result?;
    if !context.quiet {
        output::note(format_args!("model '{id}' is in '{}'", paths::display(&folder)));
    }
    Ok(Outcome::Done)
}

fn path(id: &str) -> Result<Outcome> {
    if id == DEMO_MODEL {
        anyhow::bail!("model '{DEMO_MODEL}' is part of the program: it has no folder");
    }
    let mut out = io::stdout().lock();
    output::line(&mut out, &Hub::from_env().find(id)?.folder, b'\n', Reader::of_stdout())?;
    out.flush()?;
    Ok(Outcome::Done)
}
