use half::f16;
use proptest::prelude::*;

use super::*;

/// Draws numbers between -0.5 and 0.5, the same every time.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn vectors_of(rows: &[f32], dimension: usize) -> VectorStore {
    let mut vectors = VectorStore::new(dimension);
    for row in rows.chunks_exact(dimension) {
        vectors.stage(&row.iter().map(|x| f16::from_f32(*x)).collect::<Vec<_>>());
    }
    vectors.commit();
    vectors
}

/// Computes all scores in f64 and sorts them, without codes and bounds.
fn plain_scan(rows: &[f32], query: &[f32], k: usize) -> Vec<ScoredRow> {
    let score = |row: &[f32]| {
        let row: Vec<f64> = row.iter().map(|x| f16::from_f32(*x).to_f64()).collect();
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let product: f64 = row.iter().zip(query).map(|(a, b)| a * f64::from(*b)).sum();
        if length > 0.0 { (product / length) as f32 } else { 0.0 }
    };
    let scored = rows.chunks_exact(query.len()).map(score).enumerate();
    let mut scored: Vec<ScoredRow> = scored.map(|(row, score)| ScoredRow { row, score }).collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.row.cmp(&b.row)));
    scored.truncate(k);
    scored
}

/// Checks that rows are the same, and that scores differ by no more than what the order of a sum in f64 can change.
fn assert_same(found: &[ScoredRow], expected: &[ScoredRow]) {
    let rows = |scored: &[ScoredRow]| scored.iter().map(|scored| scored.row).collect::<Vec<_>>();
    assert_eq!(rows(found), rows(expected));
    for (found, expected) in found.iter().zip(expected) {
        assert!((found.score - expected.score).abs() <= f32::EPSILON * expected.score.abs());
    }
}

#[test]
fn agrees_with_a_plain_scan() {
    for (rows, dimension, k) in [(3000, 96, 10), (1, 512, 5), (700, 33, 50), (513, 8, 513), (5, 3, 1)] {
        let rows = numbers(rows * dimension, 1);
        let (vectors, query) = (vectors_of(&rows, dimension), &rows[..dimension]);
        let found = search(&vectors, query, k, |_| true, |a, b| a.cmp(&b));
        assert_same(&found, &plain_scan(&rows, query, k));
    }
}

#[test]
fn agrees_with_a_plain_scan_where_neighbours_are_closer_than_codes_can_tell() {
    let (base, noise) = (numbers(64, 5), numbers(2000 * 64, 7));
    for size in [1e-1, 1e-2, 1e-3, 3e-4, 0.0] {
        let rows: Vec<f32> = noise.iter().enumerate().map(|(i, x)| base[i % 64] + x * size).collect();
        let vectors = vectors_of(&rows, 64);
        for query in [&base, &numbers(64, 9)] {
            let found = search(&vectors, query, 10, |_| true, |a, b| a.cmp(&b));
            assert_same(&found, &plain_scan(&rows, query, 10));
        }
    }
}

#[test]
fn the_codes_leave_few_to_be_scored() {
    let rows = numbers(20_000 * 128, 3);
    let vectors = vectors_of(&rows, 128);
    let quantized = [QuantizedQuery::new(&numbers(128, 11), &vectors)];
    let candidates = candidates_of_each(&vectors, &quantized, 10, |_| true);
    assert!(candidates[0].len() < 100, "{}", candidates[0].len());
}

#[test]
fn several_queries_are_answered_as_one_by_one() {
    let rows = numbers(1500 * 24, 1);
    let vectors = vectors_of(&rows, 24);
    let queries = numbers(70 * 24, 2);
    let mut queries: Vec<&[f32]> = queries.chunks_exact(24).collect();
    queries[40] = &[0.0; 24];
    queries[41] = &[f32::NAN; 24];
    let tie = |a: usize, b: usize| a.cmp(&b);
    let found = search_batch(&vectors, &queries, 7, |row| row % 3 != 0, tie);
    assert_eq!(found.len(), 70);
    for (query, found) in queries.iter().zip(&found) {
        assert_eq!(*found, search(&vectors, query, 7, |row| row % 3 != 0, tie));
    }
    assert_eq!(found[40].iter().map(|s| (s.row, s.score)).collect::<Vec<_>>()[..2], [(1, 0.0), (2, 0.0)]);
    assert!(found[41].is_empty());
}

#[test]
fn ties_are_ordered_as_asked_also_across_tasks() {
    let vectors = vectors_of(&[1.0, 0.0].repeat(3 * ROWS_PER_TASK), 2);
    let rows = |tie: fn(usize, usize) -> Ordering| -> Vec<usize> {
        search(&vectors, &[1.0, 0.0], 3, |_| true, tie).iter().map(|s| s.row).collect()
    };
    assert_eq!(rows(|a, b| a.cmp(&b)), [0, 1, 2]);
    assert_eq!(rows(|a, b| b.cmp(&a)), [1535, 1534, 1533]);
}

#[test]
fn refused_rows_are_left_out_and_k_may_be_zero() {
    let vectors = vectors_of(&[1.0, 0.2, 1.0, 0.1, 1.0, 0.0, 1.0, -0.1], 2);
    let tie = |a: usize, b: usize| a.cmp(&b);
    let odd = search(&vectors, &[1.0, 0.0], 9, |row| row % 2 == 1, tie);
    assert_eq!(odd.iter().map(|s| s.row).collect::<Vec<_>>(), [1, 3]);
    assert!(search(&vectors, &[1.0, 0.0], 0, |_| true, tie).is_empty());
    assert!(search(&VectorStore::new(2), &[1.0, 0.0], 3, |_| true, tie).is_empty());
}

/// Numbers that make trouble: nothing, the smallest and the largest f16, and plain ones.
fn odd_number() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0), Just(6e-8), Just(-6e-8), Just(65504.0), Just(1.0), Just(-1.0), -1.0_f32..1.0]
}

proptest! {
    /// Small matrices of odd rows, many of them repeated, among more rows of the same kind than one task has.
    #[test]
    fn agrees_with_a_plain_scan_on_odd_rows(
        kinds in prop::collection::vec(prop::collection::vec(odd_number(), 7), 1..40),
        picks in prop::collection::vec(any::<u16>(), 1..1200),
        query in prop::collection::vec(odd_number(), 7),
        size in -8_i32..8,
        k in 1_usize..30,
    ) {
        let rows: Vec<f32> = picks.iter().flat_map(|pick| kinds[*pick as usize % kinds.len()].clone()).collect();
        let query: Vec<f32> = query.iter().map(|x| x * 10.0_f32.powi(size)).collect();
        let found = search(&vectors_of(&rows, 7), &query, k, |_| true, |a, b| a.cmp(&b));
        let expected = plain_scan(&rows, &query, k);
        let scores = |scored: &[ScoredRow]| scored.iter().map(|s| s.score).collect::<Vec<_>>();
        for (found, expected) in scores(&found).into_iter().zip(scores(&expected)) {
            // Sums that cancel out differ in their last bits.
            let size = query.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            prop_assert!((found - expected).abs() <= 2.0 * f32::EPSILON * size, "{found} {expected}");
        }
        prop_assert_eq!(found.len(), expected.len());
        let score = |row: usize| vectors_of(&rows[row * 7..][..7], 7).scorer(&query)(0);
        for scored in &found {
            prop_assert_eq!(scored.score, score(scored.row));
        }
        prop_assert!(found.is_sorted_by(|a, b| (b.score, a.row) < (a.score, b.row)));
    }
}
