//! Threads that work for the browser, each on its own, and answer with events. Dropping a handle ends its threads without
//! waiting for them. Starting one fails only when the system has no thread left.

pub mod index;
pub mod metadata;
pub mod preview;
mod preview_cache;
pub mod search;
pub mod text;
pub mod trash;
pub mod viewer;
