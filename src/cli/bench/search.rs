//! `pixseek bench search`: the time of a search among many vectors, in memory.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;

use super::sets;
use super::times::{milliseconds, percentile};
use super::vectors::{self, write_npy};
use crate::base::paths;
use crate::cli::args::parse_count;
use crate::cli::context::Context;
use crate::cli::outcome::Outcome;
use crate::cli::output;
use crate::index::{ScoredRow, SearchMode, VectorIndex, VectorStore, exact};

/// The arguments of `pixseek bench search`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BenchSearchArgs {
    /// Number of vectors, which are drawn in clusters.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = parse_count, conflicts_with = "folder")]
    pub(super) n: usize,
    /// Dimension of the vectors.
    #[arg(long, value_name = "DIM", default_value_t = 512, value_parser = parse_count, conflicts_with = "folder")]
    pub(super) dim: usize,
    /// Search the vectors of an indexed folder instead.
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// Measure searches among sets of rows instead, as filters leave them, and print a table in Markdown.
    #[arg(long, conflicts_with = "write")]
    pub(super) sets: bool,
    /// Write the vectors, the queries and the answers into this folder as .npy files, for tools/bench/search.py.
    #[arg(long, value_name = "DIR", hide = true)]
    pub(super) write: Option<PathBuf>,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// The time for which each kind of search is repeated.
const TIME: Duration = Duration::from_secs(3);
/// Number of results of a search.
const TOP: usize = 10;
/// A larger number of results, of which too it is counted how many are found.
const MANY: usize = 50;
/// Number of queries that are asked at once.
const BATCH: usize = 32;

/// What `search --json` prints; scripts depend on these names.
#[derive(Serialize)]
struct SearchFigures {
    n: usize,
    dimension: usize,
    threads: usize,
    exact_ms: f64,
    exact_p95_ms: f64,
    /// Time of one query among many that are asked at once.
    exact_batch_ms: f64,
    approximate_ms: f64,
    approximate_p95_ms: f64,
    /// Share of the ten best, and of the fifty best, that approximate search finds.
    recall_at_10: f64,
    recall_at_50: f64,
    build_seconds: f64,
    /// Memory of the vectors in all their forms, and of the graphs.
    bytes: usize,
}

pub(super) fn run(context: &Context, args: &BenchSearchArgs) -> Result<Outcome> {
    let vectors = match &args.folder {
        Some(folder) => context.open_indexed(folder, false)?.into_searcher()?.into_vectors(),
        None => vectors::clustered(args.n, args.dim),
    };
    let queries = vectors::queries(&vectors);
    if queries.is_empty() {
        bail!("there is nothing to search: index some pictures first");
    }
    let mut index = index_of(vectors)?;
    if args.sets {
        build(&mut index)?;
        sets::run(&index, &queries, args.json)?;
        return Ok(Outcome::Done);
    }
    let figures = measure(&mut index, &queries, TIME)?;
    if let Some(folder) = &args.write {
        write(folder, &index, &queries).with_context(|| format!("folder '{}'", paths::display(folder)))?;
    }
    if args.json {
        output::json(&figures)?;
    } else {
        print(&mut io::stdout().lock(), &figures)?;
    }
    Ok(Outcome::Done)
}

/// An index of some rows, as many threads as other work has.
fn index_of(vectors: VectorStore) -> Result<VectorIndex> {
    let mut index = VectorIndex::new(vectors.dimension(), rayon::current_num_threads())?;
    index.restore(vectors);
    Ok(index)
}

fn search(index: &VectorIndex, query: &[f32], k: usize, mode: SearchMode) -> Vec<ScoredRow> {
    index.search(query, k, |_| true, |a, b| a.cmp(&b), mode).0
}

/// The share of the `k` best that graphs lead to; rows that score as much as the last of those are as good.
fn recall(index: &VectorIndex, queries: &[Vec<f32>], k: usize) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for query in queries {
        let best = search(index, query, k, SearchMode::Exact);
        let found = search(index, query, k, SearchMode::Approximate);
        let last = best.last().map_or(f32::INFINITY, |last| last.score);
        hits += found.iter().filter(|found| found.score >= last).count();
        all += best.len();
    }
    hits as f64 / all.max(1) as f64
}

/// Builds graphs of all rows, as `pixseek index` does.
fn build(index: &mut VectorIndex) -> Result<()> {
    while let Some(plan) = index.next_segment_plan(0, 0) {
        index.add_segment(plan.build()?, None);
        index.drop_empty(0);
    }
    Ok(())
}

