//! Which contents a run has come across, so that copies are decoded and encoded once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::walk::Found;
use crate::catalog::{Described, Hash};

/// What decoding some contents gave, which holds for all copies: what they are, or why they can't be searched.
pub(super) type Outcome = Result<Described, String>;

/// Contents of one run. Several threads may come across copies of the same at once: the first decodes, and is given
/// the others when it is done. So nobody waits, and nobody needs to hold a second copy in memory.
#[derive(Debug, Default)]
pub(super) struct Once<'a>(Mutex<HashMap<Hash, State<'a>>>);

#[derive(Debug)]
enum State<'a> {
    /// A thread decodes them; these files have the same contents.
    Underway(Vec<&'a Found>),
    Settled(Outcome),
}

/// What to do with a file that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Decode it, then call [`Once::settle`] or [`Once::abandon`].
    First,
    /// Nothing: who decodes its contents takes care of it.
    Left,
    /// Nothing is left to find out.
    Settled(Outcome),
}

impl<'a> Once<'a> {
    /// A thread has read `file`, which has these contents.
    pub fn claim(&self, hash: Hash, file: &'a Found) -> Claim {
        let mut states = self.lock();
        match states.get_mut(&hash) {
            Some(State::Underway(copies)) => {
                copies.push(file);
                Claim::Left
            }
            Some(State::Settled(outcome)) => Claim::Settled(outcome.clone()),
            None => {
                states.insert(hash, State::Underway(Vec::new()));
                Claim::First
            }
        }
    }

    /// The contents were decoded, or can't be. Returns the files that were left meanwhile.
    ///
    /// Called after what was decoded is handed on, so that copies come after it.
    pub fn settle(&self, hash: Hash, outcome: Outcome) -> Vec<&'a Found> {
        copies(self.lock().insert(hash, State::Settled(outcome)))
    }

    /// The contents were not decoded after all: whoever reads them next is the first. Returns the files that were
    /// left meanwhile, which must be read again.
    pub fn abandon(&self, hash: Hash) -> Vec<&'a Found> {
        copies(self.lock().remove(&hash))
    }

    /// Each change is one operation, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, HashMap<Hash, State<'a>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn copies(state: Option<State<'_>>) -> Vec<&Found> {
    match state {
        Some(State::Underway(copies)) => copies,
        Some(State::Settled(_)) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: Hash = [7; 32];

    fn file(name: &str) -> Found {
        Found { path: name.into(), size: 1, mtime_ns: 0 }
    }

    #[test]
    fn the_first_decodes_for_all() {
        let (a, b, c) = (file("a"), file("b"), file("c"));
        for outcome in [Ok(((3, 2), Some(9))), Err("cut short".to_owned())] {
            let once = Once::default();
            assert_eq!(once.claim(HASH, &a), Claim::First);
            assert_eq!(once.claim(HASH, &b), Claim::Left);
            assert_eq!(once.claim([8; 32], &c), Claim::First, "other contents");
            assert_eq!(once.settle(HASH, outcome.clone()), [&b]);
            assert_eq!(once.claim(HASH, &c), Claim::Settled(outcome));
        }
    }

    #[test]
    fn what_is_abandoned_is_anyones() {
        let (a, b) = (file("a"), file("b"));
        let once = Once::default();
        assert_eq!(once.claim(HASH, &a), Claim::First);
        assert_eq!(once.claim(HASH, &b), Claim::Left);
        assert_eq!(once.abandon(HASH), [&b]);
        assert_eq!(once.claim(HASH, &b), Claim::First);
    }
}
