//! What can be done about an error: the commands and options that help. The rooms below say only what happened.

use std::error::Error;

use super::indexed::NotSearchable;
use crate::base::dirs::DirsError;
use crate::base::model_key::Precision;
use crate::base::quote;
use crate::catalog::{CatalogError, CatalogErrorKind, RclipError, RclipErrorKind};
use crate::clip::hub::HubError;
use crate::clip::{DEFAULT_MODEL, ModelError};
use crate::library::{LibraryError, StoreTrouble};
use crate::tui::TerminalError;

/// For whoever has no model yet.
pub(super) const DEMO: &str = "`pixseek demo` needs no download";

/// For whoever has a model that is not from the hub.
pub(super) const OWN_MODEL: &str = "`--model FOLDER` uses one that you have";

/// For whoever has a model's weights, but not what makes tokens of texts.
const TOKENIZER: &str = "copy tokenizer.json, or vocab.json and merges.txt, from the model's page; models with CLIP's \
                         vocabulary of 49408 tokens can take those of openai/clip-vit-base-patch32";

/// For whoever has no home folder.
const NAME_DATA_DIR: &str = "set HOME, or PIXSEEK_DATA_DIR";

/// The text of an error, followed by what can be done about it.
pub(super) fn explain(error: &anyhow::Error) -> String {
    match error.chain().find_map(advice) {
        Some(advice) => format!("{error:#}: {advice}"),
        None => format!("{error:#}"),
    }
}

/// What can be done about one of an error's causes, the outermost first.
fn advice(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<NotSearchable>() {
        return Some(of_folder(error));
    }
    if cause.is::<TerminalError>() {
        return Some("use `pixseek search FOLDER QUERY`, or run it in a terminal".to_owned());
    }
    if cause.is::<DirsError>() {
        return Some(NAME_DATA_DIR.to_owned());
    }
    if let Some(error) = cause.downcast_ref::<CatalogError>() {
        return of_catalog(error);
    }
    if let Some(error) = cause.downcast_ref::<LibraryError>() {
        return of_library(error);
    }
    cause.downcast_ref::<ModelError>().and_then(of_model)
}

fn of_folder(error: &NotSearchable) -> String {
    match error {
        NotSearchable::NotIndexed { folder, model } => {
            let model = model.as_ref().map(|model| format!(" --model {}", quote::text(model)));
            format!("run `pixseek index {}{}`", quote::path(folder), model.unwrap_or_default())
        }
        NotSearchable::NoVectors { folder, model, unusable } => {
            let index = format!("`pixseek index {} --model {}`", quote::path(folder), quote::text(model));
            match unusable {
                Some(_) => {
                    let fetch = format!("`pixseek models fetch {}`", quote::text(model));
                    format!("run {fetch}, then {index}; {DEMO}")
                }
                None => format!("run {index}"),
            }
        }
        NotSearchable::OtherPrecision { folder, found: Precision::OldInt8, .. } => {
            format!("run `pixseek index {}`", quote::path(folder))
        }
        NotSearchable::OtherPrecision { folder, wanted, .. } => format!(
            "leave --precision out, or run `pixseek index {} --precision {wanted}`",
            quote::path(folder)
        ),
        NotSearchable::NoGraphs { folder, .. } => {
            format!("run `pixseek index {} --approximate`, or leave --approximate out", quote::path(folder))
        }
    }
}

