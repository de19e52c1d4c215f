//! Reading what `tools/parity/make.py` and `make_open_clip.py` wrote.

use std::path::PathBuf;

use pixseek::clip::{Checkpoint, Family, Pixels};
use safetensors::SafeTensors;
use serde::Deserialize;
use serde_json::Value;

/// CLIP by `tools/parity/make.py`, open_clip's by `make_open_clip.py`, SigLIP by `make_siglip.py`.
pub const CHECKPOINTS: [&str; 9] = [
    "b32-quick-gelu",
    "gelu-sharded",
    "added-tokens",
    "open-clip-gelu",
    "open-clip-quick-gelu",
    "open-clip-longest",
    "siglip2-gemma",
    "siglip2-lower",
    "siglip-sentencepiece",
];

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/parity").join(name)
}

pub fn picture(name: &str) -> PathBuf {
    folder("pictures").join(name)
}

/// What transformers or open_clip makes of everything with one checkpoint.
#[derive(Deserialize)]
pub struct Reference {
    pub pictures: Vec<String>,
    pub texts: Vec<String>,
    pub token_ids: Vec<Vec<u32>>,
    /// Pixels that are not kept in full are every `stride`-th.
    stride: usize,
    /// Not normalized, as those of the texts.
    #[serde(skip)]
    pub images: Vec<Vec<f32>>,
    #[serde(skip)]
    pub text_embeddings: Vec<Vec<f32>>,
    #[serde(skip)]
    normalization: Normalization,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    tensors: Vec<u8>,
}

/// Mean and standard deviation of each channel.
struct Normalization {
    mean: [f64; 3],
    std: [f64; 3],
}

impl Default for Normalization {
    fn default() -> Self {
        let (mean, std) = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]);
        Self { mean, std }
    }
}

impl Normalization {
    /// What the configuration of a checkpoint says.
    fn of(name: &str) -> Self {
        let read = |file: &str| {
            let json = std::fs::read(folder(name).join(file)).ok()?;
            Some(serde_json::from_slice::<Value>(&json).unwrap())
        };
        let usual = Self::default();
        let (config, mean, std) = match read("preprocessor_config.json") {
            Some(config) => (config, "image_mean", "image_std"),
            None => (read("open_clip_config.json").unwrap()["preprocess_cfg"].take(), "mean", "std"),
        };
        let channels = |value: &Value, usual| match value {
            Value::Null => usual,
            Value::Number(number) => [number.as_f64().unwrap(); 3],
            _ => serde_json::from_value(value.clone()).unwrap(),
        };
        Self { mean: channels(&config[mean], usual.mean), std: channels(&config[std], usual.std) }
    }
}

impl Reference {
    pub fn open(name: &str) -> Self {
        let json = std::fs::read(folder(name).join("reference.json")).unwrap();
        let mut reference: Self = serde_json::from_slice(&json).unwrap();
        reference.name = name.to_owned();
        reference.tensors = std::fs::read(folder(name).join("reference.safetensors")).unwrap();
        reference.normalization = Normalization::of(name);
        reference.images = reference.matrix("images");
        reference.text_embeddings = reference.matrix("texts");
        reference
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::find(folder(&self.name).to_str().unwrap()).unwrap()
    }

    /// Texts that don't have the same tokens: of CLIP's up to the end token, after which nothing counts.
    pub fn different_texts(&self) -> Vec<usize> {
        let end = self.token_ids[0].last().unwrap();
        let padded = self.checkpoint().config().family == Family::Siglip;
        let seen = |i: usize| self.token_ids[i].split_inclusive(|id| id == end && !padded).next();
        (0..self.texts.len()).filter(|&i| (0..i).all(|j| seen(i) != seen(j))).collect()
    }

    /// The reference's own pixels, if they are kept in full.
    pub fn full_pixels(&self, picture: &str) -> Option<Pixels> {
        let size = self.checkpoint().config().vision.image_size;
        let bytes = self.bytes(&format!("pixels/{picture}"));
        (bytes.len() == 3 * size * size).then(|| {
            let plane = size * size;
            Pixels(bytes.iter().enumerate().map(|(i, &b)| self.normalized(b, i / plane)).collect())
        })
    }

    /// The absolute differences to the reference's pixels, or to those that are kept.
    pub fn pixel_differences(&self, picture: &str, pixels: &Pixels) -> Vec<f32> {
        let bytes = self.bytes(&format!("pixels/{picture}"));
        let (stride, plane) =
            (if bytes.len() == pixels.0.len() { 1 } else { self.stride }, pixels.0.len() / 3);
        assert_eq!(bytes.len(), pixels.0.len().div_ceil(stride), "{picture}");
        let kept = pixels.0.iter().enumerate().step_by(stride);
        kept.zip(bytes).map(|((i, value), byte)| (value - self.normalized(byte, i / plane)).abs()).collect()
    }

    /// Rescales and normalizes, by the numbers in the file rather than by the code under test.
    fn normalized(&self, byte: u8, channel: usize) -> f32 {
        let Normalization { mean, std } = &self.normalization;
        ((f64::from(byte) / 255.0 - mean[channel]) / std[channel]) as f32
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.tensors).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn matrix(&self, name: &str) -> Vec<Vec<f32>> {
        let tensors = SafeTensors::deserialize(&self.tensors).unwrap();
        let tensor = tensors.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), safetensors::Dtype::F32);
        let values: Vec<f32> =
            tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        values.chunks_exact(tensor.shape()[1]).map(<[f32]>::to_vec).collect()
    }
}

pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()) as f32
}

/// Of all pairs.
pub fn largest_cosine(vectors: &[Vec<f32>]) -> f32 {
    let pairs = (0..vectors.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs.map(|(i, j)| cosine(&vectors[i], &vectors[j])).fold(-1.0, f32::max)
}

/// The mean of vectors, number by number.
pub fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let sum = |i: usize| vectors.iter().map(|vector| vector[i]).sum::<f32>();
    (0..vectors[0].len()).map(|i| sum(i) / vectors.len() as f32).collect()
}

/// The cosine without what all have in common.
pub fn centred_cosine(a: &[f32], b: &[f32], mean: &[f32]) -> f32 {
    cosine(&minus(a, mean), &minus(b, mean))
}

pub fn minus(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// The length of a vector.
pub fn cosine_length(vector: &[f32]) -> f32 {
    vector.iter().map(|x| x * x).sum::<f32>().sqrt()
}
