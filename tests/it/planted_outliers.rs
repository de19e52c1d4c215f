//! int8 stays near f32 where a checkpoint has what real ones have: channels that are many times as large as the others.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::parity_data::{Reference, folder, picture};
use half::{bf16, f16};
use image::RgbImage;
use pixseek::clip::{Checkpoint, Embedding};
use pixseek::demo::held_out;
use pixseek::picture::{self, Limits};
use pixseek::{Precision, ReducedImage};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

const CHECKPOINT: &str = "b32-quick-gelu";
const SIGLIP: &str = "siglip2-gemma";

/// The tensors of a checkpoint: shape and numbers, by name.
type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn read(name: &str) -> Tensors {
    let bytes = fs::read(folder(name).join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |view: &TensorView| -> Vec<f32> {
        let halves = || view.data().as_chunks().0.iter();
        match view.dtype() {
            Dtype::F32 => view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::F16 => halves().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Dtype::BF16 => halves().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            other => panic!("tensors of {other:?}"),
        }
    };
    file.iter().map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), numbers(&view)))).collect()
}

fn write(name: &str, tensors: &Tensors, to: &Path) {
    for entry in fs::read_dir(folder(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, (shape, numbers))| (name, shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()))
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| (*name, TensorView::new(Dtype::F32, (*shape).clone(), bytes).unwrap()));
    safetensors::serialize_to_file(views, None, &to.join("model.safetensors")).unwrap();
}

