//! Writes the embeddings of a folder for other programs: a `.npy` table, and the list of their pictures.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use half::f16;

use super::collection::Collection;
use super::error::LibraryError;
use super::npy::{self, Kind};
use crate::base::model_key::ModelKey;
use crate::base::output::Output;
use crate::base::paths;
use crate::catalog::Catalog;

impl Collection {
    /// Writes the vectors of the model `key` to `out`, and the paths of their pictures, relative to the folder that
    /// was asked for, to `list` if there is one: one a line, or ended by NUL with `print0`. Returns how many. Both may
    /// be pipes or devices, such as `/dev/stdout`.
    ///
    /// # Errors
    /// When there are none, a path does not fit on a line of text, or something can't be read or written. Files
    /// that were there stay as they are then.
    pub fn export(
        &self,
        catalog: &Catalog,
        key: &ModelKey,
        kind: Kind,
        out: &Path,
        list: Option<&Path>,
        print0: bool,
    ) -> Result<usize, LibraryError> {
        let cant_write = |path: &Path| format!("can't write '{}'", paths::display(path));
        let Some(model) = catalog.find_model(key)? else { return Err(self.nothing(key)) };
        let boundary = self.boundary(catalog)?;
        let mut printable = boundary.printable();
        // Both readings see the same pictures, whatever another process writes meanwhile.
        let reading = catalog.reading()?;
        let prefix = self.prefix_bytes();
        let below = if prefix.is_empty() { 0 } else { prefix.len() + 1 };
        // Of each picture, since links may be changed between the readings too.
        let mut kept = Vec::new();
        let mut names = Vec::new();
        catalog
            .searchable_paths(model, &prefix, |path| -> Result<(), LibraryError> {
                kept.push(printable.allows(&paths::from_bytes(path)));
                if kept.ends_with(&[true]) {
                    let name = &path[below..];
                    check_name(name, print0)?;
                    names.extend_from_slice(name);
                    names.push(if print0 { b'\0' } else { b'\n' });
                }
                Ok(())
            })
            .map_err(|error: LibraryError| error.within(cant_write(out)))?;
        let rows = kept.iter().filter(|kept| **kept).count();
        if rows == 0 {
            return Err(self.nothing(key));
        }
        let failed = |path: &Path, reason| LibraryError::CantWrite { path: path.to_owned(), reason };
        let wrong = |reason| failed(out, reason);
        let table = || -> Result<(), LibraryError> {
            // A pipe can't be gone back in: the header has the number of rows from the first.
            let mut table = BufWriter::with_capacity(1 << 18, Output::open(out).map_err(wrong)?);
            table.write_all(&npy::header(kind.descr(), rows, key.dimension)).map_err(wrong)?;
            let mut kept = kept.iter();
            catalog.vectors(model, key.dimension, &prefix, |vector| -> Result<(), LibraryError> {
                if kept.next() == Some(&true) {
                    write_row(&mut table, kind, vector).map_err(wrong)?;
                }
                Ok(())
            })?;
            table.into_inner().map_err(|error| wrong(error.into_error()))?.finish().map_err(wrong)
        };
        table()?;
        drop(reading);
        if let Some(list) = list {
            write_list(list, &names).map_err(|reason| failed(list, reason))?;
        }
        Ok(rows)
    }

    fn nothing(&self, key: &ModelKey) -> LibraryError {
        LibraryError::NothingToExport {
            folder: self.folder(),
            model: key.id.clone(),
            precision: key.precision,
        }
    }
}

fn write_list(path: &Path, names: &[u8]) -> io::Result<()> {
    let mut output = Output::open(path)?;
    output.write_all(names)?;
    output.finish()
}

fn write_row(table: &mut impl Write, kind: Kind, vector: &[f16]) -> io::Result<()> {
    vector.iter().try_for_each(|x| match kind {
        Kind::F16 => table.write_all(&x.to_le_bytes()),
        Kind::F32 => table.write_all(&x.to_f32().to_le_bytes()),
    })
}

fn check_name(name: &[u8], print0: bool) -> Result<(), LibraryError> {
    let fits = print0 || (str::from_utf8(name).is_ok() && !name.contains(&b'\n') && !name.ends_with(b"\r"));
    if fits { Ok(()) } else { Err(LibraryError::NotALine(paths::from_bytes(name))) }
}
