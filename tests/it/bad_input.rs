//! Bad input: each case has a clear message and the right exit code, and the rest is still indexed.

use std::fs;

use crate::common::{Sandbox, counts};

#[test]
fn an_empty_folder_is_indexed_and_finds_nothing() {
    let sandbox = Sandbox::new();
    assert_eq!(counts(&sandbox.index()), [0; 5]);
    sandbox.run(["search", "pics", "red"]).expect(1).says(&["no searchable pictures", "pics"]);
}

#[test]
fn one_picture_is_enough() {
    let sandbox = Sandbox::new();
    sandbox.picture("only.png", 1);
    assert_eq!(counts(&sandbox.index()), [1, 0, 0, 0, 1]);
    assert_eq!(sandbox.run(["search", "pics", "red", "--json"]).expect(0).names(), ["only.png"]);
    sandbox.run(["similar", "pics/only.png", "pics"]).expect(1).says(&["no searchable pictures"]);
}

#[test]
fn a_missing_folder_or_a_file_in_its_place_is_named() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.home().join("file"), "x").unwrap();
    for command in [&["index"][..], &["status"], &["search", "red", "-C"], &["similar", "file", "-C"]] {
        sandbox.run(command.iter().chain(&["nowhere"])).expect(1).says(&["nowhere"]);
        sandbox.run(command.iter().chain(&["file"])).expect(1).says(&["'file' is a file"]);
    }
    sandbox.run(["nowhere"]).expect(1).says(&["nowhere"]);
    sandbox.run(["file"]).expect(1).says(&["'file' is a file"]);
}

#[test]
fn bad_pictures_are_skipped_with_their_reasons() {
    let sandbox = Sandbox::new();
    sandbox.picture("good.png", 1);
    let pics = sandbox.pics();
    fs::write(pics.join("text.jpg"), "this is text").unwrap();
    fs::write(pics.join("empty.png"), "").unwrap();
    let jpeg = fs::read(sandbox.picture("whole.jpg", 2)).unwrap();
    fs::write(pics.join("truncated.jpg"), &jpeg[..jpeg.len() / 8]).unwrap();
    let png = fs::read(pics.join("good.png")).unwrap();
    fs::write(pics.join("truncated.png"), &png[..png.len() / 8]).unwrap();
    fs::write(pics.join("huge.png"), huge_png()).unwrap();
    fs::write(pics.join("notes.txt"), "not a picture and not meant to be one").unwrap();

    let ran = sandbox.run(["index", "pics", "--json"]).expect(0);
    assert_eq!(counts(&ran.json()), [2, 0, 0, 5, 2]);
    let failed = sandbox.run(["status", "pics", "--failed"]).expect(0).text();
    for name in ["text.jpg", "empty.png", "truncated.jpg", "truncated.png", "huge.png"] {
        assert!(ran.stderr.contains(name), "{name} is not in {}", ran.stderr);
        assert!(failed.contains(name), "{name} is not in {failed}");
    }
    assert!(failed.contains("60000x60000"), "{failed}");
    assert!(!ran.stderr.contains("notes.txt"));
    // They are not read again, but still counted.
    assert_eq!(counts(&sandbox.index()), [0, 2, 0, 5, 2]);
    assert_eq!(sandbox.run(["search", "pics", "red", "--json"]).expect(0).names().len(), 2);
    // Mended ones are.
    sandbox.picture("text.jpg", 3);
    assert_eq!(counts(&sandbox.index()), [1, 2, 0, 4, 3]);
}

/// A PNG of a few bytes whose header claims 60000 x 60000 pixels.
fn huge_png() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 60_000, 60_000);
    encoder.set_color(png::ColorType::Rgb);
    drop(encoder.write_header().unwrap());
    bytes
}

