use super::*;
use crate::base::rng::Rng;

const DIMENSION: usize = 16;

fn components(seed: u64) -> Vec<f16> {
    let mut rng = Rng::new(seed);
    (0..DIMENSION).map(|_| f16::from_f32(rng.range(-1.0, 1.0))).collect()
}

fn index_of(seeds: std::ops::Range<u64>) -> VectorIndex {
    let mut index = VectorIndex::new(DIMENSION, 2).unwrap();
    seeds.for_each(|seed| index.stage(&components(seed)));
    index.commit();
    index
}

fn build(index: &mut VectorIndex) {
    let plan = index.next_segment_plan(1, 0).unwrap();
    index.add_segment(plan.build().unwrap(), None);
}

fn rows(index: &VectorIndex, query: &[f32], k: usize, mode: SearchMode) -> Vec<usize> {
    index.search(query, k, |_| true, |a, b| a.cmp(&b), mode).0.iter().map(|scored| scored.row).collect()
}

#[test]
fn graphs_answer_only_in_the_mode_for_it() {
    let mut index = index_of(0..400);
    build(&mut index);
    assert_eq!((index.indexed_rows(), index.points()), (400, 400));
    let query = index.vector(7);
    let by_graphs =
        |mode| index.search_by_graphs(&query, (3, 3), |_| true, |a, b| a.cmp(&b), mode, 400.0).is_some();
    assert!(!by_graphs(SearchMode::Auto), "it is quicker to compare 400 rows");
    assert!(by_graphs(SearchMode::Approximate) && !by_graphs(SearchMode::Exact));
    for mode in [SearchMode::Auto, SearchMode::Approximate, SearchMode::Exact] {
        assert_eq!(rows(&index, &query, 1, mode), [7]);
        assert_eq!(rows(&index, &query, 400, mode).len(), 400);
    }
}

#[test]
fn staged_rows_are_invisible_until_they_are_committed() {
    let mut index = index_of(0..200);
    build(&mut index);
    let query: Vec<f32> = index.vector(3);
    let (before, everything) = (rows(&index, &query, 200, SearchMode::Exact), 999);
    (200..220).for_each(|seed| index.stage(&components(seed)));
    assert_eq!((index.len(), index.indexed_rows()), (200, 200));
    assert!(index.next_segment_plan(2, 0).is_none());
    for mode in [SearchMode::Exact, SearchMode::Approximate] {
        assert_eq!(rows(&index, &query, everything, mode), before);
    }
    index.commit();
    assert_eq!((index.len(), index.indexed_rows()), (220, 200));
    for mode in [SearchMode::Exact, SearchMode::Approximate] {
        assert_eq!(rows(&index, &query, everything, mode).len(), 220);
    }
}

/// The owner counts staged rows when it numbers its own: rows that are changed or removed have these numbers.
#[test]
fn rows_are_numbered_as_if_staged_ones_were_there() {
    let mut index = index_of(0..50);
    build(&mut index);
    let mut owner: Vec<u64> = (0..50).collect();
    let mut rng = Rng::new(4);
    for seed in 50..400 {
        match rng.below(4) {
            0 | 1 => {
                index.stage(&components(seed));
                owner.push(seed);
            }
            2 => {
                let row = rng.below(owner.len());
                index.replace(row, &components(seed));
                owner[row] = seed;
            }
            _ => {
                let row = rng.below(owner.len());
                index.swap_remove(row);
                owner.swap_remove(row);
            }
        }
    }
    index.commit();
    assert_eq!(index.len(), owner.len());
    for (row, seed) in owner.iter().enumerate() {
        assert_eq!(index.vectors().row(row), components(*seed));
        let query = index.vector(row);
        assert_eq!(rows(&index, &query, 1, SearchMode::Exact), [row]);
    }
    build(&mut index);
    assert_eq!(index.indexed_rows(), owner.len());
    assert!(index.has_empty_segments());
    assert!(index.drop_empty(1).is_empty() && !index.has_empty_segments());
}

#[test]
fn small_indexes_get_no_graphs_unless_asked_for() {
    let index = index_of(0..100);
    assert!(index.next_segment_plan(1, 101).is_none());
    assert_eq!(index.next_segment_plan(1, 100).unwrap().rows(), 100);
    assert!(index_of(0..0).next_segment_plan(1, 0).is_none());
}

#[test]
fn a_set_is_searched_as_a_scan_of_it_finds() {
    let mut index = index_of(0..2000);
    build(&mut index);
    let tie = |a: usize, b: usize| a.cmp(&b);
    for (query, step) in [(5, 1), (6, 2), (7, 3), (8, 40), (9, 700), (10, 2001)] {
        let query = index.vector(query);
        let set = RowSet::of(index.len(), |row| row % step == step - 1);
        for k in [1, 10, 60] {
            let expected = exact::search(&index.vectors, &query, k, |row| set.contains(row), tie);
            assert_eq!(expected.len(), k.min(set.count()));
            for mode in [SearchMode::Exact, SearchMode::Auto] {
                let (found, method) = index.search_set(&query, k, &set, tie, mode);
                assert_eq!((found, method), (expected.clone(), Method::ExactOfSet), "every {step}th, {k}");
            }
            let (found, _) = index.search_set(&query, k, &set, tie, SearchMode::Approximate);
            assert_eq!(found.len(), expected.len());
            let missed = expected.iter().filter(|row| !found.contains(row)).count();
            assert!(missed * 10 <= k, "{missed} of {k} are missing of every {step}th");
        }
    }
}
