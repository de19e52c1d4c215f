//! Keeps the groups of look-alikes ready while pictures come and go.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use rayon::ThreadPoolBuilder;

use super::Folds;
use crate::catalog::Catalog;
use crate::library::collection::Collection;
use crate::library::error::LibraryError;
use crate::library::maintenance::segments::give_way;
use crate::library::searcher::Searcher;

/// How long the groups are left as they are, at least, before they are found anew.
const REST: Duration = Duration::from_secs(2);
/// The part of the time, one in so many, that finding them may take while pictures keep coming.
const DUTY: u32 = 10;

/// What the groups depend on: the searcher's revision and the last thumbprint.
type Version = (usize, i64);

/// Groups that are being found on a thread of their own.
struct Run {
    of: Version,
    begun: Instant,
    found: Receiver<Result<Folds, LibraryError>>,
}

/// The groups of one searcher's pictures. They are found at low priority, whenever something has changed.
pub struct BackgroundFolds {
    collection: Collection,
    folds: Arc<Folds>,
    of: Option<Version>,
    run: Option<Run>,
    rests_until: Instant,
}

impl BackgroundFolds {
    /// Groups of which nothing is known yet.
    pub fn new(collection: &Collection) -> Self {
        Self {
            collection: collection.clone(),
            folds: Arc::default(),
            of: None,
            run: None,
            rests_until: Instant::now(),
        }
    }

    /// The groups as far as they are known.
    pub fn folds(&self) -> &Arc<Folds> {
        &self.folds
    }

    /// Whether the groups were found at least once.
    pub fn is_known(&self) -> bool {
        self.of.is_some()
    }

    /// Whether groups are being found, so that [`Self::step`] has something to do soon.
    pub fn is_busy(&self) -> bool {
        self.run.is_some()
    }

    /// Takes in what was found, or begins to look if something has changed. Returns whether the groups are others now. It
    /// doesn't wait for anything.
    ///
    /// # Errors
    /// When the catalogue can't be read, or the system has no thread left. It is tried again after a while.
    pub fn step(&mut self, searcher: &Searcher, catalog: &Catalog) -> Result<bool, LibraryError> {
        if let Some(run) = self.run.take() {
            match run.found.try_recv() {
                Err(TryRecvError::Empty) => self.run = Some(run),
                Err(TryRecvError::Disconnected) => self.rest(run.begun),
                Ok(found) => {
                    self.rest(run.begun);
                    let folds = found?;
                    self.of = Some(run.of);
                    let changed = folds != *self.folds;
                    self.folds = Arc::new(folds);
                    return Ok(changed);
                }
            }
            return Ok(false);
        }
        if Instant::now() < self.rests_until {
            return Ok(false);
        }
        let version = (searcher.revision(), catalog.last_thumbprint()?);
        if self.of != Some(version) {
            self.rest(Instant::now());
            self.run = Some(begin(self.collection.clone(), version).map_err(LibraryError::NoThreads)?);
        }
        Ok(false)
    }

    fn rest(&mut self, since: Instant) {
        self.rests_until = Instant::now() + REST.max(since.elapsed() * DUTY);
    }
}

fn begin(collection: Collection, of: Version) -> io::Result<Run> {
    let (sender, found) = bounded(1);
    std::thread::Builder::new().name("look-alikes".into()).spawn(move || {
        give_way();
        // Nobody may be waiting any more.
        drop(sender.send(find(&collection)));
    })?;
    Ok(Run { of, begun: Instant::now(), found })
}

/// Finds the groups on half of the threads, so that searches have the others.
fn find(collection: &Collection) -> Result<Folds, LibraryError> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads().div_ceil(2))
        .thread_name(|i| format!("look-alikes-{i}"))
        .start_handler(|_| give_way())
        .build()
        .map_err(|reason| LibraryError::NoThreads(io::Error::other(reason)))?;
    let looks = collection.catalog()?.looks(&collection.prefix_bytes())?;
    Ok(pool.install(|| Folds::of(looks)))
}
