//! What can be done about an error: the commands and options that help.

use crate::catalog::{CatalogError, CatalogErrorKind};
use crate::clip::ModelError;
use crate::clip::hub::HubError;

/// The text of an error, followed by what can be done about it.
pub(super) fn explain(error: &anyhow::Error) -> String {
    let model = error.chain().find_map(|cause| cause.downcast_ref::<ModelError>());
    let catalog = error.chain().find_map(|cause| cause.downcast_ref::<CatalogError>());
    match model.and_then(of_model).or_else(|| catalog.and_then(of_catalog)) {
        Some(advice) => format!("{error:#}: {advice}"),
        None => format!("{error:#}"),
    }
}

fn of_catalog(error: &CatalogError) -> Option<String> {
    Some(match &error.kind {
        CatalogErrorKind::Damaged(_)
        | CatalogErrorKind::DamagedVector(_)
        | CatalogErrorKind::DamagedSetting { .. } => {
            "delete it, and `pixseek index` makes it anew".to_owned()
        }
        CatalogErrorKind::DiskFull => "what was committed is kept, free some space and go on".to_owned(),
        CatalogErrorKind::NotWritable(_) => {
            "check the folder's permissions, or set PIXSEEK_DATA_DIR".to_owned()
        }
        CatalogErrorKind::Busy => "wait for it, then try again".to_owned(),
        CatalogErrorKind::Newer { .. } => "update pixseek".to_owned(),
        CatalogErrorKind::Link | CatalogErrorKind::Foreign | CatalogErrorKind::OddSchema { .. } => {
            "move it away, and `pixseek index` makes a new one".to_owned()
        }
        CatalogErrorKind::OtherDimension { .. } => "delete it, and `pixseek index` makes it anew".to_owned(),
        _ => return None,
    })
}

fn of_model(error: &ModelError) -> Option<String> {
    Some(match error {
        ModelError::NotDownloaded(id) => format!("run `pixseek models fetch {id}`; `pixseek demo` needs no download"),
        ModelError::PartlyDownloaded { id, .. } => format!("run `pixseek models fetch {id}` again"),
        ModelError::NoSuchModel(_) => {
            "name a folder with config.json, or a Hugging Face id such as openai/clip-vit-base-patch32; `pixseek demo` \
             needs no download"
                .to_owned()
        }
        ModelError::DeviceNotBuilt(feature) => {
            format!("build it with `cargo install --path . --features {feature}`, or pass --device cpu")
        }
        ModelError::NoDevice { .. } => "pass --device cpu".to_owned(),
        ModelError::Hub(error) => return of_hub(error),
        _ => return None,
    })
}

fn of_hub(error: &HubError) -> Option<String> {
    Some(match error {
        HubError::Offline(_) => "unset it; `pixseek demo` needs no download".to_owned(),
        HubError::NoSuchModel { .. } => "check the name; a private or gated model needs HF_TOKEN".to_owned(),
        HubError::Refused { .. } => "check HF_TOKEN, and accept the model's terms there".to_owned(),
        HubError::MissingFile { file, .. } if file == "model.safetensors" => {
            "checkpoints with only a pytorch_model.bin must be converted to safetensors first".to_owned()
        }
        HubError::MissingFile { .. } => "choose a checkpoint that has one".to_owned(),
        HubError::Network { id, .. } => format!(
            "check the network and HF_ENDPOINT, then run `pixseek models fetch {id}` again, which goes on where it \
             stopped; `pixseek demo` needs no download"
        ),
        HubError::Busy { .. } => "wait for it, then try again".to_owned(),
        HubError::Damaged { id, .. } => format!("run `pixseek models fetch {id}` again"),
        HubError::Write { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_way_out_follows_what_happened() {
        let explained = |error: ModelError| explain(&error.into());
        assert_eq!(
            explained(ModelError::NotDownloaded("openai/clip-vit-base-patch32".into())),
            "model 'openai/clip-vit-base-patch32' is not downloaded: run `pixseek models fetch openai/clip-vit-base-patch32`; `pixseek demo` needs no download"
        );
        assert_eq!(
            explained(HubError::Offline("a/b".into()).into()),
            "model 'a/b' is not downloaded, and HF_HUB_OFFLINE forbids to download it: unset it; `pixseek demo` needs no download"
        );
        let partly = ModelError::PartlyDownloaded { id: "a/b".into(), file: "config.json".into() };
        assert_eq!(
            explained(partly),
            "model 'a/b' is only partly downloaded (config.json is missing): run `pixseek models fetch a/b` again"
        );
        let missing = HubError::MissingFile { id: "a/b".into(), file: "model.safetensors".into() };
        assert_eq!(
            explained(missing.into()),
            "model 'a/b' has no model.safetensors, which pixseek needs: checkpoints with only a pytorch_model.bin must be converted to safetensors first"
        );
    }

    #[test]
    fn advice_comes_last_also_within_other_errors() {
        let error = Err::<(), _>(ModelError::NoSuchModel("x".into())).context("reading").unwrap_err();
        assert!(explain(&error).starts_with("reading: there is no model 'x': name a folder"));
        assert_eq!(explain(&ModelError::NotFinite.into()), ModelError::NotFinite.to_string());
    }

    #[test]
    fn a_reason_is_told_once() {
        let gone = std::io::Error::other("the disk is gone");
        let error = ModelError::Unreadable { path: "m/config.json".into(), reason: gone };
        assert_eq!(explain(&error.into()), "cannot read m/config.json: the disk is gone");
    }
}
