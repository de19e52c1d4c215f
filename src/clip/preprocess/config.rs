//! Reading `preprocessor_config.json`.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::axis::Centring;
use super::normalization::{Channels, OPENAI_MEAN, OPENAI_STD, tables};
use super::preprocessor::Preprocessor;
use super::resize::pillow_filter;
use super::target_size::TargetSize;
use crate::clip::config::Family;
use crate::clip::error::ModelError;

/// What absent keys mean: it depends on the class that the file was saved from.
struct Defaults {
    /// The names under which the class was saved over the years.
    names: &'static [&'static str],
    size: TargetSize,
    /// Whether there is a crop in the centre.
    crop: bool,
    mean: [f64; 3],
    std: [f64; 3],
}

const CLIP: Defaults = Defaults {
    names: &["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor"],
    size: TargetSize::ShortestEdge(224),
    crop: true,
    mean: OPENAI_MEAN,
    std: OPENAI_STD,
};

const SIGLIP: Defaults = Defaults {
    names: &["SiglipImageProcessor", "SiglipImageProcessorFast", "SiglipImageProcessorPil"],
    size: TargetSize::Exact { width: 224, height: 224 },
    crop: false,
    mean: [0.5; 3],
    std: [0.5; 3],
};

impl Preprocessor {
    /// Reads the configuration. Absent keys have the defaults of the class that the file names, or of the one that
    /// `family` usually has: `CLIPImageProcessor` or `SiglipImageProcessor`. `path` is for messages.
    ///
    /// # Errors
    /// When the JSON is damaged or asks for something unsupported, or its output would not be
    /// `image_size` x `image_size`.
    pub fn parse(json: &[u8], family: Family, image_size: usize, path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::invalid(path, reason);
        let mut json: Value = serde_json::from_slice(json).map_err(|e| invalid(e.to_string()))?;
        // `processor_config.json` of newer versions has it one level deeper.
        if let Some(inner) = json.get_mut("image_processor") {
            json = inner.take();
        }
        let raw: RawPreprocessor = serde_json::from_value(json).map_err(|e| invalid(e.to_string()))?;
        let preprocessor = raw.build(family).map_err(invalid)?;
        preprocessor.check(image_size).map_err(invalid)?;
        Ok(preprocessor)
    }

