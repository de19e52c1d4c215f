//! Finding a model by its name, and loading its towers.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bpe;
use super::calibration;
use super::config::{ClipConfig, Family};
use super::encoder::{TextEncoder, VisionEncoder};
use super::error::ModelError;
use super::files::{
    self, CONFIG, MERGES, OPEN_CLIP_CONFIG, PREPROCESSOR, PROCESSOR, SENTENCEPIECE, TOKENIZER,
    TOKENIZER_CONFIG, VOCABULARY, WEIGHTS, WEIGHTS_INDEX,
};
use super::fingerprint::{self, Purpose};
use super::hub::{self, Hub};
use super::layout::{self, Layout};
use super::names::DEMO_MODEL;
use super::open_clip::{OpenClipConfig, OpenClipTokenizer, TokenizerKind};
use super::precision_trial::worst_centred_cosine;
use super::preprocess::Preprocessor;
use super::siglip::{self, SiglipTokenizer, TokenizerClass, TokenizerConfig};
use super::text_tokenizer::TextTokenizer;
use super::tokenizer::{self, Pipeline, Tokenizer, TokenizerCache};
use super::towers::{Placement, TextTower, VisionTower};
use super::weights::Weights;
use crate::base::model_key::Precision;
use crate::base::paths;
use crate::demo;

mod int8;

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

/// Bytes of a `tokenizer.json` below which parsing takes a few milliseconds: its compact form is not kept.
const SMALL_TOKENIZER: u64 = 256 << 10;

