//! Writes the embeddings of a folder for other programs: a `.npy` table, and the list of their pictures.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use half::f16;

use super::collection::Collection;
use super::npy::{self, Kind};
use crate::base::atomic::{self, Access};
use crate::base::model_key::ModelKey;
use crate::base::paths;

impl Collection {
    /// Writes the vectors of the model `key` to `out`, and the paths of their pictures, relative to the folder that
    /// was asked for, to `list`: one a line, or ended by NUL with `print0`. Returns how many.
    ///
    /// # Errors
    /// When there are none, a path does not fit on a line of text, or something can't be read or written. Files
    /// that were there stay as they are then.
    pub fn export(&self, key: &ModelKey, kind: Kind, out: &Path, list: &Path, print0: bool) -> Result<usize> {
        let catalog = self.catalog()?;
        let Some(model) = catalog.find_model(key)? else { bail!(self.nothing(key)) };
        let boundary = self.boundary(&catalog)?;
        let mut printable = boundary.printable();
        let prefix = self.prefix_bytes();
        let below = if prefix.is_empty() { 0 } else { prefix.len() + 1 };
        let (mut rows, mut names) = (0, Vec::new());
        let mut write = |file: &mut std::fs::File| -> Result<()> {
            let mut table = BufWriter::with_capacity(1 << 18, file);
            table.write_all(&npy::header(kind.descr(), 0, key.dimension))?;
            catalog.vectors(model, key.dimension, &prefix, |path, vector| -> Result<()> {
                if !printable.allows(&paths::from_bytes(path)) {
                    return Ok(());
                }
                let name = &path[below..];
                check_name(name, print0)?;
                names.extend_from_slice(name);
                names.push(if print0 { b'\0' } else { b'\n' });
                rows += 1;
                Ok(write_row(&mut table, kind, vector)?)
            })?;
            ensure!(rows > 0, self.nothing(key));
            // As long as the first one.
            table.seek(SeekFrom::Start(0))?;
            table.write_all(&npy::header(kind.descr(), rows, key.dimension))?;
            Ok(table.flush()?)
        };
        atomic::write(out, Access::Usual, |file| write(file).map_err(io::Error::other))
            .with_context(|| format!("can't write '{}'", paths::display(out)))?;
        atomic::write(list, Access::Usual, |file| file.write_all(&names))
            .with_context(|| format!("can't write '{}'", paths::display(list)))?;
        Ok(rows)
    }

    fn nothing(&self, key: &ModelKey) -> String {
        let folder = self.folder();
        format!("folder '{}' has no {} vectors of model '{}'", paths::display(&folder), key.precision, key.id)
    }
}

fn write_row(table: &mut impl Write, kind: Kind, vector: &[f16]) -> io::Result<()> {
    vector.iter().try_for_each(|x| match kind {
        Kind::F16 => table.write_all(&x.to_le_bytes()),
        Kind::F32 => table.write_all(&x.to_f32().to_le_bytes()),
    })
}

fn check_name(name: &[u8], print0: bool) -> Result<()> {
    let fits = print0 || (str::from_utf8(name).is_ok() && !name.contains(&b'\n') && !name.ends_with(b"\r"));
    ensure!(
        fits,
        "'{}' does not fit on a line of text: pass -0 to end paths with NUL",
        paths::display(&paths::from_bytes(name))
    );
    Ok(())
}
