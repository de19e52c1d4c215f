//! Pictures as items with properties, and the data of each (ISO/IEC 23008-12).

use std::borrow::Cow;

use image::metadata::Orientation;

use super::tables::{
    Fields, Location, read_associations, read_entry, read_locations, read_references, table, table_in,
};
use super::turn::orientation;
use crate::base::pixels::displayed_size;
use crate::picture::boxes::{BoxRange, boxes, find_box, find_path};
use crate::picture::read_at::ReadAt;

/// Most tiles of a picture.
const MAX_TILES: usize = 4096;
/// Most bytes that describe a grid.
const MAX_GRID: usize = 64;
/// Most bytes of EXIF.
const MAX_EXIF: usize = 4 << 20;

/// Colours by the numbers of ITU-T H.273, and the range of samples.
#[derive(Debug, Clone, Copy)]
pub(in crate::picture) struct Nclx {
    /// Colour primaries.
    pub primaries: u16,
    /// Transfer function.
    pub transfer: u16,
    /// Matrix coefficients.
    pub matrix: u16,
    /// Whether samples take the whole range of their bits.
    pub full_range: bool,
}

/// The part of a picture that is shown, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::picture) struct Crop {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// An item: a coded picture, a grid of such, or data about one.
#[derive(Debug, Clone)]
pub(in crate::picture) struct Item {
    id: u32,
    /// Its type, such as `av01` or `grid`.
    pub kind: [u8; 4],
    /// Width and height before it is cropped and turned, in pixels.
    pub size: Option<(u32, u32)>,
    /// How it is turned upright.
    pub orientation: Orientation,
    /// Its colours by numbers.
    pub nclx: Option<Nclx>,
    /// Its ICC profile.
    pub profile: Option<Vec<u8>>,
    is_alpha: bool,
    clean_aperture: Option<[u32; 8]>,
    /// Depth and subsampling as AV1's configuration has them (`av1C`, AV1-ISOBMFF 2.3.3).
    av1_samples: Option<u8>,
}

impl Item {
    /// Bytes that a pixel's samples take in the planes of a decoder of AV1, rounded up.
    pub(crate) fn plane_bytes(&self) -> u64 {
        // The most there is, where nothing is said.
        let flags = self.av1_samples.unwrap_or(0x40);
        let quarters = match (flags & 0x10, flags & 0x08, flags & 0x04) {
            (0, 0, _) => 12,
            (0, _, 0) => 8,
            (0, ..) => 6,
            // Monochrome.
            _ => 4,
        };
        let bytes = if flags & 0x40 == 0 { 1 } else { 2 };
        u64::div_ceil(quarters * bytes, 4)
    }

    /// The part that is shown of a picture of this size, if it is a smaller one and lies on whole pixels.
    pub(crate) fn crop(&self, (width, height): (u32, u32)) -> Option<Crop> {
        let axis = |length: u32, [part, of, offset, offset_of]: [u32; 4]| {
            let part = part.checked_div(of).filter(|part| (1..=length).contains(part))?;
            // The offset is of the middle, and may be negative.
            let offset = f64::from(offset as i32) / f64::from(offset_of);
            let start = f64::from(length - part) / 2.0 + offset;
            let fits = start >= 0.0 && start + f64::from(part) <= f64::from(length) && start.fract() == 0.0;
            fits.then_some((start as u32, part))
        };
        let [w, w_of, h, h_of, x, x_of, y, y_of] = self.clean_aperture?;
        let (x, w) = axis(width, [w, w_of, x, x_of])?;
        let (y, h) = axis(height, [h, h_of, y, y_of])?;
        ((w, h) != (width, height)).then_some(Crop { x, y, width: w, height: h })
    }
}

