//! Threads that read files, hash them and turn new contents into pixels for the vision tower.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::facts;
use super::memory_limiter::MemoryLimiter;
use super::sidecars::Sidecars;
use super::single_flight::{Claim, Decoded, SingleFlight, Undecodable};
use super::walk::PictureFile;
use crate::base::paths;
use crate::base::picture_facts::PictureFacts;
use crate::base::thumbprint::Thumbprint;
use crate::catalog::{Hash, ImageInfo, PictureRecord};
use crate::clip::{Pixels, Preprocessor};
use crate::picture::{self, DECODER_VERSION, Limits, PictureError, Source};

/// A file after reading.
#[derive(Debug)]
pub(super) struct Prepared {
    pub record: PictureRecord,
    pub contents: Contents,
}

/// What is to be done for what is in a file.
#[derive(Debug)]
pub(super) enum Contents {
    /// Not in this run: the vector is there already, or there can be none.
    Nothing,
    /// They are to be encoded.
    Pixels(Pixels),
    /// They were encoded in this run, or are handed out for it already, with another file.
    Encoded,
}

impl Contents {
    /// The pixels, if there are any, which are from now on as good as encoded.
    pub(super) fn take_pixels(&mut self) -> Option<Pixels> {
        match std::mem::replace(self, Self::Encoded) {
            Self::Pixels(pixels) => Some(pixels),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// The files to read, and what is known of them.
pub(super) struct PoolInputs<'a> {
    pub root: &'a Path,
    pub todo: &'a [PictureFile],
    pub sidecars: &'a Sidecars,
    /// Contents that need no encoding, but for those that newer rules of decoding see otherwise.
    pub embedded: &'a HashSet<Hash>,
    /// The version of the rules by which contents were decoded, where it is not the present one.
    pub outdated: &'a HashMap<Hash, u32>,
    pub preprocessor: &'a Preprocessor,
    pub cancel: &'a AtomicBool,
}

/// The threads that read files, and what they share.
pub(super) struct DecodePool<'a> {
    inputs: PoolInputs<'a>,
    limits: Limits,
    memory: MemoryLimiter,
    flight: SingleFlight<'a>,
    next: AtomicUsize,
}

/// What was found in a file, with the facts that it tells where it is a picture.
enum Read {
    /// Contents whose vector is there already.
    Embedded(Hash, PictureFacts),
    /// Contents that this thread is the first to read in this run.
    First(Hash, PictureFacts, Result<(ImageInfo, Box<Seen>), PictureError>),
    /// Contents that were decoded before.
    Copy(Hash, PictureFacts, Decoded),
    /// Contents that another thread is decoding. It hands out this file too.
    Duplicate,
}

/// What was made of a picture's pixels.
struct Seen {
    pixels: Pixels,
    thumbprint: Thumbprint,
}

/// Nobody receives any more.
struct Disconnected;

impl<'a> DecodePool<'a> {
    /// A pool that has not started yet.
    pub(super) fn new(inputs: PoolInputs<'a>) -> Self {
        let limits = Limits::default();
        Self {
            inputs,
            limits,
            // As much as the largest picture may take: several such go in turn.
            memory: MemoryLimiter::new(limits.max_memory),
            flight: SingleFlight::default(),
            next: AtomicUsize::new(0),
        }
    }

    /// Starts `threads` of them; `None` stands for a file that vanished meanwhile. The channel is
    /// bounded: when nobody takes, the threads wait, and when the receiver is dropped they end.
    pub(super) fn start<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        threads: usize,
        capacity: usize,
    ) -> Receiver<Option<Prepared>> {
        let (sender, receiver) = bounded(capacity);
        for _ in 0..threads.max(1) {
            let sender = sender.clone();
            scope.spawn(move || self.work(&sender));
        }
        receiver
    }

    /// Takes files until there are no more, or nobody wants them.
    fn work(&self, sender: &Sender<Option<Prepared>>) {
        let mut again = Vec::new();
        while !self.inputs.cancel.load(Ordering::Relaxed) {
            let next = || self.inputs.todo.get(self.next.fetch_add(1, Ordering::Relaxed));
            let Some(file) = again.pop().or_else(next) else { break };
            if self.prepare(file, &mut again, sender).is_err() {
                break;
            }
        }
    }

