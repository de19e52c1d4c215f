//! Writing a snapshot a block at a time, so that searches with the same vectors never wait.

use std::fs::File;

use super::attachment;
use super::files::Snapshots;
use crate::catalog::Catalog;
use crate::index::snapshot_file::SnapshotWriter;
use crate::library::error::LibraryError;
use crate::library::searcher::Searcher;

/// A snapshot that is being written. Dropped before its end, it leaves nothing behind.
pub(crate) struct Saving {
    snapshots: Snapshots,
    /// None once the file is finished.
    writer: Option<SnapshotWriter>,
    /// The searcher's [revision](Searcher::revision) that is written.
    revision: usize,
    /// Nobody else writes as long as this is open.
    _lock: File,
}

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is more to write.
    More,
    /// It is written, and in use from now on.
    Done,
    /// The searcher has changed meanwhile: nothing comes of it.
    Overtaken,
}

impl Saving {
    /// Begins a snapshot of `searcher`; none while another process is writing one.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn begin(snapshots: &Snapshots, searcher: &Searcher) -> Result<Option<Self>, LibraryError> {
        let Some(lock) = snapshots.lock()? else { return Ok(None) };
        let attachment = attachment::encode(searcher.infos());
        let path = snapshots.path();
        let writer = SnapshotWriter::create(&path, searcher.change(), &attachment, searcher.vectors())?;
        let revision = searcher.revision();
        Ok(Some(Self { snapshots: snapshots.clone(), writer: Some(writer), revision, _lock: lock }))
    }

    /// Writes the next block, or what is left after the last. `catalog` is the searcher's.
    ///
    /// # Errors
    /// When the file or the catalogue can't be written.
    pub(crate) fn step(&mut self, searcher: &mut Searcher, catalog: &Catalog) -> Result<Step, LibraryError> {
        if searcher.revision() != self.revision {
            return Ok(Step::Overtaken);
        }
        let Some(mut writer) = self.writer.take() else { return Ok(Step::Done) };
        if writer.write_block(searcher.vectors())? {
            self.writer = Some(writer);
            return Ok(Step::More);
        }
        let checksum = writer.finish()?;
        self.snapshots.vouch(catalog, &checksum)?;
        searcher.saved();
        Ok(Step::Done)
    }
}

impl Snapshots {
    /// Writes a snapshot of `searcher`, whose `catalog` this is, in one go. False while another process does so.
    ///
    /// # Errors
    /// When the file or the catalogue can't be written.
    pub(crate) fn save(&self, searcher: &mut Searcher, catalog: &Catalog) -> Result<bool, LibraryError> {
        let Some(mut saving) = Saving::begin(self, searcher)? else { return Ok(false) };
        while saving.step(searcher, catalog)? == Step::More {}
        Ok(true)
    }
}
