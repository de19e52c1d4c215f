//! `pixseek embed`: the embedding of a text or a picture.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

use super::candidates;
use super::context::Context;
use super::outcome::{Outcome, Usage};
use super::output;
use crate::base::escape;
use crate::clip::{Checkpoint, Embedding};
use crate::library::embed_picture;
use crate::query;

/// The arguments of `pixseek embed`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  pixseek embed --text 'a red car' --json\n  pixseek embed --image car.jpg --model demo"
)]
#[group(skip)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["text", "image"]))]
pub(super) struct EmbedArgs {
    /// The text to embed.
    #[arg(long, value_name = "TEXT")]
    pub(super) text: Option<String>,
    /// The picture to embed.
    #[arg(long, value_name = "FILE", add = candidates::picture())]
    pub(super) image: Option<PathBuf>,
    /// Print a JSON object with model, precision, dimension and embedding instead of one number a line.
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--json` prints; scripts depend on these names.
#[derive(Serialize)]
struct JsonEmbedding<'a> {
    model: &'a str,
    precision: &'a str,
    dimension: usize,
    embedding: &'a [f32],
}

/// Embeds a text, and says what the model does not read of it.
fn embed_text(context: &Context, checkpoint: &Checkpoint, text: &str) -> Result<Embedding> {
    let encoder = checkpoint.load_text()?;
    if let Some(rest) = encoder.unread(text)?.filter(|_| !context.quiet) {
        let rest = escape::text(rest);
        output::note(format_args!("the text is {}", query::unread_in_words(&rest)));
    }
    encoder.embed(&[text])?.pop().context("the model gave no vector")
}

pub(super) fn run(context: &Context, args: &EmbedArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let mut checkpoint = context.checkpoint(None)?;
    // Whatever is fastest here, what is printed should be the same everywhere.
    checkpoint.placement.precision = context.precision.unwrap_or_default();
    let embedding = match (&args.text, &args.image) {
        (Some(text), _) => embed_text(context, &checkpoint, text)?,
        (None, Some(path)) => embed_picture(&checkpoint, path)?,
        (None, None) => return Err(Usage("--text or --image is needed".to_owned()).into()),
    };
    if args.json {
        let (model, dimension) = (checkpoint.id.as_str(), embedding.len());
        let precision = checkpoint.placement.precision.as_str();
        output::json(&JsonEmbedding { model, precision, dimension, embedding: &embedding })?;
    } else {
        let mut out = io::BufWriter::new(io::stdout().lock());
        embedding.iter().try_for_each(|x| writeln!(out, "{x}"))?;
        out.flush()?;
    }
    Ok(Outcome::Done)
}