/// The items of a file.
pub(in crate::picture) struct Items<'a, I: ReadAt + ?Sized> {
    input: &'a I,
    /// Where the box of small data lies.
    idat: Option<BoxRange>,
    /// The number of the item that is the picture.
    primary: u32,
    /// Where that number stands, and its length in bytes.
    primary_at: (u64, usize),
    items: Vec<Item>,
    locations: Vec<Location>,
    /// Kind, from and to.
    references: Vec<([u8; 4], u32, u32)>,
}

impl<'a, I: ReadAt + ?Sized> Items<'a, I> {
    /// Reads the boxes of a file; none when it has no items.
    pub(crate) fn parse(input: &'a I) -> Option<Self> {
        let mut meta = find_box(input, 0, u64::MAX, b"meta")?;
        // Version and flags come before the boxes within.
        meta.start = meta.start.checked_add(4)?;
        let inner = boxes(input, meta.start, meta.end);
        let find = |kind: &[u8; 4]| inner.iter().find(|found| found.kind == *kind).copied();
        let content = |kind| table(input, find(kind)?);
        let pitm = content(b"pitm")?;
        let mut fields = Fields(&pitm);
        let long = fields.version()? >= 1;
        let primary = fields.id(long)?;
        let primary_at = (find(b"pitm")?.start + 4, if long { 4 } else { 2 });
        let properties = find(b"iprp")?;
        let list = find_path(input, properties, &[b"ipco"])?;
        let contents: Vec<_> = boxes(input, list.start, list.end)
            .into_iter()
            .map(|property| (property.kind, table(input, property).unwrap_or_default()))
            .collect();
        let associations = read_associations(&table_in(input, properties, b"ipma")?);
        let iinf = content(b"iinf")?;
        let mut fields = Fields(&iinf);
        let version = fields.version()?;
        fields.number(if version == 0 { 2 } else { 4 })?;
        let mut items = Vec::new();
        for entry in boxes(fields.0, 0, u64::MAX) {
            let content = table(fields.0, entry).unwrap_or_default();
            if entry.kind == *b"infe"
                && let Some((id, kind)) = read_entry(&content)
            {
                let of_item = associations.iter().filter(|(item, _)| *item == id);
                let properties = of_item.filter_map(|(_, index)| contents.get(index.checked_sub(1)?));
                items.push(with_properties(id, kind, properties.map(|(kind, content)| (kind, &**content))));
            }
        }
        Some(Self {
            input,
            idat: find(b"idat"),
            primary,
            primary_at,
            items,
            locations: read_locations(&content(b"iloc")?),
            references: content(b"iref").map(|references| read_references(&references)).unwrap_or_default(),
        })
    }

    /// The picture that is meant to be shown.
    pub(crate) fn primary(&self) -> Option<Item> {
        self.item(self.primary)
    }

    fn item(&self, id: u32) -> Option<Item> {
        self.items.iter().find(|item| item.id == id).cloned()
    }

    fn refers(&self, kind: &[u8; 4], from: u32, to: u32) -> bool {
        self.references.contains(&(*kind, from, to))
    }

    /// The alpha plane of a picture.
    pub(crate) fn alpha_of(&self, picture: &Item) -> Option<Item> {
        self.items.iter().find(|item| item.is_alpha && self.refers(b"auxl", item.id, picture.id)).cloned()
    }

    /// Whether the colours of a picture are multiplied by its alpha.
    pub(crate) fn is_premultiplied(&self, picture: &Item, alpha: &Item) -> bool {
        self.refers(b"prem", picture.id, alpha.id)
    }

    /// Raw EXIF of a picture.
    pub(crate) fn exif_of(&self, picture: &Item) -> Option<Vec<u8>> {
        let is_exif = |item: &&Item| item.kind == *b"Exif" && self.refers(b"cdsc", item.id, picture.id);
        let data = self.data(self.items.iter().find(is_exif)?, MAX_EXIF)?;
        // The data begin with the offset of the TIFF header behind.
        let offset = u32::from_be_bytes(*data.first_chunk()?) as usize;
        data.get(offset.checked_add(4)?..).map(<[u8]>::to_vec)
    }

