//! Files that people take for pictures and that are not decoded: they are counted, so that it can be said.

use std::ffi::OsStr;
use std::path::Path;

use crate::catalog::Omitted;

/// Extensions of pictures, and of drawings that hold one, in formats that are not decoded.
const PICTURES: &[&str] = &[
    "xcf",
    "kra",
    "eps",
    "ai",
    "djvu",
    "djv",
    "wmf",
    "emf",
    "jxr",
    "wdp",
    "hdp",
    "cdr",
    "clip",
    "afphoto",
    "afdesign",
    "sketch",
    "fpx",
    "flif",
    "bpg",
    "pict",
    "pct",
    "mng",
    "jng",
    "fits",
    "dcm",
    "pdn",
    "procreate",
];

/// Extensions of films.
const FILMS: &[&str] = &[
    "mp4", "mov", "avi", "mkv", "webm", "m4v", "mts", "m2ts", "3gp", "3g2", "mpg", "mpeg", "wmv", "flv",
    "insv", "lrv",
];

/// Counts a file that is no picture which is decoded, if people would take it for one.
pub(super) fn count(path: &Path, omitted: &mut Omitted) {
    let Some(extension) = path.extension().and_then(OsStr::to_str) else { return };
    let is_any =
        |known: &[&'static str]| known.iter().copied().find(|known| extension.eq_ignore_ascii_case(known));
    if is_any(FILMS).is_some() {
        omitted.films += 1;
    } else if let Some(extension) = is_any(PICTURES) {
        *omitted.unsupported.entry(extension.to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture;

    #[test]
    fn films_and_pictures_are_told_apart_and_the_rest_is_no_matter() {
        let mut omitted = Omitted::default();
        for name in ["a.XCF", "b.xcf", "c.eps", "d.MOV", "e.txt", "mp4", ".mp4", "f."] {
            count(Path::new(name), &mut omitted);
        }
        let unsupported = [("eps".to_owned(), 1), ("xcf".to_owned(), 2)].into();
        assert_eq!(omitted, Omitted { unsupported, films: 1, ..Omitted::default() });
    }

    #[test]
    fn what_is_decoded_is_not_listed() {
        for extension in PICTURES.iter().chain(FILMS) {
            assert!(
                !picture::has_picture_extension(&Path::new("a").with_extension(extension)),
                "{extension}"
            );
        }
    }
}
