use std::collections::BTreeSet;

use half::f16;
use pulp::Arch;

use super::graph::NONE;
use super::hubs::Hubs;
use super::walk::Walk;
use super::*;
use crate::base::rng::Rng;
use crate::index::matrix::Matrix;
use crate::index::rounded::RoundedQuery;
use crate::index::{Scored, top_k as exact_top_k};

const DIMENSION: usize = 32;

/// Numbers around one of `count / 20` centres, which all have a part in common; the same every time.
fn drawn(rng: &mut Rng, count: usize) -> Vec<f16> {
    let cluster = rng.below(count.div_ceil(20));
    let mut about = Rng::new(cluster as u64 + 1000);
    let number = |i: usize| {
        let common = if i == 3 { 1.0 } else { 0.0 };
        common + about.range(-0.5, 0.5) + 0.3 * rng.range(-0.5, 0.5)
    };
    (0..DIMENSION).map(number).map(f16::from_f32).collect()
}

fn matrix_of(count: usize, seed: u64) -> Matrix {
    let (mut matrix, mut rng) = (Matrix::new(DIMENSION), Rng::new(seed));
    (0..count).for_each(|_| matrix.stage(&drawn(&mut rng, count)));
    matrix.commit();
    matrix
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
fn build(graphs: &mut Graphs, matrix: &Matrix) {
    while let Some(job) = next(graphs, matrix, 1, true) {
        graphs.adopt(job.build().unwrap(), matrix);
        graphs.retire(1);
    }
}

fn exactly(matrix: &Matrix, query: &[f32], k: usize) -> Vec<Scored> {
    exact_top_k(matrix, query, k, |_| true, |a, b| a.cmp(&b))
}

fn approximately(graphs: &Graphs, matrix: &Matrix, query: &[f32], k: usize) -> Option<Vec<Scored>> {
    top_k(graphs, matrix, query, k, |_| true, |a, b| a.cmp(&b))
}

fn recall(graphs: &Graphs, matrix: &Matrix, k: usize) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for query in queries(matrix.len()) {
        let best: BTreeSet<usize> = exactly(matrix, &query, k).iter().map(|scored| scored.row).collect();
        let found = approximately(graphs, matrix, &query, k).unwrap();
        assert_eq!(found.len(), k);
        hits += found.iter().filter(|scored| best.contains(&scored.row)).count();
        all += k;
    }
    hits as f64 / all as f64
}

/// Every row is where it says it is, and nothing else is anywhere.
fn check(graphs: &Graphs, matrix: &Matrix) {
    assert_eq!(graphs.len(), matrix.len());
    let mut rows: Vec<usize> = graphs.tail().iter().map(|row| *row as usize).collect();
    for segment in graphs.segments() {
        let mut live = 0;
        for (node, first) in segment.rows.iter().enumerate() {
            live += usize::from(*first != NONE);
            for row in graphs.rows_of(*first) {
                assert_eq!(fingerprint(matrix.row(row)), segment.fingerprints[node]);
                rows.push(row);
            }
        }
        assert_eq!(live, segment.live);
    }
    rows.sort_unstable();
    assert_eq!(rows, (0..matrix.len()).collect::<Vec<_>>());
}

#[test]
fn most_of_the_best_are_found_in_the_exact_order() {
    let matrix = matrix_of(5000, 1);
    let mut graphs = Graphs::of(&matrix);
    build(&mut graphs, &matrix);
    check(&graphs, &matrix);
    for k in [1, 10, 50, 500] {
        let recall = recall(&graphs, &matrix, k);
        assert!(recall > 0.97, "{recall} of {k}");
    }
    let query = &queries(5000)[0];
    let (exact, found) = (exactly(&matrix, query, 10), approximately(&graphs, &matrix, query, 10).unwrap());
    for scored in found {
        assert!(exact.last().unwrap().score > scored.score || exact.contains(&scored), "{scored:?}");
    }
}