    /// The coded pictures that make up a picture, each with the place of its left upper corner.
    pub(crate) fn tiles(&self, picture: &Item) -> Option<Vec<(Item, (u32, u32))>> {
        if picture.kind != *b"grid" {
            return Some(vec![(picture.clone(), (0, 0))]);
        }
        let data = self.data(picture, MAX_GRID)?;
        let columns = usize::from(*data.get(3)?) + 1;
        let rows = usize::from(*data.get(2)?) + 1;
        let parts = self.references.iter().filter(|(kind, from, _)| kind == b"dimg" && *from == picture.id);
        let tiles: Vec<_> = parts.map(|(_, _, to)| self.item(*to)).collect::<Option<_>>()?;
        if tiles.len() != rows * columns || tiles.len() > MAX_TILES {
            return None;
        }
        let (width, height) = tiles.first()?.size?;
        let place = |(number, tile): (usize, Item)| {
            let column = u32::try_from(number % columns).ok()?;
            let row = u32::try_from(number / columns).ok()?;
            (tile.size == Some((width, height)) && tile.kind != *b"grid")
                .then_some((tile, (column.checked_mul(width)?, row.checked_mul(height)?)))
        };
        tiles.into_iter().enumerate().map(place).collect()
    }

    /// The data of an item, put together of their parts, unless they are longer than `most` bytes.
    pub(crate) fn data(&self, item: &Item, most: usize) -> Option<Cow<'a, [u8]>> {
        let location = self.locations.iter().find(|location| location.id == item.id)?;
        let (start, end) = match self.idat.filter(|_| location.in_idat) {
            Some(idat) => (idat.start, idat.end),
            None if location.in_idat => return None,
            None => (0, self.input.length()),
        };
        let part = |(offset, length): &(u64, u64), most: usize| {
            let at = start.checked_add(*offset)?;
            let left = end.checked_sub(at)?;
            let length = if *length == 0 { left } else { Some(*length).filter(|length| *length <= left)? };
            self.input.read_at(at, usize::try_from(length).ok().filter(|length| *length <= most)?)
        };
        if let [extent] = location.extents.as_slice() {
            return part(extent, most);
        }
        let most = most.min(usize::try_from(end - start).unwrap_or(usize::MAX));
        let mut data = Vec::new();
        for extent in &location.extents {
            data.extend_from_slice(&part(extent, most - data.len())?);
        }
        Some(Cow::Owned(data))
    }

    /// The data of the first item of a kind, unless they are longer than `most` bytes.
    pub(crate) fn first(&self, kind: &[u8; 4], most: usize) -> Option<Vec<u8>> {
        let item = self.items.iter().find(|item| item.kind == *kind)?;
        Some(self.data(item, most)?.into_owned())
    }

    /// Width and height of the picture as displayed, in pixels.
    pub(crate) fn size(&self) -> Option<(u32, u32)> {
        let primary = self.item(self.primary)?;
        let mut size = primary.size?;
        if let Some([width, width_of, height, height_of, ..]) = primary.clean_aperture {
            size = (width.checked_div(width_of)?, height.checked_div(height_of)?);
        }
        Some(displayed_size(size, primary.orientation))
    }

    /// The number of a small version of the picture.
    pub(crate) fn thumbnail(&self) -> Option<u32> {
        let thumbnails =
            self.references.iter().filter(|(kind, _, of)| kind == b"thmb" && *of == self.primary);
        let area = |id: u32| self.item(id)?.size.map(|(width, height)| u64::from(width) * u64::from(height));
        thumbnails.map(|(_, from, _)| *from).max_by_key(|id| area(*id))
    }

    /// Makes another item the picture, in `bytes`, which are all of the file.
    pub(crate) fn promote(&self, item: u32, bytes: &mut [u8]) -> Option<()> {
        let (at, length) = self.primary_at;
        let number = item.to_be_bytes();
        let target = bytes.get_mut(usize::try_from(at).ok()?..)?.get_mut(..length)?;
        target.copy_from_slice(number.get(4 - length..)?);
        Some(())
    }
}

