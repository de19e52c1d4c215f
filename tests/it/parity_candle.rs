//! A second, independent implementation: candle-transformers' CLIP on the same weights.

use crate::parity_data::{Reference, cosine, folder};
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::clip::{
    ClipConfig, ClipModel,
    text_model::{Activation, ClipTextConfig},
    vision_model::ClipVisionConfig,
};

/// Its only activation is quick_gelu, and it pools at the highest id, as this checkpoint asks.
const NAME: &str = "b32-quick-gelu";

fn oracle(reference: &Reference) -> ClipModel {
    let checkpoint = reference.checkpoint();
    let config = checkpoint.config();
    let (text, vision) = (&config.text, &config.vision);
    let config = ClipConfig {
        text_config: ClipTextConfig {
            vocab_size: text.vocab_size,
            embed_dim: text.transformer.hidden_size,
            activation: Activation::QuickGelu,
            intermediate_size: text.transformer.intermediate_size,
            max_position_embeddings: text.context,
            pad_with: None,
            num_hidden_layers: text.transformer.layers,
            num_attention_heads: text.transformer.heads,
            projection_dim: config.projection_dim,
        },
        vision_config: ClipVisionConfig {
            embed_dim: vision.transformer.hidden_size,
            activation: Activation::QuickGelu,
            intermediate_size: vision.transformer.intermediate_size,
            num_hidden_layers: vision.transformer.layers,
            num_attention_heads: vision.transformer.heads,
            projection_dim: config.projection_dim,
            num_channels: 3,
            image_size: vision.image_size,
            patch_size: vision.patch_size,
        },
        logit_scale_init_value: 2.6592,
        image_size: vision.image_size,
    };
    let weights = std::fs::read(folder(NAME).join("model.safetensors")).unwrap();
    let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu).unwrap();
    ClipModel::new(weights, &config).unwrap()
}

#[test]
fn texts_agree_with_candle_transformers() {
    let reference = Reference::open(NAME);
    let oracle = oracle(&reference);
    let encoder = reference.checkpoint().load_text().unwrap();
    for (text, ids) in reference.texts.iter().zip(&reference.token_ids) {
        let ids = Tensor::new(ids.as_slice(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
        let expected = oracle.get_text_features(&ids).unwrap().to_vec2::<f32>().unwrap();
        let found = encoder.embed(&[text]).unwrap();
        assert!(cosine(&found[0], &expected[0]) > 0.9999, "{text:?}");
    }
}

#[test]
fn pictures_agree_with_candle_transformers() {
    let reference = Reference::open(NAME);
    let oracle = oracle(&reference);
    let checkpoint = reference.checkpoint();
    let encoder = checkpoint.load_vision().unwrap();
    let size = checkpoint.config().vision.image_size;
    let mut compared = 0;
    for picture in &reference.pictures {
        let Some(pixels) = reference.full_pixels(picture) else { continue };
        let tensor = Tensor::from_slice(&pixels.0, (1, 3, size, size), &Device::Cpu).unwrap();
        let expected = oracle.get_image_features(&tensor).unwrap().to_vec2::<f32>().unwrap();
        let found = encoder.embed(&[pixels]).unwrap();
        assert!(cosine(&found[0], &expected[0]) > 0.9999, "{picture}");
        compared += 1;
    }
    assert!(compared >= 4);
}
