//! `pixseek bench tui`: from a key press to its results on the screen, through the browser's event loop.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Serialize;

use super::photos;
use super::stage::{Stage, fill, gallery};
use super::times::{milliseconds, percentile};
use crate::base::{escape, paths};
use crate::cli::args::parse_count;
use crate::cli::browse::TOP;
use crate::cli::context::Context;
use crate::cli::outcome::Outcome;
use crate::cli::output;
use crate::clip::Checkpoint;
use crate::demo::held_out;
use crate::index::MIN_INDEXED_ROWS;
use crate::library::{self, Collection, IndexOptions, Library, Searcher};
use crate::tui::{
    Appearance, BrowseOptions, GraphicsProtocol, ModelSource, PictureScript, ScriptFigures, Searchable,
    run_picture_script, run_script,
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
    /// Number of photos of 12 megapixels that are made, to measure the time until the next picture is drawn; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub(super) photos: usize,
    /// How those are drawn, in cells of 10 x 20 pixels.
    #[arg(long, value_enum, default_value_t = GraphicsProtocol::Halfblocks)]
    pub(super) protocol: GraphicsProtocol,
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
/// Number of page keys through photos; all of their pictures have to be among the first results.
const PAGES: usize = 27;
/// Number of arrow keys through photos.
const STEPS: usize = 60;
/// The time from a photo to the next page key.
const HURRY: Duration = Duration::from_millis(40);
/// The time from a photo to the next arrow key, in which its neighbours are made ready.
const MOMENT: Duration = Duration::from_millis(200);
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
    /// How pictures were drawn.
    picture_protocol: Option<GraphicsProtocol>,
    /// Time from a key until the photo that it goes to is drawn, if nothing of it was made ready.
    picture_cold_p50_ms: Option<f64>,
    picture_cold_p95_ms: Option<f64>,
    /// Whether the photos were dropped from the system's page cache before each of those keys.
    picture_cache_dropped: Option<bool>,
    /// The same times for the next photo, after the one before was on the screen for a moment.
    picture_prefetched_p50_ms: Option<f64>,
    picture_prefetched_p95_ms: Option<f64>,
}

pub(super) fn run(context: &Context, args: &BenchTuiArgs) -> Result<Outcome> {
    let checkpoint = context.checkpoint(None)?;
    let stage = Stage::new()?;
    let filled = stage.0.join("filled");
    let in_filled = || format!("folder '{}'", paths::display(&filled));
    let gallery = gallery(&stage.0.join("gallery")).with_context(in_filled)?;
    fill(&filled, &checkpoint, args.n, &gallery).with_context(in_filled)?;
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
    let pictures = match args.photos {
        0 => None,
        count => Some(measure_pictures(&stage.0, &checkpoint, count, args.protocol)?),
    };
    // Last, since the building goes on when the browser is left.
    let linking = if args.n >= MIN_INDEXED_ROWS {
        Some(play(&filled, &checkpoint, &QUERIES, Beside::Linking)?)
    } else {
        None
    };
    let mut figures = figures(&checkpoint, opened, (&mut idle, &mut filtered), busy, linking);
    if let Some(pictures) = pictures {
        add_pictures(&mut figures, pictures, args.protocol);
    }
    if args.json {
        output::json(&figures)?;
    } else {
        print(&mut io::stdout().lock(), &figures)?;
    }
    Ok(Outcome::Done)
}

