//! A segment in use: its nodes are tied to the rows of a vector store.

use std::path::{Path, PathBuf};

use rapidhash::RapidHashMap;

use super::entry_points::EntryPoints;
use super::graph::{Graph, NONE};
use super::segment::Segment;
use crate::index::vectors::VectorStore;

/// A segment, and which rows have the contents that its nodes stand for.
#[derive(Debug)]
pub struct AttachedSegment {
    segment: Segment,
    /// Where the segment is kept, if it is.
    path: Option<PathBuf>,
    entry_points: EntryPoints,
    /// One row of each node, or [`NONE`] for a node without a row.
    rows: Vec<u32>,
    /// The other rows of nodes that have several: few nodes do, since identical contents are rare.
    more_rows: RapidHashMap<u32, Vec<u32>>,
    /// Number of nodes that have a row.
    live: usize,
}

impl AttachedSegment {
    /// Makes a segment without rows.
    pub fn new(segment: Segment, path: Option<PathBuf>) -> Self {
        let rows = vec![NONE; segment.points()];
        let entry_points = EntryPoints::default();
        Self { segment, path, entry_points, rows, more_rows: RapidHashMap::default(), live: 0 }
    }

    /// Returns the content of the segment.
    pub fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Returns the links.
    pub fn graph(&self) -> &Graph {
        self.segment.graph()
    }

    /// Returns the file that the segment is kept in.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns where searches begin. There is nothing before [`Self::copy_entry_points`].
    pub fn entry_points(&self) -> &EntryPoints {
        &self.entry_points
    }

    /// Copies the rows that searches begin at.
    pub fn copy_entry_points(&mut self, vectors: &VectorStore) {
        self.entry_points = EntryPoints::copy(vectors, &self.rows);
    }

    /// Returns the number of nodes.
    pub fn nodes(&self) -> usize {
        self.rows.len()
    }

    /// Returns the number of nodes that have a row.
    pub fn live(&self) -> usize {
        self.live
    }

    /// Tells whether so few nodes are without a row that links still lead everywhere: at most a fifth.
    pub fn is_usable(&self) -> bool {
        self.live * 10 >= self.nodes() * 8
    }

    /// Tells whether so many nodes are without a row that the segment should be replaced: more than a tenth, but not all.
    pub fn is_stale(&self) -> bool {
        self.live > 0 && self.live * 10 < self.nodes() * 9
    }

    /// Returns one row of each node, or [`NONE`].
    pub fn first_rows(&self) -> &[u32] {
        &self.rows
    }

    /// Returns all rows of a node.
    pub fn rows_of(&self, node: u32) -> impl Iterator<Item = usize> + '_ {
        let first = Some(self.rows[node as usize]).filter(|row| *row != NONE);
        // Most searches meet no node with several rows, and need not look for them.
        let more = if self.more_rows.is_empty() { None } else { self.more_rows.get(&node) };
        first.into_iter().chain(more.into_iter().flatten().copied()).map(|row| row as usize)
    }

    /// Returns the rows of all nodes.
    pub fn all_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes() as u32).flat_map(|node| self.rows_of(node))
    }

    /// Ties a row to a node.
    pub fn attach(&mut self, node: u32, row: u32) {
        let first = &mut self.rows[node as usize];
        if *first == NONE {
            *first = row;
            self.live += 1;
        } else {
            self.more_rows.entry(node).or_default().push(row);
        }
    }

    /// Unties a row from its node.
    pub fn detach(&mut self, node: u32, row: u32) {
        let first = &mut self.rows[node as usize];
        let is_first = *first == row;
        let Some(more) = self.more_rows.get_mut(&node) else {
            if is_first {
                *first = NONE;
                self.live -= 1;
            }
            return;
        };
        if is_first {
            *first = more.pop().unwrap_or(NONE);
        } else if let Some(at) = more.iter().rposition(|other| *other == row) {
            more.swap_remove(at);
        }
        if more.is_empty() {
            self.more_rows.remove(&node);
        }
    }

    /// Gives a row of a node another number.
    pub fn renumber(&mut self, node: u32, row: u32, to: u32) {
        let more = self.more_rows.get_mut(&node).into_iter().flatten();
        if let Some(place) = std::iter::once(&mut self.rows[node as usize]).chain(more).find(|at| **at == row)
        {
            *place = to;
        }
    }

    /// Unties all rows of a node, and returns them.
    pub fn take_rows(&mut self, node: u32) -> Vec<u32> {
        let first = std::mem::replace(&mut self.rows[node as usize], NONE);
        if first == NONE {
            return Vec::new();
        }
        self.live -= 1;
        let mut rows = self.more_rows.remove(&node).unwrap_or_default();
        rows.push(first);
        rows
    }

    /// Returns the bytes of memory that the segment takes.
    pub fn memory(&self) -> usize {
        let more: usize = self.more_rows.values().map(|rows| size_of_val(rows.as_slice())).sum();
        let more = more + self.more_rows.capacity() * (size_of::<(u32, Vec<u32>)>() + 1);
        self.segment.memory() + self.entry_points.memory() + size_of_val(self.rows.as_slice()) + more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::hnsw::graph::LINKS;

    #[test]
    fn rows_come_and_go_at_each_node() {
        let graph = Graph::new(vec![NONE; 3 * LINKS], 3).unwrap();
        let mut segment = AttachedSegment::new(Segment::new(graph, vec![7, 8, 9], 1, 3), None);
        let rows = |segment: &AttachedSegment, node| {
            let mut rows: Vec<usize> = segment.rows_of(node).collect();
            rows.sort_unstable();
            rows
        };
        for (node, row) in [(0, 10), (1, 11), (0, 12), (0, 13)] {
            segment.attach(node, row);
        }
        assert_eq!(
            (rows(&segment, 0), rows(&segment, 1), rows(&segment, 2)),
            (vec![10, 12, 13], vec![11], vec![])
        );
        assert_eq!((segment.live(), segment.is_usable(), segment.is_stale()), (2, false, true));
        segment.renumber(0, 13, 3);
        segment.renumber(1, 11, 1);
        segment.detach(0, 10);
        assert_eq!((rows(&segment, 0), rows(&segment, 1), segment.live()), (vec![3, 12], vec![1], 2));
        segment.detach(0, 3);
        segment.detach(0, 12);
        assert_eq!((rows(&segment, 0), segment.live()), (vec![], 1));
        segment.attach(1, 5);
        let mut taken = segment.take_rows(1);
        taken.sort_unstable();
        assert_eq!((taken, segment.take_rows(2), segment.live()), (vec![1, 5], vec![], 0));
        assert!(segment.all_rows().next().is_none() && !segment.is_stale());
    }
}
