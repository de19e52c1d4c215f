//! Pictures and texts come out as transformers and open_clip make them: references by `tools/parity/make.py` and
//! `make_open_clip.py`.

use std::path::Path;

use crate::parity_data::{
    CHECKPOINTS, Reference, centred_cosine, cosine, cosine_length, largest_cosine, mean, minus,
};
use pixseek::ReducedImage;
use pixseek::clip::{Family, Pixels};
use pixseek::picture::{self, Limits};

/// Of normalized units, which is one to two steps of the 256 a pixel has.
const PIXEL_TOLERANCE: f32 = 0.02;

/// JPEGs with halved colour that are enlarged, so that nothing is averaged: where libjpeg rounds the
/// interpolated colour once, zune-jpeg rounds it twice, which makes up to two of those steps.
const ENLARGED: &str = "small-halved-colour.jpg";
const ENLARGED_TOLERANCE: f32 = 0.03;

#[test]
fn the_references_could_tell_a_difference() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        assert!(reference.pictures.len() >= 20 && reference.texts.len() >= 30);
        let is_siglip = reference.checkpoint().config().family == Family::Siglip;
        // Most tokens of a padded text are the same: what all texts share is left out there.
        let spread = |vectors: &[Vec<f32>]| {
            let mean = mean(vectors);
            if is_siglip {
                vectors.iter().map(|vector| minus(vector, &mean)).collect()
            } else {
                vectors.to_vec()
            }
        };
        assert!(largest_cosine(&spread(&reference.images)) < 0.95, "{name}: pictures are nearly parallel");
        let different: Vec<Vec<f32>> =
            reference.different_texts().into_iter().map(|i| reference.text_embeddings[i].clone()).collect();
        assert!(different.len() >= 25);
        assert!(largest_cosine(&spread(&different)) < 0.9, "{name}: texts are nearly parallel");
    }
}

#[test]
fn token_ids_are_identical() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let encoder = reference.checkpoint().load_text().unwrap();
        for (text, expected) in reference.texts.iter().zip(&reference.token_ids) {
            assert_eq!(&encoder.token_ids(text).unwrap(), expected, "{name}: {text:?}");
        }
    }
}

#[test]
fn text_embeddings_agree() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let encoder = reference.checkpoint().load_text().unwrap();
        let texts: Vec<&str> = reference.texts.iter().map(String::as_str).collect();
        // All at once, which groups them by length, and one by one, as queries come.
        let together = encoder.embed(&texts).unwrap();
        let mut worst = f32::INFINITY;
        let mean = mean(&reference.text_embeddings);
        for (i, text) in texts.iter().enumerate() {
            let alone = encoder.embed(&[text]).unwrap();
            for embedding in [&together[i], &alone[0]] {
                let cosine = cosine(embedding, &reference.text_embeddings[i]);
                assert!(cosine >= 0.9999, "{name}: {text:?}: {cosine}");
                let length = cosine_length(&reference.text_embeddings[i]);
                let scaled: Vec<f32> = embedding.iter().map(|x| x * length).collect();
                let centred = centred_cosine(&scaled, &reference.text_embeddings[i], &mean);
                assert!(centred >= 0.9999, "{name}: {text:?}: centred {centred}");
                worst = worst.min(centred);
                assert!((cosine_length(embedding) - 1.0).abs() < 1e-5, "{name}: {text:?} has no unit length");
            }
        }
        println!("{name}: texts: least centred cosine {worst:.7}");
    }
}

#[test]
fn preprocessing_agrees_from_the_file_on() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let preprocessor = reference.checkpoint().preprocessor();
        let mut all = Vec::new();
        for picture in &reference.pictures {
            let decoded = picture::open(&crate::parity_data::picture(picture), &Limits::default()).unwrap();
            let pixels = preprocessor.apply(&ReducedImage::upright(decoded.pixels));
            let mut differences = reference.pixel_differences(picture, &pixels);
            let p99 = percentile(&mut differences, 0.99);
            let most = differences.last().copied().unwrap_or_default();
            println!("{name}: {picture}: p99 {p99:.4}, most {most:.4}");
            let tolerance = if picture == ENLARGED { ENLARGED_TOLERANCE } else { PIXEL_TOLERANCE };
            assert!(p99 <= tolerance, "{name}: {picture}: p99 {p99}");
            all.extend(differences);
        }
        let p99 = percentile(&mut all, 0.99);
        println!("{name}: all pictures: p99 {p99:.4}");
        assert!(p99 <= PIXEL_TOLERANCE, "{name}: p99 {p99}");
    }
}

