//! Writes the stream of samples that `tools/demo-model/` trains and measures on.
//!
//! Numbers are little-endian. The header is `PXSM`, then as u32: version (1), side in pixels, number of facts, number of
//! kinds. Then follows a record for each sample:
//! - side x side x 3 bytes: RGB pixels, reduced as CLIP preprocessing does;
//! - u16: number of drawn things, and for each u8: kind, colour (255 none), pattern, and its box's
//!   left, top, right, bottom in 1/255 of the side;
//! - u16: number of facts that are true of the picture, and each as u16;
//! - u8: number of captions, and for each u16: number of facts it states, each as u16; u16: length
//!   in bytes; the text in UTF-8.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions};
use image::RgbImage;

use super::caption::{Caption, Style, full, short};
use super::draw::{Drawing, draw};
use super::fact_set::{FACTS, FactSet, name};
use super::held_out::{self, redrawn};
use super::kinds::KINDS;
use super::scene::Scene;
use super::short_queries;
use crate::base::resample::resize_rgb;
use crate::base::rng::Rng;

/// How many times larger than the model sees them pictures are drawn, to be reduced.
const OVERSAMPLING: u32 = 3;
/// The share of training scenes that are the scene before with one thing about it changed.
const CHANGED: f32 = 0.25;
/// The share of training scenes that are the scene before, drawn anew.
const REDRAWN: f32 = 0.10;

/// Which samples are drawn.
#[derive(Debug, Clone, Copy)]
pub struct SampleOptions {
    /// Number of samples.
    pub count: u64,
    /// The seed. Equal seeds give equal samples.
    pub seed: u64,
    /// Side of the pictures, in pixels.
    pub size: u32,
}

/// Writes samples for training, of which none is of a held-out combination. Each has a full and a short caption.
///
/// # Errors
/// When the writer fails.
pub fn write_training(out: &mut impl Write, options: &SampleOptions) -> io::Result<()> {
    write_header(out, options.size)?;
    let mut scenes = TrainScenes::new(options.seed);
    for _ in 0..options.count {
        let scene = scenes.next_scene();
        let rng = &mut scenes.rng;
        let captions = [full(&scene, Style::Varied, rng), short(&scene, rng)];
        write_sample(out, &scene, rng.bits(), options.size, &captions)?;
    }
    Ok(())
}

/// Writes samples of held-out combinations. Each has one caption, which mentions everything and is true of no other picture
/// of them. With `redraw`, the same scenes are drawn another time.
///
/// # Errors
/// When the writer fails.
pub fn write_held_out(out: &mut impl Write, options: &SampleOptions, redraw: bool) -> io::Result<()> {
    write_header(out, options.size)?;
    for sample in held_out::samples(options.count as usize, options.seed) {
        let seed = if redraw { redrawn(sample.seed) } else { sample.seed };
        write_sample(out, &sample.scene, seed, options.size, &[sample.caption])?;
    }
    Ok(())
}

/// Writes the number and the name of every fact, a line each, with a tab between them.
///
/// # Errors
/// When the writer fails.
pub fn write_fact_names(out: &mut impl Write) -> io::Result<()> {
    (0..FACTS).try_for_each(|fact| writeln!(out, "{fact}\t{}", name(fact).unwrap_or_default()))
}

/// Writes every query of one and two words, a line each: the text, a tab, and the numbers of the facts that it asks for, with
/// spaces between them.
///
/// # Errors
/// When the writer fails.
pub fn write_short_queries(out: &mut impl Write) -> io::Result<()> {
    short_queries::all().iter().try_for_each(|query| {
        let numbers: Vec<String> = query.facts.numbers().iter().map(u16::to_string).collect();
        writeln!(out, "{}\t{}", query.text, numbers.join(" "))
    })
}

/// Writes held-out pictures of [`held_out::SIDE`] pixels and their `captions.tsv` into a folder, which is made if it is
/// missing. The options' size does not matter.
///
/// # Errors
/// When a file can't be written. The text names the folder.
pub fn write_pictures(folder: &Path, options: &SampleOptions, redraw: bool) -> io::Result<()> {
    let in_folder = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(in_folder)?;
    let pictures = held_out::pictures(options.count as usize, options.seed, redraw);
    let mut table = String::new();
    for (number, (picture, caption)) in pictures.iter().enumerate() {
        let file = format!("{number:05}.png");
        picture.save(folder.join(&file)).map_err(|error| in_folder(io::Error::other(error)))?;
        table.push_str(&format!("{file}\t{caption}\n"));
    }
    fs::write(folder.join("captions.tsv"), table).map_err(in_folder)
}

