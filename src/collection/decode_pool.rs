//! Threads that read files, hash them and turn new contents into pixels for the vision tower.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, bounded};

use super::catalog::Hash;
use super::walk::Found;
use super::writer::Record;
use crate::model::{Pixels, Preprocessor};
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
        Self {
            root,
            todo,
            embedded,
            preprocessor,
            limits: Limits::default(),
            cancel,
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
        match self.read(&todo.path, &mut record) {
            Ok(decoded) => pixels = decoded,
            Err(PictureError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => record.error = Some(error.to_string()),
        }
        Some(Prepared { record, pixels })
    }

    fn read(&self, path: &[u8], record: &mut Record) -> Result<Option<Pixels>, PictureError> {
        let bytes = picture::read_file(&self.root.join(paths::from_bytes(path)), &self.limits)?;
        let hash = *blake3::hash(&bytes).as_bytes();
        record.hash = Some(hash);
        if self.embedded.contains(&hash) {
            return Ok(None);
        }
        let picture = picture::decode(&bytes, &self.limits)?;
        record.dimensions = Some((picture.width, picture.height));
        record.taken_at = picture.taken_at;
        Ok(Some(self.preprocessor.apply(&picture.pixels)))
    }
}
