//! Which model is downloaded, and what is said and asked before.

use serde_json::Value;

use super::stand::{Hub, ID, card};
use crate::common::Sandbox;

const RECOMMENDED: &str = "google/siglip2-base-patch32-256";
/// A known model that may not be used commercially.
const RESTRICTED: &str = "facebook/metaclip-b32-400m";

#[test]
fn without_an_id_the_recommended_model_is_fetched() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.run(&sandbox, &["models", "fetch"]).expect(1).says(&[RECOMMENDED]);
    let first = hub.stand.lock().unwrap().log[0].clone();
    let address = format!("/{RECOMMENDED}/resolve/94dffa8cb1179de3e03f091dbc3917e5d5a9ae84/config.json");
    assert!(first.starts_with(&address), "{first}");
}

#[test]
fn licences_that_restrict_use_need_a_yes() {
    let sandbox = Sandbox::new();
    let hub =
        Hub::lying(card("---\nlicense: other\nlicense_name: my-noncommercial-\u{9b}31m\n---\n# A model\n"));
    let page = format!("{}/{ID}", hub.address);
    let shown = ["licence of 'someone/small-clip': my-noncommercial", "no commercial use", page.as_str()];
    for quiet in [&["-q"][..], &[]] {
        let refused = hub.run(&sandbox, &[&["models", "fetch", ID], quiet].concat()).expect(1).says(&shown);
        let refused = refused.says(&["was not accepted", "--yes"]);
        assert!(!refused.stderr.contains('\u{9b}'));
    }
    assert_eq!(hub.asked("bytes=0-0"), 2, "the name of the model's configuration alone is asked for");
    let yes = hub.run(&sandbox, &["models", "fetch", ID, "--yes"]).expect(0).says(&shown);
    assert!(!yes.stderr.contains('\u{9b}'));
    hub.assert_fetched(&sandbox);

    let hub = Hub::start();
    hub.run(&sandbox, &["models", "fetch", RESTRICTED])
        .expect(1)
        .says(&["cc-by-nc-4.0 (no commercial use)", "--yes"]);
    assert_eq!(hub.asked(""), 0);
    hub.run(&sandbox, &["models", "fetch", RESTRICTED, "-y"]).expect(1).says(&["has no model"]);
    assert_eq!(hub.asked(""), 2, "for the configurations of both layouts");
}

#[test]
fn other_licences_are_named() {
    for (text, words) in [
        ("---\nlicense: mit\n---\n", "licence of 'someone/small-clip': mit"),
        ("# no front matter", "the hub names no licence for 'someone/small-clip'"),
    ] {
        let (hub, sandbox) = (Hub::lying(card(text)), Sandbox::new());
        hub.fetch(&sandbox).expect(0).says(&[words]);
        hub.assert_fetched(&sandbox);
    }
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.fetch(&sandbox).expect(0).says(&["names no licence"]);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_licence_is_asked_about() {
    use crate::terminal::{Answers, Terminal};
    let hub = Hub::lying(card("---\nlicense: cc-by-nc-4.0\n---\n"));
    for (answer, is_accepted) in [("n\r", false), ("y\r", true)] {
        let sandbox = Sandbox::new();
        let mut command = hub.command(&sandbox);
        command.args(["models", "fetch", ID]);
        let terminal = Terminal::run(&command, Answers::Plain);
        terminal.shows("Accept the licence and download the model? [y/N]");
        terminal.send(answer);
        assert_eq!(terminal.end().0.exit_code() == 0, is_accepted);
        if is_accepted {
            hub.assert_fetched(&sandbox);
        }
    }
}

#[test]
fn what_this_version_can_not_run_is_not_downloaded() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    let listed = sandbox.run(["models", "--json"]).expect(0).text();
    let models: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let unsupported = models.iter().find(|model| model["supported"] == false).unwrap();
    let id = unsupported["id"].as_str().unwrap();
    hub.run(&sandbox, &["models", "fetch", id]).expect(1).says(&["can't run", id, "`pixseek models`"]);
    assert_eq!(hub.asked(""), 0);

    // One that nobody knows ends before its weights.
    hub.set(|stand| drop(stand.files.insert("config.json".into(), br#"{"model_type": "bert"}"#.to_vec())));
    hub.fetch(&sandbox).expect(1).says(&["config.json"]);
    assert_eq!(hub.asked("model.safetensors"), 0);
}

#[test]
fn the_list_says_what_helps_to_choose() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.fetch(&sandbox).expect(0);
    let listed = sandbox.run(["models", "list", "--json"]).expect(0).text();
    let model = |id: &str| -> Value {
        let models = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        models.into_iter().find(|model| model["id"] == id).unwrap()
    };
    let recommended = model(RECOMMENDED);
    for (name, value) in [("recommended", true), ("default", true), ("supported", true)] {
        assert_eq!(recommended[name], value, "{name}");
    }
    assert_eq!(recommended["licence"], "apache-2.0");
    assert_eq!(recommended["coco"].as_f64().map(|coco| (coco * 10.0).round()), Some(472.0));
    assert!(recommended["source"].as_str().unwrap().contains("SigLIP 2"));
    assert_eq!(model(ID)["state"], "downloaded");
    assert_eq!(model("demo")["state"], "bundled");
    let table = sandbox.run(["models"]).expect(0).text();
    let row = table.lines().find(|line| line.contains(RECOMMENDED)).unwrap();
    for word in ["* ", "no", "apache-2.0", "100+", "95+282", "11.6", "1508", "47.2", "74.0"] {
        assert!(row.contains(word), "{word}: {row}");
    }
}
