//! One folder, opened: its catalogue, the vectors of one model, and that model.
//!
//! [`Library`] is what other rooms use. It [opens](Library::open) the index of a folder ([`Collection`] says where that
//! lies), [updates](Library::update) it, searches it ([`Searcher`]), and keeps what is derived from the catalogue ready
//! (`maintain`): this room alone decides when snapshots and graphs are made, used and thrown away.
//!
//! An update: `walk` -> `sync` (what is new or changed) -> `upgrade` (what newer rules see
//! otherwise) -> `decode_pool` -> `pipeline` (batches, the vision tower, one
//! transaction a batch). `watch` repeats it whenever something changed.

mod ask;
mod before;
mod boundary;
mod checkup;
mod choices;
mod clock;
mod collection;
mod decode_pool;
mod error;
mod evaluate;
mod export;
mod expression;
mod facts;
mod facts_of_file;
mod filters;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod import;
mod indexed_picture;
mod listing;
mod look_alikes;
mod maintenance;
mod memory_limiter;
mod moved;
mod neutral;
pub(crate) mod npy;
mod ocr;
mod open;
mod path_set;
mod pipeline;
mod query_error;
mod repair;
mod report;
mod run_stats;
mod search;
mod searcher;
mod sidecars;
mod single_flight;
mod snapshot;
mod status;
mod store;
mod sync;
mod tags;
mod templates;
mod touched;
mod unit;
mod unmounted;
mod unreachable;
mod update;
mod upgrade;
mod walk;
mod watch;

pub use crate::catalog::{Counts, IndexPolicy, Omitted, TextCounts, WalkOptions};
pub use crate::index::{Method, SearchMode};
pub use ask::{PreparedQuery, find_picture};
pub use boundary::{Boundary, OutsideRoot, Printable, inside_root};
pub use checkup::{Checkup, Finding, Subject};
pub use collection::Collection;
pub use error::LibraryError;
pub use evaluate::{ClassScores, RetrievalScores, evaluate_captions, evaluate_classes};
pub use expression::{EmbeddedTerm, RIGHT_WEIGHT, WRONG_WEIGHT, combine};
pub use facts_of_file::{FileFacts, facts_of_file};
pub use filters::check_available;
pub use import::{Agreement, Import, Imported, RclipImport, RclipImported, RclipLeftOut};
pub use listing::{Listing, list};
pub use look_alikes::{
    BackgroundFolds, Folds, LOOK_ALIKE, LookAlike, find as find_look_alikes, prepare as prepare_look_alikes,
};
pub use maintenance::background::BackgroundMaintenance;
pub use maintenance::on_demand::SegmentsFound;
pub use neutral::neutral_texts;
pub use npy::Kind;
pub use ocr::{BackgroundTexts, OcrError, OcrSettings, ReadReport, StopReading, TextNews, TextReader};
pub use open::{Library, model_key};
pub use path_set::PathSet;
pub use query_error::{QueryFailure, QueryPart, QueryProblem};
pub use repair::Repaired;
pub use report::{IndexOptions, Observer, Progress, RunReport, Summary, Unobserved};
pub use search::{PictureEncoder, embed_picture, embed_text};
pub use searcher::{
    Answer, Calibration, Cutoff, Folded, Hit, LOOKED_AT, Narrowing, Searcher, Target, cutoff,
};
pub use status::{IndexKind, Status};
pub use store::{
    BrowsedStore, FactsOfStore, Place, Published, Publishing, Reader, RunState, Shard, SharedPlace,
    SharedStatus, Step, Store, StoreAccess, StoreError, StoreErrorKind, StoreTrouble, StoreUrl,
    StoreUrlError, StoredFacts, StoredThumbnail, Vector, open_browsed, open_shared, shared_models,
    shared_status,
};
pub use tags::{Tag, TagList, own_words};
pub use templates::{NAMING_SENTENCES, mean_embedding};
pub use unreachable::Unreachable;
pub use walk::check_exclude;
pub use watch::{Follower, POLL_INTERVAL, StopHandle, WatchEvent};
