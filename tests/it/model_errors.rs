//! Bad model folders: each gets an error that names the file or the tensor.

use std::path::{Path, PathBuf};

use pixseek::ReducedImage;
use pixseek::clip::hub::Hub;
use pixseek::clip::{Checkpoint, DEMO_MODEL, ModelError, Pixels};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use tempfile::TempDir;

/// A copy of a checkpoint that can be broken.
fn copy(name: &str) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(crate::parity_data::folder(name)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn find(folder: &Path) -> Result<Checkpoint, ModelError> {
    Checkpoint::find(folder.to_str().unwrap())
}

/// The error of finding and loading everything.
fn error(folder: &Path) -> String {
    let load = || {
        let checkpoint = find(folder)?;
        checkpoint.load_text()?;
        checkpoint.load_vision()?;
        Ok::<_, ModelError>(())
    };
    load().expect_err("the model is broken").to_string()
}

/// Changes one tensor of `model.safetensors`, or drops it.
fn change(folder: &Path, name: &str, shape: Option<Vec<usize>>) {
    let path = folder.join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let views = tensors.tensors().into_iter().filter_map(|(found, view)| {
        if found != name {
            return Some((found, view));
        }
        let shape = shape.clone()?;
        let length =
            shape.iter().product::<usize>() * view.data().len() / view.shape().iter().product::<usize>();
        Some((found, TensorView::new(view.dtype(), shape, &view.data()[..length]).unwrap()))
    });
    let changed = safetensors::serialize(views, None).unwrap();
    std::fs::write(&path, changed).unwrap();
}

#[test]
fn each_missing_file_is_named_with_its_folder() {
    for file in ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"] {
        let folder = copy("b32-quick-gelu");
        std::fs::remove_file(folder.path().join(file)).unwrap();
        let error = error(folder.path());
        let canonical = folder.path().canonicalize().unwrap();
        assert!(error.contains(file) && error.contains(canonical.to_str().unwrap()), "{file}: {error}");
    }
    let folder = copy("gelu-sharded");
    std::fs::remove_file(folder.path().join("model-00002-of-00005.safetensors")).unwrap();
    assert!(error(folder.path()).contains("model-00002-of-00005.safetensors"), "{}", error(folder.path()));
}

#[test]
fn each_damaged_file_is_named() {
    for file in ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"] {
        let folder = copy("b32-quick-gelu");
        let path = folder.path().join(file);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let cut = error(folder.path());
        assert!(cut.contains(file), "{cut}");
        assert!(file != "model.safetensors" || cut.contains("cut short"), "{cut}");
        std::fs::write(&path, "").unwrap();
        assert!(error(folder.path()).contains(file));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(error(folder.path()).contains(file));
    }
}

#[test]
fn a_missing_or_misshapen_tensor_is_named_with_its_file() {
    for name in [
        "vision_model.embeddings.class_embedding",
        "vision_model.encoder.layers.1.self_attn.k_proj.bias",
        "visual_projection.weight",
        "text_model.embeddings.position_embedding.weight",
        "text_model.encoder.layers.0.mlp.fc1.weight",
        "text_model.final_layer_norm.bias",
    ] {
        let folder = copy("b32-quick-gelu");
        change(folder.path(), name, None);
        let missing = error(folder.path());
        assert!(
            missing.contains("model.safetensors") && missing.contains(&format!("'{name}' is missing")),
            "{missing}"
        );
        let folder = copy("b32-quick-gelu");
        change(folder.path(), name, Some(vec![1]));
        let misshapen = error(folder.path());
        assert!(misshapen.contains(&format!("'{name}' has shape [1]")), "{misshapen}");
    }
}

#[test]
fn names_that_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub {
        cache: folder.path().join("hub"),
        endpoint: "http://127.0.0.1:9".into(),
        token: None,
        offline: false,
        timeout: std::time::Duration::from_secs(1),
    };
    let error = |name: &str| Checkpoint::find_in(name, &hub).unwrap_err().to_string();
    assert_eq!(
        error("openai/clip-vit-base-patch32"),
        "model 'openai/clip-vit-base-patch32' is not downloaded"
    );
    assert!(error("/no/such/folder").starts_with("there is no model '/no/such/folder'"));
    assert!(error("").starts_with("there is no model ''"));
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    assert!(error(file.to_str().unwrap()).ends_with("is a file, not a folder with a model"));
    assert!(error(folder.path().to_str().unwrap()).contains("config.json is missing in the model folder"));
}

#[test]
fn the_revision_of_a_folder_follows_its_contents() {
    let (one, other) = (copy("added-tokens"), copy("added-tokens"));
    let revision = |folder: &TempDir| find(folder.path()).unwrap().revision;
    assert_eq!(revision(&one), revision(&other), "a copy is the same model");
    let path: PathBuf = other.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_ne!(revision(&one), revision(&other));
}

#[test]
fn damaged_numbers_are_no_embedding() {
    let folder = copy("b32-quick-gelu");
    let path = folder.path().join("model.safetensors");
    let mut bytes = std::fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[length - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, bytes).unwrap();
    let encoder = find(folder.path()).unwrap().load_vision().unwrap();
    let error = encoder.embed(&[Pixels(vec![0.1; 3 * 224 * 224])]).unwrap_err();
    assert!(matches!(error, ModelError::NotFinite), "{error}");
}

#[test]
fn pixels_of_another_checkpoint_are_refused() {
    let encoder = find(&crate::parity_data::folder("added-tokens")).unwrap().load_vision().unwrap();
    let error = encoder.embed(&[Pixels(vec![0.0; 12])]).unwrap_err();
    assert!(matches!(error, ModelError::PixelCount { found: 12, expected: 15_552 }), "{error}");
    assert!(encoder.embed(&[]).unwrap().is_empty());
}

#[test]
fn the_bundled_model_loads_and_embeds() {
    let checkpoint = Checkpoint::find(DEMO_MODEL).unwrap();
    assert_eq!((checkpoint.id.as_str(), checkpoint.folder.as_deref()), (DEMO_MODEL, None));
    let texts = checkpoint.load_text().unwrap().embed(&["a red circle", ""]).unwrap();
    assert!(texts.iter().all(|text| text.len() == checkpoint.dimension()));
    let picture = image::RgbImage::from_fn(300, 200, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let pixels = checkpoint.preprocessor().apply(&ReducedImage::upright(picture));
    let pictures = checkpoint.load_vision().unwrap().embed(&[pixels]).unwrap();
    assert_eq!(pictures[0].len(), checkpoint.dimension());
}
