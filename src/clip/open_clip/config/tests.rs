//! What is understood, and what is refused, of `open_clip_config.json`.

use super::*;

/// A file whose sections have these contents besides what every one has.
fn parse(model: &str, vision: &str, text: &str) -> Result<OpenClipConfig, String> {
    let json = format!(
        r#"{{"model_cfg": {{"embed_dim": 512, {model} "vision_cfg": {{{vision} "layers": 12}},
            "text_cfg": {{{text} "layers": 12}}}}}}"#
    );
    OpenClipConfig::parse(json.as_bytes(), Path::new("m/open_clip_config.json")).map_err(|e| e.to_string())
}

#[test]
fn absent_keys_have_the_defaults_of_open_clip() {
    let config = parse("", r#""width": 1408, "head_width": 88, "mlp_ratio": 4.3637, "patch_size": 14,"#, "");
    let OpenClipConfig { clip, tokenizer, .. } = config.unwrap();
    assert_eq!((clip.projection_dim, tokenizer), (512, TokenizerKind::Simple));
    assert_eq!((clip.text.vocab_size, clip.text.context, clip.text.eos_token_id), (49408, 77, 2));
    assert_eq!((clip.text.transformer.heads, clip.text.transformer.intermediate_size), (8, 2048));
    // 1408 * 4.3637 = 6144.0896
    assert_eq!((clip.vision.transformer.heads, clip.vision.transformer.intermediate_size), (16, 6144));
    assert_eq!((clip.vision.image_size, clip.vision.grid()), (224, 16));
    assert_eq!(clip.vision.transformer.activation, Activation::Gelu);
    assert_eq!(clip.vision.transformer.layer_norm_eps, 1e-5);
}

#[test]
fn options_that_are_understood_are_followed() {
    let quick = parse(r#""quick_gelu": true, "custom_text": true,"#, "", "").unwrap();
    assert_eq!(quick.clip.text.transformer.activation, Activation::QuickGelu);
    let vision = r#""act_kwargs": {"approximate": "tanh"}, "norm_kwargs": {"eps": 1e-6},
                    "image_size": [256, 256], "pool_type": "tok", "patch_dropout": 0.5, "qk_norm": false,"#;
    let text = r#""pool_type": "eos", "eos_id": 49407, "hf_tokenizer_name": "openai/clip-vit-base-patch32","#;
    let config = parse("", vision, text).unwrap();
    assert_eq!(config.clip.vision.transformer.activation, Activation::GeluTanh);
    assert_eq!((config.clip.vision.transformer.layer_norm_eps, config.clip.vision.image_size), (1e-6, 256));
    assert_eq!((config.clip.text.eos_token_id, config.tokenizer), (49407, TokenizerKind::HuggingFace));
}

#[test]
fn what_is_not_supported_is_named() {
    for (model, vision, text, part) in [
        (r#""multimodal_cfg": {},"#, "", "", "CoCa"),
        ("", r#""timm_model_name": "vit_pe_core","#, "", "'vit_pe_core' of timm"),
        ("", "", r#""hf_model_name": "xlm-roberta-base","#, "'xlm-roberta-base' of transformers"),
        ("", r#""attentional_pool": true,"#, "", "vision_cfg.attentional_pool true"),
        ("", r#""ls_init_value": 0.1,"#, "", "vision_cfg.ls_init_value 0.1"),
        ("", r#""pool_type": "avg","#, "", "vision_cfg.pool_type \"avg\""),
        ("", r#""no_ln_pre": true,"#, "", "vision_cfg.no_ln_pre true"),
        ("", r#""image_size": [224, 336],"#, "", "image_size [224, 336]"),
        ("", r#""head_width": 0,"#, "", "head_width is 0"),
        ("", r#""head_width": 100,"#, "", "768 can't be split into 7 attention heads"),
        ("", "", r#""embed_cls": true,"#, "text_cfg.embed_cls true"),
        ("", "", r#""pool_type": "last","#, "pool_type 'last'"),
        ("", "", r#""pool_type": "eos","#, "eos_id 2"),
        ("", "", r#""no_causal_mask": true,"#, "text_cfg.no_causal_mask true"),
        ("", "", r#""tokenizer_kwargs": {"strip_sep_token": true},"#, "text_cfg.tokenizer_kwargs"),
        ("", "", r#""act_kwargs": {"inplace": true},"#, "inplace"),
        (r#""quick_gelu": true,"#, r#""act_kwargs": {"approximate": "tanh"},"#, "", "'tanh'"),
        (r#""something_new": 7,"#, "", "", "model_cfg.something_new 7"),
    ] {
        let error = parse(model, vision, text).unwrap_err();
        assert!(error.starts_with("m/open_clip_config.json: ") && error.contains(part), "{part}: {error}");
    }
    let resnet =
        r#"{"model_cfg": {"embed_dim": 1024, "vision_cfg": {"layers": [3, 4, 6, 3]}, "text_cfg": {}}}"#;
    for (json, part) in [(resnet, "ResNet"), ("{", "EOF"), ("{}", "no model_cfg"), ("[]", "no model_cfg")] {
        let error = OpenClipConfig::parse(json.as_bytes(), Path::new("m")).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
