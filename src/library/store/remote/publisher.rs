//! Brings a store in step with the catalogue of this machine.
//!
//! The catalogue is written first, as without a store, so that nothing is encoded twice whatever happens to the server. What
//! the store lacks, or has otherwise, is sent in batches under keys that are hashes of paths: sent again, it changes nothing.
//! What it has of this machine's part that is not in the catalogue is deleted.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use half::f16;

use super::collection;
use super::expression::{all_of, of_place, of_shard};
use super::pages::longs_by_key;
use super::row::{self, NewRow};
use super::runs;
use super::schema::{self, LOADING, LONGEST_ROOT, RUNS, field};
use super::thumbnail_maker::{ThumbnailMaker, WantedThumbnail};
use super::thumbnails::{Thumbnails, contents_key};
use crate::base::model_key::ModelKey;
use crate::catalog::{Catalog, StoredRow, WordSplitter};
use crate::library::clock::now;
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::report::Progress;
use crate::library::store::access::StoreAccess;
use crate::library::store::error::{StoreError, StoreErrorKind};
use crate::library::store::place::{Place, Shard};
use crate::library::store::records::{Published, Publishing, RunState};
use crate::milvus::{Client, IndexKind, Patience, Scope};

/// Rows of one request.
const BATCH: usize = 512;
/// Thumbnails of one request.
const THUMBNAILS: usize = 128;
/// How often it is noted how far this machine is, at most.
const NOTE_EVERY: Duration = Duration::from_secs(5);
/// Of fewer pictures than this, all may go at once.
const FEW: usize = 20;
/// Up to so many pictures, comparing all of them is quick enough. Beyond, up to so many, a graph in memory is; then numbers
/// in bytes; then a graph on disk. See `docs/design/store.md`.
const SIZES: [(usize, IndexKind); 3] =
    [(50_000, IndexKind::Flat), (20_000_000, IndexKind::Hnsw), (200_000_000, IndexKind::IvfSq8)];

/// What brings one folder's part of a store in step with the catalogue.
pub(in crate::library::store) struct Publisher {
    access: StoreAccess,
    pub(super) client: Client,
    partition: String,
    pub(super) place: Place,
    pub(super) key: ModelKey,
    shard: Option<Shard>,
    splitter: WordSplitter,
    /// The keys and stamps of what the store has of this part.
    pub(super) known: HashMap<i64, i64>,
    pub(super) published: Published,
    progress: Progress,
    noted: Option<Instant>,
    /// The thumbnails that the store has, and what makes others; none if it is to keep none.
    thumbnails: Option<(Thumbnails, ThumbnailMaker)>,
}

impl Publisher {
    /// Opens a folder's part of a store. The collection, and the partition of the model, are made if they are missing.
    ///
    /// # Errors
    /// When the server can't be reached, or the collection is not one for this model. Nothing was written then.
    pub(in crate::library::store) fn open(
        access: &StoreAccess,
        key: &ModelKey,
        publishing: &Publishing,
        collection: &Collection,
    ) -> Result<Self, LibraryError> {
        let failed = |kind: StoreErrorKind| access.error(kind);
        let place = &publishing.place;
        if place.root.len() > LONGEST_ROOT {
            return Err(failed(StoreErrorKind::LongRoot(place.root.clone())).into());
        }
        let client = access.client(Patience::BRIEF)?;
        let splitter = WordSplitter::new().map_err(|kind| failed(StoreErrorKind::Words(kind)))?;
        let mut publisher = Self {
            access: access.clone(),
            client,
            partition: schema::partition(key),
            place: place.clone(),
            key: key.clone(),
            shard: publishing.shard,
            splitter,
            known: HashMap::new(),
            published: Published::default(),
            progress: Progress::default(),
            noted: None,
            thumbnails: None,
        };
        // Whether anybody is there is told at once; from then on nobody waits for an answer.
        publisher.client.schema(&access.url.name).map_err(|error| access.error(error))?;
        publisher.client.patience = Patience::LONG;
        publisher.prepare(publishing)?;
        publisher.read_known()?;
        if publishing.thumbnails {
            let boundary = collection.boundary(&collection.catalog()?)?;
            let maker = ThumbnailMaker::new(&collection.root, boundary);
            let Place { root, .. } = place;
            let thumbnails = Thumbnails::open(&publisher.client, access, root, publishing.shard)?;
            publisher.thumbnails = Some((thumbnails, maker));
        }
        Ok(publisher)
    }

