//! A collection that is large enough opens from a snapshot: it is made by `index`, and never trusted.

use std::fs;
use std::path::PathBuf;

use crate::common::{Sandbox, files};

fn search(sandbox: &Sandbox, folder: &str) -> String {
    sandbox.run(["search", folder, "a red car in the snow", "--json", "-n", "3000"]).expect(0).text()
}

#[test]
fn a_large_folder_opens_from_a_snapshot_and_without() {
    let sandbox = Sandbox::gallery();
    let mut originals: Vec<PathBuf> = files(&sandbox.pics(), "");
    originals.retain(|path| path.file_name().is_some_and(|name| name != "captions.tsv"));
    for (folder, copies) in [("pics/some", 300), ("pics/more", 2000)] {
        let folder = sandbox.home().join(folder);
        fs::create_dir(&folder).unwrap();
        for copy in 0..copies {
            let original = &originals[copy % originals.len()];
            let extension = original.extension().unwrap_or_default();
            let name = folder.join(format!("{copy:04}")).with_extension(extension);
            fs::hard_link(original, name).unwrap();
        }
    }
    sandbox.run(["index", "pics"]).expect(0);
    let snapshots = files(sandbox.home(), "vectors-");
    let [snapshot] = snapshots.as_slice() else { panic!("{snapshots:?}") };
    assert!(files(sandbox.home(), ".vectors-").is_empty());
    let (whole, part) = (search(&sandbox, "pics"), search(&sandbox, "pics/some"));
    assert!(whole.lines().count() > 2000 && part.lines().count() == 300);

    let good = fs::read(snapshot).unwrap();
    let mut damaged = good.clone();
    damaged[good.len() / 2] ^= 4;
    for bytes in [&good[..good.len() / 3], b"", damaged.as_slice()] {
        sandbox.run(["index", "pics"]).expect(0);
        assert_eq!(fs::metadata(snapshot).unwrap().len(), good.len() as u64, "it is made again");
        fs::write(snapshot, bytes).unwrap();
        assert_eq!(search(&sandbox, "pics"), whole);
        assert_eq!(search(&sandbox, "pics/some"), part);
    }
    sandbox.run(["index", "pics"]).expect(0);
    assert!(fs::read(snapshot).unwrap() != damaged, "so is one that only has other bytes");
    fs::remove_file(snapshot).unwrap();
    assert_eq!(search(&sandbox, "pics"), whole);
    sandbox.run(["index", "pics"]).expect(0);

    // What changed since is searched with what is in it.
    fs::remove_dir_all(sandbox.pics().join("some")).unwrap();
    sandbox.picture("new.png", 5);
    let before = fs::metadata(snapshot).unwrap().modified().unwrap();
    let index = sandbox.run(["index", "pics", "--json"]).expect(0).json();
    assert_eq!(search(&sandbox, "pics").lines().count() as u64, index["pictures"].as_u64().unwrap());
    assert_ne!(fs::metadata(snapshot).unwrap().modified().unwrap(), before, "a tenth has changed");
    assert_eq!(search(&sandbox, "pics").lines().count() as u64, index["pictures"].as_u64().unwrap());
    assert!(search(&sandbox, "pics").contains("new.png"));
}
