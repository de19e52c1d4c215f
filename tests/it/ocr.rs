//! `index --ocr`: the text in pictures, with stand-ins for the program that reads it, and with tesseract where that is.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::{Sandbox, counts};

/// A sandbox with these settings and this many pictures.
fn sandbox(settings: &str, pictures: u8) -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), settings).unwrap();
    for number in 0..pictures {
        sandbox.picture(format!("{number}.png"), number * 40);
    }
    sandbox
}

/// Settings with a shell script as the command.
fn script(script: &str, rest: &str) -> String {
    format!("[ocr]\ncommand = [\"sh\", \"-c\", '''{script}''']\n{rest}")
}

/// How often a script was run that adds a line to the file `runs` each time.
fn runs(sandbox: &Sandbox) -> usize {
    fs::read_to_string(sandbox.home().join("runs")).map_or(0, |text| text.lines().count())
}

#[test]
fn text_is_read_once_and_found_by_the_filter_and_told_beside_other_results() {
    let sandbox = sandbox(&script("echo >> runs; cat > /dev/null; echo 'BOARDING  Pass 7'", ""), 3);
    sandbox.run(["index", "pics"]).expect(0);
    assert_eq!(runs(&sandbox), 0, "nobody asked for it");
    let words = "no text was read in these pictures yet: `pixseek index pics --ocr` does";
    sandbox.run(["search", "pics", "text:boarding"]).expect(1).says(&[words]);
    let read =
        sandbox.run(["index", "pics", "--ocr"]).expect(0).says(&["text read in 3 pictures; 0 have none"]);
    assert!(read.stderr.contains("3 pictures to read text in"), "{}", read.stderr);
    assert_eq!(runs(&sandbox), 3);
    let json = sandbox.run(["index", "pics", "--ocr", "--json"]).expect(0).json();
    assert_eq!((counts(&json), &json["texts"]["left"]), ([0, 3, 0, 0, 3], &0.into()));
    assert_eq!(runs(&sandbox), 3, "it was read before");
    for (query, expected) in [
        ("text:\"boarding pass\"", 3),
        ("text:pas*", 3),
        ("red text:boarding", 3),
        ("text:boarding text:7", 3),
        ("text:*", 3),
    ] {
        assert_eq!(
            sandbox.run(["search", "pics", query, "--json"]).expect(0).names().len(),
            expected,
            "{query}"
        );
    }
    for query in ["text:\"pass boarding\"", "text:board", "-text:pass"] {
        sandbox.run(["search", "pics", query]).expect(1);
    }
    let told = "3 pictures contain this text: `pixseek search -C pics 'text:\"boarding pass\"'`";
    sandbox.run(["search", "pics", "boarding", "pass"]).expect(0).says(&[told]);
    for query in ["pass boarding", "boarding pass -in:x"] {
        let other = sandbox.run(["search", "pics", query]).expect(0);
        assert!(!other.stderr.contains("this text"), "{query}: {}", other.stderr);
    }
    // Results and their order are what they were.
    let plain = sandbox.run(["search", "pics", "boarding pass", "-q"]).expect(0);
    assert_eq!((plain.stderr.as_str(), plain.text().lines().count()), ("", 3));
    let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
    assert_eq!(status["texts"], serde_json::json!({"with_text": 3, "without": 0, "failed": 0, "left": 0}));
    assert!(
        sandbox.run(["status", "pics"]).expect(0).text().contains("Text         in 3 pictures, none in 0\n")
    );
}

#[test]
fn failures_are_listed_and_no_failure_of_indexing() {
    let sandbox = sandbox(
        &script(
            "echo >> runs; if mkdir first 2>&-; then echo yes; else echo 'bad luck' >&2; exit 4; fi",
            "enabled = true\n",
        ),
        2,
    );
    sandbox.run(["index", "pics"]).expect(0).says(&[
        "text read in 1 pictures; 0 have none; 1 can't be read (`pixseek status --failed` lists them)",
    ]);
    let failed = sandbox.run(["status", "pics", "--failed"]).expect(0).text();
    assert!(failed.ends_with(".png\tbad luck\n") && failed.lines().count() == 1, "{failed}");
    sandbox.run(["index", "pics"]).expect(0);
    assert_eq!(runs(&sandbox), 2, "neither is tried again");
    let json = sandbox.run(["index", "pics", "--force", "--json"]).expect(0).json();
    assert_eq!((runs(&sandbox), &json["texts"]["failed"]), (4, &2.into()));
}