    /// Makes the collection and its partitions, unless they are there, and has the server load them.
    fn prepare(&self, publishing: &Publishing) -> Result<(), LibraryError> {
        let (client, name) = (&self.client, self.access.url.name.as_str());
        let failed = |error| self.access.error(error);
        let by_size = || {
            let expected = publishing.expected * publishing.shard.map_or(1, |shard| shard.of as usize);
            SIZES.iter().find(|(most, _)| expected <= *most).map_or(IndexKind::DiskAnn, |(_, kind)| *kind)
        };
        let kind = || publishing.index.as_deref().and_then(IndexKind::named).unwrap_or_else(by_size);
        let wanted = schema::schema(self.key.dimension);
        collection::ensure(client, &self.access, name, &wanted, &[], kind)?;
        for partition in [RUNS, &self.partition] {
            client.create_partition(name, partition).map_err(failed)?;
        }
        client.load(name, LOADING).map_err(failed)?;
        Ok(runs::note_model(client, name, &self.key).map_err(failed)?)
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { collection: &self.access.url.name, partition: &self.partition }
    }

    pub(super) fn error(&self, kind: impl Into<StoreErrorKind>) -> Box<StoreError> {
        self.access.error(kind)
    }

    /// What is true of the pictures of this machine's part.
    fn part(&self) -> String {
        all_of(&[of_place(&self.place), self.shard.map(of_shard).unwrap_or_default()])
    }

    /// Reads what the store has of this machine's part.
    fn read_known(&mut self) -> Result<(), LibraryError> {
        let known = longs_by_key(&self.client, self.scope(), &self.part(), field::STAMP);
        self.known = known.map_err(|error| self.error(error))?;
        // Whatever the server understands of the part: what is not in it must not be deleted.
        if let Some(shard) = self.shard {
            self.known.retain(|key, _| shard.has(*key));
        }
        Ok(())
    }

    /// Whether a picture with this path, relative to the collection's root, belongs to this machine's part.
    fn is_ours(&self, key: i64) -> bool {
        self.shard.is_none_or(|shard| shard.has(key))
    }

    /// Takes note of how far the run is. It is told to the other machines with what is sent next.
    pub(in crate::library::store) fn set_progress(&mut self, progress: Progress) {
        self.progress = progress;
    }

    /// Sends what the store lacks of the pictures in the catalogue behind number `after`. Returns the number of the last one.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the store can't be written. What was sent before is kept.
    pub(in crate::library::store) fn send(
        &mut self,
        catalog: &Catalog,
        after: i64,
    ) -> Result<i64, LibraryError> {
        // The run that goes on meanwhile needs the other cores.
        self.send_rows(catalog, after, &mut HashSet::new(), 1)
    }

    /// Brings the store wholly in step with the catalogue. Deletes nothing if most pictures would go, unless `prune` says that
    /// they really are gone.
    ///
    /// # Errors
    /// As [`Self::send`], and [`StoreErrorKind::WouldDelete`].
    pub(in crate::library::store) fn finish(
        &mut self,
        catalog: &Catalog,
        prune: bool,
    ) -> Result<Published, LibraryError> {
        let mut there = HashSet::new();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.send_rows(catalog, 0, &mut there, threads)?;
        let gone: Vec<i64> = self.known.keys().filter(|key| !there.contains(*key)).copied().collect();
        let known = self.known.len();
        if !prune && gone.len() > FEW && gone.len() * 2 > known {
            let root = self.place.root.clone();
            return Err(self.error(StoreErrorKind::WouldDelete { gone: gone.len(), known, root }).into());
        }
        for keys in gone.chunks(BATCH) {
            self.client.delete(self.scope(), field::ID, keys).map_err(|error| self.error(error))?;
            keys.iter().for_each(|key| _ = self.known.remove(key));
            if let Some((thumbnails, _)) = &mut self.thumbnails {
                thumbnails.delete(&self.client, keys).map_err(|error| self.access.error(error))?;
            }
            self.published.deleted += keys.len();
        }
        self.note(true)?;
        Ok(self.published)
    }

