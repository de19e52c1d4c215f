use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::library::{Hit, Progress, Summary};
use crate::tui::app::command::Command;
use crate::tui::app::download::{Download, Step};
use crate::tui::app::event::Event;
use crate::tui::app::preview::{Drawn, PreviewContent};
use crate::tui::app::update::{start, update};
use crate::tui::graphics::GraphicsEncoder;

fn browser(width: u16, height: u16, query: &str) -> State {
    let mut state = State::new(Path::new("/home/ada/photos"), "demo", query, Size { width, height });
    start(&mut state, Instant::now());
    state
}

/// Answers the last question, 12 ms after it was asked.
fn answer(state: &mut State, hits: Vec<Hit>, pictures: usize) {
    let at = state.results.asked_at.unwrap() + Duration::from_millis(12);
    update(state, Event::Answered { generation: state.results.asked, hits, pictures, at });
}

fn found() -> Vec<Hit> {
    let names: [&[u8]; 8] = [
        b"2019/summer/red circle on sand.jpg",
        b"2019/summer/IMG_20190712_183045_HDR_edited_final(2).jpeg",
        "旅行/東京の夜景.jpg".as_bytes(),
        b"line\nbreak \x1b[31m.png",
        b"not text \xff\xfe.png",
        "family 👩‍👩‍👧.webp".as_bytes(),
        b"a/very/deep/folder/that/goes/on/and/on/and/ends/here/x.png",
        b"last.gif",
    ];
    let scores = [0.314, 0.309, 0.28, 0.27, 0.255, 0.25, 0.231, 0.198];
    (0..).zip(names.iter().zip(scores)).map(|(id, (name, score))| hit(id, name, Some(score))).collect()
}

fn hit(id: i64, name: &[u8], score: Option<f32>) -> Hit {
    #[cfg(unix)]
    let path = {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(name))
    };
    #[cfg(not(unix))]
    let path = PathBuf::from(String::from_utf8_lossy(name).into_owned());
    Hit { id, path, score }
}

/// Delivers the preview that the state asked for: a red disc on white.
fn deliver_preview(state: &mut State) {
    let key = state.preview.wanted.clone().unwrap();
    let image = RgbImage::from_fn(300, 300, |x, y| {
        let (dx, dy) = (x as f32 - 150.0, y as f32 - 150.0);
        if dx.hypot(dy) < 110.0 { Rgb([200, 30, 30]) } else { Rgb([255, 255, 255]) }
    });
    let protocol = GraphicsEncoder::text().encode(image, key.size).unwrap();
    let content = PreviewContent::Picture { drawn: Drawn(Arc::new(protocol)), width: 4000, height: 4000 };
    update(state, Event::Preview { key, content });
}

fn render(state: &State) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
    terminal.draw(|frame| draw(frame, state, &Theme::new(true))).unwrap();
    terminal
}

fn searched(width: u16, height: u16) -> State {
    let mut state = browser(width, height, "red circle");
    answer(&mut state, found(), 12_345);
    deliver_preview(&mut state);
    state
}

#[test]
fn results_with_a_preview() {
    insta::assert_snapshot!("results_80x24", render(&searched(80, 24)).backend());
    insta::assert_snapshot!("results_200x50", render(&searched(200, 50)).backend());
    insta::assert_snapshot!("results_40x10", render(&searched_without_preview(40, 10)).backend());
    insta::assert_snapshot!("results_50x30", render(&searched(50, 30)).backend());
}

fn searched_without_preview(width: u16, height: u16) -> State {
    let mut state = browser(width, height, "red circle");
    answer(&mut state, found(), 12_345);
    state
}

#[test]
fn only_models_of_english_get_a_hint_on_other_languages() {
    for (model, hinted) in
        [("google/siglip2-base-patch32-256", false), ("openai/clip-vit-base-patch32", true)]
    {
        let size = Size { width: 80, height: 24 };
        let mut state = State::new(Path::new("/p"), model, "東京の夜景", size);
        start(&mut state, Instant::now());
        answer(&mut state, found(), 8);
        assert_eq!(render(&state).backend().to_string().contains("English"), hinted, "{model}");
    }
}

