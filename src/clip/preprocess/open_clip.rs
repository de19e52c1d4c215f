//! Reading `preprocess_cfg` of an `open_clip_config.json`.

use serde::Deserialize;

use super::axis::Centring;
use super::normalization::{Channels, OPENAI_MEAN, OPENAI_STD, tables};
use super::preprocessor::Preprocessor;
use super::resize::pillow_filter;
use super::target_size::TargetSize;

/// The keys of open_clip's `PreprocessCfg`. Its `size` is not among them, because open_clip overwrites that with the
/// `image_size` of the vision tower.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::clip) struct OpenClipPreprocessing {
    mode: Option<String>,
    mean: Option<Channels>,
    std: Option<Channels>,
    interpolation: Option<String>,
    resize_mode: Option<String>,
    fill_color: Option<u8>,
}

impl Preprocessor {
    /// The preprocessing that open_clip 3 does for inference (`image_transform` in `transform.py`): absent keys have its
    /// defaults. Pictures come out as `image_size` x `image_size` pixels.
    ///
    /// # Errors
    /// When something unsupported is asked for.
    pub(in crate::clip) fn of_open_clip(
        config: OpenClipPreprocessing,
        image_size: u32,
    ) -> Result<Self, String> {
        if let Some(mode) = config.mode.filter(|mode| mode != "RGB") {
            return Err(format!("preprocess_cfg.mode '{mode}' is not supported, only 'RGB' is"));
        }
        // By the numbers of Pillow; `random` is bicubic when nothing is trained.
        let filter = match config.interpolation.as_deref() {
            None | Some("bicubic" | "random") => 3,
            Some("bilinear") => 2,
            Some(other) => {
                return Err(format!(
                    "preprocess_cfg.interpolation '{other}' is not supported (bicubic and bilinear are)"
                ));
            }
        };
        let size = match config.resize_mode.as_deref() {
            None | Some("shortest") => TargetSize::ShortestEdge(image_size),
            Some("longest") => TargetSize::LongestEdge(image_size),
            Some("squash") => TargetSize::Exact { width: image_size, height: image_size },
            Some(other) => {
                return Err(format!(
                    "preprocess_cfg.resize_mode '{other}' is not supported (shortest, longest and squash are)"
                ));
            }
        };
        let mean = config.mean.map_or(OPENAI_MEAN, Channels::values);
        let std = config.std.map_or(OPENAI_STD, Channels::values);
        Ok(Self {
            size: Some(size),
            algorithm: pillow_filter(filter).ok_or("there is no such filter")?,
            crop: Some((image_size, image_size)),
            centring: Centring::Torchvision,
            fill: config.fill_color.unwrap_or(0),
            tables: tables(1.0 / 255.0, mean, std)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::base::pixels::ReducedImage;

    fn of(json: &str) -> Result<Preprocessor, String> {
        Preprocessor::of_open_clip(serde_json::from_str(json).unwrap(), 40)
    }

    #[test]
    fn absent_keys_have_the_defaults_of_open_clip() {
        let default = of("{}").unwrap();
        assert_eq!((default.size, default.crop), (Some(TargetSize::ShortestEdge(40)), Some((40, 40))));
        assert_eq!((default.algorithm, default.fill), (pillow_filter(3).unwrap(), 0));
        assert_eq!(default.tables[0][255], ((1.0 - OPENAI_MEAN[0]) / OPENAI_STD[0]) as f32);
        // The model's size counts.
        assert_eq!(of(r#"{"size": [999, 999], "mean": null}"#).unwrap().crop, Some((40, 40)));
    }

    #[test]
    fn the_longest_edge_fits_and_the_rest_is_filled() {
        let preprocessor = of(r#"{"mean": 0, "std": 1, "resize_mode": "longest", "fill_color": 51,
                                  "interpolation": "bilinear"}"#)
        .unwrap();
        let red = RgbImage::from_pixel(80, 42, image::Rgb([255, 0, 0]));
        let pixels = preprocessor.apply(&ReducedImage::upright(red)).0;
        // 80 x 42 becomes 40 x 21: (40 - 21) // 2 = 9 rows above, 10 below.
        let rows: Vec<f32> = pixels[..1600].chunks_exact(40).map(|row| row[17]).collect();
        assert_eq!(rows, [vec![0.2; 9], vec![1.0; 21], vec![0.2; 10]].concat());
        assert_eq!(pixels[1600], 0.2, "every channel is filled");
        assert_eq!(pixels[1600 + 20 * 40], 0.0);
    }

    #[test]
    fn what_open_clip_does_not_know_is_refused() {
        for (json, part) in [
            (r#"{"resize_mode": "crop"}"#, "resize_mode 'crop'"),
            (r#"{"interpolation": "nearest"}"#, "interpolation 'nearest'"),
            (r#"{"mode": "L"}"#, "mode 'L'"),
            (r#"{"std": 0}"#, "std 0"),
        ] {
            let error = of(json).unwrap_err();
            assert!(error.contains(part), "{json}: {error}");
        }
    }
}
