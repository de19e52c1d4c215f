//! The download of one file: what the hub says of it, then its bytes, which take their place once they are the right
//! ones.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::client::{Client, content_range};
use super::etag::{Checksum, Etag, is_plain_name};
use super::events::{FetchEvent, FetchProgress};
use super::failure::{Failure, Retries};
use super::folder::{ModelFolder, remove_file, write_error};
use crate::base::regular;

/// A download of which fewer bytes arrive in a [`Pace`]'s time is as good as stalled.
const LEAST_PACE: u64 = 64 << 10;

/// A file is large if computing its checksum takes a moment that somebody may notice: from so many bytes on.
pub(super) const LARGE: u64 = 16 << 20;

/// A file on the hub.
pub(super) struct Remote {
    /// The name of its contents.
    pub(super) etag: Etag,
    /// The commit that it belongs to.
    pub(super) commit: String,
    /// Its length in bytes.
    pub(super) size: u64,
}

/// The download of one file.
pub(super) struct Transfer<'a> {
    pub(super) client: &'a Client,
    pub(super) folder: &'a ModelFolder,
    /// The file's name.
    pub(super) file: &'a str,
    /// Its address on the hub.
    pub(super) url: String,
    /// Its checksum as far as it is known beforehand.
    pub(super) pinned: Option<Checksum>,
    /// How long nothing may arrive.
    pub(super) timeout: Duration,
    pub(super) report: &'a dyn Fn(FetchEvent<'_>),
}

impl Transfer<'_> {
    /// Asks what the hub has.
    pub(super) fn probe(&self) -> Result<Remote, Failure> {
        let mut retries = Retries::default();
        loop {
            match self.probe_once() {
                Err(failure) => retries.wait(failure, 0, self.file, self.report)?,
                remote => return remote,
            }
        }
    }

    fn probe_once(&self) -> Result<Remote, Failure> {
        let answer = self.client.get(&self.url, "bytes=0-0", true)?;
        let (headers, claims) = (answer.response.headers(), answer.claims);
        let etag = claims.etag.ok_or_else(|| Failure::Answer("it has no ETag".to_owned()))?;
        let etag = Etag::parse(&etag).ok_or_else(|| Failure::Answer(format!("it has the ETag '{etag}'")))?;
        let commit = claims.commit.ok_or_else(|| Failure::Answer("it names no commit".to_owned()))?;
        if !is_plain_name(&commit) {
            return Err(Failure::Answer(format!("it names the commit '{commit}'")));
        }
        let whole = match answer.response.status().as_u16() {
            206 => content_range(headers).and_then(|(_, total)| total),
            200 => answer.response.body().content_length(),
            _ => None,
        };
        let size = claims.size.or(whole);
        let size = size.ok_or_else(|| Failure::Answer("it does not say how long the file is".to_owned()))?;
        Ok(Remote { etag, commit, size })
    }

    /// Gets the contents into their place in the cache, unless they are there.
    pub(super) fn fetch(&self, remote: &Remote) -> Result<(), Failure> {
        let waiting = || (self.report)(FetchEvent::Waiting { file: self.file });
        let _lock = self.folder.lock(&remote.etag, waiting).map_err(Failure::Write)?;
        let blob = self.folder.blob(&remote.etag);
        if blob.symlink_metadata().is_ok() {
            // A link, or what is left of an earlier version that checked too late.
            if self.mismatch(&blob, remote)?.is_none() {
                return Ok(());
            }
            remove_file(&blob).map_err(Failure::Write)?;
        }
        loop {
            let (path, mut file) = self.folder.open_partial(&remote.etag).map_err(Failure::Write)?;
            let failed = |error| Failure::Write(write_error(&path)(error));
            let mut begun = file.seek(SeekFrom::End(0)).map_err(failed)?;
            if begun > remote.size || !self.can_be_checked(remote) {
                file.set_len(0).map_err(failed)?;
                begun = 0;
            }
            if let Err(failure) = self.fill(&mut file, &path, remote) {
                if matches!(failure, Failure::Damaged(_)) {
                    drop(file);
                    remove_file(&path).map_err(Failure::Write)?;
                }
                return Err(failure);
            }
            match self.mismatch(&path, remote)? {
                None => return self.folder.publish(&path, file, &remote.etag).map_err(Failure::Write),
                Some(reason) => {
                    drop(file);
                    remove_file(&path).map_err(Failure::Write)?;
                    // The fault may lie in what an earlier download left.
                    if begun == 0 {
                        return Err(Failure::Damaged(reason));
                    }
                }
            }
        }
    }

    /// Whether contents have a checksum: only then can a download that was stopped be gone on with.
    fn can_be_checked(&self, remote: &Remote) -> bool {
        self.pinned.is_some() || remote.etag.checksum().is_some()
    }

    /// Downloads what the file lacks, with as many requests as it takes.
    fn fill(&self, file: &mut File, path: &Path, remote: &Remote) -> Result<(), Failure> {
        let length = |file: &mut File| {
            file.seek(SeekFrom::End(0)).map_err(|error| Failure::Write(write_error(path)(error)))
        };
        let mut retries = Retries::default();
        let mut most = length(file)?;
        loop {
            let begun = length(file)?;
            if begun == remote.size {
                return Ok(());
            }
            let Err(failure) = self.request(file, path, remote, begun) else { continue };
            // What arrives again and again is no progress.
            let now = length(file)?;
            retries.wait(failure, now.saturating_sub(most), self.file, self.report)?;
            most = most.max(now);
        }
    }

    /// Asks for the bytes from `begun` on, and appends those that arrive. On success, all are there.
    fn request(&self, file: &mut File, path: &Path, remote: &Remote, mut begun: u64) -> Result<(), Failure> {
        let failed = |error| Failure::Write(write_error(path)(error));
        let answer = match self.client.get(&self.url, &format!("bytes={begun}-"), false) {
            // It can't go on from there, so it begins again.
            Err(Failure::Status { status: 416, .. }) if begun > 0 => {
                file.set_len(0).map_err(failed)?;
                return Err(Failure::Connection("the hub does not go on with the file".to_owned()));
            }
            answer => answer?,
        };
        if answer.claims.etag.is_some_and(|etag| Etag::parse(&etag).as_ref() != Some(&remote.etag)) {
            return Err(Failure::Moved);
        }
        let response = answer.response;
        if response.status().as_u16() == 200 {
            file.set_len(0).and_then(|()| file.rewind()).map_err(failed)?;
            begun = 0;
        } else if !matches!(content_range(response.headers()), Some((first, total))
            if first == begun && total.is_none_or(|total| total == remote.size))
        {
            return Err(Failure::Answer("its Content-Range is not what was asked for".to_owned()));
        }
        let missing = remote.size - begun;
        if let Some(announced) = response.body().content_length().filter(|&announced| announced > missing) {
            return Err(Failure::Damaged(format!("{announced} bytes instead of {missing}")));
        }
        // One more than there should be, to notice that there are more.
        let mut body = response.into_body().into_reader().take(missing.saturating_add(1));
        let mut pace = Pace::new(self.timeout);
        let mut buffer = vec![0; 1 << 17];
        let mut received = begun;
        loop {
            let length = body.read(&mut buffer)?;
            received += length as u64;
            if received > remote.size {
                return Err(Failure::Damaged(format!("more than {} bytes", remote.size)));
            }
            if length == 0 && received < remote.size {
                let total = remote.size;
                return Err(Failure::Connection(format!(
                    "the connection ended after {received} of {total} bytes"
                )));
            }
            file.write_all(&buffer[..length]).map_err(failed)?;
            (self.report)(FetchEvent::Received(FetchProgress {
                file: self.file,
                received,
                total: remote.size,
            }));
            if length == 0 {
                return Ok(());
            }
            if !pace.keeps_up(length as u64, Instant::now()) {
                return Err(Failure::Stalled);
            }
        }
    }

    /// How a file differs from what it should be; none when it is right.
    fn mismatch(&self, path: &Path, remote: &Remote) -> Result<Option<String>, Failure> {
        if remote.size > LARGE {
            (self.report)(FetchEvent::Checking { file: self.file });
        }
        let checksums = self.pinned.iter().cloned().chain(remote.etag.checksum());
        mismatch(path, Some(remote.size), checksums).map_err(|error| Failure::Write(write_error(path)(error)))
    }
}

