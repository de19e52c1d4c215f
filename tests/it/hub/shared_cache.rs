//! The cache is shared: with other processes that download at the same time, with Python, and with those who plant links.

use std::process::Stdio;

#[cfg(unix)]
use super::stand::{COMMIT, etag, model_folder, names};
use super::stand::{FILES, Hub, ID, Then, WEIGHTS};
use crate::common::{Ran, Sandbox, wait_for};

#[test]
fn several_processes_download_a_file_once() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    let mut children = Vec::new();
    for _ in 0..4 {
        let mut command = hub.command(&sandbox);
        command.args(["models", "fetch", ID]).stdout(Stdio::piped()).stderr(Stdio::piped());
        children.push(command.spawn().unwrap());
    }
    for child in children {
        Ran::from(child.wait_with_output().unwrap()).expect(0);
    }
    hub.assert_fetched(&sandbox);
    let log = &hub.stand.lock().unwrap().log;
    for file in FILES {
        let asked = log.iter().filter(|line| line.ends_with(&format!("/{file} bytes=0-"))).count();
        assert_eq!(asked, 1, "{file}");
    }
}

#[test]
fn who_waits_for_another_process_is_told_so() {
    let sandbox = Sandbox::new();
    let hub = Hub::lying(|request| {
        let mut answer = request.good.clone();
        answer.body.truncate(1000);
        answer.then = Then::Stall;
        (request.file == WEIGHTS && !request.is_probe).then_some(answer)
    });
    let spawn = |timeout| {
        let mut command = hub.command(&sandbox);
        command.env("HF_HUB_DOWNLOAD_TIMEOUT", timeout).args(["models", "fetch", ID]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut first = spawn("600");
    wait_for("the first", || (hub.asked("model.safetensors bytes=0-") == 2).then_some(()));
    let second = spawn("0.5");
    wait_for("the second", || (hub.asked("model.safetensors bytes=0-0") == 2).then_some(()));
    hub.lie(|_| None);
    first.kill().unwrap();
    first.wait().unwrap();
    // Killed before or after the second asked for the lock: it goes on either way.
    Ran::from(second.wait_with_output().unwrap()).expect(0);
    hub.assert_fetched(&sandbox);
}

#[cfg(unix)]
#[test]
fn the_layout_is_that_of_huggingface_hub() {
    let (hub, sandbox) = (Hub::start(), Sandbox::new());
    hub.fetch(&sandbox).expect(0);
    let model = model_folder(&sandbox);
    assert_eq!(names(&model), ["blobs", "refs", "snapshots"]);
    assert_eq!(names(&model.join("snapshots")), [COMMIT]);
    for name in FILES {
        let etag = etag(name, &hub.stand.lock().unwrap().files[name]);
        let link = std::fs::read_link(model.join("snapshots").join(COMMIT).join(name)).unwrap();
        assert_eq!(link, std::path::Path::new("../../blobs").join(&etag));
        assert!(
            sandbox.home().join("hf/hub/.locks/models--someone--small-clip").join(etag + ".lock").exists()
        );
    }

    // What Python left is taken over: here without the link.
    std::fs::remove_file(model.join("snapshots").join(COMMIT).join(WEIGHTS)).unwrap();
    let before = hub.asked("model.safetensors bytes=0-");
    hub.fetch(&sandbox).expect(0);
    hub.assert_fetched(&sandbox);
    assert_eq!(hub.asked("model.safetensors bytes=0-"), before + 1, "it asks for the name alone");
}

#[cfg(unix)]
#[test]
fn planted_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let hub = Hub::start();
    let etag = etag(WEIGHTS, &hub.stand.lock().unwrap().files[WEIGHTS]);
    let plants = [
        format!("blobs/{etag}"),
        format!("blobs/{etag}.pixseek-partial"),
        "refs/main".to_owned(),
        format!("../.locks/models--someone--small-clip/{etag}.lock"),
    ];
    for plant in plants {
        let sandbox = Sandbox::new();
        let mine = sandbox.home().join("mine");
        std::fs::write(&mine, "mine").unwrap();
        let at = model_folder(&sandbox).join(&plant);
        std::fs::create_dir_all(model_folder(&sandbox)).unwrap();
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(&mine, &at).unwrap();
        let ran = hub.fetch(&sandbox);
        assert_eq!(std::fs::read(&mine).unwrap(), b"mine", "{plant}");
        if plant.ends_with(".lock") {
            ran.expect(1).says(&["it is a link"]);
        } else {
            ran.expect(0);
            hub.assert_fetched(&sandbox);
        }
    }
    for folder in ["blobs", "refs", "snapshots", &format!("snapshots/{COMMIT}")] {
        let sandbox = Sandbox::new();
        let mine = sandbox.home().join("mine");
        std::fs::create_dir(&mine).unwrap();
        let at = model_folder(&sandbox).join(folder);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(&mine, &at).unwrap();
        hub.fetch(&sandbox).expect(1).says(&["it is a link", "HF_HUB_CACHE"]);
        assert!(names(&mine).is_empty(), "{folder}");
    }
    // A cache that was moved to another disk is the user's own doing.
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.home().join("disk")).unwrap();
    std::fs::create_dir_all(sandbox.home().join("hf")).unwrap();
    symlink(sandbox.home().join("disk"), sandbox.home().join("hf/hub")).unwrap();
    hub.fetch(&sandbox).expect(0);
    hub.assert_fetched(&sandbox);
}
