//! The trash from the browser, and what brings pictures back.

use std::fs;
use std::path::Path;

use crate::common::Sandbox;
use crate::terminal::Terminal;

const ESC: &str = "\x1b";
const F8: &str = "\x1b[19~";
const ALT_Z: &str = "\x1bz";

/// A sandbox with an index of three pictures, one of them in a folder.
fn three_pictures() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.home().join("pics/sub")).unwrap();
    for (name, colour) in [("a.png", 250), ("b.png", 120), ("sub/c.png", 10)] {
        write(&sandbox.pics().join(name), colour);
    }
    sandbox.run(["index", "pics", "-q"]).expect(0);
    sandbox
}

fn write(path: &Path, colour: u8) {
    image::RgbImage::from_pixel(48, 32, image::Rgb([colour, 30, 90])).save(path).unwrap();
}

fn browser(sandbox: &Sandbox, query: &str) -> Terminal {
    let terminal = Terminal::start(sandbox, &["pics", "--no-index", "--query", query]);
    terminal.wait("the index", |screen| screen.contains("pictures"));
    terminal
}

fn move_to_trash(terminal: &Terminal, name: &str) {
    terminal.selects(name);
    terminal.send(F8);
    terminal.shows("to the trash?");
    terminal.send("y");
    terminal.shows("1 picture moved to the trash");
}

#[test]
fn what_went_to_the_trash_comes_back_with_its_vector() {
    let sandbox = three_pictures();
    let before = sandbox.run(["search", "pics", "dark", "--json"]).expect(0).stdout;
    let place = sandbox.pics().join("sub/c.png");
    let contents = fs::read(&place).unwrap();
    let terminal = browser(&sandbox, "name:c sort:name");
    move_to_trash(&terminal, "c.png");
    assert!(!place.exists());
    // The folder goes as well: it is made anew.
    fs::remove_dir(sandbox.pics().join("sub")).unwrap();
    terminal.send(ALT_Z);
    terminal.shows("1 picture back from the trash");
    terminal.selects("c.png");
    assert_eq!(fs::read(&place).unwrap(), contents);
    terminal.send(ALT_Z);
    terminal.shows("nothing to undo");
    terminal.send(ESC);
    terminal.end();
    assert_eq!(sandbox.run(["search", "pics", "dark", "--json"]).expect(0).stdout, before, "as before");
    let summary = String::from_utf8(sandbox.run(["index", "pics", "--json"]).expect(0).stdout).unwrap();
    assert!(summary.contains("\"indexed\":0"), "{summary}");
}

#[test]
fn nothing_is_overwritten_and_the_right_one_of_two_comes_back() {
    let sandbox = three_pictures();
    let place = sandbox.pics().join("a.png");
    let first = fs::read(&place).unwrap();
    let terminal = browser(&sandbox, "name:a");
    move_to_trash(&terminal, "a.png");
    // Another file of the same path goes to the trash by another program.
    write(&place, 77);
    let trash = sandbox.home().join("data/Trash");
    fs::rename(&place, trash.join("files/a.png.2")).unwrap();
    let info = fs::read_to_string(trash.join("info/a.png.trashinfo")).unwrap();
    let later = info.replace("DeletionDate=20", "DeletionDate=21");
    fs::write(trash.join("info/a.png.2.trashinfo"), later).unwrap();
    // A third has its place.
    fs::write(&place, "mine").unwrap();
    terminal.send(ALT_Z);
    terminal.shows("another file has taken its place");
    assert_eq!(fs::read_to_string(&place).unwrap(), "mine");
    fs::remove_file(&place).unwrap();
    terminal.send(ALT_Z);
    terminal.shows("1 picture back from the trash");
    assert_eq!(fs::read(&place).unwrap(), first);
    assert!(trash.join("files/a.png.2").exists() && !trash.join("info/a.png.trashinfo").exists());
    // What the trash has not any more can't come back, and is not tried again.
    move_to_trash(&terminal, "a.png");
    fs::remove_file(trash.join("files/a.png")).unwrap();
    fs::remove_file(trash.join("info/a.png.trashinfo")).unwrap();
    fs::remove_file(trash.join("files/a.png.2")).unwrap();
    fs::remove_file(trash.join("info/a.png.2.trashinfo")).unwrap();
    terminal.send(ALT_Z);
    terminal.shows("the trash does not have it any more");
    terminal.send(ALT_Z);
    terminal.shows("nothing to undo");
    assert!(!place.exists());
    terminal.send(ESC);
    terminal.end();
}

/// A folder that became a link is not followed out of the collection.
#[test]
fn pictures_come_back_into_the_folder_only() {
    let sandbox = three_pictures();
    let elsewhere = sandbox.home().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let terminal = browser(&sandbox, "name:c");
    move_to_trash(&terminal, "c.png");
    fs::remove_dir(sandbox.pics().join("sub")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, sandbox.pics().join("sub")).unwrap();
    terminal.send(ALT_Z);
    terminal.shows("a link leads out of the folder now");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    terminal.send(ESC);
    terminal.end();
}
