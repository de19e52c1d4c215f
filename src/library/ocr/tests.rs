//! A pass with stand-ins for the program: what is noted, tried again and stopped.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};

use super::pass::read_texts;
use super::*;
use crate::catalog::{Catalog, PictureRecord};
use crate::library::collection::Collection;

/// A folder with this many pictures of 64 x 48 pixels in a catalogue, without vectors.
fn folder(pictures: u8) -> (tempfile::TempDir, Collection, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let (collection, mut catalog) = Collection::open_or_create(folder.path(), true).unwrap();
    for number in 0..pictures {
        add(&mut catalog, folder.path(), &format!("{number}.png"), number);
    }
    (folder, collection, catalog)
}

fn add(catalog: &mut Catalog, folder: &Path, name: &str, gray: u8) {
    let path = folder.join(name);
    RgbImage::from_pixel(64, 48, Rgb([gray; 3])).save(&path).unwrap();
    let hash = Some(blake3::hash(&fs::read(&path).unwrap()).into());
    let mtime_ns = i64::from(gray);
    let record = PictureRecord { path: name.into(), hash, mtime_ns, ..PictureRecord::default() };
    catalog.write(|writer| writer.record(&record)).unwrap();
}

fn reader(script: &str, seconds: f64) -> TextReader {
    let command = Some(vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()]);
    let timeout = Duration::from_secs_f64(seconds);
    TextReader::new(&OcrSettings { command, timeout, ..OcrSettings::default() })
}

fn read_with(
    collection: &Collection,
    catalog: &mut Catalog,
    script: &str,
    again: bool,
) -> Result<ReadReport, OcrError> {
    let reader = reader(script, 30.0);
    read_texts(collection, catalog, &reader, again, &StopReading::default(), &|_, _| {})
}

fn report(with_text: usize, without: usize, failed: usize) -> ReadReport {
    ReadReport { with_text, without, failed, left: 0 }
}

#[test]
fn every_content_is_read_once_from_a_png_on_standard_input() {
    let (folder, collection, mut catalog) = folder(3);
    add(&mut catalog, folder.path(), "copy.png", 0);
    let script = "head -c 4 | tail -c 3; echo ' BOARDING Pass'";
    assert_eq!(read_with(&collection, &mut catalog, script, false).unwrap(), report(3, 0, 0));
    let found = |text: &str| catalog.with_words(crate::catalog::WordColumn::Text, text).unwrap().len();
    assert_eq!(found("boarding pass"), 4);
    assert_eq!(
        ["png boarding", "pass boarding", "board", "board*", "PNG bo*", "*"].map(found),
        [4, 0, 0, 4, 4, 4]
    );
    assert_eq!(catalog.count_with_phrase(" Boarding  PASS! ").unwrap(), 4);
    assert_eq!(catalog.text_words("bo").unwrap(), ["boarding"]);
    let id = catalog.ids().unwrap().into_iter().min().unwrap();
    assert_eq!(catalog.text_of(id).unwrap().unwrap(), "PNG BOARDING Pass");
    // Neither the same program nor another is given what has text.
    assert_eq!(read_with(&collection, &mut catalog, script, false).unwrap(), report(0, 0, 0));
    assert_eq!(read_with(&collection, &mut catalog, "echo other", false).unwrap(), report(0, 0, 0));
    assert_eq!(read_with(&collection, &mut catalog, "echo other", true).unwrap(), report(3, 0, 0));
    assert_eq!(catalog.count_with_phrase("boarding pass").unwrap(), 0, "the old words are gone");
    assert_eq!(catalog.count_with_phrase("other").unwrap(), 4);
}

#[test]
fn a_file_takes_the_place_of_standard_input_and_goes_afterwards() {
    let (_folder, collection, mut catalog) = folder(1);
    let command = ["sh", "-c", "head -c 4 \"$1\" | tail -c 3; echo \" $1 $2\"", "sh", "{}", "{languages}"];
    let command = Some(command.map(str::to_owned).to_vec());
    let settings = OcrSettings { command, languages: "eng+deu".into(), ..OcrSettings::default() };
    let reader = TextReader::new(&settings);
    read_texts(&collection, &mut catalog, &reader, false, &StopReading::default(), &|_, _| {}).unwrap();
    let id = catalog.ids().unwrap().into_iter().next().unwrap();
    let text = catalog.text_of(id).unwrap().unwrap();
    let [kind, path, languages] = text.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert_eq!((kind, languages), ("PNG", "eng+deu"));
    assert!(path.ends_with(".png") && !Path::new(path).exists(), "{text}");
}

#[test]
fn what_came_to_nothing_is_left_alone_until_another_program_tries() {
    let (_folder, collection, mut catalog) = folder(4);
    // Of the four pictures one has text, one is empty, and the others fail for two reasons.
    let script = "case $(cksum | cut -c 1) in [12]) echo text;; [3]) ;; [4]) echo odd >&2; exit 3;; *) kill -9 $$;; esac";
    let first = read_with(&collection, &mut catalog, script, false).unwrap();
    assert_eq!(first.done(), 4);
    assert_eq!(read_with(&collection, &mut catalog, script, false).unwrap(), report(0, 0, 0));
    let counts = catalog.text_counts(&[]).unwrap();
    assert_eq!(
        (counts.with_text, counts.without, counts.failed),
        (first.with_text, first.without, first.failed)
    );
    assert_eq!(catalog.text_failures(&[]).unwrap().len(), first.failed);
    let again = read_with(&collection, &mut catalog, "echo better", false).unwrap();
    assert_eq!(again.with_text, first.without + first.failed);
    assert!(catalog.text_failures(&[]).unwrap().is_empty());
}

