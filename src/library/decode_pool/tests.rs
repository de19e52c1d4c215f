use std::fs;

use super::*;
use crate::base::file_id::FileId;
use crate::clip::Checkpoint;

/// Runs `threads` of them over `names` in a folder that `fill` makes.
fn run(threads: usize, names: &[String], fill: impl FnOnce(&Path)) -> Vec<Option<Prepared>> {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let todo: Vec<_> = names
        .iter()
        .map(|name| PictureFile {
            path: name.clone().into(),
            size: 5,
            mtime_ns: 0,
            file_id: FileId::default(),
        })
        .collect();
    let (embedded, outdated, cancel) = (HashSet::new(), HashMap::new(), AtomicBool::new(false));
    let preprocessor = Checkpoint::find("demo").unwrap().preprocessor();
    let (preprocessor, sidecars) = (&preprocessor, &Sidecars::default());
    let (root, todo, embedded, outdated, cancel) = (dir.path(), &todo[..], &embedded, &outdated, &cancel);
    let pool = DecodePool::new(PoolInputs { root, todo, sidecars, embedded, outdated, preprocessor, cancel });
    // A narrow channel, so that threads wait in the middle of their work.
    std::thread::scope(|scope| pool.start(scope, threads, 1).iter().collect())
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{at:03}.png")).collect()
}

fn draw(path: &Path, width: u32) {
    image::RgbImage::from_pixel(width, 30, image::Rgb([200, 30, 9])).save(path).unwrap();
}

#[test]
fn copies_are_decoded_once_and_come_after_the_first() {
    let names = names(120);
    let prepared = run(4, &names, |dir| {
        draw(&dir.join(&names[0]), 40);
        draw(&dir.join(&names[1]), 50);
        (2..names.len())
            .for_each(|at| fs::copy(dir.join(&names[at % 2]), dir.join(&names[at])).map(drop).unwrap());
    });
    let mut seen = HashSet::new();
    let mut paths = HashSet::new();
    for item in prepared.into_iter().flatten() {
        let is_first = seen.insert(item.record.hash.unwrap());
        assert_eq!(matches!(item.contents, Contents::Pixels(_)), is_first);
        assert_eq!(matches!(item.contents, Contents::Encoded), !is_first);
        let at: u32 = str::from_utf8(&item.record.path[..3]).unwrap().parse().unwrap();
        assert_eq!(item.record.dimensions, Some((40 + at % 2 * 10, 30)));
        paths.insert(item.record.path);
    }
    assert_eq!((seen.len(), paths.len()), (2, names.len()));
}

#[test]
fn copies_of_a_damaged_picture_have_its_error() {
    let names = names(50);
    let prepared =
        run(4, &names, |dir| names.iter().for_each(|name| fs::write(dir.join(name), "text").unwrap()));
    let errors: HashSet<_> = prepared.iter().flatten().map(|item| item.record.error.clone()).collect();
    assert_eq!((prepared.len(), errors.len()), (names.len(), 1));
    assert!(errors.iter().flatten().next().is_some_and(|error| error.contains("not a picture")));
    assert!(prepared.iter().flatten().all(|item| item.record.hash.is_some()));
}

#[test]
fn files_that_went_are_told_among_copies_of_them() {
    let names = names(9);
    let prepared = run(2, &names, |dir| {
        names.iter().step_by(2).for_each(|name| draw(&dir.join(name), 40));
    });
    assert_eq!(prepared.iter().filter(|item| item.is_none()).count(), 4);
    let pixels = prepared.iter().flatten().filter(|item| matches!(item.contents, Contents::Pixels(_)));
    assert_eq!((pixels.count(), prepared.iter().flatten().count()), (1, 5));
}
