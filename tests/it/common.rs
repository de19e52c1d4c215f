//! Runs the real binary in a sandbox: its own data, settings, cache and hub folders.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;

/// The binary that cargo made.
const BINARY: &str = env!("CARGO_BIN_EXE_pixseek");

/// A temporary home with a folder for pictures.
pub struct Sandbox {
    home: TempDir,
    binary: PathBuf,
}

/// The user and the group that root's tests of permissions run the binary as.
#[cfg(unix)]
const NOBODY: u32 = 65534;

/// What a run left.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.text(), self.stderr);
        self
    }

    /// Fails the test unless stderr has each of these.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in stderr: {}", self.stderr);
        }
        self
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The file names in stdout's JSON lines, in order.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        self.text()
            .lines()
            .map(|line| {
                let hit: Value = serde_json::from_str(line).unwrap();
                let path = Path::new(hit["path"].as_str().unwrap()).to_owned();
                path.file_name().unwrap().to_string_lossy().into_owned()
            })
            .collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }
}

impl Sandbox {
    pub fn new() -> Self {
        Self::at(TempDir::new().unwrap(), BINARY.into())
    }

    fn at(home: TempDir, binary: PathBuf) -> Self {
        fs::create_dir(home.path().join("pics")).unwrap();
        Self { home, binary }
    }

    /// A sandbox for [`Self::run_unprivileged`]. The checkout and the folder for temporary files may be root's alone: the
    /// sandbox lies where another user gets to it, and has a copy of the binary.
    #[cfg(unix)]
    pub fn unprivileged() -> Self {
        if !is_root() {
            return Self::new();
        }
        let places = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into(), "/dev/shm".into()];
        for place in &places {
            let Ok(home) = TempDir::new_in(place) else { continue };
            set_mode(home.path(), 0o755);
            let binary = home.path().join("pixseek");
            fs::copy(BINARY, &binary).unwrap();
            set_mode(&binary, 0o755);
            let runs = as_nobody(&mut Command::new(&binary)).arg("--version").output();
            if runs.is_ok_and(|output| output.status.success()) {
                return Self::at(home, binary);
            }
        }
        panic!("user {NOBODY} can run nothing in any of {places:?}: permissions can't be tested");
    }

    /// A sandbox with the demo gallery in `pics`, indexed.
    pub fn gallery() -> Self {
        let sandbox = Self::new();
        sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
        sandbox.run(["index", "pics", "-q"]).expect(0);
        sandbox
    }

    /// A sandbox with three pictures, which are not indexed.
    pub fn three_pictures() -> Self {
        let sandbox = Self::new();
        for seed in 1..=3 {
            sandbox.picture(format!("{seed}.png"), seed);
        }
        sandbox
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The folder for pictures, canonical.
    pub fn pics(&self) -> PathBuf {
        self.home.path().join("pics").canonicalize().unwrap()
    }

    /// The binary with the demo model, in the sandbox's environment.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, dir) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("PIXSEEK_DATA_DIR", "data/pixseek"),
            ("HF_HOME", "hf"),
        ] {
            command.env(name, self.home().join(dir));
        }
        for name in ["HF_HUB_CACHE", "HF_ENDPOINT", "HF_TOKEN", "PIXSEEK_LOG", "NO_COLOR"] {
            command.env_remove(name);
        }
        // Nothing may reach the network.
        command.env("HF_HUB_OFFLINE", "1").env("PIXSEEK_MODEL", "demo");
        command.current_dir(self.home()).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Ran {
        self.command().args(args).output().unwrap().into()
    }

    /// Runs the binary to its end as a user for whom permissions count, which they don't for root. All that is in the
    /// sandbox belongs to that user then. Only for sandboxes of [`Self::unprivileged`].
    #[cfg(unix)]
    pub fn run_unprivileged(&self, args: &[&str]) -> Ran {
        let mut command = self.command();
        if is_root() {
            assert_ne!(self.binary, Path::new(BINARY), "a sandbox that another user gets to");
            give_to_nobody(self.home());
            as_nobody(&mut command).env("TMPDIR", self.home());
        }
        command.args(args).output().unwrap().into()
    }

    /// Copies a model's folder of this project to `model`, where it can be broken.
    pub fn model(&self, source: &str) -> PathBuf {
        self.model_named("model", source)
    }

    /// As [`Self::model`], with another name.
    pub fn model_named(&self, name: &str, source: &str) -> PathBuf {
        let model = self.home().join(name);
        fs::create_dir(&model).unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        for name in ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"] {
            fs::copy(source.join(name), model.join(name)).unwrap();
        }
        model
    }

    /// Indexes the pictures and returns the summary.
    #[track_caller]
    pub fn index(&self) -> Value {
        self.run(["index", "pics", "--json"]).expect(0).json()
    }

    /// Writes a picture whose content depends on `seed`.
    pub fn picture(&self, name: impl AsRef<Path>, seed: u8) -> PathBuf {
        let path = self.pics().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let pixel = |x: u32, y: u32| {
            let inside = x.abs_diff(32) + y.abs_diff(32) < 20 + u32::from(seed % 8);
            if inside {
                Rgb([seed.wrapping_mul(67), seed.wrapping_mul(29), 200])
            } else {
                Rgb([250, seed, 240])
            }
        };
        let format = image::ImageFormat::from_path(&path).unwrap_or(image::ImageFormat::Png);
        RgbImage::from_fn(64, 64, pixel).save_with_format(&path, format).unwrap();
        path
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

#[cfg(unix)]
fn as_nobody(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;
    command.uid(NOBODY).gid(NOBODY)
}

/// Makes a folder and all that is in it the other user's.
#[cfg(unix)]
fn give_to_nobody(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.symlink_metadata().unwrap().is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give_to_nobody(&entry.unwrap().path()));
    }
}

/// Changes the permissions of a file or folder.
#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The fields of an index summary that count.
#[track_caller]
pub fn counts(summary: &Value) -> [u64; 5] {
    ["indexed", "reused", "removed", "failed", "pictures"]
        .map(|key| summary[key].as_u64().unwrap_or_else(|| panic!("no {key} in {summary}")))
}

/// Files whose names begin so, anywhere below `dir`, sorted.
pub fn files(dir: &Path, beginning: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, beginning));
        } else if path.file_name().unwrap().to_string_lossy().starts_with(beginning) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Waits until `ready` gives something; fails the test after half a minute.
#[track_caller]
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
