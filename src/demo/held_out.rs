//! Pictures of combinations that training never sees, for honest figures.

use std::collections::HashSet;

use image::RgbImage;

use super::caption::{Caption, Style, full};
use super::draw::draw;
use super::fact_set::FactSet;
use super::scene::Scene;
use crate::base::rng::{Rng, mix};

/// Side of the pictures that [`pictures`] draws, in pixels.
pub const SIDE: u32 = 320;

/// A scene, how to draw it, and a full caption that is true of no other scene of its set.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// What the picture shows.
    pub(super) scene: Scene,
    /// The seed of the first drawing. [`redrawn`] gives that of another.
    pub(super) seed: u64,
    /// A caption that mentions everything.
    pub(super) caption: Caption,
}

/// The seed of another drawing of the same scene.
pub(super) fn redrawn(seed: u64) -> u64 {
    mix(seed ^ 0x7265_6472_6177_6e21)
}

/// Makes `count` held-out scenes. Their captions all differ, and each is true of its own picture only.
pub(super) fn samples(count: usize, seed: u64) -> Vec<Sample> {
    let mut rng = Rng::new(seed);
    let mut chosen: Vec<(Sample, FactSet)> = Vec::with_capacity(count);
    let mut texts = HashSet::new();
    while chosen.len() < count {
        let scene = Scene::random(&mut rng);
        if !scene.is_held_out() {
            continue;
        }
        let caption = full(&scene, Style::Varied, &mut rng);
        let truth = FactSet::of_scene(&scene);
        let clash = chosen.iter().any(|(other, other_truth)| {
            other.caption.facts.is_subset(&truth) || caption.facts.is_subset(other_truth)
        });
        if !clash && texts.insert(caption.text.clone()) {
            chosen.push((Sample { scene, seed: rng.bits(), caption }, truth));
        }
    }
    chosen.into_iter().map(|(sample, _)| sample).collect()
}

/// Draws `count` held-out pictures, with their captions. With `redraw`, the same scenes are drawn another time.
pub fn pictures(count: usize, seed: u64, redraw: bool) -> Vec<(RgbImage, String)> {
    let draw_one = |sample: Sample| {
        let seed = if redraw { redrawn(sample.seed) } else { sample.seed };
        (draw(&sample.scene, seed, SIDE).picture, sample.caption.text)
    };
    samples(count, seed).into_iter().map(draw_one).collect()
}

/// The captions of `count` held-out pictures.
pub fn captions(count: usize, seed: u64) -> Vec<String> {
    samples(count, seed).into_iter().map(|sample| sample.caption.text).collect()
}

/// The names of all facts that are true of each of `count` held-out pictures, such as `boat` and `mood: Night`.
pub fn facts(count: usize, seed: u64) -> Vec<Vec<String>> {
    samples(count, seed).into_iter().map(|sample| FactSet::of_scene(&sample.scene).names()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_different_and_scenes_held_out() {
        let all = samples(300, 1);
        let texts: HashSet<&str> = all.iter().map(|sample| sample.caption.text.as_str()).collect();
        assert_eq!(texts.len(), 300);
        assert!(all.iter().all(|sample| sample.scene.is_held_out()));
    }

    #[test]
    fn a_redrawing_differs_in_pixels_only() {
        let (first, again, anew) = (pictures(2, 4, false), pictures(2, 4, false), pictures(2, 4, true));
        assert_eq!(first, again);
        assert_eq!(first[1].1, anew[1].1);
        assert_ne!(first[1].0, anew[1].0);
    }
}
