//! `pixseek bench tui`: from a key press to its results on the screen, through the browser's event loop.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Serialize;

use super::times::{milliseconds, percentile};
use super::{facts, vectors};
use crate::base::{escape, paths};
use crate::catalog::PictureRecord;
use crate::cli::args::parse_count;
use crate::cli::browse::TOP;
use crate::cli::context::Context;
use crate::cli::outcome::Outcome;
use crate::cli::output;
use crate::clip::Checkpoint;
use crate::demo::{self, Differing, held_out};
use crate::index::MIN_INDEXED_ROWS;
use crate::library::{self, Collection, IndexOptions, Library, Searcher};
use crate::picture::DECODER_VERSION;
use crate::tui::{
    Appearance, BrowseOptions, GraphicsProtocol, ModelSource, ScriptFigures, Searchable, run_script,
};

/// The arguments of `pixseek bench tui`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BenchTuiArgs {
    /// Number of pictures to search: hard links to the demo gallery, with vectors that are drawn in clusters.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = parse_count)]
    pub(super) n: usize,
    /// Number of new pictures during whose indexing the same is measured again; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 400)]
    pub(super) indexing: usize,
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// The queries that are typed. After each, the line is emptied.
const QUERIES: [&str; 6] = [
    "red car in the snow",
    "a boat at sea",
    "two dogs on a beach",
    "house at night",
    "blue",
    "mountain lake",
];
/// Queries with filters. Most of their beginnings are queries with filters too.
const FILTERED: [&str; 9] = [
    "red car width>=1920",
    "a boat after:2015-06",
    "dogs in:0012",
    "house -ext:png rating>=4",
    "snow tag:beach",
    "camera:canon iso>800 lake",
    "path:00*/*7.png",
    "blue near:48.86,2.35,5000",
    "sea shape:landscape sort:newest",
];
/// Number of links in one folder.
const FOLDER: usize = 1000;
/// Number of rows in one transaction.
const BATCH: usize = 10_000;
/// Seed of the pictures that are indexed.
const SEED: u64 = 20_261_125;

/// What `tui --json` prints; scripts depend on these names.
#[derive(Serialize)]
struct TuiFigures {
    model: String,
    precision: String,
    threads: usize,
    pictures: usize,
    /// Time to read the vectors, from a snapshot where the collection is large enough.
    open_ms: f64,
    /// Time from opening the collection to the first frame.
    first_frame_ms: f64,
    first_results_ms: f64,
    /// Time from a key press until the letter is on the screen.
    key_to_frame_p95_ms: f64,
    key_to_results_p50_ms: f64,
    key_to_results_p95_ms: f64,
    /// The same times for queries with filters.
    filters_key_to_results_p50_ms: f64,
    filters_key_to_results_p95_ms: f64,
    /// The same times while pictures are indexed.
    indexing_key_to_frame_p95_ms: Option<f64>,
    indexing_key_to_results_p95_ms: Option<f64>,
    /// The same times while graphs are built, where the collection is large enough for them.
    linking_key_to_frame_p95_ms: Option<f64>,
    linking_key_to_results_p95_ms: Option<f64>,
}

pub(super) fn run(context: &Context, args: &BenchTuiArgs) -> Result<Outcome> {
    let checkpoint = context.checkpoint(None)?;
    let stage = Stage::new()?;
    let filled = stage.0.join("filled");
    fill(&filled, &checkpoint, args.n).with_context(|| format!("folder '{}'", paths::display(&filled)))?;
    let opened = open(&filled, &checkpoint)?;
    let mut idle = play(&filled, &checkpoint, &QUERIES, Beside::Nothing)?;
    let mut filtered = play(&filled, &checkpoint, &FILTERED, Beside::Nothing)?;
    let busy = match args.indexing {
        0 => None,
        count => {
            let folder = stage.0.join("new");
            draw_new(&folder, count).with_context(|| format!("folder '{}'", paths::display(&folder)))?;
            Some(play(&folder, &checkpoint, &QUERIES, Beside::Indexing)?)
        }
    };
    // Last, since the building goes on when the browser is left.
    let linking = if args.n >= MIN_INDEXED_ROWS {
        Some(play(&filled, &checkpoint, &QUERIES, Beside::Linking)?)
    } else {
        None
    };
    let figures = figures(&checkpoint, opened, (&mut idle, &mut filtered), busy, linking);
    if args.json {
        output::json(&figures)?;
    } else {
        print(&mut io::stdout().lock(), &figures)?;
    }
    Ok(Outcome::Done)
}

