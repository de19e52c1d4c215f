//! `[[decoder]]` in the settings: programs that read formats of the user's own.

use std::fs;

use crate::common::{Sandbox, counts, set_mode};

/// A sandbox with these settings.
fn sandbox(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), settings).unwrap();
    sandbox
}

/// A picture behind seven bytes of another format.
fn wrap(sandbox: &Sandbox, name: &str, seed: u8) {
    let png = sandbox.picture("inner.png", seed);
    let bytes = [b"WRAPPED", fs::read(&png).unwrap().as_slice()].concat();
    fs::remove_file(png).unwrap();
    fs::write(sandbox.pics().join(name), bytes).unwrap();
}

#[test]
fn files_of_listed_extensions_are_pictures() {
    let sandbox =
        sandbox("[[decoder]]\nextensions = [\"wrapped\"]\ncommand = [\"tail\", \"-c\", \"+8\", \"{}\"]\n");
    wrap(&sandbox, "-odd name; $(touch x).WRAPPED", 3);
    wrap(&sandbox, "second.wrapped", 9);
    fs::write(sandbox.pics().join("other.rest"), "no picture, and not listed").unwrap();
    assert_eq!(counts(&sandbox.index()), [2, 0, 0, 0, 2]);
    let names = sandbox.run(["search", "pics", "blue", "--json"]).expect(0).names();
    assert_eq!(names.len(), 2, "{names:?}");
    let query = sandbox.pics().join("second.wrapped");
    let similar = sandbox.run(["similar".as_ref(), query.as_os_str(), "pics".as_ref(), "--json".as_ref()]);
    assert_eq!(similar.expect(0).names().len(), 1);
}

#[test]
fn the_users_word_comes_before_ours() {
    // Every JPEG becomes this one picture.
    let sandbox = sandbox("[[decoder]]\nextensions = [\".Jpg\"]\ncommand = \"sh -c 'cat ../only' {}\"\n");
    fs::rename(sandbox.picture("x.png", 1), sandbox.home().join("only")).unwrap();
    fs::write(sandbox.pics().join("a.jpg"), "this is text").unwrap();
    let inside = sandbox.command().args(["index", "."]).current_dir(sandbox.pics()).output().unwrap();
    assert!(inside.status.success());
    assert_eq!(counts(&sandbox.index()), [0, 1, 0, 0, 1]);
}

#[test]
fn what_is_wrong_with_a_program_is_told_in_one_line() {
    let sandbox = sandbox(
        "[[decoder]]\nextensions = [\"gone\"]\ncommand = \"no-such-program {}\"\n\
         [[decoder]]\nextensions = [\"fails\"]\ncommand = [\"sh\", \"-c\", \"echo 'no layers \\u001b[2J' >&2; exit 3\"]\n\
         [[decoder]]\nextensions = [\"slow\"]\ncommand = \"sh -c 'sleep 60'\"\ntimeout = 0.5\n\
         [[decoder]]\nextensions = [\"text\"]\ncommand = \"echo {}\"\n",
    );
    for name in ["a.gone", "b.fails", "c.slow", "d.text"] {
        fs::write(sandbox.pics().join(name), name).unwrap();
    }
    assert_eq!(counts(&sandbox.index()), [0, 0, 0, 4, 0]);
    let failed = sandbox.run(["status", "pics", "--failed"]).expect(0).text();
    for words in [
        "'no-such-program', the decoder for .gone files in config.toml, is not installed",
        "config.toml, failed: no layers \\u{1b}[2J",
        "config.toml, takes longer than 0.5 s",
        "config.toml, wrote no sound picture: not a picture: text or unknown format",
    ] {
        assert!(failed.contains(words), "no {words:?} in {failed}");
    }
}

#[test]
fn a_wrong_entry_names_its_line() {
    let sandbox = sandbox("model = \"demo\"\n[[decoder]]\nextensions = [\"x\"]\ncommand = \"a 'b\"\n");
    sandbox.run(["index", "pics"]).expect(1).says(&[
        "config.toml",
        "line 4",
        "a quote in the command is not closed",
    ]);
}

#[test]
fn files_are_tried_again_once_their_program_is_there() {
    let sandbox = Sandbox::new();
    let (folder, program) = (sandbox.home().join("config/pixseek"), sandbox.home().join("later"));
    fs::create_dir_all(&folder).unwrap();
    let settings =
        format!("[[decoder]]\nextensions = [\"own\"]\ncommand = \"'{}' {{}}\"\n", program.display());
    fs::write(folder.join("config.toml"), settings).unwrap();
    wrap(&sandbox, "a.own", 5);
    assert_eq!(counts(&sandbox.index()), [0, 0, 0, 1, 0]);
    assert_eq!(counts(&sandbox.index()), [0, 0, 0, 1, 0]);
    fs::write(&program, "#!/bin/sh\nexec tail -c +8 \"$1\"\n").unwrap();
    set_mode(&program, 0o755);
    assert_eq!(counts(&sandbox.index()), [1, 0, 0, 0, 1]);
}