#[test]
fn image_embeddings_agree() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let checkpoint = reference.checkpoint();
        let (encoder, preprocessor) = (checkpoint.load_vision().unwrap(), checkpoint.preprocessor());
        let (mut worst_equal, mut worst_file) = (f32::INFINITY, f32::INFINITY);
        // Around the mean of all, since what embeddings share would hide differences.
        let mean = mean(&reference.images);
        let centred = |a: &[f32], b: &[f32]| centred_cosine(a, b, &mean);
        for (i, picture) in reference.pictures.iter().enumerate() {
            let expected = &reference.images[i];
            // Ours are of unit length, the reference's are not.
            let length = cosine_length(expected);
            let found = |pixels| embed(&encoder, pixels).iter().map(|x| x * length).collect::<Vec<_>>();
            if let Some(pixels) = reference.full_pixels(picture) {
                let cosine = centred(&found(pixels), expected);
                assert!(cosine >= 0.9999, "{name}: {picture}: {cosine} on equal pixels");
                worst_equal = worst_equal.min(cosine);
            }
            let decoded = picture::open(&crate::parity_data::picture(picture), &Limits::default()).unwrap();
            let pixels = preprocessor.apply(&ReducedImage::upright(decoded.pixels));
            let found = found(pixels);
            assert!(cosine(&found, expected) >= 0.999, "{name}: {picture}: from file");
            let cosine = centred(&found, expected);
            println!("{name}: {picture}: cosine from file {cosine:.6}");
            assert!(cosine >= 0.995, "{name}: {picture}: {cosine} from file");
            worst_file = worst_file.min(cosine);
        }
        assert!(worst_equal.is_finite());
        println!(
            "{name}: images: least centred cosine {worst_equal:.7} on equal pixels, {worst_file:.6} from file"
        );
    }
}

#[test]
fn a_batch_is_the_same_as_one_by_one() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let encoder = reference.checkpoint().load_vision().unwrap();
        let kept = || reference.pictures.iter().filter_map(|p| reference.full_pixels(p));
        // Often enough to need more than one pass.
        let batch: Vec<Pixels> = kept().cycle().take(100).collect();
        let together = encoder.embed(&batch).unwrap();
        assert_eq!(together.len(), batch.len());
        for (pixels, embedding) in batch.into_iter().zip(&together) {
            let alone = embed(&encoder, pixels);
            assert!(cosine(&alone, embedding) > 0.999_999, "{name}");
        }
    }
}

#[test]
fn orientation_and_time_come_from_exif() {
    let picture =
        picture::open(&crate::parity_data::picture("orientation-6.jpg"), &Limits::default()).unwrap();
    // 560 x 392 stored, a quarter turn from upright.
    assert_eq!((picture.width, picture.height), (392, 560));
    // 2021:07:04 18:30:05, by `date -u -d ... +%s`.
    assert_eq!(picture.taken_at, Some(1_625_423_405));
    let picture =
        picture::open(Path::new(&crate::parity_data::picture("orientation-1.jpg")), &Limits::default())
            .unwrap();
    assert_eq!((picture.width, picture.height, picture.taken_at), (560, 392, None));
}

fn embed(encoder: &pixseek::clip::VisionEncoder, pixels: Pixels) -> Vec<f32> {
    encoder.embed(&[pixels]).unwrap().pop().unwrap()
}

/// Sorts the values, too.
fn percentile(values: &mut [f32], fraction: f64) -> f32 {
    values.sort_unstable_by(f32::total_cmp);
    values[((values.len() - 1) as f64 * fraction) as usize]
}