fn write_header(out: &mut impl Write, size: u32) -> io::Result<()> {
    out.write_all(b"PXSM")?;
    [1, size, FACTS as u32, KINDS.len() as u32]
        .iter()
        .try_for_each(|number| out.write_all(&number.to_le_bytes()))
}

/// An endless sequence of scenes for training, some of which differ little from the one before.
#[derive(Debug)]
struct TrainScenes {
    rng: Rng,
    last: Option<Scene>,
}

impl TrainScenes {
    /// Starts the sequence of this seed.
    fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), last: None }
    }

    /// The next scene, which is never a held-out one.
    fn next_scene(&mut self) -> Scene {
        loop {
            let dice = self.rng.range(0.0, 1.0);
            let scene = match self.last.take() {
                Some(last) if dice < REDRAWN => last,
                Some(last) if dice < REDRAWN + CHANGED => last.changed(&mut self.rng),
                _ => Scene::random(&mut self.rng),
            };
            if !scene.is_held_out() {
                self.last = Some(scene.clone());
                return scene;
            }
        }
    }
}

fn write_sample(
    out: &mut impl Write,
    scene: &Scene,
    seed: u64,
    size: u32,
    captions: &[Caption],
) -> io::Result<()> {
    let Drawing { picture, instances } = draw(scene, seed, size * OVERSAMPLING);
    out.write_all(&reduced(&picture, size)?)?;
    out.write_all(&(instances.len() as u16).to_le_bytes())?;
    for one in &instances {
        let coordinate = |x: f32| (x * 2.55).round().clamp(0.0, 255.0) as u8;
        let half = one.side / 2.0;
        let colour = one.colour.map_or(255, |colour| colour as u8);
        out.write_all(&[one.kind as u8, colour, one.pattern as u8])?;
        out.write_all(&[one.x - half, one.y - half, one.x + half, one.y + half].map(coordinate))?;
    }
    write_facts(out, &FactSet::of_scene(scene))?;
    out.write_all(&[captions.len() as u8])?;
    for caption in captions {
        write_facts(out, &caption.facts)?;
        out.write_all(&(caption.text.len() as u16).to_le_bytes())?;
        out.write_all(caption.text.as_bytes())?;
    }
    Ok(())
}

fn write_facts(out: &mut impl Write, facts: &FactSet) -> io::Result<()> {
    out.write_all(&(facts.numbers().len() as u16).to_le_bytes())?;
    for fact in facts.numbers() {
        out.write_all(&fact.to_le_bytes())?;
    }
    Ok(())
}

/// The picture reduced as CLIP's preprocessing does: bicubic with antialiasing, as Pillow's.
fn reduced(picture: &RgbImage, size: u32) -> io::Result<Vec<u8>> {
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    resize_rgb(picture.as_raw(), picture.dimensions(), (size, size), &options).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(seed: u64) -> SampleOptions {
        SampleOptions { count: 5, seed, size: 24 }
    }

    fn training(seed: u64) -> Vec<u8> {
        let mut out = Vec::new();
        write_training(&mut out, &options(seed)).expect("writing to memory");
        out
    }

    fn held_out(seed: u64, redraw: bool) -> Vec<u8> {
        let mut out = Vec::new();
        write_held_out(&mut out, &options(seed), redraw).expect("writing to memory");
        out
    }

    #[test]
    fn equal_seeds_give_equal_bytes() {
        assert_eq!(training(7), training(7));
        assert_ne!(training(7), training(8));
        assert_eq!(held_out(7, false), held_out(7, false));
        assert_ne!(held_out(7, false), held_out(7, true));
    }

    #[test]
    fn training_never_sees_a_held_out_combination() {
        let mut scenes = TrainScenes::new(2);
        for _ in 0..20_000 {
            let scene = scenes.next_scene();
            assert!(!scene.is_held_out(), "{scene:?}");
        }
    }

    #[test]
    fn numbers_fit_their_fields() {
        assert!(KINDS.len() < 255 && FACTS <= usize::from(u16::MAX));
    }
}
