//! `open_clip_config.json`: sizes and preprocessing of a model, read as open_clip's `CLIP` and `CustomTextCLIP` read it.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::clip::config::{ClipConfig, Family, HIGHEST_ID, TextConfig, TransformerConfig, VisionConfig};
use crate::clip::error::ModelError;
use crate::clip::kernels::Activation;
use crate::clip::preprocess::{OpenClipPreprocessing, Preprocessor};

/// What `open_clip_config.json` says.
#[derive(Debug)]
pub(in crate::clip) struct OpenClipConfig {
    /// The sizes of both towers.
    pub clip: ClipConfig,
    /// From pictures to pixels.
    pub preprocessor: Preprocessor,
    /// Which of open_clip's tokenizers the model has.
    pub tokenizer: TokenizerKind,
}

/// The classes of open_clip's `tokenizer.py` that can be used with pixseek.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clip) enum TokenizerKind {
    /// `SimpleTokenizer`, which OpenAI wrote for CLIP.
    Simple,
    /// `HFTokenizer`: white space is cleaned, the rest is left to the folder's own tokenizer.
    HuggingFace,
}

#[derive(Deserialize)]
struct RawFile {
    model_cfg: RawModel,
    preprocess_cfg: Option<OpenClipPreprocessing>,
}

#[derive(Deserialize)]
struct RawModel {
    embed_dim: usize,
    vision_cfg: RawVision,
    text_cfg: RawText,
    #[serde(default)]
    quick_gelu: bool,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// open_clip's `CLIPVisionCfg`, with its defaults.
#[derive(Deserialize)]
#[serde(default)]
struct RawVision {
    /// A number, or a list for a ResNet.
    layers: Value,
    width: usize,
    head_width: usize,
    mlp_ratio: f64,
    patch_size: Side,
    image_size: Side,
    act_kwargs: Option<ActivationOptions>,
    norm_kwargs: Option<NormOptions>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Default for RawVision {
    fn default() -> Self {
        Self {
            layers: 12.into(),
            width: 768,
            head_width: 64,
            mlp_ratio: 4.0,
            patch_size: Side::Square(16),
            image_size: Side::Square(224),
            act_kwargs: None,
            norm_kwargs: None,
            rest: Map::new(),
        }
    }
}

/// open_clip's `CLIPTextCfg`, with its defaults.
#[derive(Deserialize)]
#[serde(default)]
struct RawText {
    context_length: usize,
    vocab_size: usize,
    width: usize,
    heads: usize,
    layers: usize,
    mlp_ratio: f64,
    pool_type: String,
    eos_id: u32,
    act_kwargs: Option<ActivationOptions>,
    norm_kwargs: Option<NormOptions>,
    hf_tokenizer_name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Default for RawText {
    fn default() -> Self {
        Self {
            context_length: 77,
            vocab_size: 49408,
            width: 512,
            heads: 8,
            layers: 12,
            mlp_ratio: 4.0,
            pool_type: "argmax".into(),
            eos_id: 2,
            act_kwargs: None,
            norm_kwargs: None,
            hf_tokenizer_name: None,
            rest: Map::new(),
        }
    }
}

/// A length in pixels, or height and width.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Side {
    Square(usize),
    Each([usize; 2]),
}

impl Side {
    fn square(self, name: &str) -> Result<usize, String> {
        match self {
            Self::Square(side) => Ok(side),
            Self::Each([height, width]) if height == width => Ok(width),
            Self::Each(sides) => Err(format!("{name} {sides:?} is not supported, only squares are")),
        }
    }
}

/// Arguments of `nn.GELU`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivationOptions {
    approximate: Option<String>,
}

/// Arguments of `nn.LayerNorm`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NormOptions {
    eps: Option<f64>,
}

impl OpenClipConfig {
    /// Reads `open_clip_config.json`. `path` is only for messages.
    ///
    /// # Errors
    /// When the file is no JSON, or asks for something unsupported, which is named: other towers than open_clip's own
    /// transformers over patches and tokens, and their rarer options.
    pub(in crate::clip) fn parse(json: &[u8], path: &Path) -> Result<Self, ModelError> {
        Self::read(json).map_err(|reason| ModelError::invalid(path, reason))
    }

    fn read(json: &[u8]) -> Result<Self, String> {
        refuse_other_families(json)?;
        let raw: RawFile = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let model = raw.model_cfg;
        // What the scale of the logits begins with in training says nothing of embeddings.
        let harmless = ["custom_text", "init_logit_scale", "init_logit_bias", "nonscalar_logit_scale"];
        refuse_rest("model_cfg", &model.rest, &harmless)?;
        let tokenizer = match model.text_cfg.hf_tokenizer_name.as_deref() {
            None | Some("") => TokenizerKind::Simple,
            Some(_) => TokenizerKind::HuggingFace,
        };
        let clip = ClipConfig {
            family: Family::Clip,
            text: model.text_cfg.build(model.quick_gelu)?,
            vision: model.vision_cfg.build(model.quick_gelu)?,
            projection_dim: model.embed_dim,
        };
        clip.check()?;
        let image_size = u32::try_from(clip.vision.image_size).map_err(|error| error.to_string())?;
        let preprocessor = Preprocessor::of_open_clip(raw.preprocess_cfg.unwrap_or_default(), image_size)?;
        Ok(Self { clip, preprocessor, tokenizer })
    }
}

