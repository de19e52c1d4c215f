//! A hub that lies: nothing that it says leads out of the cache, and nothing wrong stays in it.

use std::path::Path;

use super::stand::{Answer, COMMIT, FILES, Hub, ID, Request, Then, WEIGHTS, etag, model_folder, names};
use crate::common::{Ran, Sandbox};

/// Everything below a folder.
fn all_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        for name in names(&folder) {
            let path = folder.join(name);
            found.push(path.to_string_lossy().into_owned());
            if path.symlink_metadata().unwrap().is_dir() {
                ahead.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Fetches from a hub that lies, expects that it fails with these words and that no file is written.
#[track_caller]
fn fails(fault: impl FnMut(&Request) -> Option<Answer> + Send + 'static, words: &[&str]) -> Hub {
    let sandbox = Sandbox::new();
    let before = all_below(sandbox.home());
    let hub = Hub::lying(fault);
    hub.fetch(&sandbox).expect(1).says(words);
    assert_eq!(all_below(sandbox.home()), before);
    hub
}

#[test]
fn names_that_lead_out_of_the_cache_are_refused() {
    for name in ["../../x", "..", "/tmp/x", "a/b", "C:\\x", ".hidden", "x.lock", ""] {
        let header = format!("\"{name}\"");
        for kind in ["ETag", "X-Linked-ETag"] {
            let header = header.clone();
            fails(
                move |request| Some(request.good.clone().with(kind, header.clone())),
                &["can't be used", "ETag"],
            );
        }
        fails(
            move |request| Some(request.good.clone().with("X-Repo-Commit", name)),
            &["can't be used", "commit"],
        );
    }
    let escape = "\"\u{9b}31mred\"";
    let ran = fails(move |request| Some(request.good.clone().with("ETag", escape)), &["can't be used"]);
    drop(ran);
}

#[test]
fn answers_that_leave_something_out_are_refused() {
    for missing in ["ETag", "X-Repo-Commit"] {
        let without = move |request: &Request| {
            let mut answer = request.good.clone();
            answer.headers.retain(|(name, _)| *name != missing);
            Some(answer)
        };
        fails(without, &["the answer of", "can't be used"]);
    }
    let endless = |request: &Request| {
        let mut answer = Answer { length: None, then: Then::Endless, ..request.good.clone() };
        (answer.status, answer.headers) = ("200 OK".to_owned(), request.good.headers.clone());
        answer.headers.retain(|(name, _)| *name != "Content-Range");
        Some(answer)
    };
    fails(endless, &["does not say how long"]);
    fails(
        |request| Some(request.good.clone().with("X-Linked-Size", "900000000000")),
        &["it has 900000000000 bytes"],
    );
}

/// Fetches from a hub that spoils one file's contents, expects these words and that nothing of the file is kept; then
/// from a good one.
#[track_caller]
fn spoils(file: &'static str, spoil: impl Fn(&mut Answer) + Send + 'static, words: &[&str]) {
    let sandbox = Sandbox::new();
    let hub = Hub::lying(move |request| {
        (request.file == file && !request.is_probe).then(|| {
            let mut answer = request.good.clone();
            spoil(&mut answer);
            answer
        })
    });
    hub.fetch(&sandbox).expect(1).says(words).says(&[file]);
    let content = hub.stand.lock().unwrap().files[file].clone();
    let model = model_folder(&sandbox);
    assert!(!model.join("blobs").join(etag(file, &content)).exists());
    assert!(!model.join("snapshots").join(COMMIT).join(file).exists());
    hub.lie(|_| None);
    hub.fetch(&sandbox).expect(0);
    hub.assert_fetched(&sandbox);
}

#[test]
fn contents_that_are_not_the_promised_ones_never_take_their_place() {
    for (file, words) in
        [(WEIGHTS, "SHA-256"), ("tokenizer.json", "git's SHA-1"), ("config.json", "git's SHA-1")]
    {
        let change = |answer: &mut Answer| *answer.body.last_mut().unwrap() ^= 1;
        spoils(file, change, &["arrived damaged", words, "was removed", "models fetch someone/small-clip"]);
    }
}

#[test]
fn bodies_of_another_length_never_take_their_place() {
    let longer = |answer: &mut Answer| {
        answer.body.extend([0; 10]);
        answer.length = answer.length.map(|length| length + 10);
    };
    spoils(WEIGHTS, longer, &["arrived damaged", "instead of"]);
    let endless = |answer: &mut Answer| (answer.length, answer.then) = (None, Then::Endless);
    spoils(WEIGHTS, endless, &["arrived damaged", "more than"]);
    spoils("config.json", endless, &["arrived damaged", "more than"]);
    let shorter = |answer: &mut Answer| {
        answer.body.truncate(answer.body.len() / 2);
        answer.length = Some(answer.body.len());
    };
    spoils("tokenizer.json", shorter, &["could not download", "the connection ended after"]);
    let other_part = |answer: &mut Answer| {
        *answer = answer.clone().with("Content-Range", "bytes 7-9/10");
    };
    spoils(WEIGHTS, other_part, &["can't be used", "Content-Range"]);
}

#[test]
fn files_that_an_earlier_version_left_damaged_are_replaced() {
    for name in FILES {
        let (hub, sandbox) = (Hub::start(), Sandbox::new());
        hub.fetch(&sandbox).expect(0);
        let path = model_folder(&sandbox).join("snapshots").join(COMMIT).join(name);
        let mut content = std::fs::read(&path).unwrap();
        content[10] ^= 1;
        std::fs::write(&path, &content).unwrap();
        let mut command = hub.command(&sandbox);
        let ran =
            Ran::from(command.env("HF_HUB_OFFLINE", "1").args(["models", "fetch", ID]).output().unwrap());
        ran.expect(1).says(&["HF_HUB_OFFLINE"]);
        hub.fetch(&sandbox).expect(0);
        hub.assert_fetched(&sandbox);
    }
}

#[test]
fn redirects_end() {
    let hub = fails(|request| Some(Answer::redirect(request.path.clone())), &["more than 8 redirects"]);
    assert_eq!(hub.asked(""), 9);
    for to in ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://"] {
        fails(move |_| Some(Answer::redirect(to)), &["can't be used", "redirect to"]);
    }
    fails(|_| Some(Answer::status("302 Found")), &["a redirect to nowhere"]);
}

#[test]
fn the_token_goes_to_the_hub_alone() {
    let sandbox = Sandbox::new();
    let (hub, storage) = (Hub::start(), Hub::start());
    hub.set(|stand| stand.token = Some("secret".into()));
    let address = storage.address.clone();
    hub.lie(move |request| {
        let mut answer = Answer::redirect(format!("{address}{}", request.path));
        answer
            .headers
            .extend(request.good.headers.iter().filter(|(name, _)| *name == "X-Repo-Commit").cloned());
        let etag = request.good.headers.iter().find(|(name, _)| *name == "ETag")?.1.clone();
        let range = request.good.headers.iter().find(|(name, _)| *name == "Content-Range")?.1.clone();
        let size = range.rsplit('/').next().unwrap().to_owned();
        let answer =
            answer.with("X-Linked-ETag", etag).with("X-Linked-Size", size).with("ETag", "\"pointer\"");
        (request.file == WEIGHTS).then_some(answer)
    });
    // Of a storage, neither name nor commit count.
    storage.lie(|request| Some(request.good.clone().with("ETag", "\"../x\"").with("X-Repo-Commit", "../x")));
    let mut command = hub.command(&sandbox);
    Ran::from(command.env("HF_TOKEN", "secret").args(["models", "fetch", ID]).output().unwrap()).expect(0);
    hub.assert_fetched(&sandbox);
    assert_eq!(storage.asked(WEIGHTS), 1, "what the hub tells itself is not asked of the storage");
    assert!(storage.stand.lock().unwrap().tokens.is_empty());
    let tokens = hub.stand.lock().unwrap().tokens.clone();
    assert!(!tokens.is_empty() && tokens.iter().all(|token| token == "Bearer secret"));
}

#[test]
fn all_files_are_of_one_commit() {
    // The branch moves on between two files.
    let other = "f".repeat(40);
    let sandbox = Sandbox::new();
    let mut count = 0;
    let first = other.clone();
    let hub = Hub::lying(move |request| {
        count += 1;
        (count <= 2).then(|| request.good.clone().with("X-Repo-Commit", first.clone()))
    });
    hub.fetch(&sandbox).expect(0);
    hub.assert_fetched(&sandbox);
    assert_eq!(names(&model_folder(&sandbox).join("snapshots").join(other)), ["config.json"]);

    // It never stands still.
    let mut count = 0;
    let sandbox = Sandbox::new();
    let hub = Hub::lying(move |request| {
        count += 1;
        Some(request.good.clone().with("X-Repo-Commit", format!("{count:040}")))
    });
    hub.fetch(&sandbox)
        .expect(1)
        .says(&["changed on the hub during the download", "run `pixseek models fetch"]);

    // A commit that is asked for by name is another one.
    let sandbox = Sandbox::new();
    let content = hub.stand.lock().unwrap().files["config.json"].clone();
    hub.lie(move |_| {
        let answer = Answer {
            status: "206 Partial Content".to_owned(),
            length: Some(1),
            body: vec![0],
            ..Answer::default()
        };
        let answer = answer.with("ETag", etag("config.json", &content)).with("X-Repo-Commit", COMMIT);
        Some(answer.with("Content-Range", format!("bytes 0-0/{}", content.len())))
    });
    let fetch = ["models", "fetch", "openai/clip-vit-base-patch32"];
    hub.run(&sandbox, &fetch).expect(1).says(&["it is of commit", COMMIT, "instead of b33cedfd"]);
}