fn of_library(error: &LibraryError) -> Option<String> {
    Some(match error {
        LibraryError::Catalog(error) => return of_catalog(error),
        LibraryError::Model(error) => return of_model(error),
        LibraryError::Transfer { reason, .. } => return of_library(reason),
        LibraryError::Rclip(error) => return of_rclip(error),
        LibraryError::Store(error) => match error.trouble() {
            StoreTrouble::Unreachable => {
                // Those who speak past each other say no more than that the connection ended.
                let other = match error.store.tls {
                    true => "milvus:// if it does not encrypt",
                    false => "milvus+tls:// if it encrypts",
                };
                format!(
                    "check the server and the network, and write {other}; what was indexed is kept on this machine, and the \
                     next `pixseek index` sends it; --store local uses the index of this machine"
                )
            }
            StoreTrouble::Untrusted => {
                "if its authority is your own, name that one's certificate (a PEM file) as store_authorities in config.toml"
                    .to_owned()
            }
            StoreTrouble::Denied => {
                "set PIXSEEK_STORE_TOKEN to USER:PASSWORD or an API key, or store_token in config.toml".to_owned()
            }
            StoreTrouble::Full => {
                "free some space there; what was indexed is kept on this machine, and the next `pixseek index` sends it"
                    .to_owned()
            }
            StoreTrouble::Missing => {
                format!("run `pixseek index FOLDER --store {}`, or name another model with --model", error.store)
            }
            StoreTrouble::Unfit => "name another collection at the end of the store's URL".to_owned(),
            StoreTrouble::NotBuilt => {
                "build it with `cargo install pixseek --features milvus`, or pass --store local".to_owned()
            }
            StoreTrouble::Other => return None,
        },
        LibraryError::NotRclipsModel { wanted, .. } => {
            format!("leave --model out, or run `pixseek models fetch {wanted}` and pass --model {wanted}")
        }
        LibraryError::NotRclipsVectors { .. } => {
            "run `pixseek index`, which encodes the pictures itself".to_owned()
        }
        LibraryError::NoDataFolder(_) => NAME_DATA_DIR.to_owned(),
        LibraryError::NoIndexFolder { .. } => {
            "set PIXSEEK_DATA_DIR to a folder that can be written".to_owned()
        }
        LibraryError::NotMounted { .. } => {
            "mount it, or run `pixseek index --prune` to forget the pictures".to_owned()
        }
        LibraryError::LinkedIndex(_) => "remove the link".to_owned(),
        LibraryError::InUse(_) => "wait until it is done, or stop it, then try again".to_owned(),
        LibraryError::NoIndex(_) => "`pixseek collections` lists those that have one".to_owned(),
        LibraryError::HasIndex { of, .. } => {
            format!("delete it first with `pixseek collections forget {}`", quote::path(of))
        }
        LibraryError::OtherDimension { .. } => "name the model that made them with --model".to_owned(),
        LibraryError::NotALine(_) => "pass -0 to end paths with NUL".to_owned(),
        LibraryError::NulInPath => "pass -0 for lists that `pixseek export -0` made".to_owned(),
        LibraryError::PathNotUtf8 => "end the paths with NUL, and pass -0".to_owned(),
        LibraryError::NoClasses(_) => {
            "make a folder for each class, or name a list with --captions".to_owned()
        }
        LibraryError::NoCaptions(_) => "its names are relative to the folder of pictures".to_owned(),
        LibraryError::NotAFolder(_) => "name the folder it is in".to_owned(),
        _ => return None,
    })
}

