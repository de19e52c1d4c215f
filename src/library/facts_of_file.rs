//! What a picture's file and the sidecars beside it say now, whether the picture is indexed or not.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::sidecars;
use crate::base::picture_facts::PictureFacts;
use crate::picture;

/// What a file and its sidecars say together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileFacts {
    /// The facts, by the rules of the catalogue.
    pub facts: PictureFacts,
    /// The sidecars that were read, the one that counts most first.
    pub sidecars: Vec<PathBuf>,
}

/// Reads the facts in an open file at `path`, and in the sidecars beside it. What is missing or damaged is left out.
pub fn facts_of_file(file: &File, path: &Path) -> FileFacts {
    let embedded = picture::read_facts_of_file(file, path);
    let read = |path: PathBuf| Some((sidecars::read_packet(&path)?, path));
    let (packets, sidecars): (Vec<_>, Vec<_>) = sidecars_of(path).filter_map(read).unzip();
    FileFacts { facts: picture::with_sidecars(embedded, &packets), sidecars }
}

/// The places where programs put the sidecar of a picture: `IMG.jpg.xmp`, which counts most, and `IMG.xmp`. On file systems
/// where case counts, both cases of the extension are in use.
fn sidecars_of(picture: &Path) -> impl Iterator<Item = PathBuf> {
    let with = |extension: &str| {
        let mut whole = picture.as_os_str().to_owned();
        whole.push(".");
        whole.push(extension);
        (PathBuf::from(whole), picture.with_extension(extension))
    };
    let ((whole, stem), (whole_upper, stem_upper)) = (with("xmp"), with("XMP"));
    // Where case does not count, both are the same file.
    let first = |lower: PathBuf, upper: PathBuf| {
        let is_there = lower.symlink_metadata().is_ok();
        if is_there { lower } else { upper }
    };
    [first(whole, whole_upper), first(stem, stem_upper)].into_iter()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn xmp(attributes: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' {attributes}/></rdf:RDF></x:xmpmeta>"
        )
    }

    #[test]
    fn both_kinds_of_sidecars_are_read_and_the_whole_name_counts_more() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("a.png");
        image::RgbImage::new(2, 2).save(&picture).unwrap();
        let facts = || facts_of_file(&File::open(&picture).unwrap(), &picture);
        assert_eq!(facts(), FileFacts::default());
        fs::write(folder.path().join("a.XMP"), xmp("xmp:Rating='2'")).unwrap();
        assert_eq!((facts().facts.rating, facts().sidecars), (Some(2), vec![folder.path().join("a.XMP")]));
        fs::write(folder.path().join("a.png.xmp"), xmp("xmp:Rating='4'")).unwrap();
        let both = facts();
        assert_eq!(both.facts.rating, Some(4));
        assert_eq!(both.sidecars, [folder.path().join("a.png.xmp"), folder.path().join("a.XMP")]);
    }
}
