//! Which of the two layouts a model's folder has, and which files make it complete.

use std::path::Path;

use serde_json::Value;

use super::config::ClipConfig;
use super::error::ModelError;
use super::files::{
    self, CONFIG, MERGES, OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS, PICKLED_WEIGHTS, PREPROCESSOR, PROCESSOR,
    SENTENCEPIECE, TOKENIZER, TOKENIZER_CONFIG, VOCABULARY, WEIGHTS, WEIGHTS_INDEX,
};
use super::open_clip::OpenClipConfig;
use super::weights::Weights;

/// How the files of a model's folder are called, and what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// As transformers' `save_pretrained` writes a `CLIPModel`.
    HuggingFace,
    /// As open_clip's `push_to_hf_hub.py` writes a model: [`OPEN_CLIP_CONFIG`] and [`OPEN_CLIP_WEIGHTS`], or the tensors
    /// of the latter in [`WEIGHTS`].
    OpenClip,
}

impl Layout {
    /// The layout of a folder; of one with both, which hold the same model, the Hugging Face one. A folder with neither
    /// is taken for an incomplete Hugging Face one.
    pub(super) fn of(folder: &Path) -> Self {
        let has = |name: &str| folder.join(name).exists();
        if !has(OPEN_CLIP_CONFIG) {
            return Self::HuggingFace;
        }
        let weights_are_transformers =
            || has(WEIGHTS_INDEX) || has(WEIGHTS) && !is_of_open_clip(&folder.join(WEIGHTS));
        if is_of_transformers(&folder.join(CONFIG)) && weights_are_transformers() {
            Self::HuggingFace
        } else {
            Self::OpenClip
        }
    }
}

/// Whether a `config.json` is one of transformers: folders of open_clip may have timm's, or one that says nothing. A
/// damaged one counts, so that whoever reads it can tell.
pub(super) fn is_of_transformers(config: &Path) -> bool {
    const KEYS: [&str; 5] =
        ["model_type", "text_config", "vision_config", "text_config_dict", "vision_config_dict"];
    if !config.exists() {
        return false;
    }
    let read = files::read_json(config).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
    read.is_none_or(|config| KEYS.iter().any(|key| config.get(key).is_some()))
}

/// Whether a safetensors file has the tensors of open_clip's vision tower. One that can't be read has not.
fn is_of_open_clip(weights: &Path) -> bool {
    Weights::open(weights).is_ok_and(|weights| weights.contains("visual.class_embedding"))
}

/// The first of a model's files that the folder lacks.
///
/// # Errors
/// When the index of a sharded checkpoint can't be read.
pub(super) fn missing_file(folder: &Path) -> Result<Option<String>, ModelError> {
    let has = |name: &str| folder.join(name).exists();
    if Layout::of(folder) == Layout::HuggingFace {
        if !has(CONFIG) {
            return Ok(Some(CONFIG.into()));
        }
        if !has(PREPROCESSOR) && !has(PROCESSOR) {
            return Ok(Some(PREPROCESSOR.into()));
        }
    }
    let is_siglip = Layout::of(folder) == Layout::HuggingFace
        && files::is_siglip(&files::read_json(&folder.join(CONFIG))?);
    if is_siglip {
        if !has(TOKENIZER_CONFIG) {
            return Ok(Some(TOKENIZER_CONFIG.into()));
        }
        if !has(TOKENIZER) && !has(SENTENCEPIECE) {
            return Ok(Some(TOKENIZER.into()));
        }
    } else if !has(TOKENIZER) {
        match (has(VOCABULARY), has(MERGES)) {
            (true, true) => {}
            (true, false) => return Ok(Some(MERGES.into())),
            (false, true) => return Ok(Some(VOCABULARY.into())),
            (false, false) => return Ok(Some(TOKENIZER.into())),
        }
    }
    Ok(weight_files(folder)?.into_iter().find(|name| !has(name)))
}

/// The error of a folder that lacks `file`. If its model would not be supported anyway, it says that; if the weights are
/// there in another form, that.
pub(super) fn missing(file: String, folder: &Path) -> ModelError {
    if let Err(error @ ModelError::Invalid { .. }) = check_config(folder) {
        return error;
    }
    let is_weights = [WEIGHTS, OPEN_CLIP_WEIGHTS].contains(&file.as_str());
    let [of_transformers, of_open_clip] = PICKLED_WEIGHTS;
    let candidates: &[_] = match Layout::of(folder) {
        Layout::HuggingFace => &[of_transformers],
        Layout::OpenClip => &[of_open_clip, of_transformers],
    };
    match candidates.iter().find(|(pickled, _)| is_weights && folder.join(pickled).exists()) {
        Some((file, wanted)) => ModelError::Pickled { file, wanted, folder: folder.to_owned() },
        None => ModelError::MissingFile { file, folder: folder.to_owned() },
    }
}

