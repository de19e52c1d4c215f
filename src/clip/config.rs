//! `config.json`: the sizes of a checkpoint, read as transformers' `configuration_clip.py` reads it; that of a SigLIP model
//! is read in [`siglip`](super::siglip).

use std::path::Path;

use serde::Deserialize;

use super::error::ModelError;
use super::kernels::Activation;

/// Largest value accepted for any size: far above every real model, far below an overflow.
const MAX_SIZE: usize = 1 << 20;

/// The value of [`TextConfig::eos_token_id`] by which the token with the highest id of a text is pooled.
pub(super) const HIGHEST_ID: u32 = 2;

/// The kind of a checkpoint, which `model_type` of `config.json` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// CLIP (`clip`): a causal text tower, pooled at the end token; pictures pooled at a class token.
    Clip,
    /// SigLIP, and SigLIP 2 of fixed resolution (`siglip`): a text tower over padded texts without a causal mask, pooled
    /// at the last position; pictures pooled by an attention head.
    Siglip,
}

/// The sizes of a checkpoint: transformers' `CLIPConfig`, or `SiglipConfig`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipConfig {
    /// The kind of model.
    pub family: Family,
    /// The text tower.
    pub text: TextConfig,
    /// The vision tower.
    pub vision: VisionConfig,
    /// Length of the embeddings, in numbers.
    pub projection_dim: usize,
}

/// The sizes that both towers have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransformerConfig {
    /// Width of the residual stream, in numbers for each token.
    pub hidden_size: usize,
    /// Width inside of the feed-forward layer.
    pub intermediate_size: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Attention heads per block.
    pub heads: usize,
    /// Activation of the feed-forward layer.
    pub activation: Activation,
    /// Epsilon of every layer norm.
    pub layer_norm_eps: f64,
}

/// The sizes of the text tower: transformers' `CLIPTextConfig`, or `SiglipTextConfig`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextConfig {
    /// Sizes of the transformer.
    pub transformer: TransformerConfig,
    /// Number of token embeddings.
    pub vocab_size: usize,
    /// Longest sequence, in tokens, start and end included.
    pub context: usize,
    /// The id of the token whose state becomes the embedding; 2 means the highest id of a text, as in old checkpoints
    /// (see `tokenizer::Tokenizer::encode`). SigLIP has no use for it.
    pub eos_token_id: u32,
}

/// The sizes of the vision tower: transformers' `CLIPVisionConfig`, or `SiglipVisionConfig`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisionConfig {
    /// Sizes of the transformer.
    pub transformer: TransformerConfig,
    /// Width and height of the input, in pixels.
    pub image_size: usize,
    /// Width and height of a patch, in pixels.
    pub patch_size: usize,
}

impl VisionConfig {
    /// Number of patches along one side; what is left over at the right and bottom is ignored, as by the
    /// reference's convolution.
    pub fn grid(&self) -> usize {
        self.image_size / self.patch_size
    }
}

impl ClipConfig {
    /// Reads `config.json`. `path` is only for messages.
    ///
    /// Absent keys have the defaults of transformers. `text_config_dict` and `vision_config_dict`,
    /// found in old files, replace `text_config` and `vision_config` as they do there.
    ///
    /// # Errors
    /// When the file is no JSON, is not a CLIP or SigLIP model's, or asks for something unsupported.
    pub fn parse(json: &[u8], path: &Path) -> Result<Self, ModelError> {
        let ModelType { model_type } =
            serde_json::from_slice(json).map_err(|e| ModelError::invalid(path, e))?;
        match model_type.as_deref() {
            None | Some("clip") => Self::parse_clip(json, path),
            Some("siglip") => Self::parse_siglip(json, path),
            Some("siglip2") => Err(ModelError::invalid(
                path,
                "model_type 'siglip2' (NaFlex, pictures of any proportions) is not supported; SigLIP 2 models of fixed \
                 resolution are, such as google/siglip2-base-patch32-256",
            )),
            Some(other) => Err(ModelError::invalid(
                path,
                format!("model_type '{other}' is not supported, only 'clip' and 'siglip' are"),
            )),
        }
    }

    fn parse_clip(json: &[u8], path: &Path) -> Result<Self, ModelError> {
        let raw: RawConfig = serde_json::from_slice(json).map_err(|e| ModelError::invalid(path, e))?;
        let invalid = |reason: String| ModelError::invalid(path, reason);
        let text = raw.text_config_dict.or(raw.text_config).unwrap_or_default();
        let vision = raw.vision_config_dict.or(raw.vision_config).unwrap_or_default();
        if vision.num_channels != 3 {
            return Err(invalid(format!("num_channels is {}, only 3 is supported", vision.num_channels)));
        }
        let config = Self {
            family: Family::Clip,
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
                eos_token_id: text.eos_token_id,
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
            projection_dim: raw.projection_dim,
        };
        config.check().map_err(invalid)?;
        Ok(config)
    }