/// Multiplies a channel of every norm by `factor`, and divides the weights by it that read it: the same function.
fn plant_in_norms(tensors: &mut Tensors, factor: f32) {
    let norms: Vec<String> = tensors
        .keys()
        .filter(|name| name.contains(".layers.") && name.ends_with("norm1.weight"))
        .cloned()
        .collect();
    for (i, norm) in norms.iter().enumerate() {
        let block = norm.strip_suffix("layer_norm1.weight").unwrap();
        for (norm, readers) in [
            ("layer_norm1", &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"][..]),
            ("layer_norm2", &["mlp.fc1"]),
        ] {
            let mut channel = 0;
            for part in ["weight", "bias"] {
                let (_, numbers) = tensors.get_mut(&format!("{block}{norm}.{part}")).unwrap();
                channel = (i * 7919 + 11) % numbers.len();
                numbers[channel] *= factor;
            }
            for reader in readers {
                let (shape, numbers) = tensors.get_mut(&format!("{block}{reader}.weight")).unwrap();
                numbers.iter_mut().skip(channel).step_by(shape[1]).for_each(|w| *w /= factor);
            }
        }
    }
}

/// Adds a number to a channel of every token, which stays in the residual stream to its end.
fn plant_in_residual_stream(tensors: &mut Tensors, number: f32) {
    let (shape, positions) = tensors.get_mut("text_model.embeddings.position_embedding.weight").unwrap();
    positions.iter_mut().skip(5).step_by(shape[1]).for_each(|x| *x += number);
    match tensors.get_mut("vision_model.pre_layrnorm.bias") {
        Some((_, bias)) => bias[5] -= number,
        None => {
            let positions = "vision_model.embeddings.position_embedding.weight";
            let (shape, positions) = tensors.get_mut(positions).unwrap();
            positions.iter_mut().skip(5).step_by(shape[1]).for_each(|x| *x -= number);
        }
    }
}

/// Makes what is added to a channel of the residual stream large, and different in each token.
fn plant_in_residual_weights(tensors: &mut Tensors, factor: f32) {
    for (name, (shape, numbers)) in tensors {
        if name.ends_with("out_proj.weight") || name.ends_with("fc2.weight") {
            numbers[9 * shape[1]..10 * shape[1]].iter_mut().for_each(|w| *w *= factor);
        }
    }
}

/// Gives weights a heavy tail: the largest of a thousand is ten times their deviation, instead of three.
fn make_weights_heavy_tailed(tensors: &mut Tensors) {
    for (name, (shape, numbers)) in tensors {
        if shape.len() == 2 && name.contains(".layers.") {
            let deviation =
                |numbers: &[f32]| (numbers.iter().map(|w| w * w).sum::<f32>() / numbers.len() as f32).sqrt();
            let before = deviation(numbers);
            numbers.iter_mut().for_each(|w| *w *= (*w / before).powi(2));
            let after = deviation(numbers);
            numbers.iter_mut().for_each(|w| *w *= before / after);
        }
    }
}

fn checkpoint(folder: &Path, precision: Precision) -> Checkpoint {
    let mut checkpoint = Checkpoint::find(folder.to_str().unwrap()).unwrap();
    checkpoint.placement.precision = precision;
    checkpoint
}

fn texts(folder: &Path, precision: Precision) -> Vec<Embedding> {
    let captions = held_out::captions(40, 5);
    let texts: Vec<&str> = captions.iter().map(String::as_str).collect();
    checkpoint(folder, precision).load_text().unwrap().embed(&texts).unwrap()
}

fn images(folder: &Path, precision: Precision, pictures: &[RgbImage]) -> Vec<Embedding> {
    let checkpoint = checkpoint(folder, precision);
    let preprocessor = checkpoint.preprocessor();
    let pixels = |picture: &RgbImage| preprocessor.apply(&ReducedImage::upright(picture.clone()));
    checkpoint.load_vision().unwrap().embed(&pictures.iter().map(pixels).collect::<Vec<_>>()).unwrap()
}

/// Photos and drawings.
fn pictures() -> Vec<RgbImage> {
    let files = Reference::open(CHECKPOINT).pictures;
    let photos = files.iter().map(|name| picture::open(&picture(name), &Limits::default()).unwrap().pixels);
    photos.chain(held_out::pictures(6, 5, false).into_iter().map(|(drawing, _)| drawing)).collect()
}

fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The least cosine of two embeddings of the same thing, without the mean of the exact ones.
fn worst_centred_cosine(exact: &[Embedding], rounded: &[Embedding]) -> f32 {
    let mean: Vec<f32> = (0..exact[0].len())
        .map(|i| exact.iter().map(|embedding| embedding[i]).sum::<f32>() / exact.len() as f32)
        .collect();
    let centred =
        |embedding: &Embedding| -> Vec<f32> { embedding.iter().zip(&mean).map(|(x, m)| x - m).collect() };
    let cosine = |(a, b): (&Embedding, &Embedding)| {
        let (a, b) = (centred(a), centred(b));
        product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
    };
    exact.iter().zip(rounded).map(cosine).fold(1.0, f32::min)
}

/// The share of the five nearest others that int8 finds, too.
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

fn assert_near(name: &str, exact: &[Embedding], rounded: &[Embedding]) {
    let (worst, overlap) = (worst_centred_cosine(exact, rounded), overlap_of_top_five(exact, rounded));
    assert!(worst >= 0.98, "{name}: worst centred cosine {worst}");
    assert!(overlap >= 0.95, "{name}: {overlap} of the top five");
}

/// Something that is planted in a checkpoint.
type Planting = fn(&mut Tensors);

/// A checkpoint with something planted.
fn planted(name: &str, plant: impl Fn(&mut Tensors)) -> tempfile::TempDir {
    let (mut tensors, folder) = (read(name), tempfile::tempdir().unwrap());
    plant(&mut tensors);
    write(name, &tensors, folder.path());
    folder
}

#[test]
fn texts_in_int8_are_near_f32_whatever_is_planted() {
    let plantings: [(&str, Planting); 7] = [
        ("nothing", |_| ()),
        ("norms x 10", |tensors| plant_in_norms(tensors, 10.0)),
        ("norms x 40", |tensors| plant_in_norms(tensors, 40.0)),
        ("norms x 100", |tensors| plant_in_norms(tensors, 100.0)),
        ("residual stream + 20", |tensors| plant_in_residual_stream(tensors, 20.0)),
        ("residual weights x 5", |tensors| plant_in_residual_weights(tensors, 5.0)),
        ("heavy tails", make_weights_heavy_tailed),
    ];
    for checkpoint in [CHECKPOINT, SIGLIP] {
        for (name, plant) in plantings {
            let folder = planted(checkpoint, plant);
            let rounded = texts(folder.path(), Precision::Int8);
            assert_near(&format!("{checkpoint}, {name}"), &texts(folder.path(), Precision::F32), &rounded);
            // What is kept beside the model gives the same as what was just made.
            assert_eq!(texts(folder.path(), Precision::Int8), rounded, "{checkpoint}, {name}");
        }
    }
}

#[test]
fn pictures_in_int8_are_near_f32_with_large_channels() {
    for checkpoint in [CHECKPOINT, SIGLIP] {
        let folder = planted(checkpoint, |tensors| {
            plant_in_norms(tensors, 40.0);
            plant_in_residual_stream(tensors, 20.0);
        });
        let pictures = pictures();
        let [exact, rounded] = [Precision::F32, Precision::Int8].map(|p| images(folder.path(), p, &pictures));
        assert_near(checkpoint, &exact, &rounded);
    }
}
