//! Which facts count when a file says them in several places, or its sidecars say other ones: docs/design/metadata.md has the
//! reasons.

use super::xmp;
use crate::base::panics;
use crate::base::picture_facts::PictureFacts;

/// Lays what sidecars say, XMP packets of which the first counts most, over what the file says: people's words and the place
/// are those of the sidecars, where they have any, and what the camera wrote is the file's.
pub fn with_sidecars(embedded: PictureFacts, sidecars: &[Vec<u8>]) -> PictureFacts {
    let read = |packet: &Vec<u8>| panics::catch(|| xmp::read(packet)).unwrap_or_default();
    let beside =
        sidecars.iter().map(read).reduce(|first, next| words_first(&first, next.clone(), first.clone()));
    match beside {
        Some(beside) => {
            let place = beside.place.or(embedded.place);
            PictureFacts { place, ..words_first(&beside, embedded.clone(), embedded) }
        }
        None => embedded,
    }
}

/// People's words of `writer`, or else those of `others`; the rest of `camera`, or else that of `writer` or `others`.
pub(super) fn words_first(writer: &PictureFacts, others: PictureFacts, camera: PictureFacts) -> PictureFacts {
    let writer = writer.clone();
    PictureFacts {
        taken: camera.taken.or(writer.taken).or(others.taken),
        make: camera.make.or(writer.make).or(others.make),
        model: camera.model.or(writer.model).or(others.model),
        lens: camera.lens.or(writer.lens).or(others.lens),
        iso: camera.iso.or(writer.iso).or(others.iso),
        focal_length: camera.focal_length.or(writer.focal_length).or(others.focal_length),
        aperture: camera.aperture.or(writer.aperture).or(others.aperture),
        exposure: camera.exposure.or(writer.exposure).or(others.exposure),
        place: camera.place.or(writer.place).or(others.place),
        orientation: camera.orientation.or(writer.orientation).or(others.orientation),
        rating: writer.rating.or(others.rating),
        title: writer.title.or(others.title),
        caption: writer.caption.or(others.caption),
        tags: if writer.tags.is_empty() { others.tags } else { writer.tags },
    }
}
