//! A store behind a browser: besides answering, it works on in quiet moments, and comes back by itself.

mod facts;
mod local;
mod look_alikes;
mod open;
mod scores;
#[cfg(feature = "milvus")]
mod shared;

use std::time::Duration;

use super::Store;
use super::access::StoreAccess;
use super::place::Place;
use crate::library::error::LibraryError;
use crate::library::searcher::{Cutoff, Folded, Hit};
pub use facts::FactsOfStore;
pub use open::open_browsed;

/// What a step in a quiet moment came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Step {
    /// Answers may be others now.
    pub changed: bool,
    /// So many pictures are being prepared for quicker searches.
    pub preparing: Option<usize>,
    /// It is known where relevance ends, or that it is not known.
    pub calibrated: Option<Option<Cutoff>>,
}

/// A store behind a browser.
pub trait BrowsedStore: Store {
    /// How long to wait for a request before [`Self::step`]. The last question was asked so long ago.
    fn wait(&mut self, quiet: Duration) -> Duration;

    /// Goes on with what can wait, for a short time. The last question was asked so long ago.
    fn step(&mut self, quiet: Duration) -> Step;

    /// Has answers folded by look-alikes from now on, or not, if they can be.
    fn fold(&mut self, on: bool);

    /// The text that was read in a picture, if any was; none where texts are not known.
    ///
    /// # Errors
    /// When the store can't be read.
    fn text(&mut self, id: i64) -> Result<Option<String>, LibraryError>;

    /// Number of pictures in whose text these words stand one after the other; 0 where texts are not known.
    ///
    /// # Errors
    /// When the store can't be read.
    fn count_with_text(&mut self, text: &str) -> Result<usize, LibraryError>;

    /// Whether text was read in any picture; it is taken to be where that is not known.
    ///
    /// # Errors
    /// When the store can't be read.
    fn has_texts(&mut self) -> Result<bool, LibraryError>;

    /// All groups of look-alikes: the best picture of each, and the others beneath it. `None` before they were found, and where
    /// they are not known.
    fn look_alikes(&mut self) -> Option<(Vec<Hit>, Folded)>;
}

/// A store elsewhere, and a folder's place in it.
#[derive(Debug, Clone)]
pub struct SharedPlace {
    /// The store.
    pub access: StoreAccess,
    /// The folder's place.
    pub place: Place,
}
