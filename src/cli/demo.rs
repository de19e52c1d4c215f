//! `pixseek demo`: the drawn gallery, browsed with the bundled model.

use std::io::{self, IsTerminal, Write};
use std::path::{self, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueHint};

use super::browse::{self, Printing};
use super::context::Context;
use super::model_choice::keeps_model;
use super::opened::Opened;
use super::outcome::Outcome;
use super::output::{self, Format, Reader};
use crate::base::{paths, quote};
use crate::clip::DEMO_MODEL;
use crate::demo::{self, Differing};
use crate::library::IndexOptions;
use crate::tui::{self, BrowseOptions, GraphicsProtocol, ModelSource, Searchable};

/// The arguments of `pixseek demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  pixseek demo\n  pixseek demo /tmp/gallery --write   only write it")]
pub(super) struct DemoArgs {
    /// Folder for the pictures and captions.tsv: a new one, an empty one, or one that holds an earlier gallery. In any
    /// other folder nothing is written, and the command fails [default: in the cache folder]
    #[arg(value_hint = ValueHint::DirPath)]
    pub(super) dir: Option<PathBuf>,
    /// Write the gallery and print its folder, without browsing (the default when stdout is not a terminal).
    #[arg(long)]
    pub(super) write: bool,
    /// Start with this query.
    #[arg(long, value_name = "TEXT")]
    pub(super) query: Option<String>,
    /// How pictures are drawn.
    #[arg(long, value_enum, value_name = "HOW")]
    pub(super) protocol: Option<GraphicsProtocol>,
}

pub(super) fn run(context: &Context, args: DemoArgs) -> Result<Outcome> {
    let (dir, differing) = match args.dir {
        Some(dir) => (dir, Differing::Refuse),
        None => (paths::cache_dir()?.join("demo"), Differing::Replace),
    };
    let gallery = demo::write_gallery(&dir, differing)
        .with_context(|| format!("demo gallery '{}'", paths::display(&dir)))?;
    if args.write || !io::stdout().is_terminal() {
        let mut out = io::stdout().lock();
        output::line(&mut out, &path::absolute(&dir)?, b'\n', Reader::of_stdout())?;
        out.flush()?;
        if !context.quiet {
            let dir = match differing {
                Differing::Refuse => format!(" {}", quote::path(&dir)),
                Differing::Replace => String::new(),
            };
            output::note(format_args!("{} pictures; browse them with `pixseek demo{dir}`", gallery.pictures));
        }
        return Ok(Outcome::Done);
    }
    tui::check_terminal()?;
    let Opened { collection, catalog } = Opened::create(&dir, false)?;
    let checkpoint = context.find(DEMO_MODEL, Some(&catalog))?;
    drop(catalog);
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let index = Some(IndexOptions { keep_model, ..IndexOptions::default() });
    let options = BrowseOptions {
        among: None,
        model: ModelSource::Here(Box::new(Searchable {
            collection,
            checkpoint,
            shared: None,
            index,
            texts: None,
        })),
        poll: None,
        notice: None,
        query: args.query.unwrap_or_default(),
        top: browse::TOP,
        multi: true,
        accept_query: false,
        protocol: browse::protocol(context, args.protocol),
        height: None,
        appearance: browse::appearance(context),
    };
    browse::open(context, options, Printing { format: Format::Paths, query: false })
}
