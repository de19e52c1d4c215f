//! The files of a model's folder.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::ModelError;

/// The sizes of both towers.
pub(super) const CONFIG: &str = "config.json";
/// How texts become tokens.
pub(super) const TOKENIZER: &str = "tokenizer.json";
/// Which class of transformers turns texts into tokens; read for SigLIP models.
pub(super) const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// What SigLIP 1 has in place of, or beside, [`TOKENIZER`].
pub(super) const SENTENCEPIECE: &str = "spiece.model";
/// How pictures become pixels.
pub(super) const PREPROCESSOR: &str = "preprocessor_config.json";
/// Where newer versions of transformers write what was in [`PREPROCESSOR`].
pub(super) const PROCESSOR: &str = "processor_config.json";
/// The vocabulary of a tokenizer without [`TOKENIZER`]: an object of tokens and their ids.
pub(super) const VOCABULARY: &str = "vocab.json";
/// What [`VOCABULARY`] needs: pairs of tokens that are merged, one a line, best first.
pub(super) const MERGES: &str = "merges.txt";
/// The weights, in one file.
pub(super) const WEIGHTS: &str = "model.safetensors";
/// The list of weights in several files.
pub(super) const WEIGHTS_INDEX: &str = "model.safetensors.index.json";
/// What open_clip writes in place of [`CONFIG`] and [`PREPROCESSOR`].
pub(super) const OPEN_CLIP_CONFIG: &str = "open_clip_config.json";
/// What open_clip writes in place of [`WEIGHTS`]: the same tensors by other names.
pub(super) const OPEN_CLIP_WEIGHTS: &str = "open_clip_model.safetensors";
/// Weights as Python objects, as transformers and open_clip wrote them once, and what they are called when they are
/// converted. Opening such a file can run code that is in it, so that pixseek does not.
pub(super) const PICKLED_WEIGHTS: [(&str, &str); 2] =
    [("pytorch_model.bin", WEIGHTS), ("open_clip_pytorch_model.bin", OPEN_CLIP_WEIGHTS)];

/// Largest JSON file that is read, in bytes; a tokenizer, the largest of them, has a few megabytes.
pub(super) const MAX_JSON_BYTES: u64 = 256 << 20;

/// Reads a JSON file of a model.
///
/// # Errors
/// When it can't be read, is no regular file, or is larger than any such file should be.
pub(super) fn read_json(path: &Path) -> Result<Vec<u8>, ModelError> {
    read(path, MAX_JSON_BYTES).map_err(|reason| ModelError::unreadable(path, reason))
}

/// Reads a regular file of at most `max_bytes`.
pub(super) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    // Looked at first: opening a named pipe would wait for a writer.
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(max_bytes)).unwrap_or(0));
    File::open(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max_bytes {
        return Err(io::Error::other(format!("it has more than {max_bytes} bytes")));
    }
    Ok(bytes)
}

/// Whether a `config.json` is that of a SigLIP model, whose tokenizer has other files than CLIP's.
pub(super) fn is_siglip(config: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Config {
        model_type: Option<String>,
    }
    // What is wrong with the file is said by whoever reads all of it.
    serde_json::from_slice::<Config>(config)
        .is_ok_and(|config| config.model_type.as_deref() == Some("siglip"))
}

/// The file names in a `model.safetensors.index.json`, sorted, each once. `path` is for messages.
///
/// # Errors
/// When the JSON is damaged or a name leads out of the folder.
pub(super) fn shard_names(json: &[u8], path: &Path) -> Result<Vec<String>, ModelError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: HashMap<String, String>,
    }
    let index: Index = serde_json::from_slice(json).map_err(|e| ModelError::invalid(path, e))?;
    let mut names: Vec<String> = index.weight_map.into_values().collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(ModelError::invalid(path, "lists no weights"));
    }
    match names.iter().find(|name| name.contains(['/', '\\', ':']) || !name.ends_with(".safetensors")) {
        Some(name) => {
            Err(ModelError::invalid(path, format!("lists '{name}', which is no safetensors file beside it")))
        }
        None => Ok(names),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_reasonable_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(read_json(folder.path()).unwrap_err().to_string().ends_with("not a regular file"));
        assert!(read_json(&path).unwrap_err().to_string().contains("config.json"));
        std::fs::write(&path, "{}").unwrap();
        assert_eq!(read_json(&path).unwrap(), b"{}");
        assert_eq!(read(&path, 1).unwrap_err().to_string(), "it has more than 1 bytes");
    }

    #[test]
    fn an_index_can_not_lead_out_of_its_folder() {
        let path = Path::new("m/model.safetensors.index.json");
        for name in ["../x.safetensors", "/x.safetensors", "C:x.safetensors", "x.bin"] {
            let json = format!(r#"{{"weight_map": {{"a": "{name}"}}}}"#);
            assert!(shard_names(json.as_bytes(), path).unwrap_err().to_string().contains(name));
        }
        assert!(shard_names(br#"{"weight_map": {}}"#, path).is_err());
        let json = br#"{"weight_map": {"b": "2.safetensors", "a": "1.safetensors", "c": "2.safetensors"}}"#;
        assert_eq!(shard_names(json, path).unwrap(), ["1.safetensors", "2.safetensors"]);
    }
}