#[test]
fn odd_names_are_indexed_and_printed_on_one_line() {
    let sandbox = Sandbox::new();
    let names = [
        "a b.png",
        "new\nline.png",
        "🦀 émoji.png",
        "-dash.png",
        "quote'\".png",
        "%s {}.png",
        "con\u{1b}[31m.png",
    ];
    for (seed, name) in (1..).zip(names) {
        sandbox.picture(name, seed);
    }
    assert_eq!(counts(&sandbox.index())[4], names.len() as u64);
    let mut found = sandbox.run(["search", "pics", "red", "-n99", "--json"]).expect(0).names();
    found.sort();
    let mut expected = names.map(str::to_owned);
    expected.sort();
    assert_eq!(found, expected);
    let print0 = sandbox.run(["search", "pics", "red", "-n99", "-0"]).expect(0);
    assert_eq!(print0.stdout.split(|&b| b == 0).filter(|path| !path.is_empty()).count(), names.len());
    fs::write(sandbox.pics().join("bad\nname.jpg"), "text").unwrap();
    let ran = sandbox.run(["index", "pics"]).expect(0);
    assert!(ran.stderr.contains("bad\\nname.jpg"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_survive() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let source = sandbox.picture("plain.png", 1);
    let odd = sandbox.pics().join(OsStr::from_bytes(b"\xff\xfe.png"));
    fs::rename(source, &odd).unwrap();
    assert_eq!(counts(&sandbox.index()), [1, 0, 0, 0, 1]);
    let print0 = sandbox.run(["search", "pics", "red", "-0"]).expect(0).stdout;
    assert_eq!(print0, [odd.as_os_str().as_bytes(), b"\0"].concat());
    let json = sandbox.run(["search", "pics", "red", "--json"]).expect(0).json();
    assert!(json["path"].as_str().unwrap().contains('\u{fffd}') && json["path_bytes"].is_string());
    sandbox.run([OsStr::new("similar"), odd.as_os_str(), OsStr::new("pics")]).expect(1);
}

#[cfg(unix)]
#[test]
fn symlink_loops_and_pipes_do_not_hang() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.picture("sub/1.png", 1);
    symlink(sandbox.pics(), sandbox.pics().join("sub/loop")).unwrap();
    symlink("self.png", sandbox.pics().join("self.png")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(sandbox.pics().join("pipe.png")).status().unwrap();
    assert!(made.success());
    assert_eq!(counts(&sandbox.index()), [1, 0, 0, 0, 1]);
    let follow = sandbox.run(["index", "pics", "-L", "--json"]).expect(0).json();
    assert_eq!(counts(&follow)[4], 1);
    sandbox.run(["embed", "--image", "pics/pipe.png"]).expect(1).says(&["pipe.png"]);
}

#[cfg(unix)]
#[test]
fn a_folder_without_read_permission_is_told_and_deletes_nothing() {
    use crate::common::set_mode;
    let sandbox = Sandbox::unprivileged();
    sandbox.picture("open.png", 1);
    sandbox.picture("locked/1.png", 2);
    let locked = sandbox.pics().join("locked");
    let run = |args: &[&str]| sandbox.run_unprivileged(args);
    let index = || run(&["index", "pics", "--json"]).expect(0);
    assert_eq!(counts(&index().json()), [2, 0, 0, 0, 2]);
    set_mode(&locked, 0o000);
    let ran = index().says(&["locked"]);
    assert_eq!(counts(&ran.json()), [0, 1, 0, 0, 2]);
    run(&["index", "pics/locked"]).expect(1).says(&["locked"]);
    set_mode(&locked, 0o755);
    assert_eq!(counts(&index().json()), [0, 2, 0, 0, 2]);
    // A picture that can't be opened is a failure until it can.
    set_mode(&locked.join("1.png"), 0o000);
    sandbox.picture("open.png", 3);
    assert_eq!(counts(&index().json()), [1, 1, 0, 0, 2]);
    fs::write(locked.join("2.png"), "").unwrap();
    set_mode(&locked.join("2.png"), 0o000);
    assert_eq!(counts(&index().json()), [0, 2, 0, 1, 2]);
    set_mode(&locked.join("2.png"), 0o644);
    fs::copy(sandbox.pics().join("open.png"), locked.join("2.png")).unwrap();
    assert_eq!(counts(&index().json()), [1, 2, 0, 0, 3]);
}

#[test]
fn a_damaged_catalogue_is_named_with_the_way_out() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.run(["index", "pics", "--here"]).expect(0);
    let catalog = sandbox.pics().join(".pixseek/catalog.db");
    fs::write(&catalog, "rubbish ".repeat(1000)).unwrap();
    sandbox.run(["search", "pics", "red"]).expect(1).says(&["catalog.db", "damaged", "delete it"]);
    sandbox.run(["collections", "forget", "pics"]).expect(0);
    assert_eq!(counts(&sandbox.index()), [1, 0, 0, 0, 1]);
}

#[test]
fn an_unknown_model_names_the_commands_that_help() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.run(["index", "pics", "--model", "nobody/nothing"]).expect(1).says(&[
        "nobody/nothing",
        "models fetch",
        "`pixseek demo` needs no download",
    ]);
    // Nothing was left behind.
    assert_eq!(sandbox.run(["collections"]).expect(0).text(), "");
    sandbox.run(["models", "fetch", "nobody/nothing"]).expect(1).says(&["nobody/nothing"]);
}

const BUNDLED: &str = "assets/demo-model";

#[test]
fn a_model_folder_without_one_of_its_files_names_it() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    let dir = sandbox.model(BUNDLED);
    sandbox.run(["index", "pics", "--model", "model"]).expect(0);
    for name in ["config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"] {
        let path = dir.join(name);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        sandbox.run(["index", "pics", "--model", "model", "--force"]).expect(1).says(&[name, "model"]);
        fs::write(&path, bytes).unwrap();
    }
    sandbox.run(["index", "pics", "--model", "model", "--force"]).expect(0);
}

#[test]
fn weights_cut_short_are_named() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    let path = sandbox.model(BUNDLED).join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    for length in [0, 5, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        sandbox.run(["index", "pics", "--model", "model"]).expect(1).says(&["model.safetensors"]);
    }
}
