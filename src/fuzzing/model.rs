//! Folders with a model, one of whose files is not what it should be.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::clip::{Checkpoint, Pixels};

/// Folders below `tests/data/parity`, with the file in question.
const FILES: [(&str, &str); 14] = [
    ("added-tokens", "config.json"),
    ("added-tokens", "preprocessor_config.json"),
    ("added-tokens", "tokenizer.json"),
    ("added-tokens", "model.safetensors"),
    ("gelu-sharded", "model.safetensors.index.json"),
    ("open-clip-quick-gelu", "open_clip_config.json"),
    ("open-clip-quick-gelu", "vocab.json"),
    ("open-clip-quick-gelu", "merges.txt"),
    ("siglip-sentencepiece", "config.json"),
    ("siglip-sentencepiece", "tokenizer_config.json"),
    ("siglip-sentencepiece", "spiece.model"),
    ("siglip2-gemma", "config.json"),
    ("siglip2-gemma", "tokenizer_config.json"),
    ("siglip2-gemma", "tokenizer.json"),
];

/// A copy of each folder, whose files may be changed.
static FOLDERS: LazyLock<io::Result<HashMap<&str, TempDir>>> =
    LazyLock::new(|| FILES.iter().map(|(name, _)| Ok((*name, copy_of(&original(name))?))).collect());

/// The folder of a model that is whole.
fn original(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parity").join(name)
}

/// Reads a model one of whose files has been replaced, and embeds a text and a picture with it. The first line of the bytes
/// is the file's path below `tests/data/parity`, the others are its content; of weights, they are the header.
pub(super) fn model(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (line, bytes) = (&bytes[..end], &bytes[end + 1..]);
    let is_named = |(name, file): &&(&str, &str)| format!("{name}/{file}").as_bytes() == line;
    let Some((name, file)) = FILES.iter().find(is_named) else { return };
    let Some(folder) = FOLDERS.as_ref().ok().and_then(|folders| folders.get(*name)) else { return };
    let path = folder.path().join(file);
    let Ok(whole) = fs::read(original(name).join(file)) else { return };
    let replaced = if file.ends_with(".safetensors") { with_header(bytes, &whole) } else { bytes.to_vec() };
    if fs::write(&path, replaced).is_ok() {
        embed(folder.path());
    }
    let _ = fs::write(&path, whole);
}

fn embed(folder: &Path) {
    let Ok(checkpoint) = Checkpoint::find(&folder.to_string_lossy()) else { return };
    if let Ok(text) = checkpoint.load_text()
        && let Ok(vectors) = text.embed(&["a red circle", "Größe 日本 👍🏽"])
    {
        assert!(vectors.iter().all(|vector| vector.len() == checkpoint.dimension()));
    }
    if let Ok(vision) = checkpoint.load_vision() {
        let side = checkpoint.config().vision.image_size;
        let vectors = vision.embed(&[Pixels(vec![0.5; 3 * side * side])]);
        assert!(vectors.is_ok_and(|vectors| vectors[0].len() == checkpoint.dimension()));
    }
}

/// The tensors of a safetensors file after another header.
fn with_header(header: &[u8], whole: &[u8]) -> Vec<u8> {
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend(&whole[8 + header_of(whole).len()..]);
    file
}

/// The header of a safetensors file that is whole.
fn header_of(whole: &[u8]) -> &[u8] {
    let length = whole.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    &whole[8..][..usize::try_from(length).unwrap_or_default()]
}

/// Inputs that replace each file by itself.
pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let seed = |(name, file): &(&str, &str)| {
        let whole = fs::read(original(name).join(file))?;
        let content = if file.ends_with(".safetensors") { header_of(&whole) } else { &whole };
        Ok([format!("{name}/{file}\n").as_bytes(), content].concat())
    };
    FILES.iter().map(seed).collect()
}

fn copy_of(folder: &Path) -> io::Result<TempDir> {
    let copy = TempDir::with_prefix("pixseek-fuzz-model-")?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
    }
    Ok(copy)
}
