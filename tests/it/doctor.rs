//! `pixseek doctor`.

use crate::common::{Sandbox, files};
#[cfg(unix)]
use crate::terminal::{Answers, Terminal};

#[test]
fn a_healthy_index_is_told_of() {
    let sandbox = Sandbox::gallery();
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(0).json();
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["index"]["indexed"], true);
    let pictures = std::fs::read_dir(sandbox.pics()).unwrap().count() - 1;
    assert_eq!(report["index"]["pictures"], pictures);
    assert_eq!(report["problems"].as_array().unwrap().len(), 0);
    assert!(report["machine"]["cpu_features"].as_array().unwrap().contains(&report["machine"]["cpu"]));
    assert_eq!(report["machine"]["precision"], "auto");
    assert!(report["machine"]["text"].as_str().unwrap().contains("tesseract"));
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    for name in ["catalog", "model", "revision", "precision", "dimension", "pictures", "failed", "bytes"] {
        assert_eq!(report["index"][name], status[name], "{name}");
    }
    let text = sandbox.run(["doctor", "pics"]).expect(0).text();
    for heading in ["Terminal", "Machine", "Models on the disk", "Index", "Nothing is broken."] {
        assert!(text.lines().any(|line| line == heading), "{heading}: {text}");
    }
}

#[test]
fn a_damaged_catalogue_is_a_problem_and_the_rest_is_told() {
    let sandbox = Sandbox::gallery();
    let catalog = files(&sandbox.home().join("data"), "catalog.db").remove(0);
    std::fs::write(&catalog, b"this is no database, but it is long enough to be read as one").unwrap();
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(1).json();
    assert_eq!(report["problems"].as_array().unwrap().len(), 1, "{report}");
    assert!(report["machine"]["cpu"].is_string());
}

#[cfg(unix)]
#[test]
fn a_terminal_is_asked_and_the_reason_given() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command();
    command.arg("doctor").env("TERM", "xterm-256color").env_remove("COLORTERM");
    let answers = "\x1bP>|XTerm(379)\x1b\\\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[?64;4c\x1b[6;16;8t";
    let terminal = Terminal::run(&command, Answers::Scripted(answers));
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0, "{screen}");
    for words in
        ["reports as  XTerm(379)", "all colours", "sixel: the terminal reports sixels", "of 8 x 16 pixels"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn models_and_their_caches_are_compared_with_their_checksums() {
    let (hub, sandbox) = (crate::hub::stand::Hub::start(), Sandbox::new());
    hub.fetch(&sandbox).expect(0);
    let doctor = |args: &[&str]| sandbox.run(["doctor", "--json"].iter().chain(args));
    assert_eq!(doctor(&["--full"]).expect(0).json()["problems"].to_string(), "[]");
    let blobs = crate::hub::stand::model_folder(&sandbox).join("blobs");
    let weights = crate::hub::stand::names(&blobs).into_iter().find(|name| name.len() == 64).unwrap();
    let mut bytes = std::fs::read(blobs.join(&weights)).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(blobs.join(&weights), bytes).unwrap();
    doctor(&[]).expect(0);
    let report = doctor(&["--full"]).expect(1).json();
    let problems = report["problems"].to_string();
    assert!(problems.contains("model.safetensors") && problems.contains("models fetch"), "{report}");
    hub.fetch(&sandbox).expect(0);
    doctor(&["--full"]).expect(0);

    let cache = sandbox.home().join("cache/pixseek/int8");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::write(cache.join("0123-text.bin"), "cut short").unwrap();
    let report = doctor(&[]).expect(1).json();
    assert!(report["problems"].to_string().contains("0123-text.bin"), "{report}");
    sandbox.picture("1.png", 1);
    sandbox.index();
    let report = sandbox.run(["repair", "pics", "--json"]).expect(0).json();
    assert!(report["removed"].to_string().contains("0123-text.bin"), "{report}");
    doctor(&[]).expect(0);
}