/// Measures the time to read the vectors, after they were prepared as `pixseek index` does.
fn open(folder: &Path, checkpoint: &Checkpoint) -> Result<Duration> {
    Library::open(folder, checkpoint.clone())?.save_snapshot()?;
    let collection = Collection::find_or_create(folder, true)?;
    let started = Instant::now();
    Searcher::load(&collection, &mut collection.catalog()?, &library::model_key(checkpoint))?;
    Ok(started.elapsed())
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

/// The browser of a folder, as it is.
fn options(folder: &Path, checkpoint: &Checkpoint, beside: Beside) -> Result<BrowseOptions> {
    let searchable = Searchable {
        shared: None,
        collection: Collection::find_or_create(folder, true)?,
        checkpoint: checkpoint.clone(),
        index: (beside == Beside::Indexing).then(IndexOptions::default),
        texts: None,
    };
    Ok(BrowseOptions {
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
    })
}

/// The times until photos were drawn.
struct PictureFigures {
    cold: Vec<Duration>,
    cache_dropped: bool,
    prefetched: Vec<Duration>,
}

/// Goes through photos. Page keys lead to some that nothing was made ready of, while their neighbours before are still being
/// made ready; arrow keys to the next one.
fn measure_pictures(
    stage: &Path,
    checkpoint: &Checkpoint,
    count: usize,
    protocol: GraphicsProtocol,
) -> Result<PictureFigures> {
    let folder = stage.join("photos");
    let in_folder = || format!("folder '{}'", paths::display(&folder));
    let originals = Arc::new(photos::make(&stage.join("originals"), count).with_context(in_folder)?);
    fill(&folder, checkpoint, TOP, &originals).with_context(in_folder)?;
    let options = BrowseOptions { protocol, ..options(&folder, checkpoint, Beside::Nothing)? };
    let cache_dropped = photos::drop_from_cache(&originals).with_context(in_folder)?;
    let drop = {
        let originals = Arc::clone(&originals);
        // It worked a moment ago.
        move || _ = photos::drop_from_cache(&originals)
    };
    let by_pages =
        PictureScript { key: KeyCode::PageDown, times: PAGES, pause: HURRY, before: Arc::new(drop) };
    let mut cold = run_picture_script(&options, &by_pages)?;
    // A second browser has a cache of its own.
    cold.extend(run_picture_script(&options, &by_pages)?);
    let one_by_one =
        PictureScript { key: KeyCode::Down, times: STEPS, pause: MOMENT, before: Arc::new(|| {}) };
    Ok(PictureFigures { cold, cache_dropped, prefetched: run_picture_script(&options, &one_by_one)? })
}

fn add_pictures(figures: &mut TuiFigures, mut pictures: PictureFigures, protocol: GraphicsProtocol) {
    let at = |times: &mut [Duration], percent| Some(milliseconds(percentile(times, percent)));
    figures.picture_protocol = Some(protocol);
    figures.picture_cold_p50_ms = at(&mut pictures.cold, 50);
    figures.picture_cold_p95_ms = at(&mut pictures.cold, 95);
    figures.picture_cache_dropped = Some(pictures.cache_dropped);
    figures.picture_prefetched_p50_ms = at(&mut pictures.prefetched, 50);
    figures.picture_prefetched_p95_ms = at(&mut pictures.prefetched, 95);
}

fn play(folder: &Path, checkpoint: &Checkpoint, queries: &[&str], beside: Beside) -> Result<ScriptFigures> {
    let started = Instant::now();
    let options = options(folder, checkpoint, beside)?;
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
        picture_protocol: None,
        picture_cold_p50_ms: None,
        picture_cold_p95_ms: None,
        picture_cache_dropped: None,
        picture_prefetched_p50_ms: None,
        picture_prefetched_p95_ms: None,
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
    let both = |half: Option<f64>, most| half.zip(most);
    let cold = both(figures.picture_cold_p50_ms, figures.picture_cold_p95_ms);
    let prefetched = both(figures.picture_prefetched_p50_ms, figures.picture_prefetched_p95_ms);
    for (what, times) in [("next picture  ", prefetched), ("far picture   ", cold)] {
        if let Some((half, most)) = times {
            writeln!(out, "{what} {half:.1} ms, 95 of 100 within {most:.1} ms")?;
        }
    }
    if figures.picture_cache_dropped == Some(false) {
        writeln!(out, "the far pictures were in the page cache: this system can't be asked to drop them")?;
    }
    out.flush()
}
