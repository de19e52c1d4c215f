//! Photos that are made smaller while they are decoded: the vision tower sees the same.

use image::codecs::jpeg::JpegEncoder;
use image::{ImageEncoder as _, Rgb, RgbImage};
use pixseek::ReducedImage;
use pixseek::clip::{Checkpoint, DEMO_MODEL, Pixels, Preprocessor, VisionEncoder};
use pixseek::picture::{self, Limits};

/// What preprocessing makes of the demo model's pictures.
const EDGE: u32 = 80;

struct Model {
    preprocessor: std::sync::Arc<Preprocessor>,
    vision: VisionEncoder,
}

impl Model {
    fn load() -> Self {
        let checkpoint = Checkpoint::find(DEMO_MODEL).unwrap();
        Self { preprocessor: checkpoint.preprocessor(), vision: checkpoint.load_vision().unwrap() }
    }

    fn reduced(&self, bytes: &[u8]) -> (u32, Pixels) {
        let minimum_size = |width, height| self.preprocessor.minimum_size(width, height);
        let picture = picture::decode_reduced(bytes, &Limits::default(), minimum_size, |_| true);
        let image = picture.unwrap().unwrap().image;
        (image.factor, self.preprocessor.apply(&image))
    }

    fn full(&self, bytes: &[u8]) -> Pixels {
        let picture = picture::decode(bytes, &Limits::default()).unwrap();
        self.preprocessor.apply(&ReducedImage::upright(picture.pixels))
    }

    /// Cosine of what the tower makes of the two.
    fn cosine(&self, a: Pixels, b: Pixels) -> f32 {
        let embeddings = self.vision.embed(&[a, b]).unwrap();
        embeddings[0].iter().zip(embeddings[1].iter()).map(|(a, b)| a * b).sum()
    }
}

/// Gradients, things with hard edges, texture at every scale, and grain.
fn photo(width: u32, height: u32, seed: u32) -> RgbImage {
    let hash = |x: u32, y: u32| {
        let mut v =
            x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
        v = (v ^ (v >> 15)).wrapping_mul(0x2c1b_3c6d);
        v = (v ^ (v >> 12)).wrapping_mul(0x297a_2d39);
        (v >> 8 & 0xff) as f32 / 255.0 - 0.5
    };
    let smooth = |x: u32, y: u32, cell: u32| {
        let (cx, cy) = (x / cell, y / cell);
        let (fx, fy) = ((x % cell) as f32 / cell as f32, (y % cell) as f32 / cell as f32);
        let row = |cy: u32| hash(cx, cy) * (1.0 - fx) + hash(cx + 1, cy) * fx;
        row(cy) * (1.0 - fy) + row(cy + 1) * fy
    };
    RgbImage::from_fn(width, height, |x, y| {
        let texture: f32 = (1..8).map(|i| smooth(x, y, 1 << i) * 12.0 * (i as f32).sqrt()).sum();
        let disk = |cx: u32, cy: u32, r: u32| x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r;
        let thing = if disk(width / 3, height / 2, height / 4) {
            [200.0, 60.0, 40.0]
        } else if x > width * 3 / 5 && y > height / 3 + (seed * 17) % 90 {
            [40.0, 120.0, 70.0]
        } else {
            [90.0, 130.0, 110.0 + 120.0 * y as f32 / height as f32]
        };
        let grain = hash(x ^ 0x5555, y) * 14.0;
        Rgb(thing.map(|v| (v + texture + grain).clamp(0.0, 255.0) as u8))
    })
}

fn jpeg(picture: &RgbImage, quality: u8, exif: Option<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    if let Some(orientation) = exif {
        // A TIFF header and one entry: orientation.
        let tiff = [
            b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(),
            &[orientation, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        encoder.set_exif_metadata(tiff).unwrap();
    }
    encoder.encode_image(picture).unwrap();
    bytes
}

#[test]
fn embeddings_are_those_of_the_full_decode() {
    let model = Model::load();
    // At the eighth: 1.5 times the edge, which is the least that is let through; 1.67 times, as 12
    // megapixels are to a model of 224; and 1.5 times at the quarter, which is odd-sized.
    for (height, factor) in [(EDGE * 12, 8), (EDGE * 40 / 3, 8), (EDGE * 6 + 3, 4), (EDGE * 6 - 1, 1)] {
        for seed in 0..3 {
            let picture = photo(height * 4 / 3 + seed, height, seed);
            let bytes = jpeg(&picture, 80 + 7 * seed as u8, None);
            let (found, pixels) = model.reduced(&bytes);
            assert_eq!(found, factor, "{height}");
            let cosine = model.cosine(pixels, model.full(&bytes));
            println!("1/{factor} of {height} rows: cosine {cosine:.5}");
            assert!(cosine >= 0.995, "1/{factor} of {height} rows: cosine {cosine}");
        }
    }
}

#[test]
fn a_turned_photo_is_seen_as_before() {
    let model = Model::load();
    // Neither side is a whole number of blocks: a block too many on the wrong side would shift it.
    let picture = photo(1301, 1003, 5);
    for orientation in 1..=8 {
        let bytes = jpeg(&picture, 90, Some(orientation));
        let (factor, pixels) = model.reduced(&bytes);
        assert_eq!(factor, 8);
        let full = model.full(&bytes);
        let difference = pixels.0.iter().zip(&full.0).map(|(a, b)| (a - b).abs()).sum::<f32>();
        let mean = difference / full.0.len() as f32;
        let cosine = model.cosine(pixels, full);
        println!("orientation {orientation}: mean difference {mean:.4}, cosine {cosine:.5}");
        assert!(mean < 0.06 && cosine >= 0.995, "orientation {orientation}: {mean} {cosine}");
    }
}