/// A folder in the cache folder, which is deleted when this is dropped.
struct Stage(PathBuf);

impl Stage {
    fn new() -> Result<Self> {
        let folder = paths::cache_dir()?.join(format!("bench-tui-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("can't make '{}'", paths::display(&folder)))?;
        Ok(Self(folder))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!("can't delete '{}': {error}", paths::display(&self.0));
        }
    }
}

/// Makes `count` pictures with an index beside them. The pictures are real files, so that previews cost what they do; the vectors
/// are not theirs.
fn fill(folder: &Path, checkpoint: &Checkpoint, count: usize) -> Result<()> {
    let gallery = folder.with_file_name("gallery");
    demo::write_gallery(&gallery, Differing::Refuse)?;
    let mut pictures: Vec<PathBuf> =
        fs::read_dir(&gallery)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    pictures
        .retain(|path| path.extension().is_some_and(|extension| extension == "png" || extension == "jpg"));
    pictures.sort();
    fs::create_dir_all(folder)?;
    let collection = Collection::find_or_create(folder, true)?;
    let mut catalog = collection.catalog()?;
    let key = library::model_key(checkpoint);
    let model = catalog.model(&key)?;
    let matrix = vectors::clustered(count, key.dimension);
    let rows: Vec<usize> = (0..count).collect();
    for batch in rows.chunks(BATCH) {
        let mut records = Vec::new();
        for &row in batch {
            let path = link(folder, &pictures, row)?;
            records.push((row, record(&path, row)));
        }
        catalog.write(|writer| {
            for (row, record) in &records {
                writer.record(record)?;
                if let Some(hash) = record.hash {
                    writer.embedding(model, hash, &matrix.vector(*row), DECODER_VERSION)?;
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Measures the time to read the vectors, after they were prepared as `pixseek index` does.
fn open(folder: &Path, checkpoint: &Checkpoint) -> Result<Duration> {
    Library::open(folder, checkpoint.clone())?.save_snapshot()?;
    let collection = Collection::find_or_create(folder, true)?;
    let started = Instant::now();
    Searcher::load(&collection, &mut collection.catalog()?, &library::model_key(checkpoint))?;
    Ok(started.elapsed())
}

/// Makes another name for a picture. Returns it relative to the folder.
fn link(folder: &Path, pictures: &[PathBuf], row: usize) -> Result<PathBuf> {
    let original = pictures.get(row % pictures.len().max(1)).context("the gallery is empty")?;
    let name = PathBuf::from(format!("{:04}", row / FOLDER))
        .join(format!("{row:07}"))
        .with_extension(original.extension().unwrap_or_default());
    let path = folder.join(&name);
    if row.is_multiple_of(FOLDER) {
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
    }
    // File systems have a largest number of links, and some have none.
    fs::hard_link(original, &path).or_else(|_| fs::copy(original, &path).map(drop))?;
    Ok(name)
}

fn record(path: &Path, row: usize) -> PictureRecord {
    let (facts, dimensions) = facts::drawn(row);
    PictureRecord {
        dimensions: Some(dimensions),
        size: 1000 * row as u64,
        facts: Some(Box::new(facts)),
        path: paths::to_bytes(path),
        mtime_ns: row as i64,
        hash: Some(*blake3::hash(&row.to_le_bytes()).as_bytes()),
        decoder: DECODER_VERSION,
        ..PictureRecord::default()
    }
}

fn draw_new(folder: &Path, count: usize) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (at, (pixels, _)) in held_out::pictures(count, SEED, false).into_iter().enumerate() {
        pixels.save(folder.join(format!("{at}.jpg")))?;
    }
    Ok(())
}

/// What the machine does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Beside {
    Nothing,
    Indexing,
    /// Building graphs, which begins when the browser was left alone for a moment.
    Linking,
}

fn play(folder: &Path, checkpoint: &Checkpoint, queries: &[&str], beside: Beside) -> Result<ScriptFigures> {
    let started = Instant::now();
    let searchable = Searchable {
        collection: Collection::find_or_create(folder, true)?,
        checkpoint: checkpoint.clone(),
        index: (beside == Beside::Indexing).then(IndexOptions::default),
    };
    let options = BrowseOptions {
        model: ModelSource::Here(Box::new(searchable)),
        poll: None,
        query: String::new(),
        among: None,
        notice: None,
        top: TOP,
        multi: true,
        accept_query: false,
        height: None,
        protocol: GraphicsProtocol::Halfblocks,
        appearance: Appearance::default(),
    };
    let mut keys = Vec::new();
    for query in queries {
        keys.extend(query.chars().map(|c| KeyEvent::from(KeyCode::Char(c))));
        keys.push(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
    }
    run_script(&options, &keys, started, beside == Beside::Linking)
}

fn figures(
    checkpoint: &Checkpoint,
    opened: Duration,
    (idle, filtered): (&mut ScriptFigures, &mut ScriptFigures),
    indexing: Option<ScriptFigures>,
    linking: Option<ScriptFigures>,
) -> TuiFigures {
    let at = |times: &mut [Duration], percent| milliseconds(percentile(times, percent));
    let both = |play: Option<ScriptFigures>| {
        play.map(|mut play| (at(&mut play.key_to_frame, 95), at(&mut play.key_to_results, 95))).unzip()
    };
    let (indexing, linking) = (both(indexing), both(linking));
    TuiFigures {
        model: checkpoint.id.clone(),
        precision: checkpoint.placement.precision.to_string(),
        threads: rayon::current_num_threads(),
        pictures: idle.pictures,
        open_ms: milliseconds(opened),
        first_frame_ms: milliseconds(idle.first_frame),
        first_results_ms: milliseconds(idle.first_results),
        key_to_frame_p95_ms: at(&mut idle.key_to_frame, 95),
        key_to_results_p50_ms: at(&mut idle.key_to_results, 50),
        key_to_results_p95_ms: at(&mut idle.key_to_results, 95),
        filters_key_to_results_p50_ms: at(&mut filtered.key_to_results, 50),
        filters_key_to_results_p95_ms: at(&mut filtered.key_to_results, 95),
        indexing_key_to_frame_p95_ms: indexing.0,
        indexing_key_to_results_p95_ms: indexing.1,
        linking_key_to_frame_p95_ms: linking.0,
        linking_key_to_results_p95_ms: linking.1,
    }
}

fn print(out: &mut impl Write, figures: &TuiFigures) -> io::Result<()> {
    let TuiFigures { model, precision, threads, pictures, .. } = figures;
    let model = escape::text(model);
    writeln!(out, "pictures       {pictures}, model {model} in {precision} ({threads} threads)")?;
    writeln!(out, "opened in      {:.0} ms", figures.open_ms)?;
    writeln!(out, "first frame    {:.1} ms", figures.first_frame_ms)?;
    writeln!(out, "first results  {:.0} ms", figures.first_results_ms)?;
    writeln!(out, "key to letter  95 of 100 within {:.1} ms", figures.key_to_frame_p95_ms)?;
    let (half, most) = (figures.key_to_results_p50_ms, figures.key_to_results_p95_ms);
    writeln!(out, "key to results {half:.1} ms, 95 of 100 within {most:.1} ms")?;
    let (half, most) = (figures.filters_key_to_results_p50_ms, figures.filters_key_to_results_p95_ms);
    writeln!(out, "with filters   {half:.1} ms, 95 of 100 within {most:.1} ms")?;
    let both = |frame: Option<f64>, results| frame.zip(results);
    let indexing = both(figures.indexing_key_to_frame_p95_ms, figures.indexing_key_to_results_p95_ms);
    let linking = both(figures.linking_key_to_frame_p95_ms, figures.linking_key_to_results_p95_ms);
    for (what, times) in [("while indexing", indexing), ("while linking ", linking)] {
        if let Some((frame, results)) = times {
            writeln!(out, "{what} letter {frame:.1} ms, results {results:.1} ms (95 of 100)")?;
        }
    }
    out.flush()
}
