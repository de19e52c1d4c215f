//! Makes sure that files with the same contents are decoded and encoded once a run.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::walk::PictureFile;
use crate::catalog::{Hash, ImageInfo};
use crate::picture::{FailureKind, PictureError};

/// What decoding some contents gave, which holds for all copies: what they are, or why they can't be searched.
pub(super) type Decoded = Result<ImageInfo, Undecodable>;

/// Why some contents can't be searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecodable {
    pub reason: String,
    pub kind: FailureKind,
}

impl From<PictureError> for Undecodable {
    fn from(error: PictureError) -> Self {
        Self { reason: error.to_string(), kind: error.kind() }
    }
}

/// The contents that a run has come across. Of several threads that read the same contents, the first decodes them and
/// is given the other files when it is done. So no thread waits, and none holds a second copy in memory.
#[derive(Debug, Default)]
pub(super) struct SingleFlight<'a>(Mutex<HashMap<Hash, State<'a>>>);

#[derive(Debug)]
enum State<'a> {
    /// A thread decodes them; these files have the same contents.
    Underway(Vec<&'a PictureFile>),
    Finished(Decoded),
}

/// What to do with a file that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Decode it, then call [`SingleFlight::finish`] or [`SingleFlight::release`].
    First,
    /// Nothing: who decodes its contents takes care of it.
    Duplicate,
    /// Nothing is left to find out.
    Finished(Decoded),
}

impl<'a> SingleFlight<'a> {
    /// A thread has read `file`, which has these contents.
    pub(super) fn claim(&self, hash: Hash, file: &'a PictureFile) -> Claim {
        let mut states = self.0.lock();
        match states.get_mut(&hash) {
            Some(State::Underway(copies)) => {
                copies.push(file);
                Claim::Duplicate
            }
            Some(State::Finished(decoded)) => Claim::Finished(decoded.clone()),
            None => {
                states.insert(hash, State::Underway(Vec::new()));
                Claim::First
            }
        }
    }

    /// The contents were decoded, or can't be. Returns the files that were left meanwhile.
    ///
    /// Called after what was decoded is handed on, so that copies come after it.
    pub(super) fn finish(&self, hash: Hash, decoded: Decoded) -> Vec<&'a PictureFile> {
        copies(self.0.lock().insert(hash, State::Finished(decoded)))
    }

    /// The contents were not decoded after all: whoever reads them next is the first. Returns the files that were
    /// left meanwhile, which must be read again.
    pub(super) fn release(&self, hash: Hash) -> Vec<&'a PictureFile> {
        copies(self.0.lock().remove(&hash))
    }
}

fn copies(state: Option<State<'_>>) -> Vec<&PictureFile> {
    match state {
        Some(State::Underway(copies)) => copies,
        Some(State::Finished(_)) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::file_id::FileId;

    const HASH: Hash = [7; 32];

    fn file(name: &str) -> PictureFile {
        PictureFile { path: name.into(), size: 1, mtime_ns: 0, file_id: FileId::default() }
    }

    #[test]
    fn the_first_decodes_for_all() {
        let (a, b, c) = (file("a"), file("b"), file("c"));
        let info = ImageInfo {
            dimensions: (3, 2),
            taken_at: Some(9),
            format: Some("JPEG".into()),
            damage: Some("half of it".into()),
        };
        for decoded in [Ok(info), Err(PictureError::Empty.into())] {
            let flight = SingleFlight::default();
            assert_eq!(flight.claim(HASH, &a), Claim::First);
            assert_eq!(flight.claim(HASH, &b), Claim::Duplicate);
            assert_eq!(flight.claim([8; 32], &c), Claim::First, "other contents");
            assert_eq!(flight.finish(HASH, decoded.clone()), [&b]);
            assert_eq!(flight.claim(HASH, &c), Claim::Finished(decoded));
        }
    }

    #[test]
    fn what_is_released_is_anyones() {
        let (a, b) = (file("a"), file("b"));
        let flight = SingleFlight::default();
        assert_eq!(flight.claim(HASH, &a), Claim::First);
        assert_eq!(flight.claim(HASH, &b), Claim::Duplicate);
        assert_eq!(flight.release(HASH), [&b]);
        assert_eq!(flight.claim(HASH, &b), Claim::First);
    }
}
