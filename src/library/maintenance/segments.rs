//! The segments on disk and in a searcher.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::catalog::{Catalog, SegmentsState};
use crate::index::IndexError;
use crate::index::hnsw::{Segment, SegmentStore};
use crate::library::error::{LibraryError, with_causes};
use crate::library::searcher::Searcher;

/// Threads for building graphs, which give way to everything else that wants the processor.
///
/// # Errors
/// When the system has no thread left.
pub(in crate::library) fn pool() -> Result<ThreadPool, LibraryError> {
    ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(|i| format!("graph-{i}"))
        .start_handler(|_| give_way())
        .build()
        .map_err(|reason| LibraryError::NoThreads(io::Error::other(reason)))
}

/// Lowers the priority of this thread, where threads have their own.
pub(in crate::library) fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "work in the background has normal priority");
    }
}

/// Segments that were read, each with its file, and the files that are of no use.
pub(in crate::library) type SegmentsOnDisk = (Vec<(Segment, PathBuf)>, Vec<PathBuf>);

/// The segments whose files are not `known`, older ones first, so that contents which are in several end up in the
/// newest; and the files that are of no use.
///
/// # Errors
/// When the folder can't be read.
pub(in crate::library) fn unknown(
    store: &SegmentStore,
    known: &HashSet<PathBuf>,
) -> Result<SegmentsOnDisk, LibraryError> {
    let (mut segments, mut damaged) = (Vec::new(), Vec::new());
    for path in store.paths()?.into_iter().filter(|path| !known.contains(path)) {
        match store.load(&path) {
            Ok(segment) => segments.push((segment, path)),
            Err(error) => {
                tracing::info!("a graph is to be built again: {}", with_causes(&error));
                damaged.push(path);
            }
        }
    }
    segments.sort_by_key(|(segment, _)| segment.generation());
    Ok((segments, damaged))
}

/// Gives the searcher the segments that it doesn't have yet, and returns the files that are of no use.
///
/// # Errors
/// When the folder can't be read.
pub(in crate::library) fn read(
    searcher: &mut Searcher,
    store: &SegmentStore,
) -> Result<Vec<PathBuf>, LibraryError> {
    let (segments, damaged) = unknown(store, &searcher.segment_paths().map(Path::to_owned).collect())?;
    segments.into_iter().for_each(|(segment, path)| searcher.add_segment(segment, path));
    Ok(damaged)
}

/// Builds what is due of a collection of at least `min_rows` pictures, one segment after the other, and deletes files that
/// are not needed any more. `progress` is told the number of pictures that are in graphs, and of all, before each. Nothing
/// is done, and false returned, while another process does it.
///
/// # Errors
/// When a file or folder can't be read, written or deleted.
pub(in crate::library) fn build(
    searcher: &mut Searcher,
    store: &SegmentStore,
    pool: &ThreadPool,
    min_rows: usize,
    progress: impl Fn(usize, usize),
) -> Result<bool, LibraryError> {
    let Some(_lock) = store.lock()? else { return Ok(false) };
    for path in read(searcher, store)? {
        store.delete(&path)?;
    }
    tidy(searcher, store)?;
    while let Some(plan) = searcher.next_segment_plan(min_rows) {
        progress(searcher.indexed(), searcher.len());
        let segment = pool.install(|| plan.build()).map_err(IndexError::from)?;
        let path = store.save(&segment)?;
        searcher.add_segment(segment, path);
        tidy(searcher, store)?;
    }
    Ok(true)
}

/// Whether nothing has changed since [`remember_done`], neither in the catalogue nor in the files. All of
/// these are read, if the catalogue is as it was.
///
/// # Errors
/// When the catalogue or the folder can't be read.
pub(in crate::library) fn is_done(store: &SegmentStore, catalog: &Catalog) -> Result<bool, LibraryError> {
    let Some(done) = catalog.segments_state(store.key())? else { return Ok(false) };
    if done.change != catalog.last_change()?.0 {
        return Ok(false);
    }
    let mut points = 0;
    for path in store.paths()? {
        match store.load(&path) {
            Ok(segment) => points += segment.points(),
            Err(_) => return Ok(false),
        }
    }
    Ok(done.points == points)
}

/// Notes that the segments are what they should be for the searcher's pictures.
///
/// # Errors
/// When the catalogue can't be written.
pub(in crate::library) fn remember_done(
    store: &SegmentStore,
    catalog: &Catalog,
    searcher: &Searcher,
) -> Result<(), LibraryError> {
    let state = SegmentsState { change: searcher.change(), points: searcher.points() };
    Ok(catalog.set_segments_state(store.key(), state)?)
}

fn tidy(searcher: &mut Searcher, store: &SegmentStore) -> Result<(), LibraryError> {
    Ok(searcher.drop_empty_segments().iter().try_for_each(|path| store.delete(path))?)
}
