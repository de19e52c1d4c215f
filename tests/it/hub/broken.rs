//! Connections that break, stall and come back, and hubs that are busy or say no.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::stand::{Answer, Hub, ID, Request, Then, WEIGHTS, etag, model_folder, names};
use crate::common::{Sandbox, wait_for};

/// The answer to a request for the weights, cut after so many bytes.
fn cut(request: &Request, length: usize, then: Then) -> Option<Answer> {
    let mut answer = request.good.clone();
    answer.body.truncate(length);
    answer.then = then;
    (request.file == WEIGHTS && !request.is_probe).then_some(answer)
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let sandbox = Sandbox::new();
    let mut left = 2;
    let hub = Hub::lying(move |request| {
        let answer = cut(request, 100_000, Then::Close).filter(|_| left > 0);
        left -= usize::from(answer.is_some());
        answer
    });
    hub.fetch(&sandbox).expect(0).says(&["model.safetensors: ", "trying again in"]);
    for begin in ["bytes=0-", "bytes=100000-", "bytes=200000-"] {
        let asked = hub
            .stand
            .lock()
            .unwrap()
            .log
            .iter()
            .filter(|line| line.ends_with(&format!("{WEIGHTS} {begin}")))
            .count();
        assert_eq!(asked, 1, "{begin}");
    }
    hub.assert_fetched(&sandbox);
    sandbox.run(["embed", "--text", "red", "--model", ID]).expect(0);
}

#[test]
fn a_download_that_stalls_is_tried_again_with_a_word() {
    let sandbox = Sandbox::new();
    let mut left = 1;
    let hub = Hub::lying(move |request| {
        let answer = cut(request, 100_000, Then::Stall).filter(|_| left > 0);
        left -= usize::from(answer.is_some());
        answer
    });
    hub.fetch(&sandbox).expect(0).says(&["model.safetensors: no data arrives; trying again in"]);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1);
    hub.assert_fetched(&sandbox);
}

#[test]
fn a_hub_that_never_answers_is_given_up() {
    let sandbox = Sandbox::new();
    let hub = Hub::lying(|_| Some(Answer { then: Then::Stall, ..Answer::default() }));
    hub.fetch(&sandbox).expect(1).says(&[
        "trying again",
        "could not download config.json",
        "which goes on where it stopped",
    ]);
    assert_eq!(hub.asked("config.json"), 4);
}

#[test]
fn a_killed_download_goes_on_where_it_stopped_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let hub = Hub::lying(|request| cut(request, 100_000, Then::Stall));
    let mut command = hub.command(&sandbox);
    command.env("HF_HUB_DOWNLOAD_TIMEOUT", "600").args(["models", "fetch", ID]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let size = hub.stand.lock().unwrap().files[WEIGHTS].len();
    let blobs = model_folder(&sandbox).join("blobs");
    let etag = etag(WEIGHTS, &hub.stand.lock().unwrap().files[WEIGHTS]);
    let partial = blobs.join(format!("{etag}.pixseek-partial"));
    let begun = || partial.metadata().map_or(0, |metadata| metadata.len());
    wait_for("the first part", || (begun() == 100_000).then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(size > 100_000 && !blobs.join(&etag).exists());
    // What another version of the file left is of no use to anybody.
    std::fs::write(blobs.join("0123.pixseek-partial"), "x").unwrap();

    hub.lie(|_| None);
    hub.fetch(&sandbox).expect(0);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1);
    hub.assert_fetched(&sandbox);
}

#[test]
fn what_an_earlier_download_left_is_not_believed() {
    for content in [vec![1; 1000], vec![1; 50_000_000]] {
        let (hub, sandbox) = (Hub::start(), Sandbox::new());
        let blobs = model_folder(&sandbox).join("blobs");
        let etag = etag(WEIGHTS, &hub.stand.lock().unwrap().files[WEIGHTS]);
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::write(blobs.join(format!("{etag}.pixseek-partial")), content).unwrap();
        hub.fetch(&sandbox).expect(0);
        hub.assert_fetched(&sandbox);
    }
}

