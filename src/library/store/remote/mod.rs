//! The store on a Milvus server: one collection, a partition for each model, a row for each picture.
//!
//! The server narrows and ranks ([`expression`], [`searching`], [`listing`]). What it can't tell exactly is looked at here,
//! with what it finds: filters ([`residual`]), scores and ties, so that answers are those of the local store.

mod collection;
mod expression;
mod listing;
mod pages;
mod path_text;
mod publisher;
mod residual;
mod row;
mod runs;
mod scan;
mod schema;
mod searching;
mod takeover;
mod thumbnail_maker;
mod thumbnails;
mod vectors;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;

pub(super) use publisher::Publisher;

use expression::{all_of, of_place};
use row::{FoundRow, OUTPUT, OUTPUT_WITH_VECTOR, found_rows};
use schema::{LOADING, field};
use thumbnails::ThumbnailReader;

use super::access::StoreAccess;
use super::error::{StoreError, StoreErrorKind};
use super::place::{Place, picture_key};
use super::records::{Reader, SharedStatus, StoredFacts, StoredThumbnail};
use super::url::StoreUrl;
use super::{Store, Vector};
use crate::base::model_key::ModelKey;
use crate::base::paths::{self, mtime_ns};
use crate::base::picture_facts::PictureFacts;
use crate::catalog::WordSplitter;
use crate::index::VectorStore;
use crate::library::error::LibraryError;
use crate::library::path_set::PathSet;
use crate::library::searcher::{Answer, Folded, Hit, Narrowing, Target, mean};
use crate::milvus::{Address, Asked, Client, Consistency, IndexKind, Patience, Scope};

/// Number of pictures whose values complete what is typed.
const VALUES_OF: usize = 4096;
/// The longest list of paths that answers can be limited to.
const LONGEST_LIST: usize = 100_000;

impl StoreAccess {
    fn client(&self, patience: Patience) -> Result<Client, Box<StoreError>> {
        let StoreUrl { tls, host, port, .. } = &self.url;
        let address =
            Address { host: host.clone(), port: *port, tls: *tls, authorities: self.authorities.clone() };
        Client::new(&address, self.token.as_deref(), patience).map_err(|error| self.error(error))
    }

    fn error(&self, kind: impl Into<StoreErrorKind>) -> Box<StoreError> {
        Box::new(StoreError { store: self.url.clone(), kind: kind.into() })
    }
}

/// The models that a store has vectors of.
///
/// # Errors
/// When the server can't be reached, or has no collection of that name.
pub(super) fn models_of(access: &StoreAccess) -> Result<Vec<ModelKey>, LibraryError> {
    let client = access.client(Patience::BRIEF)?;
    Ok(runs::models(&client, access)?)
}

/// One folder's part of a store, with one model.
pub(super) struct Remote {
    access: StoreAccess,
    client: Client,
    partition: String,
    place: Place,
    key: ModelKey,
    index: IndexKind,
    splitter: WordSplitter,
    consistency: Consistency,
    /// Whether answers tell how many pictures filters leave, which takes a request each.
    counts: bool,
    /// The keys that answers are limited to, as an expression; empty for all.
    among: String,
    pictures: usize,
    /// Whether the last [`Store::refresh`] failed.
    failed: bool,
    /// Some vectors, over which the spread of scores is taken.
    sample: OnceCell<VectorStore>,
    /// What has the thumbnails, once one was asked for.
    thumbnails: Option<ThumbnailReader>,
}

impl Remote {
    /// Opens the part of a store that a folder has, with one model.
    ///
    /// # Errors
    /// When the server can't be reached, or has no vectors of the model.
    pub(super) fn open(
        access: &StoreAccess,
        place: Place,
        key: &ModelKey,
        reader: Reader,
    ) -> Result<Self, LibraryError> {
        let failed = |kind: StoreErrorKind| access.error(kind);
        let client = access.client(Patience::BRIEF)?;
        let name = &access.url.name;
        let found = client.schema(name).map_err(|error| failed(error.into()))?;
        let found = found.ok_or_else(|| failed(StoreErrorKind::NoCollection(name.clone())))?;
        // A model that has no vectors there may have another dimension.
        let partition = schema::partition(key);
        let partitions = client.partitions(name).map_err(|error| failed(error.into()))?;
        if found.description == schema::schema(1).description && !partitions.contains(&partition) {
            let in_words = |key: &ModelKey| format!("{} ({})", key.id, key.precision);
            let others = runs::models(&client, access)?.iter().map(in_words).collect();
            let model = in_words(key);
            return Err(failed(StoreErrorKind::NoVectors { model, others }).into());
        }
        schema::check(&found, key.dimension)
            .map_err(|reason| failed(StoreErrorKind::Unfit { name: name.clone(), reason }))?;
        let index = client.index(name, field::VECTOR).map_err(|error| failed(error.into()))?;
        let index = index.unwrap_or(IndexKind::Other);
        client.load(name, LOADING).map_err(|error| failed(error.into()))?;
        let splitter = WordSplitter::new().map_err(|kind| failed(StoreErrorKind::Words(kind)))?;
        let mut remote = Self {
            access: access.clone(),
            client,
            partition,
            place,
            key: key.clone(),
            index,
            splitter,
            consistency: match reader {
                Reader::Once => Consistency::Strong,
                Reader::Browser => Consistency::Bounded,
            },
            counts: reader == Reader::Once,
            among: String::new(),
            pictures: 0,
            failed: false,
            sample: OnceCell::new(),
            thumbnails: None,
        };
        remote.pictures = remote.count(&remote.everything())?;
        Ok(remote)
    }

