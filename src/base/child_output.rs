//! What a child process writes, taken within a limit of time.

use std::io::{self, ErrorKind, Read};
use std::thread;
use std::time::Instant;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::child::Child;

/// How much is read at once, in bytes.
pub(crate) const CHUNK: usize = 64 << 10;
/// How much of the end of standard error is kept, in bytes.
const LAST_WORDS: usize = 2 << 10;
/// Longest reason that is taken from standard error, in characters.
const LONGEST_REASON: usize = 160;

/// What comes from the program.
enum Chunk {
    Output(Vec<u8>),
    Complaint(Vec<u8>),
}

/// Why the output was not taken to its end.
#[derive(Debug)]
pub(crate) enum Unfinished<E> {
    /// The system has no thread left.
    NoThread(io::Error),
    /// The time was over.
    TooSlow,
    /// Whoever takes the output refused it.
    Refused(E),
}

/// Hands what a child process writes on its standard output to `take`, piece by piece, until it closes it and its standard
/// error, and returns the end of the latter. Both have to be pipes.
///
/// # Errors
/// When that takes until after `deadline`, or `take` refuses a piece. The process is not ended by that.
pub(crate) fn take_output<E>(
    child: &Child,
    deadline: Instant,
    mut take: impl FnMut(Vec<u8>) -> Result<(), E>,
) -> Result<Vec<u8>, Unfinished<E>> {
    // Threads of their own, which nobody waits for: a program that this one left behind may hold the pipes.
    let (sender, chunks) = bounded(4);
    read_all(child.take_stdout(), sender.clone(), Chunk::Output).map_err(Unfinished::NoThread)?;
    read_all(child.take_stderr(), sender, Chunk::Complaint).map_err(Unfinished::NoThread)?;
    let mut complaint = Vec::new();
    loop {
        match chunks.recv_deadline(deadline) {
            Ok(Chunk::Complaint(bytes)) => {
                complaint.extend(bytes);
                complaint.drain(..complaint.len().saturating_sub(LAST_WORDS));
            }
            Ok(Chunk::Output(bytes)) => take(bytes).map_err(Unfinished::Refused)?,
            Err(RecvTimeoutError::Timeout) => return Err(Unfinished::TooSlow),
            Err(RecvTimeoutError::Disconnected) => return Ok(complaint),
        }
    }
}

/// Sends on what comes from a pipe, until it ends or nobody receives.
fn read_all(
    pipe: Option<impl Read + Send + 'static>,
    sender: Sender<Chunk>,
    wrap: fn(Vec<u8>) -> Chunk,
) -> io::Result<()> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    thread::Builder::new().name("child-output".into()).spawn(move || {
        let mut buffer = vec![0; CHUNK];
        loop {
            let bytes = match pipe.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => break,
                Ok(length) => buffer.get(..length).unwrap_or_default().to_vec(),
            };
            if sender.send(wrap(bytes)).is_err() {
                break;
            }
        }
    })?;
    Ok(())
}

/// The last line of what a program complained that says something, cut where it is very long.
pub(crate) fn last_line(complaint: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(complaint);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(LONGEST_REASON).collect())
}
