use std::time::{Duration, Instant};

use super::*;

fn packet(attributes: &str, elements: &str) -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}'><rdf:Description xmlns:dc='{DC}' xmlns:xmp='{XMP}' \
         xmlns:exif='{EXIF}' xmlns:m='{}' {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>",
        MICROSOFT[0]
    )
    .into_bytes()
}

fn nothing(packet: &[u8]) -> bool {
    read(packet) == PictureFacts::default()
}

#[test]
fn properties_are_attributes_or_elements_of_any_prefix() {
    assert_eq!(read(&packet("xmp:Rating='2'", "")).rating, Some(2));
    assert_eq!(read(&packet("", "<xmp:Rating>2.0</xmp:Rating>")).rating, Some(2));
    assert_eq!(read(&packet("", "<dc:title>plain</dc:title>")).title.as_deref(), Some("plain"));
    let other = packet("", "").to_vec();
    let renamed = String::from_utf8(other).unwrap().replace("xmlns:xmp=", "q:Rating='4' xmlns:q=");
    assert_eq!(read(renamed.as_bytes()).rating, Some(4));
    for (percent, stars) in [(0, 0), (1, 1), (25, 2), (50, 3), (75, 4), (99, 5)] {
        assert_eq!(read(&packet(&format!("m:Rating='{percent}'"), "")).rating, Some(stars), "{percent}");
    }
    let translated = "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Brücke</rdf:li></rdf:Alt></dc:title>";
    assert_eq!(read(&packet("", translated)).title.as_deref(), Some("Brücke"));
}

#[test]
fn degrees_are_written_in_several_ways() {
    let near = |text: &str, expected: f64| {
        let found = degrees(text, 'S').unwrap_or_else(|| panic!("{text}"));
        assert!((found - expected).abs() < 1e-9, "{text}: {found}");
    };
    near("48,51.5N", 48.0 + 51.5 / 60.0);
    near("48,51,30S", -(48.0 + 51.5 / 60.0));
    near("48,3090/60,0s", -(48.0 + 51.5 / 60.0));
    near("-48.25", -48.25);
    for odd in ["", "N", "48,61N", "48;51N", "NaN", "inf", "1,2,3,4N", "é"] {
        assert_eq!(degrees(odd, 'S'), None, "{odd}");
    }
}

#[test]
fn absurd_values_are_left_out() {
    for (attributes, elements) in [
        ("xmp:Rating='7'", ""),
        ("xmp:Rating='NaN'", ""),
        ("xmp:Rating=''", ""),
        ("exif:FNumber='28/0' exif:FocalLength='-3/1' exif:ExposureTime='1e400'", ""),
        ("exif:GPSLatitude='0,0N' exif:GPSLongitude='0,0E'", ""),
        ("exif:GPSLatitude='48,51.5N'", ""),
        ("exif:DateTimeOriginal='0000-00-00T00:00:00'", ""),
        ("", "<dc:subject><rdf:Bag><rdf:li> </rdf:li><rdf:li/></rdf:Bag></dc:subject><dc:title/>"),
    ] {
        assert!(nothing(&packet(attributes, elements)), "{attributes} {elements}");
    }
}

#[test]
fn what_is_no_xmp_says_nothing() {
    for odd in ["", "text", "<", "<a>", "<a></b>", "<x:xmpmeta/>", "\u{feff}", "<a>&nothing;</a>"] {
        assert!(nothing(odd.as_bytes()), "{odd}");
    }
    let whole = packet("xmp:Rating='2'", "<dc:title>t</dc:title>");
    for end in 0..whole.len() {
        assert!(nothing(&whole[..end]));
    }
    // Padding, and bytes that are no UTF-8.
    let mut padded = whole.clone();
    padded.extend([b'\n'; 2000]);
    padded.push(0);
    assert_eq!(read(&padded).rating, Some(2));
    let latin = packet("xmp:Rating='2'", "<dc:title>caf\u{1}</dc:title>");
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe9 } else { byte }).collect();
    assert_eq!(read(&latin).title.as_deref(), Some("caf\u{fffd}"));
}

#[test]
fn entities_nesting_and_size_are_bounded() {
    let start = Instant::now();
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>";
    let with = |text: &str| [bomb.as_bytes(), &packet("", &format!("<dc:title>{text}</dc:title>"))].concat();
    assert!(nothing(&with("&b;")) && nothing(&with("plain")));
    let external = b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>";
    assert!(nothing(&[&external[..], &packet("xmp:Rating='2'", "")].concat()));
    assert!(nothing("<a>".repeat(1_000_000).as_bytes()));
    assert!(nothing(&packet("", &format!("{}{}", "<b>".repeat(100_000), "</b>".repeat(100_000)))));
    assert!(nothing(&packet("xmp:Rating='2'", &"<b/>".repeat(300_000))));
    assert!(nothing(&packet("xmp:Rating='2'", &" ".repeat(10_000_000))));
    let many = "<rdf:li>x</rdf:li>".repeat(50_000);
    assert_eq!(read(&packet("", &format!("<dc:subject><rdf:Bag>{many}</rdf:Bag></dc:subject>"))).tags, ["x"]);
    let different: String = (0..5000).map(|i| format!("<rdf:li>{i}</rdf:li>")).collect();
    let tags = read(&packet("", &format!("<dc:subject><rdf:Bag>{different}</rdf:Bag></dc:subject>"))).tags;
    assert_eq!(tags.len(), MAX_TAGS);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
