//! How well the cut-off tells which pictures are about a text: for the queries of `tests/data/relevance`, on the demo gallery and
//! on held-out drawings. Prints the table of `docs/design/relevance.md`.
//!
//!     cargo run --release --example relevance

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;

use pixseek::clip::{Checkpoint, Embedding, TextEncoder};
use pixseek::library::{cutoff, neutral_texts};

mod labelled;

use labelled::{Labelled, count, product, products};

const DRAWINGS: usize = 500;
const SEED: u64 = 20_260_000;
const KNOWN: &str = include_str!("../tests/data/relevance/known.tsv");
const ABSENT: &str = include_str!("../tests/data/relevance/absent.tsv");
const REMOVED: &str = include_str!("../tests/data/relevance/removed.tsv");

fn main() -> Result<(), Box<dyn Error>> {
    let checkpoint = Checkpoint::find("demo")?;
    let (text, neutral) = (checkpoint.load_text()?, neutral_texts(&checkpoint)?);
    println!(
        "| collection | floor | mean F1 (queries) | absent told | removed told | own captions kept | F1 at the best cut of each query |"
    );
    println!("|---|---|---|---|---|---|---|");
    print_row("demo gallery", &Labelled::gallery(&checkpoint)?, &text, &neutral)?;
    print_row("held-out drawings", &Labelled::held_out(&checkpoint, DRAWINGS, SEED)?, &text, &neutral)?;
    Ok(())
}

fn print_row(
    name: &str,
    all: &Labelled,
    text: &TextEncoder,
    neutral: &[Embedding],
) -> Result<(), Box<dyn Error>> {
    let embed = |query: &str| -> Result<Embedding, Box<dyn Error>> {
        Ok(text.embed(&[query])?.pop().ok_or("no embedding")?)
    };
    let best: Vec<f32> = neutral.iter().map(|vector| highest(&products(&all.vectors, vector))).collect();
    let cutoff = cutoff(&best);
    let floor = cutoff.floor;
    let (mut f1, mut oracle) = (Vec::new(), Vec::new());
    for (query, facts) in rows(KNOWN) {
        let is_right: Vec<bool> =
            all.facts.iter().map(|of| facts.iter().all(|fact| of.contains(*fact))).collect();
        if !is_right.contains(&true) {
            continue;
        }
        let scores = products(&all.vectors, &embed(query)?);
        f1.push(f1_at(cutoff.least(descending(&scores)), &scores, &is_right));
        oracle.push(scores.iter().map(|least| f1_at(*least, &scores, &is_right)).fold(0.0, f64::max));
    }
    let mut told = Vec::new();
    for (query, _) in rows(ABSENT) {
        told.push(highest(&products(&all.vectors, &embed(query)?)) < floor);
    }
    let mut removed = Vec::new();
    for (query, facts) in rows(REMOVED) {
        let scores = products(&all.vectors, &embed(query)?);
        let others =
            scores.iter().zip(&all.facts).filter(|(_, of)| !facts.iter().all(|fact| of.contains(*fact)));
        removed.push(highest(&others.map(|(score, _)| *score).collect::<Vec<_>>()) < floor);
    }
    let mut kept = Vec::new();
    for (caption, vector) in all.captions.iter().zip(&all.vectors) {
        let caption = embed(caption)?;
        let least = cutoff.least(descending(&products(&all.vectors, &caption)));
        kept.push(product(&caption, vector) >= least);
    }
    let told_of = |of: &[bool]| format!("{} of {}", count(of), of.len());
    println!(
        "| {name} ({}) | {floor:.3} | {:.3} ({}) | {} | {} | {} | {:.3} |",
        all.vectors.len(),
        mean(&f1),
        f1.len(),
        told_of(&told),
        told_of(&removed),
        told_of(&kept),
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
    2.0 * found as f64 / (chosen + count(is_right)) as f64
}

fn highest(scores: &[f32]) -> f32 {
    scores.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// The scores, best first.
fn descending(scores: &[f32]) -> Vec<f32> {
    let mut scores = scores.to_vec();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}
