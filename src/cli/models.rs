//! `pixseek models`: lists, downloads and finds models.

use std::io::{self, Write};

use anyhow::Result;
use clap::{Args, Subcommand};

use super::candidates;
use super::context::Context;
use super::fetch_bar::FetchBar;
use super::model_list;
use super::outcome::Outcome;
use super::output::{self, Reader};
use crate::base::{paths, quote};
use crate::clip::hub::{self, Hub};
use crate::clip::{DEFAULT_MODEL, DEMO_MODEL};

/// The arguments of `pixseek models`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek models\n  pixseek models fetch\n  pixseek models fetch openai/clip-vit-base-patch32"
)]
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
    /// List the known models and those already here: licence, languages, size, cost and published figures.
    List {
        /// Print one JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Download a model from the Hugging Face hub.
    Fetch {
        /// The Hugging Face id, such as openai/clip-vit-base-patch32; the recommended model without it.
        #[arg(add = candidates::model())]
        id: Option<String>,
        /// Accept a licence that restricts the model's use, without being asked.
        #[arg(long, short = 'y')]
        yes: bool,
    },
    /// Print the folder that a downloaded model is in.
    Path {
        /// The Hugging Face id, such as openai/clip-vit-base-patch32.
        #[arg(add = candidates::model())]
        id: String,
    },
}

pub(super) fn run(context: &Context, args: &ModelsArgs) -> Result<Outcome> {
    context.log_to_stderr();
    match &args.command {
        None => model_list::print(args.json),
        Some(ModelsCommand::List { json }) => model_list::print(*json || args.json),
        Some(ModelsCommand::Fetch { id, yes }) => {
            fetch(context, id.as_deref().unwrap_or(DEFAULT_MODEL), *yes)
        }
        Some(ModelsCommand::Path { id }) => path(id),
    }
}

/// Downloads a model. With `yes`, every licence is accepted.
pub(super) fn fetch(context: &Context, id: &str, yes: bool) -> Result<Outcome> {
    if id == DEMO_MODEL {
        output::note(format_args!("model '{DEMO_MODEL}' is part of the program"));
        return Ok(Outcome::Done);
    }
    check_runnable(id)?;
    let hub = Hub::from_env();
    let shown = FetchBar::new(context.quiet, yes, &hub.endpoint);
    let result = hub.fetch(id, &shown);
    shown.finish();
    let folder = result?;
    if !context.quiet {
        output::note(format_args!("model '{id}' is in '{}'", paths::display(&folder)));
    }
    Ok(Outcome::Done)
}

/// Checks that this version can run a model, as far as the table knows.
///
/// # Errors
/// When it can't.
pub(super) fn check_runnable(id: &str) -> Result<()> {
    if hub::find_known(id).is_some_and(|known| !known.is_supported()) {
        anyhow::bail!(
            "this version of pixseek can't run model '{id}': `pixseek models` lists those that it can"
        );
    }
    Ok(())
}

/// The command that downloads a model, quoted for people.
pub(super) fn fetch_command(id: &str) -> String {
    match id {
        DEFAULT_MODEL => "`pixseek models fetch`".to_owned(),
        id => format!("`pixseek models fetch {}`", quote::text(id)),
    }
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
