//! Enters pictures with vectors that were made elsewhere, as the indexer would enter its own.

use std::path::{Path, PathBuf};

use crate::base::file_id::FileId;
use crate::base::model_key::ModelKey;
use crate::base::paths::{self, mtime_ns};
use crate::catalog::{Catalog, PictureRecord};
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::facts;
use crate::library::memory_limiter::MemoryLimiter;
use crate::library::unreachable::Unreachable;
use crate::picture::{self, DECODER_VERSION, Limits, PictureError, Source};

/// Rows a transaction.
pub(super) const BATCH: usize = 512;

/// A picture to enter: its path relative to the folder that was asked for, what the indexer would record of it but for
/// the path, and its vector at unit length; none for contents that have one already.
pub(super) struct Entry<'a> {
    pub file: &'a PathBuf,
    pub record: PictureRecord,
    pub vector: Option<Vec<f32>>,
}

/// Where rows are entered.
pub(super) struct Target {
    pub collection: Collection,
    pub catalog: Catalog,
    /// The catalogue's number of the model.
    pub model: i64,
}

impl Target {
    pub(super) fn open(
        existing: Option<(Collection, Catalog)>,
        folder: &Path,
        key: &ModelKey,
        keep_model: bool,
    ) -> Result<Self, LibraryError> {
        let (collection, catalog) = existing.map_or_else(|| Collection::open_or_create(folder, false), Ok)?;
        let model = catalog.model(key)?;
        // As after indexing: a part leaves the model that the whole is searched with.
        catalog.remember_run(key, collection.is_whole(), keep_model)?;
        collection.choose_model(&key.id)?;
        Ok(Self { collection, catalog, model })
    }

    /// Enters files (relative to the folder that was asked for) in one transaction.
    pub(super) fn enter(&mut self, entries: &[Entry<'_>]) -> Result<(), LibraryError> {
        let (model, prefix) = (self.model, &self.collection.prefix);
        Ok(self.catalog.write(|writer| {
            for Entry { file, record, vector } in entries {
                let Some(hash) = record.hash else { continue };
                let record = PictureRecord { path: paths::to_bytes(&prefix.join(file)), ..record.clone() };
                if let Some(vector) = vector {
                    writer.embedding(model, hash, vector, DECODER_VERSION)?;
                }
                writer.record(&record)?;
            }
            Ok(())
        })?)
    }

    /// Those of the entered files, relative to the folder that was asked for, that the next `index` would drop, and the
    /// number of the folder's searchable pictures.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub(super) fn outcome(&self, entered: &[PathBuf]) -> Result<(Option<Unreachable>, usize), LibraryError> {
        let walk = self.collection.walk_options(&self.catalog)?;
        let unreachable = self.collection.unreachable(&walk, entered);
        let prefix = self.collection.prefix_bytes();
        Ok((unreachable, self.catalog.counts(Some(self.model), &prefix)?.pictures))
    }
}

/// What the indexer would record of a file, but for its path; and what `look` sees in its bytes.
pub(super) fn read_record<T>(
    path: &Path,
    limiter: &MemoryLimiter,
    look: impl FnOnce(Source<'_>) -> T,
) -> Result<(PictureRecord, T), PictureError> {
    let metadata = path.metadata()?;
    let limits = Limits::default();
    let _reservation = limiter.reserve(metadata.len().min(limits.max_file_bytes));
    let bytes = picture::read_file(path, &limits)?;
    let source = Source::new(&bytes, path);
    let (dimensions, taken_at) = picture::describe(source, &limits)?;
    let seen = look(source);
    // Its sidecars, if it has any, are for the next `index` to see.
    let facts = facts::record(picture::read_facts(source), None, mtime_ns(&metadata));
    let record = PictureRecord {
        path: Vec::new(),
        size: metadata.len(),
        mtime_ns: mtime_ns(&metadata),
        file_id: FileId::of(&metadata),
        hash: Some(*blake3::hash(&bytes).as_bytes()),
        dimensions: Some(dimensions),
        taken_at,
        format: picture::format_name(source).map(str::to_owned),
        decoder: DECODER_VERSION,
        facts: Some(Box::new(facts)),
        ..PictureRecord::default()
    };
    Ok((record, seen))
}
