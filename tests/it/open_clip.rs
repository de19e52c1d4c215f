//! Folders and repositories of open_clip, and tokenizers that are not in `tokenizer.json`. What the models compute is
//! compared in `parity.rs`.

use std::fs;
use std::path::Path;

use pixseek::clip::{Checkpoint, ModelError};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::Sandbox;
use crate::parity_data::{Reference, cosine, folder};

/// A copy of a checkpoint that can be changed.
fn copy(name: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    add(name, copy.path());
    copy
}

/// Adds the files of a checkpoint to a folder.
fn add(name: &str, to: &Path) {
    for entry in fs::read_dir(folder(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn find(folder: &Path) -> Result<Checkpoint, ModelError> {
    Checkpoint::find(folder.to_str().unwrap())
}

fn error(folder: &Path) -> String {
    find(folder).expect_err("the model is of no use").to_string()
}

/// Changes `open_clip_config.json`.
fn reconfigure(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("open_clip_config.json");
    let mut config = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut config);
    fs::write(path, config.to_string()).unwrap();
}

/// Writes the vocabulary and merges of a `tokenizer.json` into files of their own, and removes it.
fn take_apart(folder: &Path) {
    let path = folder.join("tokenizer.json");
    let json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let pair = |merge: &Value| match merge {
        Value::String(pair) => pair.clone(),
        _ => merge
            .as_array()
            .unwrap()
            .iter()
            .map(|token| token.as_str().unwrap())
            .collect::<Vec<_>>()
            .join(" "),
    };
    let merges: Vec<String> = json["model"]["merges"].as_array().unwrap().iter().map(pair).collect();
    fs::write(folder.join("vocab.json"), json["model"]["vocab"].to_string()).unwrap();
    fs::write(folder.join("merges.txt"), format!("#version: 0.2\n{}\n", merges.join("\n"))).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn vocabulary_and_merges_make_the_same_tokens_as_tokenizer_json() {
    for name in ["b32-quick-gelu", "gelu-sharded", "open-clip-gelu"] {
        let folder = copy(name);
        take_apart(folder.path());
        let reference = Reference::open(name);
        let encoder = find(folder.path()).unwrap().load_text().unwrap();
        for (text, expected) in reference.texts.iter().zip(&reference.token_ids) {
            assert_eq!(&encoder.token_ids(text).unwrap(), expected, "{name}: {text:?}");
        }
    }
}

#[test]
fn a_damaged_vocabulary_is_told() {
    let load = |change: &dyn Fn(&Path)| {
        let folder = copy("open-clip-quick-gelu");
        change(folder.path());
        find(folder.path()).and_then(|checkpoint| checkpoint.load_text().map(|_| ())).unwrap_err().to_string()
    };
    let write = |file: &'static str, text: &'static str| {
        move |folder: &Path| fs::write(folder.join(file), text).unwrap()
    };
    for (change, part) in [
        (&write("vocab.json", "[]") as &dyn Fn(&Path), "vocab.json: "),
        (&write("vocab.json", r#"{"a": -1}"#), "vocab.json: "),
        (&write("vocab.json", r#"{"a": 0}"#), "merges.txt: "),
        (&write("merges.txt", "a b\nc\n"), "merges.txt: line 2 is no pair"),
        (&write("merges.txt", "averylongtoken anotherverylongtokenthatnobodyhas"), "merges.txt: "),
        (&|folder| fs::write(folder.join("merges.txt"), [0xff]).unwrap(), "merges.txt: "),
        (&|folder| fs::remove_file(folder.join("merges.txt")).unwrap(), "merges.txt is missing"),
        (&|folder| fs::remove_file(folder.join("vocab.json")).unwrap(), "vocab.json is missing"),
    ] {
        let error = load(change);
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_folder_with_both_layouts_is_a_hugging_face_one() {
    let folder = copy("b32-quick-gelu");
    for file in ["open_clip_config.json", "open_clip_model.safetensors"] {
        fs::copy(crate::parity_data::folder("open-clip-gelu").join(file), folder.path().join(file)).unwrap();
    }
    let reference = Reference::open("b32-quick-gelu");
    let checkpoint = find(folder.path()).unwrap();
    assert_eq!(checkpoint.config(), reference.checkpoint().config());
    let found = checkpoint.load_text().unwrap().embed(&[reference.texts[0].as_str()]).unwrap();
    assert!(cosine(&found[0], &reference.text_embeddings[0]) > 0.9999);
}

#[test]
fn the_revision_follows_what_embeddings_depend_on() {
    let (one, other) = (copy("open-clip-longest"), copy("open-clip-longest"));
    let revision = |folder: &TempDir| find(folder.path()).unwrap().revision;
    assert_eq!(revision(&one), revision(&other));
    reconfigure(other.path(), |config| config["preprocess_cfg"]["fill_color"] = json!(3));
    assert_ne!(revision(&one), revision(&other));
    let path = one.path().join("open_clip_model.safetensors");
    let before = revision(&one);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
    assert_ne!(revision(&one), before);
}

#[test]
fn a_tokenizer_of_transformers_is_followed_after_white_space_is_cleaned() {
    let (plain, named) = (copy("open-clip-gelu"), copy("open-clip-gelu"));
    reconfigure(named.path(), |config| {
        config["model_cfg"]["text_cfg"]["hf_tokenizer_name"] = json!("openai/clip-vit-base-patch32");
    });
    let ids = |folder: &TempDir, text: &str| {
        find(folder.path()).unwrap().load_text().unwrap().token_ids(text).unwrap()
    };
    for text in ["A photo of a cat", "salt &amp; pepper \u{201c}quoted\u{201d}"] {
        assert_eq!(ids(&plain, text), ids(&named, text), "{text}");
    }
    // Where the end is not the highest id, padding might be, which is not in the file.
    let larger = copy("open-clip-gelu");
    reconfigure(larger.path(), |config| {
        let text = &mut config["model_cfg"]["text_cfg"];
        text["hf_tokenizer_name"] = json!("someone/other");
        text["vocab_size"] = json!(text["vocab_size"].as_u64().unwrap() + 1);
    });
    let error = find(larger.path()).unwrap().load_text().map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("does not end texts with the highest token"), "{error}");
    // Each spells the end in a way of its own.
    assert_ne!(ids(&plain, "a <end_of_text>"), ids(&named, "a <end_of_text>"));
    assert_eq!(ids(&plain, "a <end_of_text>"), ids(&named, "a <|endoftext|>"));
}

#[test]
fn what_is_missing_or_not_supported_is_told() {
    let folder = copy("open-clip-gelu");
    let path = folder.path();
    let change = |section: &'static str, key: &'static str, value: Value| {
        reconfigure(path, |config| config["model_cfg"][section][key] = value);
    };
    fs::remove_file(path.join("tokenizer.json")).unwrap();
    assert!(error(path).contains("tokenizer.json is missing in the model folder"));
    fs::copy(
        crate::parity_data::folder("open-clip-gelu").join("tokenizer.json"),
        path.join("tokenizer.json"),
    )
    .unwrap();
    let weights = path.join("open_clip_model.safetensors");
    fs::rename(&weights, path.join("open_clip_pytorch_model.bin")).unwrap();
    let pickled = error(path);
    assert!(
        pickled.contains("only in open_clip_pytorch_model.bin") && pickled.contains("safetensors only"),
        "{pickled}"
    );
    change("text_cfg", "hf_model_name", json!("xlm-roberta-base"));
    assert!(
        error(path)
            .contains("the text tower 'xlm-roberta-base' of transformers (hf_model_name) is not supported")
    );
    change("text_cfg", "hf_model_name", Value::Null);
    fs::rename(path.join("open_clip_pytorch_model.bin"), &weights).unwrap();
    find(path).unwrap();
    change("vision_cfg", "width", json!(60));
    let error =
        find(path).and_then(|checkpoint| checkpoint.load_vision().map(|_| ())).unwrap_err().to_string();
    assert!(error.contains("tensor 'visual.conv1.weight' has shape [48, 3, 8, 8]"), "{error}");
    assert!(error.contains("open_clip_model.safetensors"), "{error}");
}

#[test]
fn a_hugging_face_folder_with_pickled_weights_gets_the_way_out() {
    let sandbox = Sandbox::new();
    let folder = copy("b32-quick-gelu");
    fs::rename(folder.path().join("model.safetensors"), folder.path().join("pytorch_model.bin")).unwrap();
    let model = folder.path().to_str().unwrap();
    sandbox.run(["embed", "--text", "red", "--model", model]).expect(1).says(&[
        "only in pytorch_model.bin",
        "convert it with `cd ",
        "python3 -c 'import torch, safetensors.torch",
        "\"model.safetensors\")'`",
    ]);
}

#[test]
fn pictures_are_indexed_and_found_with_an_open_clip_model() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture("2.png", 2);
    let folder = copy("open-clip-quick-gelu");
    let model = folder.path().to_str().unwrap();
    for precision in ["f32", "int8"] {
        sandbox.run(["index", "pics", "--model", model, "--precision", precision]).expect(0);
        let found = sandbox.run(["search", "pics", "a cat", "--json", "--model", model]).expect(0).names();
        assert_eq!(found.len(), 2, "{precision}");
    }
}
