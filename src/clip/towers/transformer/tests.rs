//! A whole transformer in every placement, on weights made up here.

use std::cell::RefCell;

use candle_core::{Device, Tensor};
use proptest::prelude::*;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::*;
use crate::base::model_key::Precision;
use crate::clip::kernels::Activation;
use crate::clip::weights::Weights;

const CONFIG: TransformerConfig = TransformerConfig {
    hidden_size: 48,
    intermediate_size: 100,
    layers: 3,
    heads: 3,
    activation: Activation::QuickGelu,
    layer_norm_eps: 1e-5,
};

/// Numbers between -1 and 1 that look like noise.
fn noise(seed: usize, count: usize) -> Vec<f32> {
    let number = |i: usize| ((i.wrapping_mul(2_654_435_761) >> 7) % 2001) as f32 / 1000.0 - 1.0;
    (0..count).map(|i| number(i + seed * 7919 + 1)).collect()
}

fn transformer(placement: &Placement) -> Transformer {
    let (outer, inner) = (CONFIG.hidden_size, CONFIG.intermediate_size);
    let mut tensors = Vec::new();
    for layer in 0..CONFIG.layers {
        for (name, outputs, inputs) in [
            ("self_attn.q_proj", outer, outer),
            ("self_attn.k_proj", outer, outer),
            ("self_attn.v_proj", outer, outer),
            ("self_attn.out_proj", outer, outer),
            ("mlp.fc1", inner, outer),
            ("mlp.fc2", outer, inner),
            ("layer_norm1", outer, 0),
            ("layer_norm2", outer, 0),
        ] {
            let (weight, bias) =
                (noise(tensors.len(), outputs * inputs.max(1)), noise(tensors.len() + 1, outputs));
            let shape = if inputs == 0 { vec![outputs] } else { vec![outputs, inputs] };
            let bytes =
                |values: Vec<f32>| values.iter().flat_map(|v| (0.2 * v).to_le_bytes()).collect::<Vec<u8>>();
            tensors.push((format!("m.layers.{layer}.{name}.weight"), shape, bytes(weight)));
            tensors.push((format!("m.layers.{layer}.{name}.bias"), vec![outputs], bytes(bias)));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    safetensors::serialize_to_file(views, None, &path).unwrap();
    Transformer::load(&Weights::open(&path).unwrap().enter("m"), &CONFIG, placement).unwrap()
}

fn states(seed: usize, batch: usize, tokens: usize) -> Tensor {
    let width = CONFIG.hidden_size;
    Tensor::from_vec(noise(seed, batch * tokens * width), (batch, tokens, width), &Device::Cpu).unwrap()
}

fn rows(tensor: &Tensor) -> Vec<Vec<f32>> {
    tensor.to_vec2().unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn the_fused_stack_agrees_with_candles_operations() {
    let plain = transformer(&Placement { candle_only: true, ..Placement::cpu(Precision::F32) });
    let exact = transformer(&Placement::cpu(Precision::F32));
    let int8 = transformer(&Placement::cpu(Precision::Int8));
    for (batch, tokens, causal, pooled) in [
        (1, 1, true, Some(0)),
        (3, 17, false, Some(0)),
        (2, 40, true, Some(39)),
        (1, 20, true, Some(7)),
        (2, 9, false, None),
    ] {
        let x = states(batch, batch, tokens);
        let pass = Pass { causal, pooled, kv_cache: None };
        let all = |x: Tensor| if pooled.is_some() { x } else { x.flatten(0, 1).unwrap() };
        let expected = rows(&all(plain.forward(&x, pass).unwrap()));
        for (stack, least) in [(&exact, 0.999_999), (&int8, 0.999)] {
            let found = rows(&all(stack.forward(&x, pass).unwrap()));
            assert_eq!(found.len(), if pooled.is_some() { batch } else { batch * tokens });
            for (found, expected) in found.iter().zip(&expected) {
                let cosine = cosine(found, expected);
                assert!(cosine > least, "{batch} x {tokens}: cosine {cosine} < {least}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Sequences that share their beginning with the one before, longer and shorter ones.
    #[test]
    fn the_kv_cache_changes_nothing(
        edits in prop::collection::vec((0_usize..30, 1_usize..30), 1..8),
        int8 in any::<bool>(),
    ) {
        let precision = if int8 { Precision::Int8 } else { Precision::F32 };
        let transformer = transformer(&Placement::cpu(precision));
        let width = CONFIG.hidden_size;
        let cache = RefCell::new(KvCache::default());
        let mut sequence: Vec<f32> = Vec::new();
        for (i, (kept, added)) in edits.into_iter().enumerate() {
            let kept = kept.min(cache.borrow().tokens());
            cache.borrow_mut().truncate(kept);
            sequence.truncate(kept * width);
            sequence.extend(noise(i, added * width));
            let tensor = |values: &[f32]| Tensor::from_slice(values, (1, values.len() / width, width), &Device::Cpu).unwrap();
            let pass = |pooled, kv_cache| Pass { causal: true, pooled: Some(pooled), kv_cache };
            let found = transformer.forward(&tensor(&sequence[kept * width..]), pass(added - 1, Some(&cache))).unwrap();
            let whole = transformer.forward(&tensor(&sequence), pass(kept + added - 1, None)).unwrap();
            let cosine = cosine(&rows(&found)[0], &rows(&whole)[0]);
            prop_assert!(cosine > 0.999_999, "{kept} kept, {added} added: {cosine}");
            prop_assert_eq!(cache.borrow().tokens(), kept + added);
        }
    }
}

#[test]
fn a_pass_that_can_not_be_is_an_error() {
    let transformer = transformer(&Placement::cpu(Precision::F32));
    let cache = RefCell::new(KvCache::default());
    for (batch, causal, pooled, kv_cache) in [
        (1, true, 5, None),
        (2, true, 4, Some(&cache)),
        (1, false, 4, Some(&cache)),
        (1, true, 3, Some(&cache)),
    ] {
        let pass = Pass { causal, pooled: Some(pooled), kv_cache };
        assert!(transformer.forward(&states(1, batch, 5), pass).is_err());
    }
    let narrow = Tensor::zeros((1, 2, 7), candle_core::DType::F32, &Device::Cpu).unwrap();
    assert!(transformer.forward(&narrow, Pass { causal: true, pooled: Some(1), kv_cache: None }).is_err());
}
