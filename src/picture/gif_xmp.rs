//! XMP in GIF: an application block, in which the packet stands as it is, by part 3 of Adobe's XMP specification.

use super::read_at::ReadAt;

/// What the application block of XMP begins with, from its length on.
const APPLICATION: &[u8] = b"\x0bXMP DataXMP";
/// What the bytes behind a packet begin with.
const MAGIC: &[u8] = b"\x01\xff\xfe\xfd\xfc";
/// Bytes that are read at a time.
const WINDOW: usize = 64 << 10;
/// The most bytes of a packet.
const LONGEST: usize = 4 << 20;

/// The XMP packet of a GIF, wherever it stands between the frames.
pub(super) fn packet<I: ReadAt + ?Sized>(input: &I) -> Option<Vec<u8>> {
    let mut blocks = Blocks { input, at: 0, window: Vec::new(), window_at: 0 };
    let head = blocks.take(13)?;
    if !head.starts_with(b"GIF8") {
        return None;
    }
    blocks.skip_palette(*head.get(10)?);
    loop {
        match blocks.byte()? {
            // An extension, with its label.
            0x21 => {
                if blocks.byte()? == 0xff && blocks.starts_with(APPLICATION) {
                    blocks.at += APPLICATION.len() as u64;
                    return blocks.xmp();
                }
                blocks.skip_sub_blocks()?;
            }
            // A frame: where it lies, its flags, its palette, the size of its codes, and the codes.
            0x2c => {
                let flags = *blocks.take(9)?.get(8)?;
                blocks.skip_palette(flags);
                blocks.byte()?;
                blocks.skip_sub_blocks()?;
            }
            _ => return None,
        }
    }
}

/// A position in a GIF, with what follows it in memory: blocks of 255 bytes are not read one by one.
struct Blocks<'a, I: ?Sized> {
    input: &'a I,
    at: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl<I: ReadAt + ?Sized> Blocks<'_, I> {
    /// The next bytes; none when they are not all there.
    fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        let known = |window: &[u8], from: u64| {
            let start = usize::try_from(self.at.checked_sub(from)?).ok()?;
            Some(window.get(start..start.checked_add(count)?)?.to_vec())
        };
        let bytes = match known(&self.window, self.window_at) {
            Some(bytes) => bytes,
            None => {
                self.window = self.input.read_up_to(self.at, WINDOW)?.into_owned();
                self.window_at = self.at;
                self.window.get(..count)?.to_vec()
            }
        };
        self.at += count as u64;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn starts_with(&mut self, bytes: &[u8]) -> bool {
        let at = self.at;
        let is_same = self.take(bytes.len()).as_deref() == Some(bytes);
        self.at = at;
        is_same
    }

    /// Skips the palette that the flags of a header or of a frame announce.
    fn skip_palette(&mut self, flags: u8) {
        if flags & 0x80 != 0 {
            self.at += 3 << ((flags & 7) + 1);
        }
    }

    fn skip_sub_blocks(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.at += u64::from(length),
            }
        }
    }

    /// The packet of an application block of XMP. It is not cut into sub-blocks: its own bytes are taken for their lengths,
    /// and 258 bytes after it lead each reader to the end.
    fn xmp(&mut self) -> Option<Vec<u8>> {
        let start = self.at;
        self.skip_sub_blocks()?;
        let length = usize::try_from(self.at - start).ok().filter(|length| *length <= LONGEST)?;
        let whole = self.input.read_at(start, length)?;
        // All numbers from 255 to 0, one of which is that of `>`.
        let end = memchr::memmem::rfind(&whole, MAGIC).unwrap_or(whole.len());
        Some(whole.get(..end)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_found_behind_other_blocks_and_frames() {
        let mut magic = vec![1];
        magic.extend((0..=255).rev());
        magic.push(0);
        let xmp = [&b"\x21\xff"[..], APPLICATION, b"<x:xmpmeta>long enough</x:xmpmeta>", &magic].concat();
        let palette = [0; 6];
        let frame = [&b"\x2c\0\0\0\0\x01\0\x01\0\x80"[..], &palette, b"\x02\x02\x44\x01\0"].concat();
        let comment = b"\x21\xfe\x03abc\0";
        let head = [&b"GIF89a\x01\0\x01\0\x80\0\0"[..], &palette].concat();
        for file in [
            [&head[..], &xmp, &frame, b"\x3b"].concat(),
            [&head[..], comment, &frame, &frame, &xmp, b"\x3b"].concat(),
        ] {
            assert_eq!(packet(&file[..]).unwrap(), b"<x:xmpmeta>long enough</x:xmpmeta>");
            (0..file.len()).for_each(|length| drop(packet(&file[..length])));
        }
        assert_eq!(packet(&[&head[..], &frame, b"\x3b"].concat()[..]), None);
        assert_eq!(packet(&b"GIF89a"[..]), None);
    }
}
