//! A stand-in for the hub on this machine. It speaks the hub's protocol, or whatever a test tells it to.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::common::{Ran, Sandbox};

/// The id of the model that the stand-in has.
pub const ID: &str = "someone/small-clip";
/// The commit that it is at.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The model's files.
pub const FILES: [&str; 4] =
    ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"];
pub const WEIGHTS: &str = "model.safetensors";

/// A request.
pub struct Request {
    /// The path of the address.
    pub path: String,
    /// The last part of the path.
    pub file: String,
    /// Whether only the first byte is asked for, to learn of the file.
    pub is_probe: bool,
    /// The answer that a good hub would give.
    pub good: Answer,
}

/// An answer: what is sent, and what happens to the connection then.
#[derive(Clone, Default)]
pub struct Answer {
    /// Empty: nothing is sent at all.
    pub status: String,
    pub headers: Vec<(&'static str, String)>,
    /// Without `Content-Length`, the body ends with the connection.
    pub length: Option<usize>,
    pub body: Vec<u8>,
    pub then: Then,
}

/// What happens after an answer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    #[default]
    KeepAlive,
    Close,
    /// Nothing more is sent, and the connection stays open.
    Stall,
    /// The body never ends.
    Endless,
}

impl Answer {
    pub fn status(status: &str) -> Self {
        Self { status: status.to_owned(), length: Some(0), ..Self::default() }
    }

    pub fn redirect(to: impl Into<String>) -> Self {
        Self::status("302 Found").with("Location", to)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        if self.status.is_empty() {
            return Ok(());
        }
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(length) = self.length {
            head += &format!("Content-Length: {length}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&self.body)
    }
}

/// What a test does to answers; none is the good one.
type Fault = Box<dyn FnMut(&Request) -> Option<Answer> + Send>;

/// What the stand-in has.
pub struct Stand {
    /// Contents by name.
    pub files: HashMap<String, Vec<u8>>,
    /// The token that it asks for.
    pub token: Option<String>,
    pub fault: Fault,
    /// Paths and ranges that were asked for.
    pub log: Vec<String>,
    /// The tokens that were sent along.
    pub tokens: Vec<String>,
}

/// A running stand-in; its thread ends with the test process.
pub struct Hub {
    pub address: String,
    pub stand: Arc<Mutex<Stand>>,
}

impl Hub {
    /// Has the bundled model under an id of its own.
    pub fn start() -> Self {
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-model");
        let files = FILES.map(|name| (name.to_owned(), std::fs::read(bundled.join(name)).unwrap()));
        let stand = Stand {
            files: files.into(),
            token: None,
            fault: Box::new(|_| None),
            log: Vec::new(),
            tokens: Vec::new(),
        };
        let stand = Arc::new(Mutex::new(stand));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&stand);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let stand = Arc::clone(&shared);
                // A client that hangs up is no failure of the stand-in.
                std::thread::spawn(move || drop(serve(stream, &stand)));
            }
        });
        Self { address, stand }
    }

    /// One that answers as `fault` says, where it says something.
    pub fn lying(fault: impl FnMut(&Request) -> Option<Answer> + Send + 'static) -> Self {
        let hub = Self::start();
        hub.lie(fault);
        hub
    }

    pub fn lie(&self, fault: impl FnMut(&Request) -> Option<Answer> + Send + 'static) {
        self.set(|stand| stand.fault = Box::new(fault));
    }

    pub fn set(&self, change: impl FnOnce(&mut Stand)) {
        change(&mut self.stand.lock().unwrap());
    }

    /// How often something was asked for that contains this.
    pub fn asked(&self, what: &str) -> usize {
        self.stand.lock().unwrap().log.iter().filter(|line| line.contains(what)).count()
    }

    /// The binary with this hub.
    pub fn command(&self, sandbox: &Sandbox) -> std::process::Command {
        let mut command = sandbox.command();
        command.env("HF_ENDPOINT", &self.address).env_remove("HF_HUB_OFFLINE");
        command.env("HF_HUB_DOWNLOAD_TIMEOUT", "0.5");
        command
    }

    pub fn run(&self, sandbox: &Sandbox, args: &[&str]) -> Ran {
        self.command(sandbox).args(args).output().unwrap().into()
    }

    pub fn fetch(&self, sandbox: &Sandbox) -> Ran {
        self.run(sandbox, &["models", "fetch", ID])
    }

    /// Fails the test unless the model is in the sandbox's cache in full, and nothing that is half done.
    #[track_caller]
    pub fn assert_fetched(&self, sandbox: &Sandbox) {
        let model = model_folder(sandbox);
        assert_eq!(std::fs::read_to_string(model.join("refs/main")).unwrap(), COMMIT);
        let files = &self.stand.lock().unwrap().files;
        for (name, content) in files {
            assert!(
                std::fs::read(model.join("snapshots").join(COMMIT).join(name)).unwrap() == *content,
                "{name}"
            );
        }
        let mut expected: Vec<_> = files.iter().map(|(name, content)| etag(name, content)).collect();
        expected.sort();
        assert_eq!(names(&model.join("blobs")), expected);
    }
}

