//! A safe face of rav1d, whose API is that of C.
//!
//! The decoder runs on the calling thread. Its functions are `extern "C"`: a panic in them ends the process, which is one
//! of the reasons to decode strangers' files in a process of their own.

use std::ptr::NonNull;
use std::slice;

use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dLogger, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture, dav1d_open,
    dav1d_picture_unref, dav1d_send_data,
};

/// How many times the decoder is asked for a picture before it counts as having none.
const ATTEMPTS: usize = 64;
/// What the decoder answers when it wants more data: `-EAGAIN`, which is another number on Apple's systems (and the BSDs).
const AGAIN: i32 = if cfg!(any(target_os = "linux", target_os = "android", windows)) { -11 } else { -35 };

/// A decoder, closed when dropped.
struct Decoder {
    context: Option<Dav1dContext>,
}

impl Decoder {
    fn open(max_pixels: u64) -> Option<Self> {
        let mut settings = std::mem::MaybeUninit::<Dav1dSettings>::uninit();
        // SAFETY: the pointer is valid to write to, and the function writes the whole of it before it is read.
        let mut settings = unsafe {
            dav1d_default_settings(NonNull::new(settings.as_mut_ptr())?);
            settings.assume_init()
        };
        settings.n_threads = 1;
        settings.max_frame_delay = 1;
        settings.all_layers = 0;
        settings.frame_size_limit = u32::try_from(max_pixels).unwrap_or(u32::MAX);
        // SAFETY: without a callback there is nothing that the logger could call.
        settings.logger = unsafe { Dav1dLogger::new(None, None) };
        let mut decoder = Self { context: None };
        // SAFETY: both pointers are of live values of the right types.
        let opened = unsafe {
            dav1d_open(Some(NonNull::from(&mut decoder.context)), Some(NonNull::from(&mut settings)))
        };
        (opened.0 == 0).then_some(decoder)
    }

    /// The first picture of a coded stream.
    fn first_picture(&mut self, coded: &[u8]) -> Option<Dav1dPicture> {
        let mut data = Data::copy_of(coded)?;
        let mut picture = Dav1dPicture::default();
        for _ in 0..ATTEMPTS {
            if data.0.sz > 0 {
                // SAFETY: the context is open, and the data are what `dav1d_data_create` made or what this call left.
                let sent = unsafe { dav1d_send_data(self.context, Some(NonNull::from(&mut data.0))) };
                if !matches!(sent.0, 0 | AGAIN) {
                    return None;
                }
            }
            // SAFETY: the context is open, and the picture is an empty one that may be overwritten.
            let got = unsafe { dav1d_get_picture(self.context, Some(NonNull::from(&mut picture))) };
            match got.0 {
                0 => return Some(picture),
                AGAIN if data.0.sz > 0 => {}
                _ => return None,
            }
        }
        None
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is open or none, and is taken out of its place.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.context))) };
    }
}

/// Bytes that the decoder owns, freed when dropped.
struct Data(Dav1dData);

impl Data {
    fn copy_of(coded: &[u8]) -> Option<Self> {
        if coded.is_empty() {
            return None;
        }
        let mut data = Self(Dav1dData::default());
        // SAFETY: the pointer is of a live value, which holds nothing that would be lost.
        let start = unsafe { dav1d_data_create(Some(NonNull::from(&mut data.0)), coded.len()) };
        let start = NonNull::new(start)?;
        // SAFETY: the function allocated this many bytes there, which nobody else knows yet.
        unsafe { start.as_ptr().copy_from_nonoverlapping(coded.as_ptr(), coded.len()) };
        Some(data)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: the data are what `dav1d_data_create` made or what the decoder left of it.
        unsafe { dav1d_data_unref(Some(NonNull::from(&mut self.0))) };
    }
}

/// A decoded picture: planes of luma and perhaps of chroma.
pub(super) struct Picture {
    picture: Dav1dPicture,
    /// The decoder owns the memory of the planes: it goes after the picture.
    _decoder: Decoder,
}

/// The samples of one row of a plane.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row<'a> {
    /// Of 8 bits.
    Plain(&'a [u8]),
    /// Of 10 or 12 bits.
    Deep(&'a [u16]),
}

impl Row<'_> {
    /// The sample at `x`; the last one beyond the end.
    pub(super) fn get(self, x: usize) -> u16 {
        match self {
            Row::Plain(row) => row.get(x).or(row.last()).map_or(0, |sample| u16::from(*sample)),
            Row::Deep(row) => row.get(x).or(row.last()).map_or(0, |sample| *sample),
        }
    }
}

/// How colours are coded, as the coded stream says: numbers of ITU-T H.273.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    /// Colour primaries.
    pub primaries: u16,
    /// Transfer function.
    pub transfer: u16,
    /// Matrix coefficients.
    pub matrix: u16,
    /// Whether samples take the whole range of their bits.
    pub full_range: bool,
}

