//! Finding a model by its name, and loading its towers.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::ClipConfig;
use super::encoder::{TextEncoder, VisionEncoder};
use super::error::ModelError;
use super::files::{
    self, CONFIG, MERGES, OPEN_CLIP_CONFIG, PREPROCESSOR, PROCESSOR, TOKENIZER, VOCABULARY, WEIGHTS,
    WEIGHTS_INDEX,
};
use super::hub::{self, Hub};
use super::layout::{self, Layout};
use super::names::DEMO_MODEL;
use super::open_clip::{OpenClipConfig, OpenClipTokenizer, TokenizerKind};
use super::preprocess::Preprocessor;
use super::tokenizer::{self, Tokenizer};
use super::towers::{Int8Cache, Placement, TextTower, VisionTower, int8_is_fast};
use super::weights::Weights;
use super::{bpe, fingerprint};
use crate::base::model_key::Precision;
use crate::base::paths;

/// The files of the bundled model.
mod bundled {
    macro_rules! asset {
        ($name:literal) => {
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo-model/", $name))
        };
    }
    pub(crate) const CONFIG: &[u8] = asset!("config.json");
    pub(crate) const TOKENIZER: &[u8] = asset!("tokenizer.json");
    pub(crate) const PREPROCESSOR: &[u8] = asset!("preprocessor_config.json");
    pub(crate) const WEIGHTS: &[u8] = asset!("model.safetensors");
}

/// A checkpoint whose files were found and whose configuration was read; weights load later.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// As the user named it: `demo`, a hub id, or the folder's canonical path.
    pub id: String,
    /// Hub commit; for folders and `demo` a short hash of configuration and weights.
    pub revision: String,
    /// The folder with the files; none for the bundled model, which is part of the program.
    pub folder: Option<PathBuf>,
    /// Where its towers go, and with which precision.
    pub placement: Placement,
    config: ClipConfig,
    preprocessor: Arc<Preprocessor>,
    /// Of open_clip's layout: how its texts become tokens.
    open_clip: Option<TokenizerKind>,
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
            let folder = path.canonicalize().map_err(|reason| ModelError::unreadable(path, reason))?;
            if let Some(file) = layout::missing_file(&folder)? {
                return Err(layout::missing(file, &folder));
            }
            let revision = fingerprint_of(&folder)?;
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
        let files = ModelFiles::of(folder.as_deref());
        let (config, preprocessor, open_clip) = match files.layout {
            Layout::HuggingFace => {
                let config = ClipConfig::parse(&files.read(CONFIG)?, &files.path(CONFIG))?;
                let preprocessor = if files.has(PREPROCESSOR) { PREPROCESSOR } else { PROCESSOR };
                let preprocessor = Preprocessor::parse(
                    &files.read(preprocessor)?,
                    config.vision.image_size,
                    &files.path(preprocessor),
                )?;
                (config, preprocessor, None)
            }
            Layout::OpenClip => {
                let path = files.path(OPEN_CLIP_CONFIG);
                let config = OpenClipConfig::parse(&files.read(OPEN_CLIP_CONFIG)?, &path)?;
                (config.clip, config.preprocessor, Some(config.tokenizer))
            }
        };
        let placement = Placement::cpu(Precision::F32);
        Ok(Self { id, revision, config, preprocessor: Arc::new(preprocessor), open_clip, folder, placement })
    }

    /// The precision that is best for embeddings of which there are none yet: int8 where this CPU multiplies bytes
    /// faster than floats, else f32.
    pub fn best_precision(&self) -> Precision {
        if self.placement.is_fused() && int8_is_fast() { Precision::Int8 } else { Precision::F32 }
    }

    /// Length of the embeddings, in numbers.
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
        let files = ModelFiles::of(self.folder.as_deref());
        let tokenizer = self.load_tokenizer(&files)?;
        let placement = self.placement_of("text");
        let tower = TextTower::load(files.weights()?, &self.config, &placement)?;
        placement.save_int8_cache();
        TextEncoder::new(tokenizer, tower)
    }

    /// Reads `tokenizer.json`, or, where there is none, `vocab.json` and `merges.txt`.
    fn load_tokenizer(&self, files: &ModelFiles<'_>) -> Result<Tokenizer, ModelError> {
        let text = &self.config.text;
        let (inner, path) = if files.has(TOKENIZER) {
            let path = files.path(TOKENIZER);
            (tokenizer::read(&files.read(TOKENIZER)?, &path)?, path)
        } else {
            let (path, merges_path) = (files.path(VOCABULARY), files.path(MERGES));
            let (vocabulary, merges) = (files.read(VOCABULARY)?, files.read(MERGES)?);
            (bpe::clip_tokenizer((&vocabulary, &path), (&merges, &merges_path))?, path)
        };
        match self.open_clip {
            None => Tokenizer::new(inner, false, text, &path),
            Some(TokenizerKind::HuggingFace) => Tokenizer::new(inner, true, text, &path),
            Some(TokenizerKind::Simple) => {
                Tokenizer::of_open_clip(OpenClipTokenizer::new(&inner, &path)?, text, &path)
            }
        }
    }

    /// Loads the vision tower.
    ///
    /// # Errors
    /// As [`Self::load_text`].
    pub fn load_vision(&self) -> Result<VisionEncoder, ModelError> {
        let weights = ModelFiles::of(self.folder.as_deref()).weights()?;
        let placement = self.placement_of("vision");
        let tower = VisionTower::load(&weights, &self.config, &placement)?;
        placement.save_int8_cache();
        Ok(VisionEncoder::new(tower))
    }

    /// Where a tower goes, with its int8 cache if it needs one: beside the model, or in the user's cache folder
    /// if that can't be written. The bundled model is rounded in no time.
    fn placement_of(&self, tower: &str) -> Placement {
        let mut placement = self.placement.clone();
        if let (Some(folder), Precision::Int8, true) =
            (&self.folder, placement.precision, placement.is_fused())
        {
            let source = self.int8_source(folder);
            let key = &blake3::hash(source.as_bytes()).to_hex()[..16];
            let mut places = vec![folder.join(format!("pixseek-{tower}-int8.bin"))];
            if let Ok(cache) = paths::cache_dir() {
                places.push(cache.join("int8").join(format!("{key}-{tower}.bin")));
            }
            // The folder of a model from the hub is the hub's, whose tools look after it.
            if !Path::new(&self.id).is_absolute() {
                places.reverse();
            }
            placement.int8_cache = Some(Arc::new(Int8Cache::open(places, &source)));
        }
        placement
    }

    /// What the int8 cache comes from: name, revision, and sizes and times of the files of weights.
    fn int8_source(&self, folder: &Path) -> String {
        let mut source = format!("{} {}", self.id, self.revision);
        for name in layout::weight_files(folder).unwrap_or_default() {
            if let Ok(metadata) = folder.join(&name).metadata() {
                source += &format!(" {name} {} {:?}", metadata.len(), metadata.modified().ok());
            }
        }
        source
    }

    /// What turns a picture into [`Pixels`](super::Pixels); cheap to clone, usable from any thread.
    pub fn preprocessor(&self) -> Arc<Preprocessor> {
        Arc::clone(&self.preprocessor)
    }
}