    /// Whether every picture comes out as the vision tower needs it.
    fn check(&self, image_size: usize) -> Result<(), String> {
        let output = match (self.crop, self.size) {
            (Some(crop), _) => Some(crop),
            (None, Some(TargetSize::Exact { width, height })) => Some((width, height)),
            (None, _) => None,
        };
        match output {
            Some((w, h)) if w as usize == image_size && h as usize == image_size => Ok(()),
            Some((w, h)) => Err(format!(
                "makes pictures of {w}x{h}, but vision_config.image_size in config.json is {image_size}"
            )),
            None => {
                Err(format!("does not make pictures of {image_size}x{image_size}, which the model needs"))
            }
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawPreprocessor {
    image_processor_type: Option<String>,
    feature_extractor_type: Option<String>,
    do_resize: Option<bool>,
    size: Option<Value>,
    resample: Option<u64>,
    do_center_crop: Option<bool>,
    crop_size: Option<Value>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f64>,
    do_normalize: Option<bool>,
    image_mean: Option<Channels>,
    image_std: Option<Channels>,
}

impl RawPreprocessor {
    fn build(self, family: Family) -> Result<Preprocessor, String> {
        let mut defaults = match family {
            Family::Clip => &CLIP,
            Family::Siglip => &SIGLIP,
        };
        for name in [&self.image_processor_type, &self.feature_extractor_type].into_iter().flatten() {
            let known = [&CLIP, &SIGLIP].into_iter().find(|known| known.names.contains(&name.as_str()));
            defaults = known.ok_or_else(|| {
                format!("'{name}' is not supported, only CLIPImageProcessor and SiglipImageProcessor are")
            })?;
        }
        let size = match &self.size {
            Some(value) => parse_size(value, "size")?,
            None => defaults.size,
        };
        let crop = match &self.crop_size {
            // A single number is a square here.
            Some(value) => match parse_size(value, "crop_size")? {
                TargetSize::ShortestEdge(edge) if value.is_u64() => (edge, edge),
                TargetSize::Exact { width, height } => (width, height),
                _ => return Err("crop_size must have height and width".into()),
            },
            None => (224, 224),
        };
        let resample = self.resample.unwrap_or(3);
        Ok(Preprocessor {
            size: self.do_resize.unwrap_or(true).then_some(size),
            algorithm: pillow_filter(resample)
                .ok_or_else(|| format!("resample {resample} is no filter of Pillow"))?,
            crop: self.do_center_crop.unwrap_or(defaults.crop).then_some(crop),
            centring: Centring::Transformers,
            fill: 0,
            tables: self.tables(defaults)?,
        })
    }

    fn tables(self, defaults: &Defaults) -> Result<[[f32; 256]; 3], String> {
        let scale =
            if self.do_rescale.unwrap_or(true) { self.rescale_factor.unwrap_or(1.0 / 255.0) } else { 1.0 };
        let (mean, std) = if self.do_normalize.unwrap_or(true) {
            let mean = self.image_mean.map_or(defaults.mean, Channels::values);
            (mean, self.image_std.map_or(defaults.std, Channels::values))
        } else {
            ([0.0; 3], [1.0; 3])
        };
        tables(scale, mean, std)
    }
}

/// `224`, `[height, width]`, `{"shortest_edge": 224}` or `{"height": 224, "width": 224}`.
fn parse_size(value: &Value, name: &str) -> Result<TargetSize, String> {
    let unsupported = || format!("{name} {value} is not supported");
    let side = |value: &Value| {
        let side = value.as_u64().and_then(|v| u32::try_from(v).ok());
        side.filter(|side| (1..=16_384).contains(side)).ok_or_else(unsupported)
    };
    match value {
        Value::Number(_) => Ok(TargetSize::ShortestEdge(side(value)?)),
        Value::Array(sides) => match sides.as_slice() {
            [height, width] => Ok(TargetSize::Exact { width: side(width)?, height: side(height)? }),
            _ => Err(unsupported()),
        },
        Value::Object(map) => match (map.get("shortest_edge"), map.get("height"), map.get("width")) {
            (Some(edge), None, None) if map.len() == 1 => Ok(TargetSize::ShortestEdge(side(edge)?)),
            (None, Some(height), Some(width)) if map.len() == 2 => {
                Ok(TargetSize::Exact { width: side(width)?, height: side(height)? })
            }
            _ => Err(unsupported()),
        },
        _ => Err(unsupported()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Preprocessor, String> {
        parse_for(Family::Clip, json)
    }

    fn parse_for(family: Family, json: &str) -> Result<Preprocessor, String> {
        Preprocessor::parse(json.as_bytes(), family, 224, Path::new("m/preprocessor_config.json"))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn absent_keys_have_the_defaults_of_the_class() {
        let square = Some(TargetSize::Exact { width: 224, height: 224 });
        for (family, json) in [
            (Family::Siglip, "{}"),
            (Family::Clip, r#"{"image_processor_type": "SiglipImageProcessor"}"#),
            (
                Family::Siglip,
                r#"{"image_processor_type": "SiglipImageProcessorFast", "do_center_crop": null}"#,
            ),
        ] {
            let parsed = parse_for(family, json).unwrap();
            assert_eq!((parsed.size, parsed.crop), (square, None), "{json}");
            assert_eq!([parsed.tables[0][0], parsed.tables[2][255]], [-1.0, 1.0], "{json}");
        }
        let clip = parse_for(Family::Siglip, r#"{"image_processor_type": "CLIPImageProcessor"}"#).unwrap();
        assert_eq!(clip.crop, Some((224, 224)));
    }

    #[test]
    fn absent_keys_have_the_defaults_of_clip_image_processor() {
        let default = parse("{}").unwrap();
        assert_eq!((default.size, default.crop), (Some(TargetSize::ShortestEdge(224)), Some((224, 224))));
        assert_eq!(default.algorithm, pillow_filter(3).unwrap());
        let expected = ((255.0 / 255.0 - OPENAI_MEAN[2]) / OPENAI_STD[2]) as f32;
        assert_eq!(default.tables[2][255], expected);
    }

    #[test]
    fn sizes_come_in_several_shapes() {
        for json in [
            r#"{"size": 224, "crop_size": 224}"#,
            r#"{"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}"#,
            r#"{"image_processor": {"size": 224, "crop_size": [224, 224]}}"#,
        ] {
            let parsed = parse(json).unwrap();
            assert_eq!(
                (parsed.size, parsed.crop),
                (Some(TargetSize::ShortestEdge(224)), Some((224, 224))),
                "{json}"
            );
        }
        let exact = parse(r#"{"size": {"height": 224, "width": 224}, "do_center_crop": false}"#).unwrap();
        assert_eq!((exact.size, exact.crop), (Some(TargetSize::Exact { width: 224, height: 224 }), None));
    }

    #[test]
    fn steps_can_be_left_out() {
        let raw = parse(r#"{"do_resize": false, "do_rescale": false, "do_normalize": false}"#).unwrap();
        assert_eq!(raw.size, None);
        assert_eq!(raw.tables[1][200], 200.0);
        let one = parse(r#"{"image_mean": 0.5, "image_std": [0.5, 0.25, 1]}"#).unwrap();
        assert_eq!([one.tables[0][255], one.tables[1][255], one.tables[2][0]], [1.0, 2.0, -0.5]);
    }

    #[test]
    fn errors_name_the_file_and_the_value() {
        for (json, part) in [
            ("[", "EOF"),
            (r#"{"image_processor_type": "ViTImageProcessor"}"#, "'ViTImageProcessor'"),
            (r#"{"crop_size": 336}"#, "336x336, but vision_config.image_size in config.json is 224"),
            (r#"{"do_center_crop": false}"#, "does not make pictures of 224x224"),
            (r#"{"size": {"longest_edge": 224}}"#, "size {\"longest_edge\":224} is not supported"),
            (r#"{"size": 0}"#, "size 0 is not supported"),
            (r#"{"size": 1000000}"#, "size 1000000 is not supported"),
            (r#"{"resample": 9}"#, "resample 9"),
            (r#"{"image_std": 0}"#, "std 0"),
            (r#"{"image_mean": [1, 2]}"#, "Channels"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(
                error.starts_with("m/preprocessor_config.json: ") && error.contains(part),
                "{json}: {error}"
            );
        }
    }
}