/// The text that is underlined in the line of the query, and the line below it.
fn underlined(query: &str) -> (String, String) {
    let mut state = browser(80, 24, "");
    answer(&mut state, found(), 12_345);
    update(&mut state, Event::Paste(query.into(), Instant::now()));
    let terminal = render(&state);
    let buffer = terminal.backend().buffer();
    let row = |y: u16| (0..80).map(move |x| &buffer[(x, y)]);
    let y = (0..24).find(|y| buffer[(0, *y)].symbol() == ">").unwrap();
    let underlined = row(y).filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
    let below = row(y + 1).map(|cell| cell.symbol()).collect::<String>();
    (underlined.map(|cell| cell.symbol()).collect(), below.trim_end().to_owned())
}

#[test]
fn the_wrong_part_of_a_query_is_underlined_with_a_word_below() {
    let (part, words) = underlined("cats width>=banana");
    assert_eq!(part, "width>=banana");
    assert!(words.starts_with("width>= needs a whole number of pixels"), "{words}");
    let (part, words) = underlined("été 東 + \"red ca");
    assert_eq!(
        (part.as_str(), words.starts_with("the closing quote is missing")),
        ("\"red ca", true),
        "{words}"
    );
    let (part, words) = underlined("cats - ");
    assert_eq!(part, "-");
    assert_eq!(words, "a term is missing: say what comes after -");
    assert_eq!(underlined("cats - dogs").0, "");
    // As much of it as is on the screen.
    let long = format!("tag:\"{}", "long ".repeat(60));
    assert!((70..80).contains(&underlined(&long).0.len()));
}

#[test]
fn the_newest_without_a_query_and_some_marked() {
    let mut state = browser(80, 24, "");
    let hits = found().into_iter().map(|hit| Hit { score: None, ..hit }).collect();
    answer(&mut state, hits, 8);
    state.marked = [(1, "x".into()), (3, "y".into())].into_iter().collect();
    insta::assert_snapshot!("newest_80x24", render(&state).backend());
}

#[test]
fn help() {
    let mut state = searched(80, 30);
    state.overlay = Some(Overlay::Help { first: 0, sought: String::new() });
    insta::assert_snapshot!("help_80x30", render(&state).backend());
    let mut state = searched_without_preview(40, 10);
    state.overlay = Some(Overlay::Help { first: 0, sought: String::new() });
    insta::assert_snapshot!("help_40x10", render(&state).backend());
    state.overlay = Some(Overlay::Help { first: 1000, sought: String::new() });
    insta::assert_snapshot!("help_40x10_end", render(&state).backend());
}

#[test]
fn only_the_picture() {
    let mut state = searched(80, 24);
    state.arrangement = layout::Arrangement::Picture;
    update(&mut state, Event::Resize(80, 24));
    deliver_preview(&mut state);
    insta::assert_snapshot!("picture_80x24", render(&state).backend());
}

#[test]
fn indexing_with_rate_and_time_left() {
    let mut state = browser(100, 12, "");
    let at = Instant::now();
    let walking = Progress { walking: true, found: 1234, ..Progress::default() };
    update(&mut state, Event::Indexing { progress: walking, committed: false, at });
    insta::assert_snapshot!("walking_100x12", render(&state).backend());
    answer(&mut state, Vec::new(), 0);
    for (done, seconds) in [(10, 1), (410, 11)] {
        let progress = Progress { found: 5000, total: 4810, done, ..Progress::default() };
        let at = at + Duration::from_secs(seconds);
        update(&mut state, Event::Indexing { progress, committed: false, at });
    }
    insta::assert_snapshot!("indexing_100x12", render(&state).backend());
}

#[test]
fn an_empty_folder() {
    let mut state = browser(80, 12, "");
    answer(&mut state, Vec::new(), 0);
    insta::assert_snapshot!("unindexed_80x12", render(&state).backend());
    update(&mut state, Event::Indexed(Summary { failed: 2, ..Summary::default() }));
    insta::assert_snapshot!("empty_80x12", render(&state).backend());
}

