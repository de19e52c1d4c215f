//! A file with the compact form of a tokenizer: parsing a `tokenizer.json` of 33 MB would cost every start a second.
//!
//! The file is a [`blockfile`](crate::base::blockfile): a section with a hash of what the tokenizer comes from, one with
//! its settings, and two with its tables. If it is missing, damaged, or of another source, it is made anew; where it
//! can't be written, the next start takes longer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::bpe_table::BpeTable;
use super::tokenizer_json::Settings;
use crate::base::atomic::{self, Access};
use crate::base::blockfile::{BlockfileError, Kind, Reader, Writer};

/// The version changes with what is in the sections, and with how `tokenizer.json` is read.
const KIND: Kind = Kind { name: *b"TOKN", version: 1 };

/// Where the compact form of a tokenizer is kept.
pub(in crate::clip) struct TokenizerCache {
    /// Paths where the file is looked for; it is written to the first that can be written.
    places: Vec<PathBuf>,
    /// What the tokenizer comes from.
    source: blake3::Hash,
}

impl TokenizerCache {
    /// A file at the first possible of `places` for the tokenizer that `source` describes.
    pub(in crate::clip) fn new(places: Vec<PathBuf>, source: &str) -> Self {
        Self { places, source: blake3::hash(source.as_bytes()) }
    }

    /// Reads the first of the places that has the tokenizer of this source.
    pub(in crate::clip) fn read(&self) -> Option<(Settings, BpeTable)> {
        self.places.iter().find_map(|path| match self.read_from(path) {
            Ok(found) => Some(found),
            Err(BlockfileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::info!(path = %path.display(), %error, "compact tokenizer can't be used: parsing again");
                None
            }
        })
    }

    fn read_from(&self, path: &Path) -> Result<(Settings, BpeTable), BlockfileError> {
        let mut file = Reader::open(path, KIND)?;
        // What has the right checksum and is something else was written for something else.
        let other = || BlockfileError::Io(io::Error::other("it is of another tokenizer"));
        if file.length(0) != Some(blake3::OUT_LEN as u64) || file.read(0)?.check()? != self.source.as_bytes()
        {
            return Err(other());
        }
        let settings: Settings = serde_json::from_slice(&file.read(1)?.check()?).map_err(|_| other())?;
        let (tokens, merges) = (file.read(2)?.check()?, file.read(3)?.check()?);
        let table = BpeTable::from_blocks(tokens, merges, settings.rules.clone()).ok_or_else(other)?;
        Ok((settings, table))
    }

    /// Writes the tokenizer to the first of the places that can be written.
    pub(super) fn write(&self, settings: &Settings, table: &BpeTable) {
        for path in &self.places {
            match self.write_to(path, settings, table) {
                Ok(()) => return,
                Err(error) => {
                    tracing::info!(path = %path.display(), %error, "can't write the compact tokenizer");
                }
            }
        }
    }

    fn write_to(&self, path: &Path, settings: &Settings, table: &BpeTable) -> io::Result<()> {
        let folder = atomic::folder_of(path);
        fs::create_dir_all(folder)?;
        atomic::remove_abandoned_drafts(folder);
        atomic::write(path, Access::Usual, |file| {
            let mut writer = Writer::new(file, KIND)?;
            writer.section(self.source.as_bytes())?;
            writer.section(&serde_json::to_vec(settings)?)?;
            table.blocks().into_iter().try_for_each(|block| writer.section(block))?;
            writer.finish().map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::bpe_table::BpeRules;
    use super::*;

    fn tokenizer() -> (Settings, BpeTable) {
        let vocabulary = [("a", 0), ("b", 1), ("ab", 2)].map(|(token, id)| (token.to_owned(), id)).into();
        let rules = BpeRules { fuse_unk: true, ..BpeRules::default() };
        let table = BpeTable::new(&vocabulary, [("a", "b")], rules.clone()).unwrap();
        let settings = Settings {
            added_tokens: Vec::new(),
            normalizer: serde_json::json!({"type": "Lowercase"}),
            pre_tokenizer: serde_json::Value::Null,
            post_processor: serde_json::Value::Null,
            padding: None,
            truncation: None,
            rules,
        };
        (settings, table)
    }

    #[test]
    fn what_was_written_is_read_by_the_same_source_only() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let places = vec![folder.path().join("file/x.bin"), folder.path().join("new/x.bin")];
        let cache = TokenizerCache::new(places.clone(), "1");
        assert!(cache.read().is_none());
        let (settings, table) = tokenizer();
        cache.write(&settings, &table);
        assert_eq!(cache.read(), Some((settings, table)));
        assert!(TokenizerCache::new(places, "2").read().is_none());
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bin");
        let cache = TokenizerCache::new(vec![path.clone()], "1");
        let (settings, table) = tokenizer();
        cache.write(&settings, &table);
        let whole = fs::read(&path).unwrap();
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(cache.read().is_none(), "byte {i}");
            fs::write(&path, &whole[..i]).unwrap();
            assert!(cache.read().is_none(), "cut to {i} bytes");
        }
    }
}