#[test]
fn nothing_is_told_when_too_few_are_found() {
    let matrix = matrix_of(300, 1);
    let mut graphs = Graphs::of(&matrix);
    assert!(!pays(&graphs, 10, 75.0));
    build(&mut graphs, &matrix);
    let query = &queries(300)[0];
    assert_eq!(approximately(&graphs, &matrix, query, 300).map_or(300, |found| found.len()), 300);
    assert_eq!(approximately(&graphs, &matrix, query, 301), None);
    assert_eq!(top_k(&graphs, &matrix, query, 5, |row| row < 4, |a, b| a.cmp(&b)), None);
    assert_eq!(approximately(&graphs, &matrix, &[0.0; DIMENSION], 5), None);
    assert_eq!(approximately(&graphs, &matrix, &[f32::NAN; DIMENSION], 5), None);
}

#[test]
fn what_a_filter_refuses_is_not_found() {
    let matrix = matrix_of(2000, 1);
    let mut graphs = Graphs::of(&matrix);
    build(&mut graphs, &matrix);
    for query in queries(2000) {
        let found = top_k(&graphs, &matrix, &query, 5, |row| row % 3 > 0, |a, b| a.cmp(&b)).unwrap();
        assert!(found.len() == 5 && found.iter().all(|scored| scored.row % 3 > 0));
    }
}

#[test]
fn identical_rows_are_one_point_and_all_of_them_are_found() {
    let mut matrix = matrix_of(400, 1);
    let copied = matrix.row(7).to_vec();
    (0..1000).for_each(|_| matrix.stage(&copied));
    matrix.commit();
    let mut graphs = Graphs::of(&matrix);
    build(&mut graphs, &matrix);
    check(&graphs, &matrix);
    assert_eq!(graphs.segments().map(|segment| segment.rows.len()).sum::<usize>(), 400);
    assert_eq!(graphs.segments().map(|segment| segment.pictures).sum::<usize>(), 1400);
    let query = matrix.vector(7);
    assert_eq!(approximately(&graphs, &matrix, &query, 1001), Some(exactly(&matrix, &query, 1001)));
    // Others are not walled off by the copies.
    let query = matrix.vector(300);
    assert_eq!(approximately(&graphs, &matrix, &query, 5).unwrap()[0].row, 300);
    let all_equal = {
        let mut matrix = Matrix::new(DIMENSION);
        (0..200).for_each(|_| matrix.stage(&copied));
        matrix.commit();
        matrix
    };
    let mut graphs = Graphs::of(&all_equal);
    build(&mut graphs, &all_equal);
    let rows: Vec<usize> =
        approximately(&graphs, &all_equal, &query, 9).unwrap().iter().map(|scored| scored.row).collect();
    assert_eq!(rows, (0..9).collect::<Vec<_>>(), "ties as `tie` has them");
}

#[test]
fn rows_come_change_and_go_at_random() {
    let mut rng = Rng::new(5);
    let mut matrix = matrix_of(600, 1);
    let mut graphs = Graphs::of(&matrix);
    let mut built = 0;
    for step in 0..3000 {
        let at = rng.below(matrix.len());
        match rng.below(10) {
            0..4 => {
                // Sometimes contents that are there already, or were.
                let row = if rng.below(2) == 0 { matrix.row(at).to_vec() } else { drawn(&mut rng, 600) };
                matrix.stage(&row);
                matrix.commit();
                graphs.push(fingerprint(&row));
            }
            4..6 => {
                let row = drawn(&mut rng, 600);
                matrix.replace(at, &row);
                graphs.replace(at, fingerprint(&row));
            }
            6..9 if matrix.len() > 1 => {
                matrix.swap_remove(at);
                graphs.swap_remove(at);
            }
            _ if step % 7 == 0 => {
                if let Some(job) = next(&graphs, &matrix, step, true) {
                    graphs.adopt(job.build().unwrap(), &matrix);
                    built += 1;
                }
                graphs.retire(step);
            }
            _ => {}
        }
        if step % 100 == 0 {
            check(&graphs, &matrix);
            let query = matrix.vector(at.min(matrix.len() - 1));
            let best = exactly(&matrix, &query, 1)[0].score;
            if let Some(found) = approximately(&graphs, &matrix, &query, 1) {
                assert!(found[0].score > best - 0.2, "{} {best}", found[0].score);
            }
        }
    }
    assert!(built > 3, "{built} segments");
    while !matrix.is_empty() {
        matrix.swap_remove(0);
        graphs.swap_remove(0);
    }
    check(&graphs, &matrix);
    graphs.retire(i64::MAX);
    assert_eq!(graphs.segments().count(), 0);
}

