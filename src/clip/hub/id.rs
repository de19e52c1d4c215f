//! The ids that models have on the hub.

/// Whether `id` can be the id of a model on the hub: `name` or `owner/name`.
pub fn is_valid_id(id: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && !part.contains("--")
            && !part.contains("..")
    };
    id.len() <= 96 && id.split('/').count() <= 2 && id.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_names_or_owner_and_name() {
        for good in ["gpt2", "openai/clip-vit-base-patch32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"] {
            assert!(is_valid_id(good), "{good}");
        }
        for bad in ["", "/", "a/b/c", "../x", "a/..", "/a", "a/", "./a", "~/m", "a b", "a--b/c", "ü/x"] {
            assert!(!is_valid_id(bad), "{bad}");
        }
    }
}
