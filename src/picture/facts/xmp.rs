//! Facts in XMP packets, within files and in sidecars, as Lightroom, digiKam, darktable and exiftool write them: properties
//! are attributes or elements of `rdf:Description`, lists are `rdf:Seq`, `rdf:Bag` or `rdf:Alt` (ISO 16684-1).
//!
//! A packet with a document type is not read at all, so that there are no entities to expand; nor is one that is too large
//! or has too many elements.

use roxmltree::{Document, Node, ParsingOptions};

use super::iptc::MAX_TAGS;
use super::{dates, numbers, text};
use crate::base::picture_facts::{PictureFacts, Place};

/// The largest packet that is read, in bytes.
pub const LARGEST: usize = 4 << 20;
/// Most elements, texts and comments of a packet. Editors that keep their history in it have some thousands.
const MAX_NODES: u32 = 200_000;
/// Deepest nesting of elements that is looked at; a few are usual.
const DEEPEST: usize = 64;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const XMP: &str = "http://ns.adobe.com/xap/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const EXIF_EX: &str = "http://cipa.jp/exif/1.0/";
const AUX: &str = "http://ns.adobe.com/exif/1.0/aux/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
const LIGHTROOM: &str = "http://ns.adobe.com/lightroom/1.0/";
const DIGIKAM: &str = "http://www.digikam.org/ns/1.0/";
const MICROSOFT: [&str; 2] = ["http://ns.microsoft.com/photo/1.0", "http://ns.microsoft.com/photo/1.0/"];

/// The first part of the tags that darktable gives to pictures for itself, such as `darktable|format|cr2`.
const DARKTABLE: &str = "darktable";

/// The facts in a packet; none that can't be read.
pub(super) fn read(packet: &[u8]) -> PictureFacts {
    if packet.len() > LARGEST || is_too_deep(packet) {
        return PictureFacts::default();
    }
    let text = String::from_utf8_lossy(packet);
    // Packets are padded, and some writers end them with zeros.
    let text = text.trim_start_matches('\u{feff}').trim_matches(['\0', ' ', '\n', '\r', '\t']);
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let Ok(document) = Document::parse_with_options(text, options) else { return PictureFacts::default() };
    let is_description = |node: &Node| node.has_tag_name((RDF, "Description")) && is_of_picture(*node);
    Properties(document.descendants().filter(is_description).collect()).read()
}

