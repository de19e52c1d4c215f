//! Building a graph: instant-distance links the points; its links of the lowest layer are taken over, in farthest-first
//! order.
//!
//! instant-distance keeps its links private, but serializes them. What is read here is that serialization, so that its
//! exact version is pinned in `Cargo.toml`, and tests below notice when the layout changes.

use instant_distance::{Builder, Heuristic, Hnsw, PointId};
use serde::Deserialize;
use serde_big_array::BigArray;

use super::build_points::{BuildPoint, BuildPoints};
use super::farthest_first::farthest_first_order;
use super::graph::{Graph, LINKS, encoding, inverse};
use crate::index::error::GraphError;

/// How many candidates the links of a new point are chosen from (the authors' efConstruction).
const EF_CONSTRUCTION: usize = 100;

/// The seed of the order in which points are inserted.
const SEED: u64 = 7;

/// The beginning of what instant-distance 0.6.1 serializes of its `Hnsw`; points are serialized as units.
#[derive(Deserialize)]
struct SerializedHnsw {
    _ef_search: usize,
    _points: Vec<()>,
    zero: Vec<ZeroNode>,
    // The layers above follow.
}

/// The links of a point in the lowest layer, nearest first, filled up with `u32::MAX`.
#[derive(Deserialize)]
struct ZeroNode(#[serde(with = "BigArray")] [u32; LINKS]);

/// Links `points` on the threads of the current rayon pool. Returns the graph, and which of the points each node is.
///
/// Points should differ from each other: many equal ones become an island that no link leaves.
///
/// # Errors
/// When instant-distance serializes its graph in another way than expected.
pub(super) fn build_graph(points: &BuildPoints) -> Result<(Graph, Vec<u32>), GraphError> {
    let (hnsw, ids) = link(points);
    let written = bincode::serde::encode_to_vec(&hnsw, encoding())?;
    drop(hnsw);
    let graph = Graph::new(lowest_layer(&written)?, points.len())?;
    drop(written);
    let inputs = inverse(ids.into_iter().map(PointId::into_inner));
    let order = farthest_first_order(&graph, points, &inputs);
    let inputs = order.iter().map(|node| inputs[*node as usize]).collect();
    Ok((graph.renumbered(&order), inputs))
}

/// Has instant-distance link the points; returns its graph, and the id in it of each point.
fn link(points: &BuildPoints) -> (Hnsw<BuildPoint<'_>>, Vec<PointId>) {
    let all: Vec<BuildPoint<'_>> = (0..points.len() as u32).map(|at| BuildPoint { points, at }).collect();
    // instant-distance hangs when it extends candidates.
    let heuristic = Heuristic { extend_candidates: false, keep_pruned: true };
    let builder =
        Builder::default().seed(SEED).ef_construction(EF_CONSTRUCTION).select_heuristic(Some(heuristic));
    builder.build_hnsw(all)
}

/// Takes the links of the lowest layer out of a serialized graph, [`LINKS`] for each point.
fn lowest_layer(written: &[u8]) -> Result<Vec<u32>, GraphError> {
    let (hnsw, _) = bincode::serde::decode_from_slice::<SerializedHnsw, _>(written, encoding())?;
    Ok(hnsw.zero.iter().flat_map(|node| node.0).collect())
}

#[cfg(test)]
mod tests {
    use half::f16;
    use instant_distance::Point;

    use super::*;
    use crate::index::vectors::VectorStore;

    /// Points on a quarter of a circle, so that neighbours are next to each other.
    fn arc(count: usize) -> BuildPoints {
        let mut vectors = VectorStore::new(2);
        for i in 0..count {
            let (sin, cos) = (i as f32 / count as f32).sin_cos();
            vectors.stage(&[cos, sin].map(f16::from_f32));
        }
        vectors.commit();
        BuildPoints::new(&vectors, &(0..count).collect::<Vec<_>>())
    }

    /// The whole of the private layout of instant-distance 0.6.1, field by field: should another version be used, this
    /// fails, and [`SerializedHnsw`] has to be looked at.
    #[test]
    fn instant_distance_serializes_its_graph_as_it_did() {
        #[derive(Deserialize)]
        struct Whole {
            ef_search: usize,
            points: Vec<()>,
            zero: Vec<ZeroNode>,
            layers: Vec<Vec<[u32; LINKS / 2]>>,
        }
        let points = arc(300);
        let (hnsw, ids) = link(&points);
        let written = bincode::serde::encode_to_vec(&hnsw, encoding()).unwrap();
        let (whole, read) = bincode::serde::decode_from_slice::<Whole, _>(&written, encoding()).unwrap();
        assert_eq!(read, written.len(), "something comes after the layers");
        let Whole { ef_search, points: serialized, zero, layers } = whole;
        assert_eq!((ef_search, serialized.len(), zero.len()), (100, 300, 300));
        assert!(!layers.is_empty() && layers.iter().all(|layer| !layer.is_empty() && layer.len() < 300));
        let upper = layers.iter().flatten().flatten();
        assert!(upper.copied().all(|link| link == u32::MAX || link < 300));
        // They are links between neighbours, nearest first, and not just any numbers.
        let inputs = inverse(ids.into_iter().map(PointId::into_inner));
        let at = |node: u32| BuildPoint { points: &points, at: inputs[node as usize] };
        let mut linked_to_nearest = 0;
        for (node, ZeroNode(links)) in zero.iter().enumerate() {
            let node = node as u32;
            let distances: Vec<f32> = links
                .iter()
                .take_while(|link| **link != u32::MAX)
                .map(|link| at(node).distance(&at(*link)))
                .collect();
            assert!(!distances.is_empty() && distances.len() <= LINKS);
            let nearest = (0..300).filter(|other| *other != node).map(|other| at(node).distance(&at(other)));
            linked_to_nearest += usize::from(distances[0] <= nearest.fold(f32::INFINITY, f32::min));
        }
        assert!(linked_to_nearest > 250, "{linked_to_nearest} of 300");
        assert_eq!(lowest_layer(&written).unwrap(), zero.iter().flat_map(|node| node.0).collect::<Vec<_>>());
    }

    #[test]
    fn other_layouts_are_refused() {
        let points = arc(40);
        let (hnsw, _) = link(&points);
        let written = bincode::serde::encode_to_vec(&hnsw, encoding()).unwrap();
        // A field more at the beginning, or one less.
        for other in [[&[7; 8], written.as_slice()].concat(), written[8..].to_vec()] {
            let links = lowest_layer(&other).and_then(|links| Graph::new(links, 40));
            assert!(links.is_err());
        }
    }
}