#[test]
fn without_the_program_there_is_a_word_how_to_get_it_and_nothing_else_changes() {
    let sandbox = sandbox("", 2);
    let mut command = sandbox.command();
    let ran =
        command.args(["index", "pics", "--ocr", "--json"]).env("PATH", "/nonexistent").output().unwrap();
    assert!(ran.status.success());
    let words = String::from_utf8_lossy(&ran.stderr);
    assert!(words.contains("text in pictures is not read: tesseract is not installed"), "{words}");
    assert_eq!(counts(&serde_json::from_slice(&ran.stdout).unwrap()), [2, 0, 0, 0, 2]);
    fs::write(sandbox.home().join("config/pixseek/config.toml"), "[ocr]\ncommand = \"no-such {}\"\n")
        .unwrap();
    sandbox
        .run(["index", "pics", "--ocr"])
        .expect(0)
        .says(&["'no-such', the command of [ocr] in config.toml"]);
}

#[test]
fn a_command_that_always_fails_is_an_error_and_nothing_is_noted() {
    let sandbox = sandbox(&script("echo 'no model' >&2; exit 1", ""), 5);
    sandbox
        .run(["index", "pics", "--ocr"])
        .expect(1)
        .says(&["5 pictures searchable", "'sh' fails with every picture: no model"]);
    assert!(sandbox.run(["status", "pics", "--json"]).expect(0).json().get("texts").is_none());
}

/// Waits until a file is there, and returns what it says.
fn wait_for(path: &Path) -> String {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ if Instant::now() > deadline => panic!("no {}", path.display()),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

#[test]
fn a_run_that_is_stopped_or_killed_is_gone_on_with() {
    use rustix::process::{Pid, Signal, kill_process, test_kill_process};

    // The first picture is read, and every later one hangs while there is a file `hang`.
    let hangs =
        "echo >> runs; mkdir first 2>&- || while [ -e hang ]; do echo $$ > pid; sleep 1; done; echo text";
    let sandbox = sandbox(&script(hangs, ""), 3);
    fs::write(sandbox.home().join("hang"), "").unwrap();
    let pid_file = sandbox.home().join("pid");
    for signal in [Signal::INT, Signal::KILL] {
        let mut child = sandbox
            .command()
            .args(["index", "pics", "--ocr"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let reader = Pid::from_raw(wait_for(&pid_file).parse().unwrap()).unwrap();
        while sandbox.run(["status", "pics", "--json"]).expect(0).json()["texts"]["with_text"] != 1 {
            assert!(child.try_wait().unwrap().is_none());
        }
        kill_process(Pid::from_raw(child.id() as i32).unwrap(), signal).unwrap();
        let status = child.wait().unwrap();
        if signal == Signal::INT {
            assert_eq!(status.code(), Some(130));
            assert!(test_kill_process(reader).is_err(), "the reader went on");
        }
        fs::remove_file(&pid_file).unwrap();
        let status = sandbox.run(["status", "pics", "--json"]).expect(0).json();
        assert_eq!(
            status["texts"],
            serde_json::json!({"with_text": 1, "without": 0, "failed": 0, "left": 2})
        );
    }
    fs::remove_file(sandbox.home().join("hang")).unwrap();
    sandbox.run(["index", "pics", "--ocr"]).expect(0).says(&["text read in 2 pictures; 0 have none"]);
}

/// Whether tesseract is here; tests that need it say so where it is not.
fn has_tesseract() -> bool {
    let found = std::process::Command::new("tesseract").arg("--version").output().is_ok();
    if !found {
        eprintln!("not tested: tesseract is not installed");
    }
    found
}

#[test]
fn tesseract_reads_signs() {
    if !has_tesseract() {
        return;
    }
    let sandbox = sandbox("ocr = true\n", 1);
    let sign = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/text/sign.png");
    fs::copy(sign, sandbox.pics().join("sign.png")).unwrap();
    sandbox.run(["index", "pics"]).expect(0).says(&["text read in 1 pictures; 1 have none"]);
    let found = sandbox.run(["search", "pics", "text:\"harbour museum\"", "--json"]).expect(0).names();
    assert_eq!(found, ["sign.png"]);
}
