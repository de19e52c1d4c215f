//! The stream of samples that `tools/demo-model/` trains and measures on.
//!
//! Little-endian. Header: `PXSM`, then u32: version (1), side in pixels, number of facts, number of
//! kinds. Then a record a sample:
//! - side x side x 3 bytes: RGB pixels, reduced as CLIP preprocessing does;
//! - u16: number of drawn things, and for each u8: kind, colour (255 none), pattern, and its box's
//!   left, top, right, bottom in 1/255 of the side;
//! - u16: number of facts that are true of the picture, and each as u16;
//! - u8: number of captions, and for each u16: number of facts it states, each as u16; u16: length
//!   in bytes; the text in UTF-8.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use super::caption::{Caption, Style, full, short};
use super::draw::{Drawing, draw};
use super::facts::{FACTS, Facts, name};
use super::held_out::{self, redrawn};
use super::kinds::KINDS;
use super::scene::Scene;
use crate::base::rng::Rng;

/// Pictures are drawn this many times larger than the model sees them, then reduced.
const OVERSAMPLING: u32 = 3;
/// Share of training scenes that are the one before with one thing about it changed.
const CHANGED: f32 = 0.25;
/// Share of training scenes that are the one before, drawn anew.
const REDRAWN: f32 = 0.10;

/// Which scenes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Split {
    /// Never a held-out combination.
    Train,
    /// Only held-out combinations; captions mention everything and fit one picture only.
    HeldOut,
}

/// What to draw.
#[derive(Debug, Args)]
pub struct SamplesArgs {
    /// How many samples.
    #[arg(long, default_value_t = 500)]
    pub count: u64,
    /// Which scenes.
    #[arg(long, value_enum, default_value = "train")]
    pub split: Split,
    /// Equal seeds give equal samples.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Side of the pictures, in pixels.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u32).range(8..=1024))]
    pub size: u32,
    /// Draws the same held-out scenes anew.
    #[arg(long)]
    pub redraw: bool,
    /// Writes large held-out pictures and `captions.tsv` into this folder instead.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// Prints the facts' numbers and names instead.
    #[arg(long)]
    pub facts: bool,
}

/// Writes the samples to stdout. A reader that closes the pipe ends it quietly.
pub fn run(args: &SamplesArgs) -> ExitCode {
    let outcome = match &args.write {
        Some(folder) => write_pictures(folder, args),
        None => stream(&mut BufWriter::with_capacity(1 << 16, io::stdout().lock()), args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_pictures(folder: &Path, args: &SamplesArgs) -> io::Result<()> {
    let in_folder = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(in_folder)?;
    let mut table = String::new();
    for (i, (picture, caption)) in
        held_out::pictures(args.count as usize, args.seed, args.redraw).iter().enumerate()
    {
        let file = format!("{i:05}.png");
        picture.save(folder.join(&file)).map_err(|error| in_folder(io::Error::other(error)))?;
        table.push_str(&format!("{file}\t{caption}\n"));
    }
    std::fs::write(folder.join("captions.tsv"), table).map_err(in_folder)
}

fn stream(out: &mut impl Write, args: &SamplesArgs) -> io::Result<()> {
    if args.facts {
        for fact in 0..FACTS {
            writeln!(out, "{fact}\t{}", name(fact).unwrap_or_default())?;
        }
        return out.flush();
    }
    out.write_all(b"PXSM")?;
    for number in [1, args.size, FACTS as u32, KINDS.len() as u32] {
        out.write_all(&number.to_le_bytes())?;
    }
    match args.split {
        Split::Train => {
            let mut scenes = TrainScenes::new(args.seed);
            for _ in 0..args.count {
                let scene = scenes.next_scene();
                let rng = &mut scenes.rng;
                let captions = [full(&scene, Style::Varied, rng), short(&scene, rng)];
                write_sample(out, &scene, rng.bits(), args.size, &captions)?;
            }
        }
        Split::HeldOut => {
            for sample in held_out::samples(args.count as usize, args.seed) {
                let seed = if args.redraw { redrawn(sample.seed) } else { sample.seed };
                write_sample(out, &sample.scene, seed, args.size, &[sample.caption])?;
            }
        }
    }
    out.flush()
}

/// An endless sequence of scenes for training; some differ little from the one before.
#[derive(Debug)]
pub struct TrainScenes {
    rng: Rng,
    last: Option<Scene>,
}

impl TrainScenes {
    /// Starts the sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), last: None }
    }

    /// The next scene; never a held-out one.
    pub fn next_scene(&mut self) -> Scene {
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
    write_facts(out, &Facts::of_scene(scene))?;
    out.write_all(&[captions.len() as u8])?;
    for caption in captions {
        write_facts(out, &caption.facts)?;
        out.write_all(&(caption.text.len() as u16).to_le_bytes())?;
        out.write_all(caption.text.as_bytes())?;
    }
    Ok(())
}

fn write_facts(out: &mut impl Write, facts: &Facts) -> io::Result<()> {
    out.write_all(&(facts.numbers().len() as u16).to_le_bytes())?;
    for fact in facts.numbers() {
        out.write_all(&fact.to_le_bytes())?;
    }
    Ok(())
}

/// Bicubic with antialiasing, as Pillow's, which CLIP preprocessing follows.
fn reduced(picture: &RgbImage, size: u32) -> io::Result<Vec<u8>> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x3);
    let source = source.map_err(io::Error::other)?;
    let mut small = Image::new(size, size, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut small, &options).map_err(io::Error::other)?;
    Ok(small.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(split: Split, seed: u64) -> Vec<u8> {
        let args = SamplesArgs { count: 5, split, seed, size: 24, redraw: false, write: None, facts: false };
        let mut out = Vec::new();
        stream(&mut out, &args).expect("writing to memory");
        out
    }

    #[test]
    fn equal_seeds_give_equal_bytes() {
        assert_eq!(bytes(Split::Train, 7), bytes(Split::Train, 7));
        assert_ne!(bytes(Split::Train, 7), bytes(Split::Train, 8));
        assert_eq!(bytes(Split::HeldOut, 7), bytes(Split::HeldOut, 7));
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
