//! Files that are cut short or changed.

use proptest::prelude::*;

use super::{file, jpeg, names, reason, reduce};
use crate::base::panics;
use crate::picture::decode::{decode, describe};
use crate::picture::limits::Limits;

/// Where the data of the first scan begin.
fn data_start(bytes: &[u8]) -> usize {
    let scan = bytes.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    scan + 2 + usize::from(bytes[scan + 3])
}

#[test]
fn what_is_cut_short_is_shown_from_a_quarter_on() {
    let interleaved = [jpeg(), file("420"), file("restarts-420"), file("gray")].map(|whole| (whole, true));
    for (whole, is_interleaved) in interleaved.into_iter().chain([(file("scans-444"), false)]) {
        let start = data_start(&whole);
        let full = decode(&whole, &Limits::default()).unwrap();
        assert_eq!(full.damage, None);
        let (mut refused, mut shown) = (0, 0);
        for length in 3..whole.len() - 2 {
            match decode(&whole[..length], &Limits::default()) {
                Err(error) => {
                    let error = error.to_string();
                    assert!(error.starts_with("truncated JPEG: "), "{length} bytes: {error}");
                    assert_eq!(shown, 0, "{length} bytes: {error}");
                    refused += 1;
                }
                Ok(picture) => {
                    let damage = picture.damage.unwrap_or_else(|| panic!("{length} of {}", whole.len()));
                    assert!(damage.starts_with("the file ends "), "{damage}");
                    assert_eq!(picture.pixels.dimensions(), full.pixels.dimensions());
                    // What came is as in the whole picture, unless its colours are still to come.
                    if is_interleaved {
                        assert_eq!(picture.pixels.get_pixel(0, 0), full.pixels.get_pixel(0, 0));
                    }
                    shown += 1;
                }
            }
        }
        assert!(refused > start && shown > (whole.len() - start) / 5, "{refused} {shown}");
    }
}

#[test]
fn the_missing_part_is_gray() {
    let whole = file("gray");
    let start = data_start(&whole);
    let cut = decode(&whole[..start + (whole.len() - start) / 2], &Limits::default()).unwrap();
    let (width, height) = cut.pixels.dimensions();
    assert_eq!(cut.pixels.get_pixel(width - 1, height - 1).0, [128; 3]);
    assert!(cut.damage.unwrap().starts_with("the file ends after "));
}

#[test]
fn a_progressive_file_without_its_last_scans_lacks_details() {
    let whole = file("progressive-420");
    let full = decode(&whole, &Limits::default()).unwrap().pixels;
    let cut = decode(&whole[..whole.len() - 200], &Limits::default()).unwrap();
    assert_eq!(cut.damage.as_deref(), Some("the file ends before the fine details of the picture"));
    let difference: u32 = cut.pixels.iter().zip(full.iter()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
    assert!(difference > 0 && difference / (full.len() as u32) < 20, "{difference}");
    let reduced = reduce(&whole[..whole.len() - 200], 8).unwrap();
    assert_eq!(reduced.damage.as_deref(), Some("the file ends before the fine details of the picture"));
}

#[test]
fn a_damaged_part_ends_at_the_next_restart_marker() {
    let whole = file("restarts-rows");
    let full = decode(&whole, &Limits::default()).unwrap().pixels;
    let start = data_start(&whole);
    let mut bytes = whole.clone();
    // Ones are a code that no table has.
    bytes[start + 20..start + 40].fill(0xfe);
    let picture = decode(&bytes, &Limits::default()).unwrap();
    assert!(picture.damage.is_some());
    assert_ne!(picture.pixels.get_pixel(30, 2), full.get_pixel(30, 2));
    for y in 8..full.height() {
        for x in 0..full.width() {
            assert_eq!(picture.pixels.get_pixel(x, y), full.get_pixel(x, y), "{x} {y}");
        }
    }
}

#[test]
fn a_lost_interval_does_not_move_the_others() {
    let whole = file("restarts-rows");
    let full = decode(&whole, &Limits::default()).unwrap().pixels;
    let marker = |number: u8| whole.windows(2).position(|pair| pair == [0xff, 0xd0 + number]).unwrap();
    let mut bytes = whole.clone();
    bytes.drain(marker(0)..marker(1));
    let picture = decode(&bytes, &Limits::default()).unwrap();
    assert!(picture.damage.is_some());
    for (x, y, pixel) in picture.pixels.enumerate_pixels() {
        if !(8..16).contains(&y) {
            assert_eq!(pixel, full.get_pixel(x, y), "{x} {y}");
        }
    }
}

#[test]
fn an_interval_without_restart_markers_is_not_believed() {
    let whole = jpeg();
    let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]).unwrap();
    let mut bytes = whole.clone();
    bytes.splice(scan..scan, *b"\xff\xdd\x00\x04\x00\x05");
    let expected = decode(&whole, &Limits::default()).unwrap().pixels;
    assert_eq!(decode(&bytes, &Limits::default()).unwrap().pixels, expected);
    assert_eq!(reduce(&bytes, 8).unwrap().image.pixels, reduce(&whole, 8).unwrap().image.pixels);
}

#[test]
fn two_frame_headers_and_none_are_refused() {
    let whole = file("420");
    let frame = whole.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let mut twice = whole.clone();
    twice.splice(frame..frame, whole[frame..frame + 19].to_vec());
    assert_eq!(reason(&twice), "damaged JPEG: it has two frame headers");
    let mut none = whole;
    none.drain(frame..frame + 19);
    assert_eq!(reason(&none), "damaged JPEG: a scan without a frame header");
}

/// Any answer is fine; a panic or an abort is not.
fn answers(bytes: &[u8]) {
    let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
    for result in [decode(bytes, &limits).map(|_| ()), describe(bytes, &limits).map(|_| ())] {
        if let Err(error) = result {
            assert!(!error.to_string().contains("crashed"), "{error}");
        }
    }
    for factor in [8, 4] {
        if let Err(error) = reduce(bytes, factor) {
            assert!(!error.to_string().contains("crashed"), "{error}");
        }
    }
    assert!(!panics::is_catching());
}

#[test]
fn no_byte_of_a_file_can_crash_the_decoder() {
    for name in [
        "420",
        "progressive-420",
        "scans-restarts",
        "uneven",
        "ycck-420",
        "arithmetic-progressive",
        "lossless-4",
    ] {
        let whole = file(name);
        for i in 2..whole.len() {
            for change in [0x55, 0xff] {
                let mut bytes = whole.clone();
                bytes[i] ^= change;
                answers(&bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn files_that_were_changed_never_crash_the_decoder(
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of(any::<prop::sample::Index>()),
        inserted in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let names = names();
        let name: &String = which.get(&names);
        let mut bytes = file(name);
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        if let Some(cut) = cut {
            let at = cut.index(bytes.len());
            if inserted.is_empty() {
                bytes.truncate(at);
            } else {
                bytes.splice(at..at, inserted);
            }
        }
        answers(&bytes);
    }
}
