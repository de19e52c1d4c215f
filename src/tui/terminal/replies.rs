//! The answers of a terminal to questions about itself.

/// What a terminal answered so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Replies {
    /// The name and version of the terminal (XTVERSION).
    pub version: Option<String>,
    /// Whether it shows pictures by kitty's protocol.
    pub kitty: bool,
    /// Its attributes (DA1): 4 stands for sixels.
    pub attributes: Option<Vec<u16>>,
    /// Width and height of a cell in pixels.
    pub cell: Option<(u16, u16)>,
    /// Whether it has all colours.
    pub all_colours: Option<bool>,
    /// The first sixteen colours, as far as it told them.
    pub palette: [Option<[u8; 3]>; 16],
    /// Whether the last question was answered.
    pub is_finished: bool,
    /// The sequence that is being received, from the byte after its escape on.
    pending: Option<Vec<u8>>,
}

/// The longest answer; what is longer is none.
const LONGEST: usize = 4096;

impl Replies {
    /// Whether it reports sixels.
    pub(crate) fn sixel(&self) -> bool {
        self.attributes.as_ref().is_some_and(|attributes| attributes.contains(&4))
    }

    /// Takes in a byte that the terminal sent.
    pub(crate) fn feed(&mut self, byte: u8) {
        let Some(pending) = &mut self.pending else {
            self.pending = (byte == 0x1b).then(Vec::new);
            return;
        };
        pending.push(byte);
        let complete = match pending.as_slice() {
            [0x1b] => {
                // The escape before it was the key.
                pending.clear();
                return;
            }
            // An escape ends a text if a backslash follows, and begins another sequence if not.
            [.., 0x1b] => false,
            [b'[', .., 0x40..=0x7e] => true,
            [b'[', ..] => false,
            [b']' | b'P' | b'_', .., 0x1b, b'\\'] | [b']', .., 0x07] => true,
            [b']' | b'P' | b'_', .., 0x1b, _] => {
                self.pending = Some(vec![byte]);
                return;
            }
            [b']' | b'P' | b'_', ..] => false,
            _ => {
                self.pending = None;
                return;
            }
        };
        if complete {
            let sequence = self.pending.take().unwrap_or_default();
            self.take(&String::from_utf8_lossy(&sequence));
        } else if pending.len() > LONGEST {
            self.pending = None;
        }
    }

    fn take(&mut self, sequence: &str) {
        let text = sequence.trim_end_matches(['\x07', '\\', '\x1b']);
        if let Some(control) = sequence.strip_prefix('[') {
            self.take_control(control);
        } else if let Some(graphics) = text.strip_prefix("_G") {
            self.kitty |= graphics.contains("i=31") && graphics.ends_with(";OK");
        } else if let Some(version) = text.strip_prefix("P>|") {
            self.version = Some(version.to_owned());
        } else if text.starts_with("P1+r524742") || text.starts_with("P1+r5463") {
            self.all_colours = Some(true);
        } else if let Some(style) = text.strip_prefix("P1$r") {
            let plain = style.replace(':', ";").replace(";;", ";");
            let has_it = plain.contains("48;2;1;2;3");
            self.all_colours = Some(self.all_colours.unwrap_or(false) || has_it);
        } else if let Some(colour) = text.strip_prefix("]4;") {
            self.take_colour(colour);
        }
    }

    fn take_control(&mut self, control: &str) {
        let numbers =
            |text: &str| text.split(';').map(|number| number.parse::<u16>().ok()).collect::<Vec<_>>();
        if control == "0n" {
            self.is_finished = true;
        } else if let Some(attributes) = control.strip_prefix('?').and_then(|text| text.strip_suffix('c')) {
            self.attributes = Some(numbers(attributes).into_iter().flatten().collect());
        } else if let Some(size) = control.strip_suffix('t')
            && let [Some(6), Some(height @ 1..), Some(width @ 1..)] = numbers(size)[..]
        {
            self.cell = Some((width, height));
        }
    }

    /// A colour of the palette: its number, and red, green and blue as hexadecimal numbers of one to four digits.
    fn take_colour(&mut self, colour: &str) {
        let Some((index, channels)) = colour.split_once(";rgb:") else { return };
        let channel = |text: &str| {
            let value = u32::from_str_radix(text, 16).ok().filter(|_| text.len() <= 4)?;
            let most = 16_u32.pow(text.len() as u32) - 1;
            u8::try_from(value * 255 / most.max(1)).ok()
        };
        let values: Vec<u8> = channels.split('/').filter_map(channel).collect();
        let index = index.parse::<usize>().unwrap_or(usize::MAX);
        if let (Some(known), Ok(value)) = (self.palette.get_mut(index), <[u8; 3]>::try_from(values)) {
            *known = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(text: &str) -> Replies {
        let mut replies = Replies::default();
        text.bytes().for_each(|byte| replies.feed(byte));
        replies
    }

    #[test]
    fn answers_of_terminals_are_read() {
        let kitty = replies("\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;c\x1b[6;18;9t\x1b[0n");
        assert_eq!(kitty.version.as_deref(), Some("kitty(0.35.2)"));
        assert!(kitty.kitty && kitty.is_finished && !kitty.sixel());
        assert_eq!(kitty.cell, Some((9, 18)));
        let foot = replies("\x1bP>|foot(1.16.2)\x1b\\\x1bP1+r524742=382F382F38\x1b\\\x1b[?62;4;22c\x1b[0n");
        assert!(foot.sixel() && !foot.kitty);
        assert_eq!(foot.all_colours, Some(true));
        assert!(!replies("\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\").kitty);
        assert_eq!(replies("\x1b[6;0;9t").cell, None);
    }

    #[test]
    fn a_style_that_comes_back_tells_of_all_colours() {
        for (answer, has_all) in [
            ("\x1bP1$r0;48;2;1;2;3m\x1b\\", Some(true)),
            ("\x1bP1$r0;48:2::1:2:3m\x1b\\", Some(true)),
            ("\x1bP1$r0;48:2:1:2:3m\x1b\\", Some(true)),
            ("\x1bP1$r0;48:5:16m\x1b\\", Some(false)),
            ("\x1bP0$r\x1b\\", None),
            ("\x1bP0+r524742\x1b\\", None),
        ] {
            assert_eq!(replies(answer).all_colours, has_all, "{answer:?}");
        }
    }

    #[test]
    fn palettes_come_in_any_width() {
        let known =
            replies("\x1b]4;1;rgb:cdcd/0000/1010\x07\x1b]4;15;rgb:ff/f0/00\x1b\\\x1b]4;99;rgb:1/2/3\x07");
        assert_eq!(known.palette[1], Some([0xcd, 0, 0x10]));
        assert_eq!(known.palette[15], Some([0xff, 0xf0, 0]));
        assert_eq!(known.palette.iter().flatten().count(), 2);
    }

    #[test]
    fn keys_among_the_answers_are_no_answers() {
        let mixed = replies("re\x1b[A\x1bOPx\x1b\x1b[0n\x1b_nothing\x1b[6;16;8t");
        assert!(mixed.is_finished);
        assert_eq!(mixed.cell, Some((8, 16)), "an answer that was cut off does not hide the next");
    }
}
