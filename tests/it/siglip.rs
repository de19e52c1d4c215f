//! SigLIP folders: their tokenizers by class, the compact form that is kept of a large one, and what is refused.

use std::fs;
use std::path::Path;

use pixseek::Precision;
use pixseek::clip::{Checkpoint, TextEncoder};
use tempfile::TempDir;

use crate::common::Sandbox;
use crate::parity_data::{Reference, folder};

/// A copy of a checkpoint, in which files may be changed.
fn copy(name: &str) -> TempDir {
    let copied = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copied.path().join(entry.file_name())).unwrap();
    }
    copied
}

/// Makes the tokenizer large enough for its compact form to be kept, by spaces between its parts.
fn enlarge(folder: &Path) {
    let path = folder.join("tokenizer.json");
    let json = fs::read_to_string(&path).unwrap();
    fs::write(&path, json.replacen('{', &format!("{{{}", " ".repeat(300 << 10)), 1)).unwrap();
}

fn text_encoder(folder: &Path) -> TextEncoder {
    Checkpoint::find(folder.to_str().unwrap()).unwrap().load_text().unwrap()
}

fn error(folder: &Path) -> String {
    let loaded =
        Checkpoint::find(folder.to_str().unwrap()).and_then(|checkpoint| checkpoint.load_text().map(drop));
    loaded.unwrap_err().to_string()
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

fn assert_ids(encoder: &TextEncoder, reference: &Reference) {
    for (text, expected) in reference.texts.iter().zip(&reference.token_ids) {
        assert_eq!(&encoder.token_ids(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn the_compact_form_of_a_large_tokenizer_is_kept_and_made_again_when_damaged() {
    for name in ["b32-quick-gelu", "siglip2-gemma", "siglip2-lower"] {
        let reference = Reference::open(name);
        let folder = copy(name);
        let kept = folder.path().join("pixseek-tokenizer.bin");
        text_encoder(folder.path());
        assert!(!kept.exists(), "a small one is parsed in no time");
        enlarge(folder.path());
        assert_ids(&text_encoder(folder.path()), &reference);
        let whole = fs::read(&kept).unwrap();
        let written = fs::metadata(&kept).unwrap().modified().unwrap();
        assert_ids(&text_encoder(folder.path()), &reference);
        assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), written, "{name}: it was made again");
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 1;
        for bytes in [&damaged[..], &whole[..whole.len() / 2], b""] {
            fs::write(&kept, bytes).unwrap();
            assert_ids(&text_encoder(folder.path()), &reference);
            assert!(fs::read(&kept).unwrap() == whole, "{name}: the file was not mended");
        }
    }
}

#[test]
fn a_changed_tokenizer_or_class_is_not_answered_from_the_compact_form() {
    let folder = copy("siglip2-gemma");
    enlarge(folder.path());
    let ids = |text: &str| text_encoder(folder.path()).token_ids(text).unwrap();
    let (upper, lower) = (ids("A PHOTO OF A CAT"), ids("a photo of a cat"));
    assert_ne!(upper, lower, "Gemma's own class keeps case");
    let config = folder.path().join("tokenizer_config.json");
    replace(&config, "GemmaTokenizerFast", "Siglip2Tokenizer");
    assert_eq!(ids("A PHOTO OF A CAT"), lower);
    // The last merges are of the rarest pieces: without the first one other pieces come out.
    replace(&folder.path().join("tokenizer.json"), r#""merges":["#, r#""merges":[["a","▁"],"#);
    let error = error(folder.path());
    assert!(error.contains("tokenizer.json") && error.contains("'a▁'"), "{error}");
}

#[test]
fn special_tokens_are_added_as_tokenizer_config_says() {
    let folder = copy("siglip2-lower");
    let config = folder.path().join("tokenizer_config.json");
    let ids = |text: &str| {
        let ids = text_encoder(folder.path()).token_ids(text).unwrap();
        ids.into_iter().skip_while(|id| *id == 0).collect::<Vec<_>>()
    };
    let plain = ids("a cat");
    assert_eq!(plain.last(), Some(&1), "tokenizer.json adds <eos>");
    replace(&config, "{", r#"{"add_bos_token": true, "add_eos_token": false,"#);
    let with_start = [&[2], &plain[..plain.len() - 1]].concat();
    assert_eq!(ids("a cat"), with_start);
    replace(&config, r#""add_eos_token": false"#, r#""add_eos_token": true, "padding_side": "right""#);
    let padded = text_encoder(folder.path()).token_ids("a cat").unwrap();
    assert_eq!(padded[..=plain.len()], [&[2], &plain[..]].concat()[..]);
    assert!(padded[plain.len() + 1..].iter().all(|id| *id == 0) && padded.len() == 40);
}

#[test]
fn what_is_not_supported_is_refused_with_the_reason() {
    for (file, from, to, parts) in [
        (
            "config.json",
            r#""model_type": "siglip","#,
            r#""model_type": "siglip2","#,
            ["NaFlex", "fixed resolution"],
        ),
        (
            "config.json",
            r#""vision_use_head": true"#,
            r#""vision_use_head": false"#,
            ["vision_use_head", "config.json"],
        ),
        (
            "tokenizer_config.json",
            "GemmaTokenizerFast",
            "BertTokenizer",
            ["'BertTokenizer'", "tokenizer_config.json"],
        ),
        (
            "tokenizer_config.json",
            r#""pad_token": "<pad>""#,
            r#""pad_token": "[x]""#,
            ["'[x]'", "tokenizer.json"],
        ),
        (
            "tokenizer_config.json",
            r#""eos_token": "<eos>""#,
            r#""eos_token": "[x]""#,
            ["'[x]'", "tokenizer.json"],
        ),
        ("tokenizer.json", r#""type":"BPE""#, r#""type":"WordLevel""#, ["tokenizer.json", "byte-pair"]),
        (
            "config.json",
            r#""max_position_embeddings": 64"#,
            r#""max_position_embeddings": 63"#,
            ["position_embedding", "[64, 32]"],
        ),
    ] {
        let folder = copy("siglip2-gemma");
        replace(&folder.path().join(file), from, to);
        let error = error(folder.path());
        assert!(parts.iter().all(|part| error.contains(part)), "{to}: {error}");
    }
    for (name, file) in [
        ("siglip2-gemma", "tokenizer_config.json"),
        ("siglip2-gemma", "tokenizer.json"),
        ("siglip-sentencepiece", "spiece.model"),
    ] {
        let folder = copy(name);
        fs::remove_file(folder.path().join(file)).unwrap();
        let missing = if file == "spiece.model" { "tokenizer.json" } else { file };
        assert!(error(folder.path()).starts_with(missing), "{name} without {file}: {}", error(folder.path()));
    }
    let folder = copy("siglip-sentencepiece");
    fs::write(folder.path().join("spiece.model"), "no model").unwrap();
    assert!(error(folder.path()).contains("spiece.model: is no sentencepiece model"));
}

/// Nothing of the text before may be left in the next: without a causal mask every token sees all others.
#[test]
fn a_typed_query_has_the_vector_that_it_has_from_scratch() {
    for precision in [Precision::F32, Precision::Int8] {
        let folder = copy("siglip2-lower");
        let mut checkpoint = Checkpoint::find(folder.path().to_str().unwrap()).unwrap();
        checkpoint.placement.precision = precision;
        let typing = checkpoint.load_text().unwrap();
        for text in ["r", "red", "red c", "red circle", "red c", "blue"] {
            let whole = checkpoint.load_text().unwrap();
            assert_eq!(typing.embed(&[text]).unwrap(), whole.embed(&[text]).unwrap(), "{text}");
        }
    }
}

#[test]
fn a_folder_is_indexed_and_searched() {
    let sandbox = Sandbox::new();
    for seed in 1..=4 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    for (name, dimension) in [("siglip2-lower", 36), ("siglip-sentencepiece", 32)] {
        let copied = copy(name);
        let model = copied.path().to_str().unwrap();
        for precision in ["f32", "int8"] {
            sandbox.run(["index", "pics", "--model", model, "--precision", precision, "--quiet"]).expect(0);
            let search = ["search", "pics", "a cat", "--model", model, "--precision", precision, "--json"];
            assert_eq!(sandbox.run(search).expect(0).names().len(), 4, "{name} {precision}");
        }
        let status = sandbox.run(["status", "pics", "--json", "--model", model]).expect(0).json();
        assert_eq!(status["dimension"].as_u64(), Some(dimension));
    }
}
