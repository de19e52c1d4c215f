//! `pixseek bench search --sets`: searches among the rows that filters leave. Sets of several sizes, which have more or less to
//! do with the query, are searched in each way that there is.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use super::times::{milliseconds, percentile};
use crate::base::rng::Rng;
use crate::cli::browse;
use crate::cli::output;
use crate::index::{Method, RowSet, ScoredRow, SearchMode, VectorIndex, exact};

/// The shares of the rows that are left.
const SHARES: [f64; 10] = [0.9, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.02, 0.005];
/// The correlations between a row's score and whether it is left: filters that contradict the query, have nothing to do with
/// it, and say the same as it does.
const CORRELATIONS: [f32; 3] = [-0.5, 0.0, 0.5];
/// The numbers of results: those of `search`, and of the browser.
const TOPS: [usize; 2] = [10, browse::TOP];
/// The number of queries, each of which has sets of its own.
const QUERIES: usize = 12;
/// The number of times that each search is done; the quickest counts.
const RUNS: usize = 2;

/// A line of the table; scripts depend on these names. Times are medians over the queries.
#[derive(Serialize)]
struct SetFigures {
    share: f64,
    correlation: f32,
    top: usize,
    /// Every row is compared, and the set is asked for those that can be among the best.
    full_scan_ms: f64,
    /// The rows of the set are compared.
    rows_of_set_ms: f64,
    /// Graphs lead to `top / share` rows. `None` where so few of them are in the set that most searches fall short.
    graphs_ms: Option<f64>,
    /// The share of the best rows that graphs lead to, where they do not fall short.
    graphs_recall: Option<f64>,
    /// The share of the searches in which graphs lead to fewer rows than are asked for, though the set has as many.
    graphs_fall_short: f64,
    /// The time of the way that is chosen, and the share of the queries for which that is the graphs.
    chosen_ms: f64,
    chosen_graphs: f64,
    /// The share of the best rows that the chosen way leads to.
    chosen_recall: f64,
}

/// Measures and prints a table, one line after the other, in Markdown or as JSON.
///
/// # Errors
/// When nothing can be printed.
pub(super) fn run(index: &VectorIndex, queries: &[Vec<f32>], json: bool) -> Result<()> {
    let queries = &queries[..queries.len().min(QUERIES)];
    let mut out = io::stdout().lock();
    if !json {
        heading(&mut out)?;
    }
    for (number, correlation) in CORRELATIONS.into_iter().enumerate() {
        // What a set is chosen by is computed once for each query: that takes longer than the searches.
        let orders: Vec<Vec<u32>> = (queries.iter().enumerate())
            .map(|(at, query)| rows_by_fit(index, query, correlation, (number * QUERIES + at) as u64))
            .collect();
        for share in SHARES {
            let sets: Vec<RowSet> = orders.iter().map(|order| first_of(order, share)).collect();
            for top in TOPS {
                let figures = measure(index, queries, &sets, top);
                let figures = SetFigures { share, correlation, top, ..figures };
                if json { output::json(&figures)? } else { line(&mut out, &figures)? }
            }
        }
    }
    Ok(())
}

/// All rows in an order of which a prefix is a set: by the score and by chance, so that their correlation is as asked for.
fn rows_by_fit(index: &VectorIndex, query: &[f32], correlation: f32, seed: u64) -> Vec<u32> {
    let scores: Vec<f32> = (0..index.len())
        .into_par_iter()
        .map_init(|| index.vectors().scorer(query), |score, row| score(row))
        .collect();
    let count = scores.len().max(1) as f32;
    let mean = scores.iter().sum::<f32>() / count;
    let deviation = (scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / count).sqrt();
    let noise = (1.0 - correlation * correlation).sqrt();
    let mut rng = Rng::new(seed);
    let mut fits: Vec<(f32, u32)> = (0_u32..)
        .zip(&scores)
        .map(|(row, score)| {
            // The sum of twelve uniform numbers is nearly normal, with a deviation of 1.
            let normal = (0..12).map(|_| rng.range(0.0, 1.0)).sum::<f32>() - 6.0;
            (correlation * (score - mean) / deviation.max(f32::MIN_POSITIVE) + noise * normal, row)
        })
        .collect();
    fits.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    fits.into_iter().map(|(_, row)| row).collect()
}

fn first_of(order: &[u32], share: f64) -> RowSet {
    let count = ((order.len() as f64 * share) as usize).min(order.len());
    RowSet::from_rows(order.len(), order[..count].iter().map(|row| *row as usize))
}