/// Refuses models with towers of other kinds, before their sections are read as what they are not.
fn refuse_other_families(json: &[u8]) -> Result<(), String> {
    let file: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let Some(model) = file.get("model_cfg") else {
        return Err("has no model_cfg, which describes the model".into());
    };
    let named = |section: &str, key: &str| {
        let name = model.get(section).and_then(|section| section.get(key)).and_then(Value::as_str);
        name.filter(|name| !name.is_empty()).map(str::to_owned)
    };
    let only = "only open_clip's own vision and text transformers are";
    if model.get("multimodal_cfg").is_some_and(|value| !value.is_null()) {
        return Err(format!("CoCa models (model_cfg.multimodal_cfg) are not supported, {only}"));
    }
    if let Some(name) = named("vision_cfg", "timm_model_name") {
        return Err(format!("the vision tower '{name}' of timm is not supported, {only}"));
    }
    if let Some(name) = named("text_cfg", "hf_model_name") {
        return Err(format!(
            "the text tower '{name}' of transformers (hf_model_name) is not supported, {only}"
        ));
    }
    if model.get("vision_cfg").and_then(|vision| vision.get("layers")).is_some_and(Value::is_array) {
        return Err(format!(
            "a ResNet as vision tower (vision_cfg.layers is a list) is not supported, {only}"
        ));
    }
    Ok(())
}

/// Refuses options that are on and not understood. `harmless` are those that change no embedding.
fn refuse_rest(section: &str, rest: &Map<String, Value>, harmless: &[&str]) -> Result<(), String> {
    for (key, value) in rest {
        let is_off = matches!(value, Value::Null | Value::Bool(false)) || *value == Value::Object(Map::new());
        let is_usual = matches!(
            (key.as_str(), value.as_str()),
            ("pool_type", Some("tok")) | ("proj_type", Some("linear")) | ("block_type", Some("default"))
        );
        if !is_off && !is_usual && !harmless.contains(&key.as_str()) {
            return Err(format!("{section}.{key} {value} is not supported"));
        }
    }
    Ok(())
}

impl RawVision {
    fn build(self, quick_gelu: bool) -> Result<VisionConfig, String> {
        // The class token alone is pooled: whether the last norm comes before or after that is the same.
        let harmless = [
            "patch_dropout",
            "pos_embed_type",
            "final_ln_after_pool",
            "attn_pooler_queries",
            "attn_pooler_heads",
            "output_tokens",
            "timm_model_name",
            "timm_model_pretrained",
            "timm_pool",
            "timm_proj",
            "timm_drop",
        ];
        refuse_rest("vision_cfg", &self.rest, &harmless)?;
        let layers = self.layers.as_u64().and_then(|layers| usize::try_from(layers).ok());
        let heads = self.width.checked_div(self.head_width).ok_or("vision_cfg.head_width is 0")?;
        Ok(VisionConfig {
            transformer: TransformerConfig {
                hidden_size: self.width,
                intermediate_size: intermediate_size(self.width, self.mlp_ratio),
                layers: layers.ok_or("vision_cfg.layers is no number of blocks")?,
                heads,
                activation: activation(quick_gelu, self.act_kwargs)?,
                layer_norm_eps: epsilon(self.norm_kwargs),
            },
            image_size: self.image_size.square("vision_cfg.image_size")?,
            patch_size: self.patch_size.square("vision_cfg.patch_size")?,
        })
    }
}

impl RawText {
    fn build(self, quick_gelu: bool) -> Result<TextConfig, String> {
        // What follows the pooled token, such as padding, changes nothing: attention is causal.
        let harmless = [
            "pad_id",
            "final_ln_after_pool",
            "output_tokens",
            "hf_model_name",
            "hf_model_pretrained",
            "hf_proj_type",
            "hf_pooler_type",
        ];
        refuse_rest("text_cfg", &self.rest, &harmless)?;
        let eos_token_id = match (self.pool_type.as_str(), self.eos_id) {
            ("argmax", _) => HIGHEST_ID,
            ("eos", HIGHEST_ID) => {
                return Err(
                    "text_cfg.pool_type 'eos' with eos_id 2, as SentencePiece vocabularies have it, \
                            is not supported"
                        .into(),
                );
            }
            ("eos", id) => id,
            (other, _) => {
                return Err(format!("text_cfg.pool_type '{other}' is not supported (argmax and eos are)"));
            }
        };
        Ok(TextConfig {
            transformer: TransformerConfig {
                hidden_size: self.width,
                intermediate_size: intermediate_size(self.width, self.mlp_ratio),
                layers: self.layers,
                heads: self.heads,
                activation: activation(quick_gelu, self.act_kwargs)?,
                layer_norm_eps: epsilon(self.norm_kwargs),
            },
            vocab_size: self.vocab_size,
            context: self.context_length,
            eos_token_id,
        })
    }
}

/// Python's `int(width * mlp_ratio)`.
fn intermediate_size(width: usize, mlp_ratio: f64) -> usize {
    (width as f64 * mlp_ratio) as usize
}

fn activation(quick_gelu: bool, options: Option<ActivationOptions>) -> Result<Activation, String> {
    match (quick_gelu, options.and_then(|options| options.approximate).as_deref()) {
        (true, None) => Ok(Activation::QuickGelu),
        (false, None | Some("none")) => Ok(Activation::Gelu),
        (false, Some("tanh")) => Ok(Activation::GeluTanh),
        (_, Some(other)) => Err(format!("act_kwargs.approximate '{other}' is not supported here")),
    }
}

fn epsilon(options: Option<NormOptions>) -> f64 {
    options.and_then(|options| options.eps).unwrap_or(1e-5)
}

#[cfg(test)]
mod tests;
