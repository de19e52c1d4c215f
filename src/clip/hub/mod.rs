//! Hugging Face: the local cache that it shares with Python, and downloads into it.
//!
//! [`Hub`] (settings from the environment) -> `cache` (which models are here) and `download` (get one: `client` asks,
//! `transfer` gets a file, `folder` writes, `failure` says whether to ask again). [`known`] is a table of models.
//!
//! Nothing that the hub says is believed before it is checked: names before they touch a path, contents before they
//! take their place.

mod cache;
mod client;
mod download;
mod error;
mod etag;
mod events;
mod failure;
mod folder;
mod id;
mod known;
mod licence;
mod model_files;
mod offer;
mod published_as;
mod settings;
mod table;
mod transfer;
mod verify;

pub use cache::{CachedModel, Snapshot};
pub use error::HubError;
pub use events::{FetchEvent, FetchObserver, FetchProgress};
pub use id::is_valid_id;
pub use known::KnownModel;
pub use licence::{Licence, Terms};
pub use offer::Offer;
pub use published_as::PublishedAs;
pub use settings::Hub;
pub use table::{find_known, known};
