use std::collections::BTreeSet;

use half::f16;

use super::beam_search::BeamSearch;
use super::build::build_graph;
use super::build_points::BuildPoints;
use super::entry_points::EntryPoints;
use super::graph::NONE;
use super::*;
use crate::base::cpu::Arch;
use crate::base::rng::Rng;
use crate::index::exact;
use crate::index::fingerprint::fingerprint;
use crate::index::hnsw::graph::Graph;
use crate::index::quantized_query::QuantizedQuery;
use crate::index::top_k::ScoredRow;
use crate::index::vectors::VectorStore;

const DIMENSION: usize = 32;

/// Draws a row of one of `count / 20` clusters, which all have a part in common; the same every time.
fn drawn(rng: &mut Rng, count: usize) -> Vec<f16> {
    let cluster = rng.below(count.div_ceil(20));
    let mut about = Rng::new(cluster as u64 + 1000);
    let number = |i: usize| {
        let common = if i == 3 { 1.0 } else { 0.0 };
        common + about.range(-0.5, 0.5) + 0.3 * rng.range(-0.5, 0.5)
    };
    (0..DIMENSION).map(number).map(f16::from_f32).collect()
}

fn vectors_of(count: usize, seed: u64) -> VectorStore {
    let (mut vectors, mut rng) = (VectorStore::new(DIMENSION), Rng::new(seed));
    (0..count).for_each(|_| vectors.stage(&drawn(&mut rng, count)));
    vectors.commit();
    vectors
}

fn queries(count: usize) -> Vec<Vec<f32>> {
    let mut rng = Rng::new(99);
    let off = |i: usize, x: f16| x.to_f32() + if i == 9 { 2.0 } else { 0.0 } + 0.2 * rng.range(-0.5, 0.5);
    let mut off = off;
    (0..40)
        .map(|_| drawn(&mut Rng::new(count as u64), count))
        .enumerate()
        .map(|(i, row)| {
            let mut about = Rng::new(i as u64);
            let row = if i == 0 { row } else { drawn(&mut about, count) };
            row.into_iter().enumerate().map(|(i, x)| off(i, x)).collect()
        })
        .collect()
}

/// Builds whatever is due.
fn build(index: &mut SegmentedIndex, vectors: &VectorStore) {
    while let Some(plan) = SegmentPlan::next(index, vectors, 1, 0) {
        index.add_segment(plan.build().unwrap(), None, vectors);
        index.drop_empty(1);
    }
}

fn exactly(vectors: &VectorStore, query: &[f32], k: usize) -> Vec<ScoredRow> {
    exact::search(vectors, query, k, |_| true, |a, b| a.cmp(&b))
}

fn approximately(
    index: &SegmentedIndex,
    vectors: &VectorStore,
    query: &[f32],
    k: usize,
) -> Option<Vec<ScoredRow>> {
    approximate::search(index, vectors, query, (k, k), |_| true, |a, b| a.cmp(&b))
}

fn recall(index: &SegmentedIndex, vectors: &VectorStore, k: usize) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for query in queries(vectors.len()) {
        let best: BTreeSet<usize> = exactly(vectors, &query, k).iter().map(|scored| scored.row).collect();
        let found = approximately(index, vectors, &query, k).unwrap();
        assert_eq!(found.len(), k);
        hits += found.iter().filter(|scored| best.contains(&scored.row)).count();
        all += k;
    }
    hits as f64 / all as f64
}

/// Checks that every row is where the index says it is, and that nothing else is anywhere.
fn check(index: &SegmentedIndex, vectors: &VectorStore) {
    assert_eq!(index.len(), vectors.len());
    let mut rows: Vec<usize> = index.unindexed().iter().map(|row| *row as usize).collect();
    for attached in index.segments() {
        let mut live = 0;
        for (node, first) in attached.first_rows().iter().enumerate() {
            live += usize::from(*first != NONE);
            for row in attached.rows_of(node as u32) {
                assert_eq!(fingerprint(vectors.row(row)), attached.segment().fingerprints()[node]);
                assert_eq!(index.fingerprint(row), attached.segment().fingerprints()[node]);
                rows.push(row);
            }
        }
        assert_eq!(live, attached.live());
    }
    rows.sort_unstable();
    assert_eq!(rows, (0..vectors.len()).collect::<Vec<_>>());
}

#[test]
fn most_of_the_best_are_found_in_the_exact_order() {
    let vectors = vectors_of(5000, 1);
    let mut index = SegmentedIndex::new(&vectors);
    build(&mut index, &vectors);
    check(&index, &vectors);
    for k in [1, 10, 50, 500] {
        let recall = recall(&index, &vectors, k);
        assert!(recall > 0.97, "{recall} of {k}");
    }
    let query = &queries(5000)[0];
    let (exact, found) = (exactly(&vectors, query, 10), approximately(&index, &vectors, query, 10).unwrap());
    for scored in found {
        assert!(exact.last().unwrap().score > scored.score || exact.contains(&scored), "{scored:?}");
    }
}

