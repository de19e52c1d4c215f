//! How near int8 is to f32 with the checkpoints in some folders: the worst centred cosine of pictures and of texts, and the
//! share of the five nearest others that int8 finds, too.
//!
//!     cargo run --release --example int8_near_f32 -- FOLDER...

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use pixseek::clip::{Checkpoint, Embedding};
use pixseek::demo::held_out;
use pixseek::{Precision, ReducedImage};

/// Number of drawings, and of captions.
const COUNT: usize = 64;
const SEED: u64 = 77;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (drawings, captions): (Vec<_>, Vec<_>) = held_out::pictures(COUNT, SEED, false).into_iter().unzip();
    let texts: Vec<&str> = captions.iter().map(String::as_str).collect();
    for folder in std::env::args().skip(1) {
        let [exact, rounded] = [Precision::F32, Precision::Int8].map(|precision| {
            let mut checkpoint = Checkpoint::find(&folder)?;
            checkpoint.placement.precision = precision;
            let preprocessor = checkpoint.preprocessor();
            let pixels: Vec<_> = drawings
                .iter()
                .map(|drawing| preprocessor.apply(&ReducedImage::upright(drawing.clone())))
                .collect();
            let images = checkpoint.load_vision()?.embed(&pixels)?;
            Ok::<_, pixseek::clip::ModelError>([images, checkpoint.load_text()?.embed(&texts)?])
        });
        let (exact, rounded) = (exact?, rounded?);
        for (what, (exact, rounded)) in ["pictures", "texts"].iter().zip(exact.iter().zip(&rounded)) {
            let (worst, mean) = centred_cosines(exact, rounded);
            let overlap = overlap_of_top_five(exact, rounded);
            println!(
                "{folder}: {what}: centred cosine {worst:.4} at worst, {mean:.4} on average; top five {overlap:.3}"
            );
        }
    }
    Ok(())
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The least and the average cosine of two embeddings of the same thing, without the mean of the exact ones.
fn centred_cosines(exact: &[Embedding], rounded: &[Embedding]) -> (f32, f32) {
    let count = exact.len() as f32;
    let mean = |i: usize| exact.iter().map(|embedding| embedding[i]).sum::<f32>() / count;
    let mean: Vec<f32> = (0..exact[0].len()).map(mean).collect();
    let centred =
        |embedding: &Embedding| embedding.iter().zip(&mean).map(|(x, m)| x - m).collect::<Vec<f32>>();
    let cosine = |(a, b): (&Embedding, &Embedding)| {
        let (a, b) = (centred(a), centred(b));
        product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
    };
    let cosines: Vec<f32> = exact.iter().zip(rounded).map(cosine).collect();
    (cosines.iter().copied().fold(1.0, f32::min), cosines.iter().sum::<f32>() / count)
}

/// The share of the five nearest others of each that are so in both.
fn overlap_of_top_five(exact: &[Embedding], rounded: &[Embedding]) -> f32 {
    let nearest = |all: &[Embedding], i: usize| {
        let mut others: Vec<usize> = (0..all.len()).filter(|other| *other != i).collect();
        others.sort_by(|a, b| product(&all[*b], &all[i]).total_cmp(&product(&all[*a], &all[i])));
        others.truncate(5);
        others
    };
    let common = |i| {
        let found = nearest(rounded, i);
        nearest(exact, i).iter().filter(|other| found.contains(other)).count()
    };
    (0..exact.len()).map(common).sum::<usize>() as f32 / (5 * exact.len()) as f32
}
