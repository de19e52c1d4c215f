//! What a store knows of, and shows for, a picture whose file can't be reached from this machine.

use super::SharedPlace;
use crate::base::model_key::ModelKey;
use crate::library::error::LibraryError;
#[cfg(not(feature = "milvus"))]
use crate::library::store::records::{StoredFacts, StoredThumbnail};
#[cfg(feature = "milvus")]
use crate::library::store::{
    records::{Reader, StoredFacts, StoredThumbnail},
    remote::Remote,
};

/// Looks up what a store knows of pictures, over a connection of its own.
pub struct FactsOfStore {
    #[cfg_attr(not(feature = "milvus"), expect(dead_code, reason = "there is no store to ask"))]
    shared: SharedPlace,
    #[cfg_attr(not(feature = "milvus"), expect(dead_code, reason = "there is no store to ask"))]
    key: ModelKey,
    #[cfg(feature = "milvus")]
    remote: Option<Remote>,
}

impl FactsOfStore {
    /// What looks up pictures of a folder in a store. Nothing is asked yet.
    pub fn new(shared: SharedPlace, key: ModelKey) -> Self {
        Self {
            shared,
            key,
            #[cfg(feature = "milvus")]
            remote: None,
        }
    }

    /// What is known of the picture with this path, relative to the collection's root; `None` if it is not in the store.
    ///
    /// # Errors
    /// When the store can't be read.
    #[cfg(feature = "milvus")]
    pub fn find(&mut self, path: &[u8]) -> Result<Option<StoredFacts>, LibraryError> {
        self.remote()?.stored_facts(path)
    }

    /// The thumbnail of the picture with this path, relative to the collection's root; `None` if the store has none.
    ///
    /// # Errors
    /// When the store can't be read.
    #[cfg(feature = "milvus")]
    pub fn thumbnail(&mut self, path: &[u8]) -> Result<Option<StoredThumbnail>, LibraryError> {
        self.remote()?.stored_thumbnail(path)
    }

    #[cfg(feature = "milvus")]
    fn remote(&mut self) -> Result<&mut Remote, LibraryError> {
        let remote = match self.remote.take() {
            Some(remote) => remote,
            None => Remote::open(&self.shared.access, self.shared.place.clone(), &self.key, Reader::Browser)?,
        };
        Ok(self.remote.insert(remote))
    }

    /// Nothing is known without a store.
    ///
    /// # Errors
    /// None.
    #[cfg(not(feature = "milvus"))]
    pub fn find(&mut self, _: &[u8]) -> Result<Option<StoredFacts>, LibraryError> {
        Ok(None)
    }

    /// Nothing is kept without a store.
    ///
    /// # Errors
    /// None.
    #[cfg(not(feature = "milvus"))]
    pub fn thumbnail(&mut self, _: &[u8]) -> Result<Option<StoredThumbnail>, LibraryError> {
        Ok(None)
    }
}