/// Reads the configuration of a folder, and tells whether its model is supported.
///
/// # Errors
/// When it is not, or the file can't be read.
pub(super) fn check_config(folder: &Path) -> Result<(), ModelError> {
    match Layout::of(folder) {
        Layout::HuggingFace => {
            let path = folder.join(CONFIG);
            ClipConfig::parse(&files::read_json(&path)?, &path).map(|_| ())
        }
        Layout::OpenClip => {
            let path = folder.join(OPEN_CLIP_CONFIG);
            OpenClipConfig::parse(&files::read_json(&path)?, &path).map(|_| ())
        }
    }
}

/// The names of the files with the weights; where there are none, the name of the file that should be there.
///
/// # Errors
/// When the index of a sharded checkpoint can't be read.
pub(super) fn weight_files(folder: &Path) -> Result<Vec<String>, ModelError> {
    let has = |name: &str| folder.join(name).exists();
    match Layout::of(folder) {
        Layout::OpenClip if !has(OPEN_CLIP_WEIGHTS) && is_of_open_clip(&folder.join(WEIGHTS)) => {
            Ok(vec![WEIGHTS.into()])
        }
        Layout::OpenClip => Ok(vec![OPEN_CLIP_WEIGHTS.into()]),
        Layout::HuggingFace if has(WEIGHTS) || !has(WEIGHTS_INDEX) => Ok(vec![WEIGHTS.into()]),
        Layout::HuggingFace => {
            let index = folder.join(WEIGHTS_INDEX);
            files::shard_names(&files::read_json(&index)?, &index)
        }
    }
}

#[cfg(test)]
mod tests {
    use safetensors::Dtype;
    use safetensors::tensor::TensorView;

    use super::*;

    /// A safetensors file with one tensor.
    fn weights(folder: &Path, file: &str, tensor: &str) {
        let tensor = (tensor, TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap());
        safetensors::serialize_to_file([tensor], None, &folder.join(file)).unwrap();
    }

    fn write(folder: &Path, file: &str, text: &str) {
        std::fs::write(folder.join(file), text).unwrap();
    }

    #[test]
    fn of_both_layouts_the_hugging_face_one_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let of = || (Layout::of(folder), weight_files(folder).unwrap());
        let (hugging_face, open_clip) = (
            (Layout::HuggingFace, vec![WEIGHTS.to_owned()]),
            (Layout::OpenClip, vec![OPEN_CLIP_WEIGHTS.to_owned()]),
        );
        assert_eq!(of(), hugging_face);
        write(folder, OPEN_CLIP_CONFIG, "{}");
        assert_eq!(of(), open_clip);
        write(folder, CONFIG, r#"{"model_type": "clip"}"#);
        // Not without its weights: these are open_clip's.
        assert_eq!(of(), open_clip);
        weights(folder, OPEN_CLIP_WEIGHTS, "visual.class_embedding");
        assert_eq!(of(), open_clip);
        weights(folder, WEIGHTS, "vision_model.embeddings.class_embedding");
        assert_eq!(of(), hugging_face);
        // What timm writes there is nothing for transformers.
        write(folder, CONFIG, r#"{"architecture": "vit_base_patch32_clip_256"}"#);
        assert_eq!(of(), open_clip);
        write(folder, CONFIG, "{");
        assert_eq!(of(), hugging_face);
    }

    #[test]
    fn open_clips_tensors_may_lie_in_the_usual_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, OPEN_CLIP_CONFIG, "{}");
        write(folder, CONFIG, r#"{"model_type": "clip"}"#);
        weights(folder, WEIGHTS, "visual.class_embedding");
        assert_eq!(
            (Layout::of(folder), weight_files(folder).unwrap()),
            (Layout::OpenClip, vec![WEIGHTS.into()])
        );
    }

    #[test]
    fn half_a_tokenizer_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let config = |text: &str| {
            write(
                folder,
                OPEN_CLIP_CONFIG,
                &format!(
                    r#"{{"model_cfg": {{"embed_dim": 8, "vision_cfg": {{}}, "text_cfg": {{{text}}}}}}}"#
                ),
            );
        };
        config("");
        let missing = || missing_file(folder).unwrap().unwrap();
        assert_eq!(missing(), TOKENIZER);
        write(folder, VOCABULARY, "{}");
        assert_eq!(missing(), MERGES);
        write(folder, MERGES, "");
        assert_eq!(missing(), OPEN_CLIP_WEIGHTS);
        write(folder, "open_clip_pytorch_model.bin", "");
        let error = super::missing(missing(), folder).to_string();
        assert!(error.contains("only in open_clip_pytorch_model.bin"), "{error}");
        // Nobody needs to convert what is of no use.
        config(r#""hf_model_name": "xlm-roberta-base""#);
        let error = super::missing(missing(), folder).to_string();
        assert!(error.contains("'xlm-roberta-base'"), "{error}");
    }
}