fn measure(index: &VectorIndex, queries: &[Vec<f32>], sets: &[RowSet], top: usize) -> SetFigures {
    let tie = |a: usize, b: usize| a.cmp(&b);
    let (mut full, mut rows, mut graphs, mut chosen) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut graphs_recall, mut chosen_recall) = (Recall::default(), Recall::default());
    let (mut fall_short, mut by_graphs) = (0, 0);
    for (query, set) in queries.iter().zip(sets) {
        let keep = |row| set.contains(row);
        let (time, best) =
            timed(|| index.threads().install(|| exact::search(index.vectors(), query, top, keep, tie)));
        full.push(time);
        let (time, _) = timed(|| {
            let rows: Vec<u32> = set.rows().map(|row| row as u32).collect();
            index.threads().install(|| exact::search_rows(index.vectors(), query, top, &rows, tie))
        });
        rows.push(time);
        let (time, found) = timed(|| index.search_set_by_graphs(query, top, set, tie));
        match found {
            Some(found) => {
                graphs.push(time);
                graphs_recall.add(&best, &found);
            }
            None => fall_short += usize::from(set.count() >= top),
        }
        let (time, (found, method)) = timed(|| index.search_set(query, top, set, tie, SearchMode::Auto));
        chosen.push(time);
        chosen_recall.add(&best, &found);
        by_graphs += usize::from(method == Method::Graphs);
    }
    let count = queries.len().max(1);
    let median = |mut times: Vec<Duration>| milliseconds(percentile(&mut times, 50));
    let has_graphs = 2 * graphs.len() >= count;
    SetFigures {
        share: 0.0,
        correlation: 0.0,
        top,
        full_scan_ms: median(full),
        rows_of_set_ms: median(rows),
        graphs_ms: has_graphs.then(|| median(graphs)),
        graphs_recall: has_graphs.then(|| graphs_recall.share()),
        graphs_fall_short: fall_short as f64 / count as f64,
        chosen_ms: median(chosen),
        chosen_graphs: by_graphs as f64 / count as f64,
        chosen_recall: chosen_recall.share(),
    }
}

/// The quickest of a few runs, and what they found.
fn timed<T>(search: impl Fn() -> T) -> (Duration, T) {
    let run = || {
        let begun = Instant::now();
        let found = search();
        (begun.elapsed(), found)
    };
    let first = run();
    (1..RUNS).fold(first, |best, _| {
        let next = run();
        if next.0 < best.0 { next } else { best }
    })
}

/// How many of the best rows were found, over several queries.
#[derive(Default)]
struct Recall {
    found: usize,
    all: usize,
}

impl Recall {
    /// Rows that score as much as the last of the best are as good.
    fn add(&mut self, best: &[ScoredRow], found: &[ScoredRow]) {
        let last = best.last().map_or(f32::INFINITY, |last| last.score);
        self.found += found.iter().filter(|found| found.score >= last).count().min(best.len());
        self.all += best.len();
    }

    fn share(&self) -> f64 {
        self.found as f64 / self.all.max(1) as f64
    }
}

fn heading(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| left | correlation | results | all rows, ms | rows of the set, ms | graphs, ms | their recall | fall short | chosen, ms | by graphs | recall |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")
}

fn line(out: &mut impl Write, figures: &SetFigures) -> io::Result<()> {
    let SetFigures { share, correlation, top, full_scan_ms, rows_of_set_ms, .. } = figures;
    let SetFigures { graphs_fall_short, chosen_ms, chosen_graphs, chosen_recall, .. } = figures;
    let optional = |number: Option<f64>, digits| {
        number.map_or_else(|| "-".to_owned(), |number| format!("{number:.digits$}"))
    };
    let (graphs, recall) = (optional(figures.graphs_ms, 2), optional(figures.graphs_recall, 3));
    writeln!(
        out,
        "| {share} | {correlation} | {top} | {full_scan_ms:.2} | {rows_of_set_ms:.2} | {graphs} | {recall} | {graphs_fall_short:.2} | {chosen_ms:.2} | {chosen_graphs:.2} | {chosen_recall:.3} |"
    )?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::bench::vectors;

    #[test]
    fn sets_have_the_share_and_the_correlation_that_are_asked_for() {
        let vectors = vectors::clustered(2000, 16);
        let queries = vectors::queries(&vectors);
        let mut index = VectorIndex::new(16, 1).unwrap();
        index.restore(vectors);
        let score = |row: &u32| index.vectors().scorer(&queries[0])(*row as usize);
        let mean = |rows: &[u32]| rows.iter().map(score).sum::<f32>() / rows.len() as f32;
        let means = CORRELATIONS.map(|correlation| {
            let order = rows_by_fit(&index, &queries[0], correlation, 7);
            assert_eq!(first_of(&order, 0.05).count(), 100);
            mean(&order[..100]) - mean(&order)
        });
        assert!(means[0] < -0.05 && means[1].abs() < 0.05 && means[2] > 0.05, "{means:?}");
        let sets: Vec<RowSet> = queries[..3].iter().map(|_| RowSet::all(2000)).collect();
        let figures = measure(&index, &queries[..3], &sets, 10);
        assert_eq!((figures.chosen_recall, figures.graphs_ms, figures.chosen_graphs), (1.0, None, 0.0));
    }
}
