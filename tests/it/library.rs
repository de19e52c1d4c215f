//! The library's face: what another program does with a folder.

use pixseek::clip::{Checkpoint, DEMO_MODEL};
use pixseek::demo::{Differing, write_gallery};
use pixseek::library::{IndexKind, Library};

#[test]
fn a_folder_is_opened_updated_and_searched() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("gallery");
    let gallery = write_gallery(&folder, Differing::Refuse).unwrap();
    let open = || Library::open_beside(&folder, Checkpoint::find(DEMO_MODEL).unwrap()).unwrap();

    let mut library = open();
    let summary = library.update().unwrap();
    assert_eq!((summary.pictures, summary.indexed, summary.failed), (gallery.pictures, gallery.pictures, 0));
    let hits = library.search("a red circle", 5).unwrap();
    assert_eq!(hits.len(), 5);
    assert!(hits[0].path.to_string_lossy().contains("circle"), "{:?}", hits[0].path);
    let scores: Vec<f32> = hits.iter().filter_map(|hit| hit.score).collect();
    assert!(scores.len() == 5 && scores.is_sorted_by(|a, b| a >= b), "{scores:?}");

    let similar = library.similar(&folder.join(&hits[0].path), 5).unwrap();
    assert!(similar.len() == 5 && similar.iter().all(|hit| hit.path != hits[0].path));
    library.maintain(None, |_, _| ()).unwrap();
    let status = library.status().unwrap();
    assert_eq!((status.counts.pictures, status.index), (gallery.pictures, IndexKind::Flat));

    // What was found stays for the next time.
    drop(library);
    let mut library = open();
    assert_eq!(library.search("a red circle", 5).unwrap(), hits);
    assert_eq!(library.update().unwrap().reused, gallery.pictures);
}