fn of_catalog(error: &CatalogError) -> Option<String> {
    Some(match &error.kind {
        CatalogErrorKind::Damaged(_) | CatalogErrorKind::DamagedSetting { .. } => {
            "`pixseek repair FOLDER` keeps what can be read; or delete it, and `pixseek index` makes it anew"
                .to_owned()
        }
        CatalogErrorKind::DamagedVector { .. } => "run `pixseek index`, which makes it anew".to_owned(),
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

fn of_rclip(error: &RclipError) -> Option<String> {
    Some(match &error.kind {
        RclipErrorKind::Missing | RclipErrorKind::Foreign(_) => "name it with --rclip DB".to_owned(),
        RclipErrorKind::Newer { .. } => "update pixseek".to_owned(),
        RclipErrorKind::Busy => "wait until rclip has ended, then try again".to_owned(),
        RclipErrorKind::HalfWritten => "run rclip once, which mends it, then try again".to_owned(),
        RclipErrorKind::Damaged(_) => "run `pixseek index`, which encodes the pictures itself".to_owned(),
        _ => return None,
    })
}

fn of_model(error: &ModelError) -> Option<String> {
    Some(match error {
        ModelError::NotDownloaded(id) => format!("run `pixseek models fetch {}`; {DEMO}", quote::text(id)),
        ModelError::PartlyDownloaded { id, .. } => format!("run `pixseek models fetch {id}` again"),
        ModelError::NoSuchModel(_) => {
            format!("name a folder with a model, or a Hugging Face id such as {DEFAULT_MODEL}; {DEMO}")
        }
        ModelError::MissingFile { file, .. } if file == "tokenizer.json" => TOKENIZER.to_owned(),
        ModelError::Pickled { file, wanted, folder } => format!(
            "convert it with `cd {} && {}`, or take a revision of the model that has {wanted}",
            quote::path(folder),
            conversion(file, wanted)
        ),
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
        HubError::Offline(_) => format!("unset it; {OWN_MODEL}; {DEMO}"),
        HubError::NoSuchModel { .. } => "check the name; a private or gated model needs HF_TOKEN".to_owned(),
        HubError::Refused { .. } => "check HF_TOKEN, and accept the model's terms there".to_owned(),
        HubError::MissingFile { file, .. } if file == "model.safetensors" => {
            of_pickled("pytorch_model.bin", "model.safetensors")
        }
        HubError::MissingFile { file, .. } if file == "open_clip_model.safetensors" => {
            of_pickled("open_clip_pytorch_model.bin", "open_clip_model.safetensors")
        }
        HubError::MissingFile { .. } => "choose a checkpoint that has one".to_owned(),
        HubError::Network { id, .. } => format!(
            "check the network and HF_ENDPOINT, then run `pixseek models fetch {id}` again, which goes on where it \
             stopped; {DEMO}"
        ),
        HubError::NotAccepted { id, endpoint, .. } => {
            format!("read it at {endpoint}/{id}, and pass --yes to accept it; {DEMO}")
        }
        HubError::Gated { id, endpoint } => {
            format!("log in at {endpoint}/{id}, accept them there, and set HF_TOKEN to a token of yours")
        }
        HubError::MissingCommit { .. } => format!("update pixseek, or choose another model; {DEMO}"),
        HubError::TooManyRequests { .. } => {
            "wait, then run the command again, which goes on where it stopped; a token in HF_TOKEN allows more"
                .to_owned()
        }
        HubError::Answer { .. } => {
            format!("check HF_ENDPOINT, and whether a network log-in page is in between; {DEMO}")
        }
        HubError::Moved(id) | HubError::Damaged { id, .. } => {
            format!("run `pixseek models fetch {id}` again")
        }
        HubError::Write { .. } => {
            "free some space there, or set HF_HUB_CACHE to a folder that can be written".to_owned()
        }
    })
}

/// For a repository that has its weights perhaps as Python objects.
fn of_pickled(file: &str, wanted: &str) -> String {
    format!(
        "if it has {file}, download it to a folder, run `{}` there, and pass the folder as --model; or download a \
         revision that has {wanted}",
        conversion(file, wanted)
    )
}

/// The command that converts weights from Python objects, without running code that is in them.
fn conversion(file: &str, wanted: &str) -> String {
    format!(
        "python3 -c 'import torch, safetensors.torch as s; s.save_file({{k: v.clone().contiguous() for k, v in \
         torch.load(\"{file}\", map_location=\"cpu\", weights_only=True).items()}}, \"{wanted}\")'"
    )
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
            "model 'a/b' is not downloaded, and HF_HUB_OFFLINE forbids to download it: unset it; `--model FOLDER` uses one that you have; `pixseek demo` needs no download"
        );
        let partly = ModelError::PartlyDownloaded { id: "a/b".into(), file: "config.json".into() };
        assert_eq!(
            explained(partly),
            "model 'a/b' is only partly downloaded (config.json is missing): run `pixseek models fetch a/b` again"
        );
        let missing = HubError::MissingFile { id: "a/b".into(), file: "model.safetensors".into() };
        assert_eq!(
            explained(missing.into()),
            "model 'a/b' has no model.safetensors, which pixseek needs: if it has pytorch_model.bin, download it to a folder, \
             run `python3 -c 'import torch, safetensors.torch as s; s.save_file({k: v.clone().contiguous() for k, v in \
             torch.load(\"pytorch_model.bin\", map_location=\"cpu\", weights_only=True).items()}, \"model.safetensors\")'` there, \
             and pass the folder as --model; or download a revision that has model.safetensors"
        );
    }

    #[test]
    fn a_folder_that_lacks_a_file_gets_the_command_that_makes_it() {
        let explained = |error: ModelError| explain(&error.into());
        let folder = "my model".into();
        let (file, wanted) = ("open_clip_pytorch_model.bin", "open_clip_model.safetensors");
        let pickled = explained(ModelError::Pickled { file, wanted, folder });
        assert!(
            pickled
                .contains("pixseek reads safetensors only: convert it with `cd 'my model' && python3 -c '")
                && pickled.contains(", \"open_clip_model.safetensors\")'`, or take a revision"),
            "{pickled}"
        );
        let missing = ModelError::MissingFile { file: "tokenizer.json".into(), folder: "m".into() };
        assert!(explained(missing).contains("m: copy tokenizer.json, or vocab.json and merges.txt, from"));
    }

    #[test]
    fn a_folder_that_lacks_vectors_gets_the_commands_that_make_them() {
        let explained = |error: NotSearchable| explain(&error.into());
        assert_eq!(
            explained(NotSearchable::not_indexed("my pics".as_ref(), Some("a/b"))),
            "folder 'my pics' is not indexed: run `pixseek index 'my pics' --model a/b`"
        );
        let none =
            |unusable| NotSearchable::NoVectors { folder: "pics".into(), model: "a/b".into(), unusable };
        assert_eq!(
            explained(none(None)),
            "folder 'pics' has no vectors of model 'a/b': run `pixseek index pics --model a/b`"
        );
        assert_eq!(
            explained(none(Some(ModelError::NotDownloaded("a/b".into())))),
            "folder 'pics' has no vectors of model 'a/b': model 'a/b' is not downloaded: run `pixseek models fetch a/b`, then \
             `pixseek index pics --model a/b`; `pixseek demo` needs no download"
        );
    }

    #[test]
    fn advice_comes_last_also_within_other_errors() {
        let error = Err::<(), _>(ModelError::NoSuchModel("x".into())).context("reading").unwrap_err();
        assert!(explain(&error).starts_with("reading: there is no model 'x': name a folder"));
        assert_eq!(explain(&ModelError::NotFinite.into()), ModelError::NotFinite.to_string());
    }

    #[test]
    fn what_is_wrong_with_a_folder_or_a_list_has_a_way_out() {
        let error = Err::<(), _>(LibraryError::NulInPath).context("list 'x': row 2").unwrap_err();
        assert_eq!(
            explain(&error),
            "list 'x': row 2: the path holds a NUL: pass -0 for lists that `pixseek export -0` made"
        );
        let homeless = DirsError::NoCurrentFolder(std::io::ErrorKind::NotFound.into());
        assert!(explain(&LibraryError::from(homeless).into()).ends_with(NAME_DATA_DIR));
        let unmounted = LibraryError::NotMounted { folder: "/mnt".into(), pictures: 3 };
        assert!(explain(&unmounted.into()).contains("mounted: mount it, or run `pixseek index --prune`"));
    }

    #[test]
    fn what_the_library_passes_on_keeps_its_way_out() {
        let explained = |error: LibraryError| explain(&error.into());
        assert_eq!(
            explained(ModelError::PartlyDownloaded { id: "a/b".into(), file: "x".into() }.into()),
            "model 'a/b' is only partly downloaded (x is missing): run `pixseek models fetch a/b` again"
        );
        let busy = CatalogError { path: "c.db".into(), kind: CatalogErrorKind::Busy };
        assert_eq!(
            explained(busy.into()),
            "catalogue 'c.db': another program holds its lock: wait for it, then try again"
        );
        let within = |reason| LibraryError::Transfer { context: "row 2".into(), reason: Box::new(reason) };
        assert_eq!(
            explained(within(within(LibraryError::PathNotUtf8))),
            "row 2: row 2: the path is not UTF-8: end the paths with NUL, and pass -0"
        );
        assert_eq!(
            explained(LibraryError::NotAFolder("a.png".into())),
            "'a.png' is a file: name the folder it is in"
        );
        let gone = std::io::Error::other("gone");
        assert_eq!(
            explained(LibraryError::WentAway { path: "a".into(), reason: gone }),
            "folder 'a' went away meanwhile: gone"
        );
    }

    #[test]
    fn a_reason_is_told_once() {
        let gone = std::io::Error::other("the disk is gone");
        let error = ModelError::Unreadable { path: "m/config.json".into(), reason: gone };
        assert_eq!(explain(&error.into()), "cannot read m/config.json: the disk is gone");
    }
}
