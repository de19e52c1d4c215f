//! Keeps what is derived from the catalogue ready: the snapshot of the vectors, and the graphs.
//!
//! [`policy`] decides when a collection gets graphs and whether they answer its searches. `segments` reads and builds them,
//! `builder` does so on a thread of its own, [`on_demand`] brings everything up to date at once, and [`background`] a little
//! at a time between two searches.

pub(super) mod background;
pub(super) mod builder;
pub(super) mod on_demand;
pub(super) mod policy;
pub(super) mod segments;