#[test]
fn nothing_is_told_when_too_few_are_found() {
    let vectors = vectors_of(300, 1);
    let mut index = SegmentedIndex::new(&vectors);
    assert!(!is_cheaper(&index, 10, 75.0, index.len() as f64));
    build(&mut index, &vectors);
    let query = &queries(300)[0];
    assert_eq!(approximately(&index, &vectors, query, 300).map_or(300, |found| found.len()), 300);
    assert_eq!(approximately(&index, &vectors, query, 301), None);
    assert_eq!(approximate::search(&index, &vectors, query, (5, 5), |row| row < 4, |a, b| a.cmp(&b)), None);
    assert_eq!(approximately(&index, &vectors, &[0.0; DIMENSION], 5), None);
    assert_eq!(approximately(&index, &vectors, &[f32::NAN; DIMENSION], 5), None);
}

#[test]
fn what_a_filter_refuses_is_not_found() {
    let vectors = vectors_of(2000, 1);
    let mut index = SegmentedIndex::new(&vectors);
    build(&mut index, &vectors);
    for query in queries(2000) {
        let found =
            approximate::search(&index, &vectors, &query, (5, 5), |row| row % 3 > 0, |a, b| a.cmp(&b))
                .unwrap();
        assert!(found.len() == 5 && found.iter().all(|scored| scored.row % 3 > 0));
    }
}

#[test]
fn identical_rows_are_one_point_and_all_of_them_are_found() {
    let mut vectors = vectors_of(400, 1);
    let copied = vectors.row(7).to_vec();
    (0..1000).for_each(|_| vectors.stage(&copied));
    vectors.commit();
    let mut index = SegmentedIndex::new(&vectors);
    build(&mut index, &vectors);
    check(&index, &vectors);
    assert_eq!(index.segments().map(|segment| segment.nodes()).sum::<usize>(), 400);
    assert_eq!(index.segments().map(|segment| segment.segment().rows()).sum::<usize>(), 1400);
    let query = vectors.vector(7);
    assert_eq!(approximately(&index, &vectors, &query, 1001), Some(exactly(&vectors, &query, 1001)));
    // Others are not walled off by the copies.
    let query = vectors.vector(300);
    assert_eq!(approximately(&index, &vectors, &query, 5).unwrap()[0].row, 300);
    let all_equal = {
        let mut vectors = VectorStore::new(DIMENSION);
        (0..200).for_each(|_| vectors.stage(&copied));
        vectors.commit();
        vectors
    };
    let mut index = SegmentedIndex::new(&all_equal);
    build(&mut index, &all_equal);
    let rows: Vec<usize> =
        approximately(&index, &all_equal, &query, 9).unwrap().iter().map(|scored| scored.row).collect();
    assert_eq!(rows, (0..9).collect::<Vec<_>>(), "ties as `tie` has them");
}

#[test]
fn rows_come_change_and_go_at_random() {
    let mut rng = Rng::new(5);
    let mut vectors = vectors_of(600, 1);
    let mut index = SegmentedIndex::new(&vectors);
    let mut built = 0;
    for step in 0..3000 {
        let at = rng.below(vectors.len());
        match rng.below(10) {
            0..4 => {
                // Sometimes contents that are there already, or were.
                let row = if rng.below(2) == 0 { vectors.row(at).to_vec() } else { drawn(&mut rng, 600) };
                vectors.stage(&row);
                vectors.commit();
                index.push(fingerprint(&row));
            }
            4..6 => {
                let row = drawn(&mut rng, 600);
                vectors.replace(at, &row);
                index.replace(at, fingerprint(&row));
            }
            6..9 if vectors.len() > 1 => {
                vectors.swap_remove(at);
                index.swap_remove(at);
            }
            _ if step % 7 == 0 => {
                if let Some(plan) = SegmentPlan::next(&index, &vectors, step, 0) {
                    index.add_segment(plan.build().unwrap(), None, &vectors);
                    built += 1;
                }
                index.drop_empty(step);
            }
            _ => {}
        }
        if step % 100 == 0 {
            check(&index, &vectors);
            let query = vectors.vector(at.min(vectors.len() - 1));
            let best = exactly(&vectors, &query, 1)[0].score;
            if let Some(found) = approximately(&index, &vectors, &query, 1) {
                assert!(found[0].score > best - 0.2, "{} {best}", found[0].score);
            }
        }
    }
    assert!(built > 3, "{built} segments");
    while !vectors.is_empty() {
        vectors.swap_remove(0);
        index.swap_remove(0);
    }
    check(&index, &vectors);
    index.drop_empty(i64::MAX);
    assert_eq!(index.segments().count(), 0);
}

