//! Says what a walk left out, why, and which option includes it.

use crate::library::Omitted;

/// What was left out, for people; `None` if nothing was.
pub(super) fn in_words(omitted: &Omitted) -> Option<String> {
    let mut reasons = Vec::new();
    let mut add = |count: usize, what: &str| {
        if count > 0 {
            reasons.push(format!("{count} {what}"));
        }
    };
    add(omitted.hidden, "hidden (-H includes them)");
    add(omitted.ignored, "ignored by .gitignore, .ignore or the like (-I includes them)");
    add(omitted.excluded, "excluded by --exclude");
    add(omitted.links, plural(omitted.links, "link (-L follows it)", "links (-L follows them)"));
    add(
        omitted.unwanted_folders,
        plural(
            omitted.unwanted_folders,
            "folder of thumbnails, deleted files or the like (--no-ignore-defaults includes it)",
            "folders of thumbnails, deleted files or the like (--no-ignore-defaults includes them)",
        ),
    );
    add(omitted.raw_beside_jpeg, "camera raw beside the same picture as JPEG or HEIC");
    add(omitted.films, plural(omitted.films, "film", "films"));
    add(omitted.twice, plural(omitted.twice, "folder under a second path", "folders under a second path"));
    if !omitted.unsupported.is_empty() {
        let formats: Vec<_> =
            omitted.unsupported.iter().map(|(extension, count)| format!("{count} .{extension}")).collect();
        reasons.push(format!(
            "{} (not read by pixseek itself; a [[decoder]] in config.toml can)",
            formats.join(", ")
        ));
    }
    if reasons.is_empty() {
        return None;
    }
    let at_least = if omitted.at_least { "at least " } else { "" };
    Some(format!("{at_least}{}", reasons.join(", ")))
}

fn plural<'a>(count: usize, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_said_with_its_option() {
        assert_eq!(in_words(&Omitted::default()), None);
        let omitted = Omitted {
            hidden: 1,
            ignored: 2,
            excluded: 3,
            unwanted_folders: 1,
            unsupported: [("eps".to_owned(), 4), ("xcf".to_owned(), 5)].into(),
            films: 6,
            raw_beside_jpeg: 7,
            links: 8,
            twice: 9,
            at_least: true,
        };
        assert_eq!(
            in_words(&omitted).unwrap(),
            "at least 1 hidden (-H includes them), 2 ignored by .gitignore, .ignore or the like (-I includes \
             them), 3 excluded by --exclude, 8 links (-L follows them), 1 folder of thumbnails, deleted files or the like \
             (--no-ignore-defaults includes it), 7 camera raw beside the same picture as JPEG or HEIC, 6 films, 9 folders \
             under a second path, 4 .eps, 5 .xcf (not read by pixseek itself; a [[decoder]] in config.toml can)"
        );
    }
}
