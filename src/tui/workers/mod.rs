//! Threads that work for the browser, each on its own, and answer with events. Dropping a handle ends its threads without
//! waiting for them. Starting one fails only when the system has no thread left.

pub(super) mod download;
mod facts_in_words;
pub(super) mod index;
pub(super) mod listing;
pub(super) mod metadata;
pub(super) mod nearest_words;
pub(super) mod preview;
mod preview_cache;
mod recent;
pub(super) mod restore;
pub(super) mod search;
pub(super) mod searches;
pub(super) mod stored_pictures;
pub(super) mod text;
pub(super) mod trash;
pub(super) mod viewer;
pub(super) mod words;
pub(super) mod zoom;
