//! `pixseek export`: the embeddings of a folder for NumPy, FAISS and the like.

use anyhow::{Result, bail};

use super::args::ExportArgs;
use super::context::{Context, Opened, folder_of, not_indexed};
use super::{Outcome, Usage, output};
use crate::base::paths;
use crate::library::Kind;

pub(super) fn run(context: &Context, args: &ExportArgs) -> Result<Outcome> {
    context.log_to_stderr();
    let list = args.paths.clone().unwrap_or_else(|| args.out.with_extension("paths.txt"));
    if list == args.out {
        bail!(Usage(format!("'{}' can't be both --out and --paths", paths::display(&list))));
    }
    let folder = folder_of(args.folder.as_ref(), args.dir.as_ref());
    let Some(opened) = Opened::find(&folder)? else {
        return Err(not_indexed(&folder, context.wanted_model()));
    };
    let key = context.stored_key(&opened, &folder)?;
    let kind = if args.f32 { Kind::F32 } else { Kind::F16 };
    let rows = opened.collection.export(&key, kind, &args.out, &list, args.print0)?;
    if !context.quiet {
        output::note(format_args!(
            "{rows} vectors of {} numbers (model '{}') in '{}', their pictures in '{}'",
            key.dimension,
            key.id,
            paths::display(&args.out),
            paths::display(&list)
        ));
    }
    Ok(Outcome::Done)
}
