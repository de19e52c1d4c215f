//! Says what a walk left out, why, and which option includes it.

use crate::library::LeftOut;

/// What was left out, for people; `None` if nothing was.
pub(super) fn in_words(left_out: &LeftOut) -> Option<String> {
    let mut reasons = Vec::new();
    let mut add = |count: usize, what: &str| {
        if count > 0 {
            reasons.push(format!("{count} {what}"));
        }
    };
    add(left_out.hidden, "hidden (-H includes them)");
    add(left_out.ignored, "ignored by .gitignore, .ignore or the like (-I includes them)");
    add(left_out.excluded, "excluded by --exclude");
    add(left_out.links, plural(left_out.links, "link (-L follows it)", "links (-L follows them)"));
    add(
        left_out.unwanted_folders,
        plural(
            left_out.unwanted_folders,
            "folder of thumbnails, deleted files or the like (--no-ignore-defaults includes it)",
            "folders of thumbnails, deleted files or the like (--no-ignore-defaults includes them)",
        ),
    );
    add(left_out.raw_beside_jpeg, "camera raw beside the same picture as JPEG or HEIC");
    add(left_out.films, plural(left_out.films, "film", "films"));
    add(left_out.twice, plural(left_out.twice, "folder under a second path", "folders under a second path"));
    if !left_out.unsupported.is_empty() {
        let formats: Vec<_> =
            left_out.unsupported.iter().map(|(extension, count)| format!("{count} .{extension}")).collect();
        reasons.push(format!(
            "{} (not read by pixseek itself; a [[decoder]] in config.toml can)",
            formats.join(", ")
        ));
    }
    if reasons.is_empty() {
        return None;
    }
    let at_least = if left_out.at_least { "at least " } else { "" };
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
        assert_eq!(in_words(&LeftOut::default()), None);
        let left_out = LeftOut {
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
            in_words(&left_out).unwrap(),
            "at least 1 hidden (-H includes them), 2 ignored by .gitignore, .ignore or the like (-I includes \
             them), 3 excluded by --exclude, 8 links (-L follows them), 1 folder of thumbnails, deleted files or the like \
             (--no-ignore-defaults includes it), 7 camera raw beside the same picture as JPEG or HEIC, 6 films, 9 folders \
             under a second path, 4 .eps, 5 .xcf (not read by pixseek itself; a [[decoder]] in config.toml can)"
        );
    }
}
