//! Compares a walk with the catalogue: what is unchanged, what needs reading, what is gone.

use std::collections::{HashMap, HashSet};

use super::before::Before;
use super::walk::{PictureFile, WalkResult};
use crate::base::file_id::FileId;
use crate::catalog::{CatalogEntry, is_under};
use crate::picture::{DECODER_VERSION, FailureKind, MORE_IS_READABLE};

/// Why a picture is read again that has not changed, in plain words.
const DAMAGED_VECTOR: &str = "their vectors in the catalogue were damaged";

/// What an indexing run has to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Files to read, by path.
    pub todo: Vec<PictureFile>,
    /// Searchable pictures that are what they were.
    pub unchanged: usize,
    /// Searchable pictures that are what they were, but that older rules decoded: whether newer ones see another picture
    /// is for their first bytes to tell.
    pub outdated: Vec<PictureFile>,
    /// Files that were unreadable before and have not changed since.
    pub still_failed: usize,
    /// Why files in `todo` are read again that are what they were, by path.
    pub reread: HashMap<Vec<u8>, &'static str>,
    /// Rows that don't know yet what tells their file from others.
    pub without_id: Vec<(i64, FileId)>,
    /// Catalogue rows whose file is gone.
    pub gone: Vec<i64>,
}

/// Plans the work. With `force` everything is read again; with `formats_changed`, other formats are read than at the last
/// look.
pub(super) fn plan(walked: WalkResult, before: &Before, formats_changed: bool, force: bool) -> Plan {
    let mut plan = Plan::default();
    let mut seen = HashSet::with_capacity(walked.files.len());
    for file in walked.files {
        seen.insert(file.path.clone());
        let same = before.entries.get(&file.path).filter(|known| !force && is_same(known, &file));
        let Some(known) = same else {
            plan.todo.push(file);
            continue;
        };
        let is_embedded = known.hash.is_some_and(|hash| before.embedded.contains(&hash));
        let is_outdated = known.hash.is_some_and(|hash| before.outdated.contains_key(&hash));
        match &known.error {
            Some(_) if known.decoder < DECODER_VERSION || formats_changed && depends_on_formats(known) => {
                plan.reread.insert(file.path.clone(), MORE_IS_READABLE);
                plan.todo.push(file);
                continue;
            }
            Some(_) => plan.still_failed += 1,
            None if !is_embedded => {
                if known.hash.is_some_and(|hash| before.damaged.contains(&hash)) {
                    plan.reread.insert(file.path.clone(), DAMAGED_VECTOR);
                }
                plan.todo.push(file);
                continue;
            }
            None if is_outdated => plan.outdated.push(file.clone()),
            None => plan.unchanged += 1,
        }
        if known.file_id != file.file_id {
            plan.without_id.push((known.id, file.file_id));
        }
    }
    plan.gone = before
        .entries
        .iter()
        .filter(|(path, known)| !known.removed && !seen.contains(*path))
        // What can't be looked at is not gone.
        .filter(|(path, _)| !walked.unreadable.iter().any(|(dir, _)| *path == dir || is_under(path, dir)))
        .filter(|(path, _)| !walked.broken_links.iter().any(|link| is_under(path, link)))
        .map(|(_, known)| known.id)
        .collect();
    plan
}

/// Whether a file is still the one that was read. Size and time alone are equal also of files that were swapped, or
/// written to by a program that sets the time back.
fn is_same(known: &CatalogEntry, file: &PictureFile) -> bool {
    let has_changed =
        known.size != file.size || known.mtime_ns != file.mtime_ns || known.file_id.differs(file.file_id);
    !known.removed && known.hash.is_some() && !has_changed
}

