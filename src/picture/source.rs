//! The bytes of a picture's file, and what its name says.

use std::ffi::OsStr;
use std::path::Path;

/// The bytes of a picture's file, with its name's extension: a few formats can't be told by their bytes alone.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The whole file.
    pub bytes: &'a [u8],
    /// The extension of its name, in any case, if it has one that is text.
    pub extension: Option<&'a str>,
    /// Where the file lies, for the decoders that are commands of the user's.
    pub path: Option<&'a Path>,
}

impl<'a> Source<'a> {
    /// The contents of the file at `path`, which is not read.
    pub fn new(bytes: &'a [u8], path: &'a Path) -> Self {
        Self { bytes, extension: path.extension().and_then(OsStr::to_str), path: Some(path) }
    }

    /// Whether the name has one of these extensions, which are given in lower case.
    pub(super) fn is_named(&self, extensions: &[&str]) -> bool {
        self.extension.is_some_and(|found| extensions.iter().any(|known| found.eq_ignore_ascii_case(known)))
    }
}

/// Bytes without a name.
impl<'a> From<&'a [u8]> for Source<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self { bytes, extension: None, path: None }
    }
}

impl<'a> From<&'a Vec<u8>> for Source<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}
