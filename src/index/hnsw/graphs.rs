//! The graphs of a matrix, kept in step with its rows: which point each row is, and which rows are in no graph.
//!
//! A segment never changes once it is built. Rows that come are looked for in the segments by their contents; those
//! that are in none are the tail, which is compared one by one. Rows of one content hang on one point, as a list
//! that is linked both ways, so that each change of the matrix takes a few steps.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::path::PathBuf;

use rayon::prelude::*;

use super::graph::NONE;
use super::hubs::Hubs;
use super::segment::{Fingerprint, Segment, fingerprint};
use crate::index::matrix::Matrix;

/// What is known of a row of the matrix.
struct Row {
    fingerprint: Fingerprint,
    /// The segment that it is in, or [`NONE`] for the tail.
    segment: u32,
    /// Its point; in the tail, its place there.
    node: u32,
    /// Neighbours among the rows of the same point.
    next: u32,
    previous: u32,
}

/// Where contents are.
#[derive(Clone, Copy)]
struct Spot {
    segment: u32,
    node: u32,
}

/// Fingerprints are random already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// See the module.
#[derive(Default)]
pub struct Graphs {
    /// None where there was one that is of no use any more.
    segments: Vec<Option<Segment>>,
    spots: HashMap<Fingerprint, Spot, BuildHasherDefault<Identity>>,
    rows: Vec<Row>,
    tail: Vec<u32>,
}

impl Graphs {
    /// No segment yet, for the rows of a matrix. Runs on the threads of rayon's pool.
    pub fn of(matrix: &Matrix) -> Self {
        let rows: Vec<usize> = (0..matrix.len()).collect();
        let mut graphs = Self::default();
        let fingerprints: Vec<_> =
            rows.into_par_iter().with_min_len(1024).map(|row| fingerprint(matrix.row(row))).collect();
        fingerprints.into_iter().for_each(|fingerprint| graphs.push(fingerprint));
        graphs
    }

    /// The segments.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> + Clone {
        self.segments.iter().flatten()
    }

    /// Rows that are in no segment.
    pub fn tail(&self) -> &[u32] {
        &self.tail
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        let spots = self.spots.capacity() * (size_of::<(Fingerprint, Spot)>() + 1);
        let rows = self.rows.capacity() * size_of::<Row>() + self.tail.capacity() * size_of::<u32>();
        self.segments().map(Segment::memory).sum::<usize>() + spots + rows
    }

    /// The contents of a row.
    pub fn fingerprint(&self, row: u32) -> Fingerprint {
        self.rows[row as usize].fingerprint
    }

    /// The rows that a point stands for, from the first of them on.
    pub fn rows_of(&self, first: u32) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors((first != NONE).then_some(first), |row| {
            Some(self.rows[*row as usize].next).filter(|next| *next != NONE)
        })
        .map(|row| row as usize)
    }

    /// A row was added at the end.
    pub fn push(&mut self, fingerprint: Fingerprint) {
        let row = self.rows.len() as u32;
        self.rows.push(Row { fingerprint, segment: NONE, node: NONE, next: NONE, previous: NONE });
        self.attach(row);
    }

    /// A row has other contents now.
    pub fn replace(&mut self, row: usize, fingerprint: Fingerprint) {
        self.detach(row as u32);
        self.rows[row].fingerprint = fingerprint;
        self.attach(row as u32);
    }

    /// A row was removed, and the last took its place.
    pub fn swap_remove(&mut self, row: usize) {
        self.detach(row as u32);
        self.rows.swap_remove(row);
        let Some(&Row { segment, node, next, previous, .. }) = self.rows.get(row) else { return };
        let row = row as u32;
        if next != NONE {
            self.rows[next as usize].previous = row;
        }
        if previous != NONE {
            self.rows[previous as usize].next = row;
        } else {
            *self.first(segment, node) = row;
        }
    }

    /// Takes a segment in: rows whose contents it has are found by it from now on, whichever they were in. `matrix` is
    /// the one that the rows are of.
    pub fn adopt(&mut self, mut segment: Segment, matrix: &Matrix) {
        let at = self.segments.len() as u32;
        segment.rows.fill(NONE);
        segment.live = 0;
        let fingerprints = segment.fingerprints.clone();
        self.segments.push(Some(segment));
        for (node, fingerprint) in fingerprints.into_iter().enumerate() {
            let spot = Spot { segment: at, node: node as u32 };
            let Some(old) = self.spots.insert(fingerprint, spot) else { continue };
            let first = *self.first(old.segment, old.node);
            let rows: Vec<usize> = self.rows_of(first).collect();
            for row in rows {
                // The list of the old point is in the map no more, but the row knows where it is.
                self.detach(row as u32);
                self.attach(row as u32);
            }
        }
        for row in std::mem::take(&mut self.tail) {
            self.attach(row);
        }
        if let Some(Some(segment)) = self.segments.last_mut() {
            segment.hubs = Hubs::copy(matrix, &segment.rows);
        }
    }

    /// Drops segments without any row that are not newer than change number `change`, and says where they are kept.
    pub fn retire(&mut self, change: i64) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for (at, slot) in self.segments.iter_mut().enumerate() {
            let useless = |segment: &mut Segment| segment.live == 0 && segment.generation <= change;
            let Some(segment) = slot.take_if(useless) else { continue };
            for fingerprint in &segment.fingerprints {
                if self.spots.get(fingerprint).is_some_and(|spot| spot.segment == at as u32) {
                    self.spots.remove(fingerprint);
                }
            }
            paths.extend(segment.path);
        }
        paths
    }

    /// The first row of a point, or the row at a place of the tail.
    fn first(&mut self, segment: u32, node: u32) -> &mut u32 {
        match self.segments.get_mut(segment as usize) {
            Some(Some(segment)) => &mut segment.rows[node as usize],
            _ => &mut self.tail[node as usize],
        }
    }

    fn attach(&mut self, row: u32) {
        let spot = self.spots.get(&self.rows[row as usize].fingerprint).copied();
        let segment = spot.and_then(|spot| self.segments.get_mut(spot.segment as usize)?.as_mut());
        let (Some(spot), Some(segment)) = (spot, segment) else {
            let known = &mut self.rows[row as usize];
            (known.segment, known.node) = (NONE, self.tail.len() as u32);
            self.tail.push(row);
            return;
        };
        let next = std::mem::replace(&mut segment.rows[spot.node as usize], row);
        segment.live += usize::from(next == NONE);
        if next != NONE {
            self.rows[next as usize].previous = row;
        }
        let known = &mut self.rows[row as usize];
        (known.segment, known.node) = (spot.segment, spot.node);
        (known.next, known.previous) = (next, NONE);
    }

    fn detach(&mut self, row: u32) {
        let &Row { segment, node, next, previous, .. } = &self.rows[row as usize];
        let known = &mut self.rows[row as usize];
        (known.next, known.previous) = (NONE, NONE);
        if segment == NONE {
            self.tail.swap_remove(node as usize);
            if let Some(moved) = self.tail.get(node as usize) {
                self.rows[*moved as usize].node = node;
            }
            return;
        }
        if next != NONE {
            self.rows[next as usize].previous = previous;
        }
        if previous != NONE {
            self.rows[previous as usize].next = next;
        } else {
            *self.first(segment, node) = next;
            if let (NONE, Some(Some(segment))) = (next, self.segments.get_mut(segment as usize)) {
                segment.live -= 1;
            }
        }
    }
}