    /// What is known of the folder's part of the store.
    pub(super) fn status(&self) -> Result<SharedStatus, LibraryError> {
        let mut runs = runs::runs(&self.client, &self.access)?;
        runs.retain(|run| run.root == self.place.root);
        Ok(SharedStatus { pictures: self.pictures, index: self.index.name().to_lowercase(), runs })
    }

    /// What is known of the picture with this path, relative to the collection's root.
    pub(super) fn stored_facts(&self, path: &[u8]) -> Result<Option<StoredFacts>, LibraryError> {
        let key = picture_key(&self.place.root, &self.place.outward(path));
        let rows = self.rows(&format!("{} == {key}", field::ID), 1, false)?;
        Ok(rows.into_iter().next().map(|row| StoredFacts {
            facts: PictureFacts { taken: Some(row.taken), ..row.facts },
            size: row.size,
            dimensions: row.dimensions,
        }))
    }

    /// The thumbnail of the picture with this path, relative to the collection's root, if the store has one.
    pub(super) fn stored_thumbnail(&mut self, path: &[u8]) -> Result<Option<StoredThumbnail>, LibraryError> {
        let reader = match self.thumbnails.take() {
            Some(reader) => reader,
            None => ThumbnailReader::open(&self.client, &self.access)?,
        };
        let key = picture_key(&self.place.root, &self.place.outward(path));
        let jpeg = self.thumbnails.insert(reader).jpeg(&self.client, key);
        let Some(jpeg) = jpeg.map_err(|error| self.error(error))? else { return Ok(None) };
        let size = self.stored_facts(path)?.and_then(|facts| facts.dimensions);
        Ok(Some(StoredThumbnail { jpeg, size }))
    }

    fn scope(&self) -> Scope<'_> {
        Scope { collection: &self.access.url.name, partition: &self.partition }
    }

    /// What is true of all pictures of the folder, or of those that answers are limited to.
    fn everything(&self) -> String {
        all_of(&[of_place(&self.place), self.among.clone()])
    }

    fn count(&self, expression: &str) -> Result<usize, LibraryError> {
        Ok(self
            .client
            .count(self.scope(), expression, self.consistency)
            .map_err(|error| self.error(error))?)
    }

    fn error(&self, kind: impl Into<StoreErrorKind>) -> Box<StoreError> {
        self.access.error(kind)
    }

    /// The rows that fulfil an expression, at most `limit` of them, with their vectors if they are wanted.
    fn rows(&self, expression: &str, limit: usize, vectors: bool) -> Result<Vec<FoundRow>, LibraryError> {
        let output = if vectors { OUTPUT_WITH_VECTOR } else { OUTPUT };
        let (scope, consistency) = (self.scope(), self.consistency);
        let asked = Asked { scope, expression, output, limit, consistency };
        let mut columns = self.client.query(asked).map_err(|error| self.error(error))?;
        let rows = row::count(&columns);
        let dimension = vectors.then_some(self.key.dimension);
        Ok(found_rows(&mut columns, rows, dimension).map_err(|error| self.error(error))?)
    }

    fn hit(&self, row: &FoundRow, score: Option<f32>) -> Option<Hit> {
        let path = paths::from_bytes(&self.place.inward(&row.path)?);
        Some(Hit { id: row.key, path, score: score.map(|score| score.clamp(-1.0, 1.0)) })
    }

    /// The vectors of rows, normalized.
    fn unit_vectors(&self, rows: &[FoundRow]) -> Vec<Vector> {
        let store = vectors::vector_store(self.key.dimension, rows.iter());
        (0..rows.len()).map(|row| store.vector(row)).collect()
    }
}

