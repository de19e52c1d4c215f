//! The thread that has the index in memory and answers the newest question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::base::latest::{LatestSlot, Received, Receiver, latest_slot};
use crate::catalog::Catalog;
use crate::clip::Checkpoint;
use crate::index::SearchMode;
use crate::index::hnsw::SegmentStore;
use crate::library::snapshot::{Saving, Snapshots, Step};
use crate::library::{self, Background, Collection, Engine, Hit, IndexPolicy, min_rows};
use crate::tui::app::effect::Question;
use crate::tui::app::event::Event;
use crate::tui::display::counted;

/// How often the catalogue is checked for changes by other processes.
const RECHECK: Duration = Duration::from_secs(1);

/// How long the collection must have been unchanged before its vectors are saved for the next start. While it is being
/// indexed, they would be saved again and again.
const CALM: Duration = Duration::from_secs(10);

/// What the worker is to do next. A newer question replaces an older one.
#[derive(Default)]
struct Request {
    question: Option<(u64, Question)>,
    refresh: bool,
}

/// A handle to the thread.
pub(crate) struct SearchWorker(LatestSlot<Request>);

impl SearchWorker {
    /// Starts the thread, which first loads the index. Answers have at most `top` hits. The thread calls `send` with
    /// [`Event::Answered`], [`Event::SearchFailed`] and [`Event::Notice`].
    pub(crate) fn spawn(
        collection: Collection,
        checkpoint: Checkpoint,
        top: usize,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot();
        std::thread::Builder::new().name("search".into()).spawn(move || {
            let work = || serve(&collection, &checkpoint, top, &receiver, &send);
            match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => send(Event::SearchFailed(format!("{error:#}"))),
                Err(_) => send(Event::SearchFailed("the search crashed: start pixseek again".into())),
            }
        })?;
        Ok(Self(slot))
    }

    /// Asks a question. An older one that was not begun is dropped.
    pub(crate) fn ask(&self, generation: u64, question: Question) {
        self.0.send(|request| request.question = Some((generation, question)));
    }

    /// Asks for what was committed to be read. If it changes anything, the last question is answered again.
    pub(crate) fn refresh(&self) {
        self.0.send(|request| request.refresh = true);
    }
}

fn serve(
    collection: &Collection,
    checkpoint: &Checkpoint,
    top: usize,
    receiver: &Receiver<Request>,
    send: &dyn Fn(Event),
) -> anyhow::Result<()> {
    let mut catalog = collection.catalog()?;
    let mut engine = Engine::load(collection, &mut catalog, checkpoint)?;
    let mut graphs = graphs(collection, &catalog, checkpoint, &mut engine)?;
    let mut snapshot = SnapshotSaver::new(Snapshots::new(collection, &library::model_key(checkpoint)), CALM);
    let mut last: Option<(u64, Question)> = None;
    let mut refresh_failed = false;
    let mut checked = Instant::now();
    loop {
        let timeout = if snapshot.is_busy() { Duration::ZERO } else { RECHECK };
        let refresh = match receiver.wait(timeout) {
            Received::Closed => return Ok(()),
            Received::TimedOut => {
                if let Some(pictures) = graphs.as_mut().and_then(|graphs| graphs.step(&mut engine)) {
                    send(Event::Notice(format!(
                        "preparing quicker search of {}",
                        counted(pictures, "picture")
                    )));
                }
                snapshot.step(&mut engine, &catalog);
                checked.elapsed() >= RECHECK
            }
            Received::Latest(Request { question, refresh }) => {
                if let Some((generation, question)) = question {
                    send(answer(&engine, generation, &question, top));
                    last = Some((generation, question));
                }
                refresh
            }
        };
        if !refresh {
            continue;
        }
        checked = Instant::now();
        match engine.refresh(&mut catalog) {
            Ok(changed) => {
                refresh_failed = false;
                if changed {
                    snapshot.changed();
                }
                if let Some((generation, question)) = last.as_ref().filter(|_| changed) {
                    send(answer(&engine, *generation, question, top));
                }
            }
            // Another process may lock the catalogue for a while. The user is told once; each check tries again.
            Err(error) if !refresh_failed => {
                refresh_failed = true;
                send(Event::SearchFailed(format!("{error:#}")));
            }
            Err(_) => {}
        }
    }
}

/// Saves the vectors for the next start, a part whenever there is nothing else to do.
struct SnapshotSaver {
    snapshots: Snapshots,
    saving: Option<Saving>,
    /// When the engine last changed.
    changed: Instant,
    /// How long ago that must be before saving begins.
    calm: Duration,
}

impl SnapshotSaver {
    fn new(snapshots: Snapshots, calm: Duration) -> Self {
        Self { snapshots, saving: None, changed: Instant::now(), calm }
    }

    fn is_busy(&self) -> bool {
        self.saving.is_some()
    }

    fn changed(&mut self) {
        self.changed = Instant::now();
    }

    fn step(&mut self, engine: &mut Engine, catalog: &Catalog) {
        if let Err(error) = self.try_step(engine, catalog) {
            // It is not tried again every second: a full disk stays full for a while.
            (self.saving, self.changed) = (None, Instant::now());
            tracing::warn!("the collection will open more slowly: {error:#}");
        }
    }

