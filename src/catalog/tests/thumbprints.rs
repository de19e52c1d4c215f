//! Thumbprints of contents: entered, asked for, replaced and forgotten.

use super::*;
use crate::base::thumbprint::{BYTES, Thumbprint};

fn with_print(path: &str, hash: Hash, level: u8) -> PictureRecord {
    PictureRecord { thumbprint: Some(Box::new(Thumbprint([level; BYTES]))), ..record(path, hash) }
}

fn missing(catalog: &Catalog, prefix: &str) -> Vec<String> {
    let (contents, _) = catalog.without_thumbprint(prefix.as_bytes()).unwrap();
    contents.into_iter().map(|(_, path)| String::from_utf8(path).unwrap()).collect()
}

#[test]
fn contents_without_a_thumbprint_get_their_turn_once() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "sub/a.png", A);
    put(&mut catalog, model, "copy.png", A);
    catalog.write(|writer| writer.record(&with_print("b.png", B, 7))).unwrap();
    let failed = PictureRecord { error: Some("empty file".into()), ..record("c.png", [3; 32]) };
    catalog.write(|writer| writer.record(&failed)).unwrap();
    assert_eq!(missing(&catalog, ""), ["copy.png"], "one path of each content");
    assert_eq!(missing(&catalog, "sub"), ["sub/a.png"]);
    let seen = catalog.last_change().unwrap().0;
    let before = catalog.last_thumbprint().unwrap();
    catalog.note_thumbprints(&[(A, None)]).unwrap();
    assert!(missing(&catalog, "").is_empty() && catalog.last_thumbprint().unwrap() > before);
    assert_eq!(catalog.last_change().unwrap().0, seen, "readers of pictures need not hear of it");
    // What is known to be done is not looked at again.
    catalog.set_thumbprinted(seen).unwrap();
    assert_eq!(catalog.without_thumbprint(&[]).unwrap(), (Vec::new(), seen));
    put(&mut catalog, model, "d.png", [4; 32]);
    assert_eq!(missing(&catalog, ""), ["d.png"]);
    // Another version of the rules begins from the start.
    catalog.connection.execute("UPDATE thumbprints SET version = 0", []).unwrap();
    catalog.connection.execute("UPDATE meta SET value = '0 99' WHERE key = 'thumbprints'", []).unwrap();
    assert_eq!(missing(&catalog, "").len(), 3);
}

#[test]
fn looks_have_the_thumbprint_of_the_contents() {
    let (_dir, mut catalog, model) = catalog();
    catalog.write(|writer| writer.record(&with_print("a.png", A, 7))).unwrap();
    catalog.write(|writer| writer.record(&record("sub/copy.png", A))).unwrap();
    put(&mut catalog, model, "b.png", B);
    let looks = |prefix: &str| {
        let mut looks = catalog.looks(prefix.as_bytes()).unwrap();
        looks.sort_by(|a, b| a.path.cmp(&b.path));
        looks.into_iter().map(|look| (look.path, look.thumbprint.map(|print| print.0[0]))).collect::<Vec<_>>()
    };
    let all = [(b"a.png".to_vec(), Some(7)), (b"b.png".to_vec(), None), (b"sub/copy.png".to_vec(), Some(7))];
    assert_eq!(looks(""), all);
    assert_eq!(looks("sub"), all[2..]);
}

#[test]
fn thumbprints_go_with_the_last_picture() {
    let (_dir, mut catalog, _) = catalog();
    catalog.write(|writer| writer.record(&with_print("a.png", A, 7))).unwrap();
    catalog.write(|writer| writer.record(&with_print("b.png", B, 8))).unwrap();
    let id = catalog.known(&[]).unwrap()[b"a.png".as_slice()].id;
    catalog.write(|writer| writer.remove(&[id], 5).and_then(|_| writer.prune(6))).unwrap();
    let count: i64 =
        catalog.connection.query_row("SELECT count(*) FROM thumbprints", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}
