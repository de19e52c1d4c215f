//! The table of known models. docs/design/models.md says where its figures come from and why the first is recommended.
//!
//! Commits and sums are as several public projects pin them, which agree with each other; the files have not been
//! downloaded by us. Where none is known to us, the model follows `main`. (`main` of openai/clip-vit-base-patch32 has only
//! `pytorch_model.bin`: its commit is a conversion to safetensors.)

use super::etag::Checksum;
use super::known::KnownModel;
use super::published_as::PublishedAs;

/// open_clip's `docs/openclip_results.csv` and `docs/openclip_retrieval_results.csv`.
const OPEN_CLIP: &str = "open_clip, docs/openclip_results.csv, openclip_retrieval_results.csv";
/// The paper on SigLIP 2.
const SIGLIP2: &str = "SigLIP 2, arXiv:2502.14786, table 1";
/// The paper on the Perception Encoder.
const PERCEPTION_ENCODER: &str = "Perception Encoder, arXiv:2504.13181";

/// The models that pixseek knows by their hub ids; the first is the recommended one.
pub fn known() -> &'static [KnownModel] {
    TABLE
}

/// The model of this id, if pixseek knows it.
pub fn find_known(id: &str) -> Option<&'static KnownModel> {
    known().iter().find(|model| model.id == id)
}

/// The checksum of a file that the table of known models has.
pub(super) fn pinned(id: &str, file: &str) -> Option<Checksum> {
    let (_, sha256) = find_known(id)?.sha256.iter().find(|(name, _)| *name == file)?;
    Some(Checksum::Sha256((*sha256).to_owned()))
}

