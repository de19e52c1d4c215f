//! Whether an ICC profile is that of sRGB, which changes nothing.
//!
//! The layout is that of ICC.1:2022, sections 7.2 (header), 7.3 (tag table), 10.15 (`mluc`), and ICC.1:2001, 6.5.17 (`desc`).

/// Names of sRGB under which it is known beside its own: small profiles of web pages.
const ALIASES: [&str; 3] = ["c2", "uRGB", "c2ci"];

/// Whether the beginning of a profile, or all of it, says that it is sRGB: by its description.
pub(super) fn is_srgb(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"RGB ") && description(profile).is_some_and(|name| is_srgb_name(&name))
}

/// Whether a profile with this name is sRGB.
pub(super) fn is_srgb_name(name: &str) -> bool {
    let name = name.trim_matches(['\0', ' ']);
    (name.to_ascii_lowercase().contains("srgb") && !name.to_ascii_lowercase().contains("linear"))
        || ALIASES.contains(&name)
}

/// The text of the profile's description, or of its first translation.
fn description(profile: &[u8]) -> Option<String> {
    let count = number(profile, 128)?.min(100);
    let (offset, size) = (0..count).find_map(|at| {
        let entry = 132 + 12 * at;
        (profile.get(entry..entry + 4)? == b"desc")
            .then(|| Some((number(profile, entry + 4)?, number(profile, entry + 8)?)))
            .flatten()
    })?;
    let tag = profile.get(offset..offset.checked_add(size)?)?;
    match tag.get(..4)? {
        b"desc" => Some(String::from_utf8_lossy(tag.get(12..12 + number(tag, 8)?.min(size))?).into_owned()),
        b"mluc" => {
            let (length, start) = (number(tag, 20)?, number(tag, 24)?);
            let text = tag.get(start..start.checked_add(length)?)?;
            let units = text.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair));
            Some(char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect())
        }
        _ => None,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four) as usize)
}