/// How the file at `path` differs from this size and these checksums; none when it is right.
pub(super) fn mismatch(
    path: &Path,
    size: Option<u64>,
    checksums: impl Iterator<Item = Checksum>,
) -> std::io::Result<Option<String>> {
    let mut file = match regular::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => return Ok(Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    if let Some(size) = size.filter(|&size| size != length) {
        return Ok(Some(format!("{length} bytes instead of {size}")));
    }
    for checksum in checksums {
        file.rewind()?;
        if let Some(reason) = checksum.mismatch(&file, length)? {
            return Ok(Some(reason));
        }
    }
    Ok(None)
}

/// Notices when bytes only drip.
pub(super) struct Pace {
    time: Duration,
    since: Option<Instant>,
    received: u64,
}

impl Pace {
    /// Begins to count. `timeout` is how long nothing at all may arrive.
    pub(super) fn new(timeout: Duration) -> Self {
        Self { time: 4 * timeout, since: None, received: 0 }
    }

    /// Counts bytes. Returns whether enough of them arrived in the last while.
    pub(super) fn keeps_up(&mut self, bytes: u64, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        self.received += bytes;
        if now - since < self.time {
            return true;
        }
        let keeps_up = self.received >= LEAST_PACE;
        (self.since, self.received) = (Some(now), 0);
        keeps_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drip_is_a_stall() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut pace = Pace::new(second);
        assert!((0..100).all(|n| pace.keeps_up(LEAST_PACE / 2, start + n * second)));
        let mut pace = Pace::new(second);
        let kept: Vec<bool> = (0..6).map(|n| pace.keeps_up(10, start + n * second)).collect();
        assert_eq!(kept, [true, true, true, true, false, true]);
    }
}
