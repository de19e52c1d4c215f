//! Small JPEGs of pictures, and the addresses that they have as resources.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::answers::Facts;
use crate::base::paths;
use crate::library::facts_of_file;
use crate::picture::{self, Limits};

/// The beginning of a thumbnail's address; the picture's absolute path follows, percent-encoded.
const ADDRESS: &str = "pixseek://thumbnail";
/// What stands for itself in a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The longer side of a thumbnail, in pixels.
pub(super) const THUMBNAIL: u32 = 320;
/// Of 100.
const QUALITY: u8 = 82;

/// The address of a picture's thumbnail. Any path has one, whatever its bytes.
pub(super) fn address(path: &Path) -> String {
    format!("{ADDRESS}{}", percent_encode(&paths::to_bytes(path), ENCODED))
}

/// The path of an address, or else the text as a path.
pub(super) fn path_of(text: &str) -> PathBuf {
    match text.strip_prefix(ADDRESS) {
        Some(encoded) => paths::from_bytes(&percent_decode_str(encoded).collect::<Vec<u8>>()),
        None => PathBuf::from(text),
    }
}

/// Whether a text is the address of a thumbnail.
pub(super) fn is_address(text: &str) -> bool {
    text.starts_with(ADDRESS)
}

/// The template of all addresses (RFC 6570).
pub(super) fn template() -> String {
    format!("{ADDRESS}{{+path}}")
}

/// A small version of a picture.
pub(super) struct Small {
    /// The picture's own size in pixels, upright.
    pub(super) size: (u32, u32),
    /// A JPEG, in base64.
    pub(super) jpeg: String,
    /// What is wrong with the file, if only a part of the picture is there.
    pub(super) damage: Option<String>,
}

/// Reads a picture, shrunk so that its longer side is at most `pixels`.
pub(super) fn small(path: &Path, pixels: u32) -> Result<Small> {
    let shown = paths::display(path);
    let picture = picture::open_to_fit(path, pixels, pixels, &Limits::default())
        .with_context(|| format!("picture '{shown}'"))?;
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&picture.pixels)
        .with_context(|| format!("picture '{shown}' can't be made a JPEG"))?;
    Ok(Small { size: (picture.width, picture.height), jpeg: STANDARD.encode(jpeg), damage: picture.damage })
}

/// What a picture's file and its sidecars say, and its size in bytes.
pub(super) fn facts(path: &Path) -> io::Result<(Facts, u64)> {
    let file = File::open(path)?;
    let facts = facts_of_file(&file, path).facts;
    Ok((facts.into(), fs::metadata(path)?.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_an_address_and_comes_back() {
        for path in ["/photos/a b/ü?#%2e.jpg", "/a", "/x/'\"&=+.png"] {
            let address = address(Path::new(path));
            assert!(
                is_address(&address) && address.is_ascii() && !address.contains(['?', '#', ' ']),
                "{address}"
            );
            assert_eq!(path_of(&address), Path::new(path));
        }
        assert_eq!(path_of("/photos/a.jpg"), Path::new("/photos/a.jpg"));
        #[cfg(unix)]
        {
            let odd = paths::from_bytes(b"/a\xff\n.jpg");
            assert_eq!(path_of(&address(&odd)), odd);
        }
    }
}
