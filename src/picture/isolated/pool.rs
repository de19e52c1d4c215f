//! Child processes that stay warm between pictures.

use std::ffi::OsString;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use image::metadata::Orientation;
use parking_lot::{Condvar, Mutex};

use super::conversation::{Conversation, Failure};
use super::message::Planned;
use crate::base::child::{Alarm, Child, Ended};
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{Decoded, MinimumSize};
use crate::picture::source::Source;

/// Longest time for one picture.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Most processes at once: beyond, their memory costs more than their speed gains.
const MOST_PROCESSES: usize = 4;
/// How much of what a process said before its death is read, in bytes.
const LAST_WORDS: u64 = 4 << 10;

static POOL: OnceLock<Arc<Pool>> = OnceLock::new();

/// Names the program that decodes SVG, JPEG XL, HEIC, AVIF and JPEG 2000 in processes of its own: run with `argument`, it
/// must call [`decode_for_parent`](crate::picture::decode_for_parent) and end. Its path is absolute. The first call of a process counts.
///
/// Without it, these formats are decoded within this process, where a panic of a decoder is an error as well, but an
/// endless loop, an overflow of the stack or a failed allocation is not stopped.
pub fn set_worker_program(program: PathBuf, argument: &str) {
    POOL.get_or_init(|| {
        let processes = std::thread::available_parallelism().map_or(2, NonZero::get).clamp(2, MOST_PROCESSES);
        Pool::new(program, vec![argument.into()], processes, TIME_LIMIT)
    });
}

/// The pool of this process, if a program was named.
pub(super) fn pool() -> Option<&'static Arc<Pool>> {
    POOL.get()
}

/// Starts child processes when they are needed, and keeps those that are idle.
#[derive(Debug)]
pub(super) struct Pool {
    program: PathBuf,
    arguments: Vec<OsString>,
    capacity: usize,
    time_limit: Duration,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Worker>,
    /// Number of leases.
    leased: usize,
}

/// A running child process.
#[derive(Debug)]
struct Worker {
    conversation: Conversation<ChildStdout, ChildStdin>,
    stderr: ChildStderr,
    child: Child,
    /// Whether it was idle before.
    is_warm: bool,
}

/// The use of one child process for one picture. A process in the middle of something is killed when this is dropped;
/// otherwise it goes back to the pool.
#[derive(Debug)]
pub(super) struct Lease {
    pool: Arc<Pool>,
    format: Format,
    /// None once the process is given back or dead.
    worker: Option<Worker>,
    /// None when the time limit is not running.
    alarm: Option<Alarm>,
    state: Conversing,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conversing {
    /// The child waits for a picture.
    Ready,
    /// The child waits to hear what to do with a planned picture.
    Planned,
    /// The child is at work, or it is unknown what it does.
    Busy,
}

impl Pool {
    /// A pool of at most `capacity` processes, each of which may take `time_limit` for a picture.
    pub(super) fn new(
        program: PathBuf,
        arguments: Vec<OsString>,
        capacity: usize,
        time_limit: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            program,
            arguments,
            capacity,
            time_limit,
            state: Mutex::default(),
            returned: Condvar::new(),
        })
    }

    /// Waits until a process is free, or starts one. A `fresh` one is started in any case.
    ///
    /// # Errors
    /// When no process can be started.
    pub(super) fn lease(self: &Arc<Self>, format: Format, fresh: bool) -> Result<Lease, PictureError> {
        let mut state = self.state.lock();
        while state.leased >= self.capacity {
            self.returned.wait(&mut state);
        }
        state.leased += 1;
        let idle = state.idle.pop();
        drop(state);
        let mut lease =
            Lease { pool: Arc::clone(self), format, worker: None, alarm: None, state: Conversing::Ready };
        let idle = idle.filter(|_| !fresh);
        let started = idle.map_or_else(|| self.start(), Ok).and_then(|worker| {
            lease.alarm = Some(worker.child.kill_after(self.time_limit)?);
            Ok(worker)
        });
        match started {
            Ok(worker) => {
                lease.worker = Some(worker);
                Ok(lease)
            }
            Err(error) => {
                let reason = format!("the process for it can't be started ({error})");
                Err(PictureError::DecoderProcess { format, reason })
            }
        }
    }

    fn start(&self) -> io::Result<Worker> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        {
            // It opens no files of the user's, and must not keep their disk busy.
            command.current_dir("/");
            if self.program.ends_with("self/exe") {
                // Lists of processes show the name that people know.
                std::os::unix::process::CommandExt::arg0(&mut command, env!("CARGO_PKG_NAME"));
            }
        }
        let child = Child::start(&mut command)?;
        let missing = || io::Error::other("no pipe");
        let conversation = Conversation {
            input: child.take_stdout().ok_or_else(missing)?,
            output: child.take_stdin().ok_or_else(missing)?,
        };
        let stderr = child.take_stderr().ok_or_else(missing)?;
        Ok(Worker { conversation, stderr, child, is_warm: false })
    }

    /// Number of idle processes.
    #[cfg(all(test, unix))]
    pub(super) fn idle(&self) -> usize {
        self.state.lock().idle.len()
    }
}

