//! Approximate search by HNSW graphs, several for a large index.
//!
//! A [`SegmentPlan`] builds a [`Segment`] (a [`Graph`] and the contents of its points) from some of the rows. A
//! [`SegmentStore`] keeps segments in files, and a [`SegmentedIndex`] ties them to the rows of a vector store. [`approximate::search`]
//! searches their graphs, adds the rows that are in no segment, and scores exactly what it has.

pub(crate) mod approximate;
mod attached_segment;
mod beam_search;
mod build;
mod build_points;
mod cost;
mod entry_points;
mod farthest_first;
mod graph;
mod segment;
mod segment_plan;
mod segment_store;
mod segmented_index;
mod vnni;

pub(crate) use attached_segment::AttachedSegment;
pub(crate) use cost::{is_cheaper, measure_rows_per_point};
pub(crate) use segment::Segment;
pub(crate) use segment_plan::SegmentPlan;
pub(crate) use segment_store::{GRAPHS_LOCK, SegmentStore};
pub(crate) use segmented_index::SegmentedIndex;

#[cfg(test)]
mod tests;
