//! What a collection remembers: every setting with its name in the table `meta` and its type.

use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr;

use rusqlite::OptionalExtension;

use super::database::Catalog;
use super::error::{CatalogError, CatalogErrorKind};
use super::omitted::Omitted;
use super::walk_options::WalkOptions;
use crate::base::escape;
use crate::base::model_key::{ModelKey, Precision};
use crate::base::thumbprint::THUMBPRINT_VERSION;

/// The settings. Besides them, `meta` has the numbers of changes.
enum Setting<'a> {
    /// How the folder is walked: [`WalkOptions`] as JSON.
    Walk,
    /// What the last walk over the whole folder left out: [`Omitted`] as JSON.
    Omitted,
    /// The id of the model that the collection was last indexed with.
    Model,
    /// The precision of that model's vectors.
    Precision,
    /// The precision that vectors of a model, which has this id, were last made with.
    PrecisionOf(&'a str),
    /// The root's device, a decimal number.
    Device,
    /// Folders on which other disks are mounted: a JSON array of relative paths, each an array of bytes.
    Mounts,
    /// The root, for people: perhaps not its exact name.
    Root,
    /// The root's device and number on it, two decimal numbers.
    RootId,
    /// Which formats were read at the last look.
    Formats,
    /// The version of the thumbprints, and the change number up to which no picture is without one; two decimal numbers.
    Thumbprinted,
    /// The numbers of rows of `embeddings` that a reader found damaged, as a JSON array.
    DamagedVectors,
    /// The number of the row of `embeddings` up to which the last run compared checksums.
    CheckedVectors,
    /// [`IndexPolicy`].
    IndexPolicy,
    /// The checksum of the snapshot of a model's vectors, in hexadecimal.
    Snapshot(&'a ModelKey),
    /// [`SegmentsState`] of a model's segments.
    Segments(&'a ModelKey),
}

impl Setting<'_> {
    fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Walk => "walk".into(),
            Self::Omitted => "left out".into(),
            Self::Model => "model".into(),
            Self::Precision => "precision".into(),
            Self::PrecisionOf(model) => format!("precision of {model}").into(),
            Self::Device => "device".into(),
            Self::Mounts => "mounts".into(),
            Self::Root => "root".into(),
            Self::RootId => "root-id".into(),
            Self::Formats => "formats".into(),
            Self::Thumbprinted => "thumbprints".into(),
            Self::DamagedVectors => "damaged vectors".into(),
            Self::CheckedVectors => "checked vectors".into(),
            Self::IndexPolicy => "graphs".into(),
            Self::Snapshot(key) => format!("vectors-{}", key.short_hash()).into(),
            Self::Segments(key) => format!("hnsw-{}-done", key.short_hash()).into(),
        }
    }
}

/// Whether an approximate index is built and used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexPolicy {
    /// Whatever the number of pictures.
    Always,
    /// Where it saves time.
    #[default]
    Auto,
    /// All searches are exact.
    Never,
}

/// What the segments of a model were when nothing was left to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentsState {
    /// The catalogue's change number.
    pub change: i64,
    /// Number of points in all segments.
    pub points: usize,
}

impl SegmentsState {
    fn to_text(self) -> String {
        format!("change {}, {} points", self.change, self.points)
    }

    fn from_text(text: &str) -> Option<Self> {
        let (change, points) = text.strip_prefix("change ")?.strip_suffix(" points")?.split_once(", ")?;
        Some(Self { change: change.parse().ok()?, points: points.parse().ok()? })
    }
}

impl Catalog {
    /// How the folder was walked last time.
    pub fn walk_options(&self) -> Result<WalkOptions, CatalogError> {
        Ok(self.json(&Setting::Walk)?.unwrap_or_default())
    }

    /// Remembers how the folder is walked.
    pub fn set_walk_options(&self, options: &WalkOptions) -> Result<(), CatalogError> {
        self.set_json(&Setting::Walk, options)
    }

    /// What the last walk over the whole folder left out; `None` if none has told yet.
    pub fn omitted(&self) -> Result<Option<Omitted>, CatalogError> {
        self.json(&Setting::Omitted)
    }

    /// Remembers what a walk over the whole folder left out.
    pub fn set_omitted(&self, omitted: &Omitted) -> Result<(), CatalogError> {
        self.set_json(&Setting::Omitted, omitted)
    }

    /// The id of the model that this collection was last indexed with.
    pub fn last_model(&self) -> Result<Option<String>, CatalogError> {
        self.text(&Setting::Model)
    }

    /// The precision that vectors of the model with this id were last made with, if there are any.
    pub fn last_precision(&self, id: &str) -> Result<Option<Precision>, CatalogError> {
        if let Some(own) = self.parsed(&Setting::PrecisionOf(id))? {
            return Ok(Some(own));
        }
        if self.last_model()?.as_deref() != Some(id) {
            return Ok(self.newest_key(id, None)?.map(|key| key.precision));
        }
        // Catalogues of before there was a choice have no such setting.
        Ok(Some(self.parsed(&Setting::Precision)?.unwrap_or(Precision::F32)))
    }

