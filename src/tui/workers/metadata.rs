//! The thread that reads what the file of a picture and its sidecars say besides the pixels: size, dates, camera, place, and
//! what people wrote; the newest request only.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::facts_in_words;
use super::stored_pictures::StoredPictures;
use super::words::{NO_LONGER_THERE, NOT_REACHABLE};
use crate::base::latest::{LatestSlot, latest_slot};
use crate::library::{Boundary, FileFacts, facts_of_file};
use crate::picture::FileHeader;
use crate::tui::app::event::Event;
use crate::tui::app::preview::Metadata;
use crate::tui::display::thousands;

/// A handle to the thread.
pub(crate) struct MetadataWorker(LatestSlot<Option<PathBuf>>);

impl MetadataWorker {
    /// Starts the thread, which calls `send` with [`Event::Metadata`]. It opens no file outside `boundary`. Of a file that can't be
    /// reached, `stored` is asked, if there is a store.
    pub(crate) fn spawn(
        boundary: Boundary,
        mut stored: Option<StoredPictures>,
        send: impl Fn(Event) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot::<Option<PathBuf>>();
        std::thread::Builder::new().name("metadata".into()).spawn(move || {
            while let Some(path) = receiver.wait_for(Option::take) {
                let metadata = match (StoredPictures::here(&boundary, &path), &mut stored) {
                    (Some(path), _) => read(&path),
                    (None, Some(stored)) => of_store(stored, &path),
                    (None, None) => missing(),
                };
                send(Event::Metadata { path, metadata });
            }
        })?;
        Ok(Self(slot))
    }

    /// Asks for the metadata of a file. An older request that was not begun is dropped.
    pub(crate) fn request(&self, path: PathBuf) {
        self.0.send(|request| *request = Some(path));
    }
}

/// The metadata of a file that can't be opened.
fn missing() -> Metadata {
    vec![("file", NO_LONGER_THERE.into())]
}

/// What a store knows of a file that can't be reached from here.
fn of_store(stored: &mut StoredPictures, path: &Path) -> Metadata {
    let found = match stored.facts(path) {
        Ok(Some(found)) => found,
        Ok(None) => return missing(),
        Err(error) => return vec![("file", format!("{NOT_REACHABLE}; {error}"))],
    };
    let mut of_file = vec![NOT_REACHABLE.to_owned()];
    if let Some((width, height)) = found.dimensions {
        of_file.push(format!("{width} x {height}"));
        of_file.extend(megapixels(width, height));
    }
    of_file.push(bytes(found.size));
    let mut rows = vec![("file", of_file.join(", "))];
    rows.extend(facts_in_words::rows(&found.facts, None));
    rows
}

/// Reads the metadata of a file and its sidecars. What is missing or damaged is left out.
fn read(path: &Path) -> Metadata {
    let Ok(file) = File::open(path) else { return missing() };
    let header = FileHeader::read(&file, path);
    let mut of_file = Vec::new();
    if let Some((width, height)) = header.size {
        of_file.push(format!("{width} x {height}"));
        of_file.extend(megapixels(width, height));
    }
    let mut changed = None;
    if let Ok(metadata) = file.metadata() {
        of_file.push(bytes(metadata.len()));
        changed = metadata.modified().ok().and_then(local);
    }
    let mut rows = vec![("file", of_file.join(", "))];
    let FileFacts { facts, sidecars } = facts_of_file(&file, path);
    rows.extend(facts_in_words::rows(&facts, changed));
    let names: Vec<String> = sidecars.iter().map(|path| name(path)).collect();
    if !names.is_empty() {
        rows.push(("sidecar", names.join(", ")));
    }
    rows
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The number of pixels in words, from a tenth of a million on: `12.2 MP`.
fn megapixels(width: u32, height: u32) -> Option<String> {
    let pixels = u64::from(width) * u64::from(height);
    (pixels >= 100_000).then(|| format!("{:.1} MP", pixels as f64 / 1e6))
}

/// A time in the time zone of the user.
fn local(time: SystemTime) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?.to_zoned_datetime(TimeZone::system());
    Some(time.strftime("%Y-%m-%d %H:%M").to_string())
}

/// A size in words: `812 bytes`, `1.4 MB`.
fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} bytes"),
        1000..1_000_000 => format!("{:.0} kB", count as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", count as f64 / 1e6),
        _ => format!("{} MB", thousands((count / 1_000_000) as usize)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        let texts = [0, 999, 1000, 812_400, 1_440_000, 3_000_000_000].map(bytes);
        assert_eq!(
            texts,
            ["0 bytes", "999 bytes", "1 kB", "812 kB", "1.4 MB", "3,000 MB"].map(str::to_owned)
        );
    }

    #[test]
    fn a_photo_has_its_camera() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tiff");
        let mut writer = exif::experimental::Writer::new();
        use exif::Tag;
        let ascii = |tag, text: &str| exif::Field {
            tag,
            ifd_num: exif::In::PRIMARY,
            value: exif::Value::Ascii(vec![text.as_bytes().to_vec()]),
        };
        let fields = [
            ascii(Tag::Make, "Ada"),
            ascii(Tag::Model, "Ada One"),
            ascii(Tag::DateTimeOriginal, "2019:07:12 18:30:45"),
        ];
        fields.iter().for_each(|field| writer.push_field(field));
        let mut raw = std::io::Cursor::new(Vec::new());
        writer.write(&mut raw, false).unwrap();
        std::fs::write(&path, raw.into_inner()).unwrap();
        let rows = read(&path);
        let value = |name| rows.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(value("camera"), Some("Ada One"));
        assert!(value("taken").is_some_and(|taken| taken.starts_with("2019-07-12 18:30:45, changed 20")));
        assert!(value("file").is_some_and(|file| file.ends_with("bytes")), "{rows:?}");
    }

    #[test]
    fn a_file_without_exif_has_a_size_and_one_that_is_gone_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        assert_eq!(read(&path), [("file", "no longer there".to_owned())]);
        std::fs::write(&path, b"no picture").unwrap();
        assert_eq!(read(&path)[0], ("file", "10 bytes".to_owned()));
        assert_eq!(read(&path)[1].0, "changed");
        image::RgbImage::new(400, 300).save(&path).unwrap();
        assert!(read(&path)[0].1.starts_with("400 x 300, 0.1 MP, "), "{:?}", read(&path));
    }
}
