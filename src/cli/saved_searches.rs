//! Saved searches in the settings file, whose comments and order stay as they are.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow};
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use super::config::Config;
use crate::base::atomic::{Access, Draft};
use crate::base::paths;
use crate::query::Searches;
use crate::tui::SearchStore;

/// The table of the saved searches.
const TABLE: &str = "searches";

/// The settings file as a place for saved searches.
pub(super) struct ConfigSearches {
    path: PathBuf,
    /// Changes come from threads of the browser, one after the other.
    turn: Mutex<()>,
}

impl ConfigSearches {
    /// The user's settings file, there or not.
    ///
    /// # Errors
    /// When there is no home folder.
    pub(super) fn new() -> Result<Self> {
        Ok(Self::at(paths::config_file()?))
    }

    fn at(path: PathBuf) -> Self {
        Self { path, turn: Mutex::new(()) }
    }

    /// Changes the table, and returns the searches that are in it then.
    fn change(&self, change: impl FnOnce(&mut dyn TableLike)) -> Result<Searches> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // The file may have been edited since the start.
        let before = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let mut document: DocumentMut =
            before.parse().map_err(|error: toml_edit::TomlError| anyhow!("{}", error.message()))?;
        let table = document.entry(TABLE).or_insert_with(|| Item::Table(Table::new()));
        let table = table.as_table_like_mut().ok_or_else(|| anyhow!("`{TABLE}` is no table"))?;
        change(table);
        let after = document.to_string();
        // What is written is what the next start reads.
        let config = Config::parse(&after, &self.path)?;
        if after != before {
            write(&self.path, &after)?;
        }
        Ok(config.searches)
    }

    fn in_words(&self, error: &anyhow::Error) -> String {
        format!("the settings '{}' stay as they are: {error:#}", paths::display(&self.path))
    }
}

impl SearchStore for ConfigSearches {
    fn save(&self, name: &str, query: &str) -> Result<Searches, String> {
        let put = |table: &mut dyn TableLike| match table.get_mut(name) {
            // The spaces and the comment around the value stay.
            Some(Item::Value(known)) => {
                let decor = known.decor().clone();
                *known = query.into();
                *known.decor_mut() = decor;
            }
            _ => drop(table.insert(name, value(query))),
        };
        self.change(put).map_err(|error| self.in_words(&error))
    }

    fn delete(&self, name: &str) -> Result<Searches, String> {
        self.change(|table| drop(table.remove(name))).map_err(|error| self.in_words(&error))
    }
}

/// Writes the settings in one piece. Where the file is a link, as those of dotfiles often are, what it leads to is replaced.
fn write(path: &Path, text: &str) -> Result<()> {
    let (target, access) = match fs::canonicalize(path) {
        Ok(target) => (target, Access::AsBefore),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            let folder = path.parent().context("there is no folder for the settings")?;
            fs::create_dir_all(folder)?;
            (path.to_owned(), Access::Usual)
        }
        Err(error) => return Err(error.into()),
    };
    let mut draft = Draft::new(&target, access)?;
    draft.write_all(text.as_bytes())?;
    draft.publish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = "# mine\nmodel = \"demo\"   # small\n\n[searches]\n# on the water\nboats = \"a boat\" # all\n\
                            \n[keys]\n\"ctrl-g\" = \"leave\"\n";

    fn store(text: Option<&str>) -> (tempfile::TempDir, ConfigSearches) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pixseek/config.toml");
        if let Some(text) = text {
            fs::create_dir(folder.path().join("pixseek")).unwrap();
            fs::write(&path, text).unwrap();
        }
        let store = ConfigSearches::at(path);
        (folder, store)
    }

    fn written(store: &ConfigSearches) -> String {
        fs::read_to_string(&store.path).unwrap()
    }

    #[test]
    fn comments_and_order_stay() {
        let (_folder, store) = store(Some(SETTINGS));
        let searches = store.save("new york", "in:\"new york\" - rain").unwrap();
        let names: Vec<&str> = searches.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["boats", "new york"]);
        let added = "boats = \"a boat\" # all\n\"new york\" = 'in:\"new york\" - rain'\n";
        assert_eq!(written(&store), SETTINGS.replace("boats = \"a boat\" # all\n", added));
        store.save("boats", "a boat - night").unwrap();
        store.delete("new york").unwrap();
        assert_eq!(written(&store), SETTINGS.replace("\"a boat\"", "\"a boat - night\""));
        store.delete("never saved").unwrap();
    }

    #[test]
    fn a_missing_file_is_made() {
        let (_folder, store) = store(None);
        store.save("boats", "a boat").unwrap();
        assert_eq!(written(&store), "[searches]\nboats = \"a boat\"\n");
    }

    #[test]
    fn other_forms_of_the_table_are_known() {
        for text in ["searches = { boats = \"a boat\" }\n", "searches.boats = \"a boat\"\n"] {
            let (_folder, store) = store(Some(text));
            assert_eq!(store.save("cars", "a car").unwrap().iter().count(), 2, "{text}");
        }
    }

    #[test]
    fn a_file_with_a_fault_stays_as_it_is() {
        for text in ["model = \n", "searches = 3\n", "modle = \"x\"\n", "[searches]\nx = \"width>=banana\"\n"]
        {
            let (_folder, store) = store(Some(text));
            let words = store.save("boats", "a boat").unwrap_err();
            assert!(words.contains("config.toml"), "{words}");
            assert_eq!(written(&store), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn of_a_link_the_file_behind_it_is_changed() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (folder, store) = store(Some(""));
        let dotfile = folder.path().join("dotfile.toml");
        fs::write(&dotfile, SETTINGS).unwrap();
        fs::set_permissions(&dotfile, fs::Permissions::from_mode(0o640)).unwrap();
        fs::remove_file(&store.path).unwrap();
        symlink(&dotfile, &store.path).unwrap();
        store.save("cars", "a car").unwrap();
        assert!(store.path.symlink_metadata().unwrap().is_symlink());
        assert!(fs::read_to_string(&dotfile).unwrap().contains("cars = \"a car\""));
        assert_eq!(fs::metadata(&dotfile).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
