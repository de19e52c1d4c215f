//! Child processes that are killed when their time is over, and never left behind.

use std::collections::BTreeMap;
use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// A running child process in a process group of its own: the terminal's ctrl-c does not reach it, and its own children
/// are killed with it. Dropping it kills and reaps it.
#[derive(Debug)]
pub(crate) struct Child(Arc<Mutex<Process>>);

#[derive(Debug)]
struct Process {
    child: std::process::Child,
    /// Whether its time was over before it ended.
    expired: bool,
    /// How it ended; none before it was reaped.
    status: Option<ExitStatus>,
}

/// How a child process ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Its exit status, if the system told it.
    pub status: Option<ExitStatus>,
    /// Whether it was killed because its time was over.
    pub expired: bool,
}

impl Child {
    /// Starts a program.
    ///
    /// # Errors
    /// When the program can't be started.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        own_group(command);
        let child = command.spawn()?;
        Ok(Self(Arc::new(Mutex::new(Process { child, expired: false, status: None }))))
    }

    /// The pipe to its standard input. Only the first call gets it, and only when the command asked for a pipe; so do
    /// the two below.
    pub(crate) fn take_stdin(&self) -> Option<ChildStdin> {
        self.0.lock().child.stdin.take()
    }

    /// The pipe from its standard output.
    pub(crate) fn take_stdout(&self) -> Option<ChildStdout> {
        self.0.lock().child.stdout.take()
    }

    /// The pipe from its standard error.
    pub(crate) fn take_stderr(&self) -> Option<ChildStderr> {
        self.0.lock().child.stderr.take()
    }

    /// Lowers the priority of the process to the least that there is, and, on Linux, has the system end it once it has
    /// computed for `time` on every processor, should this process be killed before it can do so. Where the system refuses,
    /// the process runs as any other.
    pub(crate) fn give_way(&self, time: Duration) {
        #[cfg(unix)]
        {
            let process = self.0.lock();
            let pid = i32::try_from(process.child.id()).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid.filter(|_| process.status.is_none())
                && let Err(error) = lower(pid, time)
            {
                tracing::debug!(%error, "a child process has normal priority");
            }
        }
        #[cfg(not(unix))]
        let _ = time;
    }

    /// Has the process killed after `time`, unless the alarm is dropped before. Whoever reads from the process finds the
    /// end of its output then.
    ///
    /// # Errors
    /// When the thread that waits for all alarms can't be started.
    pub(crate) fn kill_after(&self, time: Duration) -> io::Result<Alarm> {
        WATCHDOG.set(Instant::now() + time, Arc::clone(&self.0))
    }

    /// Kills the process if it still runs, and reaps it. A process that ended by itself before keeps its own status.
    pub(crate) fn end(&self) -> Ended {
        self.0.lock().end()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}

impl Process {
    /// Sends the signal to the whole group. The number of a group stays taken until its leader is reaped.
    fn kill(&mut self) {
        if self.status.is_some() {
            return;
        }
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // It fails when all of the group have ended.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
    }

    fn end(&mut self) -> Ended {
        self.kill();
        if self.status.is_none() {
            self.status = self.child.wait().ok();
        }
        Ended { status: self.status, expired: self.expired }
    }
}

/// Lowers the priority of a process, and limits its time on processors where there is such a limit.
#[cfg(unix)]
fn lower(pid: rustix::process::Pid, time: Duration) -> rustix::io::Result<()> {
    rustix::process::setpriority_process(Some(pid), 19)?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, prlimit};
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let seconds = Some((time.as_secs() + 1).saturating_mul(processors));
        prlimit(Some(pid), Resource::Cpu, Rlimit { current: seconds, maximum: seconds })?;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = time;
    Ok(())
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

#[cfg(not(any(unix, windows)))]
fn own_group(_: &mut Command) {}

/// A time at which a process is killed. Dropping it calls that off.
#[derive(Debug)]
pub(crate) struct Alarm(Key);

/// When, and a number that tells apart those of the same instant.
type Key = (Instant, u64);

/// The alarms of all processes, for which one thread waits.
#[derive(Debug)]
struct Watchdog {
    state: Mutex<Alarms>,
    changed: Condvar,
}

