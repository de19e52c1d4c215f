//! `pixseek demo`: the drawn gallery, browsed with the bundled model.

use std::io::{self, IsTerminal, Write};
use std::path;

use anyhow::{Context as _, Result};

use super::args::DemoArgs;
use super::context::{Context, keeps_model, quoted};
use super::output::{self, Format, Reader};
use super::{Outcome, browse};
use crate::base::paths;
use crate::clip::DEMO_MODEL;
use crate::demo::{self, Differing};
use crate::library::{Collection, IndexOptions};
use crate::tui::BrowseOptions;

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
                Differing::Refuse => format!(" {}", quoted(&dir)),
                Differing::Replace => String::new(),
            };
            output::note(format_args!("{} pictures; browse them with `pixseek demo{dir}`", gallery.pictures));
        }
        return Ok(Outcome::Done);
    }
    let collection = Collection::find_or_create(&dir, false)?;
    let checkpoint = context.find(DEMO_MODEL, Some(&collection.catalog()?))?;
    let keep_model = keeps_model(&checkpoint, &collection.root);
    let options = BrowseOptions {
        checkpoint,
        collection,
        index: Some(IndexOptions { keep_model, ..IndexOptions::default() }),
        poll: None,
        notice: None,
        query: args.query.unwrap_or_default(),
        top: browse::TOP,
        multi: true,
        protocol: browse::protocol(context, args.protocol)?,
        appearance: browse::appearance(context),
    };
    browse::open(context, options, Format::Paths)
}