    fn try_step(&mut self, engine: &mut Engine, catalog: &Catalog) -> anyhow::Result<()> {
        if let Some(saving) = &mut self.saving {
            if saving.step(engine, catalog)? != Step::More {
                self.saving = None;
            }
        } else if self.changed.elapsed() >= self.calm && engine.is_snapshot_due() {
            self.saving = Saving::begin(&self.snapshots, engine)?;
            self.changed = Instant::now();
        }
        Ok(())
    }
}

/// Starts the building of graphs in the background, unless the collection is to have none.
fn graphs(
    collection: &Collection,
    catalog: &Catalog,
    checkpoint: &Checkpoint,
    engine: &mut Engine,
) -> anyhow::Result<Option<Background>> {
    let wanted = catalog.index_policy()?;
    if wanted == IndexPolicy::Never {
        return Ok(None);
    }
    if wanted == IndexPolicy::Always {
        engine.set_mode(SearchMode::Approximate);
    }
    let store = SegmentStore::new(collection.dir(), library::model_key(checkpoint));
    Ok(Some(Background::start(store, min_rows(wanted))?))
}

/// The pictures most similar to the mean of those with these ids, which are left out. Pictures that are gone do not
/// count; when all are gone, nothing is similar.
fn similar(engine: &Engine, ids: &[i64], top: usize) -> Vec<Hit> {
    let vectors: Vec<Vec<f32>> = ids.iter().filter_map(|id| engine.embedding(*id)).collect();
    let mut hits = mean(vectors).map(|mean| engine.search(&mean, top + ids.len())).unwrap_or_default();
    hits.retain(|hit| !ids.contains(&hit.id));
    hits.truncate(top);
    hits
}

/// The mean of vectors of unit length, scaled to unit length; a single vector is returned as it is. `None` if there are no
/// vectors or they cancel out.
fn mean(vectors: Vec<Vec<f32>>) -> Option<Vec<f32>> {
    let count = vectors.len();
    let sum = vectors.into_iter().reduce(|mut sum, vector| {
        sum.iter_mut().zip(&vector).for_each(|(sum, value)| *sum += value);
        sum
    })?;
    if count == 1 {
        return Some(sum);
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    (length > f32::EPSILON).then(|| sum.iter().map(|value| value / length).collect())
}

fn answer(engine: &Engine, generation: u64, question: &Question, top: usize) -> Event {
    let hits: Vec<Hit> = match question {
        Question::Newest => engine.newest(top),
        Question::Nearest(vector) => engine.search(vector, top),
        Question::SimilarTo(ids) => similar(engine, ids, top),
    };
    Event::Answered { generation, hits, pictures: engine.len(), at: Instant::now() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::PictureRecord;
    use crate::library::snapshot::SMALLEST;

    #[test]
    fn the_mean_has_unit_length() {
        assert_eq!(mean(vec![vec![0.6, 0.8]]), Some(vec![0.6, 0.8]));
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let both = mean(vec![vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
        assert!(both.iter().all(|value| (value - half).abs() < 1e-6), "{both:?}");
        assert_eq!(mean(vec![vec![1.0, 0.0], vec![-1.0, 0.0]]), None);
        assert_eq!(mean(Vec::new()), None);
    }

    #[test]
    fn vectors_are_saved_once_nothing_changes_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let collection = Collection::find_or_create(folder.path(), true).unwrap();
        let checkpoint = Checkpoint::find("demo").unwrap();
        let key = library::model_key(&checkpoint);
        let mut catalog = collection.catalog().unwrap();
        let model = catalog.model(&key).unwrap();
        catalog
            .write(|writer| {
                for at in 0..SMALLEST {
                    let (path, hash) = (at.to_string().into_bytes(), blake3::hash(&at.to_le_bytes()).into());
                    let (size, mtime_ns, dimensions, taken_at, error) = (0, 0, None, None, None);
                    writer.embedding(model, hash, &vec![0.1; key.dimension])?;
                    let hash = Some(hash);
                    writer.record(&PictureRecord {
                        path,
                        size,
                        mtime_ns,
                        hash,
                        dimensions,
                        taken_at,
                        error,
                    })?;
                }
                Ok(())
            })
            .unwrap();
        let mut engine = Engine::load(&collection, &mut catalog, &checkpoint).unwrap();
        let snapshots = Snapshots::new(&collection, &key);
        let mut hasty = SnapshotSaver::new(snapshots.clone(), Duration::from_secs(3600));
        hasty.step(&mut engine, &catalog);
        assert!(!hasty.is_busy());
        let mut saver = SnapshotSaver::new(snapshots.clone(), Duration::ZERO);
        saver.step(&mut engine, &catalog);
        assert!(saver.is_busy() && !snapshots.path().exists());
        while saver.is_busy() {
            saver.step(&mut engine, &catalog);
        }
        assert!(snapshots.path().exists() && !engine.is_snapshot_due());
        saver.step(&mut engine, &catalog);
        assert!(!saver.is_busy(), "there is nothing new");
    }
}
