//! Hugging Face: the local cache that it shares with Python, and downloads into it.
//!
//! [`Hub`] (settings from the environment) -> `cache` (which models are here) and `download` (get one).

mod cache;
mod download;
mod error;
mod id;
mod known;
mod model_files;
mod settings;

pub use cache::{CachedModel, Snapshot};
pub use download::FetchProgress;
pub use error::HubError;
pub use id::is_valid_id;
pub use known::{KnownModel, known};
pub use settings::Hub;
