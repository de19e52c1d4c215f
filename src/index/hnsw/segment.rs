//! A segment: a graph of some of the rows, and what identifies their contents. It never changes once it is built.

use super::graph::Graph;
use crate::index::fingerprint::Fingerprint;

/// A graph whose points are contents: rows with identical components are one point.
#[derive(Debug)]
pub struct Segment {
    graph: Graph,
    fingerprints: Vec<Fingerprint>,
    generation: i64,
    rows: usize,
}

impl Segment {
    /// Makes a segment of a graph and the fingerprint of each of its nodes. `generation` is the owner's number of the
    /// state that the rows were in, and `rows` how many rows had these contents then.
    pub fn new(graph: Graph, fingerprints: Vec<Fingerprint>, generation: i64, rows: usize) -> Self {
        Self { graph, fingerprints, generation, rows }
    }

    /// Returns the links.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the contents that each node stands for, one for each node.
    pub fn fingerprints(&self) -> &[Fingerprint] {
        &self.fingerprints
    }

    /// Returns the number of points.
    pub fn points(&self) -> usize {
        self.fingerprints.len()
    }

    /// Returns the owner's number of the state that the segment was built from. Later states have greater numbers.
    pub fn generation(&self) -> i64 {
        self.generation
    }

    /// Returns how many rows had these contents when the segment was built: at least as many as it has points.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the bytes of memory that the segment takes.
    pub fn memory(&self) -> usize {
        self.graph.memory() + size_of_val(self.fingerprints.as_slice())
    }
}
