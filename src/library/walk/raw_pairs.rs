//! Cameras that write a raw file and a JPEG of each picture: the JPEG is the picture, the raw file is left out.

use std::collections::HashSet;

use super::found::PictureFile;
use crate::base::paths;
use crate::picture;

/// Extensions of what cameras and raw converters write beside a raw file.
const DEVELOPED: &[&[u8]] = &[b"jpg", b"jpeg", b"jpe", b"heic", b"heif", b"hif"];

/// Leaves out the raw files that have a developed picture of the same name beside them: `IMG_1.CR2` for `img_1.jpg` or
/// `IMG_1.CR2.jpg`. Returns their paths. An empty file stands for no other.
pub(super) fn leave_out_raw(files: &mut Vec<PictureFile>) -> Vec<Vec<u8>> {
    let is_raw = |file: &PictureFile| picture::has_raw_extension(&paths::from_bytes(&file.path));
    let developed: HashSet<_> = files
        .iter()
        .filter(|file| file.size > 0)
        .filter_map(|file| {
            let (stem, extension) = split_extension(&file.path)?;
            DEVELOPED.iter().any(|known| extension.eq_ignore_ascii_case(known)).then(|| folded(stem))
        })
        .collect();
    let is_left_out = |file: &mut PictureFile| {
        let stem = split_extension(&file.path).map(|(stem, _)| stem).filter(|_| is_raw(file));
        stem.is_some_and(|stem| developed.contains(&folded(stem)) || developed.contains(&folded(&file.path)))
    };
    files.extract_if(.., is_left_out).map(|file| file.path).collect()
}

/// The path without the extension, and the extension.
fn split_extension(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let dot = path.iter().rposition(|&byte| byte == b'.')?;
    let extension = path.get(dot + 1..)?;
    (!extension.contains(&b'/')).then(|| (path.get(..dot).unwrap_or_default(), extension))
}

/// A path whose name is in lower case; folders may differ by case only.
fn folded(path: &[u8]) -> Vec<u8> {
    let mut folded = path.to_vec();
    let name = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    folded.get_mut(name..).unwrap_or_default().make_ascii_lowercase();
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raw_file_beside_its_picture_is_left_out() {
        let file = |path: &str, size| PictureFile {
            path: path.into(),
            size,
            mtime_ns: 0,
            file_id: crate::base::file_id::FileId::default(),
        };
        let names = [
            "a/IMG_1.CR2",
            "a/img_1.JPG",
            "a/IMG_2.CR2",
            "a/IMG_2.CR2.jpeg",
            "a/IMG_3.dng",
            "b/IMG_3.jpg",
            "a/IMG_4.nef",
            "a/IMG_4.hif",
            "a/IMG_5.nef",
            "a/IMG_5.png",
            "A/IMG_1.CR2",
            "a.b/raw",
        ];
        let mut files: Vec<_> = names.iter().map(|name| file(name, 7)).collect();
        files.push(file("a/IMG_6.arw", 7));
        files.push(file("a/IMG_6.jpg", 0));
        let mut left: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
        let raw = [&b"a/IMG_1.CR2"[..], b"a/IMG_2.CR2", b"a/IMG_4.nef"];
        assert_eq!(leave_out_raw(&mut files), raw);
        left.retain(|path| !raw.contains(&&path[..]));
        assert_eq!(files.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), left);
    }
}
