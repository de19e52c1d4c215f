//! Writing a snapshot a block at a time, so that who searches with the same engine never waits.

use std::fs::File;

use anyhow::Result;

use super::{Snapshots, attachment};
use crate::catalog::Catalog;
use crate::index::snapshot_file::SnapshotWriter;
use crate::library::Engine;

/// A snapshot that is being written. Dropped before its end, it leaves nothing behind.
pub struct Saving {
    snapshots: Snapshots,
    /// None once the file is finished.
    writer: Option<SnapshotWriter>,
    /// The engine's [revision](Engine::revision) that is written.
    revision: usize,
    /// Nobody else writes as long as this is open.
    _lock: File,
}

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is more to write.
    More,
    /// It is written, and in use from now on.
    Done,
    /// The engine has changed meanwhile: nothing comes of it.
    Overtaken,
}

impl Saving {
    /// Begins a snapshot of `engine`; none while another process is writing one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn begin(snapshots: &Snapshots, engine: &Engine) -> Result<Option<Self>> {
        let Some(lock) = snapshots.lock()? else { return Ok(None) };
        let attachment = attachment::encode(engine.infos());
        let path = snapshots.path();
        let writer = SnapshotWriter::create(&path, engine.change(), &attachment, engine.vectors())?;
        let revision = engine.revision();
        Ok(Some(Self { snapshots: snapshots.clone(), writer: Some(writer), revision, _lock: lock }))
    }

    /// Writes the next block, or what is left after the last. `catalog` is the engine's.
    ///
    /// # Errors
    /// When the file or the catalogue can't be written.
    pub fn step(&mut self, engine: &mut Engine, catalog: &Catalog) -> Result<Step> {
        if engine.revision() != self.revision {
            return Ok(Step::Overtaken);
        }
        let Some(mut writer) = self.writer.take() else { return Ok(Step::Done) };
        if writer.write_block(engine.vectors())? {
            self.writer = Some(writer);
            return Ok(Step::More);
        }
        let checksum = writer.finish()?;
        self.snapshots.vouch(catalog, &checksum)?;
        engine.saved();
        Ok(Step::Done)
    }
}
