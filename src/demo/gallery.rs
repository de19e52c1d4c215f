//! The demo gallery, which is what a user sees first.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use rayon::prelude::*;

use super::caption::{Mention, plain};
use super::draw::draw;
use super::fact_set::FactSet;
use super::kinds::{Habitat, KINDS, Tint, by_name};
use super::scene::{Arrangement, Backdrop, Scene, Size, Spot, Thing};
use super::words::{Colour, Mood, Pattern, Place};
use crate::base::atomic::{self, Access};
use crate::base::rng::Rng;

/// Side of the pictures, in pixels.
const SIDE: u32 = 320;
const JPEG_QUALITY: u8 = 88;
/// The list of pictures: file name, tab, caption.
const CAPTIONS: &str = "captions.tsv";
/// The folder in which pixseek keeps an index beside the pictures.
const BESIDE: &str = ".pixseek";

/// A gallery that was written.
#[derive(Debug)]
pub struct Gallery {
    /// Number of pictures written or found unchanged.
    pub pictures: usize,
}

/// A picture of the gallery.
#[derive(Debug)]
struct Entry {
    scene: Scene,
    caption: String,
    file: String,
}

/// What to do about files in the folder that are not as the gallery has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differing {
    /// Replace files of the gallery's names, and leave others alone: in pixseek's own folder they are from another version
    /// of the gallery.
    Replace,
    /// Write nothing: in anybody else's folder they belong to somebody.
    Refuse,
}

/// Writes the demo gallery and its `captions.tsv` into `dir` (made if missing). Files that are there already, as the
/// gallery has them, are left untouched.
///
/// # Errors
/// When the folder or one of the files can't be written, or, before anything is written, when
/// [`Differing::Refuse`] finds anything in the folder that is not of the gallery.
pub fn write_gallery(dir: &Path, differing: Differing) -> io::Result<Gallery> {
    let entries = &*ENTRIES;
    if differing == Differing::Refuse
        && let Some(name) = foreign(dir).map_err(|error| named(dir, error))?
    {
        let reason = "not part of the demo gallery: choose a new or an empty folder";
        return Err(named(&dir.join(name), io::Error::new(io::ErrorKind::AlreadyExists, reason)));
    }
    let table: String = entries.iter().map(|entry| format!("{}\t{}\n", entry.file, entry.caption)).collect();
    let drawn = entries.par_iter().enumerate().map(|(number, entry)| {
        let picture = draw(&entry.scene, number as u64 + 1, SIDE).picture;
        Ok((dir.join(&entry.file), encoded(&picture, &entry.file)?))
    });
    let mut files: Vec<(PathBuf, Vec<u8>)> = drawn.collect::<io::Result<_>>()?;
    files.push((dir.join(CAPTIONS), table.into_bytes()));
    files.retain(|(path, bytes)| !is_file_of(path, bytes));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.symlink_metadata().is_ok())
        && differing == Differing::Refuse
    {
        let reason = "not as pixseek writes it: move it away, or choose another folder";
        return Err(named(path, io::Error::new(io::ErrorKind::AlreadyExists, reason)));
    }
    fs::create_dir_all(dir).map_err(|error| named(dir, error))?;
    files.par_iter().try_for_each(|(path, bytes)| write(path, bytes))?;
    Ok(Gallery { pictures: entries.len() })
}

/// The file names of the gallery's pictures, and the names of all facts that are true of each, such as `boat` and
/// `mood: Night`.
pub fn gallery_facts() -> Vec<(String, Vec<String>)> {
    ENTRIES.iter().map(|entry| (entry.file.clone(), FactSet::of_scene(&entry.scene).names())).collect()
}

/// Whether `dir` is a folder that the gallery was written to, with nothing else in it; some of its pictures may be gone.
pub fn is_gallery(dir: &Path) -> bool {
    // Asked first, since it answers for nearly every folder.
    dir.join(CAPTIONS).is_file() && foreign(dir).is_ok_and(|foreign| foreign.is_none())
}

/// The name of something in `dir` that is neither one of the gallery's files nor pixseek's own. `None` as well if there is
/// no such folder.
fn foreign(dir: &Path) -> io::Result<Option<OsString>> {
    let names: HashSet<&str> = ENTRIES.iter().map(|entry| entry.file.as_str()).chain([CAPTIONS]).collect();
    let listed = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        listed => listed?,
    };
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name();
        let is_own = match name.to_str() {
            Some(BESIDE) => entry.file_type()?.is_dir(),
            Some(name) => names.contains(name) || is_draft(name, &names),
            None => false,
        };
        if !is_own {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether this is the draft of a file of the gallery, left by a run that was killed.
fn is_draft(name: &str, names: &HashSet<&str>) -> bool {
    let inner = name.strip_prefix('.').and_then(|name| name.strip_suffix(".part"));
    inner.and_then(|inner| inner.rsplit_once('.')).is_some_and(|(file, _)| names.contains(file))
}

/// Whether there is a regular file with these very bytes.
fn is_file_of(path: &Path, bytes: &[u8]) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
        && fs::read(path).is_ok_and(|old| old == bytes)
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("'{}': {error}", path.display()))
}

