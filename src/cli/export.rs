//! `pixseek export`: the embeddings of a folder for NumPy, FAISS and the like.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::args::FolderArgs;
use super::context::Context;
use super::indexed::NotSearchable;
use super::opened::Opened;
use super::outcome::{Outcome, Usage};
use super::output;
use crate::base::output::is_device;
use crate::base::paths;
use crate::library::Kind;

/// The arguments of `pixseek export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pixseek export ~/photos --out photos.npy     and photos.paths.txt, its paths
  pixseek export ~/photos --out photos.npy --f32 --paths names -0

A row is the embedding of one picture, of unit length. Rows are in the order of the paths, which are relative to \
FOLDER.")]
pub(super) struct ExportArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// The NumPy file to write; also a pipe, or `/dev/stdout`.
    #[arg(long, value_name = "FILE.npy")]
    pub(super) out: PathBuf,
    /// The list of paths to write [default: FILE.paths.txt]
    #[arg(long, value_name = "FILE")]
    pub(super) paths: Option<PathBuf>,
    /// Write 32-bit numbers instead of the 16-bit numbers that are stored.
    #[arg(long)]
    pub(super) f32: bool,
    /// End each path with a NUL instead of a line break, so that any name can be written.
    #[arg(long, short = '0')]
    pub(super) print0: bool,
}

pub(super) fn run(context: &Context, args: &ExportArgs) -> Result<Outcome> {
    context.log_to_stderr();
    // Beside a device there is no place for a list.
    let beside = || (!is_device(&args.out)).then(|| args.out.with_extension("paths.txt"));
    let list = args.paths.clone().or_else(beside);
    if list.as_ref() == Some(&args.out) {
        bail!(Usage(format!("'{}' can't be both --out and --paths", paths::display(&args.out))));
    }
    let folder = args.folder.path();
    let Some(opened) = Opened::find(&folder)? else {
        return Err(NotSearchable::not_indexed(&folder, context.model.as_deref()).into());
    };
    let key = context.stored_key(&opened, &folder)?;
    let kind = if args.f32 { Kind::F32 } else { Kind::F16 };
    let Opened { collection, catalog } = opened;
    let rows = collection.export(&catalog, &key, kind, &args.out, list.as_deref(), args.print0)?;
    if !context.quiet {
        let pictures = match &list {
            Some(list) => format!("their pictures in '{}'", paths::display(list)),
            None => "no list of their pictures: pass --paths".to_owned(),
        };
        output::note(format_args!(
            "{rows} vectors of {} numbers (model '{}') in '{}', {pictures}",
            key.dimension,
            key.id,
            paths::display(&args.out)
        ));
    }
    Ok(Outcome::Done)
}
