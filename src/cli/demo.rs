//! `pixseek demo`: the drawn gallery, browsed with the bundled model.

use std::io::{self, IsTerminal, Write};
use std::path;

use anyhow::{Context as _, Result};

use super::args::DemoArgs;
use super::context::Context;
use super::{Outcome, browse, output};
use crate::collection::{Collection, IndexOptions};
use crate::demo;
use crate::model::{Checkpoint, DEMO_MODEL};
use crate::paths;
use crate::tui::BrowseOptions;

pub(super) fn run(context: &Context, args: DemoArgs) -> Result<Outcome> {
    let dir = match args.dir {
        Some(dir) => dir,
        None => paths::cache_dir()?.join("demo"),
    };
    let gallery =
        demo::write_gallery(&dir).with_context(|| format!("demo gallery '{}'", paths::display(&dir)))?;
    if args.write || !io::stdout().is_terminal() {
        let mut out = io::stdout().lock();
        output::line(&mut out, &path::absolute(&dir)?, b'\n')?;
        out.flush()?;
        if !context.quiet {
            eprintln!("pixseek: {} pictures; browse them with `pixseek demo`", gallery.pictures);
        }
        return Ok(Outcome::Done);
    }
    let options = BrowseOptions {
        collection: Collection::find_or_create(&dir, false)?,
        checkpoint: Checkpoint::find(DEMO_MODEL)?,
        index: Some(IndexOptions::default()),
        query: args.query.unwrap_or_default(),
        top: browse::TOP,
        protocol: browse::protocol(context, args.protocol)?,
    };
    browse::open(context, options, b'\n')
}