    /// Reads a file and hands it out, with its copies that other threads came across meanwhile.
    fn prepare(
        &self,
        file: &'a PictureFile,
        again: &mut Vec<&'a PictureFile>,
        sender: &Sender<Option<Prepared>>,
    ) -> Result<(), Disconnected> {
        let send = |prepared| sender.send(prepared).map_err(|_| Disconnected);
        match self.read(file, again) {
            Ok(Read::Embedded(hash, facts)) => {
                let record = self.with_facts(record(file, Some(hash)), file, facts);
                send(Some(Prepared { record, contents: Contents::Nothing }))
            }
            Ok(Read::First(hash, facts, decoded)) => {
                let (outcome, contents, thumbprint) = match decoded {
                    Ok((info, seen)) => {
                        (Ok(info), Contents::Pixels(seen.pixels), Some(Box::new(seen.thumbprint)))
                    }
                    Err(error) => (Err(error.into()), Contents::Nothing, None),
                };
                let first = self.copy(file, hash, facts.clone(), outcome.clone());
                let record = PictureRecord { thumbprint, ..first.record };
                send(Some(Prepared { record, contents }))?;
                let left = self.flight.finish(hash, outcome.clone());
                let copy = |file| self.copy(file, hash, facts.clone(), outcome.clone());
                left.into_iter().try_for_each(|file| send(Some(copy(file))))
            }
            Ok(Read::Copy(hash, facts, outcome)) => send(Some(self.copy(file, hash, facts, outcome))),
            Ok(Read::Duplicate) => Ok(()),
            Err(PictureError::Io(error)) if error.kind() == io::ErrorKind::NotFound => send(None),
            Err(error) => send(Some(Prepared {
                record: failed(record(file, None), error.into()),
                contents: Contents::Nothing,
            })),
        }
    }

    /// An error is one of reading; files that must be read again are added to `again`.
    fn read(&self, file: &'a PictureFile, again: &mut Vec<&'a PictureFile>) -> Result<Read, PictureError> {
        let path = self.inputs.root.join(paths::from_bytes(&file.path));
        let mut bytes_needed = file.size.min(self.limits.max_file_bytes);
        loop {
            // Dropped after what it stands for.
            let mut reservation = self.memory.reserve(bytes_needed);
            let bytes = picture::read_file(&path, &self.limits)?;
            let hash = *blake3::hash(&bytes).as_bytes();
            let source = Source::new(&bytes, &path);
            if self.inputs.embedded.contains(&hash) && self.change_of(hash, source).is_none() {
                return Ok(Read::Embedded(hash, picture::read_facts(source)));
            }
            match self.flight.claim(hash, file) {
                Claim::First => {}
                Claim::Duplicate => return Ok(Read::Duplicate),
                Claim::Finished(outcome) => {
                    return Ok(Read::Copy(hash, picture::read_facts(source), outcome));
                }
            }
            let minimum_size = |width, height| self.inputs.preprocessor.minimum_size(width, height);
            let decoded = picture::decode_reduced(source, &self.limits, minimum_size, |more| {
                bytes_needed = more.saturating_add(bytes.len() as u64);
                reservation.grow_to(bytes_needed)
            });
            let picture = match decoded {
                Ok(Some(picture)) => picture,
                // Waiting for more while holding some could go on for ever: it is read again, once there
                // is room for all of it. By then it may be gone, or be another picture.
                Ok(None) => {
                    again.extend(self.flight.release(hash));
                    continue;
                }
                Err(error) => return Ok(Read::First(hash, PictureFacts::default(), Err(error))),
            };
            let seen = Seen {
                pixels: self.inputs.preprocessor.apply(&picture.image),
                thumbprint: picture::thumbprint(&picture.image),
            };
            let info = ImageInfo {
                dimensions: picture.image.size(),
                taken_at: picture.taken_at,
                format: picture::format_name(source).map(str::to_owned),
                damage: picture.damage,
            };
            return Ok(Read::First(hash, picture::read_facts(source), Ok((info, Box::new(seen)))));
        }
    }

    /// A file with contents that were decoded in this run.
    fn copy(&self, file: &PictureFile, hash: Hash, facts: PictureFacts, outcome: Decoded) -> Prepared {
        let record = record(file, Some(hash));
        match outcome {
            Ok(ImageInfo { dimensions, taken_at, format, damage }) => {
                let record =
                    PictureRecord { dimensions: Some(dimensions), taken_at, format, damage, ..record };
                Prepared { record: self.with_facts(record, file, facts), contents: Contents::Encoded }
            }
            Err(error) => Prepared { record: failed(record, error), contents: Contents::Nothing },
        }
    }

    /// A record with what the file says, and its sidecars.
    fn with_facts(&self, record: PictureRecord, file: &PictureFile, facts: PictureFacts) -> PictureRecord {
        let sidecars = self.inputs.sidecars;
        let facts = picture::with_sidecars(facts, &sidecars.read(self.inputs.root, &file.path));
        let facts = facts::record(facts, sidecars.stamp(&file.path), file.mtime_ns);
        PictureRecord { facts: Some(Box::new(facts)), ..record }
    }

    /// Why the contents of a file are seen otherwise now than when their vector was made, if they are.
    fn change_of(&self, hash: Hash, source: Source<'_>) -> Option<&'static str> {
        self.inputs.outdated.get(&hash).and_then(|version| picture::change_since(source, *version))
    }
}

fn record(file: &PictureFile, hash: Option<Hash>) -> PictureRecord {
    PictureRecord {
        path: file.path.clone(),
        size: file.size,
        mtime_ns: file.mtime_ns,
        file_id: file.file_id,
        hash,
        decoder: DECODER_VERSION,
        ..PictureRecord::default()
    }
}

fn failed(record: PictureRecord, Undecodable { reason, kind }: Undecodable) -> PictureRecord {
    PictureRecord { error: Some(reason), error_kind: Some(kind.name().to_owned()), ..record }
}

#[cfg(test)]
mod tests;