fn depends_on_formats(known: &CatalogEntry) -> bool {
    let kind = known.error_kind.as_deref().and_then(FailureKind::from_name);
    kind.is_none_or(FailureKind::depends_on_formats)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Hash;

    const HASH: Hash = [1; 32];

    fn id(inode: i64) -> FileId {
        FileId { ctime_ns: Some(5), inode: Some(inode) }
    }

    fn found(path: &str, size: u64) -> PictureFile {
        PictureFile { path: path.into(), size, mtime_ns: 7, file_id: id(1) }
    }

    fn known(hash: Option<Hash>) -> CatalogEntry {
        CatalogEntry {
            id: 1,
            size: 10,
            mtime_ns: 7,
            file_id: id(1),
            hash,
            error: None,
            error_kind: None,
            damaged: false,
            decoder: DECODER_VERSION,
            removed: false,
        }
    }

    fn failed(hash: Option<Hash>, kind: Option<FailureKind>) -> CatalogEntry {
        let error_kind = kind.map(|kind| kind.name().to_owned());
        CatalogEntry { error: Some("x".into()), error_kind, ..known(hash) }
    }

    fn walked(files: Vec<PictureFile>) -> WalkResult {
        WalkResult { files, ..WalkResult::default() }
    }

    /// What is known of one picture, whose contents have a vector.
    fn before(entry: CatalogEntry) -> Before {
        Before {
            entries: HashMap::from([(b"a.png".to_vec(), entry)]),
            embedded: HashSet::from([HASH]),
            damaged: HashSet::new(),
            outdated: HashMap::new(),
        }
    }

    fn plan_of(file: PictureFile, before: &Before) -> Plan {
        plan(walked(vec![file]), before, false, false)
    }

    #[test]
    fn same_size_and_time_means_unchanged() {
        let before = before(known(Some(HASH)));
        let unchanged = plan_of(found("a.png", 10), &before);
        assert_eq!((unchanged.unchanged, unchanged.todo.len(), unchanged.without_id.len()), (1, 0, 0));
        assert_eq!(plan_of(found("a.png", 11), &before).todo.len(), 1);
        assert_eq!(plan(walked(vec![found("a.png", 10)]), &before, false, true).todo.len(), 1);
    }

    #[test]
    fn another_file_of_that_size_and_time_is_read() {
        let before = before(known(Some(HASH)));
        let other = PictureFile { file_id: id(2), ..found("a.png", 10) };
        assert_eq!(plan_of(other.clone(), &before).todo, [other]);
        let touched = FileId { ctime_ns: Some(6), ..id(1) };
        assert_eq!(plan_of(PictureFile { file_id: touched, ..found("a.png", 10) }, &before).todo.len(), 1);
    }

    #[test]
    fn rows_that_know_no_id_get_it_without_being_read() {
        let before = before(CatalogEntry { file_id: FileId::default(), ..known(Some(HASH)) });
        let plan = plan_of(found("a.png", 10), &before);
        assert_eq!((plan.unchanged, plan.todo.len(), plan.without_id), (1, 0, vec![(1, id(1))]));
    }

    #[test]
    fn a_picture_without_a_vector_of_this_model_is_read() {
        let before = Before { embedded: HashSet::new(), ..before(known(Some(HASH))) };
        assert_eq!(plan_of(found("a.png", 10), &before).todo, [found("a.png", 10)]);
    }

    #[test]
    fn a_picture_whose_vector_was_damaged_is_read_and_told_of() {
        let before =
            Before { embedded: HashSet::new(), damaged: HashSet::from([HASH]), ..before(known(Some(HASH))) };
        let plan = plan_of(found("a.png", 10), &before);
        assert_eq!((plan.todo.len(), plan.reread.get(b"a.png".as_slice())), (1, Some(&DAMAGED_VECTOR)));
    }

    #[test]
    fn what_older_rules_decoded_is_looked_at() {
        let before = Before { outdated: HashMap::from([(HASH, 1)]), ..before(known(Some(HASH))) };
        let plan = plan_of(found("a.png", 10), &before);
        assert_eq!((plan.outdated, plan.unchanged, plan.todo.len()), (vec![found("a.png", 10)], 0, 0));
    }

    #[test]
    fn damaged_files_are_not_read_twice_but_unopenable_ones_are() {
        let run = |row| plan_of(found("a.png", 10), &before(row));
        assert_eq!(run(failed(Some(HASH), Some(FailureKind::Damaged))).still_failed, 1);
        assert_eq!(run(failed(None, Some(FailureKind::NotReadable))).todo.len(), 1);
    }

    #[test]
    fn what_failed_is_read_again_by_newer_rules_or_once_more_formats_are_read() {
        let unsupported = || failed(Some(HASH), Some(FailureKind::Unsupported));
        let old = plan_of(found("a.png", 10), &before(CatalogEntry { decoder: 1, ..unsupported() }));
        assert_eq!((old.todo.len(), old.reread.get(b"a.png".as_slice())), (1, Some(&MORE_IS_READABLE)));
        let with_more = |row| plan(walked(vec![found("a.png", 10)]), &before(row), true, false);
        assert_eq!(with_more(unsupported()).todo.len(), 1);
        assert_eq!(with_more(failed(Some(HASH), Some(FailureKind::CutShort))).still_failed, 1);
    }

    #[test]
    fn missing_files_are_gone_but_not_those_in_an_unreadable_folder() {
        let entry = |id| CatalogEntry { id, ..known(None) };
        let entries = HashMap::from([
            (b"a.png".to_vec(), entry(1)),
            (b"locked/b.png".to_vec(), entry(2)),
            (b"locked2/c.png".to_vec(), entry(3)),
        ]);
        let before = Before { entries, ..before(known(None)) };
        let walked =
            WalkResult { unreadable: vec![(b"locked".to_vec(), "denied".into())], ..WalkResult::default() };
        let mut gone = plan(walked, &before, false, false).gone;
        gone.sort_unstable();
        assert_eq!(gone, [1, 3]);
    }

    #[test]
    fn what_lies_behind_a_broken_link_is_not_gone_but_the_link_is() {
        let entry = |id| CatalogEntry { id, ..known(None) };
        let entries = HashMap::from([(b"usb".to_vec(), entry(1)), (b"usb/b.png".to_vec(), entry(2))]);
        let before = Before { entries, ..before(known(None)) };
        let walked = WalkResult { broken_links: vec![b"usb".to_vec()], ..WalkResult::default() };
        assert_eq!(plan(walked, &before, false, false).gone, [1]);
    }
}
