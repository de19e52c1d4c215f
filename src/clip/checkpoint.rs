//! Finding a model by its name, and loading its towers.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::model_key::Precision;
use crate::base::paths;
use crate::clip::config::ClipConfig;
use crate::clip::fingerprint;
use crate::clip::hub::{self, Hub};
use crate::clip::layers::{self, Rounded};
use crate::clip::text::TextTower;
use crate::clip::tokenizer::Tokenizer;
use crate::clip::vision::VisionTower;
use crate::clip::weights::{Weights, shard_names};
use crate::clip::{DEMO_MODEL, ModelError, Placement, Preprocessor, TextEncoder, VisionEncoder};

/// The sizes of both towers.
pub const CONFIG: &str = "config.json";
/// How texts become tokens.
pub const TOKENIZER: &str = "tokenizer.json";
/// How pictures become pixels.
pub const PREPROCESSOR: &str = "preprocessor_config.json";
/// Where newer versions of transformers write what was in [`PREPROCESSOR`].
pub const PROCESSOR: &str = "processor_config.json";
/// The weights, in one file.
pub const WEIGHTS: &str = "model.safetensors";
/// The list of weights in several files.
pub const WEIGHTS_INDEX: &str = "model.safetensors.index.json";

/// The files of the bundled model.
mod bundled {
    macro_rules! asset {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo-model/", $name))
        };
    }
    pub const CONFIG: &[u8] = asset!("config.json");
    pub const TOKENIZER: &[u8] = asset!("tokenizer.json");
    pub const PREPROCESSOR: &[u8] = asset!("preprocessor_config.json");
    pub const WEIGHTS: &[u8] = asset!("model.safetensors");
}

/// A checkpoint whose files were found and whose configuration was read; weights load later.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// As the user named it: `demo`, a hub id, or the folder's canonical path.
    pub id: String,
    /// Hub commit, or a short hash of configuration and weights for folders and `demo`.
    pub revision: String,
    /// The folder with the files; none for the bundled model.
    pub folder: Option<PathBuf>,
    /// Where its towers go, and with which precision.
    pub placement: Placement,
    config: ClipConfig,
    preprocessor: Arc<Preprocessor>,
}

impl Checkpoint {
    /// Finds a model by name: `demo`, a folder, or a hub id that is already in the local cache.
    /// Never downloads.
    ///
    /// # Errors
    /// When the model isn't there, or one of its files is missing or unreadable (which is named).
    pub fn find(name: &str) -> Result<Self, ModelError> {
        Self::find_in(name, &Hub::from_env())
    }

    /// As [`Self::find`], with the hub's settings given.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_in(name: &str, hub: &Hub) -> Result<Self, ModelError> {
        if name == DEMO_MODEL {
            return Self::demo();
        }
        let path = Path::new(name);
        if path.is_dir() {
            let folder = path
                .canonicalize()
                .map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })?;
            if let Some(file) = missing_file(&folder)? {
                return Err(ModelError::MissingFile { file, folder });
            }
            let revision = fingerprint(&folder)?;
            return Self::read(folder.to_string_lossy().into_owned(), revision, Some(folder));
        }
        if path.exists() {
            return Err(ModelError::invalid(path, "is a file, not a folder with a model"));
        }
        if !hub::is_valid_id(name) {
            return Err(ModelError::NoSuchModel(name.to_owned()));
        }
        let snapshot = hub.find(name)?;
        Self::read(name.to_owned(), snapshot.revision, Some(snapshot.folder))
    }

    fn demo() -> Result<Self, ModelError> {
        let mut hasher = blake3::Hasher::new();
        for file in [bundled::CONFIG, bundled::PREPROCESSOR, bundled::WEIGHTS] {
            hasher.update(&(file.len() as u64).to_le_bytes()).update(file);
        }
        Self::read(DEMO_MODEL.to_owned(), fingerprint::short(&hasher), None)
    }

    fn read(id: String, revision: String, folder: Option<PathBuf>) -> Result<Self, ModelError> {
        let files = Files(folder.as_deref());
        let config = ClipConfig::parse(&files.read(CONFIG)?, &files.path(CONFIG))?;
        let preprocessor = if files.has(PREPROCESSOR) { PREPROCESSOR } else { PROCESSOR };
        let preprocessor = Preprocessor::parse(
            &files.read(preprocessor)?,
            config.vision.image_size,
            &files.path(preprocessor),
        )?;
        let placement = Placement::cpu(Precision::F32);
        Ok(Self { id, revision, config, preprocessor: Arc::new(preprocessor), folder, placement })
    }

    /// The precision that `auto` stands for, for a collection that has no vectors yet: int8 where this CPU
    /// multiplies bytes faster than floats (ARCHITECTURE.md has what was measured), else f32.
    pub fn best_precision(&self) -> Precision {
        if self.placement.is_fused() && layers::bytes_are_fast() { Precision::Int8 } else { Precision::F32 }
    }

    /// Length of the embeddings.
    pub fn dimension(&self) -> usize {
        self.config.projection_dim
    }

    /// The sizes of the towers.
    pub fn config(&self) -> &ClipConfig {
        &self.config
    }

    /// Loads the tokenizer and the text tower.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen, or a file is damaged.
    pub fn load_text(&self) -> Result<TextEncoder, ModelError> {
        let files = Files(self.folder.as_deref());
        let tokenizer = Tokenizer::parse(&files.read(TOKENIZER)?, &self.config.text, &files.path(TOKENIZER))?;
        let placement = self.placement_of("text");
        let tower = TextTower::load(files.weights()?, &self.config, &placement)?;
        placement.loaded();
        TextEncoder::new(tokenizer, tower)
    }

    /// Loads the vision tower.
    ///
    /// # Errors
    /// As [`Self::load_text`].
    pub fn load_vision(&self) -> Result<VisionEncoder, ModelError> {
        let weights = Files(self.folder.as_deref()).weights()?;
        let placement = self.placement_of("vision");
        let tower = VisionTower::load(&weights, &self.config, &placement)?;
        placement.loaded();
        Ok(VisionEncoder::new(tower))
    }

    /// Where a tower goes, with its rounded layers if there are any: beside the model, or in the cache folder
    /// if that can't be written. The bundled model is rounded in no time.
    fn placement_of(&self, tower: &str) -> Placement {
        let mut placement = self.placement.clone();
        if let (Some(folder), Precision::Int8, true) =
            (&self.folder, placement.precision, placement.is_fused())
        {
            let source = self.source(folder);
            let key = &blake3::hash(source.as_bytes()).to_hex()[..16];
            let mut places = vec![folder.join(format!("pixseek-{tower}-int8.bin"))];
            if let Ok(cache) = paths::cache_dir() {
                places.push(cache.join("int8").join(format!("{key}-{tower}.bin")));
            }
            // The folder of a model from the hub is the hub's, whose tools look after it.
            if !Path::new(&self.id).is_absolute() {
                places.reverse();
            }
            placement.rounded = Some(Arc::new(Rounded::open(places, &source)));
        }
        placement
    }

    /// What the rounded layers come from: name, revision, and what the files of weights look like.
    fn source(&self, folder: &Path) -> String {
        let mut source = format!("{} {}", self.id, self.revision);
        for name in weight_files(folder).unwrap_or_default() {
            if let Ok(metadata) = folder.join(&name).metadata() {
                source += &format!(" {name} {} {:?}", metadata.len(), metadata.modified().ok());
            }
        }
        source
    }

    /// What turns a picture into [`crate::clip::Pixels`]; cheap to clone, usable from any thread.
    pub fn preprocessor(&self) -> Arc<Preprocessor> {
        Arc::clone(&self.preprocessor)
    }
}

