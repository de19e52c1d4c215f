//! The compact form gives the ids that the library gives.

use proptest::prelude::*;

use super::*;

macro_rules! tokenizer_json {
    ($folder:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity/", $folder, "/tokenizer.json"))
    };
}

/// CLIP's kind, with and without added tokens of all properties, and Gemma's.
const FILES: [&[u8]; 4] = [
    tokenizer_json!("b32-quick-gelu"),
    tokenizer_json!("added-tokens"),
    tokenizer_json!("siglip2-gemma"),
    tokenizer_json!("siglip2-lower"),
];

fn both(json: &[u8]) -> [Pipeline; 2] {
    let both = [Pipeline::parse(json).unwrap(), Pipeline::library(json).unwrap()];
    assert!(matches!(both[0].model, PipelineModel::Compact(_)));
    assert!(matches!(both[1].model, PipelineModel::Library(_)));
    both
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn texts_become_the_ids_that_the_library_gives(
        texts in prop::collection::vec("\\PC{0,40}|[a-z ,.']{0,60}|(<eos>|<pad>|<cat>|zebra|\n\n|▁▁| |a){0,9}", 4),
        most in 4_usize..40,
        left in any::<bool>(),
    ) {
        for json in FILES {
            let mut both = both(json);
            for text in &texts {
                let [compact, library] = both.each_ref().map(|pipeline| pipeline.encode(text).unwrap());
                prop_assert_eq!(compact, library, "{:?}", text);
            }
            for pipeline in &mut both {
                pipeline.limit(most, if left { Side::Left } else { Side::Right }).unwrap();
            }
            for text in &texts {
                let [compact, library] = both.each_ref().map(|pipeline| pipeline.encode(text).unwrap());
                prop_assert!(compact.len() <= most);
                prop_assert_eq!(compact, library, "{:?} cut to {}", text, most);
            }
        }
    }
}

#[test]
fn what_the_file_says_of_padding_and_cutting_is_known() {
    let mut file: Value = serde_json::from_slice(tokenizer_json!("siglip2-gemma")).unwrap();
    file["padding"] = serde_json::json!({
        "strategy": {"Fixed": 64}, "direction": "Left", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "<pad>"
    });
    file["truncation"] = serde_json::json!({
        "direction": "Left", "max_length": 64, "strategy": "LongestFirst", "stride": 0
    });
    for pipeline in both(file.to_string().as_bytes()) {
        let padding = Padding { direction: Side::Left, pad_token: "<pad>".into() };
        assert_eq!((pipeline.padding(), pipeline.cut()), (Some(&padding), Some(Side::Left)));
        assert_eq!((pipeline.token_id("<mask>"), pipeline.token_id("<none>")), (Some(4), None));
        assert!(pipeline.encode("a").unwrap().len() < 64, "the pipeline itself does not pad");
    }
}

#[test]
fn other_models_are_left_to_the_library() {
    for change in [r#""dropout":0.5"#, r#""continuing_subword_prefix":"@@""#] {
        let json = String::from_utf8(tokenizer_json!("siglip2-gemma").to_vec()).unwrap();
        let key = change.split(':').next().unwrap();
        let json = json.replacen(&format!("{key}:null"), change, 1);
        assert!(json.contains(change));
        let parsed = tokenizer_json::parse(json.as_bytes());
        assert!(matches!(parsed, Ok(None)), "{change}");
    }
}