#[test]
fn errors_are_shown_in_their_place() {
    let missing = "model 'some/model' is not downloaded: run `pixseek models fetch some/model`; `pixseek demo` needs no download";
    let mut state = browser(80, 24, "dog");
    update(&mut state, Event::EmbedFailed { generation: 1, term: None, reason: missing.into() });
    insta::assert_snapshot!("model_missing_80x24", render(&state).backend());

    let mut state = searched_without_preview(80, 24);
    let key = state.preview.wanted.clone().unwrap();
    let content = PreviewContent::Unreadable("damaged: unexpected end of file".into());
    update(&mut state, Event::Preview { key, content });
    update(&mut state, Event::IndexFailed("disk full".into()));
    insta::assert_snapshot!("unreadable_80x24", render(&state).backend());
}

#[test]
fn too_small_is_said() {
    insta::assert_snapshot!("too_small_30x5", render(&browser(30, 5, "")).backend());
    // Nothing panics however small it gets.
    for width in 0..45 {
        for height in 0..12 {
            let mut state = searched_without_preview(width, height);
            render(&state);
            state.overlay = Some(Overlay::Help { first: 0, sought: String::new() });
            render(&state);
        }
    }
}

#[test]
fn names_never_reach_the_screen_raw() {
    let terminal = render(&searched_without_preview(80, 24));
    for cell in terminal.backend().buffer().content() {
        assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
    }
}

#[test]
fn without_colours_only_the_picture_has_some() {
    let state = searched_without_preview(80, 24);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| draw(frame, &state, &Theme::new(false))).unwrap();
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(cells.iter().any(|cell| cell.modifier.contains(Modifier::BOLD)), "the selection still shows");
}

#[test]
fn a_preview_of_another_size_is_not_drawn() {
    let mut state = searched(200, 50);
    update(&mut state, Event::Resize(80, 24));
    let terminal = render(&state);
    assert!(!terminal.backend().to_string().contains('▀'));
}

/// Delivers every thumbnail that the state asked for.
fn deliver_thumbnails(state: &mut State) {
    for (i, key) in state.thumbnails.wanted.clone().into_iter().enumerate() {
        let image = RgbImage::from_pixel(300, 200, Rgb([20 * i as u8, 120, 200]));
        let protocol = GraphicsEncoder::text().encode(image, key.size).unwrap();
        let content = match i {
            2 => PreviewContent::Unreadable("no longer there".into()),
            _ => PreviewContent::Picture { drawn: Drawn(Arc::new(protocol)), width: 300, height: 200 },
        };
        update(state, Event::Preview { key, content });
    }
}

#[test]
fn contact_sheet() {
    for (width, height) in [(40, 10), (80, 24), (200, 50)] {
        let mut state = browser(width, height, "red circle");
        state.arrangement = layout::Arrangement::Grid;
        answer(&mut state, found(), 12_345);
        deliver_thumbnails(&mut state);
        state.marked.insert(1, PathBuf::new());
        insta::assert_snapshot!(format!("contact_sheet_{width}x{height}"), render(&state).backend());
    }
}

/// Every layout, at every size that people are likely to have.
#[test]
fn every_layout_at_every_size() {
    use layout::Arrangement::{Grid, List, ListAndPicture, Picture};
    for (width, height) in [(40, 10), (80, 24), (200, 50)] {
        for (name, arrangement) in
            [("both", ListAndPicture), ("grid", Grid), ("picture", Picture), ("list", List)]
        {
            for details in [false, true] {
                let mut state = browser(width, height, "red circle");
                (state.arrangement, state.details.visible) = (arrangement, details);
                answer(&mut state, found(), 12_345);
                let metadata = [
                    ("caption", "Evening at the sea, with a disc that somebody drew into the sand"),
                    ("tags", "beach, red, summer"),
                    ("file", "4000 x 3000, 12.0 MP, 1.4 MB"),
                    ("camera", "Ada One"),
                ];
                let metadata = metadata.map(|(name, value)| (name, value.to_owned())).to_vec();
                let path = state.root.join(&state.results.hits[0].path);
                update(&mut state, Event::Metadata { path, metadata });
                if state.preview.wanted.is_some() {
                    deliver_preview(&mut state);
                }
                deliver_thumbnails(&mut state);
                let details = if details { "_details" } else { "" };
                let name = format!("layout_{name}{details}_{width}x{height}");
                insta::assert_snapshot!(name, render(&state).backend());
            }
        }
    }
}