#[test]
fn new_rows_are_found_before_they_are_in_a_segment_and_deleted_ones_are_not() {
    let mut vectors = vectors_of(3000, 1);
    let mut index = SegmentedIndex::new(&vectors);
    build(&mut index, &vectors);
    let mut rng = Rng::new(77);
    for _ in 0..200 {
        let row = drawn(&mut rng, 3000);
        vectors.stage(&row);
        vectors.commit();
        index.push(fingerprint(&row));
        let at = rng.below(3000);
        vectors.swap_remove(at);
        index.swap_remove(at);
    }
    check(&index, &vectors);
    assert!(!index.unindexed().is_empty());
    assert!(SegmentPlan::next(&index, &vectors, 1, 0).is_none(), "it is too early for a new segment");
    let recall = recall(&index, &vectors, 10);
    assert!(recall > 0.97, "{recall}");
    // Half are gone: those that are left are compared one by one until a new segment is built.
    for _ in 0..1500 {
        vectors.swap_remove(0);
        index.swap_remove(0);
    }
    assert!(index.segments().all(|segment| !segment.is_usable()));
    let query = &queries(3000)[5];
    assert_eq!(approximately(&index, &vectors, query, 10), Some(exactly(&vectors, query, 10)));
    build(&mut index, &vectors);
    check(&index, &vectors);
    assert!(index.segments().count() == 1 && index.segments().all(AttachedSegment::is_usable));
}

#[test]
fn small_segments_become_one_and_small_indexes_have_none() {
    let mut vectors = vectors_of(500, 1);
    assert!(SegmentPlan::next(&SegmentedIndex::new(&vectors), &vectors, 1, 501).is_none());
    let mut index = SegmentedIndex::new(&vectors);
    let mut rng = Rng::new(3);
    for _ in 0..5 {
        build(&mut index, &vectors);
        assert_eq!((index.segments().count(), index.unindexed().len()), (1, 0));
        for _ in 0..100 {
            let row = drawn(&mut rng, 500);
            vectors.stage(&row);
            vectors.commit();
            index.push(fingerprint(&row));
        }
    }
}

#[test]
fn a_newer_segment_stays_until_its_rows_are_known() {
    let vectors = vectors_of(100, 1);
    let plan = SegmentPlan::next(&SegmentedIndex::new(&vectors), &vectors, 8, 0).unwrap();
    let mut index = SegmentedIndex::default();
    index.add_segment(plan.build().unwrap(), None, &vectors);
    index.drop_empty(7);
    assert_eq!(index.segments().count(), 1);
    (0..100).for_each(|row| index.push(fingerprint(vectors.row(row))));
    check(&index, &vectors);
    assert!(index.unindexed().is_empty());
    for row in (0..index.len()).rev() {
        index.swap_remove(row);
    }
    index.drop_empty(8);
    assert_eq!(index.segments().count(), 0);
}

#[test]
fn any_graph_that_passes_the_check_can_be_followed() {
    let vectors = vectors_of(200, 1);
    let rows: Vec<u32> = (0..200).collect();
    let (graph, _) = build_graph(&BuildPoints::new(&vectors, &(0..200).collect::<Vec<_>>())).unwrap();
    let entry_points = EntryPoints::copy(&vectors, &rows);
    let bytes = graph.encode().unwrap();
    assert_eq!(Graph::decode(&bytes, 200).unwrap(), graph);
    assert!(Graph::decode(&bytes, 199).is_err() && Graph::decode(&bytes[1..], 200).is_err());
    let query = QuantizedQuery::new(&vectors.vector(0), &vectors).unwrap();
    let (mut rng, mut followed) = (Rng::new(4), 0);
    for _ in 0..3000 {
        let mut damaged = bytes.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(damaged.len());
            damaged[at] ^= 1 << rng.below(8);
        }
        if let Ok(graph) = Graph::decode(&damaged, 200) {
            followed += 1;
            let (graph, rows, vectors, query) = (&graph, &rows, &vectors, &query);
            let (entry_points, probes, beam_width) = (&entry_points, 64, 20);
            let search = BeamSearch { graph, entry_points, rows, vectors, query, probes, beam_width };
            assert!(Arch::in_use().dispatch(search).iter().all(|scored| scored.node < 200));
        }
    }
    assert!(followed > 100, "{followed}");
    for length in 0..bytes.len().min(2000) {
        assert!(Graph::decode(&bytes[..length], 200).is_err());
    }
}
