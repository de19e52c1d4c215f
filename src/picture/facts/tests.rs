use std::path::PathBuf;

use super::*;
use crate::base::picture_facts::{Place, TakenAt, TakenFrom};
use crate::picture::FileHeader;

/// The folder of the files that tools/pictures/facts.py makes.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/facts")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// The facts of a file, which are the same whether it is in memory or read little by little.
fn facts(name: &str) -> PictureFacts {
    let (path, bytes) = (folder().join(name), bytes(name));
    let facts = read_facts(Source::new(&bytes, &path));
    assert_eq!(read_facts_of_file(&File::open(&path).unwrap(), &path), facts, "{name}");
    facts
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// 2019-07-12 18:30:45 (`date -u +%s`) and 250 ms, at UTC+2.
const TAKEN: TakenAt =
    TakenAt { seconds: 1_562_956_245, nanoseconds: 250_000_000, offset: Some(7200), source: TakenFrom::Exif };

#[test]
fn what_exiftool_writes_is_read() {
    let all = facts("all.jpg");
    let Place { latitude, longitude, altitude } = all.place.unwrap();
    assert!((latitude + 33.9249).abs() < 1e-6 && (longitude - 18.4241).abs() < 1e-6);
    assert_eq!(altitude, Some(12.5));
    let expected = PictureFacts {
        taken: Some(TAKEN),
        make: some("FUJIFILM"),
        model: some("X-T3"),
        lens: some("XF23mmF1.4 R"),
        iso: Some(800),
        focal_length: Some(23.0),
        aperture: Some(1.4),
        exposure: Some(0.004),
        place: all.place,
        orientation: Some(6),
        rating: Some(4),
        // XMP counts before IPTC.
        title: some("Écluse"),
        caption: some("Boats in the harbour"),
        tags: vec!["boat".into(), "été".into()],
    };
    assert_eq!(all, expected);
    for name in ["words.png", "words.tif", "words.webp"] {
        let words = facts(name);
        assert_eq!((&words.title, &words.caption), (&expected.title, &expected.caption), "{name}");
        assert_eq!((&words.tags, words.rating), (&expected.tags, Some(4)), "{name}");
        assert_eq!(words.taken, Some(TAKEN), "{name}");
    }
}

#[test]
fn iptc_and_what_windows_writes_are_read() {
    let iptc = facts("iptc.jpg");
    assert_eq!((iptc.title, iptc.caption), (some("Old title"), some("Old caption")));
    assert_eq!(iptc.tags, ["harbour", "夏"]);
    let taken = iptc.taken.unwrap();
    // 2019-07-13 10:11:12.
    assert_eq!((taken.seconds, taken.offset, taken.source), (1_563_012_672, Some(3600), TakenFrom::Iptc));
    let latin = facts("latin.jpg");
    assert_eq!((latin.caption, latin.tags), (some("naïve"), vec!["café".to_owned()]));
    let windows = facts("windows.jpg");
    assert_eq!((windows.title, windows.caption), (some("Straße"), some("A comment")));
    assert_eq!((windows.tags, windows.rating), (vec!["one".to_owned(), "two words".to_owned()], Some(3)));
}

#[test]
fn absurd_values_are_left_out() {
    let absurd = facts("absurd.jpg");
    let expected = PictureFacts {
        // 2018-01-02 03:04:05: the last change, since the time of capture is none.
        taken: Some(TakenAt {
            seconds: 1_514_862_245,
            nanoseconds: 0,
            offset: None,
            source: TakenFrom::Exif,
        }),
        make: some("NIKON CORPORATION"),
        model: some("NIKON D850"),
        iso: Some(102_400),
        orientation: Some(1),
        ..PictureFacts::default()
    };
    assert_eq!(absurd, expected);
}

#[test]
fn sidecars_are_read_as_each_program_writes_them() {
    let of = |name: &str| with_sidecars(PictureFacts::default(), &[bytes(name)]);
    let lightroom = of("lightroom.xmp");
    let taken = lightroom.taken.unwrap();
    // 2021-03-04 05:06:07.
    assert_eq!((taken.seconds, taken.nanoseconds, taken.offset), (1_614_834_367, 80_000_000, Some(3600)));
    assert_eq!((lightroom.make, lightroom.model), (some("Canon"), some("Canon EOS R5")));
    assert_eq!(lightroom.lens, some("RF35mm F1.8 MACRO IS STM"));
    assert_eq!((lightroom.iso, lightroom.focal_length), (Some(200), Some(35.0)));
    assert_eq!((lightroom.aperture, lightroom.exposure), (Some(2.8), Some(1.0 / 160.0)));
    let place = lightroom.place.unwrap();
    assert!((place.latitude - 48.858_333).abs() < 1e-5 && (place.longitude + 2.295).abs() < 1e-5);
    assert_eq!((place.altitude, lightroom.orientation, lightroom.rating), (Some(35.0), Some(1), Some(5)));
    // The default language, and nothing of the history.
    assert_eq!(lightroom.title, some("Bridge & river"));
    assert_eq!(lightroom.caption, some("From the left bank"));
    assert_eq!(lightroom.tags, ["Paris", "bridge", "Places", "Europe"]);

    let digikam = of("digikam.xmp");
    assert_eq!((digikam.title, digikam.caption), (some("Zürich"), some("At the lake")));
    assert_eq!(
        (digikam.tags, digikam.rating),
        (["Anna", "lake", "People"].map(str::to_owned).into(), Some(3))
    );
    let place = digikam.place.unwrap();
    assert!((place.latitude - 47.36875).abs() < 1e-9 && (place.longitude - 8.541_666).abs() < 1e-5);

    let darktable = of("darktable.xmp");
    assert_eq!((darktable.tags, darktable.rating), (vec!["fog".to_owned(), "weather".to_owned()], Some(-1)));
    let taken = darktable.taken.unwrap();
    // 2022-05-06 07:08:09.
    assert_eq!(
        (taken.seconds, taken.nanoseconds, taken.source),
        (1_651_820_889, 123_000_000, TakenFrom::Xmp)
    );

    let (exiftool, all) = (of("exiftool.xmp"), facts("all.jpg"));
    assert_eq!((&exiftool.title, &exiftool.caption, &exiftool.tags), (&all.title, &all.caption, &all.tags));
    assert_eq!((&exiftool.lens, exiftool.iso, exiftool.rating), (&all.lens, all.iso, all.rating));
    assert!((exiftool.place.unwrap().latitude - all.place.unwrap().latitude).abs() < 1e-4);
}

#[test]
fn peoples_words_are_those_of_the_sidecar_and_the_rest_is_the_files() {
    let all = facts("all.jpg");
    let both = with_sidecars(all.clone(), &[bytes("digikam.xmp"), bytes("lightroom.xmp")]);
    assert_eq!((both.title, both.rating), (some("Zürich"), Some(3)));
    assert_eq!(both.tags, ["Anna", "lake", "People"]);
    assert!((both.place.unwrap().latitude - 47.36875).abs() < 1e-9);
    assert_eq!((both.taken, both.model, both.lens), (all.taken, all.model.clone(), all.lens.clone()));
    // What a sidecar does not say is left as it is.
    let darktable = with_sidecars(all.clone(), &[bytes("darktable.xmp")]);
    assert_eq!((darktable.title, darktable.caption), (all.title.clone(), all.caption.clone()));
    assert_eq!((darktable.tags, darktable.rating), (vec!["fog".to_owned(), "weather".to_owned()], Some(-1)));
    assert_eq!(with_sidecars(all.clone(), &[b"no XMP".to_vec()]), all);
}

#[test]
fn damaged_files_never_panic_and_never_hang() {
    for name in ["all.jpg", "iptc.jpg", "words.png", "words.tif", "words.webp", "windows.jpg", "absurd.jpg"] {
        let whole = bytes(name);
        let path = PathBuf::from(name);
        for i in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[i] ^= 0xff;
            for bytes in [&flipped[..], &whole[..i]] {
                let found = read_facts(Source::new(bytes, &path));
                assert!(found.place.is_none_or(|place| place.latitude.abs() <= 90.0));
            }
        }
    }
}

