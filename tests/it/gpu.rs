//! On a GPU, pictures and texts come out as transformers and open_clip make them: references as in `parity.rs`. These
//! tests need a build with the feature `cuda` or `metal`, and a GPU.

use pixseek::Precision;
use pixseek::clip::{Checkpoint, DeviceChoice, Pixels};

use crate::parity_data::{CHECKPOINTS, Reference, centred_cosine, cosine_length, mean};

/// Each precision with the least centred cosine that it is held to. f16 keeps 11 bits of every number.
const PRECISIONS: [(Precision, f32); 2] = [(Precision::F32, 0.9999), (Precision::F16, 0.998)];

fn on_gpu(reference: &Reference, precision: Precision) -> Checkpoint {
    let mut checkpoint = reference.checkpoint();
    let choice = if cfg!(feature = "cuda") { DeviceChoice::Cuda } else { DeviceChoice::Metal };
    checkpoint.placement.device = choice.open().unwrap();
    checkpoint.placement.precision = precision;
    checkpoint
}

#[test]
fn texts_agree() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let all = &reference.text_embeddings;
        let texts: Vec<&str> = reference.texts.iter().map(String::as_str).collect();
        for (precision, least) in PRECISIONS {
            let encoder = on_gpu(&reference, precision).load_text().unwrap();
            let alone = |text: &&str| encoder.embed(&[text]).unwrap().remove(0);
            check(name, precision, least, &encoder.embed(&texts).unwrap(), all, all);
            let alone: Vec<_> = texts.iter().map(alone).collect();
            check(name, precision, least, &alone, all, all);
        }
    }
}

#[test]
fn pictures_agree() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let kept = |(i, picture): (usize, &String)| Some((reference.full_pixels(picture)?, i));
        let (pixels, rows): (Vec<Pixels>, Vec<usize>) =
            reference.pictures.iter().enumerate().filter_map(kept).unzip();
        let expected: Vec<Vec<f32>> = rows.iter().map(|&row| reference.images[row].clone()).collect();
        assert!(!expected.is_empty());
        for (precision, least) in PRECISIONS {
            let encoder = on_gpu(&reference, precision).load_vision().unwrap();
            check(name, precision, least, &encoder.embed(&pixels).unwrap(), &expected, &reference.images);
        }
    }
}

/// Compares around the mean of all references, since what embeddings share would hide differences.
fn check(
    name: &str,
    precision: Precision,
    least: f32,
    found: &[Vec<f32>],
    expected: &[Vec<f32>],
    all: &[Vec<f32>],
) {
    let mean = mean(all);
    let mut worst = f32::INFINITY;
    for (found, expected) in found.iter().zip(expected) {
        // Ours are of unit length, the reference's are not.
        let length = cosine_length(expected);
        let found: Vec<f32> = found.iter().map(|x| x * length).collect();
        worst = worst.min(centred_cosine(&found, expected, &mean));
    }
    println!("{name}, {precision}: least centred cosine {worst:.6}");
    assert!(worst >= least, "{name}, {precision}: {worst}");
}
