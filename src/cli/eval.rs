//! `pixseek eval`: how well a model finds pictures of the user's own.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueHint};
use serde::Serialize;

use super::context::Context;
use super::outcome::Outcome;
use super::output;
use super::progress::Reporter;
use crate::base::escape;
use crate::library::{evaluate_captions, evaluate_classes};

/// Unreadable files that are named at most.
const NAMED: usize = 20;

/// The arguments of `pixseek eval`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --captions, each folder in DIR is a class that its name describes, such as `DIR/red_car/1.jpg`.

Examples:
  pixseek eval flowers --model google/siglip2-base-patch32-256
  pixseek eval gallery --captions gallery/captions.tsv --json")]
pub(super) struct EvalArgs {
    /// The folder with the pictures.
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: PathBuf,
    /// Judge by captions: lines of a picture's name in DIR, a tab, and its caption.
    #[arg(long, value_name = "FILE")]
    pub(super) captions: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// What `--json` prints of classes; scripts depend on these names.
#[derive(Serialize)]
struct JsonClasses<'a> {
    model: &'a str,
    pictures: usize,
    classes: usize,
    top1: f64,
    top5: f64,
}

/// What `--json` prints of captions; scripts depend on these names.
#[derive(Serialize)]
struct JsonCaptions<'a> {
    model: &'a str,
    pictures: usize,
    captions: usize,
    text_to_image: BTreeMap<u32, f64>,
    image_to_text: BTreeMap<u32, f64>,
}

pub(super) fn run(context: &Context, args: &EvalArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let checkpoint = context.checkpoint(None)?;
    let model = checkpoint.id.as_str();
    let shown = escape::text(model);
    let reporter = Reporter::new(context.quiet).listing(NAMED);
    match &args.captions {
        None => {
            let scores = evaluate_classes(&checkpoint, &args.dir, &reporter);
            reporter.finish();
            let scores = scores?;
            tell_unnamed(&reporter);
            if args.json {
                let (pictures, classes) = (scores.pictures, scores.classes);
                let (top1, top5) = (scores.top1, scores.top5);
                output::json(&JsonClasses { model, pictures, classes, top1, top5 })?;
            } else {
                write!(
                    io::stdout().lock(),
                    "{} pictures in {} classes, by {shown}\n\
                     own class first          {:5.1} %\n\
                     own class among five     {:5.1} %\n",
                    scores.pictures,
                    scores.classes,
                    scores.top1 * 100.0,
                    scores.top5 * 100.0
                )?;
            }
        }
        Some(list) => {
            let scores = evaluate_captions(&checkpoint, &args.dir, list, &reporter);
            reporter.finish();
            let scores = scores?;
            tell_unnamed(&reporter);
            if args.json {
                let shares = |shares: [f64; 3]| [1, 5, 10].into_iter().zip(shares).collect();
                output::json(&JsonCaptions {
                    model,
                    pictures: scores.pictures,
                    captions: scores.captions,
                    text_to_image: shares(scores.text_to_image),
                    image_to_text: shares(scores.image_to_text),
                })?;
            } else {
                let row = |shares: [f64; 3]| shares.map(|share| format!("{:7.1} %", share * 100.0)).concat();
                write!(
                    io::stdout().lock(),
                    "{} pictures with {} captions, by {shown}\n\
                     found among the first             1        5       10\n\
                     a caption's picture       {}\n\
                     a picture's captions      {}\n",
                    scores.pictures,
                    scores.captions,
                    row(scores.text_to_image),
                    row(scores.image_to_text)
                )?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// Says how many unreadable files were not named.
fn tell_unnamed(reporter: &Reporter) {
    let unnamed = reporter.unnamed();
    if unnamed > 0 {
        reporter.note(&format!("and {unnamed} more files that can't be read"));
    }
}
