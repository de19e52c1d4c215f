//! The words of tesseract's tables, with how sure it is of each.
//!
//! `tesseract ... tsv` writes a row a word: level, page, block, paragraph, line and word as numbers, left, top, width and
//! height in pixels, the confidence from 0 to 100 (-1 for what is no word), and the text
//! (<https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output>).

/// The confidence from which on a word is believed. In photos, edges and textures are often taken for letters.
const BELIEVED: f32 = 40.0;
/// The confidence from which on a picture is believed to have text at all: one of its words has to reach it.
const SURE: f32 = 70.0;

/// The columns that make up a row.
const COLUMNS: usize = 12;

/// The lines of words that are believed, as plain text.
pub(super) fn text(table: &[u8]) -> String {
    let table = String::from_utf8_lossy(table);
    let mut text = String::new();
    let mut line_before = None;
    let mut best = 0.0_f32;
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.splitn(COLUMNS, '\t').collect();
        let [_, page, block, paragraph, line, _, _, _, _, _, confidence, word] = columns[..] else {
            continue;
        };
        let Ok(confidence) = confidence.parse::<f32>() else { continue };
        let word = word.trim();
        if confidence < BELIEVED || word.is_empty() {
            continue;
        }
        if word.chars().filter(|c| c.is_alphanumeric()).count() > 1 {
            best = best.max(confidence);
        }
        let this_line = Some((page, block, paragraph, line));
        if !text.is_empty() {
            text.push(if line_before == this_line { ' ' } else { '\n' });
        }
        line_before = this_line;
        text.push_str(word);
    }
    if best < SURE { String::new() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n";

    fn table(words: &[(u32, u32, f32, &str)]) -> String {
        let row = |(number, (block, line, confidence, word)): (usize, &(u32, u32, f32, &str))| {
            format!("5\t1\t{block}\t1\t{line}\t{number}\t9\t9\t9\t9\t{confidence}\t{word}\n")
        };
        HEADER.to_owned() + &words.iter().enumerate().map(row).collect::<String>()
    }

    #[test]
    fn words_stand_in_their_lines_and_doubtful_ones_are_left_out() {
        let table = table(&[
            (1, 1, -1.0, ""),
            (1, 1, 96.5, "BOARDING"),
            (1, 1, 91.0, "PASS"),
            (1, 2, 22.0, "~ee"),
            (1, 2, 88.0, "Gate"),
            (2, 2, 60.0, "7"),
        ]);
        assert_eq!(text(table.as_bytes()), "BOARDING PASS\nGate\n7");
    }

    #[test]
    fn a_texture_is_no_text() {
        assert_eq!(text(table(&[(1, 1, 55.0, "ee"), (1, 1, 95.0, "|"), (2, 1, 41.0, "oF")]).as_bytes()), "");
        for odd in [&b""[..], b"no table", b"a\tb\n1\t2\n", b"\xff\n\xff\t\t\t\t\t\t\t\t\t\t99\tx"] {
            assert_eq!(text(odd), "");
        }
    }
}