fn serve(mut stream: TcpStream, stand: &Mutex<Stand>) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let answer = answer(path, &headers, &mut stand.lock().unwrap());
        answer.send(&mut stream)?;
        match answer.then {
            Then::KeepAlive => {}
            Then::Close => return Ok(()),
            Then::Stall => loop {
                std::thread::park();
            },
            Then::Endless => loop {
                stream.write_all(&[0; 4096])?;
            },
        }
    }
}

fn answer(path: String, headers: &HashMap<String, String>, stand: &mut Stand) -> Answer {
    let range = headers.get("range").cloned().unwrap_or_default();
    stand.log.push(format!("{path} {range}"));
    let token = headers.get("authorization").cloned();
    stand.tokens.extend(token.clone());
    let file = path.rsplit('/').next().unwrap_or_default().to_owned();
    let parts = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
    let first = parts.0.parse().unwrap();
    let good = match stand.files.get(&file) {
        _ if stand.token.as_ref().is_some_and(|asked| token != Some(format!("Bearer {asked}"))) => {
            Answer::status("401 Unauthorized")
        }
        Some(content) if path == format!("/{ID}/resolve/main/{file}") => {
            let last = parts.1.parse().map_or(content.len() - 1, |last: usize| last.min(content.len() - 1));
            Answer {
                status: "206 Partial Content".to_owned(),
                length: Some(last + 1 - first),
                body: content[first..=last].to_vec(),
                ..Answer::default()
            }
            .with("Content-Range", format!("bytes {first}-{last}/{}", content.len()))
            .with("X-Repo-Commit", COMMIT)
            .with("ETag", format!("\"{}\"", etag(&file, content)))
        }
        _ => Answer::status("404 Not Found"),
    };
    let request = Request { path, file, is_probe: range == "bytes=0-0", good };
    (stand.fault)(&request).unwrap_or(request.good)
}

/// Answers the request for the model card with this text.
pub fn card(text: &'static str) -> impl FnMut(&Request) -> Option<Answer> + Send {
    move |request| {
        let answer = Answer {
            status: "200 OK".to_owned(),
            length: Some(text.len()),
            body: text.into(),
            ..Answer::default()
        };
        (request.file == "README.md").then_some(answer)
    }
}

/// The model's folder in the sandbox's cache.
pub fn model_folder(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join("hf/hub/models--someone--small-clip")
}

/// The names in a folder, sorted; none when it isn't there.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// As the hub names contents: large files by SHA-256, the others as git does.
pub fn etag(file: &str, content: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    use sha2::Digest;
    if file.ends_with(".safetensors") {
        return hex(&sha2::Sha256::digest(content));
    }
    let blob = [format!("blob {}\0", content.len()).as_bytes(), content].concat();
    hex(&sha1::Sha1::digest(blob))
}
