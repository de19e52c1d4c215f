use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

const KIND: Kind = Kind { name: *b"TEST", version: 3 };

fn written(sections: &[&[u8]]) -> (Vec<u8>, Checksum) {
    let mut writer = Writer::new(Vec::new(), KIND).unwrap();
    for (number, section) in sections.iter().enumerate() {
        assert_eq!(writer.sections(), number);
        writer.section(section).unwrap();
    }
    writer.finish().unwrap()
}

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// All sections of a file, or why not.
fn read(path: &Path) -> Result<Vec<Vec<u8>>, BlockfileError> {
    let mut reader = Reader::open(path, KIND)?;
    (0..reader.sections()).map(|section| reader.read(section)?.check()).collect()
}

#[test]
fn what_was_written_is_read_again() {
    for sections in [&[][..], &[b"".as_slice()], &[b"one", b"", b"three\0"]] {
        let (bytes, checksum) = written(sections);
        let (_folder, path) = file(&bytes);
        assert_eq!(read(&path).unwrap(), sections);
        let mut reader = Reader::open(&path, KIND).unwrap();
        assert_eq!(reader.checksum(), checksum);
        // In any order.
        for section in (0..sections.len()).rev().chain(0..sections.len()) {
            assert_eq!(reader.length(section), Some(sections[section].len() as u64));
            assert_eq!(reader.read(section).unwrap().check().unwrap(), sections[section]);
        }
        assert!(matches!(reader.read(sections.len()), Err(BlockfileError::Missing(_))));
        assert_eq!(reader.length(sections.len()), None);
    }
}

#[test]
fn damage_anywhere_and_every_cut_is_noticed() {
    let (good, _) = written(&[b"one", b"", b"three"]);
    let (_folder, path) = file(&good);
    for at in 0..good.len() {
        for flip in [1, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path).is_err(), "byte {at} ^ {flip}");
        }
        fs::write(&path, &good[..at]).unwrap();
        assert!(read(&path).is_err(), "{at} bytes");
    }
    for longer in [&b"x"[..], &good] {
        fs::write(&path, [&good, longer].concat()).unwrap();
        assert!(read(&path).is_err());
    }
}

#[test]
fn other_kinds_and_versions_are_told_apart() {
    let (_folder, path) = file(&written(&[b"one"]).0);
    let other = Reader::open(&path, Kind { name: *b"ELSE", ..KIND });
    assert!(matches!(other, Err(BlockfileError::Kind(_))));
    let newer = Reader::open(&path, Kind { version: 4, ..KIND });
    assert!(matches!(newer, Err(BlockfileError::Version { found: 3, expected: 4 })));
    let missing = Reader::open(&path.with_extension("gone"), KIND);
    assert!(matches!(missing, Err(BlockfileError::Io(error)) if error.kind() == io::ErrorKind::NotFound));
}

/// The end of a file with sections of these lengths, with the right checksum.
fn end(lengths: &[u64]) -> Vec<u8> {
    let mut directory = Vec::new();
    for length in lengths {
        directory.extend(length.to_le_bytes());
        directory.extend([0; 32]);
    }
    directory.extend((lengths.len() as u64).to_le_bytes());
    let checksum = checksum(&KIND.header(), &directory);
    directory.extend(checksum.as_bytes());
    directory
}

#[test]
fn lengths_that_do_not_add_up_are_refused() {
    for lengths in [&[1][..], &[u64::MAX], &[u64::MAX, 4], &[2, 1], &[1 << 40]] {
        let (_folder, path) = file(&[&KIND.header()[..], b"ab", &end(lengths)].concat());
        assert!(matches!(Reader::open(&path, KIND), Err(BlockfileError::Length(_))), "{lengths:?}");
    }
    // More sections than there is room for.
    for count in [1, 1 << 32, u64::MAX / 40, u64::MAX] {
        let (_folder, path) = file(&[&KIND.header()[..], &count.to_le_bytes(), &[0; 32]].concat());
        assert!(matches!(Reader::open(&path, KIND), Err(BlockfileError::Length(_))), "{count}");
    }
}

#[cfg(unix)]
#[test]
fn a_terabyte_that_is_a_hole_is_refused() {
    let (_folder, path) = file(&KIND.header());
    let length = 1 << 40;
    let end = end(&[length - (HEADER + ENTRY + TAIL) as u64]);
    let mut file = File::options().write(true).open(&path).unwrap();
    if file.seek(SeekFrom::Start(length - end.len() as u64)).and_then(|_| file.write_all(&end)).is_err() {
        // Not every file system has files that long.
        return;
    }
    assert!(matches!(Reader::open(&path, KIND), Err(BlockfileError::Hollow { .. })));
}
