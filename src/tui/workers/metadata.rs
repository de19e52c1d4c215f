//! The thread that reads what the file of a picture says besides its pixels: size, dates, camera; the newest request only.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use exif::Tag;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::latest::{LatestSlot, latest_slot};
use crate::library::Boundary;
use crate::picture::{ExifFields, FileHeader};
use crate::tui::app::event::Event;
use crate::tui::app::preview::Metadata;
use crate::tui::display::thousands;

/// A handle to the thread.
pub(crate) struct MetadataWorker(LatestSlot<Option<PathBuf>>);

impl MetadataWorker {
    /// Starts the thread, which calls `send` with [`Event::Metadata`]. It opens no file outside `boundary`.
    pub(crate) fn spawn(boundary: Boundary, send: impl Fn(Event) + Send + 'static) -> std::io::Result<Self> {
        let (slot, receiver) = latest_slot::<Option<PathBuf>>();
        std::thread::Builder::new().name("metadata".into()).spawn(move || {
            while let Some(path) = receiver.wait_for(Option::take) {
                let metadata = boundary.resolve(&path).map_or_else(|_| missing(), |path| read(&path));
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
    vec![("file", "no longer there".into())]
}

/// Reads the metadata of a file. What is missing or damaged is left out.
fn read(path: &Path) -> Metadata {
    let mut rows = Metadata::new();
    let Ok(file) = File::open(path) else { return missing() };
    let header = FileHeader::read(&file, path);
    let text = |tag| field(&header.exif, tag);
    if let Some((width, height)) = header.size {
        rows.push(("pixels", format!("{width} x {height}")));
    }
    if let Ok(metadata) = file.metadata() {
        rows.push(("size", bytes(metadata.len())));
        rows.extend(metadata.modified().ok().and_then(local).map(|time| ("changed", time)));
    }
    rows.extend(text(Tag::DateTimeOriginal).map(|time| ("taken", time)));
    let camera = match (text(Tag::Make), text(Tag::Model)) {
        // Many cameras repeat the maker's name.
        (Some(make), Some(model)) if !model.starts_with(&make) => Some(format!("{make} {model}")),
        (make, model) => model.or(make),
    };
    rows.extend(camera.map(|camera| ("camera", camera)));
    rows.extend(text(Tag::LensModel).map(|lens| ("lens", lens)));
    let exposure = [
        text(Tag::ExposureTime),
        text(Tag::FNumber),
        text(Tag::PhotographicSensitivity).map(|iso| format!("ISO {iso}")),
        text(Tag::FocalLength),
    ];
    let exposure: Vec<String> = exposure.into_iter().flatten().collect();
    if !exposure.is_empty() {
        rows.push(("exposure", exposure.join("  ")));
    }
    rows
}

fn field(exif: &ExifFields, tag: Tag) -> Option<String> {
    let field = exif.get(tag)?;
    let text = match &field.value {
        exif::Value::Ascii(lines) if tag != Tag::DateTimeOriginal => {
            String::from_utf8_lossy(lines.first()?).into_owned()
        }
        _ => field.display_value().with_unit(()).to_string(),
    };
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned();
    (!text.is_empty()).then_some(text)
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
        assert_eq!(value("taken"), Some("2019-07-12 18:30:45"));
        assert!(value("size").is_some() && value("changed").is_some());
    }

    #[test]
    fn a_file_without_exif_has_a_size_and_one_that_is_gone_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        assert_eq!(read(&path), [("file", "no longer there".to_owned())]);
        std::fs::write(&path, b"no picture").unwrap();
        assert_eq!(read(&path)[0], ("size", "10 bytes".to_owned()));
    }
}
