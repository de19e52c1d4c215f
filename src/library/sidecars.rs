//! XMP files beside pictures, in which other programs keep what people wrote: `IMG.jpg.xmp` of digiKam, darktable and
//! exiftool, `IMG.xmp` of Lightroom.

use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::walk::SidecarFile;
use crate::base::{paths, regular};
use crate::picture::LARGEST_SIDECAR;

/// The sidecars that a walk came across, by what they are named after.
#[derive(Debug, Default)]
pub(super) struct Sidecars(HashMap<Vec<u8>, SidecarFile>);

impl Sidecars {
    /// Takes in what a walk came across.
    pub(super) fn new(files: Vec<SidecarFile>) -> Self {
        let named_after = |file: &SidecarFile| file.path.get(..file.path.len() - 4).map(<[u8]>::to_vec);
        Self(files.into_iter().filter_map(|file| Some((named_after(&file)?, file))).collect())
    }

    /// Whether there are none at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sidecars of the picture at a relative path: the one with its whole name comes first.
    fn of(&self, picture: &[u8]) -> impl Iterator<Item = &SidecarFile> {
        let name = picture.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        let dot = picture.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > name);
        let stem = dot.and_then(|dot| picture.get(..dot));
        [Some(picture), stem].into_iter().flatten().filter_map(|name| self.0.get(name))
    }

    /// What tells the sidecars of a picture from others, or from themselves before a change: name, size and time of each.
    /// None without sidecars.
    pub(super) fn stamp(&self, picture: &[u8]) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let line = |file: &SidecarFile| {
            let name =
                paths::from_bytes(&file.path).file_name().map(|name| name.to_string_lossy().into_owned());
            format!("{} {} {}", name.unwrap_or_default(), file.size, file.mtime_ns)
        };
        let lines: Vec<String> = self.of(picture).map(line).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// The contents of the sidecars of a picture, the one that counts most first. What can't be read, or is too large to be
    /// one, is left out.
    pub(super) fn read(&self, root: &Path, picture: &[u8]) -> Vec<Vec<u8>> {
        let read = |file: &SidecarFile| read_packet(&root.join(paths::from_bytes(&file.path)));
        self.of(picture).filter_map(read).collect()
    }
}

/// The contents of the sidecar at a path; none if it can't be read, or is too large to be one.
pub(super) fn read_packet(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = LARGEST_SIDECAR as u64 + 1;
    let read = regular::open(path).and_then(|sidecar| sidecar.take(most).read_to_end(&mut bytes));
    match read {
        Ok(length) if length <= LARGEST_SIDECAR => Some(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        outcome => {
            tracing::info!(path = %paths::display(path), ?outcome, "no sidecar");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sidecars_are_named_after_the_picture_with_or_without_its_extension() {
        let file = |path: &str| SidecarFile { path: path.into(), size: 5, mtime_ns: 7 };
        let sidecars =
            Sidecars::new(vec![file("a/b.jpg.xmp"), file("a/b.XMP"), file("c.xmp"), file(".hidden.xmp")]);
        let stamp = |path: &str| sidecars.stamp(path.as_bytes());
        assert_eq!(stamp("a/b.jpg").as_deref(), Some("b.jpg.xmp 5 7\nb.XMP 5 7"));
        assert_eq!(stamp("a/b.png").as_deref(), Some("b.XMP 5 7"));
        assert_eq!((stamp("b.jpg"), stamp("c.jpg.xmp.jpg"), stamp("a.b/c")), (None, None, None));
        assert_eq!(stamp("c").as_deref(), Some("c.xmp 5 7"));
        assert_eq!(stamp(".hidden").as_deref(), Some(".hidden.xmp 5 7"));
        assert_eq!(Sidecars::default().stamp(b"a.jpg"), None);
    }
}
