//! The links of a hierarchical navigable small world: a graph that leads to the nearest of its points in few steps
//! (Malkov, Yashunin: "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small
//! World graphs", 2018).
//!
//! Only the links of the lowest layer are kept: the points are rows of a vector store, and [`super::entry_points`] finds a way
//! in without the upper layers.

use bincode::config::{self, Config};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::index::error::GraphError;

/// Links of a point in the lowest layer at most (fixed by instant-distance, whose M is 32).
pub(super) const LINKS: usize = 64;

/// Stands for no link, and for no row.
pub(super) const NONE: u32 = u32::MAX;

/// Bytes of a serialized graph at most: 2^20 points in all layers take less.
const MAX_BYTES: usize = 1 << 30;

/// Links between points, which are numbered from 0 and called nodes here. The first nodes are spread over all points
/// ([`super::farthest_first`]), so that they serve as entry points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph(
    /// [`LINKS`] for each node, filled up with [`NONE`].
    Vec<u32>,
);

/// Returns the encoding of graphs, in files and of instant-distance's.
pub(super) fn encoding() -> impl Config {
    config::standard().with_fixed_int_encoding().with_limit::<MAX_BYTES>()
}

/// Inverts a permutation: says where in it each number is.
pub(super) fn inverse(permutation: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut places = vec![NONE; permutation.len()];
    permutation.enumerate().for_each(|(place, number)| places[number as usize] = place as u32);
    places
}

impl Graph {
    /// Makes a graph of `count` nodes from [`LINKS`] links for each.
    ///
    /// # Errors
    /// When there are more or less links, or one leads to no node.
    pub fn new(links: Vec<u32>, count: usize) -> Result<Self, GraphError> {
        if links.len() != count * LINKS {
            return Err(GraphError::Points { found: links.len() / LINKS, expected: count });
        }
        let leads_to_node = |link: &u32| *link == NONE || (*link as usize) < count;
        if !links.par_iter().with_min_len(1 << 16).all(leads_to_node) {
            return Err(GraphError::Link);
        }
        Ok(Self(links))
    }

    /// Returns the same graph with its nodes in another order: node `order[i]` becomes node `i`.
    pub fn renumbered(&self, order: &[u32]) -> Self {
        let numbers = inverse(order.iter().copied());
        let mut links = vec![NONE; self.0.len()];
        for (node, to) in order.iter().zip(links.chunks_exact_mut(LINKS)) {
            to.iter_mut().zip(self.links(*node)).for_each(|(to, link)| *to = numbers[link as usize]);
        }
        Self(links)
    }

    /// Returns the number of nodes.
    pub fn nodes(&self) -> usize {
        self.0.len() / LINKS
    }

    /// Returns the bytes of memory that the links take.
    pub fn memory(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Returns the nodes that a node is linked to.
    #[inline(always)]
    pub fn links(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let links = &self.0[node as usize * LINKS..][..LINKS];
        links.iter().copied().take_while(|link| *link != NONE)
    }

    /// Serializes the links for a file.
    ///
    /// # Errors
    /// When there are more than a graph may have.
    pub fn encode(&self) -> Result<Vec<u8>, GraphError> {
        Ok(bincode::serde::encode_to_vec(self, encoding())?)
    }

    /// Deserializes what [`Self::encode`] made of a graph of `count` nodes. Whatever the bytes are, a graph that comes of
    /// them can be followed.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8], count: usize) -> Result<Self, GraphError> {
        let (Self(links), read) = bincode::serde::decode_from_slice::<Self, _>(bytes, encoding())?;
        if read != bytes.len() {
            return Err(GraphError::TrailingBytes(bytes.len() - read));
        }
        Self::new(links, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_same_points_under_other_numbers() {
        let links: [&[u32]; 4] = [&[1, 3], &[2], &[], &[0, 2, 1]];
        let pad = |links: &[u32]| [links, &vec![NONE; LINKS - links.len()]].concat();
        let graph = Graph::new(links.iter().flat_map(|links| pad(links)).collect(), 4).unwrap();
        let order = [2, 0, 3, 1];
        let renumbered = graph.renumbered(&order);
        for (number, node) in order.iter().enumerate() {
            let back = renumbered.links(number as u32).map(|link| order[link as usize]);
            assert_eq!(back.collect::<Vec<_>>(), links[*node as usize]);
        }
    }

    #[test]
    fn links_must_lead_to_nodes() {
        let mut links = vec![NONE; 2 * LINKS];
        assert!(matches!(Graph::new(links.clone(), 3), Err(GraphError::Points { found: 2, expected: 3 })));
        links[5] = 2;
        assert!(matches!(Graph::new(links, 2), Err(GraphError::Link)));
    }
}