#[test]
fn a_hub_that_knows_no_ranges_begins_again() {
    let sandbox = Sandbox::new();
    let mut count = 0;
    let hub = Hub::start();
    let weights = hub.stand.lock().unwrap().files[WEIGHTS].clone();
    hub.lie(move |request| {
        if request.file != WEIGHTS {
            return None;
        }
        count += 1;
        let mut answer =
            Answer { length: Some(weights.len()), body: weights.clone(), ..request.good.clone() };
        answer.status = "200 OK".to_owned();
        answer.headers.retain(|(name, _)| *name != "Content-Range");
        if count == 2 {
            answer.body.truncate(100_000);
            answer.then = Then::Close;
        }
        Some(answer)
    });
    hub.fetch(&sandbox).expect(0);
    assert_eq!(hub.asked("model.safetensors bytes=100000-"), 1);
    hub.assert_fetched(&sandbox);

    // One that does not go on with what was begun.
    let sandbox = Sandbox::new();
    let mut count = 0;
    let hub = Hub::lying(move |request| {
        count += usize::from(request.file == WEIGHTS);
        match count {
            2 => cut(request, 1000, Then::Close),
            3 if request.file == WEIGHTS => Some(Answer::status("416 Range Not Satisfiable")),
            _ => None,
        }
    });
    hub.fetch(&sandbox).expect(0);
    hub.assert_fetched(&sandbox);
}

#[test]
fn a_hub_that_leads_in_a_circle_is_given_up() {
    let sandbox = Sandbox::new();
    let hub = Hub::lying(|request| {
        if request.file == WEIGHTS
            && request.good.headers.iter().any(|(_, value)| value.starts_with("bytes 0-"))
        {
            return cut(request, 2 << 20, Then::Close);
        }
        (request.file == WEIGHTS).then(|| Answer::status("416 Range Not Satisfiable"))
    });
    hub.fetch(&sandbox).expect(1).says(&["could not download model.safetensors"]);
    assert_eq!(hub.asked("model.safetensors bytes=2097152-"), 2);
}

#[test]
fn a_hub_that_fails_for_a_while_is_asked_again() {
    for (status, words) in [
        ("500 Internal Server Error", "HTTP 500"),
        ("429 Too Many Requests", "HTTP 429"),
        ("503 Service Unavailable", "HTTP 503"),
    ] {
        let sandbox = Sandbox::new();
        let mut failed = 0;
        let hub = Hub::lying(move |request| {
            failed += usize::from(request.file == "tokenizer.json");
            let answer = Answer::status(status).with("Retry-After", "1");
            (request.file == "tokenizer.json" && failed == 2).then_some(answer)
        });
        let start = Instant::now();
        hub.fetch(&sandbox).expect(0).says(&[&format!("tokenizer.json: {words}; trying again in 1.0 s")]);
        assert!(start.elapsed() >= Duration::from_secs(1));
        hub.assert_fetched(&sandbox);
    }
}

#[test]
fn a_hub_that_says_no_is_not_asked_again() {
    let gated = |status: &str| Answer::status(status).with("X-Error-Code", "GatedRepo");
    let cases: [(Answer, &[&str]); 8] = [
        (
            Answer::status("429 Too Many Requests").with("Retry-After", "3600"),
            &["too many requests", "HTTP 429", "alone for 3600 s", "goes on where it stopped", "HF_TOKEN"],
        ),
        (gated("401 Unauthorized"), &["accepted its terms", "log in at", ID, "HF_TOKEN"]),
        (gated("403 Forbidden"), &["accepted its terms", "log in at"]),
        (Answer::status("403 Forbidden"), &["refused access", "HTTP 403"]),
        (Answer::status("404 Not Found"), &["has no model 'someone/small-clip'"]),
        (
            Answer::status("404 Not Found").with("X-Error-Code", "RepoNotFound"),
            &["has no model 'someone/small-clip'"],
        ),
        (
            Answer::status("404 Not Found").with("X-Error-Code", "EntryNotFound"),
            &["'someone/small-clip' has no config.json"],
        ),
        (Answer::status("400 Bad Request"), &["could not download config.json", "HTTP 400"]),
    ];
    for (answer, words) in cases {
        let sandbox = Sandbox::new();
        // A model without a configuration of transformers may have one of open_clip.
        let names_no_model = answer.headers.iter().all(|(_, value)| value != "RepoNotFound");
        let asked = if answer.status == "404 Not Found" && names_no_model { 2 } else { 1 };
        let hub = Hub::lying(move |_| Some(answer.clone()));
        hub.fetch(&sandbox).expect(1).says(words);
        assert_eq!(hub.asked(""), asked, "{words:?}");
        assert!(names(&sandbox.home().join("hf/hub")).is_empty());
    }
}
