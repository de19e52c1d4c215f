//! A store elsewhere behind a browser. It is connected to when it is first asked, and again after it could not be reached.

use std::fs::Metadata;
use std::sync::Arc;
use std::time::Duration;

use super::{BrowsedStore, SharedPlace, Step};
use crate::base::model_key::ModelKey;
use crate::library::error::LibraryError;
use crate::library::path_set::PathSet;
use crate::library::searcher::{Answer, Folded, Hit, Narrowing, Target};
use crate::library::store::records::Reader;
use crate::library::store::remote::Remote;
use crate::library::store::{Store, Vector};

/// How often it is asked whether anything has changed.
const RECHECK: Duration = Duration::from_secs(1);

/// A store elsewhere that may not be reachable.
pub(super) struct SharedBrowsed {
    shared: SharedPlace,
    key: ModelKey,
    remote: Option<Remote>,
    among: Option<Arc<PathSet>>,
}

impl SharedBrowsed {
    /// A store that is not connected to yet.
    ///
    /// # Errors
    /// When it can't be browsed however often it is tried: it is reachable, and lacks the model, or refuses.
    pub(super) fn new(shared: SharedPlace, key: ModelKey) -> Result<Self, LibraryError> {
        let mut browsed = Self { shared, key, remote: None, among: None };
        match browsed.remote() {
            Err(error) if !error.is_passing() => Err(error),
            Ok(_) | Err(_) => Ok(browsed),
        }
    }

    fn remote(&mut self) -> Result<&mut Remote, LibraryError> {
        let remote = match self.remote.take() {
            Some(remote) => remote,
            None => {
                let SharedPlace { access, place } = &self.shared;
                let mut remote = Remote::open(access, place.clone(), &self.key, Reader::Browser)?;
                if let Some(among) = &self.among {
                    remote.limit_to(Some(Arc::clone(among)))?;
                }
                remote
            }
        };
        Ok(self.remote.insert(remote))
    }
}

impl BrowsedStore for SharedBrowsed {
    fn wait(&mut self, _: Duration) -> Duration {
        RECHECK
    }

    fn step(&mut self, _: Duration) -> Step {
        Step::default()
    }

    fn fold(&mut self, _: bool) {}

    fn text(&mut self, _: i64) -> Result<Option<String>, LibraryError> {
        Ok(None)
    }

    fn count_with_text(&mut self, _: &str) -> Result<usize, LibraryError> {
        Ok(0)
    }

    fn has_texts(&mut self) -> Result<bool, LibraryError> {
        Ok(true)
    }

    fn look_alikes(&mut self) -> Option<(Vec<Hit>, Folded)> {
        None
    }
}

impl Store for SharedBrowsed {
    fn pictures(&self) -> usize {
        self.remote.as_ref().map_or(0, Store::pictures)
    }

    fn is_exact(&self) -> bool {
        self.remote.as_ref().is_some_and(Store::is_exact)
    }

    fn answer(
        &mut self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        self.remote()?.answer(target, narrowing, k)
    }

    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError> {
        self.remote()?.similar(ids, k)
    }

    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError> {
        self.remote()?.vector(id)
    }

    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError> {
        self.remote()?.vector_of(path, metadata)
    }

    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError> {
        self.remote()?.values(name, typed)
    }

    fn refresh(&mut self) -> Result<bool, LibraryError> {
        if self.remote.is_none() {
            // Whatever was asked before could not be answered.
            self.remote()?;
            return Ok(true);
        }
        self.remote()?.refresh()
    }

    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError> {
        self.among.clone_from(&among);
        match &mut self.remote {
            Some(remote) => remote.limit_to(among),
            None => Ok(0),
        }
    }
}
