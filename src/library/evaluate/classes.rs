//! Zero-shot classification: each folder is a class, named by the folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use rayon::prelude::*;

use super::embeddings::embed_all;
use super::rank::{rank, recall, score};
use crate::base::path_bytes;
use crate::clip::{Checkpoint, Embedding, TextEncoder};
use crate::library::error::LibraryError;
use crate::library::report::Observer;
use crate::library::templates::word_embedding;
use crate::library::walk::walk;
use crate::library::{WalkOptions, collection};

/// How often a picture's own class comes first.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassScores {
    /// Pictures that were read.
    pub pictures: usize,
    /// Classes, which are folders with at least one of those.
    pub classes: usize,
    /// The share of pictures whose class is the nearest, from 0 to 1.
    pub top1: f64,
    /// The share of pictures whose class is among the five nearest, from 0 to 1.
    pub top5: f64,
}

/// Judges a checkpoint by the folders in `root`: the pictures in each (below it, too) are of the class that its name says,
/// with `_` and `-` as spaces.
///
/// # Errors
/// When `root` can't be read, has fewer than two folders with readable pictures, or the encoder fails.
pub fn evaluate_classes(
    checkpoint: &Checkpoint,
    root: &Path,
    observer: &dyn Observer,
) -> Result<ClassScores, LibraryError> {
    let root = collection::canonical(root)?;
    let found = walk(&root, &root, &WalkOptions::default(), &AtomicUsize::new(0));
    let mut names: Vec<&OsStr> = Vec::new();
    let (mut paths, mut own) = (Vec::<PathBuf>::new(), Vec::new());
    let files: Vec<PathBuf> = found.files.iter().map(|file| path_bytes::from_bytes(&file.path)).collect();
    for file in &files {
        let mut parts = file.iter();
        // Pictures beside the folders have no class.
        let (Some(class), Some(_)) = (parts.next(), parts.next()) else { continue };
        let number = names.iter().position(|name| *name == class).unwrap_or_else(|| {
            names.push(class);
            names.len() - 1
        });
        paths.push(root.join(file));
        own.push(number);
    }
    let embeddings = embed_all(checkpoint, &paths, observer)?;
    let pictures: Vec<(usize, Embedding)> =
        own.into_iter().zip(embeddings).filter_map(|(own, embedding)| Some((own, embedding?))).collect();
    // A folder of which nothing can be read is no class that a picture could be taken for.
    let mut used: Vec<usize> = pictures.iter().map(|(own, _)| *own).collect();
    used.sort_unstable();
    used.dedup();
    if used.len() < 2 {
        return Err(LibraryError::NoClasses(root));
    }
    let text = checkpoint.load_text()?;
    let classes =
        used.iter().filter_map(|number| names.get(*number)).map(|name| class_embedding(&text, name));
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let rank_of = |(own, embedding): &(usize, Embedding)| {
        let scores: Vec<f32> = classes.iter().map(|class| score(embedding, class)).collect();
        rank(&scores, used.binary_search(own).unwrap_or(usize::MAX))
    };
    let ranks: Vec<usize> = pictures.par_iter().map(rank_of).collect();
    Ok(ClassScores {
        pictures: pictures.len(),
        classes: classes.len(),
        top1: recall(&ranks, 1),
        top5: recall(&ranks, 5),
    })
}

/// The mean of a class's sentences.
fn class_embedding(text: &TextEncoder, name: &OsStr) -> Result<Embedding, LibraryError> {
    word_embedding(text, &name.to_string_lossy().replace(['_', '-'], " "))
}
