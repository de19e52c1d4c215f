//! `pixseek bench search`: the time of a search among many vectors, in memory.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;

use super::vectors::{self, write_npy};
use super::{milliseconds, percentile};
use crate::cli::args::BenchSearchArgs;
use crate::cli::context::Context;
use crate::cli::{Outcome, output};
use crate::search::{Engine, Matrix, Scored, top_k, top_k_each};

/// Each kind of search is repeated for this time.
const TIME: Duration = Duration::from_secs(3);
/// How many pictures are asked for.
const TOP: usize = 10;
/// Queries that are asked at once.
const BATCH: usize = 32;

/// What `search --json` prints; scripts depend on these names.
#[derive(Serialize)]
struct SearchFigures {
    n: usize,
    dimension: usize,
    threads: usize,
    exact_ms: f64,
    exact_p95_ms: f64,
    /// Of one query among many that are asked at once.
    exact_batch_ms: f64,
    /// These four are null where pictures are always compared one by one.
    approximate_ms: Option<f64>,
    approximate_p95_ms: Option<f64>,
    /// Share of the ten best that are found.
    recall_at_10: Option<f64>,
    build_seconds: Option<f64>,
    /// Memory that the vectors take, in all their forms.
    bytes: usize,
}

pub(super) fn run(context: &Context, args: &BenchSearchArgs) -> Result<Outcome> {
    let engine = args.folder.as_deref().map(|folder| context.open_indexed(folder)).transpose()?;
    let drawn;
    let matrix = match engine.as_ref().map(|indexed| &indexed.engine) {
        Some(engine) => Engine::matrix(engine),
        None => {
            drawn = vectors::clustered(args.n, args.dim);
            &drawn
        }
    };
    let queries = vectors::queries(matrix);
    if queries.is_empty() {
        bail!("there is nothing to search: index some pictures first");
    }
    let figures = measure(matrix, &queries, TIME);
    if let Some(folder) = &args.write {
        write(folder, matrix, &queries).with_context(|| format!("folder '{}'", folder.display()))?;
    }
    if args.json {
        output::json(&figures)?;
    } else {
        print(&mut io::stdout().lock(), &figures)?;
    }
    Ok(Outcome::Done)
}

fn exactly(matrix: &Matrix, query: &[f32]) -> Vec<Scored> {
    top_k(matrix, query, TOP, |_| true, |a, b| a.cmp(&b))
}

fn measure(matrix: &Matrix, queries: &[Vec<f32>], time: Duration) -> SearchFigures {
    let mut exact = times(queries, time, |query| drop(exactly(matrix, query)));
    let batches: Vec<Vec<&[f32]>> =
        queries.chunks(BATCH).map(|batch| batch.iter().map(Vec::as_slice).collect()).collect();
    let mut batch =
        times(&batches, time, |batch| drop(top_k_each(matrix, batch, TOP, |_| true, |a, b| a.cmp(&b))));
    SearchFigures {
        n: matrix.len(),
        dimension: matrix.dimension(),
        threads: rayon::current_num_threads(),
        exact_ms: milliseconds(percentile(&mut exact, 50)),
        exact_p95_ms: milliseconds(percentile(&mut exact, 95)),
        exact_batch_ms: milliseconds(percentile(&mut batch, 50)) / BATCH as f64,
        approximate_ms: None,
        approximate_p95_ms: None,
        recall_at_10: None,
        build_seconds: None,
        bytes: matrix.memory(),
    }
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

/// Everything that another library needs to do the same, and the rows that were found.
fn write(folder: &Path, matrix: &Matrix, queries: &[Vec<f32>]) -> io::Result<()> {
    let (count, dimension) = (matrix.len(), matrix.dimension());
    fs::create_dir_all(folder)?;
    let rows = (0..count).flat_map(|row| matrix.vector(row)).map(f32::to_le_bytes);
    write_npy(&folder.join("vectors.npy"), "<f4", dimension, count, rows)?;
    let numbers = queries.iter().flatten().map(|x| x.to_le_bytes());
    write_npy(&folder.join("queries.npy"), "<f4", dimension, queries.len(), numbers)?;
    let found: Vec<_> = queries.iter().flat_map(|query| exactly(matrix, query)).collect();
    let rows = found.iter().map(|scored| (scored.row as u64).to_le_bytes());
    write_npy(&folder.join("exact.npy"), "<u8", count.min(TOP), queries.len(), rows)
}

fn print(out: &mut impl Write, figures: &SearchFigures) -> io::Result<()> {
    let SearchFigures { n, dimension, threads, exact_ms, exact_p95_ms, exact_batch_ms, .. } = figures;
    writeln!(out, "vectors      {n} x {dimension} ({threads} threads)")?;
    writeln!(out, "exact        {exact_ms:.2} ms, 95 of 100 within {exact_p95_ms:.2} ms")?;
    writeln!(out, "             {exact_batch_ms:.2} ms a query when {BATCH} are asked at once")?;
    match (figures.approximate_ms, figures.recall_at_10, figures.build_seconds) {
        (Some(time), Some(recall), Some(build)) => {
            writeln!(out, "approximate  {time:.2} ms, {:.1} % of the {TOP} best found", 100.0 * recall)?;
            writeln!(out, "             {build:.0} s to build")?;
        }
        _ => writeln!(out, "approximate  not at this size")?,
    }
    writeln!(out, "memory       {:.1} MB", figures.bytes as f64 / 1e6)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_names_are_printed() {
        let matrix = vectors::clustered(300, 16);
        let figures = measure(&matrix, &vectors::queries(&matrix), Duration::ZERO);
        let json = serde_json::to_value(&figures).unwrap();
        assert_eq!((&json["n"], &json["dimension"]), (&300.into(), &16.into()));
        assert!(json["exact_ms"].as_f64().unwrap() > 0.0 && json["bytes"].as_u64().unwrap() > 3 * 16 * 300);
        for unknown in ["approximate_ms", "recall_at_10", "build_seconds"] {
            assert!(json.as_object().unwrap()[unknown].is_null(), "{unknown}");
        }
    }

    #[test]
    fn what_is_written_can_be_read_elsewhere() {
        let (folder, matrix) = (tempfile::tempdir().unwrap(), vectors::clustered(50, 4));
        let queries = vectors::queries(&matrix);
        write(folder.path(), &matrix, &queries).unwrap();
        let length = |name| fs::metadata(folder.path().join(name)).unwrap().len() as usize - 128;
        assert_eq!(length("vectors.npy"), 50 * 4 * 4);
        assert_eq!(length("queries.npy"), queries.len() * 4 * 4);
        assert_eq!(length("exact.npy"), queries.len() * TOP * 8);
    }
}