/// Whether elements are nested so deep that reading them would be a danger: counted without a parser.
fn is_too_deep(packet: &[u8]) -> bool {
    let (mut depth, mut rest) = (0_usize, packet);
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        match rest.first() {
            Some(b'/') => depth = depth.saturating_sub(1),
            Some(b'?' | b'!') => {}
            _ if end > 0 && rest.get(end - 1) == Some(&b'/') => {}
            _ => depth += 1,
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// Whether a description stands directly in `rdf:RDF`: others tell of parts, and of a history.
fn is_of_picture(node: Node) -> bool {
    node.parent().is_some_and(|parent| parent.has_tag_name((RDF, "RDF")))
}

/// The descriptions of a picture, whose properties are taken together.
struct Properties<'a, 'input>(Vec<Node<'a, 'input>>);

impl Properties<'_, '_> {
    fn read(&self) -> PictureFacts {
        let words = |namespace, name| self.values(namespace, name).into_iter().next();
        let line = |namespace, name| text::name(&words(namespace, name)?);
        let number = |namespace, name| rational(&words(namespace, name)?);
        let taken = |namespace, name| dates::of_xmp(&words(namespace, name)?);
        PictureFacts {
            taken: taken(EXIF, "DateTimeOriginal")
                .or_else(|| taken(PHOTOSHOP, "DateCreated"))
                .or_else(|| taken(EXIF, "DateTimeDigitized"))
                .or_else(|| taken(XMP, "CreateDate")),
            make: line(TIFF, "Make"),
            model: line(TIFF, "Model"),
            lens: line(EXIF_EX, "LensModel").or_else(|| line(AUX, "Lens")),
            iso: number(EXIF_EX, "PhotographicSensitivity")
                .or_else(|| number(EXIF, "ISOSpeedRatings"))
                .and_then(|iso| numbers::iso(iso as u64)),
            focal_length: number(EXIF, "FocalLength").and_then(numbers::focal_length),
            aperture: number(EXIF, "FNumber").and_then(numbers::aperture),
            exposure: number(EXIF, "ExposureTime").and_then(numbers::exposure),
            place: self.place(),
            orientation: number(TIFF, "Orientation").and_then(|number| numbers::orientation(number as u64)),
            rating: self.rating(),
            title: text::text(&words(DC, "title").unwrap_or_default()),
            caption: text::text(&words(DC, "description").unwrap_or_default()),
            tags: self.tags(),
        }
    }

    /// The values of a property: one, or those of a list. Of a text in several languages the default comes first.
    fn values(&self, namespace: &str, name: &str) -> Vec<String> {
        for description in &self.0 {
            if let Some(value) = description.attribute((namespace, name)) {
                return vec![value.to_owned()];
            }
            let Some(element) = description.children().find(|child| child.has_tag_name((namespace, name)))
            else {
                continue;
            };
            let list = element
                .children()
                .find(|child| ["Seq", "Bag", "Alt"].iter().any(|kind| child.has_tag_name((RDF, *kind))));
            let Some(list) = list else { return vec![words_of(element)] };
            let mut items: Vec<Node> =
                list.children().filter(|item| item.has_tag_name((RDF, "li"))).collect();
            let is_translation =
                |item: &Node| item.attribute((XML, "lang")).is_some_and(|language| language != "x-default");
            // Stable: the others stay in their order.
            items.sort_by_key(is_translation);
            let values: Vec<String> = items.into_iter().map(words_of).collect();
            if !values.is_empty() {
                return values;
            }
        }
        Vec::new()
    }

    /// Keywords, and the parts of hierarchical ones: `Places|Europe|Paris` of Lightroom, `Places/Europe/Paris` of digiKam.
    /// Those that darktable gives for itself, whose parts it lists as keywords too, are left out.
    fn tags(&self) -> Vec<String> {
        let hierarchies = [
            (LIGHTROOM, "hierarchicalSubject", '|'),
            (DIGIKAM, "TagsList", '/'),
            (MICROSOFT[0], "LastKeywordXMP", '/'),
            (MICROSOFT[1], "LastKeywordXMP", '/'),
        ];
        let mut parts = self.values(DC, "subject");
        let mut own = vec![DARKTABLE.to_owned()];
        for (namespace, name, separator) in hierarchies {
            for path in self.values(namespace, name) {
                let is_own = path.split(separator).next() == Some(DARKTABLE);
                let into = if is_own { &mut own } else { &mut parts };
                into.extend(path.split(separator).map(str::to_owned));
            }
        }
        let mut tags = Vec::new();
        for tag in parts.iter().filter(|part| !own.contains(part)).filter_map(|part| text::name(part)) {
            if tags.len() < MAX_TAGS && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        tags
    }

    /// Stars; those of Windows are percents.
    fn rating(&self) -> Option<i8> {
        let number = |namespace, name| rational(self.values(namespace, name).first()?);
        if let Some(stars) = number(XMP, "Rating") {
            return numbers::rating(stars);
        }
        let percent = MICROSOFT.iter().find_map(|namespace| number(namespace, "Rating"))?;
        let stars = [(1.0, 1), (13.0, 2), (38.0, 3), (63.0, 4), (87.0, 5)];
        let reached = stars.iter().rev().find(|(least, _)| percent >= *least).map_or(0, |(_, stars)| *stars);
        (0.0..=100.0).contains(&percent).then_some(reached)
    }

    fn place(&self) -> Option<Place> {
        let degrees = |name, negative| degrees(self.values(EXIF, name).first()?, negative);
        let altitude = || {
            let metres = rational(self.values(EXIF, "GPSAltitude").first()?)?;
            let is_below = self.values(EXIF, "GPSAltitudeRef").first().is_some_and(|below| below == "1");
            Some(if is_below { -metres } else { metres })
        };
        numbers::place(degrees("GPSLatitude", 'S')?, degrees("GPSLongitude", 'W')?, altitude())
    }
}

/// All text in an element.
fn words_of(node: Node) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// A number: `4`, `4.5`, or `28/10`.
fn rational(text: &str) -> Option<f64> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    match text.split_once('/') {
        None => number(text),
        Some((above, below)) => {
            let below = number(below).filter(|below| *below != 0.0)?;
            Some(number(above)? / below)
        }
    }
}

/// Degrees of latitude or longitude: `48,51,30N`, `48,51.5N`; some write `-48.858`.
fn degrees(text: &str, negative: char) -> Option<f64> {
    let text = text.trim();
    let Some((angle, letter)) = text
        .char_indices()
        .next_back()
        .filter(|(_, c)| c.is_ascii_alphabetic())
        .and_then(|(at, letter)| Some((text.get(..at)?, letter.to_ascii_uppercase())))
    else {
        return text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
    };
    let parts: Option<Vec<f64>> = angle.split(',').map(rational).collect();
    let degrees = numbers::degrees(&parts?)?;
    Some(if letter == negative { -degrees } else { degrees })
}

#[cfg(test)]
mod tests;
