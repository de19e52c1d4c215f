//! The shipped demo model, held to what `tools/demo-model/README.md` says of it, on combinations of thing,
//! colour, pattern and surroundings that training never saw.

use std::path::Path;

use pixseek::Precision;
use pixseek::ReducedImage;
use pixseek::clip::{Checkpoint, DEMO_MODEL, Preprocessor, TextEncoder, VisionEncoder};
use pixseek::demo::{Differing, held_out, write_gallery};
use pixseek::picture::{self, Limits};
use rayon::prelude::*;

/// `tools/demo-model` measures 500 with the same seed; a sample of them is enough to guard.
const SEED: u64 = 20_260_000;
const SAMPLE: usize = 200;

struct Model {
    text: TextEncoder,
    vision: VisionEncoder,
    preprocessor: std::sync::Arc<Preprocessor>,
}

impl Model {
    fn load(precision: Precision) -> Self {
        let mut checkpoint = Checkpoint::find(DEMO_MODEL).unwrap();
        checkpoint.placement.precision = precision;
        Self {
            text: checkpoint.load_text().unwrap(),
            vision: checkpoint.load_vision().unwrap(),
            preprocessor: checkpoint.preprocessor(),
        }
    }

    fn images(&self, pictures: &[image::RgbImage]) -> Vec<Vec<f32>> {
        let pixels =
            |picture: &image::RgbImage| self.preprocessor.apply(&ReducedImage::upright(picture.clone()));
        let pixels: Vec<_> = pictures.par_iter().map(pixels).collect();
        pixels.chunks(50).flat_map(|batch| self.vision.embed(batch).unwrap()).collect()
    }

    fn texts(&self, captions: &[String]) -> Vec<Vec<f32>> {
        captions.iter().map(|caption| self.text.embed(&[caption]).unwrap().remove(0)).collect()
    }
}

/// Share of queries whose own target is among the `k` most similar.
fn recall(queries: &[Vec<f32>], targets: &[Vec<f32>], k: usize) -> f64 {
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let found = queries.iter().zip(targets).filter(|(query, own)| {
        let own = cosine(query, own);
        targets.iter().filter(|other| cosine(query, other) > own).count() < k
    });
    found.count() as f64 / queries.len() as f64
}

fn split(pictures: Vec<(image::RgbImage, String)>) -> (Vec<image::RgbImage>, Vec<String>) {
    pictures.into_iter().unzip()
}

#[test]
fn captions_find_held_out_pictures_and_pictures_find_themselves_drawn_anew() {
    let (exact, rounded) = (Model::load(Precision::F32), Model::load(Precision::Int8));
    let (pictures, captions) = split(held_out::pictures(SAMPLE, SEED, false));
    let (anew, _) = split(held_out::pictures(SAMPLE, SEED, true));
    let [exact, rounded] = [exact, rounded].map(|model| {
        let (images, texts) = (model.images(&pictures), model.texts(&captions));
        let (at_1, at_5) = (recall(&texts, &images, 1), recall(&texts, &images, 5));
        assert!(at_1 >= 0.95 && at_5 >= 0.99, "caption to picture: recall@1 {at_1}, recall@5 {at_5}");
        let again = recall(&model.images(&anew), &images, 1);
        assert!(again >= 0.95, "picture to the same drawn anew: recall@1 {again}");
        ([at_1, at_5, again], images, texts)
    });
    for (exact, rounded) in exact.0.iter().zip(&rounded.0) {
        assert!(rounded > &(exact - 0.01), "recall {exact} falls to {rounded} in int8");
    }
    for (exact, rounded) in exact.1.iter().chain(&exact.2).zip(rounded.1.iter().chain(&rounded.2)) {
        let cosine: f32 = exact.iter().zip(rounded).map(|(a, b)| a * b).sum();
        assert!(cosine >= 0.999, "cosine {cosine} between f32 and int8");
    }
}

#[test]
fn the_gallery_is_found_by_its_captions() {
    let model = Model::load(Precision::F32);
    let folder = tempfile::tempdir().unwrap();
    write_gallery(folder.path(), Differing::Refuse).unwrap();
    let table = std::fs::read_to_string(folder.path().join("captions.tsv")).unwrap();
    let rows: Vec<(&str, &str)> = table.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let open = |name: &str| picture::open(&folder.path().join(Path::new(name)), &Limits::default()).unwrap();
    let pictures: Vec<_> = rows.par_iter().map(|(name, _)| open(name).pixels).collect();
    let captions: Vec<String> = rows.iter().map(|(_, caption)| (*caption).to_owned()).collect();
    let (images, texts) = (model.images(&pictures), model.texts(&captions));
    let (at_1, at_5) = (recall(&texts, &images, 1), recall(&texts, &images, 5));
    assert!(at_1 >= 0.95 && at_5 >= 0.99, "caption to gallery picture: recall@1 {at_1}, recall@5 {at_5}");
}

#[test]
fn unfinished_and_oddly_written_queries_find_the_same() {
    let model = Model::load(Precision::F32);
    let embed = |text: &str| model.text.embed(&[text]).unwrap().remove(0);
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    let plain = embed("a red circle");
    for same in ["A Red Circle", "  a   red circle ", "red circle", "a red circle."] {
        assert!(cosine(&plain, &embed(same)) > 0.9, "{same:?}");
    }
    let other = cosine(&plain, &embed("a green tree in the snow"));
    assert!(other < 0.6, "other things are far: {other}");
}
