//! Pictures in the index that the next run would not come across: hidden, ignored, excluded or behind links.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

use super::collection::Collection;
use super::walk::walk;
use crate::base::paths;
use crate::catalog::WalkOptions;

/// Pictures that the remembered walk does not find, so that the next run takes them for gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// How many; at least one.
    pub count: usize,
    /// The first of them, relative to the folder that was asked for.
    pub first: PathBuf,
    /// The options with which a walk finds as many of them as possible.
    pub walk: WalkOptions,
    /// Whether these options have none of the remembered globs, which exclude some of the pictures.
    pub excluded: bool,
}

impl Collection {
    /// Those of `files`, relative to the folder that was asked for, that a walk with `options` does not find.
    pub(super) fn unreachable(&self, options: &WalkOptions, files: &[PathBuf]) -> Option<Unreachable> {
        let reached = self.reachable(options);
        let stored = |file: &PathBuf| paths::to_bytes(&self.prefix.join(file));
        let missing: Vec<_> = files.iter().filter(|file| !reached.contains(&stored(file))).collect();
        let first = missing.first()?;
        let every = WalkOptions {
            hidden: true,
            no_ignore: true,
            follow: true,
            no_ignore_defaults: true,
            exclude: Vec::new(),
        };
        let reached = self.reachable(&every);
        let findable: Vec<_> =
            missing.iter().map(|file| stored(file)).filter(|path| reached.contains(path)).collect();
        let needs = |without: WalkOptions| {
            let reached = self.reachable(&without);
            findable.iter().any(|path| !reached.contains(path))
        };
        let excluded = needs(WalkOptions { exclude: options.exclude.clone(), ..every.clone() });
        let walk = WalkOptions {
            hidden: options.hidden || needs(WalkOptions { hidden: false, ..every.clone() }),
            no_ignore: options.no_ignore || needs(WalkOptions { no_ignore: false, ..every.clone() }),
            follow: options.follow || needs(WalkOptions { follow: false, ..every.clone() }),
            no_ignore_defaults: options.no_ignore_defaults
                || needs(WalkOptions { no_ignore_defaults: false, ..every.clone() }),
            exclude: if excluded { Vec::new() } else { options.exclude.clone() },
        };
        Some(Unreachable { count: missing.len(), first: (*first).clone(), walk, excluded })
    }

    /// The paths that a walk finds. Raw files beside the JPEG of the same picture are among them: that one is found.
    fn reachable(&self, options: &WalkOptions) -> HashSet<Vec<u8>> {
        let walked = walk(&self.root, &self.folder(), options, &AtomicUsize::new(0));
        walked.files.into_iter().map(|file| file.path).chain(walked.raw_beside_jpeg).collect()
    }
}