impl Picture {
    /// Decodes the first picture of a coded stream of at most `max_pixels`; none when that fails.
    pub(super) fn decode(coded: &[u8], max_pixels: u64) -> Option<Self> {
        let mut decoder = Decoder::open(max_pixels)?;
        let picture = decoder.first_picture(coded)?;
        let picture = Self { picture, _decoder: decoder };
        (picture.picture.p.w > 0 && picture.picture.p.h > 0 && matches!(picture.picture.p.bpc, 8 | 10 | 12))
            .then_some(picture)
    }

    /// Width in pixels.
    pub(super) fn width(&self) -> u32 {
        self.picture.p.w.unsigned_abs()
    }

    /// Height in pixels.
    pub(super) fn height(&self) -> u32 {
        self.picture.p.h.unsigned_abs()
    }

    /// Bits of a sample: 8, 10 or 12.
    pub(super) fn bits(&self) -> u32 {
        self.picture.p.bpc.unsigned_abs()
    }

    /// Whether there is no chroma.
    pub(super) fn is_gray(&self) -> bool {
        self.picture.p.layout == DAV1D_PIXEL_LAYOUT_I400
    }

    /// By how many bits the width and the height of the chroma planes are shifted.
    pub(super) fn subsampling(&self) -> (usize, usize) {
        match self.picture.p.layout {
            DAV1D_PIXEL_LAYOUT_I420 => (1, 1),
            DAV1D_PIXEL_LAYOUT_I422 => (1, 0),
            _ => (0, 0),
        }
    }

    /// How colours are coded.
    pub(super) fn coding(&self) -> Option<Coding> {
        // SAFETY: a picture that the decoder gave points to its sequence header for as long as it lives.
        let header = unsafe { self.picture.seq_hdr?.as_ref() };
        let number = |number: u32| u16::try_from(number).unwrap_or(2);
        Some(Coding {
            primaries: number(header.pri),
            transfer: number(header.trc),
            matrix: number(header.mtrx),
            full_range: header.color_range != 0,
        })
    }

    /// A row of a plane (0 is luma; 1 and 2 are chroma); the last one beyond the end, an empty one where there is no
    /// such plane.
    pub(super) fn row(&self, plane: usize, y: usize) -> Row<'_> {
        let (shift_x, shift_y) = if plane == 0 { (0, 0) } else { self.subsampling() };
        let width = (self.width() as usize + shift_x) >> shift_x;
        let height = (self.height() as usize + shift_y) >> shift_y;
        let y = y.min(height - 1);
        let start = self.picture.data.get(plane).copied().flatten().filter(|_| plane == 0 || !self.is_gray());
        let (Some(start), Some(stride), Ok(row)) =
            (start, self.picture.stride.get(plane.min(1)), isize::try_from(y))
        else {
            return Row::Plain(&[]);
        };
        // SAFETY: the plane has `height` rows of `width` samples, `stride` bytes apart, each of one byte at 8 bits and
        // of two aligned ones above; they live as long as the picture, and nobody writes to them any more.
        unsafe {
            let start = start.as_ptr().cast::<u8>().offset(row * stride);
            if self.bits() == 8 {
                Row::Plain(slice::from_raw_parts(start, width))
            } else {
                Row::Deep(slice::from_raw_parts(start.cast::<u16>(), width))
            }
        }
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture is one that the decoder gave, and is given back once.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.picture))) };
    }
}

// SAFETY: the planes are memory that the picture owns a share of, and that nobody writes to once it is given out; the
// decoder of one thread, which is kept only so that it lives as long, is not used any more.
unsafe impl Sync for Picture {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_has_no_picture_and_leaks_nothing() {
        for coded in [&[][..], &[0], &[0x12, 0, 0x0a, 0xff], &[0xff; 200]] {
            for _ in 0..3 {
                assert!(Picture::decode(coded, 1000).is_none());
            }
        }
    }

    #[test]
    fn rows_beyond_the_end_are_the_last_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pictures/formats/odd.avif");
        let bytes = std::fs::read(path).unwrap();
        let items = crate::picture::heif::Items::parse(&bytes[..]).unwrap();
        let primary = items.primary().unwrap();
        let picture = Picture::decode(&items.data(&primary, usize::MAX).unwrap(), 1 << 20).unwrap();
        assert_eq!((picture.width(), picture.height(), picture.bits()), (63, 47, 8));
        assert_eq!(picture.subsampling(), (1, 1));
        for (plane, width, height) in [(0, 63, 47), (1, 32, 24), (2, 32, 24)] {
            let Row::Plain(last) = picture.row(plane, height - 1) else { panic!() };
            assert_eq!(last.len(), width);
            let Row::Plain(beyond) = picture.row(plane, height + 9) else { panic!() };
            assert_eq!(last, beyond);
            assert_eq!(picture.row(plane, 0).get(width + 5), picture.row(plane, 0).get(width - 1));
        }
        assert!(Picture::decode(&items.data(&primary, usize::MAX).unwrap(), 100).is_none(), "over the limit");
    }
}
