//! Browsing pictures whose files are on another machine: facts and thumbnails come from the store.

use std::fs;

use serde_json::Value;

use super::{Shared, sent};
use crate::milvus::server::Server;
use crate::terminal::{Answers, Terminal};

/// Shows the details.
const CTRL_T: &str = "\x14";
/// The colour of one picture, which is in no part of the browser itself.
const COLOUR: [u8; 3] = [200, 120, 30];

fn thumbnails(summary: &Value) -> u64 {
    summary["store"]["thumbnails"].as_u64().unwrap_or_else(|| panic!("{summary}"))
}

/// Whether a cell of the preview has nearly the picture's colour.
fn shows_the_colour(terminal: &Terminal) -> bool {
    terminal.colours().into_iter().any(|colour| match colour {
        vt100::Color::Rgb(r, g, b) => [r, g, b].iter().zip(COLOUR).all(|(a, b)| a.abs_diff(b) < 16),
        _ => false,
    })
}

#[test]
#[ignore = "needs a Milvus server"]
fn pictures_on_another_machine_have_a_thumbnail_and_facts() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    let plain = shared.sandbox.pics().join("plain.png");
    image::RgbImage::from_pixel(600, 300, image::Rgb(COLOUR)).save(&plain).unwrap();
    let first = shared.index();
    assert_eq!((sent(&first)[0], thumbnails(&first)), (10, 10));
    assert_eq!(thumbnails(&shared.index()), 0, "nothing has changed");
    // Other contents, and a picture that is gone and comes back.
    shared.sandbox.picture("z/1.png", 77);
    let away = shared.sandbox.home().join("away.png");
    fs::rename(shared.sandbox.pics().join("z/2.png"), &away).unwrap();
    let second = shared.index();
    assert_eq!((sent(&second), thumbnails(&second)), ([1, 1, 0], 1));
    fs::rename(&away, shared.sandbox.pics().join("z/2.png")).unwrap();
    assert_eq!(thumbnails(&shared.index()), 1, "the thumbnail went with its picture");
    // Another machine, on which the folder is empty.
    let elsewhere = shared.sandbox.home().join("elsewhere");
    let pics = shared.sandbox.pics();
    fs::rename(&pics, &elsewhere).unwrap();
    fs::create_dir(&pics).unwrap();
    let mut command = shared.machine("other");
    command.args(["pics", "--store", &shared.url, "-q", "name:plain"]);
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.selects("plain.png");
    crate::common::wait_for("the thumbnail", || shows_the_colour(&terminal).then_some(()));
    terminal.shows("600 x 300");
    terminal.send(CTRL_T);
    terminal.shows("not reachable from here");
    // A file that is there is shown itself.
    fs::copy(elsewhere.join("IMG_1001.png"), shared.sandbox.pics().join("IMG_1001.png")).unwrap();
    terminal.send("\x15name:1001");
    terminal.selects("IMG_1001.png");
    terminal.shows("64 x 64");
    terminal.wait("no word of another machine", |screen| !screen.contains("not reachable"));
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_store_without_thumbnails_says_that_files_are_elsewhere() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    let summary = shared.run(&["index", "pics", "--json", "--no-store-thumbnails"]).expect(0).json();
    assert_eq!((sent(&summary)[0], thumbnails(&summary)), (9, 0));
    let settings = shared.sandbox.home().join("config/pixseek");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("config.toml"), "store_thumbnails = false\n").unwrap();
    assert_eq!(thumbnails(&shared.index()), 0);
    let pics = shared.sandbox.pics();
    fs::rename(&pics, shared.sandbox.home().join("elsewhere")).unwrap();
    fs::create_dir(&pics).unwrap();
    let mut command = shared.machine("other");
    command.args(["pics", "--store", &shared.url, "-q", "name:1001"]);
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.selects("IMG_1001.png");
    terminal.shows("not reachable from here");
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_collection_that_is_dropped_while_it_is_browsed_is_told_and_comes_back() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    shared.index();
    let mut command = shared.machine("data/pixseek");
    command.args(["pics", "--store", &shared.url]);
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.send("boat");
    terminal.selects("");
    let name = shared.url.rsplit('/').next().unwrap();
    server.drop_collection(name);
    terminal.send("\x15circle");
    let screen = terminal.shows("no collection");
    assert!(screen.contains("127.0.0.1") && screen.contains("circle"), "{screen}");
    // Another machine fills it again; nobody has to start the browser anew.
    shared.run_on("other", &["index", "pics", "--store", &shared.url]).expect(0);
    terminal.wait("results again", |screen| {
        !screen.contains("no collection") && crate::terminal::selected(screen).is_some()
    });
    terminal.send("\x1b");
    assert_eq!(terminal.end().0.exit_code(), 130);
}
