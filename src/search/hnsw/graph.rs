//! A hierarchical navigable small world: a graph that leads to the nearest of its points in few steps (Malkov
//! and Yashunin: "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small
//! World graphs", 2018). instant-distance builds it; what is kept are the links alone, since the points are rows
//! of the matrix already, and they are followed by [`super::walk`], which can be told how far to look.

use anyhow::{Context, Result, ensure};
use bincode::config::{self, Config};
use instant_distance::{Builder, Heuristic};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_big_array::BigArray;

use super::points::{At, Points};

/// Links of a point in the lowest layer, and above (fixed by instant-distance, whose M is 32).
pub const LINKS: usize = 64;
pub const UPPER_LINKS: usize = 32;

/// Stands for no link; none follows it.
pub const NONE: u32 = u32::MAX;

/// How many points are looked at to choose the links of a new one from.
const EF_CONSTRUCTION: usize = 100;

/// Which points become part of the upper layers is drawn from this.
const SEED: u64 = 7;

/// More than any graph takes: 2^20 points in all layers.
const LIMIT: usize = 1 << 30;

/// The links of a graph. Points are numbered from those of the highest layer down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// [`LINKS`] for each point.
    zero: Vec<u32>,
    /// [`UPPER_LINKS`] for each point that is in the layer; a higher layer has fewer.
    upper: Vec<Vec<u32>>,
}

/// What instant-distance writes of its `Hnsw`, the points left out.
#[derive(Deserialize)]
struct Built {
    _ef_search: usize,
    _points: Vec<()>,
    zero: Vec<Zero>,
    layers: Vec<Vec<[u32; UPPER_LINKS]>>,
}

#[derive(Deserialize)]
struct Zero(#[serde(with = "BigArray")] [u32; LINKS]);

fn encoding() -> impl Config {
    config::standard().with_fixed_int_encoding().with_limit::<LIMIT>()
}

impl Graph {
    /// Links points, on the threads of rayon's pool, and says which of `points` became which of the graph.
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
        let graph = Self {
            zero: built.zero.iter().flat_map(|zero| zero.0).collect(),
            upper: built.layers.iter().map(|layer| layer.iter().flatten().copied().collect()).collect(),
        };
        graph.check(points.len())?;
        Ok((graph, nodes.into_iter().map(instant_distance::PointId::into_inner).collect()))
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        self.zero.len() / LINKS
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        size_of::<u32>() * (self.zero.len() + self.upper.iter().map(Vec::len).sum::<usize>())
    }

    /// Number of layers above the lowest.
    pub fn upper_layers(&self) -> usize {
        self.upper.len()
    }

    /// Number of points in a layer; 0 is the lowest.
    pub fn layer_len(&self, layer: usize) -> usize {
        match layer.checked_sub(1) {
            None => self.points(),
            Some(upper) => self.upper[upper].len() / UPPER_LINKS,
        }
    }

    /// Where a point of a layer leads.
    #[inline(always)]
    pub fn links(&self, layer: usize, node: u32) -> impl Iterator<Item = u32> + '_ {
        let node = node as usize;
        let links = match layer.checked_sub(1) {
            None => &self.zero[node * LINKS..][..LINKS],
            Some(upper) => &self.upper[upper][node * UPPER_LINKS..][..UPPER_LINKS],
        };
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

    /// Every layer has no more points than the one below, and links lead to points of the same layer.
    fn check(&self, count: usize) -> Result<()> {
        ensure!(self.zero.len() == count * LINKS, "links of {} points, not {count}", self.zero.len() / LINKS);
        let mut below = count;
        for (links, each) in
            std::iter::once((&self.zero, LINKS)).chain(self.upper.iter().map(|upper| (upper, UPPER_LINKS)))
        {
            let points = links.len() / each;
            ensure!(links.len().is_multiple_of(each) && points <= below, "a layer of {} links", links.len());
            ensure!(points > 0 || count == 0, "an empty layer");
            let inside = |link: &u32| *link == NONE || (*link as usize) < points;
            ensure!(links.par_iter().with_min_len(1 << 16).all(inside), "a link that leads nowhere");
            below = points;
        }
        Ok(())
    }
}
