//! `pixseek bench encoder`: the speed of a model on this machine.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::times::{milliseconds, percentile};
use crate::base::cpu::InstructionSet;
use crate::base::escape;
use crate::cli::context::Context;
use crate::cli::outcome::Outcome;
use crate::cli::output;
use crate::clip::{ModelError, Pixels, TextEncoder, VisionEncoder};

/// The arguments of `pixseek bench encoder`.
#[derive(Debug, Args)]
pub(in crate::cli) struct BenchEncoderArgs {
    /// Print a JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// Batch sizes that are measured; the last one on GPUs only.
const BATCHES: [usize; 4] = [1, 8, 32, 128];
/// The time for which a figure is measured. It is the median of as many runs as fit, at least three.
const TIME: Duration = Duration::from_secs(2);
/// The time between two letters of someone who types fast.
const KEYSTROKE: Duration = Duration::from_millis(40);
/// A query of a few words, and the same with a letter more.
const QUERY: &str = "a photo of a cat";
const LONGER_QUERY: &str = "a photo of a cat s";

/// What `encoder --json` prints; scripts depend on these names.
#[derive(Serialize)]
struct EncoderFigures {
    model: String,
    precision: &'static str,
    /// The instructions in use, by the names of `PIXSEEK_CPU`.
    cpu: &'static str,
    threads: usize,
    images_per_second: BTreeMap<usize, f64>,
    /// Time of a query of a few words, of which nothing is cached.
    text_ms: f64,
    /// Time of the same query with one more token.
    text_next_token_ms: f64,
    /// The time within which 95 of 100 typed queries are embedded while pictures are encoded on all threads.
    text_while_encoding_p95_ms: f64,
    /// Time to load both towers.
    load_ms: f64,
    /// Time to load the text tower, which is all that a query waits for.
    load_text_ms: f64,
    /// Billions of floating-point or integer operations a second, by batch.
    gflops: BTreeMap<usize, f64>,
}

pub(super) fn run(context: &Context, args: &BenchEncoderArgs) -> Result<Outcome> {
    let checkpoint = context.checkpoint(None)?;
    let start = Instant::now();
    let text = checkpoint.load_text()?;
    let load_text_ms = milliseconds(start.elapsed());
    let vision = checkpoint.load_vision()?;
    let load_ms = milliseconds(start.elapsed());
    let is_on_cpu = checkpoint.placement.device.is_cpu();
    let batches = if is_on_cpu { &BATCHES[..3] } else { &BATCHES };
    let images_per_second = images_per_second(&vision, batches)?;
    let text_while_encoding_p95_ms = typing_while_encoding_p95(&text, &vision)?;
    let gflop = vision.operations() as f64 / 1e9;
    let figures = EncoderFigures {
        model: checkpoint.id.clone(),
        precision: checkpoint.placement.precision.as_str(),
        cpu: InstructionSet::in_use().as_str(),
        threads: rayon::current_num_threads(),
        gflops: images_per_second.iter().map(|(batch, rate)| (*batch, rate * gflop)).collect(),
        images_per_second,
        text_ms: milliseconds(median(|| text.clear_kv_cache(), || text.embed(&[QUERY]))?),
        text_next_token_ms: next_token_ms(&text)?,
        text_while_encoding_p95_ms,
        load_ms,
        load_text_ms,
    };
    if args.json {
        output::json(&figures)?;
        return Ok(Outcome::Done);
    }
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "model       {} ({}, {}, {} threads)",
        escape::text(&figures.model),
        figures.precision,
        figures.cpu,
        figures.threads
    )?;
    writeln!(out, "load        {:.0} ms, of which text {:.0} ms", figures.load_ms, figures.load_text_ms)?;
    for (batch, rate) in &figures.images_per_second {
        let gflops = figures.gflops.get(batch).copied().unwrap_or_default();
        writeln!(out, "batch {batch:<4}  {rate:.1} images/s ({gflops:.0} GFLOP/s)")?;
    }
    writeln!(
        out,
        "text        {:.2} ms, with a token more {:.2} ms",
        figures.text_ms, figures.text_next_token_ms
    )?;
    writeln!(
        out,
        "            {:.1} ms (p95) while pictures are encoded",
        figures.text_while_encoding_p95_ms
    )?;
    out.flush()?;
    Ok(Outcome::Done)
}

fn images_per_second(vision: &VisionEncoder, batches: &[usize]) -> Result<BTreeMap<usize, f64>> {
    let pictures = pictures(vision, batches.iter().copied().max().unwrap_or_default());
    let mut rates = BTreeMap::new();
    for &batch in batches {
        let seconds = median(|| (), || vision.embed(&pictures[..batch]))?.as_secs_f64();
        rates.insert(batch, batch as f64 / seconds);
    }
    Ok(rates)
}

fn pictures(vision: &VisionEncoder, count: usize) -> Vec<Pixels> {
    // Any numbers cost the same; equal ones could not be told from a mistake.
    let pixels = |picture: usize| {
        let numbers = (0..vision.pixel_count()).map(|i| ((i * 31 + picture * 17) % 255) as f32 / 127.0 - 1.0);
        Pixels(numbers.collect())
    };
    (0..count).map(pixels).collect()
}

/// Types a query while pictures are encoded. Returns the 95th percentile of the times, in ms.
fn typing_while_encoding_p95(text: &TextEncoder, vision: &VisionEncoder) -> Result<f64> {
    let pictures = pictures(vision, BATCHES[1]);
    let (encoding, typed) = (AtomicBool::new(true), "a red car in the snow at night with its lights on");
    let mut times = std::thread::scope(|scope| {
        let encoder = scope.spawn(|| {
            while encoding.load(Ordering::Relaxed) {
                vision.embed(&pictures)?;
            }
            Ok::<_, ModelError>(())
        });
        let mut times = Vec::new();
        let start = Instant::now();
        for end in (1..=typed.len()).cycle().take_while(|_| start.elapsed() < 2 * TIME) {
            std::thread::sleep(KEYSTROKE);
            let begun = Instant::now();
            if let Err(error) = text.embed(&[&typed[..end]]) {
                encoding.store(false, Ordering::Relaxed);
                return Err(error);
            }
            times.push(begun.elapsed());
        }
        encoding.store(false, Ordering::Relaxed);
        encoder.join().unwrap_or(Ok(()))?;
        Ok(times)
    })?;
    Ok(milliseconds(percentile(&mut times, 95)))
}

fn next_token_ms(text: &TextEncoder) -> Result<f64> {
    let first = || {
        text.clear_kv_cache();
        // Should it fail, so does what is measured.
        let _ = text.embed(&[QUERY]);
    };
    Ok(milliseconds(median(first, || text.embed(&[LONGER_QUERY]))?))
}

/// The median time of `work`, after one run that warms it up. `prepare` runs before each and doesn't count.
fn median<T>(prepare: impl Fn(), work: impl Fn() -> Result<T, ModelError>) -> Result<Duration> {
    work()?;
    let start = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || start.elapsed() < TIME {
        prepare();
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed());
    }
    Ok(percentile(&mut times, 50))
}
