//! What is said at the end of an import, whatever was imported.

use std::path::Path;

use super::output;
use super::progress::Reporter;
use crate::base::{paths, quote};
use crate::library::Unreachable;

/// Number of skipped files that are named at most.
pub(super) const MOST_LISTED: usize = 20;

/// Says how many unreadable files were not named, and which pictures `index` would drop.
pub(super) fn finish(reporter: &Reporter, unreachable: Option<&Unreachable>, folder: &Path) {
    if reporter.unnamed() > 0 {
        output::note(format_args!("skipped {} more", reporter.unnamed()));
    }
    if let Some(unreachable) = unreachable {
        warn(unreachable, folder);
    }
}

/// Warns of pictures that the next run of `index` would not find, and so drop.
fn warn(unreachable: &Unreachable, folder: &Path) {
    let Unreachable { count, first, walk, excluded } = unreachable;
    let flags = [
        (walk.hidden, " -H"),
        (walk.no_ignore, " -I"),
        (walk.follow, " -L"),
        (walk.no_ignore_defaults, " --no-ignore-defaults"),
        (*excluded, " --no-exclude"),
    ];
    let flags: String = flags.into_iter().filter_map(|(needed, flag)| needed.then_some(flag)).collect();
    output::note(format_args!(
        "{count} of the imported pictures are hidden, ignored, excluded or behind links (the first is '{}'). `pixseek index` would \
         drop them: run `pixseek index {}{flags}` to keep them",
        paths::display(first),
        quote::path(folder)
    ));
}