impl Store for Remote {
    fn pictures(&self) -> usize {
        self.pictures
    }

    fn is_exact(&self) -> bool {
        self.index == IndexKind::Flat
    }

    fn answer(
        &mut self,
        target: Target<'_>,
        narrowing: &Narrowing,
        k: usize,
    ) -> Result<Answer, LibraryError> {
        self.answer_within(target, narrowing, k)
    }

    fn similar(&mut self, ids: &[i64], k: usize) -> Result<(Vec<Hit>, Folded), LibraryError> {
        let rows = self.rows(&format!("{} in {ids:?}", field::ID), ids.len().max(1), true)?;
        let vectors = self.unit_vectors(&rows);
        let Some(mean) = mean(vectors) else { return Ok((Vec::new(), Folded::new())) };
        let mut found = self.answer_within(Target::Vector(&mean), &Narrowing::default(), k + ids.len())?.hits;
        found.retain(|hit| !ids.contains(&hit.id));
        found.truncate(k);
        Ok((found, Folded::new()))
    }

    fn vector(&mut self, id: i64) -> Result<Option<Vector>, LibraryError> {
        let rows = self.rows(&format!("{} == {id}", field::ID), 1, true)?;
        Ok(self.unit_vectors(&rows).into_iter().next())
    }

    fn vector_of(&mut self, path: &[u8], metadata: &Metadata) -> Result<Option<Vector>, LibraryError> {
        let key = picture_key(&self.place.root, &self.place.outward(path));
        let mut rows = self.rows(&format!("{} == {key}", field::ID), 1, true)?;
        rows.retain(|row| row.size == metadata.len() && row.mtime_ns == mtime_ns(metadata));
        Ok(self.unit_vectors(&rows).into_iter().next())
    }

    fn values(&mut self, name: &str, typed: &str) -> Result<Vec<String>, LibraryError> {
        let mut within = self.place.clone();
        if let ("in", Some((folder, _))) = (name, typed.rsplit_once('/')) {
            within.prefix = folder.as_bytes().to_vec();
        }
        let rows = self.rows(&all_of(&[of_place(&within), self.among.clone()]), VALUES_OF, false)?;
        let depth = typed.matches('/').count();
        let mut values = BTreeSet::new();
        for row in &rows {
            let Some(path) = self.place.inward(&row.path) else { continue };
            let facts = &row.facts;
            match name {
                "in" => {
                    let slash = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').nth(depth);
                    let folder = slash.and_then(|(at, _)| std::str::from_utf8(&path[..at]).ok());
                    values.extend(folder.map(str::to_owned));
                }
                "ext" => {
                    let path = paths::from_bytes(&path);
                    let extension = Path::extension(&path).and_then(|extension| extension.to_str());
                    values.extend(extension.map(str::to_lowercase));
                }
                "camera" => values.extend(facts.make.iter().chain(&facts.model).cloned()),
                "lens" => values.extend(facts.lens.clone()),
                "tag" => values.extend(facts.tags.iter().cloned()),
                _ => return Ok(Vec::new()),
            }
        }
        let typed = typed.to_lowercase();
        Ok(values.into_iter().filter(|value| value.to_lowercase().starts_with(&typed)).collect())
    }

    fn refresh(&mut self) -> Result<bool, LibraryError> {
        match self.count(&self.everything()) {
            Ok(pictures) => {
                let changed = std::mem::replace(&mut self.pictures, pictures) != pictures;
                let is_back = std::mem::take(&mut self.failed);
                Ok(changed || is_back)
            }
            Err(error) => {
                self.failed = true;
                Err(error)
            }
        }
    }

    fn limit_to(&mut self, among: Option<Arc<PathSet>>) -> Result<usize, LibraryError> {
        self.among = match among {
            None => String::new(),
            Some(among) if among.len() > LONGEST_LIST => {
                let kind = StoreErrorKind::TooBroad { left: among.len(), most: LONGEST_LIST };
                return Err(self.error(kind).into());
            }
            Some(among) => {
                let key = |path: &[u8]| picture_key(&self.place.root, &self.place.outward(path));
                let keys: Vec<i64> = among.paths().map(key).collect();
                if keys.is_empty() { "id < 0".to_owned() } else { format!("{} in {keys:?}", field::ID) }
            }
        };
        self.pictures = self.count(&self.everything())?;
        Ok(self.pictures)
    }
}
