//! The order in which a graph's nodes are numbered: any number of first nodes are spread over all points, as
//! [entry points] should be.
//!
//! Of points drawn at random, many would belong to the same clusters, and many clusters would have none. In farthest-first
//! order each point is as far from those before it as possible (Gonzalez: "Clustering to minimize the maximum intercluster
//! distance", 1985). The order here approximates that by nets of finer and finer meshes, for which only linked points are
//! compared.
//!
//! [entry points]: super::entry_points

use instant_distance::Point;
use rayon::prelude::*;

use super::build_points::{BuildPoint, BuildPoints};
use super::graph::Graph;

/// Number of nets.
const NETS: usize = 24;
/// The mesh of a net, relative to the one before, in squared distances.
const MESH_RATIO: f32 = 0.85;

/// Returns all nodes of a graph in farthest-first order, where `inputs` tells which of `points` each node is. Runs on the
/// threads of the current rayon pool.
pub(super) fn farthest_first_order(graph: &Graph, points: &BuildPoints, inputs: &[u32]) -> Vec<u32> {
    let at = |node: u32| BuildPoint { points, at: inputs[node as usize] };
    let links: Vec<Vec<(f32, u32)>> = (0..inputs.len() as u32)
        .into_par_iter()
        .map(|node| graph.links(node).map(|link| (at(node).distance(&at(link)), link)).collect())
        .collect();
    let mut mesh = links.par_iter().flatten_iter().map(|link| link.0).reduce(|| 0.0, f32::max);
    let mut is_chosen = vec![false; inputs.len()];
    let mut order = Vec::with_capacity(inputs.len());
    for net in 0..=NETS {
        for (node, links) in links.iter().enumerate() {
            let is_near = |(distance, link): &(f32, u32)| *distance <= mesh && is_chosen[*link as usize];
            if !is_chosen[node] && (net == NETS || !links.iter().any(is_near)) {
                is_chosen[node] = true;
                order.push(node as u32);
            }
        }
        mesh *= MESH_RATIO;
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use half::f16;

    use super::*;
    use crate::base::rng::Rng;
    use crate::index::hnsw::build::build_graph;
    use crate::index::vectors::VectorStore;

    /// Points of a large and many small clusters, drawn at random.
    #[test]
    fn the_first_points_are_of_all_clusters() {
        const CLUSTERS: u64 = 40;
        const DIMENSION: usize = 32;
        let numbers = |seed: u64, size: f32| {
            let mut rng = Rng::new(seed);
            (0..DIMENSION).map(|_| rng.range(-size, size)).collect::<Vec<f32>>()
        };
        let mut rng = Rng::new(1);
        let clusters: Vec<u64> = (0..600)
            .map(|_| if rng.below(2) == 0 { 0 } else { rng.below(CLUSTERS as usize) as u64 })
            .collect();
        let mut vectors = VectorStore::new(DIMENSION);
        for (row, cluster) in clusters.iter().enumerate() {
            let (middle, off) = (numbers(*cluster, 1.0), numbers(1000 + row as u64, 0.1));
            vectors.stage(&middle.iter().zip(&off).map(|(a, b)| f16::from_f32(a + b)).collect::<Vec<_>>());
        }
        vectors.commit();
        // Several threads build another graph each time.
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let points = BuildPoints::new(&vectors, &(0..600).collect::<Vec<_>>());
        let (graph, inputs) = one.install(|| build_graph(&points)).unwrap();
        assert_eq!(inputs.iter().collect::<HashSet<_>>().len(), 600, "each point once");
        let first: HashSet<u64> = inputs[..60].iter().map(|input| clusters[*input as usize]).collect();
        assert_eq!(first.len() as u64, CLUSTERS);
        // Links still lead to the points of the same cluster, before others.
        for node in 0..600 {
            let cluster = |node: u32| clusters[inputs[node as usize] as usize];
            let alike = graph.links(node).filter(|link| cluster(*link) == cluster(node)).count();
            let there = clusters.iter().filter(|other| **other == cluster(node)).count() - 1;
            assert!(alike >= there.min(5), "{alike} of {there} in cluster {}", cluster(node));
        }
    }
}