fn encoded(picture: &RgbImage, file: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let done = if file.ends_with(".jpg") {
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY))
    } else {
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    };
    done.map_err(io::Error::other)?;
    Ok(bytes)
}

/// Writes a file as a whole, so that nobody ever sees half a picture.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    atomic::write(path, Access::Usual, |file| file.write_all(bytes)).map_err(|error| named(path, error))
}

/// The gallery's pictures, made once: it takes a moment.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(entries);

/// The gallery's pictures, each with the shortest caption that is true of it alone.
fn entries() -> Vec<Entry> {
    let scenes = scenes();
    let truths: Vec<FactSet> = scenes.iter().map(FactSet::of_scene).collect();
    let mut files = HashSet::new();
    let mut entries = Vec::with_capacity(scenes.len());
    for (index, scene) in scenes.into_iter().enumerate() {
        let mentions = match scene.backdrop {
            Backdrop::Place(_, Mood::Day) => [Mention::Place, Mention::Mood, Mention::All],
            Backdrop::Place(..) => [Mention::Mood, Mention::Place, Mention::All],
            Backdrop::Paper(Colour::White) => [Mention::Things, Mention::All, Mention::All],
            Backdrop::Paper(_) => [Mention::All; 3],
        };
        let mut rng = Rng::new(index as u64);
        for mention in mentions {
            let caption = plain(&scene, mention, &mut rng);
            let fits = truths.iter().filter(|truth| caption.facts.is_subset(truth)).count();
            let kind = if matches!(scene.backdrop, Backdrop::Paper(_)) { "png" } else { "jpg" };
            let file = format!("{}.{kind}", slug(&caption.text));
            if fits == 1 && files.insert(file.clone()) {
                entries.push(Entry { scene, caption: caption.text, file });
                break;
            }
        }
    }
    entries
}

/// A file name that people can read, without its extension: "a red car in the snow" becomes `red-car-in-the-snow`.
fn slug(caption: &str) -> String {
    let words: Vec<&str> = caption.split([' ', '-']).collect();
    let skip = usize::from(matches!(words.first(), Some(&("a" | "an" | "the"))));
    words[skip..].join("-")
}

fn thing(kind: usize, colour: Colour) -> Thing {
    let colour = (KINDS[kind].tint != Tint::Natural).then_some(colour);
    Thing { kind, colour, pattern: Pattern::Plain, count: 1, size: Size::Medium }
}

fn alone(thing: Thing, backdrop: Backdrop) -> Scene {
    Scene { backdrop, things: vec![thing], arrangement: Arrangement::At(Spot::Centre) }
}

/// The searches that people try first.
const CLASSICS: &[(&str, Colour)] = &[
    ("circle", Colour::Red),
    ("square", Colour::Blue),
    ("triangle", Colour::Green),
    ("star", Colour::Yellow),
    ("heart", Colour::Red),
    ("diamond", Colour::Purple),
    ("ring", Colour::Orange),
    ("arrow", Colour::Black),
];

const SCENES: &[(&str, Colour, Place, Mood)] = &[
    ("car", Colour::Red, Place::Meadow, Mood::Snow),
    ("fish", Colour::Blue, Place::Sea, Mood::Day),
    ("house", Colour::White, Place::Meadow, Mood::Night),
    ("boat", Colour::Yellow, Place::Sea, Mood::Sunset),
    ("umbrella", Colour::Purple, Place::City, Mood::Rain),
    ("rocket", Colour::Orange, Place::Space, Mood::Day),
    ("cat", Colour::Black, Place::Room, Mood::Day),
    ("tent", Colour::Green, Place::Mountains, Mood::Night),
    ("castle", Colour::Gray, Place::Mountains, Mood::Sunset),
    ("cactus", Colour::Green, Place::Desert, Mood::Sunset),
];