impl Lease {
    /// Whether the process was idle before, and may have died meanwhile.
    pub(super) fn is_warm(&self) -> bool {
        self.worker.as_ref().is_some_and(|worker| worker.is_warm)
    }

    /// As [`Conversation::plan`].
    pub(super) fn plan(
        &mut self,
        source: Source<'_>,
        limits: &Limits,
        minimum_size: MinimumSize,
    ) -> Result<(Planned, Orientation), Failure> {
        let format = self.format;
        self.converse(Conversing::Planned, |conversation| {
            conversation.plan(source, format, limits, minimum_size)
        })
    }

    /// As [`Conversation::decode`].
    pub(super) fn decode(&mut self, reduce: u32, size: (u32, u32)) -> Result<Decoded, Failure> {
        self.converse(Conversing::Ready, |conversation| conversation.decode(reduce, size))
    }

    fn converse<T>(
        &mut self,
        then: Conversing,
        talk: impl FnOnce(&mut Conversation<ChildStdout, ChildStdin>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.state = Conversing::Busy;
        let worker = self.worker.as_mut().ok_or(Failure::Gone)?;
        let answer = talk(&mut worker.conversation);
        self.state = match answer {
            Ok(_) => then,
            Err(Failure::Picture(_)) => Conversing::Ready,
            Err(_) => Conversing::Busy,
        };
        answer
    }

    /// Says why there is no picture, and ends a process that is to blame.
    pub(super) fn explain(mut self, failure: Failure) -> PictureError {
        let format = self.format;
        let process = |reason| PictureError::DecoderProcess { format, reason };
        let worker = match failure {
            Failure::Picture(error) => return error,
            Failure::Nonsense(what) => return process(format!("the process for it is wrong: {what}")),
            Failure::Gone => self.worker.take(),
        };
        let Some(Worker { child, mut conversation, mut stderr, .. }) = worker else {
            return PictureError::Crashed(format);
        };
        // Only the end of its output tells that it ended by itself, and with what status. The alarm is still set.
        let _ = io::copy(&mut conversation.input, &mut io::sink());
        let Ended { status, expired } = child.end();
        if expired {
            return PictureError::TooSlow { format, seconds: self.pool.time_limit.as_secs() };
        }
        let mut last_words = Vec::new();
        // Without them the status is what is left.
        let _ = stderr.by_ref().take(LAST_WORDS).read_to_end(&mut last_words);
        // What Rust says before it aborts; and Linux kills with signal 9 when the machine has no memory left.
        let is_out_of_memory = memchr::memmem::find(&last_words, b"memory allocation of ").is_some();
        #[cfg(unix)]
        let is_out_of_memory = is_out_of_memory
            || status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status)) == Some(9);
        match status.and_then(|status| status.code()) {
            _ if is_out_of_memory => PictureError::TooMuchMemory(format),
            Some(code @ 0..) => process(format!("the process for it ended with exit code {code}")),
            _ => PictureError::Crashed(format),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut worker = self.worker.take();
        if self.state == Conversing::Planned
            && worker.as_mut().is_none_or(|worker| worker.conversation.forget().is_err())
        {
            self.state = Conversing::Busy;
        }
        // A process whose time was just over is dying.
        let in_time = self.alarm.take().is_none_or(Alarm::call_off);
        let worker = worker.filter(|_| in_time && self.state != Conversing::Busy);
        let mut state = self.pool.state.lock();
        state.idle.extend(worker.map(|worker| Worker { is_warm: true, ..worker }));
        state.leased -= 1;
        drop(state);
        self.pool.returned.notify_one();
    }
}
