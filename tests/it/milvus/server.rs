//! A Milvus server of the tests' own, with its data in a temporary folder.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start on a busy machine.
const STARTING: Duration = Duration::from_secs(180);

/// A running server. It ends with the value; another test that wants one waits until then.
pub struct Server {
    data: TempDir,
    port: u16,
    options: Vec<String>,
    child: Mutex<Option<Child>>,
    // Released last.
    _alone: Alone,
}

/// Held by the one server that runs: a part of Milvus listens on a port that can't be chosen.
struct Alone;

static RUNS: Mutex<bool> = Mutex::new(false);
static ENDED: Condvar = Condvar::new();

impl Alone {
    /// Waits until no server runs.
    fn wait() -> Self {
        let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        *ENDED.wait_while(runs, |runs| *runs).unwrap_or_else(PoisonError::into_inner) = true;
        Self
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        *RUNS.lock().unwrap_or_else(PoisonError::into_inner) = false;
        ENDED.notify_one();
    }
}

impl Server {
    /// A plain server, which tests that run at the same time share. Those that stop theirs start one of their own.
    pub fn common() -> Arc<Self> {
        static COMMON: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut common = COMMON.lock().unwrap_or_else(PoisonError::into_inner);
        common.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start(&[]));
            *common = Arc::downgrade(&started);
            started
        })
    }

    /// Starts a server with further options.
    pub fn start(options: &[&str]) -> Self {
        let alone = Alone::wait();
        let server = Self {
            data: TempDir::new().unwrap(),
            port: free_port(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
            child: Mutex::new(None),
            _alone: alone,
        };
        server.resume();
        server
    }

    /// Starts it again, with the data it had.
    pub fn resume(&self) {
        let mut command = Command::new(program());
        command
            .arg("--data")
            .arg(self.data.path())
            .args(["--proxy-port", &self.port.to_string()])
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that all of it can be ended.
            .process_group(0);
        *self.child.lock().unwrap() = Some(command.spawn().unwrap());
        let deadline = Instant::now() + STARTING;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(
                Instant::now() < deadline,
                "the server did not start; its log is in {:?}",
                self.data.keep_log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Kills it as a loss of power would.
    pub fn kill(&self) {
        let Some(mut child) = self.child.lock().unwrap().take() else { return };
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
        // The server is a grandchild: it is gone once nobody listens any more.
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Drops a collection, as an administrator would.
    pub fn drop_collection(&self, name: &str) {
        self.post("/v1/vector/collections/drop", &format!("{{\"collectionName\": \"{name}\"}}"));
    }

    /// Sends a request to the server's other interface, which pixseek does not use.
    fn post(&self, path: &str, body: &str) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut answer = ureq::post(&url).header("Content-Type", "application/json").send(body).unwrap();
        let answer = answer.body_mut().read_to_string().unwrap();
        assert!(answer.contains("\"code\":200"), "{answer}");
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Keeps the last lines of a server's log, for a test that fails.
trait KeepLog {
    fn keep_log(&self) -> String;
}

impl KeepLog for TempDir {
    fn keep_log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path().join("logs").join(name)).unwrap_or_default();
        let log = read("milvus-stderr.log") + &read("milvus-stdout.log");
        log.lines().rev().take(20).collect::<Vec<_>>().join("\n")
    }
}

/// The program that starts a server.
fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("PIXSEEK_MILVUS").filter(|program| !program.is_empty()) {
        return program.into();
    }
    let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join("milvus-server"))
        .find(|program: &PathBuf| Path::is_file(program));
    on_path.expect("set PIXSEEK_MILVUS to milvus-server of `pip install milvus==2.3.5 'setuptools<80'`")
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