    /// Sends what the store lacks, and deletes nothing: the run did not look at everything.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub(in crate::library::store) fn stop(&mut self, catalog: &Catalog) -> Result<Published, LibraryError> {
        self.send(catalog, 0)?;
        self.note(false)?;
        Ok(self.published)
    }

    fn send_rows(
        &mut self,
        catalog: &Catalog,
        mut after: i64,
        there: &mut HashSet<i64>,
        threads: usize,
    ) -> Result<i64, LibraryError> {
        let Some(model) = catalog.find_model(&self.key)? else { return Ok(after) };
        let prefix = self.place.prefix.clone();
        self.published.left_out = 0;
        loop {
            let rows = catalog.stored_rows(model, after, BATCH)?;
            let Some(last) = rows.last() else { return Ok(after) };
            after = last.id;
            let (mut waiting, mut small) = (Vec::new(), Vec::new());
            for row in rows.into_iter().filter(|row| crate::catalog::is_under(&row.path, &prefix)) {
                let Some(new) = NewRow::of(row, &self.place) else {
                    self.published.left_out += 1;
                    continue;
                };
                if self.is_ours(new.key) {
                    there.insert(new.key);
                    small.extend(self.wanted_thumbnail(&new));
                    if self.known.get(&new.key) != Some(&new.stamp) {
                        waiting.push(new);
                    }
                }
            }
            self.enter(catalog, model, waiting)?;
            self.enter_thumbnails(&small, threads)?;
            if self.noted.is_none_or(|noted| noted.elapsed() >= NOTE_EVERY) {
                self.note(false)?;
            }
        }
    }

    /// Enters rows in one request.
    fn enter(&mut self, catalog: &Catalog, model: i64, waiting: Vec<NewRow>) -> Result<(), LibraryError> {
        let mut rows = Vec::with_capacity(waiting.len());
        let mut vectors: Vec<Vec<f16>> = Vec::with_capacity(waiting.len());
        for new in waiting {
            // Another process may have changed the picture just now: the next pass sends it.
            let StoredRow { hash, .. } = new.row;
            if let Some(vector) = catalog.stored_vector(model, self.key.dimension, hash)? {
                vectors.push(vector);
                rows.push(new);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let columns = row::columns(&rows, &vectors, self.key.dimension, &self.place.root, &self.splitter)
            .map_err(|kind| self.error(StoreErrorKind::Words(kind)))?;
        self.client.upsert(self.scope(), columns).map_err(|error| self.error(error))?;
        self.published.sent += rows.len();
        self.known.extend(rows.iter().map(|new| (new.key, new.stamp)));
        Ok(())
    }

    /// The thumbnail that the store lacks of a picture, if it does.
    fn wanted_thumbnail(&self, new: &NewRow) -> Option<WantedThumbnail> {
        let contents = contents_key(&new.row.hash);
        let (thumbnails, _) = self.thumbnails.as_ref()?;
        let StoredRow { path, size, mtime_ns, .. } = &new.row;
        thumbnails.lacks(new.key, contents).then(|| WantedThumbnail {
            key: new.key,
            contents,
            path: path.clone(),
            size: *size,
            mtime_ns: *mtime_ns,
        })
    }

    /// Makes and enters thumbnails of pictures that are in the store.
    fn enter_thumbnails(&mut self, wanted: &[WantedThumbnail], threads: usize) -> Result<(), LibraryError> {
        let Some((thumbnails, maker)) = &mut self.thumbnails else { return Ok(()) };
        for wanted in wanted.chunks(THUMBNAILS) {
            let made = maker.make(wanted, threads);
            let entered = thumbnails.enter(&self.client, made).map_err(|error| self.access.error(error))?;
            self.published.thumbnails += entered;
        }
        Ok(())
    }

    /// Tells the other machines how far this one is.
    fn note(&mut self, finished: bool) -> Result<(), LibraryError> {
        let run = RunState {
            root: self.place.root.clone(),
            shard: self.shard.map(|shard| shard.to_string()),
            host: host(),
            model: format!("{} ({})", self.key.id, self.key.precision),
            total: self.progress.total,
            done: self.progress.done,
            failed: self.progress.failed,
            stored: self.known.len(),
            finished,
            updated: now(),
        };
        runs::note_run(&self.client, &self.access.url.name, &self.key, &run)
            .map_err(|error| self.error(error))?;
        self.noted = Some(Instant::now());
        Ok(())
    }
}

/// This machine's name, as far as it is told without asking a system library; empty where it is not.
fn host() -> String {
    let told = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    told.or_else(|| std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok())
        .unwrap_or_default()
}
