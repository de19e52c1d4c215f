//! Pictures that older rules decoded: the first bytes of each file tell whether newer rules see another picture.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::before::Before;
use super::error::LibraryError;
use super::open::Library;
use super::report::{Observer, Progress};
use super::sync::Plan;
use super::walk::PictureFile;
use crate::base::paths;
use crate::catalog::Hash;
use crate::picture::{self, DECODER_VERSION};

/// Files that are looked at before it is noted what they are; a process that is killed then goes on from there.
const BATCH: usize = 4096;

/// What the first bytes of a file tell.
enum Inspection {
    /// Newer rules see another picture, for this reason.
    Changed(&'static str),
    /// They see the same.
    Same,
    /// The file can't be read just now.
    Unknown,
}

impl Library {
    /// Looks at the pictures of the plan that older rules decoded. Those that newer rules see otherwise are to be read
    /// again; of the others it is noted that the present rules see the same.
    ///
    /// # Errors
    /// When the catalogue can't be written.
    pub(super) fn look_at_outdated(
        &mut self,
        plan: &mut Plan,
        before: &Before,
        model: i64,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(), LibraryError> {
        let outdated = std::mem::take(&mut plan.outdated);
        plan.unchanged += outdated.len();
        if outdated.is_empty() {
            return Ok(());
        }
        let root = self.collection.root.clone();
        let progress = |done| Progress { checking: true, total: outdated.len(), done, ..Progress::default() };
        let inspect = |file: &PictureFile| {
            let version = hash_of(before, file).and_then(|hash| before.outdated.get(&hash));
            let path = root.join(paths::from_bytes(&file.path));
            match picture::change_of_file_since(&path, version.copied().unwrap_or(1)) {
                Ok(Some(why)) => Inspection::Changed(why),
                Ok(None) => Inspection::Same,
                Err(_) => Inspection::Unknown,
            }
        };
        observer.progress(progress(0), false);
        for (batch, files) in outdated.chunks(BATCH).enumerate() {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            let inspections: Vec<Inspection> = files.par_iter().map(inspect).collect();
            let (mut same, mut pictures) = (Vec::new(), Vec::new());
            for (file, inspection) in files.iter().zip(inspections) {
                match inspection {
                    Inspection::Changed(why) => {
                        plan.unchanged -= 1;
                        plan.reread.insert(file.path.clone(), why);
                        plan.todo.push(file.clone());
                    }
                    Inspection::Same => {
                        same.extend(hash_of(before, file));
                        pictures.extend(before.entries.get(&file.path).map(|entry| entry.id));
                    }
                    Inspection::Unknown => {}
                }
            }
            self.catalog.note_decoder_of_vectors(model, &same, DECODER_VERSION)?;
            self.catalog.note_decoder(&pictures, DECODER_VERSION)?;
            observer.progress(progress(batch * BATCH + files.len()), false);
        }
        plan.todo.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }
}

fn hash_of(before: &Before, file: &PictureFile) -> Option<Hash> {
    before.entries.get(&file.path)?.hash
}
