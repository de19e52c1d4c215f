//! One folder, opened: its catalogue, the vectors of one model, and that model.
//!
//! [`Library`] is what other rooms use. It [opens](Library::open) the index of a folder ([`Collection`] says where that
//! lies), [updates](Library::update) it, searches it ([`Searcher`]), and keeps what is derived from the catalogue ready
//! (`maintain`): this room alone decides when snapshots and graphs are made, used and thrown away.
//!
//! An update: `walk` -> `sync` (what is new or changed) -> `decode_pool` -> `pipeline` (batches, the vision tower, one
//! transaction a batch). `watch` repeats it whenever something changed.

mod background;
mod boundary;
mod choices;
mod clock;
mod collection;
mod decode_pool;
mod export;
mod import;
mod indexed_picture;
pub mod maintenance;
mod memory_limiter;
pub(crate) mod npy;
mod open;
mod pipeline;
mod policy;
mod report;
mod run_stats;
mod searcher;
mod single_flight;
pub mod snapshot;
mod sync;
mod unmounted;
mod unreachable;
mod update;
mod walk;
mod watch;

pub use crate::catalog::IndexPolicy;
pub use background::Background;
pub use boundary::{Boundary, OutsideRoot, Printable, inside_root};
pub use collection::Collection;
pub use import::{Import, Imported};
pub use npy::Kind;
pub use open::{Library, model_key};
pub use policy::min_rows;
pub use report::{IndexOptions, Observer, Progress, RunReport, Summary, Unobserved};
pub use searcher::{Engine, Hit};
pub use unreachable::Unreachable;
pub use watch::{Follower, POLL_INTERVAL, StopHandle, WatchEvent};