fn scenes() -> Vec<Scene> {
    let mut rng = Rng::new(2026);
    let mut scenes = Vec::new();
    for &(noun, colour) in CLASSICS {
        scenes.extend(by_name(noun).map(|kind| alone(thing(kind, colour), Backdrop::Paper(Colour::White))));
    }
    for &(noun, colour, place, mood) in SCENES {
        scenes.extend(by_name(noun).map(|kind| alone(thing(kind, colour), Backdrop::Place(place, mood))));
    }
    for place in Place::ALL {
        let moods = if place.is_outdoors() { &Mood::ALL[..] } else { &[Mood::Day][..] };
        for &mood in moods {
            let backdrop = Backdrop::Place(place, mood);
            scenes.push(Scene { backdrop, things: Vec::new(), arrangement: Arrangement::At(Spot::Centre) });
        }
    }
    // Every kind at least twice; whatever lives in places there rather than on paper.
    for (kind, of) in KINDS.iter().enumerate() {
        let mut on_paper = 0;
        let mut in_places = 0;
        let wanted = if of.habitat == Habitat::Paper { (4, 0) } else { (1, 2) };
        while (on_paper, in_places) != wanted {
            let scene = Scene::random(&mut rng);
            if scene.things.len() != 1 || scene.things[0].kind != kind || scene.things[0].size == Size::Small
            {
                continue;
            }
            match scene.backdrop {
                Backdrop::Paper(_) if on_paper < wanted.0 => on_paper += 1,
                Backdrop::Place(..) if in_places < wanted.1 => in_places += 1,
                _ => continue,
            }
            scenes.push(scene);
        }
    }
    let mut pairs = 0;
    while pairs < 50 {
        let scene = Scene::random(&mut rng);
        if scene.things.len() == 2 {
            scenes.push(scene);
            pairs += 1;
        }
    }
    scenes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_fit_one_picture_each_and_cover_the_easy_searches() {
        let entries = entries();
        assert!((200..=400).contains(&entries.len()), "{}", entries.len());
        let captions: HashSet<&str> = entries.iter().map(|entry| entry.caption.as_str()).collect();
        assert_eq!(captions.len(), entries.len());
        for easy in
            ["a red circle", "a blue square", "a green triangle", "a yellow star", "a red car in the snow"]
        {
            assert!(captions.contains(easy), "{easy}");
        }
        assert!(entries.iter().all(|entry| !entry.caption.contains('\t') && !entry.file.contains('/')));
    }

    #[test]
    fn writing_again_changes_nothing_and_brings_back_what_is_gone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let first = write_gallery(dir.path(), Differing::Refuse).expect("writing the gallery");
        let written =
            |name: &str| fs::metadata(dir.path().join(name)).and_then(|data| data.modified()).expect("time");
        let before = (written("red-circle.png"), written(CAPTIONS));
        fs::remove_file(dir.path().join("blue-square.png")).expect("removing a picture");
        fs::create_dir(dir.path().join(BESIDE)).expect("a folder for the index");
        fs::write(dir.path().join(".red-circle.png.77.part"), "half").expect("what a killed run leaves");
        let again = write_gallery(dir.path(), Differing::Refuse).expect("writing the gallery again");
        assert_eq!(first.pictures, again.pictures);
        assert_eq!((written("red-circle.png"), written(CAPTIONS)), before);
        assert!(is_gallery(dir.path()));
        let table = fs::read_to_string(dir.path().join(CAPTIONS)).expect("captions");
        assert_eq!(table.lines().count(), first.pictures);
        for line in table.lines() {
            let (file, _) = line.split_once('\t').expect("a tab");
            let (width, height) = image::image_dimensions(dir.path().join(file)).expect("a picture");
            assert!(width >= 256 && height >= 256);
        }
        // The gallery, its captions, and the two that were put there: no drafts are left.
        let files = fs::read_dir(dir.path()).expect("listing").count();
        assert_eq!(files, first.pictures + 3);
    }

    #[test]
    fn a_folder_with_anything_else_is_refused_and_nothing_is_written() {
        let names = ["mine.txt", "mine.png", ".hidden", ".mine.png.1.part", "pictures/mine.png", BESIDE];
        for name in names {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let mine = dir.path().join(name);
            fs::create_dir_all(mine.parent().expect("a folder")).expect("making it");
            fs::write(&mine, "mine").expect("writing my file");
            let error = write_gallery(dir.path(), Differing::Refuse).expect_err("it is refused").to_string();
            let first = name.split('/').next().expect("a name");
            assert!(error.contains(first) && error.contains("empty folder"), "{error}");
            assert_eq!(fs::read_dir(dir.path()).expect("listing").count(), 1, "nothing was written");
            assert_eq!(fs::read(&mine).expect("my file"), b"mine");
            assert!(!is_gallery(dir.path()));
        }
    }

    #[test]
    fn an_empty_or_a_missing_folder_is_no_gallery() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        assert!(!is_gallery(dir.path()) && !is_gallery(&dir.path().join("missing")));
    }

    #[test]
    fn what_differs_is_replaced_only_in_a_folder_of_our_own() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let picture = dir.path().join("red-circle.png");
        fs::write(&picture, "mine").expect("my picture");
        let error = write_gallery(dir.path(), Differing::Refuse).expect_err("the name is taken").to_string();
        assert!(error.contains("red-circle.png") && error.contains("another folder"), "{error}");
        assert_eq!(fs::read_dir(dir.path()).expect("listing").count(), 1, "nothing was written");
        write_gallery(dir.path(), Differing::Replace).expect("replacing it");
        assert_ne!(fs::read(&picture).expect("a picture"), b"mine");
    }
}
