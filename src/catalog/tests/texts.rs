//! The text that was read from pictures: found by its words, shared by copies, kept when files move, and forgotten at last.

use super::*;
use crate::catalog::words::Column;

fn text(text: &str) -> TextRead {
    TextRead::Text(text.to_owned())
}

/// The names of the pictures that have a text.
fn found(catalog: &Catalog, query: &str) -> Vec<String> {
    let ids = catalog.with_words(Column::Text, query).unwrap();
    let known = catalog.known(&[]).unwrap();
    let name = |id: &i64| known.iter().find(|(_, entry)| entry.id == *id).map(|(path, _)| path.clone());
    let mut names: Vec<String> =
        ids.iter().filter_map(name).map(|name| String::from_utf8(name).unwrap()).collect();
    names.sort();
    names
}

#[test]
fn texts_are_found_by_phrases_without_regard_to_case_and_accents() {
    let (_dir, mut catalog, model) = catalog();
    for (name, hash) in [("a.png", A), ("copy.png", A), ("b.png", B)] {
        put(&mut catalog, model, name, hash);
    }
    assert!(!catalog.has_texts().unwrap());
    catalog
        .note_texts("t", &[(A, text("BOARDING Pass:\nÉcluse 7")), (B, text("夏の海 pass boarding"))])
        .unwrap();
    assert!(catalog.has_texts().unwrap());
    let both = ["a.png", "copy.png"];
    for query in ["boarding pass", "PASS ecluse", "ecl*", "boarding pa*", "\"7"] {
        assert_eq!(found(&catalog, query), both, "{query}");
    }
    for query in ["海", "夏の", "pass boarding"] {
        assert_eq!(found(&catalog, query), ["b.png"], "{query}");
    }
    for query in ["board", "海の", "pass 7", "NOT", "?!", "\0"] {
        assert!(found(&catalog, query).is_empty(), "{query}");
    }
    assert_eq!((found(&catalog, "*").len(), found(&catalog, "pass").len()), (3, 3));
    assert_eq!(catalog.count_with_phrase("boarding pass").unwrap(), 2);
    assert_eq!(catalog.text_words("P").unwrap(), ["pass"]);
    assert_eq!(catalog.text_at(b"copy.png").unwrap().unwrap(), "BOARDING Pass:\nÉcluse 7");
}

#[test]
fn only_what_another_reader_did_not_read_is_read_again() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    put(&mut catalog, model, "sub/b.png", B);
    let waiting = |catalog: &Catalog, prefix: &[u8], reader: &str, again| {
        let waiting = catalog.without_text(prefix, reader, again).unwrap().into_iter();
        waiting.map(|(_, path)| String::from_utf8(path).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(waiting(&catalog, b"", "one", false).len(), 2);
    assert_eq!(waiting(&catalog, b"sub", "one", false), ["sub/b.png"]);
    catalog.note_texts("one", &[(A, text("words")), (B, TextRead::Failed("too slow".into()))]).unwrap();
    assert!(waiting(&catalog, b"", "one", false).is_empty());
    assert_eq!(waiting(&catalog, b"", "other", false), ["sub/b.png"]);
    assert_eq!(waiting(&catalog, b"", "one", true).len(), 2);
    catalog.note_texts("other", &[(B, text(""))]).unwrap();
    let counts = TextCounts { with_text: 1, without: 1, failed: 0 };
    assert_eq!(catalog.text_counts(b"").unwrap(), counts);
    assert_eq!(catalog.text_counts(b"sub").unwrap(), TextCounts { with_text: 0, ..counts });
}

#[test]
fn texts_go_along_with_files_that_move_and_are_forgotten_with_the_last_one() {
    let (_dir, mut catalog, model) = catalog();
    put(&mut catalog, model, "a.png", A);
    catalog.note_texts("t", &[(A, text("gate seven"))]).unwrap();
    let id = catalog.known(&[]).unwrap()[b"a.png".as_slice()].id;
    catalog.write(|writer| writer.remove(&[id], 5)).unwrap();
    assert!(found(&catalog, "gate").is_empty() && catalog.count_with_phrase("gate").unwrap() == 0);
    put(&mut catalog, model, "moved.png", A);
    assert_eq!(found(&catalog, "gate"), ["moved.png"]);
    catalog.write(|writer| writer.remove(&[id], 5).and_then(|_| writer.prune(6))).unwrap();
    assert!(!catalog.has_texts().unwrap() && catalog.text_words("g").unwrap().is_empty());
    put(&mut catalog, model, "a.png", A);
    assert_eq!(catalog.without_text(b"", "t", false).unwrap().len(), 1);
}

#[test]
fn an_older_catalogue_that_cannot_be_written_has_no_texts() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("catalog.db");
    versions::of_version(&path, 5);
    let connection = connection::immutable(&path).unwrap();
    migrations::imitate(&connection).unwrap();
    let catalog = Catalog { connection, path };
    assert!(found(&catalog, "*").is_empty() && catalog.text_words("a").unwrap().is_empty());
    assert_eq!(catalog.count_with_phrase("a").unwrap(), 0);
    assert_eq!(catalog.text_at(b"a.png").unwrap(), None);
}
