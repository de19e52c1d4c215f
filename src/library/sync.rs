//! Compares a walk with the catalogue: what is unchanged, what needs reading, what is gone.

use std::collections::{HashMap, HashSet};

use super::walk::{PictureFile, WalkResult};
use crate::catalog::{CatalogEntry, Hash, is_under};

/// What an indexing run has to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Files to read, by path.
    pub todo: Vec<PictureFile>,
    /// Searchable pictures with the same size and time as before.
    pub unchanged: usize,
    /// Files that were unreadable before and have not changed since.
    pub still_failed: usize,
    /// Catalogue rows whose file is gone.
    pub gone: Vec<i64>,
}

/// Plans the work. `embedded` holds the contents that have a vector of the wanted model; with
/// `force` everything is read again.
pub(super) fn plan(
    walked: WalkResult,
    known: &HashMap<Vec<u8>, CatalogEntry>,
    embedded: &HashSet<Hash>,
    force: bool,
) -> Plan {
    let mut plan = Plan::default();
    let mut seen = HashSet::with_capacity(walked.files.len());
    for file in walked.files {
        seen.insert(file.path.clone());
        let listed = known.get(&file.path).filter(|known| !known.removed);
        let same = listed.filter(|known| {
            !force && known.size == file.size && known.mtime_ns == file.mtime_ns && known.hash.is_some()
        });
        match same {
            Some(known) if known.error.is_some() => plan.still_failed += 1,
            Some(known) if known.hash.is_some_and(|hash| embedded.contains(&hash)) => plan.unchanged += 1,
            _ => plan.todo.push(file),
        }
    }
    plan.gone = known
        .iter()
        .filter(|(path, known)| !known.removed && !seen.contains(*path))
        // What can't be looked at is not gone.
        .filter(|(path, _)| !walked.unreadable.iter().any(|(dir, _)| *path == dir || is_under(path, dir)))
        .filter(|(path, _)| !walked.broken_links.iter().any(|link| is_under(path, link)))
        .map(|(_, known)| known.id)
        .collect();
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, size: u64) -> PictureFile {
        PictureFile { path: path.into(), size, mtime_ns: 7 }
    }

    fn known(id: i64, size: u64, hash: Option<Hash>) -> CatalogEntry {
        CatalogEntry { id, size, mtime_ns: 7, hash, error: None, removed: false }
    }

    fn walked(files: Vec<PictureFile>) -> WalkResult {
        WalkResult { files, ..WalkResult::default() }
    }

    #[test]
    fn same_size_and_time_means_unchanged() {
        let known = HashMap::from([(b"a.png".to_vec(), known(1, 10, Some([1; 32])))]);
        let embedded = HashSet::from([[1; 32]]);
        let plan_of = |size, force| plan(walked(vec![found("a.png", size)]), &known, &embedded, force);
        assert_eq!((plan_of(10, false).unchanged, plan_of(10, false).todo.len()), (1, 0));
        assert_eq!(plan_of(11, false).todo.len(), 1);
        assert_eq!(plan_of(10, true).todo.len(), 1);
    }

    #[test]
    fn a_picture_without_a_vector_of_this_model_is_read() {
        let known = HashMap::from([(b"a.png".to_vec(), known(1, 10, Some([1; 32])))]);
        let plan = plan(walked(vec![found("a.png", 10)]), &known, &HashSet::new(), false);
        assert_eq!(plan.todo, [found("a.png", 10)]);
    }

    #[test]
    fn damaged_files_are_not_read_twice_but_unopenable_ones_are() {
        let failed = |hash| CatalogEntry { error: Some("x".into()), ..known(1, 10, hash) };
        let run = |row| {
            plan(walked(vec![found("a", 10)]), &HashMap::from([(b"a".to_vec(), row)]), &HashSet::new(), false)
        };
        assert_eq!(run(failed(Some([1; 32]))).still_failed, 1);
        assert_eq!(run(failed(None)).todo.len(), 1);
    }

    #[test]
    fn missing_files_are_gone_but_not_those_in_an_unreadable_folder() {
        let known = HashMap::from([
            (b"a.png".to_vec(), known(1, 10, None)),
            (b"locked/b.png".to_vec(), known(2, 10, None)),
            (b"locked2/c.png".to_vec(), known(3, 10, None)),
        ]);
        let walked =
            WalkResult { unreadable: vec![(b"locked".to_vec(), "denied".into())], ..WalkResult::default() };
        let mut gone = plan(walked, &known, &HashSet::new(), false).gone;
        gone.sort_unstable();
        assert_eq!(gone, [1, 3]);
    }

    #[test]
    fn what_lies_behind_a_broken_link_is_not_gone_but_the_link_is() {
        let known = HashMap::from([
            (b"usb".to_vec(), known(1, 10, None)),
            (b"usb/b.png".to_vec(), known(2, 10, None)),
        ]);
        let walked = WalkResult { broken_links: vec![b"usb".to_vec()], ..WalkResult::default() };
        assert_eq!(plan(walked, &known, &HashSet::new(), false).gone, [1]);
    }
}