/// The known models, the recommended one first.
const TABLE: &[KnownModel] = &[
    KnownModel {
        id: "google/siglip2-base-patch32-256",
        published_as: PublishedAs::Siglip,
        licence: "apache-2.0",
        languages: "100+",
        parameters: (95, 282),
        gflop: 11.6,
        megabytes: 1508,
        imagenet: Some(74.0),
        coco: Some(47.2),
        source: SIGLIP2,
        revision: Some("94dffa8cb1179de3e03f091dbc3917e5d5a9ae84"),
        sha256: &[("model.safetensors", "7d241bb3becad218f211f480487f491df4f8c0a472ecf7afdec5615815a301f1")],
    },
    KnownModel {
        id: "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (88, 63),
        gflop: 8.8,
        megabytes: 605,
        imagenet: Some(66.6),
        coco: Some(39.3),
        source: OPEN_CLIP,
        revision: Some("1a25a446712ba5ee05982a381eed697ef9b435cf"),
        sha256: &[
            ("model.safetensors", "74813fbcdc750f235c9784c367ca1394d2a5c25eb0aac92761752ac239db7cff"),
            (
                "open_clip_model.safetensors",
                "ac4f8c4b88af6d963118cbf40ad93176d092abbedfcb752601ae1866352656e6",
            ),
        ],
    },
    KnownModel {
        id: "openai/clip-vit-base-patch32",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (88, 63),
        gflop: 8.8,
        megabytes: 605,
        imagenet: Some(63.3),
        coco: Some(30.4),
        source: OPEN_CLIP,
        revision: Some("b33cedfd0df4e43b8238760678fcc89e1a0d38b3"),
        sha256: &[("model.safetensors", "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d")],
    },
    KnownModel {
        id: "openai/clip-vit-base-patch16",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (86, 63),
        gflop: 35.0,
        megabytes: 599,
        imagenet: Some(68.3),
        coco: Some(33.1),
        source: OPEN_CLIP,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "openai/clip-vit-large-patch14",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (304, 124),
        gflop: 162.0,
        megabytes: 1711,
        imagenet: Some(75.5),
        coco: Some(36.5),
        source: OPEN_CLIP,
        revision: Some("32bd64288804d66eefd0ccbe215aa642df71cc41"),
        sha256: &[("model.safetensors", "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb")],
    },
    KnownModel {
        id: "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
        published_as: PublishedAs::OpenClip,
        licence: "mit",
        languages: "en",
        parameters: (88, 63),
        gflop: 11.5,
        megabytes: 605,
        imagenet: Some(72.8),
        coco: Some(39.9),
        source: OPEN_CLIP,
        revision: Some("4afec35ffe57a943d569ff7ee888061830164da8"),
        sha256: &[(
            "open_clip_model.safetensors",
            "92c26d60d3200ed5ed040dff31a8d19f8140648da8007216c25744c478deef27",
        )],
    },
    KnownModel {
        id: "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (86, 63),
        gflop: 35.0,
        megabytes: 599,
        imagenet: Some(70.2),
        coco: Some(42.3),
        source: OPEN_CLIP,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
        published_as: PublishedAs::Clip,
        licence: "mit",
        languages: "en",
        parameters: (86, 63),
        gflop: 35.0,
        megabytes: 599,
        imagenet: Some(73.5),
        coco: Some(40.2),
        source: OPEN_CLIP,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "google/siglip-base-patch16-224",
        published_as: PublishedAs::Siglip,
        licence: "apache-2.0",
        languages: "en",
        parameters: (93, 110),
        gflop: 35.0,
        megabytes: 813,
        imagenet: Some(76.0),
        coco: Some(47.8),
        source: OPEN_CLIP,
        revision: Some("7fd15f0689c79d79e38b1c2e2e2370a7bf2761ed"),
        sha256: &[],
    },
    KnownModel {
        id: "google/siglip2-base-patch16-224",
        published_as: PublishedAs::Siglip,
        licence: "apache-2.0",
        languages: "100+",
        parameters: (93, 282),
        gflop: 35.0,
        megabytes: 1501,
        imagenet: Some(78.2),
        coco: Some(52.1),
        source: SIGLIP2,
        revision: Some("75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2"),
        sha256: &[("model.safetensors", "612923381c76ec5a9bed335d1c48827e3f2e506ac31b044b63b2031fadee6a0b")],
    },
    KnownModel {
        id: "google/siglip2-base-patch16-256",
        published_as: PublishedAs::Siglip,
        licence: "apache-2.0",
        languages: "100+",
        parameters: (93, 282),
        gflop: 47.0,
        megabytes: 1501,
        imagenet: Some(79.1),
        coco: Some(53.2),
        source: SIGLIP2,
        revision: Some("3f9f96cb90da5dbc758b01813f2f6f1aee24c1ab"),
        sha256: &[("model.safetensors", "6125cacc01fa93bdc98a0c5101cefcd69b2ed1f8ab4f38d86f4ad5984f5dc863")],
    },
    KnownModel {
        id: "google/siglip2-so400m-patch16-256",
        published_as: PublishedAs::Siglip,
        licence: "apache-2.0",
        languages: "100+",
        parameters: (428, 708),
        gflop: 220.0,
        megabytes: 4543,
        imagenet: Some(83.4),
        coco: Some(55.4),
        source: SIGLIP2,
        revision: Some("e8708ab72d125807e45b36fb7d4e0aacbb59f379"),
        sha256: &[],
    },
    KnownModel {
        id: "laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k",
        published_as: PublishedAs::OpenClipXlmRoberta,
        licence: "mit",
        languages: "~100",
        parameters: (88, 278),
        gflop: 8.8,
        megabytes: 1464,
        imagenet: Some(62.4),
        coco: Some(37.8),
        source: OPEN_CLIP,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "facebook/PE-Core-S16-384",
        published_as: PublishedAs::PerceptionEncoder,
        licence: "apache-2.0",
        languages: "en",
        parameters: (20, 63),
        gflop: 31.0,
        megabytes: 332,
        imagenet: Some(72.7),
        coco: Some(42.6),
        source: PERCEPTION_ENCODER,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "facebook/PE-Core-B16-224",
        published_as: PublishedAs::PerceptionEncoder,
        licence: "apache-2.0",
        languages: "en",
        parameters: (90, 310),
        gflop: 35.0,
        megabytes: 1600,
        imagenet: Some(78.4),
        coco: Some(50.9),
        source: PERCEPTION_ENCODER,
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "apple/DFN2B-CLIP-ViT-B-16",
        published_as: PublishedAs::OpenClipPickled,
        licence: "apple-amlr",
        languages: "en",
        parameters: (86, 63),
        gflop: 35.0,
        megabytes: 599,
        imagenet: Some(76.2),
        coco: None,
        source: "model card of apple/DFN2B-CLIP-ViT-B-16",
        revision: None,
        sha256: &[],
    },
    KnownModel {
        id: "facebook/metaclip-b32-400m",
        published_as: PublishedAs::Clip,
        licence: "cc-by-nc-4.0",
        languages: "en",
        parameters: (88, 63),
        gflop: 8.8,
        megabytes: 605,
        imagenet: None,
        coco: Some(35.9),
        source: OPEN_CLIP,
        revision: None,
        sha256: &[],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::id::is_valid_id;
    use super::super::licence::{Licence, Terms};
    use super::*;
    use crate::clip::names::{DEFAULT_MODEL, EARLIER_DEFAULT_MODEL};

    #[test]
    fn the_known_models_are_well_formed() {
        let is_hex = |s: &str, n| s.len() == n && s.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
        let ids: HashSet<&str> = known().iter().map(|model| model.id).collect();
        assert_eq!(ids.len(), known().len());
        for model in known() {
            assert!(is_valid_id(model.id), "{}", model.id);
            assert!(model.revision.is_none_or(|r| is_hex(r, 40)), "{}", model.id);
            assert!(model.sha256.iter().all(|(file, sum)| is_hex(sum, 64) && file.ends_with(".safetensors")));
            assert!(model.sha256.is_empty() || model.revision.is_some(), "{}", model.id);
            assert!(
                !matches!(Licence::named(model.licence).terms, Terms::Own | Terms::Unknown),
                "{}",
                model.id
            );
            // Weights are published in f32, or in f16.
            let megabytes = 4 * (model.parameters.0 + model.parameters.1);
            assert!((megabytes / 2 - 8..megabytes + 16).contains(&model.megabytes), "{}", model.id);
        }
    }

    #[test]
    fn the_recommended_model_is_free_and_runs_here() {
        let recommended = &known()[0];
        assert_eq!(recommended.id, DEFAULT_MODEL);
        assert!(recommended.is_supported() && !Licence::named(recommended.licence).needs_consent());
        assert!(recommended.revision.is_some() && !recommended.sha256.is_empty());
        assert!(find_known(EARLIER_DEFAULT_MODEL).is_some_and(KnownModel::is_supported));
    }
}
