use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::library::error::with_causes;

/// A file of version 1.0 with any dictionary.
fn file(dict: &str, numbers: &[u8]) -> Vec<u8> {
    let length = u16::try_from(dict.len()).unwrap().to_le_bytes();
    [MAGIC, &[1, 0], &length, dict.as_bytes(), numbers].concat()
}

fn open(bytes: &[u8]) -> Result<NpyReader<Cursor<&[u8]>>, LibraryError> {
    NpyReader::new(Cursor::new(bytes), bytes.len() as u64)
}

fn rows(bytes: &[u8]) -> Vec<Vec<f32>> {
    let mut reader = open(bytes).unwrap();
    (0..reader.rows()).map(|_| reader.next_row().unwrap()).collect()
}

#[track_caller]
fn refused(bytes: &[u8], reason: &str) {
    let error = with_causes(&open(bytes).unwrap_err());
    assert!(error.contains(reason), "{error}");
}

const F4: [f32; 4] = [1.0, -2.5, 0.0, 1e-3];

fn floats() -> Vec<u8> {
    F4.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn headers_have_one_length_and_are_read_again() {
    for (rows, columns) in [(0, 1), (1, 2), (usize::MAX, usize::MAX)] {
        let bytes = header("<f2", rows, columns);
        assert_eq!(
            (bytes.len(), bytes[127], &bytes[..10]),
            (128, b'\n', b"\x93NUMPY\x01\x00\x76\x00".as_slice())
        );
        let read = NpyHeader::read(&mut bytes.as_slice()).unwrap();
        assert_eq!(read, NpyHeader { kind: Kind::F16, rows, columns, offset: 128 });
    }
    assert!(
        header("<f4", 1, 2)[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }")
    );
}

#[test]
fn rows_of_both_kinds() {
    let whole = [header("<f4", 2, 2), floats()].concat();
    assert_eq!(rows(&whole), [&F4[..2], &F4[2..]]);
    let halves: Vec<u8> = F4.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect();
    let read = rows(&[header("<f2", 1, 4), halves].concat());
    assert_eq!(read, [F4.map(|x| f16::from_f32(x).to_f32())]);
    let mut reader = open(&whole).unwrap();
    reader.next_row().unwrap();
    reader.next_row().unwrap();
    assert!(reader.next_row().is_err());
    reader.rewind().unwrap();
    assert_eq!(reader.next_row().unwrap(), F4[..2]);
}

#[test]
fn headers_as_others_write_them() {
    for dict in [
        "{'shape':(2,2),'fortran_order':False,'descr':'<f4'}\n",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2L, 2L)}",
        " { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 2 , ) , } \n",
    ] {
        assert_eq!(rows(&file(dict, &floats())), [&F4[..2], &F4[2..]], "{dict}");
    }
    for version in [2, 3] {
        let dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";
        let length = u32::try_from(dict.len()).unwrap().to_le_bytes();
        let bytes = [MAGIC, &[version, 0], &length, dict.as_bytes(), &floats()].concat();
        assert_eq!(rows(&bytes), [&F4[..2], &F4[2..]]);
    }
}

#[test]
fn other_tables_are_refused_with_the_way_out() {
    let dict = |descr: &str, fortran: &str, shape: &str| {
        file(&format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"), &floats())
    };
    for (bytes, reason) in [
        (dict("'<f8'", "False", "(2, 2)"), "type '<f8'"),
        (dict("'>f4'", "False", "(2, 2)"), ".astype('<f4')"),
        (dict("'|O'", "False", "(2, 2)"), "type '|O'"),
        (dict("[('x', '<f4')]", "False", "(2, 2)"), "not of one plain type"),
        (dict("'<f4'", "True", "(2, 2)"), "ascontiguousarray"),
        (dict("'<f4'", "0", "(2, 2)"), "neither True nor False"),
        (dict("'<f4'", "False", "(4,)"), "1 dimensions"),
        (dict("'<f4'", "False", "()"), "0 dimensions"),
        (dict("'<f4'", "False", "(2, 2, 1)"), "3 dimensions"),
        (dict("'<f4'", "False", "(-2, 2)"), "a length is no number"),
        (dict("'<f4'", "False", "(99999999999999999999, 2)"), "a length is no number"),
        (dict("'<f4'", "False", "(18446744073709551615, 18446744073709551615)"), "can't have"),
        (dict("'<f4'", "False", "(4611686018427387904, 1)"), "can't have"),
        (dict("'<f4'", "False", "(0, 18446744073709551615)"), "bytes come after"),
        (dict("'<f4'", "False", "(4000000000, 1000)"), "cut short in row 0"),
        (dict("'<f4'", "False", "(3, 2)"), "cut short in row 2"),
        (dict("'<f4'", "False", "(1, 2)"), "8 bytes come after"),
        (file("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }", &[]), "it is empty: 0 rows"),
        (file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }", &[]), "it is empty: 2 rows"),
        (file("{'descr': '<f4', 'shape': (2, 2)}", &floats()), "no 'fortran_order'"),
        (file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)} x", &floats()), "comes after"),
        (file("{'other': 1}", &[]), "unknown key 'other'"),
        (file("", &[]), "'{' is missing"),
        (b"PK\x03\x04 an .npz".to_vec(), "no .npy file"),
        (Vec::new(), "no .npy file"),
        ([MAGIC, &[9, 1]].concat(), "version 9.1"),
        ([MAGIC, &[1, 0, 200, 0], b"{"].concat(), "header is cut short"),
        ([MAGIC, &[2, 0, 255, 255, 255, 255], b"{"].concat(), "4294967295 bytes long"),
    ] {
        refused(&bytes, reason);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(open(&bytes));
        let dict = [header("<f4", 1, 1)[..10].to_vec(), bytes].concat();
        drop(open(&dict));
    }

    #[test]
    fn nor_does_any_dictionary(dict in "[{}()\\[\\]'\",: L0-9\n]{0,40}|\\{'shape': \\([0-9, ]{0,60}\\), 'descr': '<f[24]', 'fortran_order': False\\}") {
        drop(open(&file(&dict, &[0; 64])));
    }

    #[test]
    fn nor_a_changed_byte(at in 0usize..144, value: u8) {
        let mut bytes = [header("<f4", 2, 2), floats()].concat();
        bytes[at] = value;
        if let Ok(mut reader) = open(&bytes) {
            while reader.next_row().is_ok() {}
        }
    }
}