fn measure(index: &mut VectorIndex, queries: &[Vec<f32>], time: Duration) -> Result<SearchFigures> {
    let begun = Instant::now();
    build(index)?;
    let build_seconds = begun.elapsed().as_secs_f64();
    let index = &*index;
    let mut exact = times(queries, time, |query| drop(search(index, query, TOP, SearchMode::Exact)));
    let mut approximate =
        times(queries, time, |query| drop(search(index, query, TOP, SearchMode::Approximate)));
    let batches: Vec<Vec<&[f32]>> =
        queries.chunks(BATCH).map(|batch| batch.iter().map(Vec::as_slice).collect()).collect();
    let mut batch = times(&batches, time, |batch| {
        let search = || exact::search_batch(index.vectors(), batch, TOP, |_| true, |a, b| a.cmp(&b));
        drop(index.threads().install(search));
    });
    Ok(SearchFigures {
        n: index.len(),
        dimension: index.vectors().dimension(),
        threads: index.threads().current_num_threads(),
        exact_ms: milliseconds(percentile(&mut exact, 50)),
        exact_p95_ms: milliseconds(percentile(&mut exact, 95)),
        exact_batch_ms: milliseconds(percentile(&mut batch, 50)) / BATCH as f64,
        approximate_ms: milliseconds(percentile(&mut approximate, 50)),
        approximate_p95_ms: milliseconds(percentile(&mut approximate, 95)),
        recall_at_10: recall(index, queries, TOP),
        recall_at_50: recall(index, queries, MANY),
        build_seconds,
        bytes: index.memory(),
    })
}

/// The times of single runs, after one that warms up: as many as fit into `time`, one of each query at least.
fn times<Q>(queries: &[Q], time: Duration, search: impl Fn(&Q)) -> Vec<Duration> {
    queries.iter().take(1).for_each(&search);
    let (start, mut times) = (Instant::now(), Vec::new());
    for query in queries.iter().cycle() {
        if times.len() >= queries.len() && start.elapsed() >= time {
            break;
        }
        let begun = Instant::now();
        search(query);
        times.push(begun.elapsed());
    }
    times
}

/// Writes everything that another library needs to do the same, and the rows that were found.
fn write(folder: &Path, index: &VectorIndex, queries: &[Vec<f32>]) -> io::Result<()> {
    let (count, dimension) = (index.len(), index.vectors().dimension());
    fs::create_dir_all(folder)?;
    let rows = (0..count).flat_map(|row| index.vector(row)).map(f32::to_le_bytes);
    write_npy(&folder.join("vectors.npy"), "<f4", dimension, count, rows)?;
    let numbers = queries.iter().flatten().map(|x| x.to_le_bytes());
    write_npy(&folder.join("queries.npy"), "<f4", dimension, queries.len(), numbers)?;
    let found: Vec<_> =
        queries.iter().flat_map(|query| search(index, query, TOP, SearchMode::Exact)).collect();
    let rows = found.iter().map(|scored| (scored.row as u64).to_le_bytes());
    write_npy(&folder.join("exact.npy"), "<u8", count.min(TOP), queries.len(), rows)
}

fn print(out: &mut impl Write, figures: &SearchFigures) -> io::Result<()> {
    let SearchFigures { n, dimension, threads, exact_ms, exact_p95_ms, exact_batch_ms, .. } = figures;
    let SearchFigures { approximate_ms, approximate_p95_ms, recall_at_10, recall_at_50, .. } = figures;
    writeln!(out, "vectors      {n} x {dimension} ({threads} threads)")?;
    writeln!(out, "exact        {exact_ms:.2} ms, 95 of 100 within {exact_p95_ms:.2} ms")?;
    writeln!(out, "             {exact_batch_ms:.2} ms a query when {BATCH} are asked at once")?;
    writeln!(out, "approximate  {approximate_ms:.2} ms, 95 of 100 within {approximate_p95_ms:.2} ms")?;
    let [ten, fifty] = [recall_at_10, recall_at_50].map(|recall| 100.0 * recall);
    writeln!(out, "             {ten:.1} % of the {TOP} best found, {fifty:.1} % of the {MANY} best")?;
    writeln!(out, "             {:.1} s to build", figures.build_seconds)?;
    writeln!(out, "memory       {:.1} MB", figures.bytes as f64 / 1e6)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_names_are_printed() {
        let vectors = vectors::clustered(300, 16);
        let queries = vectors::queries(&vectors);
        let figures = measure(&mut index_of(vectors).unwrap(), &queries, Duration::ZERO).unwrap();
        let json = serde_json::to_value(&figures).unwrap();
        assert_eq!((&json["n"], &json["dimension"]), (&300.into(), &16.into()));
        assert!(json["exact_ms"].as_f64().unwrap() > 0.0 && json["bytes"].as_u64().unwrap() > 3 * 16 * 300);
        assert!(
            json["approximate_ms"].as_f64().unwrap() > 0.0 && json["build_seconds"].as_f64().unwrap() > 0.0
        );
        for recall in ["recall_at_10", "recall_at_50"] {
            assert!(json[recall].as_f64().unwrap() > 0.99, "{recall}: {}", json[recall]);
        }
    }

    #[test]
    fn what_is_written_can_be_read_elsewhere() {
        let (folder, vectors) = (tempfile::tempdir().unwrap(), vectors::clustered(50, 4));
        let queries = vectors::queries(&vectors);
        write(folder.path(), &index_of(vectors).unwrap(), &queries).unwrap();
        let length = |name| fs::metadata(folder.path().join(name)).unwrap().len() as usize - 128;
        assert_eq!(length("vectors.npy"), 50 * 4 * 4);
        assert_eq!(length("queries.npy"), queries.len() * 4 * 4);
        assert_eq!(length("exact.npy"), queries.len() * TOP * 8);
    }
}
