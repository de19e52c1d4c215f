//! Paths, which are any bytes, as texts, which Milvus wants in UTF-8.

/// The first of 256 private characters, each of which stands for a byte that is no part of a character.
const FIRST: u32 = 0x10_fe00;

/// A path as a text. Bytes that are no UTF-8 become private characters, and so do the bytes of these characters themselves,
/// so that [`path_of_text`] finds the path again.
pub(super) fn text_of_path(path: &[u8]) -> String {
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            match byte_of(character) {
                Some(_) => {
                    let mut buffer = [0; 4];
                    text.extend(character.encode_utf8(&mut buffer).bytes().map(character_of));
                }
                None => text.push(character),
            }
        }
        text.extend(chunk.invalid().iter().copied().map(character_of));
    }
    text
}

/// The path that a text stands for.
pub(super) fn path_of_text(text: &str) -> Vec<u8> {
    let mut path = Vec::with_capacity(text.len());
    for character in text.chars() {
        match byte_of(character) {
            Some(byte) => path.push(byte),
            None => path.extend(character.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    path
}

fn character_of(byte: u8) -> char {
    // All of these are characters: the block ends with U+10FEFF.
    char::from_u32(FIRST + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn byte_of(character: char) -> Option<u8> {
    u8::try_from(u32::from(character).checked_sub(FIRST)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_comes_back() {
        let private = character_of(7).to_string();
        for path in
            [b"a/b.jpg".as_slice(), "été/夏.png".as_bytes(), b"\xff\xfea", b"x\xc3", private.as_bytes(), b""]
        {
            assert_eq!(path_of_text(&text_of_path(path)), path);
        }
        assert_eq!(text_of_path("été.jpg".as_bytes()), "été.jpg");
        for byte in 0..=255 {
            assert_eq!(path_of_text(&text_of_path(&[byte])), [byte]);
        }
    }
}