/// Where the files of a model are, and how they are called.
struct ModelFiles<'a> {
    /// None for the model that is part of this program.
    folder: Option<&'a Path>,
    layout: Layout,
}

impl<'a> ModelFiles<'a> {
    fn of(folder: Option<&'a Path>) -> Self {
        Self { folder, layout: folder.map_or(Layout::HuggingFace, Layout::of) }
    }

    /// The path of a file: for messages, and for reading when there is a folder.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.unwrap_or(Path::new("(bundled demo model)")).join(name)
    }

    fn has(&self, name: &str) -> bool {
        self.folder.is_none_or(|folder| folder.join(name).exists())
    }

    fn read(&self, name: &str) -> Result<Cow<'static, [u8]>, ModelError> {
        Ok(match (self.folder, name) {
            (Some(_), _) => Cow::Owned(files::read_json(&self.path(name))?),
            (None, CONFIG) => Cow::Borrowed(bundled::CONFIG),
            (None, TOKENIZER) => Cow::Borrowed(bundled::TOKENIZER),
            (None, _) => Cow::Borrowed(bundled::PREPROCESSOR),
        })
    }

    fn weights(&self) -> Result<Weights, ModelError> {
        match (self.folder, self.layout) {
            (None, _) => Weights::bundled(bundled::WEIGHTS, &self.path(WEIGHTS)),
            (Some(folder), Layout::OpenClip) => {
                let names = layout::weight_files(folder)?;
                let path = folder.join(names.first().map_or(WEIGHTS, String::as_str));
                Ok(Weights::open(&path)?.named_by_open_clip())
            }
            (Some(_), Layout::HuggingFace) if self.has(WEIGHTS) => Weights::open(&self.path(WEIGHTS)),
            (Some(_), Layout::HuggingFace) => Weights::open_sharded(&self.path(WEIGHTS_INDEX)),
        }
    }
}

/// A short hash of every file that an embedding of a picture depends on.
fn fingerprint_of(folder: &Path) -> Result<String, ModelError> {
    let mut names = match Layout::of(folder) {
        Layout::OpenClip => vec![OPEN_CLIP_CONFIG.to_owned()],
        Layout::HuggingFace => {
            let preprocessor = if folder.join(PREPROCESSOR).exists() { PREPROCESSOR } else { PROCESSOR };
            vec![CONFIG.to_owned(), preprocessor.to_owned()]
        }
    };
    names.extend(layout::weight_files(folder)?);
    fingerprint::of_folder(folder, &names)
}
