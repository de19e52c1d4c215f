//! Downloads from the hub, against a stand-in server on this machine that speaks the hub's protocol.

mod broken;
mod choice;
mod lies;
mod shared_cache;
pub mod stand;

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;

use self::stand::{COMMIT, FILES, Hub};
use crate::common::{Ran, Sandbox};

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

/// The files of a committed checkpoint of open_clip, as a repository has them.
fn open_clip_files() -> HashMap<String, Vec<u8>> {
    ["open_clip_config.json", "tokenizer.json", "open_clip_model.safetensors"]
        .map(|name| {
            let path = crate::parity_data::folder("open-clip-gelu").join(name);
            (name.to_owned(), std::fs::read(path).unwrap())
        })
        .into()
}

#[test]
fn repositories_of_open_clip_are_fetched_and_used() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    sandbox.picture("1.png", 1);
    // What timm writes beside it says nothing to transformers.
    hub.set(|stand| {
        stand.files = open_clip_files();
        stand.files.insert("config.json".into(), br#"{"architecture": "vit"}"#.to_vec());
        stand.files.insert("model.safetensors".into(), b"of timm".to_vec());
    });
    let id = "someone/small-clip";
    hub.run(&sandbox, &["models", "fetch", id]).expect(0).says(&["downloading open_clip_model.safetensors"]);
    assert_eq!(hub.asked("/model.safetensors"), 0, "nothing more than needed");
    sandbox.run(["index", "pics", "--model", id]).expect(0);
    assert_eq!(sandbox.run(["search", "pics", "red", "--json", "--model", id]).expect(0).names(), ["1.png"]);
    let listed = sandbox.run(["models", "list", "--json"]).expect(0).text();
    assert!(listed.lines().any(|line| line.contains(id) && line.contains("\"downloaded\"")), "{listed}");
}

#[test]
fn of_both_layouts_only_the_hugging_face_one_is_fetched() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| {
        let bundled = std::mem::take(&mut stand.files);
        stand.files = open_clip_files();
        stand.files.extend(bundled);
    });
    hub.run(&sandbox, &["models", "fetch", "someone/small-clip"]).expect(0);
    assert_eq!(hub.asked("open_clip"), 0);
    sandbox.run(["embed", "--text", "red", "--model", "someone/small-clip"]).expect(0);

    // Where transformers' weights are Python objects, those of open_clip serve.
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| {
        stand.files.remove("model.safetensors");
        stand.files.extend(open_clip_files());
    });
    hub.run(&sandbox, &["models", "fetch", "someone/small-clip"]).expect(0);
    sandbox.run(["embed", "--text", "red", "--model", "someone/small-clip"]).expect(0);
}

#[test]
fn vocabulary_and_merges_are_fetched_where_there_is_no_tokenizer_json() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| {
        stand.files = open_clip_files();
        stand.files.remove("tokenizer.json");
    });
    let fetch = ["models", "fetch", "someone/small-clip"];
    hub.run(&sandbox, &fetch).expect(1).says(&["has no tokenizer.json"]);
    let other = crate::parity_data::folder("open-clip-quick-gelu");
    for name in ["vocab.json", "merges.txt"] {
        let content = std::fs::read(other.join(name)).unwrap();
        hub.set(|stand| drop(stand.files.insert(name.into(), content)));
    }
    hub.run(&sandbox, &fetch).expect(0);
}

#[test]
fn what_is_not_supported_is_told_before_weights_are_fetched() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    let fetch = ["models", "fetch", "someone/small-clip"];
    hub.set(|stand| {
        stand.files = open_clip_files();
        let config = r#"{"model_cfg": {"embed_dim": 512, "vision_cfg": {},
                         "text_cfg": {"hf_model_name": "xlm-roberta-base"}}}"#;
        stand.files.insert("open_clip_config.json".into(), config.into());
    });
    hub.run(&sandbox, &fetch).expect(1).says(&["'xlm-roberta-base'", "not supported"]);
    assert_eq!(hub.asked("open_clip_model.safetensors"), 0);
    // The hub may have the weights as Python objects only.
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.set(|stand| {
        stand.files = open_clip_files();
        let weights = stand.files.remove("open_clip_model.safetensors").unwrap();
        stand.files.insert("open_clip_pytorch_model.bin".into(), weights);
    });
    hub.run(&sandbox, &fetch).expect(1).says(&[
        "has no open_clip_model.safetensors",
        "open_clip_pytorch_model.bin",
        "python3 -c",
    ]);
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
            let mut command = hub.command(&sandbox);
            command.env("HF_HUB_CACHE", &cache);
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