#[test]
fn new_rows_are_found_before_they_are_in_a_segment_and_deleted_ones_are_not() {
    let mut matrix = matrix_of(3000, 1);
    let mut graphs = Graphs::of(&matrix);
    build(&mut graphs, &matrix);
    let mut rng = Rng::new(77);
    for _ in 0..200 {
        let row = drawn(&mut rng, 3000);
        matrix.stage(&row);
        matrix.commit();
        graphs.push(fingerprint(&row));
        let at = rng.below(3000);
        matrix.swap_remove(at);
        graphs.swap_remove(at);
    }
    check(&graphs, &matrix);
    assert!(!graphs.tail().is_empty());
    assert!(next(&graphs, &matrix, 1, true).is_none(), "it is too early for a new segment");
    let recall = recall(&graphs, &matrix, 10);
    assert!(recall > 0.97, "{recall}");
    // Half are gone: those that are left are compared one by one until a new segment is built.
    for _ in 0..1500 {
        matrix.swap_remove(0);
        graphs.swap_remove(0);
    }
    assert!(graphs.segments().all(|segment| !segment.is_usable()));
    let query = &queries(3000)[5];
    assert_eq!(approximately(&graphs, &matrix, query, 10), Some(exactly(&matrix, query, 10)));
    build(&mut graphs, &matrix);
    check(&graphs, &matrix);
    assert!(graphs.segments().count() == 1 && graphs.segments().all(Segment::is_usable));
}

#[test]
fn small_segments_become_one_and_small_collections_have_none() {
    let mut matrix = matrix_of(500, 1);
    assert!(next(&Graphs::of(&matrix), &matrix, 1, false).is_none());
    let mut graphs = Graphs::of(&matrix);
    let mut rng = Rng::new(3);
    for _ in 0..5 {
        build(&mut graphs, &matrix);
        assert_eq!((graphs.segments().count(), graphs.tail().len()), (1, 0));
        for _ in 0..100 {
            let row = drawn(&mut rng, 500);
            matrix.stage(&row);
            matrix.commit();
            graphs.push(fingerprint(&row));
        }
    }
}

#[test]
fn a_newer_segment_stays_until_its_pictures_are_known() {
    let matrix = matrix_of(100, 1);
    let job = next(&Graphs::of(&matrix), &matrix, 8, true).unwrap();
    let mut graphs = Graphs::default();
    graphs.adopt(job.build().unwrap(), &matrix);
    graphs.retire(7);
    assert_eq!(graphs.segments().count(), 1);
    (0..100).for_each(|row| graphs.push(fingerprint(matrix.row(row))));
    check(&graphs, &matrix);
    assert!(graphs.tail().is_empty());
    for row in (0..graphs.len()).rev() {
        graphs.swap_remove(row);
    }
    graphs.retire(8);
    assert_eq!(graphs.segments().count(), 0);
}

#[test]
fn any_graph_that_passes_the_check_can_be_followed() {
    let matrix = matrix_of(200, 1);
    let rows: Vec<u32> = (0..200).collect();
    let (graph, _) = Graph::build(&points::Points::new(&matrix, &(0..200).collect::<Vec<_>>())).unwrap();
    let hubs = Hubs::copy(&matrix, &rows);
    let bytes = graph.encode().unwrap();
    assert_eq!(Graph::decode(&bytes, 200).unwrap(), graph);
    assert!(Graph::decode(&bytes, 199).is_err() && Graph::decode(&bytes[1..], 200).is_err());
    let query = RoundedQuery::new(&matrix.vector(0), &matrix).unwrap();
    let (mut rng, mut followed) = (Rng::new(4), 0);
    for _ in 0..3000 {
        let mut damaged = bytes.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(damaged.len());
            damaged[at] ^= 1 << rng.below(8);
        }
        if let Ok(graph) = Graph::decode(&damaged, 200) {
            followed += 1;
            let (graph, hubs, rows, matrix, query) = (&graph, &hubs, &rows, &matrix, &query);
            let walk = Walk { graph, hubs, rows, matrix, query, looked_at: 64, ef: 20 };
            assert!(Arch::new().dispatch(walk).iter().all(|found| found.node < 200));
        }
    }
    assert!(followed > 100, "{followed}");
    for length in 0..bytes.len().min(2000) {
        assert!(Graph::decode(&bytes[..length], 200).is_err());
    }
}
