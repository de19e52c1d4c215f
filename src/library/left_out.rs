//! Pictures in the index that `index` would not come across: hidden, ignored or behind links.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;

use anyhow::Result;

use super::Collection;
use super::walk::walk;
use crate::base::paths;
use crate::catalog::WalkOptions;

/// Pictures that are not among those that the remembered walk finds: the next `index` takes them for gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// How many; at least one.
    pub count: usize,
    /// The first of them, relative to the folder that was asked for.
    pub first: PathBuf,
    /// What a walk needs to find them, as far as it can.
    pub walk: WalkOptions,
}

impl Collection {
    /// Which of `files`, relative to the folder that was asked for, a walk leaves out.
    pub(super) fn left_out(&self, files: &[PathBuf]) -> Result<Option<LeftOut>> {
        let options = self.walk_options(&self.catalog()?)?;
        let seen = self.seen(&options);
        let stored = |file: &PathBuf| paths::to_bytes(&self.prefix.join(file));
        let missing: Vec<_> = files.iter().filter(|file| !seen.contains(&stored(file))).collect();
        let Some(first) = missing.first() else { return Ok(None) };
        let every = WalkOptions { hidden: true, no_ignore: true, follow: true };
        let seen = self.seen(&every);
        let findable: Vec<_> =
            missing.iter().map(|file| stored(file)).filter(|path| seen.contains(path)).collect();
        let needs = |without: WalkOptions| {
            let seen = self.seen(&without);
            findable.iter().any(|path| !seen.contains(path))
        };
        let walk = WalkOptions {
            hidden: options.hidden || needs(WalkOptions { hidden: false, ..every.clone() }),
            no_ignore: options.no_ignore || needs(WalkOptions { no_ignore: false, ..every.clone() }),
            follow: options.follow || needs(WalkOptions { follow: false, ..every.clone() }),
        };
        Ok(Some(LeftOut { count: missing.len(), first: (*first).clone(), walk }))
    }

    fn seen(&self, options: &WalkOptions) -> HashSet<Vec<u8>> {
        let walked = walk(&self.root, &self.folder(), options, &AtomicUsize::new(0));
        walked.files.into_iter().map(|file| file.path).collect()
    }
}
