//! Damaged models are refused; what is found in texts is compared with the library's own in `tests/it/parity.rs`.

use super::*;

const MODEL: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/parity/siglip-sentencepiece/spiece.model"
));

fn texts(found: Vec<Found>) -> Vec<String> {
    found.into_iter().map(|found| found.text).collect()
}

#[test]
fn texts_are_normalized_and_joined_again() {
    let model = SentencePiece::parse(MODEL).unwrap();
    // Full width, a ligature, a run of spaces.
    assert_eq!(model.normalize("  Ａ ﬃ\u{3000} b "), "▁A▁ffi▁b");
    assert_eq!(model.normalize(" "), "");
    assert_eq!(model.encode(""), []);
    for text in ["a photo of a cat", "кошка на крыше", "\u{1f408}\u{1f408} x"] {
        assert_eq!(texts(model.encode(text)).concat(), format!("▁{}", text.replace(' ', "▁")));
    }
}

#[test]
fn unknown_characters_in_a_row_are_one_piece() {
    let model = SentencePiece::parse(MODEL).unwrap();
    let found = model.encode("a \u{12000}\u{12001} a");
    assert!(
        found.iter().any(|found| found.id == model.unknown && found.text == "\u{12000}\u{12001}"),
        "{found:?}"
    );
    assert_eq!(model.id("no such piece"), model.unknown);
    assert_eq!(model.id("</s>"), 1);
}

#[test]
fn every_truncation_is_an_error_or_a_smaller_model() {
    for length in (0..MODEL.len()).step_by(97) {
        if let Ok(model) = SentencePiece::parse(&MODEL[..length]) {
            model.encode("a photo of a cat, ﬃ");
        }
    }
    assert!(SentencePiece::parse(b"").is_err());
    assert!(SentencePiece::parse(b"no protobuf").err().unwrap().contains("damaged"));
}

#[test]
fn damaged_bytes_do_no_harm() {
    for at in (0..MODEL.len()).step_by(MODEL.len() / 300) {
        let mut bytes = MODEL.to_vec();
        bytes[at] ^= 0x55;
        if let Ok(model) = SentencePiece::parse(&bytes) {
            model.encode("a Photo of ﬃ caf\u{e9}, 猫");
        }
    }
}
