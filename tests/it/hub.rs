//! Downloads from the hub, against a stand-in server on this machine that speaks the hub's protocol.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::common::{Ran, Sandbox};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const FILES: [&str; 4] = ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"];

/// What the stand-in has and how it misbehaves.
#[derive(Default)]
struct Stand {
    /// By path under `/<id>/resolve/<revision>/`.
    files: HashMap<String, Vec<u8>>,
    id: String,
    /// The token it asks for.
    token: Option<String>,
    /// The first download of this file breaks off after so many bytes.
    break_off: Option<(String, usize)>,
    /// This file arrives with its last byte changed.
    damage: Option<String>,
    /// Methods, paths and range headers asked for.
    log: Vec<String>,
}

/// A running stand-in; its thread ends with the test process.
struct Hub {
    address: String,
    stand: Arc<Mutex<Stand>>,
}

impl Hub {
    /// Has the bundled model under an id of its own.
    fn start() -> Self {
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo-model");
        let files = FILES.map(|name| (name.to_owned(), std::fs::read(bundled.join(name)).unwrap()));
        let stand = Stand { files: files.into(), id: "someone/small-clip".to_owned(), ..Stand::default() };
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

    fn set(&self, change: impl FnOnce(&mut Stand)) {
        change(&mut self.stand.lock().unwrap());
    }

    /// How often something was asked for that contains this.
    fn asked(&self, what: &str) -> usize {
        self.stand.lock().unwrap().log.iter().filter(|line| line.contains(what)).count()
    }

    fn run(&self, sandbox: &Sandbox, args: &[&str]) -> Ran {
        let mut command = sandbox.command();
        command.env("HF_ENDPOINT", &self.address).env_remove("HF_HUB_OFFLINE").args(args);
        command.output().unwrap().into()
    }
}

fn serve(stream: TcpStream, stand: &Mutex<Stand>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    loop {
        let mut request = String::new();
        if reader.read_line(&mut request)? == 0 {
            return Ok(());
        }
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        if !answer(&mut stream, &request, &headers, stand)? {
            return Ok(());
        }
    }
}

/// Answers one request; false is that the connection was broken off.
fn answer(
    stream: &mut TcpStream,
    request: &str,
    headers: &HashMap<String, String>,
    stand: &Mutex<Stand>,
) -> std::io::Result<bool> {
    let mut stand = stand.lock().unwrap();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let range = headers.get("range").cloned().unwrap_or_default();
    stand.log.push(format!("{path} {range}"));
    let mut refuse =
        |status: &str| write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").map(|()| true);
    if let Some(token) = &stand.token
        && headers.get("authorization") != Some(&format!("Bearer {token}"))
    {
        return refuse("401 Unauthorized");
    }
    let prefix = format!("/{}/resolve/main/", stand.id);
    let Some(name) = path.strip_prefix(&prefix).map(str::to_owned) else { return refuse("404 Not Found") };
    let Some(content) = stand.files.get(&name) else { return refuse("404 Not Found") };
    let mut content = content.clone();
    let (total, etag) = (content.len(), sha256(&content));
    if stand.damage.as_ref() == Some(&name) {
        *content.last_mut().unwrap() ^= 1;
    }
    let (first, last) =
        range.strip_prefix("bytes=").and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
    let first: usize = first.parse().unwrap();
    let last = last.parse().map_or(total - 1, |last: usize| last.min(total - 1));
    write!(
        stream,
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {first}-{last}/{total}\r\nETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\n\r\n",
        last + 1 - first
    )?;
    if last > first
        && let Some((_, length)) = stand.break_off.take_if(|(file, _)| *file == name)
    {
        stream.write_all(&content[first..first + length])?;
        return Ok(false);
    }
    stream.write_all(&content[first..=last])?;
    Ok(true)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_fetched_model_is_used_and_not_fetched_again() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    sandbox.picture("1.png", 1);
    let id = "someone/small-clip";
    sandbox.run(["index", "pics", "--model", id]).expect(1).says(&["models fetch someone/small-clip"]);
    let ran = hub.run(&sandbox, &["models", "fetch", id]).expect(0);
    assert!(ran.stdout.is_empty());
    ran.says(&["downloading model.safetensors", "model 'someone/small-clip' is in"]);
    let folder = sandbox.run(["models", "path", id]).expect(0).text();
    let folder = Path::new(folder.trim_end());
    assert!(folder.ends_with(format!("models--someone--small-clip/snapshots/{COMMIT}")));
    for name in FILES {
        assert_eq!(
            std::fs::read(folder.join(name)).unwrap(),
            hub.stand.lock().unwrap().files[name],
            "{name}"
        );
    }
    let listed = sandbox.run(["models", "list", "--json"]).expect(0).text();
    assert!(listed.lines().any(|line| line.contains(id) && line.contains("\"downloaded\"")), "{listed}");

    let before = hub.asked("");
    hub.run(&sandbox, &["models", "fetch", id]).expect(0);
    assert_eq!(hub.asked(""), before, "nothing is asked of the hub when all is here");
    // Offline from here on.
    sandbox.run(["index", "pics", "--model", id]).expect(0);
    assert_eq!(sandbox.run(["search", "pics", "red", "--json", "--model", id]).expect(0).names(), ["1.png"]);
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| stand.break_off = Some(("model.safetensors".into(), 100_000)));
    hub.run(&sandbox, &["models", "fetch", "someone/small-clip"]).expect(0);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1, "the rest only");
    sandbox.run(["embed", "--text", "red", "--model", "someone/small-clip"]).expect(0);
}

