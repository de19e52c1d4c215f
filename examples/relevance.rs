//! How well the cut-off tells which pictures are about a text: for the queries of `tests/data/relevance`, on the demo gallery and
//! on held-out drawings. Prints the table of `docs/design/relevance.md`.
//!
//!     cargo run --release --example relevance

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::HashSet;
use std::error::Error;

use pixseek::ReducedImage;
use pixseek::clip::{Checkpoint, Embedding, Pixels, TextEncoder};
use pixseek::demo::{self, Differing, held_out};
use pixseek::library::{cutoff, neutral_texts};
use pixseek::picture::{self, Limits};

const DRAWINGS: usize = 500;
const SEED: u64 = 20_260_000;
const KNOWN: &str = include_str!("../tests/data/relevance/known.tsv");
const ABSENT: &str = include_str!("../tests/data/relevance/absent.tsv");
const REMOVED: &str = include_str!("../tests/data/relevance/removed.tsv");

/// Pictures, what is true of each, and its own caption.
struct Collection {
    name: &'static str,
    vectors: Vec<Embedding>,
    facts: Vec<HashSet<String>>,
    captions: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let checkpoint = Checkpoint::find("demo")?;
    let (text, neutral) = (checkpoint.load_text()?, neutral_texts(&checkpoint)?);
    println!(
        "| collection | cut-off | mean F1 (queries) | absent told | removed told | own captions kept | F1 at the best cut of each query |"
    );
    println!("|---|---|---|---|---|---|---|");
    for collection in [gallery(&checkpoint)?, drawings(&checkpoint)?] {
        print_row(&collection, &text, &neutral)?;
    }
    Ok(())
}

fn print_row(all: &Collection, text: &TextEncoder, neutral: &[Embedding]) -> Result<(), Box<dyn Error>> {
    let embed = |query: &str| -> Result<Embedding, Box<dyn Error>> {
        Ok(text.embed(&[query])?.pop().ok_or("no embedding")?)
    };
    let best: Vec<f32> = neutral.iter().map(|vector| highest(&scores(all, vector))).collect();
    let least = cutoff(&best);
    let (mut f1, mut oracle) = (Vec::new(), Vec::new());
    for (query, facts) in rows(KNOWN) {
        let is_right: Vec<bool> =
            all.facts.iter().map(|of| facts.iter().all(|fact| of.contains(*fact))).collect();
        if !is_right.contains(&true) {
            continue;
        }
        let scores = scores(all, &embed(query)?);
        f1.push(f1_at(least, &scores, &is_right));
        oracle.push(scores.iter().map(|least| f1_at(*least, &scores, &is_right)).fold(0.0, f64::max));
    }
    let mut told = Vec::new();
    for (query, _) in rows(ABSENT) {
        told.push(highest(&scores(all, &embed(query)?)) < least);
    }
    let mut removed = Vec::new();
    for (query, facts) in rows(REMOVED) {
        let scores = scores(all, &embed(query)?);
        let others =
            scores.iter().zip(&all.facts).filter(|(_, of)| !facts.iter().all(|fact| of.contains(*fact)));
        removed.push(highest(&others.map(|(score, _)| *score).collect::<Vec<_>>()) < least);
    }
    let mut kept = Vec::new();
    for (caption, vector) in all.captions.iter().zip(&all.vectors) {
        kept.push(product(&embed(caption)?, vector) >= least);
    }
    let count = |of: &[bool]| format!("{} of {}", of.iter().filter(|is| **is).count(), of.len());
    println!(
        "| {} ({}) | {least:.3} | {:.3} ({}) | {} | {} | {} | {:.3} |",
        all.name,
        all.vectors.len(),
        mean(&f1),
        f1.len(),
        count(&told),
        count(&removed),
        count(&kept),
        mean(&oracle)
    );
    Ok(())
}

/// The queries of a table, and the facts that they ask for.
fn rows(table: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    table.lines().map(|line| match line.split_once('\t') {
        Some((query, facts)) => (query, facts.split(',').collect()),
        None => (line, Vec::new()),
    })
}

/// The harmonic mean of precision and recall of the pictures with at least this score.
fn f1_at(least: f32, scores: &[f32], is_right: &[bool]) -> f64 {
    let chosen = scores.iter().filter(|score| **score >= least).count();
    let found =
        scores.iter().zip(is_right).filter(|(score, is_right)| **score >= least && **is_right).count();
    2.0 * found as f64 / (chosen + is_right.iter().filter(|is| **is).count()) as f64
}

fn scores(all: &Collection, query: &[f32]) -> Vec<f32> {
    all.vectors.iter().map(|vector| product(query, vector)).collect()
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn highest(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

fn gallery(checkpoint: &Checkpoint) -> Result<Collection, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    demo::write_gallery(folder.path(), Differing::Refuse)?;
    let table = std::fs::read_to_string(folder.path().join("captions.tsv"))?;
    let preprocessor = checkpoint.preprocessor();
    let (mut pixels, mut facts, mut captions) = (Vec::new(), Vec::new(), Vec::new());
    for (file, names) in demo::gallery_facts() {
        let path = folder.path().join(&file);
        let opened =
            picture::open_reduced(&path, &Limits::default(), |w, h| preprocessor.minimum_size(w, h))?;
        pixels.push(preprocessor.apply(&opened.image));
        facts.push(names.into_iter().collect());
        let own = table.lines().find_map(|line| line.strip_prefix(file.as_str())?.strip_prefix('\t'));
        captions.push(own.ok_or("a picture without a caption")?.to_owned());
    }
    Ok(Collection { name: "demo gallery", vectors: embedded(checkpoint, &pixels)?, facts, captions })
}

fn drawings(checkpoint: &Checkpoint) -> Result<Collection, Box<dyn Error>> {
    let preprocessor = checkpoint.preprocessor();
    let (drawn, captions): (Vec<_>, Vec<_>) = held_out::pictures(DRAWINGS, SEED, false).into_iter().unzip();
    let pixels: Vec<Pixels> =
        drawn.into_iter().map(|drawing| preprocessor.apply(&ReducedImage::upright(drawing))).collect();
    let facts =
        held_out::facts(DRAWINGS, SEED).into_iter().map(|names| names.into_iter().collect()).collect();
    Ok(Collection { name: "held-out drawings", vectors: embedded(checkpoint, &pixels)?, facts, captions })
}

fn embedded(checkpoint: &Checkpoint, pixels: &[Pixels]) -> Result<Vec<Embedding>, Box<dyn Error>> {
    let encoder = checkpoint.load_vision()?;
    let batches: Result<Vec<_>, _> = pixels.chunks(32).map(|batch| encoder.embed(batch)).collect();
    Ok(batches?.concat())
}