#[derive(Debug)]
struct Alarms {
    waiting: BTreeMap<Key, Arc<Mutex<Process>>>,
    next_number: u64,
    is_running: bool,
}

static WATCHDOG: Watchdog = Watchdog {
    state: Mutex::new(Alarms { waiting: BTreeMap::new(), next_number: 0, is_running: false }),
    changed: Condvar::new(),
};

impl Watchdog {
    fn set(&'static self, at: Instant, process: Arc<Mutex<Process>>) -> io::Result<Alarm> {
        let mut state = self.state.lock();
        if !state.is_running {
            std::thread::Builder::new().name("watchdog".into()).spawn(|| self.watch())?;
            state.is_running = true;
        }
        let key = (at, state.next_number);
        state.next_number += 1;
        state.waiting.insert(key, process);
        self.changed.notify_one();
        Ok(Alarm(key))
    }

    /// Returns whether there was such an alarm.
    fn remove(&self, key: Key) -> bool {
        self.state.lock().waiting.remove(&key).is_some()
    }

    fn watch(&self) {
        let mut state = self.state.lock();
        loop {
            match state.waiting.first_key_value().map(|(key, _)| *key) {
                None => self.changed.wait(&mut state),
                Some((at, _)) if at > Instant::now() => {
                    self.changed.wait_until(&mut state, at);
                }
                Some(key) => {
                    let process = state.waiting.remove(&key);
                    // Whoever holds the process may be waiting for this lock.
                    parking_lot::MutexGuard::unlocked(&mut state, || {
                        if let Some(process) = process {
                            let mut process = process.lock();
                            process.expired |= process.status.is_none();
                            process.kill();
                        }
                    });
                }
            }
        }
    }
}

impl Alarm {
    /// Calls the alarm off. Returns whether it was still ahead; if not, the process was killed or is about to be.
    pub(crate) fn call_off(self) -> bool {
        WATCHDOG.remove(self.0)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        WATCHDOG.remove(self.0);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::process::ExitStatusExt;
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Child::start(&mut command).unwrap()
    }

    fn read(child: &Child) -> String {
        let mut text = String::new();
        child.take_stdout().unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_process_that_ends_by_itself_keeps_its_status() {
        let child = shell("echo done; exit 7");
        let alarm = child.kill_after(Duration::from_secs(60)).unwrap();
        assert_eq!(read(&child), "done\n");
        let ended = child.end();
        drop(alarm);
        assert_eq!((ended.status.unwrap().code(), ended.expired), (Some(7), false));
        let crashed = shell("kill -SEGV $$");
        assert_eq!(read(&crashed), "");
        assert_eq!(crashed.end().status.unwrap().signal(), Some(11));
    }

    #[test]
    fn one_that_takes_too_long_is_killed_with_its_own_children() {
        let begun = Instant::now();
        // Both the shell and what it started hold the pipe.
        let child = shell("sleep 50 & sleep 50; echo late");
        let slow = child.kill_after(Duration::from_secs(40)).unwrap();
        let quick = child.kill_after(Duration::from_millis(50)).unwrap();
        assert_eq!(read(&child), "");
        let ended = child.end();
        assert_eq!((ended.status.unwrap().signal(), ended.expired), (Some(9), true));
        assert!(begun.elapsed() < Duration::from_secs(20));
        drop((slow, quick));
    }

    #[test]
    fn an_alarm_that_was_called_off_kills_nothing() {
        let child = shell("read line; echo $line");
        assert!(child.kill_after(Duration::from_secs(10)).unwrap().call_off());
        drop(child.kill_after(Duration::from_millis(10)).unwrap());
        std::thread::sleep(Duration::from_millis(60));
        child.take_stdin().unwrap().write_all(b"alive\n").unwrap();
        assert_eq!(read(&child), "alive\n");
        assert!(!child.end().expired);
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let child = shell("sleep 50");
        let id = child.0.lock().child.id();
        drop(child);
        assert!(
            rustix::process::test_kill_process(rustix::process::Pid::from_raw(id as i32).unwrap()).is_err()
        );
    }
}