    /// Remembers what was indexed, of the collection or only of a part (`is_whole` is false): then nothing that is
    /// remembered changes. With `keep_model`, only the precision is remembered, for the next time with this model.
    pub fn remember_run(&self, key: &ModelKey, is_whole: bool, keep_model: bool) -> Result<(), CatalogError> {
        let setting = Setting::PrecisionOf(&key.id);
        match keep_model {
            true if is_whole || self.text(&setting)?.is_none() => {
                self.set_text(&setting, key.precision.stored_name())
            }
            false if is_whole || self.last_model()?.is_none() => self.remember_model(key),
            _ => Ok(()),
        }
    }

    /// Remembers the model that the collection is searched with.
    pub fn remember_model(&self, key: &ModelKey) -> Result<(), CatalogError> {
        self.set_text(&Setting::PrecisionOf(&key.id), key.precision.stored_name())?;
        let known = (self.last_model()?, self.text(&Setting::Precision)?);
        if known != (Some(key.id.clone()), Some(key.precision.stored_name().to_owned())) {
            self.ask(|connection| {
                connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES (?1, ?2), (?3, ?4)",
                    [
                        &*Setting::Model.name(),
                        &key.id,
                        &*Setting::Precision.name(),
                        key.precision.stored_name(),
                    ],
                )?;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The device that the root was on at the last look.
    pub fn device(&self) -> Result<Option<u64>, CatalogError> {
        self.parsed(&Setting::Device)
    }

    /// Remembers the device that the root is on.
    pub fn set_device(&self, device: u64) -> Result<(), CatalogError> {
        self.set_text(&Setting::Device, &device.to_string())
    }

    /// The folders, relative, on which other disks were mounted.
    pub fn mounts(&self) -> Result<Vec<Vec<u8>>, CatalogError> {
        Ok(self.json(&Setting::Mounts)?.unwrap_or_default())
    }

    /// Remembers on which folders, relative, other disks are mounted.
    pub fn set_mounts(&self, mounts: &[Vec<u8>]) -> Result<(), CatalogError> {
        self.set_json(&Setting::Mounts, mounts)
    }

    /// The root as it was when the catalogue was made, for people: it need not be its exact name.
    pub fn root(&self) -> Result<Option<String>, CatalogError> {
        self.text(&Setting::Root)
    }

    /// Remembers the root for people.
    pub fn set_root(&self, root: &Path) -> Result<(), CatalogError> {
        self.set_text(&Setting::Root, &root.to_string_lossy())
    }

    /// Device and number of the root at the last look: by them it is known under another name.
    pub fn root_id(&self) -> Result<Option<(u64, u64)>, CatalogError> {
        let parse = |text: String| {
            let (device, number) = text.split_once(' ')?;
            Some((device.parse().ok()?, number.parse().ok()?))
        };
        Ok(self.text(&Setting::RootId)?.and_then(parse))
    }

    /// Remembers device and number of the root.
    pub fn set_root_id(&self, (device, number): (u64, u64)) -> Result<(), CatalogError> {
        self.set_text(&Setting::RootId, &format!("{device} {number}"))
    }

    /// The change number up to which every readable picture had its turn to get a thumbprint of the present version.
    pub fn thumbprinted(&self) -> Result<i64, CatalogError> {
        let parse = |text: String| {
            let (version, change) = text.split_once(' ')?;
            (version == THUMBPRINT_VERSION.to_string()).then(|| change.parse().ok())?
        };
        Ok(self.text(&Setting::Thumbprinted)?.and_then(parse).unwrap_or(0))
    }

    /// Remembers the change number up to which every readable picture had its turn to get a thumbprint.
    pub fn set_thumbprinted(&self, change: i64) -> Result<(), CatalogError> {
        self.set_text(&Setting::Thumbprinted, &format!("{THUMBPRINT_VERSION} {change}"))
    }

    /// What tells which formats were read at the last look.
    pub fn formats(&self) -> Result<Option<String>, CatalogError> {
        self.text(&Setting::Formats)
    }

    /// Remembers what tells which formats are read.
    pub fn set_formats(&self, formats: &str) -> Result<(), CatalogError> {
        self.set_text(&Setting::Formats, formats)
    }

    /// The rows of `embeddings` that a reader found damaged.
    pub(super) fn damaged_vectors(&self) -> Result<Vec<i64>, CatalogError> {
        Ok(self.json(&Setting::DamagedVectors)?.unwrap_or_default())
    }

    /// Remembers the rows of `embeddings` that were found damaged.
    pub(super) fn set_damaged_vectors(&self, rows: &[i64]) -> Result<(), CatalogError> {
        if rows.is_empty() && self.damaged_vectors()?.is_empty() {
            return Ok(());
        }
        self.set_json(&Setting::DamagedVectors, rows)
    }

    /// The row of `embeddings` up to which the last run compared checksums; 0 where the next one begins anew.
    pub(super) fn checked_vectors(&self) -> Result<i64, CatalogError> {
        Ok(self.parsed(&Setting::CheckedVectors)?.unwrap_or(0))
    }

    /// Remembers the row of `embeddings` up to which checksums were compared.
    pub(super) fn set_checked_vectors(&self, row: i64) -> Result<(), CatalogError> {
        if self.checked_vectors()? == row {
            Ok(())
        } else {
            self.set_text(&Setting::CheckedVectors, &row.to_string())
        }
    }

    /// Whether the collection is to have an approximate index.
    pub fn index_policy(&self) -> Result<IndexPolicy, CatalogError> {
        Ok(match self.text(&Setting::IndexPolicy)?.as_deref() {
            Some("always") => IndexPolicy::Always,
            Some("never") => IndexPolicy::Never,
            _ => IndexPolicy::Auto,
        })
    }

    /// Remembers whether the collection is to have an approximate index.
    pub fn set_index_policy(&self, policy: IndexPolicy) -> Result<(), CatalogError> {
        let name = match policy {
            IndexPolicy::Always => "always",
            IndexPolicy::Auto => "auto",
            IndexPolicy::Never => "never",
        };
        self.set_text(&Setting::IndexPolicy, name)
    }

    /// The checksum of the snapshot of a model's vectors that the catalogue vouches for.
    pub fn snapshot_checksum(&self, key: &ModelKey) -> Result<Option<blake3::Hash>, CatalogError> {
        // What is no checksum vouches for nothing.
        let text = self.text(&Setting::Snapshot(key))?;
        Ok(text.and_then(|text| blake3::Hash::from_hex(text).ok()))
    }

    /// Vouches for the snapshot of a model's vectors that has this checksum.
    pub fn set_snapshot_checksum(&self, key: &ModelKey, checksum: blake3::Hash) -> Result<(), CatalogError> {
        self.set_text(&Setting::Snapshot(key), checksum.to_hex().as_str())
    }

    /// Vouches for no snapshot of the model any more, if it was the one with this checksum.
    pub fn forget_snapshot_checksum(
        &self,
        key: &ModelKey,
        checksum: blake3::Hash,
    ) -> Result<(), CatalogError> {
        self.ask(|connection| {
            connection.execute(
                "DELETE FROM meta WHERE key = ?1 AND value = ?2",
                [&*Setting::Snapshot(key).name(), checksum.to_hex().as_str()],
            )?;
            Ok(())
        })
    }

    /// What the segments of a model were when nothing was left to build.
    pub fn segments_state(&self, key: &ModelKey) -> Result<Option<SegmentsState>, CatalogError> {
        let text = self.text(&Setting::Segments(key))?;
        Ok(text.and_then(|text| SegmentsState::from_text(&text)))
    }

    /// Remembers that nothing is left to build of a model's segments.
    pub fn set_segments_state(&self, key: &ModelKey, state: SegmentsState) -> Result<(), CatalogError> {
        self.set_text(&Setting::Segments(key), &state.to_text())
    }

    fn text(&self, setting: &Setting) -> Result<Option<String>, CatalogError> {
        self.ask(|connection| {
            Ok(connection
                .query_row("SELECT value FROM meta WHERE key = ?1", [setting.name()], |row| row.get(0))
                .optional()?)
        })
    }

    fn set_text(&self, setting: &Setting, value: &str) -> Result<(), CatalogError> {
        if self.text(setting)?.as_deref() == Some(value) {
            return Ok(());
        }
        self.ask(|connection| {
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?1, ?2)", [&*setting.name(), value])?;
            Ok(())
        })
    }

    fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &self,
        setting: &Setting,
    ) -> Result<Option<T>, CatalogError> {
        let text = self.text(setting)?;
        text.map(|text| text.parse().map_err(|reason| self.bad(setting, reason))).transpose()
    }

    fn json<T: serde::de::DeserializeOwned>(&self, setting: &Setting) -> Result<Option<T>, CatalogError> {
        let text = self.text(setting)?;
        text.map(|text| serde_json::from_str(&text).map_err(|reason| self.bad(setting, reason))).transpose()
    }

    fn set_json(
        &self,
        setting: &Setting,
        value: &(impl serde::Serialize + ?Sized),
    ) -> Result<(), CatalogError> {
        let text = serde_json::to_string(value).map_err(|reason| self.bad(setting, reason))?;
        self.set_text(setting, &text)
    }

    fn bad(&self, setting: &Setting, reason: impl std::fmt::Display) -> CatalogError {
        let reason = escape::text(&reason.to_string());
        self.error(CatalogErrorKind::DamagedSetting { name: setting.name().into_owned(), reason })
    }
}
