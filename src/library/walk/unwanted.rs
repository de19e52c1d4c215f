//! Folders that nobody wants to search: copies that other programs made, recycle bins, packages of programs.

use std::ffi::OsStr;
use std::path::Path;

use super::path_parts::name;

/// Names of such folders, in any case.
const NAMES: &[&str] = &[
    // Synology and QNAP: thumbnails, recycle bins, snapshots.
    "@eaDir",
    "#recycle",
    "#snapshot",
    "@Recycle",
    "@Recently-Snapshot",
    ".@__thumb",
    // Windows, Linux and macOS.
    "$RECYCLE.BIN",
    "RECYCLER",
    "System Volume Information",
    "lost+found",
    "__MACOSX",
    ".thumbnails",
    ".Trash",
    ".Trashes",
    ".DocumentRevisions-V100",
    ".Spotlight-V100",
    // Programs.
    "node_modules",
    ".dtrash",
];

/// How the names of such folders begin: the bins of freedesktop.org's trash specification, a user's number after it.
const BEGINNINGS: &[&str] = &[".Trash-"];

/// Extensions of such folders: Lightroom's previews.
const EXTENSIONS: &[&str] = &["lrdata"];

/// Extensions (`.` before them) or names of folders, and what is unwanted directly in them.
const INSIDE: &[(&str, &[&str])] = &[
    // Capture One: catalogues and sessions.
    (".cocatalog", &["Cache", "Thumbnails", "Proxies"]),
    ("CaptureOne", &["Cache"]),
    // Photos, iPhoto and Aperture keep the pictures themselves in `originals` or `Masters`.
    (".photoslibrary", &["resources", "private", "database", "scopes"]),
    (".photolibrary", &["Thumbnails", "Previews", "iPod Photo Cache"]),
    (".aplibrary", &["Thumbnails", "Previews", "iPod Photo Cache"]),
    // Thumbnails of freedesktop.org's specification, and what Android's own gallery leaves out.
    (".cache", &["thumbnails"]),
    ("Android", &["data"]),
];

/// The name of a file that keeps Android's gallery, and others, out of its folder.
pub(super) const NO_MEDIA: &str = ".nomedia";

/// Whether the folder at `path` is unwanted, by its name and that of the folder above.
pub(super) fn is_unwanted(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return false };
    let is_any = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let begins =
        |start: &&str| name.get(..start.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(start));
    if is_any(NAMES)
        || BEGINNINGS.iter().any(begins)
        || EXTENSIONS.iter().any(|known| has_extension(name, known))
    {
        return true;
    }
    let above = path.parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    INSIDE.iter().filter(|(_, names)| is_any(names)).any(|(outer, _)| match outer.strip_prefix('.') {
        Some(extension) if has_extension(above, extension) => true,
        _ => above.eq_ignore_ascii_case(outer),
    })
}

fn has_extension(name: &str, wanted: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, found)| !stem.is_empty() && found.eq_ignore_ascii_case(wanted))
}

/// Whether the name of the file at `path` is that of an AppleDouble file: what macOS keeps of another file on disks of other systems. It
/// bears a picture's name and is none.
pub(super) fn is_apple_double(path: &Path) -> bool {
    name(path).starts_with(b"._")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unwanted_folders_are_known_by_name_and_place() {
        for path in [
            "p/@eaDir",
            "#recycle",
            "$Recycle.bin",
            ".Trash-1000",
            "Catalog Previews.lrdata",
            "a.cocatalog/Cache",
            "x/CaptureOne/Cache",
            "Photos Library.photoslibrary/resources",
            "Android/data",
            ".cache/thumbnails",
        ] {
            assert!(is_unwanted(Path::new(path)), "{path}");
        }
        for path in [
            "p",
            "Cache",
            "resources",
            "p/data",
            "Android/media",
            "Photos Library.photoslibrary/originals",
            ".Trashy",
            ".lrdata",
            "recycle",
            "",
        ] {
            assert!(!is_unwanted(Path::new(path)), "{path}");
        }
    }
}