/// Where the files are: a folder, or this program.
struct Files<'a>(Option<&'a Path>);

impl Files<'_> {
    /// For messages, and for reading when it is a folder.
    fn path(&self, name: &str) -> PathBuf {
        self.0.unwrap_or(Path::new("(bundled demo model)")).join(name)
    }

    fn has(&self, name: &str) -> bool {
        self.0.is_none_or(|folder| folder.join(name).exists())
    }

    fn read(&self, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        Ok(match (self.0, name) {
            (Some(_), _) => Cow::Owned(read_json(&self.path(name))?),
            (None, CONFIG) => Cow::Borrowed(bundled::CONFIG),
            (None, TOKENIZER) => Cow::Borrowed(bundled::TOKENIZER),
            (None, _) => Cow::Borrowed(bundled::PREPROCESSOR),
        })
    }

    fn weights(&self) -> Result<Weights, ModelError> {
        match self.0 {
            None => Weights::bundled(bundled::WEIGHTS, &self.path(WEIGHTS)),
            Some(_) if self.has(WEIGHTS) => Weights::open(&self.path(WEIGHTS)),
            Some(_) => Weights::open_sharded(&self.path(WEIGHTS_INDEX)),
        }
    }
}

/// Reads a small file; a tokenizer, the largest of them, has a few megabytes.
fn read_json(path: &Path) -> Result<Vec<u8>, ModelError> {
    const MOST: u64 = 256 << 20;
    let unreadable = |source| ModelError::Unreadable { path: path.to_owned(), source };
    // Looked at first: opening a named pipe would wait for a writer.
    let metadata = path.metadata().map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > MOST {
        return Err(ModelError::invalid(path, "is not a regular file of a reasonable size"));
    }
    std::fs::read(path).map_err(unreadable)
}

/// The first of a model's files that the folder lacks.
///
/// # Errors
/// When the index of a sharded checkpoint can't be read.
pub fn missing_file(folder: &Path) -> Result<Option<String>, ModelError> {
    let has = |name: &str| folder.join(name).exists();
    if !has(CONFIG) {
        return Ok(Some(CONFIG.into()));
    }
    if !has(PREPROCESSOR) && !has(PROCESSOR) {
        return Ok(Some(PREPROCESSOR.into()));
    }
    if !has(TOKENIZER) {
        return Ok(Some(TOKENIZER.into()));
    }
    Ok(weight_files(folder)?.into_iter().find(|name| !has(name)))
}

/// The names of the files with the weights; [`WEIGHTS`] also when there are none.
///
/// # Errors
/// When the index of a sharded checkpoint can't be read.
pub fn weight_files(folder: &Path) -> Result<Vec<String>, ModelError> {
    let index = folder.join(WEIGHTS_INDEX);
    if folder.join(WEIGHTS).exists() || !index.exists() {
        return Ok(vec![WEIGHTS.into()]);
    }
    shard_names(&read_json(&index)?, &index)
}

/// A short hash of everything that an embedding of a picture depends on.
fn fingerprint(folder: &Path) -> Result<String, ModelError> {
    let preprocessor = if folder.join(PREPROCESSOR).exists() { PREPROCESSOR } else { PROCESSOR };
    let mut names = vec![CONFIG.to_owned(), preprocessor.to_owned()];
    names.extend(weight_files(folder)?);
    fingerprint::of_folder(folder, &names)
}
