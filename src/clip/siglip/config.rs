//! `config.json` of a SigLIP model, read as transformers' `configuration_siglip.py` reads it.

use std::path::Path;

use serde::Deserialize;

use crate::clip::config::{ClipConfig, Family, TextConfig, TransformerConfig, VisionConfig};
use crate::clip::error::ModelError;

impl ClipConfig {
    /// Reads the `config.json` of a `SiglipModel`; absent keys have the defaults of transformers. `path` is only for
    /// messages.
    ///
    /// # Errors
    /// When the file is no JSON, or asks for something unsupported.
    pub(in crate::clip) fn parse_siglip(json: &[u8], path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::invalid(path, reason);
        let RawConfig { text_config: text, vision_config: vision } =
            serde_json::from_slice(json).map_err(|e| invalid(e.to_string()))?;
        let (text, vision) = (text.unwrap_or_default(), vision.unwrap_or_default());
        if vision.num_channels != 3 {
            return Err(invalid(format!("num_channels is {}, only 3 is supported", vision.num_channels)));
        }
        if !vision.vision_use_head {
            return Err(invalid(
                "vision_use_head is false: without the head a model makes no picture embeddings".into(),
            ));
        }
        let projection_dim = text.projection_size.unwrap_or(text.hidden_size);
        if projection_dim != vision.hidden_size {
            return Err(invalid(format!(
                "texts become vectors of {projection_dim} numbers, pictures of {}: they can't be compared",
                vision.hidden_size
            )));
        }
        let config = Self {
            family: Family::Siglip,
            text: TextConfig {
                transformer: TransformerConfig {
                    hidden_size: text.hidden_size,
                    intermediate_size: text.intermediate_size,
                    layers: text.num_hidden_layers,
                    heads: text.num_attention_heads,
                    activation: text.hidden_act.parse().map_err(invalid)?,
                    layer_norm_eps: text.layer_norm_eps,
                },
                vocab_size: text.vocab_size,
                context: text.max_position_embeddings,
                eos_token_id: 0,
            },
            vision: VisionConfig {
                transformer: TransformerConfig {
                    hidden_size: vision.hidden_size,
                    intermediate_size: vision.intermediate_size,
                    layers: vision.num_hidden_layers,
                    heads: vision.num_attention_heads,
                    activation: vision.hidden_act.parse().map_err(invalid)?,
                    layer_norm_eps: vision.layer_norm_eps,
                },
                image_size: vision.image_size,
                patch_size: vision.patch_size,
            },
            projection_dim,
        };
        config.check().map_err(invalid)?;
        Ok(config)
    }
}

/// The file as it is written; defaults of transformers 5.24.
#[derive(Deserialize)]
struct RawConfig {
    text_config: Option<RawText>,
    vision_config: Option<RawVision>,
}

#[derive(Deserialize)]
#[serde(default)]
struct RawText {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    hidden_act: String,
    layer_norm_eps: f64,
    projection_size: Option<usize>,
}

impl Default for RawText {
    fn default() -> Self {
        Self {
            vocab_size: 32000,
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            max_position_embeddings: 64,
            hidden_act: "gelu_pytorch_tanh".into(),
            layer_norm_eps: 1e-6,
            projection_size: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct RawVision {
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_channels: usize,
    image_size: usize,
    patch_size: usize,
    hidden_act: String,
    layer_norm_eps: f64,
    vision_use_head: bool,
}

impl Default for RawVision {
    fn default() -> Self {
        Self {
            hidden_size: 768,
            intermediate_size: 3072,
            num_hidden_layers: 12,
            num_attention_heads: 12,
            num_channels: 3,
            image_size: 224,
            patch_size: 16,
            hidden_act: "gelu_pytorch_tanh".into(),
            layer_norm_eps: 1e-6,
            vision_use_head: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::kernels::Activation;

    fn parse(json: &str) -> Result<ClipConfig, String> {
        ClipConfig::parse(json.as_bytes(), Path::new("m/config.json")).map_err(|e| e.to_string())
    }

    #[test]
    fn absent_keys_have_the_defaults_of_transformers() {
        let config = parse(r#"{"model_type": "siglip"}"#).unwrap();
        assert_eq!((config.family, config.projection_dim), (Family::Siglip, 768));
        assert_eq!((config.text.vocab_size, config.text.context), (32000, 64));
        assert_eq!((config.vision.grid(), config.vision.transformer.heads), (14, 12));
        assert_eq!(config.text.transformer.activation, Activation::GeluTanh);
        assert_eq!(config.vision.transformer.layer_norm_eps, 1e-6);
    }

    #[test]
    fn the_towers_may_differ_but_not_in_what_they_make() {
        let so400m = r#"{"model_type": "siglip", "text_config": {"hidden_size": 96, "projection_size": 144},
            "vision_config": {"hidden_size": 144, "patch_size": 14}}"#;
        let config = parse(so400m).unwrap();
        assert_eq!((config.projection_dim, config.text.transformer.hidden_size), (144, 96));
        let error = parse(r#"{"model_type": "siglip", "text_config": {"hidden_size": 96}}"#).unwrap_err();
        assert!(error.contains("vectors of 96 numbers, pictures of 768"), "{error}");
    }

    #[test]
    fn errors_name_the_file_and_the_value() {
        for (json, part) in [
            (r#"{"vision_config": {"vision_use_head": false}}"#, "vision_use_head"),
            (r#"{"vision_config": {"num_channels": 1}}"#, "num_channels is 1"),
            (r#"{"vision_config": {"image_size": [224, 224]}}"#, "invalid type"),
            (r#"{"text_config": {"hidden_act": "gelu_10"}}"#, "'gelu_10'"),
            (r#"{"text_config": {"num_attention_heads": 7}}"#, "7 attention heads"),
        ] {
            let json = json.replacen('{', r#"{"model_type": "siglip", "#, 1);
            let error = parse(&json).unwrap_err();
            assert!(error.starts_with("m/config.json: ") && error.contains(part), "{json}: {error}");
        }
    }
}
