//! f32 and int8: near each other, and never mixed.

use std::fs;
use std::path::Path;

use crate::common::{Sandbox, counts};
use crate::parity_data::{CHECKPOINTS, Reference, cosine, picture};
use pixseek::Precision;
use pixseek::ReducedImage;
use pixseek::clip::{Checkpoint, Embedding};
use pixseek::picture::{self, Limits};
use proptest::prelude::*;
use rusqlite::Connection;

/// A copy of a checkpoint, beside which files may be written.
fn copy(name: &str, to: &Path) {
    for entry in fs::read_dir(crate::parity_data::folder(name)).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn checkpoint(folder: &Path, precision: Precision) -> Checkpoint {
    let mut checkpoint = Checkpoint::find(folder.to_str().unwrap()).unwrap();
    checkpoint.placement.precision = precision;
    checkpoint
}

fn images(checkpoint: &Checkpoint, names: &[String]) -> Vec<Embedding> {
    let preprocessor = checkpoint.preprocessor();
    let pixels = |name: &String| {
        let picture = picture::open(&picture(name), &Limits::default()).unwrap();
        preprocessor.apply(&ReducedImage::upright(picture.pixels))
    };
    checkpoint.load_vision().unwrap().embed(&names.iter().map(pixels).collect::<Vec<_>>()).unwrap()
}

fn texts(checkpoint: &Checkpoint, texts: &[String]) -> Vec<Embedding> {
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    checkpoint.load_text().unwrap().embed(&texts).unwrap()
}

#[test]
fn int8_is_near_f32_on_checkpoints_whose_embeddings_spread() {
    for name in CHECKPOINTS {
        let folder = tempfile::tempdir().unwrap();
        copy(name, folder.path());
        let reference = Reference::open(name);
        let both = [Precision::F32, Precision::Int8].map(|precision| {
            let checkpoint = checkpoint(folder.path(), precision);
            [images(&checkpoint, &reference.pictures), texts(&checkpoint, &reference.texts)]
        });
        for (exact, rounded) in both[0].iter().zip(&both[1]) {
            let cosines: Vec<f32> = exact.iter().zip(rounded).map(|(a, b)| cosine(a, b)).collect();
            let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
            let least = cosines.iter().copied().fold(1.0, f32::min);
            assert!(least >= 0.99 && mean >= 0.995, "{name}: cosine {least} at least, {mean} on average");
        }
    }
}

/// GPUs run candle's own operations: here they run on the CPU.
#[test]
fn candles_own_operations_give_the_same_vectors() {
    for name in CHECKPOINTS {
        let reference = Reference::open(name);
        let mut checkpoint = reference.checkpoint();
        let fused = [images(&checkpoint, &reference.pictures), texts(&checkpoint, &reference.texts)];
        checkpoint.placement.candle_only = true;
        let plain = [images(&checkpoint, &reference.pictures), texts(&checkpoint, &reference.texts)];
        for (fused, plain) in fused.concat().iter().zip(plain.concat()) {
            let cosine = cosine(fused, &plain);
            assert!(cosine >= 0.99999, "{name}: {cosine}");
        }
    }
}

#[test]
fn the_int8_cache_lies_beside_the_model_and_is_made_again_when_damaged() {
    let folder = tempfile::tempdir().unwrap();
    copy(CHECKPOINTS[0], folder.path());
    let embed = || texts(&checkpoint(folder.path(), Precision::Int8), &["a red car".to_owned()]);
    let first = embed();
    let kept = folder.path().join("pixseek-text-int8.bin");
    let whole = fs::read(&kept).unwrap();
    assert_eq!(embed(), first);
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle..middle + 100].fill(0x55);
    for bytes in [&damaged[..], &whole[..middle], b""] {
        fs::write(&kept, bytes).unwrap();
        assert_eq!(embed(), first);
        assert!(fs::read(&kept).unwrap() == whole, "the file was not mended");
    }
}

/// What typing, deleting and pasting make of a query.
fn edited(start: &str, edits: &[(usize, usize, String)]) -> Vec<String> {
    let mut text: Vec<char> = start.chars().collect();
    let mut states = vec![start.to_owned()];
    for (at, deleted, inserted) in edits {
        let at = at % (text.len() + 1);
        let end = (at + deleted).min(text.len());
        text.splice(at..end, inserted.chars());
        states.push(text.iter().collect());
    }
    states
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_query_that_is_typed_has_the_vector_that_it_has_from_scratch(
        start in "[a-z ]{0,40}",
        edits in prop::collection::vec((0_usize..60, 0_usize..4, "\\PC{0,6}|[a-z ]{0,9}"), 1..10),
        int8 in any::<bool>(),
    ) {
        let precision = if int8 { Precision::Int8 } else { Precision::F32 };
        let mut checkpoint = Checkpoint::find("demo").unwrap();
        checkpoint.placement.precision = precision;
        let (typing, whole) = (checkpoint.load_text().unwrap(), checkpoint.load_text().unwrap());
        for text in edited(&start, &edits) {
            let typed = typing.embed(&[&text]).unwrap();
            whole.clear_kv_cache();
            let expected = whole.embed(&[&text]).unwrap();
            let cosine = cosine(&typed[0], &expected[0]);
            prop_assert!(cosine >= 0.99999, "{text:?}: {cosine}");
        }
    }
}

