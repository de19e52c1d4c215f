//! A hierarchical navigable small world: a graph that leads to the nearest of its points in few steps (Malkov
//! and Yashunin: "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small
//! World graphs", 2018). instant-distance builds it; what is kept are the links of the lowest layer alone: the
//! points are rows of the matrix already, and [`super::walk`] finds its way there by [`super::hubs`].

use anyhow::{Context, Result, ensure};
use bincode::config::{self, Config};
use instant_distance::{Builder, Heuristic};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_big_array::BigArray;

use super::numbering;
use super::points::{At, Points};

/// Links of a point in the lowest layer (fixed by instant-distance, whose M is 32).
pub const LINKS: usize = 64;

/// Stands for no link; none follows it.
pub const NONE: u32 = u32::MAX;

/// How many points are looked at to choose the links of a new one from.
const EF_CONSTRUCTION: usize = 100;

/// The order of the points is drawn from this.
const SEED: u64 = 7;

/// More than any graph takes: 2^20 points in all layers.
const LIMIT: usize = 1 << 30;

/// The links of a graph, `LINKS` for each point. The first points are spread over all (`numbering`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph(Vec<u32>);

/// What instant-distance writes of its `Hnsw`, the points left out.
#[derive(Deserialize)]
struct Built {
    _ef_search: usize,
    _points: Vec<()>,
    zero: Vec<Zero>,
    // The layers above follow.
}

#[derive(Deserialize)]
struct Zero(#[serde(with = "BigArray")] [u32; LINKS]);

fn encoding() -> impl Config {
    config::standard().with_fixed_int_encoding().with_limit::<LIMIT>()
}

/// Where each number is in a permutation.
fn inverse(permutation: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let mut places = vec![NONE; permutation.len()];
    permutation.enumerate().for_each(|(place, number)| places[number as usize] = place as u32);
    places
}

impl Graph {
    /// Links points, on the threads of rayon's pool, and says which of `points` each of the graph's is.
    /// Points should be different from each other: many equal ones become an island that no link leaves.
    ///
    /// # Errors
    /// When instant-distance writes its graph in another way than it used to.
    pub fn build(points: &Points) -> Result<(Self, Vec<u32>)> {
        let all: Vec<At<'_>> = (0..points.len() as u32).map(|at| At { points, at }).collect();
        // It hangs when candidates are extended.
        let heuristic = Heuristic { extend_candidates: false, keep_pruned: true };
        let builder =
            Builder::default().seed(SEED).ef_construction(EF_CONSTRUCTION).select_heuristic(Some(heuristic));
        let (hnsw, nodes) = builder.build_hnsw(all);
        let written = bincode::serde::encode_to_vec(&hnsw, encoding()).context("a graph")?;
        drop(hnsw);
        let (built, _) =
            bincode::serde::decode_from_slice::<Built, _>(&written, encoding()).context("a graph")?;
        let graph = Self(built.zero.iter().flat_map(|zero| zero.0).collect());
        graph.check(points.len())?;
        let inputs = inverse(nodes.into_iter().map(instant_distance::PointId::into_inner));
        let order = numbering::spread(&graph, points, &inputs);
        let inputs = order.iter().map(|node| inputs[*node as usize]).collect();
        Ok((graph.renumbered(&order), inputs))
    }

    /// With nodes in another order.
    fn renumbered(&self, order: &[u32]) -> Self {
        let numbers = inverse(order.iter().copied());
        let mut links = vec![NONE; self.0.len()];
        for (node, to) in order.iter().zip(links.chunks_exact_mut(LINKS)) {
            to.iter_mut().zip(self.links(*node)).for_each(|(to, link)| *to = numbers[link as usize]);
        }
        Self(links)
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        self.0.len() / LINKS
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Where a point leads.
    #[inline(always)]
    pub fn links(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let links = &self.0[node as usize * LINKS..][..LINKS];
        links.iter().copied().take_while(|link| *link != NONE)
    }

    /// The links as they are kept in a file.
    ///
    /// # Errors
    /// When there are more than a graph may have.
    pub fn encode(&self) -> Result<Vec<u8>> {
        bincode::serde::encode_to_vec(self, encoding()).context("a graph")
    }

    /// Reads what [`Self::encode`] wrote of a graph of `count` points; whatever the bytes are, a graph that comes
    /// of it can be followed.
    ///
    /// # Errors
    /// When the bytes are anything else.
    pub fn decode(bytes: &[u8], count: usize) -> Result<Self> {
        let (graph, read) = bincode::serde::decode_from_slice::<Self, _>(bytes, encoding())?;
        ensure!(read == bytes.len(), "{} bytes too many", bytes.len() - read);
        graph.check(count)?;
        Ok(graph)
    }

    /// Links lead to points.
    fn check(&self, count: usize) -> Result<()> {
        ensure!(self.0.len() == count * LINKS, "links of {} points, not {count}", self.0.len() / LINKS);
        let inside = |link: &u32| *link == NONE || (*link as usize) < count;
        ensure!(self.0.par_iter().with_min_len(1 << 16).all(inside), "a link that leads nowhere");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_same_points_under_other_numbers() {
        let links: [&[u32]; 4] = [&[1, 3], &[2], &[], &[0, 2, 1]];
        let pad = |links: &[u32]| [links, &vec![NONE; LINKS - links.len()]].concat();
        let graph = Graph(links.iter().flat_map(|links| pad(links)).collect());
        let order = [2, 0, 3, 1];
        let renumbered = graph.renumbered(&order);
        for (number, node) in order.iter().enumerate() {
            let back = renumbered.links(number as u32).map(|link| order[link as usize]);
            assert_eq!(back.collect::<Vec<_>>(), links[*node as usize]);
        }
    }
}
