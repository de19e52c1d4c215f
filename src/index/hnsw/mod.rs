//! Approximate search by HNSW graphs, several for a large collection.
//!
//! [`Segment`]s (a [`Graph`] and the contents that its points stand for) are built from `points`, kept in a
//! [`Store`], and hung on the rows of a matrix by [`Graphs`]. [`top_k`] follows their links (`walk`), adds the
//! rows that are in no segment, and ranks what it has exactly.

mod approximate;
mod graph;
mod graphs;
mod hubs;
mod numbering;
mod plan;
mod points;
mod segment;
mod store;
mod walk;

pub use approximate::{pays, rows_a_point, top_k};
pub use graph::Graph;
pub use graphs::Graphs;
pub use plan::{SMALLEST, next};
pub use segment::{Job, Segment, fingerprint};
pub use store::Store;

#[cfg(test)]
mod tests;