#[test]
fn damaged_weights_are_told_and_removed() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| stand.damage = Some("model.safetensors".into()));
    let fetch = ["models", "fetch", "someone/small-clip"];
    hub.run(&sandbox, &fetch).expect(1).says(&["model.safetensors", "arrived damaged", "SHA-256"]);
    sandbox
        .run(["embed", "--text", "red", "--model", "someone/small-clip"])
        .expect(1)
        .says(&["model.safetensors", "models fetch someone/small-clip"]);
    hub.set(|stand| stand.damage = None);
    hub.run(&sandbox, &fetch).expect(0);
    sandbox.run(["embed", "--text", "red", "--model", "someone/small-clip"]).expect(0);
}

#[test]
fn what_the_hub_lacks_or_refuses_is_named() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    let fetch = |id| hub.run(&sandbox, &["models", "fetch", id]);
    fetch("someone/else").expect(1).says(&["has no model 'someone/else'", "check the name"]);
    fetch("not an id").expect(1).says(&["not an id"]);
    hub.set(|stand| drop(stand.files.remove("tokenizer.json")));
    fetch("someone/small-clip").expect(1).says(&["has no tokenizer.json"]);
    hub.set(|stand| {
        stand.files.remove("model.safetensors");
        stand.files.insert("tokenizer.json".into(), b"{}".to_vec());
    });
    fetch("someone/small-clip").expect(1).says(&["has no model.safetensors", "pytorch_model.bin"]);

    hub.set(|stand| stand.token = Some("secret".into()));
    let with = |token: &str| {
        let mut command = sandbox.command();
        command.env("HF_ENDPOINT", &hub.address).env_remove("HF_HUB_OFFLINE").env("HF_TOKEN", token);
        Ran::from(command.args(["models", "fetch", "someone/other"]).output().unwrap())
    };
    fetch("someone/other").expect(1).says(&["HF_TOKEN"]);
    with("wrong").expect(1).says(&["refused access", "401", "HF_TOKEN"]);
    with("secret").expect(1).says(&["has no model 'someone/other'"]);
}

#[test]
fn no_network_is_told_with_the_way_out() {
    let sandbox = Sandbox::new();
    // A port that was free a moment ago: nobody listens there.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = sandbox.command();
    command.env("HF_ENDPOINT", format!("http://{closed}")).env_remove("HF_HUB_OFFLINE");
    let ran = Ran::from(command.args(["models", "fetch", "someone/small-clip"]).output().unwrap());
    ran.expect(1).says(&[
        "could not download config.json",
        "check the network",
        "`pixseek demo` needs no download",
    ]);
    sandbox.run(["models", "fetch", "someone/small-clip"]).expect(1).says(&["HF_HUB_OFFLINE"]);
}

#[test]
fn the_files_of_siglip_tokenizers_are_fetched_by_their_class() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    let parity = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parity");
    let id = "someone/small-clip";
    // SigLIP 1 has no need of tokenizer.json; SigLIP 2 has, even where there is a spiece.model.
    for (name, wanted, unwanted) in [
        ("siglip-sentencepiece", "spiece.model", "tokenizer.json"),
        ("siglip2-gemma", "tokenizer.json", "spiece.model"),
    ] {
        let mut files: HashMap<String, Vec<u8>> = HashMap::from([
            ("spiece.model".into(), b"unused".to_vec()),
            ("tokenizer.json".into(), b"{}".to_vec()),
        ]);
        for entry in std::fs::read_dir(parity.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(file, std::fs::read(path).unwrap());
        }
        hub.set(|stand| stand.files = files);
        let cache = sandbox.home().join(name);
        let run = |args: &[&str]| {
            let mut command = sandbox.command();
            command.env("HF_ENDPOINT", &hub.address).env("HF_HUB_CACHE", &cache).env_remove("HF_HUB_OFFLINE");
            Ran::from(command.args(args).output().unwrap()).expect(0)
        };
        run(&["models", "fetch", id]);
        let folder = run(&["models", "path", id]).text();
        let has = |file: &str| Path::new(folder.trim_end()).join(file).exists();
        assert!(has("tokenizer_config.json") && has(wanted) && !has(unwanted), "{name}");
        let embedding = run(&["embed", "--text", "a cat", "--model", id, "--json"]).json();
        assert_eq!(embedding["dimension"].as_u64(), Some(32));
    }
}