    /// Refuses sizes that no tensor can have.
    ///
    /// # Errors
    /// When there is one, which is named.
    pub(super) fn check(&self) -> Result<(), String> {
        let (text, vision) = (&self.text, &self.vision);
        for (name, size) in [
            ("projection_dim", self.projection_dim),
            ("text_config.vocab_size", text.vocab_size),
            ("text_config.max_position_embeddings", text.context),
            ("vision_config.image_size", vision.image_size),
            ("vision_config.patch_size", vision.patch_size),
        ] {
            in_range(name, size, 1)?;
        }
        if text.context < 2 {
            return Err("text_config.max_position_embeddings leaves no room for start and end".into());
        }
        if vision.patch_size > vision.image_size {
            return Err(format!(
                "patch_size {} is larger than image_size {}",
                vision.patch_size, vision.image_size
            ));
        }
        text.transformer.check("text_config")?;
        vision.transformer.check("vision_config")
    }
}

impl TransformerConfig {
    fn check(&self, section: &str) -> Result<(), String> {
        in_range(&format!("{section}.hidden_size"), self.hidden_size, 1)?;
        in_range(&format!("{section}.intermediate_size"), self.intermediate_size, 1)?;
        in_range(&format!("{section}.num_attention_heads"), self.heads, 1)?;
        in_range(&format!("{section}.num_hidden_layers"), self.layers, 1)?;
        if !self.hidden_size.is_multiple_of(self.heads) {
            return Err(format!(
                "{section}: hidden_size {} can't be split into {} attention heads",
                self.hidden_size, self.heads
            ));
        }
        if !(self.layer_norm_eps.is_finite() && self.layer_norm_eps >= 0.0) {
            return Err(format!("{section}.layer_norm_eps is {}", self.layer_norm_eps));
        }
        Ok(())
    }
}

fn in_range(name: &str, size: usize, smallest: usize) -> Result<(), String> {
    if (smallest..=MAX_SIZE).contains(&size) {
        Ok(())
    } else {
        Err(format!("{name} is {size}, which no model has"))
    }
}

/// What every `config.json` begins with.
#[derive(Deserialize)]
struct ModelType {
    model_type: Option<String>,
}

/// The file as it is written; defaults of transformers 4.57.
#[derive(Deserialize)]
struct RawConfig {
    text_config: Option<RawText>,
    text_config_dict: Option<RawText>,
    vision_config: Option<RawVision>,
    vision_config_dict: Option<RawVision>,
    #[serde(default = "default_projection_dim")]
    projection_dim: usize,
}

fn default_projection_dim() -> usize {
    512
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
    eos_token_id: u32,
}

impl Default for RawText {
    fn default() -> Self {
        Self {
            vocab_size: 49408,
            hidden_size: 512,
            intermediate_size: 2048,
            num_hidden_layers: 12,
            num_attention_heads: 8,
            max_position_embeddings: 77,
            hidden_act: "quick_gelu".into(),
            layer_norm_eps: 1e-5,
            eos_token_id: 49407,
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
            patch_size: 32,
            hidden_act: "quick_gelu".into(),
            layer_norm_eps: 1e-5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<ClipConfig, String> {
        ClipConfig::parse(json.as_bytes(), Path::new("m/config.json")).map_err(|e| e.to_string())
    }

    #[test]
    fn absent_keys_have_the_defaults_of_transformers() {
        let config = parse("{}").unwrap();
        assert_eq!(config.projection_dim, 512);
        assert_eq!(config.text.vocab_size, 49408);
        assert_eq!(config.text.eos_token_id, 49407);
        assert_eq!(config.text.transformer.heads, 8);
        assert_eq!(config.vision.transformer.hidden_size, 768);
        assert_eq!(config.vision.grid(), 7);
        assert_eq!(config.vision.transformer.activation, Activation::QuickGelu);
    }

    #[test]
    fn the_old_dict_keys_replace_the_new_ones() {
        let config = parse(
            r#"{"text_config": {"hidden_size": 64, "num_hidden_layers": 3},
                "text_config_dict": {"hidden_size": 128},
                "vision_config_dict": null,
                "vision_config": {"patch_size": 16}}"#,
        )
        .unwrap();
        // As transformers does: the dict with its own defaults wins over the whole section.
        assert_eq!(config.text.transformer.hidden_size, 128);
        assert_eq!(config.text.transformer.layers, 12);
        assert_eq!(config.vision.patch_size, 16);
    }

    #[test]
    fn errors_name_the_file_and_the_value() {
        for (json, part) in [
            ("{", "EOF"),
            (r#"{"model_type": "blip"}"#, "'blip'"),
            (r#"{"model_type": "siglip2"}"#, "google/siglip2-base-patch32-256"),
            (r#"{"text_config": {"hidden_act": "gelu_10"}}"#, "'gelu_10'"),
            (r#"{"vision_config": {"num_channels": 1}}"#, "num_channels is 1"),
            (r#"{"vision_config": {"num_attention_heads": 7}}"#, "7 attention heads"),
            (r#"{"vision_config": {"num_attention_heads": 0}}"#, "num_attention_heads is 0"),
            (r#"{"vision_config": {"patch_size": 225}}"#, "patch_size 225"),
            (r#"{"projection_dim": 99999999999}"#, "projection_dim is 99999999999"),
            (r#"{"text_config": {"max_position_embeddings": 1}}"#, "no room"),
            (r#"{"text_config": {"layer_norm_eps": -1}}"#, "layer_norm_eps is -1"),
        ] {
            let error = parse(json).unwrap_err();
            assert!(error.starts_with("m/config.json: ") && error.contains(part), "{json}: {error}");
        }
    }
}