fn indexed() -> Sandbox {
    let sandbox = Sandbox::new();
    for seed in 1..=3 {
        sandbox.picture(format!("{seed}.png"), seed);
    }
    sandbox.run(["index", "pics", "--precision", "f32", "--quiet"]).expect(0);
    sandbox
}

#[test]
fn a_collection_stays_with_its_precision() {
    let sandbox = indexed();
    let precision = |args: &[&str]| {
        let args = ["status", "pics", "--json"].iter().chain(args);
        sandbox.run(args).expect(0).json()["precision"].as_str().unwrap().to_owned()
    };
    // Whatever is fastest here: what is there already is f32.
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
    assert_eq!(precision(&[]), "f32");
    sandbox
        .run(["search", "pics", "a", "circle", "--precision", "int8"])
        .expect(1)
        .says(&["f32 vectors of model 'demo'", "`pixseek index pics --precision int8`"]);

    let summary = sandbox.run(["index", "pics", "--precision", "int8", "--json"]).expect(0);
    assert_eq!(counts(&summary.json()), [3, 0, 0, 0, 3]);
    assert_eq!(precision(&[]), "int8");
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
    // Both are there now, side by side.
    for precision in ["f32", "int8", "auto"] {
        let args = ["search", "pics", "a", "circle", "--json", "--precision", precision];
        assert_eq!(sandbox.run(args).expect(0).names().len(), 3);
    }
    let summary = sandbox.run(["index", "pics", "--precision", "f32", "--json"]).expect(0);
    assert_eq!(counts(&summary.json()), [0, 3, 0, 0, 3]);
    assert_eq!(precision(&[]), "f32");
}

#[test]
fn a_part_in_another_precision_changes_nothing_for_the_whole() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture("sub/b.png", 2);
    sandbox.run(["index", "pics", "--precision", "f32", "--quiet"]).expect(0);
    sandbox.run(["index", "pics/sub", "--precision", "int8", "--quiet"]).expect(0);
    let found = sandbox.run(["search", "pics", "a", "circle", "--json"]).expect(0).names();
    assert_eq!(found.len(), 2);
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!((status["pictures"].as_u64(), status["precision"].as_str()), (Some(2), Some("f32")));
    let listed = sandbox.run(["collections", "--json"]).expect(0).json();
    assert_eq!(listed["pictures"], 2);
}

#[test]
fn embed_prints_f32_unless_told_otherwise() {
    let sandbox = Sandbox::new();
    for (args, expected) in [(&[][..], "f32"), (&["--precision", "int8"], "int8")] {
        let args = ["embed", "--json", "--text", "a red circle"].iter().chain(args);
        assert_eq!(sandbox.run(args).expect(0).json()["precision"], expected);
    }
}

#[test]
fn a_device_that_this_build_lacks_is_an_error_that_says_what_to_do() {
    let sandbox = indexed();
    if !cfg!(feature = "cuda") {
        sandbox.run(["search", "pics", "a", "circle", "--device", "cuda"]).expect(1).says(&[
            "built without cuda",
            "--features cuda",
            "--device cpu",
        ]);
    }
    for device in ["auto", "cpu"] {
        sandbox.run(["search", "pics", "a", "circle", "--device", device]).expect(0);
    }
    sandbox.run(["search", "pics", "a", "circle", "--device", "tpu"]).expect(2);
}

#[test]
fn vectors_of_the_earlier_int8_are_encoded_again_with_a_word() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.run(["index", "pics", "--here", "--precision", "int8", "-q"]).expect(0);
    let catalogue = Connection::open(sandbox.pics().join(".pixseek/catalog.db")).unwrap();
    for sql in [
        "UPDATE models SET precision = 'int8' WHERE precision = 'int8-smoothed'",
        "UPDATE meta SET value = 'int8' WHERE value = 'int8-smoothed'",
    ] {
        assert!(catalogue.execute(sql, []).unwrap() > 0, "{sql}");
    }
    sandbox.run(["search", "pics", "a", "circle"]).expect(1).says(&["old int8", "run `pixseek index pics`"]);
    let ran = sandbox.run(["index", "pics", "--json"]).expect(0).says(&["encoded again"]);
    assert_eq!(counts(&ran.json()), [1, 0, 0, 0, 1]);
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(status["precision"], "int8");
    // Once.
    let again = sandbox.run(["index", "pics", "--json"]).expect(0);
    assert!(!again.stderr.contains("encoded again"), "{}", again.stderr);
}

#[test]
fn int8_is_tried_once_with_a_model_and_not_taken_where_it_is_too_far_off() {
    let sandbox = Sandbox::new();
    let model = sandbox.model("assets/demo-model");
    sandbox.picture("a.png", 1);
    let index = || sandbox.run(["index", "pics", "--model", "model"]).expect(0);
    let precision = || sandbox.run(["status", "pics", "--model", "model", "--json"]).expect(0).json();
    index();
    let trial = model.join("pixseek-int8-trial.json");
    if precision()["precision"] == "f32" {
        // This CPU doesn't multiply bytes fast.
        assert!(!trial.exists());
        return;
    }
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&trial).unwrap()).unwrap();
    assert!(kept["worst_cosine"].as_f64().unwrap() >= 0.97, "{kept}");

    kept["worst_cosine"] = 0.5.into();
    fs::write(&trial, kept.to_string()).unwrap();
    // The folder stays with what it has.
    index();
    assert_eq!(precision()["precision"], "int8");
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    index().says(&["int8 is too far from f32", "0.500", "--precision int8"]);
    assert_eq!(precision()["precision"], "f32");
}
