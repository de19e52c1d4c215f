//! Writing a snapshot a block at a time, so that who searches with the same engine never waits.

use std::fs::File;
use std::io::Write;

use anyhow::{Context, Result};

use super::Snapshots;
use crate::base::atomic::{self, Access, Draft};
use crate::catalog::Catalog;
use crate::index::snapshot_file::{Footer, ROWS_PER_BLOCK, encode_infos};
use crate::library::Engine;

/// Bytes that a step may have to wait for until they have reached the disk: all at once, at the end, would take seconds
/// on a slow disk.
const SYNCED_AT_ONCE: usize = 4 << 20;

/// A snapshot that is being written. Dropped before its end, it leaves nothing behind.
pub struct Saving {
    snapshots: Snapshots,
    /// None once it is published.
    draft: Option<Draft>,
    /// Bytes written since the last that are known to have reached the disk.
    unsynced: usize,
    footer: Footer,
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
        let path = snapshots.path();
        atomic::remove_abandoned_drafts(atomic::folder_of(&path));
        let draft = Draft::new(&path, Access::AsFolder)
            .with_context(|| format!("can't write '{}'", path.display()))?;
        let infos = encode_infos(engine.infos());
        let footer = Footer {
            change: engine.change(),
            rows: engine.len() as u64,
            infos: (infos.len() as u64, blake3::hash(&infos).into()),
            centre: engine.matrix().centre().to_vec(),
            blocks: Vec::new(),
        };
        let revision = engine.revision();
        let mut saving = Self {
            snapshots: snapshots.clone(),
            draft: Some(draft),
            unsynced: 0,
            footer,
            revision,
            _lock: lock,
        };
        saving.write(&infos)?;
        Ok(Some(saving))
    }

    /// Writes the next block, or what is left after the last. `catalog` is the engine's.
    ///
    /// # Errors
    /// When the file or the catalogue can't be written.
    pub fn step(&mut self, engine: &mut Engine, catalog: &Catalog) -> Result<Step> {
        if engine.revision() != self.revision {
            return Ok(Step::Overtaken);
        }
        let first = self.footer.blocks.len() * ROWS_PER_BLOCK;
        if first < engine.len() {
            let mut block = Vec::new();
            engine.matrix().store(first..engine.len().min(first + ROWS_PER_BLOCK), &mut block);
            self.footer.blocks.push(blake3::hash(&block).into());
            self.write(&block)?;
            return Ok(Step::More);
        }
        let Some(mut draft) = self.draft.take() else { return Ok(Step::Done) };
        let checksum = self.footer.write(&mut draft)?;
        self.snapshots.publish(draft, catalog, &checksum)?;
        engine.saved();
        Ok(Step::Done)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(draft) = &mut self.draft else { return Ok(()) };
        self.unsynced += bytes.len();
        let mut written = draft.write_all(bytes);
        if self.unsynced > SYNCED_AT_ONCE {
            self.unsynced = 0;
            written = written.and_then(|()| draft.file().sync_data());
        }
        written.with_context(|| format!("can't write '{}'", self.snapshots.path().display()))
    }
}