fn with_properties<'a>(
    id: u32,
    kind: [u8; 4],
    properties: impl Iterator<Item = (&'a [u8; 4], &'a [u8])>,
) -> Item {
    let mut item = Item {
        id,
        kind,
        size: None,
        orientation: Orientation::NoTransforms,
        nclx: None,
        profile: None,
        is_alpha: false,
        clean_aperture: None,
        av1_samples: None,
    };
    let (mut turns, mut mirror) = (0, None);
    for (kind, content) in properties {
        let number = |at: usize| Some(u32::from_be_bytes(*content.get(at..)?.first_chunk()?));
        let short = |at: usize| Some(u16::from_be_bytes(*content.get(at..)?.first_chunk()?));
        match kind {
            b"ispe" => item.size = number(4).zip(number(8)),
            b"av1C" => item.av1_samples = content.get(2).copied(),
            b"irot" => turns = content.first().map_or(0, |turns| turns & 3),
            b"imir" => mirror = content.first().map(|axis| axis & 1),
            b"auxC" => item.is_alpha = is_alpha_type(content.get(4..).unwrap_or_default()),
            b"clap" => {
                item.clean_aperture = (0..8)
                    .map(|i| number(4 * i))
                    .collect::<Option<Vec<_>>>()
                    .and_then(|all| all.try_into().ok())
            }
            b"colr" if content.starts_with(b"nclx") => {
                let full_range = content.get(10).is_some_and(|flags| flags & 0x80 != 0);
                item.nclx = short(4)
                    .zip(short(6))
                    .zip(short(8))
                    .map(|((primaries, transfer), matrix)| Nclx { primaries, transfer, matrix, full_range });
            }
            b"colr" => {
                item.profile = content.get(4..).filter(|profile| !profile.is_empty()).map(<[u8]>::to_vec)
            }
            _ => {}
        }
    }
    item.orientation = orientation(turns, mirror);
    item
}

/// Whether a picture that belongs to another is its alpha plane.
fn is_alpha_type(name: &[u8]) -> bool {
    name.starts_with(b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha")
        || name.starts_with(b"urn:mpeg:hevc:2015:auxid:1\0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_as_large_as_depth_and_subsampling_make_them() {
        let item = |flags: u8| with_properties(1, *b"av01", [(b"av1C", &[0x81, 0, flags][..])].into_iter());
        for (flags, bytes) in [(0x0c, 2), (0x4c, 3), (0x08, 2), (0x00, 3), (0x40, 6), (0x1c, 1), (0x5c, 2)] {
            assert_eq!(item(flags).plane_bytes(), bytes, "{flags:#x}");
        }
        assert_eq!(with_properties(1, *b"av01", std::iter::empty()).plane_bytes(), 6);
    }

    #[test]
    fn a_clean_aperture_is_a_crop_on_whole_pixels() {
        let mut item = with_properties(1, *b"av01", std::iter::empty());
        item.clean_aperture = Some([40, 1, 30, 1, 0, 1, 0, 1]);
        assert_eq!(item.crop((60, 40)), Some(Crop { x: 10, y: 5, width: 40, height: 30 }));
        item.clean_aperture = Some([40, 1, 30, 1, (-10_i32) as u32, 1, 5, 1]);
        assert_eq!(item.crop((60, 40)), Some(Crop { x: 0, y: 10, width: 40, height: 30 }));
        for bad in [
            [0, 1, 30, 1, 0, 1, 0, 1],
            [40, 0, 30, 1, 0, 1, 0, 1],
            [61, 1, 30, 1, 0, 1, 0, 1],
            [40, 1, 30, 1, 11, 1, 0, 1],
            [40, 1, 30, 1, 0, 0, 0, 1],
        ] {
            item.clean_aperture = Some(bad);
            assert_eq!(item.crop((60, 40)), None, "{bad:?}");
        }
    }
}