/// The least centred cosine to f32 with which a text tower is kept in int8. Below it, one of twenty of the nearest texts was
/// another.
const LEAST_TEXT_COSINE: f32 = 0.995;

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
            let folder = paths::canonicalize(path).map_err(|reason| ModelError::unreadable(path, reason))?;
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
                    config.family,
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

    /// Length of the embeddings, in numbers.
    pub fn dimension(&self) -> usize {
        self.config.projection_dim
    }

    /// The sizes of the towers.
    pub fn config(&self) -> &ClipConfig {
        &self.config
    }

    /// Loads the tokenizer and the text tower. In int8, a tower that loses too much by it stays in f32: a query is short, and
    /// has to be right.
    ///
    /// # Errors
    /// When a tensor is missing or misshapen, or a file is damaged.
    pub fn load_text(&self) -> Result<TextEncoder, ModelError> {
        let tokenizer = self.load_tokenizer()?;
        let files = ModelFiles::of(self.folder.as_deref());
        let load = |placement: &Placement| TextTower::load(files.weights()?, &self.config, placement);
        let run = |tower: &TextTower| calibration::embed_texts(&tokenizer, tower);
        let (placement, exact) = self.int8_placement("text", |recording| run(&load(recording)?))?;
        let mut tower = load(&placement)?;
        match (exact, &placement.int8_cache) {
            (Some(exact), Some(cache)) if worst_centred_cosine(&exact, &run(&tower)?) < LEAST_TEXT_COSINE => {
                cache.give_up();
                tower = load(&placement.exact())?;
            }
            _ => placement.save_int8_cache(),
        }
        TextEncoder::new(tokenizer, tower)
    }

    /// Loads the vision tower.
    ///
    /// # Errors
    /// As [`Self::load_text`].
    pub fn load_vision(&self) -> Result<VisionEncoder, ModelError> {
        let weights = ModelFiles::of(self.folder.as_deref()).weights()?;
        let load = |placement: &Placement| VisionTower::load(&weights, &self.config, placement);
        let (placement, _) = self.int8_placement("vision", |recording| {
            let tower = load(recording)?;
            let pictures = calibration::pictures(&self.preprocessor, tower.tokens());
            VisionEncoder::new(tower).embed(&pictures)
        })?;
        let tower = load(&placement)?;
        placement.save_int8_cache();
        Ok(VisionEncoder::new(tower))
    }

    fn load_tokenizer(&self) -> Result<TextTokenizer, ModelError> {
        match self.config.family {
            Family::Clip => self.load_clip_tokenizer().map(TextTokenizer::Clip),
            Family::Siglip => self.load_siglip_tokenizer().map(TextTokenizer::Siglip),
        }
    }

    /// Reads `tokenizer.json`, or, where there is none, `vocab.json` and `merges.txt`.
    fn load_clip_tokenizer(&self) -> Result<Tokenizer, ModelError> {
        let (files, config) = (ModelFiles::of(self.folder.as_deref()), &self.config.text);
        let cleans = self.open_clip.is_some();
        let path = files.path(TOKENIZER);
        let has_merges = !files.has(TOKENIZER);
        let from_merges = || {
            let (path, merges_path) = (files.path(VOCABULARY), files.path(MERGES));
            let (vocabulary, merges) = (files.read(VOCABULARY)?, files.read(MERGES)?);
            Ok::<_, ModelError>((bpe::clip_tokenizer((&vocabulary, &path), (&merges, &merges_path))?, path))
        };
        if let Some(TokenizerKind::Simple) = self.open_clip {
            let (inner, path) = if has_merges {
                from_merges()?
            } else {
                (tokenizer::read(&files.read(TOKENIZER)?, &path)?, path)
            };
            return Tokenizer::of_open_clip(OpenClipTokenizer::new(&inner, &path)?, config, &path);
        }
        if has_merges {
            let (inner, path) = from_merges()?;
            let pipeline =
                Pipeline::of_library(inner).map_err(|reason| ModelError::invalid(&path, reason))?;
            return Tokenizer::new(pipeline, cleans, config, &path);
        }
        let pipeline = match &self.folder {
            Some(folder) => {
                let cache = self.tokenizer_cache(folder, &[TOKENIZER])?;
                Pipeline::load(&path, cache.as_ref(), |_| Ok(()))?
            }
            None => Pipeline::parse(&files.read(TOKENIZER)?)
                .map_err(|reason| ModelError::invalid(&path, reason))?,
        };
        Tokenizer::new(pipeline, cleans, config, &path)
    }

    fn load_siglip_tokenizer(&self) -> Result<SiglipTokenizer, ModelError> {
        let (files, config) = (ModelFiles::of(self.folder.as_deref()), &self.config.text);
        let path = files.path(TOKENIZER);
        let config_path = files.path(TOKENIZER_CONFIG);
        let tokenizer = TokenizerConfig::parse(&files.read(TOKENIZER_CONFIG)?, &config_path)?;
        let class = tokenizer.class().map_err(|reason| ModelError::invalid(&config_path, reason))?;
        let model = files.path(SENTENCEPIECE);
        if class == TokenizerClass::Siglip && files.has(SENTENCEPIECE) {
            return SiglipTokenizer::of_sentencepiece(
                &files.read(SENTENCEPIECE)?,
                &tokenizer,
                config,
                &model,
            );
        }
        let cache = match &self.folder {
            Some(folder) => self.tokenizer_cache(folder, &[TOKENIZER, TOKENIZER_CONFIG])?,
            None => None,
        };
        let pipeline = Pipeline::load(&path, cache.as_ref(), |settings| siglip::adapt(settings, &tokenizer))?;
        SiglipTokenizer::of_pipeline(pipeline, &tokenizer, config, &path)
    }

    /// Where the compact form of a tokenizer is kept that comes from these files, the first of which is the large one;
    /// none if that is parsed in no time.
    fn tokenizer_cache(&self, folder: &Path, names: &[&str]) -> Result<Option<TokenizerCache>, ModelError> {
        let large = names.first().map(|name| folder.join(name).metadata());
        if large.is_none_or(|file| file.is_ok_and(|file| file.len() < SMALL_TOKENIZER)) {
            return Ok(None);
        }
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let fingerprint = fingerprint::of_folder(folder, Purpose::Tokenizer, &names)?;
        let source = format!("{:?} {fingerprint}", self.config.family);
        Ok(Some(TokenizerCache::new(
            self.cache_places(folder, "tokenizers", "tokenizer.bin", &fingerprint),
            &source,
        )))
    }

    /// Where a file derived from the model's may lie, best first: beside the model, or in the user's cache folder if that
    /// can't be written. The folder of a model from the hub is the hub's, whose tools look after it.
    fn cache_places(&self, folder: &Path, elsewhere: &str, name: &str, key: &str) -> Vec<PathBuf> {
        let mut places = vec![folder.join(format!("pixseek-{name}"))];
        if let Ok(cache) = paths::cache_dir() {
            let short = name.replace("-int8", "");
            places.push(cache.join(elsewhere).join(format!("{key}-{short}")));
        }
        if !Path::new(&self.id).is_absolute() {
            places.reverse();
        }
        places
    }

    /// Where the vectors of a list of words may be kept, best first; nowhere for the bundled model, which is quick. `key`
    /// tells lists apart.
    pub(crate) fn places_of_words(&self, key: &str) -> Vec<PathBuf> {
        let places =
            |folder: &PathBuf| self.cache_places(folder, "words", &format!("words-{key}.bin"), "list");
        self.folder.as_ref().map(places).unwrap_or_default()
    }

    /// What changes when the files of the tokenizer do: their names, sizes and times.
    pub(crate) fn state_of_tokenizer(&self) -> String {
        let Some(folder) = &self.folder else { return String::new() };
        let state = |name: &&str| {
            let file = folder.join(name).metadata().ok()?;
            Some(format!("{name} {} {:?}\n", file.len(), file.modified().ok()))
        };
        let names = [TOKENIZER, TOKENIZER_CONFIG, VOCABULARY, MERGES, SENTENCEPIECE];
        names.iter().filter_map(state).collect()
    }

    /// The words for what the model has seen, if it was taught so few that they can be told.
    pub fn learned_words(&self) -> Option<Vec<&'static str>> {
        (self.id == DEMO_MODEL).then(demo::words)
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
    fingerprint::of_folder(folder, Purpose::Revision, &names)
}