#[test]
fn menu_and_trash_question() {
    for (width, height) in [(40, 10), (80, 24)] {
        let mut state = searched_without_preview(width, height);
        state.commands =
            vec![Command { name: "edit".into(), command: "gimp {}".into(), key: None, wait: false }];
        state.overlay = Some(Overlay::Menu { selected: 5 });
        insta::assert_snapshot!(format!("menu_{width}x{height}"), render(&state).backend());
        state.overlay = Some(Overlay::ConfirmTrash {
            pictures: vec![(0, "/home/ada/photos/red circle on sand.jpg".into())],
        });
        insta::assert_snapshot!(format!("trash_{width}x{height}"), render(&state).backend());
    }
}

/// The state of a browser that waits for its model, with the names of its pictures.
fn waiting(width: u16, height: u16, query: &str) -> State {
    let size = Size { width, height };
    let mut state = State::new(Path::new("/home/ada/photos"), "laion/CLIP-ViT-B-32", query, size);
    state.download = Some(Download::starting(1));
    start(&mut state, Instant::now());
    let named = |(number, hit): (i64, Hit)| Hit { id: -number, score: None, ..hit };
    let hits = (1..).zip(found()).map(named).collect();
    update(&mut state, Event::Listed { hits, days: Arc::default(), pictures: 12_345 });
    state
}

fn advance(state: &mut State, step: Step, at: Instant) {
    update(state, Event::Download { generation: 1, step, at });
}

#[test]
fn downloading_with_rate_and_time_left() {
    let at = Instant::now();
    for (width, height) in [(40, 10), (80, 24), (140, 12)] {
        let mut state = waiting(width, height, "red circle");
        for (megabytes, seconds) in [(100, 0), (181, 20)] {
            let (received, total) = (megabytes * 1_000_000, 605_000_000);
            let step = Step::Receiving { file: "model.safetensors".into(), received, total };
            advance(&mut state, step, at + Duration::from_secs(seconds));
        }
        insta::assert_snapshot!(format!("downloading_{width}x{height}"), render(&state).backend());
    }
}

#[test]
fn every_step_of_a_download_is_told() {
    let file = || "model.safetensors".to_owned();
    let steps = [
        Step::Starting,
        Step::Receiving { file: "config.json".into(), received: 0, total: 0 },
        Step::Checking { file: file() },
        Step::Waiting { file: file() },
        Step::Retrying { file: file(), reason: "no \u{9b}31mdata".into(), wait: Duration::from_millis(1530) },
        Step::Preparing,
    ];
    let rows: Vec<String> = steps
        .into_iter()
        .map(|step| {
            let mut state = waiting(90, 10, "");
            advance(&mut state, step, Instant::now());
            let screen = render(&state).backend().to_string();
            screen.lines().nth(1).unwrap_or_default().trim_matches('"').trim_end().to_owned()
        })
        .collect();
    insta::assert_snapshot!("download_steps", rows.join("\n"));
}

#[test]
fn a_failed_download_says_why_and_what_can_be_done() {
    let reason = "https://huggingface.co refused access to 'laion/CLIP-ViT-B-32' (HTTP 403): check HF_TOKEN, and accept \
                  the model's terms there; `--model FOLDER` uses one that you have; `pixseek demo` needs no download";
    for (width, height) in [(40, 10), (80, 24)] {
        let mut state = waiting(width, height, "");
        advance(&mut state, Step::Failed { reason: reason.into() }, Instant::now());
        insta::assert_snapshot!(format!("download_failed_{width}x{height}"), render(&state).backend());
        state.overlay = None;
        let screen = render(&state).backend().to_string();
        assert!(screen.contains("no model"), "{screen}");
    }
}

mod beside;
mod folded;
mod pixels;