#[test]
fn every_format_that_has_exif_tells_its_facts() {
    let folder = folder().join("..");
    let mut told = 0;
    for entry in ["metadata", "raw"].iter().flat_map(|name| std::fs::read_dir(folder.join(name)).unwrap()) {
        let path = entry.unwrap().path();
        let header = FileHeader::read(&File::open(&path).unwrap(), &path);
        let bytes = std::fs::read(&path).unwrap();
        let facts = read_facts(Source::new(&bytes, &path));
        assert_eq!(read_facts_of_file(&File::open(&path).unwrap(), &path), facts, "{}", path.display());
        let number = |tag| match header.exif.get(tag).map(|field| &field.value) {
            Some(::exif::Value::Rational(values)) => values.first().map(|value| value.to_f64()),
            _ => None,
        };
        let text = |tag| match header.exif.get(tag).map(|field| &field.value) {
            Some(::exif::Value::Ascii(lines)) => text::name(&text::decode(&lines[0])),
            _ => None,
        };
        assert_eq!(facts.exposure, number(::exif::Tag::ExposureTime), "{}", path.display());
        assert_eq!(facts.aperture, number(::exif::Tag::FNumber), "{}", path.display());
        assert_eq!(facts.make, text(::exif::Tag::Make), "{}", path.display());
        assert_eq!(facts.model, text(::exif::Tag::Model), "{}", path.display());
        told += usize::from(facts.make.is_some() || facts.exposure.is_some());
    }
    assert!(told > 40, "{told}");
}
