//! `pixseek mcp`: pictures for agents, over the Model Context Protocol.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueHint};

use super::advice;
use super::context::Context;
use super::outcome::{Outcome, Usage};
use crate::base::paths;
use crate::library::{Collection, Library};
use crate::mcp::{self, Source};
use crate::query::Query;

/// The arguments of `pixseek mcp`.
#[derive(Debug, Args)]
#[command(after_help = "\
Agents then search, compare and look at the pictures of these folders, and of no others. Nothing is changed. The folders are \
indexed before, by `pixseek index`. Messages go to standard error.

Examples:
  claude mcp add pixseek -- pixseek mcp ~/photos
  {\"mcpServers\": {\"pixseek\":
    {\"command\": \"pixseek\", \"args\": [\"mcp\", \"/home/me/photos\"]}}}")]
pub(super) struct McpArgs {
    /// The folders that may be looked at [default: all that are indexed]
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(super) folders: Vec<PathBuf>,
}

pub(super) fn run(context: Context, args: McpArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let canonical = |folder: &PathBuf| {
        let shown = paths::display(folder);
        let found = paths::canonicalize(folder).with_context(|| format!("folder '{shown}'"))?;
        if !found.is_dir() {
            return Err(Usage(format!("'{shown}' is no folder")).into());
        }
        Ok(found)
    };
    let folders = args.folders.iter().map(canonical).collect::<Result<Vec<_>>>()?;
    mcp::serve(Folders { context, given: folders })?;
    Ok(Outcome::Done)
}

/// The folders that were given, or all that are indexed, opened as `search` opens them.
struct Folders {
    context: Context,
    /// Canonical.
    given: Vec<PathBuf>,
}

impl Source for Folders {
    fn folders(&self) -> Result<Vec<PathBuf>> {
        if !self.given.is_empty() {
            return Ok(self.given.clone());
        }
        Ok(Collection::all()?.into_iter().map(|(root, _)| root).filter(|root| root.is_dir()).collect())
    }

    fn open(&self, folder: &Path) -> Result<Library> {
        self.context.open_indexed(folder, false)
    }

    fn read_query(&self, text: &str) -> Result<Query> {
        Ok(self.context.read_query(text)?.query)
    }

    fn in_words(&self, error: &anyhow::Error) -> String {
        advice::explain(error).to_string()
    }
}
