//! Threads that read files, hash them and turn new contents into pixels for the vision tower.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, bounded};

use super::budget::Budget;
use super::catalog::Hash;
use super::walk::Found;
use super::writer::Record;
use crate::model::{Pixels, Preprocessor, Source};
use crate::paths;
use crate::picture::{self, Limits, PictureError};

/// A file after reading.
#[derive(Debug)]
pub(super) struct Prepared {
    pub record: Record,
    /// What to encode; none when the vector is already there or the picture is unreadable.
    pub pixels: Option<Pixels>,
}

/// What the threads share.
pub(super) struct Job<'a> {
    pub root: &'a Path,
    pub todo: &'a [Found],
    /// Contents that need no encoding.
    pub embedded: &'a HashSet<Hash>,
    pub preprocessor: &'a Preprocessor,
    pub limits: Limits,
    pub cancel: &'a AtomicBool,
    budget: Budget,
    next: AtomicUsize,
}

impl<'a> Job<'a> {
    pub fn new(
        root: &'a Path,
        todo: &'a [Found],
        embedded: &'a HashSet<Hash>,
        preprocessor: &'a Preprocessor,
        cancel: &'a AtomicBool,
    ) -> Self {
        let limits = Limits::default();
        Self {
            root,
            todo,
            embedded,
            preprocessor,
            limits,
            cancel,
            // As much as the largest picture may take: several such go in turn.
            budget: Budget::new(limits.max_memory),
            next: AtomicUsize::new(0),
        }
    }

    /// Starts `threads` of them; `None` stands for a file that vanished meanwhile. The channel is
    /// bounded: when nobody takes, the threads wait, and when the receiver is dropped they end.
    pub fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        threads: usize,
        capacity: usize,
    ) -> Receiver<Option<Prepared>> {
        let (sender, receiver) = bounded(capacity);
        for _ in 0..threads.max(1) {
            let sender = sender.clone();
            scope.spawn(move || {
                while !self.cancel.load(Ordering::Relaxed) {
                    let Some(todo) = self.todo.get(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
                    if sender.send(self.prepare(todo)).is_err() {
                        break;
                    }
                }
            });
        }
        receiver
    }

    fn prepare(&self, todo: &Found) -> Option<Prepared> {
        let mut record = Record {
            path: todo.path.clone(),
            size: todo.size,
            mtime_ns: todo.mtime_ns,
            hash: None,
            dimensions: None,
            taken_at: None,
            error: None,
        };
        let mut pixels = None;
        match self.read(todo, &mut record) {
            Ok(decoded) => pixels = decoded,
            Err(PictureError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => record.error = Some(error.to_string()),
        }
        Some(Prepared { record, pixels })
    }

    fn read(&self, todo: &Found, record: &mut Record) -> Result<Option<Pixels>, PictureError> {
        let path = self.root.join(paths::from_bytes(&todo.path));
        let mut memory = todo.size.min(self.limits.max_file_bytes);
        loop {
            // Dropped after what it stands for.
            let mut reservation = self.budget.reserve(memory);
            let bytes = picture::read_file(&path, &self.limits)?;
            let hash = *blake3::hash(&bytes).as_bytes();
            record.hash = Some(hash);
            if self.embedded.contains(&hash) {
                return Ok(None);
            }
            let needed = |width, height| self.preprocessor.needed(width, height);
            let reduced = picture::decode_reduced(&bytes, &self.limits, needed, |more| {
                memory = more.saturating_add(bytes.len() as u64);
                reservation.grow_to(memory)
            })?;
            // Waiting for more while holding some could go on for ever: it is read again, once there
            // is room for all of it.
            let Some(picture) = reduced else { continue };
            record.dimensions = Some(picture.size());
            record.taken_at = picture.taken_at;
            return Ok(Some(self.preprocessor.apply_to(&Source {
                pixels: &picture.pixels,
                factor: picture.factor,
                stored: picture.stored,
                orientation: picture.orientation,
            })));
        }
    }
}