#[test]
fn a_program_that_always_fails_is_given_up_and_nothing_is_noted() {
    let (_folder, collection, mut catalog) = folder(6);
    let error = read_with(&collection, &mut catalog, "echo 'no data' >&2; exit 1", false).unwrap_err();
    assert!(matches!(&error, OcrError::KeepsFailing { reason, .. } if reason == "no data"), "{error}");
    assert_eq!(catalog.text_counts(&[]).unwrap(), crate::catalog::TextCounts::default());
    let missing = OcrSettings { command: Some(vec!["no-such-program".into()]), ..OcrSettings::default() };
    assert!(matches!(TextReader::find(&missing), Err(OcrError::NotInstalled { is_own: true, .. })));
    let reader = TextReader::new(&missing);
    let read = read_texts(&collection, &mut catalog, &reader, false, &StopReading::default(), &|_, _| {});
    assert!(matches!(read, Err(OcrError::NotInstalled { .. })));
    assert_eq!(read_with(&collection, &mut catalog, "echo fine", false).unwrap(), report(6, 0, 0));
}

#[test]
fn hostile_and_endless_output_is_bounded() {
    let (_folder, collection, mut catalog) = folder(1);
    read_with(&collection, &mut catalog, "printf 'a\\033]0;x\\007b\\302\\233c \\342\\200\\256d'", false)
        .unwrap();
    let id = catalog.ids().unwrap().into_iter().next().unwrap();
    assert_eq!(catalog.text_of(id).unwrap().unwrap(), "a ]0;x b c d");
    assert_eq!(read_with(&collection, &mut catalog, "yes", true).unwrap(), report(0, 0, 1));
    assert_eq!(catalog.text_of(id).unwrap(), None);
    assert_eq!(catalog.text_failures(&[]).unwrap()[0].reason, "wrote more than the limit of 4 MB");
    // A program that does not read, and one that hangs.
    assert_eq!(read_with(&collection, &mut catalog, "exec <&-; echo deaf", true).unwrap(), report(1, 0, 0));
    let slow = reader("sleep 60", 0.2);
    let begun = Instant::now();
    let read = read_texts(&collection, &mut catalog, &slow, true, &StopReading::default(), &|_, _| {});
    assert_eq!(read.unwrap(), report(0, 0, 1));
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(catalog.text_failures(&[]).unwrap()[0].reason, "takes longer than 0.2 s");
}

#[test]
fn stopping_kills_the_program_and_keeps_what_is_done() {
    let (folder, collection, mut catalog) = folder(3);
    let (gate, pid) = (folder.path().join("gate"), folder.path().join("pid"));
    // The first picture is read, and the second hangs.
    let script = format!(
        "mkdir '{0}' 2>/dev/null && echo text && exit; echo $$ > '{1}.new'; mv '{1}.new' '{1}'; sleep 300",
        gate.display(),
        pid.display()
    );
    let stop = StopReading::default();
    let begun = Instant::now();
    let read = std::thread::scope(|scope| {
        scope.spawn(|| {
            let other = other_catalog(&collection);
            while !pid.exists() || other.text_counts(&[]).unwrap().with_text == 0 {
                std::thread::yield_now();
            }
            stop.stop();
        });
        read_texts(&collection, &mut catalog, &reader(&script, 200.0), false, &stop, &|_, _| {})
    })
    .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(100));
    assert_eq!((read.with_text, read.left), (1, 2));
    let process: i32 = fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    let process = rustix::process::Pid::from_raw(process).unwrap();
    assert!(rustix::process::test_kill_process(process).is_err(), "the program went on");
    assert_eq!(read_with(&collection, &mut catalog, "echo rest", false).unwrap(), report(2, 0, 0));
}

#[test]
fn one_process_at_a_time_reads_and_what_changed_waits_for_its_turn() {
    let (folder, collection, mut catalog) = folder(2);
    fs::write(folder.path().join("0.png"), "another").unwrap();
    let mut other = collection.catalog().unwrap();
    let busy = std::cell::Cell::new(false);
    let read = read_texts(
        &collection,
        &mut catalog,
        &reader("echo text", 30.0),
        false,
        &StopReading::default(),
        &|_, _| {
            let second = read_with(&collection, &mut other_catalog(&collection), "echo text", false);
            busy.set(matches!(second, Err(OcrError::Busy)));
        },
    );
    assert_eq!(read.unwrap(), ReadReport { with_text: 1, left: 1, ..ReadReport::default() });
    assert!(busy.get());
    assert_eq!(read_with(&collection, &mut other, "echo text", false).unwrap().left, 1);
}

fn other_catalog(collection: &Collection) -> Catalog {
    collection.catalog().unwrap()
}

#[test]
fn the_background_reads_whenever_it_is_woken() {
    let (folder, collection, mut catalog) = folder(1);
    let (sender, news) = crossbeam_channel::unbounded();
    let command = Some(["sh", "-c", "echo text"].map(str::to_owned).to_vec());
    let settings = OcrSettings { command, ..OcrSettings::default() };
    let tell = move |news| drop(sender.send(news));
    let background = BackgroundTexts::start(collection, settings, |error| error.to_string(), tell).unwrap();
    let finished = || loop {
        background.wake();
        match news.recv_timeout(Duration::from_secs(60)).unwrap() {
            TextNews::Finished(report) if report.done() > 0 => return report,
            TextNews::Failed(reason) => panic!("{reason}"),
            _ => {}
        }
    };
    assert_eq!(finished(), report(1, 0, 0));
    add(&mut catalog, folder.path(), "more.png", 99);
    assert_eq!(finished(), report(1, 0, 0));
}
