//! The container of AVIF files: pictures as items with properties (ISO/IEC 23008-12, "HEIF").

use std::borrow::Cow;

use image::metadata::Orientation;

use super::boxes::{
    Fields, Location, boxes, find, read_associations, read_entry, read_locations, read_references,
};
use super::turn::orientation;

/// Most tiles of a picture.
const MAX_TILES: usize = 4096;

/// Colours by the numbers of ITU-T H.273, and the range of samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nclx {
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
pub(super) struct Crop {
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
pub(super) struct Item {
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
}

impl Item {
    /// The part that is shown of a picture of this size, if it is a smaller one and lies on whole pixels.
    pub(super) fn crop(&self, (width, height): (u32, u32)) -> Option<Crop> {
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
pub(super) struct Items<'a> {
    bytes: &'a [u8],
    idat: &'a [u8],
    primary: u32,
    items: Vec<Item>,
    locations: Vec<Location>,
    /// Kind, from and to.
    references: Vec<([u8; 4], u32, u32)>,
}

impl<'a> Items<'a> {
    /// Reads the boxes of a file; none when it has no items.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let meta = find(bytes, b"meta")?.get(4..)?;
        let mut found = Self {
            bytes,
            idat: find(meta, b"idat").unwrap_or_default(),
            primary: 0,
            items: Vec::new(),
            locations: read_locations(find(meta, b"iloc")?),
            references: find(meta, b"iref").map(read_references).unwrap_or_default(),
        };
        let mut pitm = Fields(find(meta, b"pitm")?);
        let version = pitm.version()?;
        found.primary = pitm.id(version >= 1)?;
        let properties = find(meta, b"iprp")?;
        let contents: Vec<_> = boxes(find(properties, b"ipco")?).collect();
        let associations = read_associations(find(properties, b"ipma")?);
        let mut iinf = Fields(find(meta, b"iinf")?);
        let version = iinf.version()?;
        iinf.number(if version == 0 { 2 } else { 4 })?;
        for (kind, entry) in boxes(iinf.0) {
            if kind == *b"infe"
                && let Some((id, kind)) = read_entry(entry)
            {
                let of_item = associations.iter().filter(|(item, _)| *item == id);
                let properties = of_item.filter_map(|(_, index)| contents.get(index.checked_sub(1)?));
                found.items.push(with_properties(id, kind, properties));
            }
        }
        Some(found)
    }

    /// The picture that is meant to be shown.
    pub(super) fn primary(&self) -> Option<Item> {
        self.item(self.primary)
    }

    fn item(&self, id: u32) -> Option<Item> {
        self.items.iter().find(|item| item.id == id).cloned()
    }

    fn refers(&self, kind: &[u8; 4], from: u32, to: u32) -> bool {
        self.references.contains(&(*kind, from, to))
    }

    /// The alpha plane of a picture.
    pub(super) fn alpha_of(&self, picture: &Item) -> Option<Item> {
        self.items.iter().find(|item| item.is_alpha && self.refers(b"auxl", item.id, picture.id)).cloned()
    }

    /// Whether the colours of a picture are multiplied by its alpha.
    pub(super) fn is_premultiplied(&self, picture: &Item, alpha: &Item) -> bool {
        self.refers(b"prem", picture.id, alpha.id)
    }

    /// Raw EXIF of a picture.
    pub(super) fn exif_of(&self, picture: &Item) -> Option<Vec<u8>> {
        let is_exif = |item: &&Item| item.kind == *b"Exif" && self.refers(b"cdsc", item.id, picture.id);
        let data = self.data(self.items.iter().find(is_exif)?)?;
        // The data begin with the offset of the TIFF header behind.
        let offset = u32::from_be_bytes(*data.first_chunk()?) as usize;
        data.get(offset.checked_add(4)?..).map(<[u8]>::to_vec)
    }

    /// The coded pictures that make up a picture, each with the place of its left upper corner.
    pub(super) fn tiles(&self, picture: &Item) -> Option<Vec<(Item, (u32, u32))>> {
        if picture.kind != *b"grid" {
            return Some(vec![(picture.clone(), (0, 0))]);
        }
        let data = self.data(picture)?;
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

    /// The data of an item, put together of their parts.
    pub(super) fn data(&self, item: &Item) -> Option<Cow<'a, [u8]>> {
        let location = self.locations.iter().find(|location| location.id == item.id)?;
        let source = if location.in_idat { self.idat } else { self.bytes };
        let part = |(offset, length): &(u64, u64)| {
            let rest = source.get(usize::try_from(*offset).ok()?..)?;
            if *length == 0 { Some(rest) } else { rest.get(..usize::try_from(*length).ok()?) }
        };
        if let [extent] = location.extents.as_slice() {
            return part(extent).map(Cow::Borrowed);
        }
        let mut data = Vec::new();
        for extent in &location.extents {
            let part = part(extent)?;
            if data.len() + part.len() > source.len() {
                return None;
            }
            data.extend_from_slice(part);
        }
        Some(Cow::Owned(data))
    }
}

fn with_properties<'a>(
    id: u32,
    kind: [u8; 4],
    properties: impl Iterator<Item = &'a ([u8; 4], &'a [u8])>,
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
    };
    let (mut turns, mut mirror) = (0, None);
    for (kind, content) in properties {
        let number = |at: usize| Some(u32::from_be_bytes(*content.get(at..)?.first_chunk()?));
        let short = |at: usize| Some(u16::from_be_bytes(*content.get(at..)?.first_chunk()?));
        match kind {
            b"ispe" => item.size = number(4).zip(number(8)),
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
