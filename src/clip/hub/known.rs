//! The models that pixseek knows by their hub ids.

/// A model that pixseek knows by its hub id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModel {
    /// Hub id.
    pub id: &'static str,
    /// One line for `pixseek models list`.
    pub about: &'static str,
    /// The commit to use; none is whatever the branch `main` leads to.
    pub revision: Option<&'static str>,
    /// SHA-256 of `model.safetensors` at that commit, in hexadecimal.
    pub sha256: Option<&'static str>,
}

/// The known models.
///
/// Commits and sums of base-patch32 (a safetensors conversion: its `main` has only
/// `pytorch_model.bin`) and large-patch14 are as several public projects pin them; those projects
/// agree with each other, but the files have not been downloaded by us. For base-patch16 no commit
/// with a `model.safetensors` is known to us, so it follows `main`.
const KNOWN: [KnownModel; 3] = [
    KnownModel {
        id: "openai/clip-vit-base-patch32",
        about: "the default: quick, 605 MB",
        revision: Some("b33cedfd0df4e43b8238760678fcc89e1a0d38b3"),
        sha256: Some("99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d"),
    },
    KnownModel {
        id: "openai/clip-vit-base-patch16",
        about: "finer patches: better, about 4 times slower",
        revision: None,
        sha256: None,
    },
    KnownModel {
        id: "openai/clip-vit-large-patch14",
        about: "the best of the three: about 20 times slower, 1.7 GB",
        revision: Some("32bd64288804d66eefd0ccbe215aa642df71cc41"),
        sha256: Some("a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb"),
    },
];

/// The models that pixseek knows by their hub ids; the first is the default.
pub fn known() -> &'static [KnownModel] {
    &KNOWN
}

#[cfg(test)]
mod tests {
    use super::super::id::is_valid_id;
    use super::*;
    use crate::clip::names::DEFAULT_MODEL;

    #[test]
    fn the_known_models_are_well_formed() {
        let is_hex = |s: &str, n| s.len() == n && s.chars().all(|c| c.is_ascii_hexdigit());
        for model in known() {
            assert!(is_valid_id(model.id));
            assert!(model.revision.is_none_or(|r| is_hex(r, 40)));
            assert!(model.sha256.is_none_or(|s| is_hex(s, 64)));
            assert!(model.sha256.is_none() || model.revision.is_some());
        }
        assert_eq!(known()[0].id, DEFAULT_MODEL);
    }
}
