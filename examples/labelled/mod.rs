//! Pictures of which it is known what is true: the demo gallery, and drawings that training never sees.

#![allow(dead_code, reason = "each example needs a part of it")]

use std::collections::HashSet;
use std::error::Error;

use pixseek::ReducedImage;
use pixseek::clip::{Checkpoint, Embedding, Pixels};
use pixseek::demo::{self, Differing, held_out};
use pixseek::picture::{self, Limits};

/// Pictures: their vectors, what is true of each, and its own caption.
pub struct Labelled {
    pub vectors: Vec<Embedding>,
    pub facts: Vec<HashSet<String>>,
    pub captions: Vec<String>,
}

impl Labelled {
    /// The demo gallery.
    pub fn gallery(checkpoint: &Checkpoint) -> Result<Self, Box<dyn Error>> {
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
        Ok(Self { vectors: embedded(checkpoint, &pixels)?, facts, captions })
    }

    /// So many drawings that training never sees.
    pub fn held_out(checkpoint: &Checkpoint, count: usize, seed: u64) -> Result<Self, Box<dyn Error>> {
        let preprocessor = checkpoint.preprocessor();
        let (drawn, captions): (Vec<_>, Vec<_>) = held_out::pictures(count, seed, false).into_iter().unzip();
        let pixels: Vec<Pixels> =
            drawn.into_iter().map(|drawing| preprocessor.apply(&ReducedImage::upright(drawing))).collect();
        let facts = held_out::facts(count, seed).into_iter().map(|names| names.into_iter().collect());
        Ok(Self { vectors: embedded(checkpoint, &pixels)?, facts: facts.collect(), captions })
    }
}

/// The scores of all vectors for another.
pub fn products(vectors: &[Embedding], query: &[f32]) -> Vec<f32> {
    vectors.iter().map(|vector| product(vector, query)).collect()
}

fn embedded(checkpoint: &Checkpoint, pixels: &[Pixels]) -> Result<Vec<Embedding>, Box<dyn Error>> {
    let encoder = checkpoint.load_vision()?;
    let batches: Result<Vec<_>, _> = pixels.chunks(32).map(|batch| encoder.embed(batch)).collect();
    Ok(batches?.concat())
}

/// The scalar product.
pub fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The number of pictures of which something is true.
pub fn count(all: &[bool]) -> usize {
    all.iter().filter(|is| **is).count()
}

/// The standard deviation.
pub fn deviation(scores: &[f32]) -> f32 {
    let count = scores.len() as f32;
    let mean = scores.iter().sum::<f32>() / count;
    (scores.iter().map(|score| (score - mean).powi(2)).sum::<f32>() / count).sqrt()
}

/// Things that backdrops show without being what the picture is about, or that have the name of something else as well.
pub const AMBIGUOUS: [&str; 4] = ["tree", "sun", "moon", "star"];
