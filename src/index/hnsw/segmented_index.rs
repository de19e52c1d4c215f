//! The segments of a vector store, kept in step with its rows: which node each row is, and which rows are in no segment.
//!
//! New rows are looked for in the segments by their contents. Those that are in none stay unindexed: searches compare
//! them one by one until a segment with them is added.

use std::path::PathBuf;

use rapidhash::RapidHashMap;
use rayon::prelude::*;

use super::attached_segment::AttachedSegment;
use super::segment::Segment;
use crate::index::fingerprint::{Fingerprint, fingerprint};
use crate::index::vectors::VectorStore;

/// A node of a segment.
#[derive(Debug, Clone, Copy)]
struct Node {
    segment: u32,
    node: u32,
}

/// Where a row is found.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// At this place of the unindexed rows.
    Unindexed(u32),
    /// At a node.
    Indexed(Node),
}

/// A row of the vector store.
#[derive(Debug)]
struct IndexedRow {
    fingerprint: Fingerprint,
    place: Place,
}

/// Segments, and the rows of a vector store that they are about.
#[derive(Debug, Default)]
pub struct SegmentedIndex {
    /// None where there was a segment that was dropped.
    segments: Vec<Option<AttachedSegment>>,
    /// The newest node with each content.
    nodes: RapidHashMap<Fingerprint, Node>,
    rows: Vec<IndexedRow>,
    unindexed: Vec<u32>,
}

impl SegmentedIndex {
    /// Makes an index without segments for the rows of `vectors`. Runs on the threads of the current rayon pool.
    pub fn new(vectors: &VectorStore) -> Self {
        let rows: Vec<usize> = (0..vectors.len()).collect();
        let mut index = Self::default();
        let fingerprints: Vec<_> =
            rows.into_par_iter().with_min_len(1024).map(|row| fingerprint(vectors.row(row))).collect();
        fingerprints.into_iter().for_each(|fingerprint| index.push(fingerprint));
        index
    }

    /// Returns the segments, in the order in which they were added.
    pub fn segments(&self) -> impl Iterator<Item = &AttachedSegment> + Clone {
        self.segments.iter().flatten()
    }

    /// Returns the rows that are in no segment.
    pub fn unindexed(&self) -> &[u32] {
        &self.unindexed
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Tells whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the bytes of memory that the index takes, vectors excluded.
    pub fn memory(&self) -> usize {
        let nodes = self.nodes.capacity() * (size_of::<(Fingerprint, Node)>() + 1);
        let rows = self.rows.capacity() * size_of::<IndexedRow>();
        let unindexed = self.unindexed.capacity() * size_of::<u32>();
        self.segments().map(AttachedSegment::memory).sum::<usize>() + nodes + rows + unindexed
    }

    /// Returns the fingerprint of a row's contents.
    pub fn fingerprint(&self, row: usize) -> Fingerprint {
        self.rows[row].fingerprint
    }

    /// Follows the addition of a row at the end of the vector store.
    pub fn push(&mut self, fingerprint: Fingerprint) {
        let place = self.attach(self.rows.len() as u32, fingerprint);
        self.rows.push(IndexedRow { fingerprint, place });
    }

    /// Follows the replacement of a row's contents.
    pub fn replace(&mut self, row: usize, fingerprint: Fingerprint) {
        self.detach(row as u32);
        let place = self.attach(row as u32, fingerprint);
        self.rows[row] = IndexedRow { fingerprint, place };
    }

    /// Follows the removal of a row, whose number the last row takes.
    pub fn swap_remove(&mut self, row: usize) {
        self.detach(row as u32);
        self.rows.swap_remove(row);
        let (last, row) = (self.rows.len() as u32, row as u32);
        match self.rows.get(row as usize).map(|moved| moved.place) {
            Some(Place::Unindexed(at)) => self.unindexed[at as usize] = row,
            Some(Place::Indexed(Node { segment, node })) => {
                if let Some(segment) = self.segment_mut(segment) {
                    segment.renumber(node, last, row);
                }
            }
            None => {}
        }
    }

    /// Adds a segment: all rows whose contents it has are found by it from now on, whichever segment they were in.
    /// `vectors` has the rows; `path` is where the segment is kept, if it is.
    pub fn add_segment(&mut self, segment: Segment, path: Option<PathBuf>, vectors: &VectorStore) {
        let at = self.segments.len() as u32;
        let fingerprints = segment.fingerprints().to_vec();
        self.segments.push(Some(AttachedSegment::new(segment, path)));
        for (node, fingerprint) in fingerprints.into_iter().enumerate() {
            let node = Node { segment: at, node: node as u32 };
            let Some(old) = self.nodes.insert(fingerprint, node) else { continue };
            let rows = self.segment_mut(old.segment).map(|segment| segment.take_rows(old.node));
            for row in rows.into_iter().flatten() {
                self.rows[row as usize].place = self.attach(row, fingerprint);
            }
        }
        for row in std::mem::take(&mut self.unindexed) {
            self.rows[row as usize].place = self.attach(row, self.rows[row as usize].fingerprint);
        }
        if let Some(segment) = self.segment_mut(at) {
            segment.copy_entry_points(vectors);
        }
    }

    /// Drops the segments that have no row any more and are not newer than `generation`. Returns where those are kept.
    pub fn drop_empty(&mut self, generation: i64) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for (at, slot) in self.segments.iter_mut().enumerate() {
            let is_empty = |attached: &mut AttachedSegment| {
                attached.live() == 0 && attached.segment().generation() <= generation
            };
            let Some(dropped) = slot.take_if(is_empty) else { continue };
            for fingerprint in dropped.segment().fingerprints() {
                if self.nodes.get(fingerprint).is_some_and(|node| node.segment == at as u32) {
                    self.nodes.remove(fingerprint);
                }
            }
            paths.extend(dropped.path().map(ToOwned::to_owned));
        }
        paths
    }

    fn segment_mut(&mut self, segment: u32) -> Option<&mut AttachedSegment> {
        self.segments.get_mut(segment as usize)?.as_mut()
    }

    /// Ties a row to the node with its contents, or makes it an unindexed one. Returns where it is.
    fn attach(&mut self, row: u32, fingerprint: Fingerprint) -> Place {
        if let Some(&node) = self.nodes.get(&fingerprint)
            && let Some(segment) = self.segment_mut(node.segment)
        {
            segment.attach(node.node, row);
            return Place::Indexed(node);
        }
        self.unindexed.push(row);
        Place::Unindexed(self.unindexed.len() as u32 - 1)
    }

    /// Unties a row from where it is.
    fn detach(&mut self, row: u32) {
        match self.rows[row as usize].place {
            Place::Unindexed(at) => {
                self.unindexed.swap_remove(at as usize);
                if let Some(moved) = self.unindexed.get(at as usize) {
                    self.rows[*moved as usize].place = Place::Unindexed(at);
                }
            }
            Place::Indexed(Node { segment, node }) => {
                if let Some(segment) = self.segment_mut(segment) {
                    segment.detach(node, row);
                }
            }
        }
    }
}
