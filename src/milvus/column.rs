//! The values of a field, a row each, as they are sent and answered.

use std::collections::HashMap;

use super::error::MilvusError;
use super::row_wire;
use super::wire::data_type;

/// The values of one field, a row each.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    /// Whole numbers.
    Longs(Vec<i64>),
    /// Floating-point numbers.
    Doubles(Vec<f64>),
    /// Texts.
    Texts(Vec<String>),
    /// JSON documents.
    Json(Vec<Vec<u8>>),
    /// Vectors, one behind the other.
    Vectors {
        /// Numbers a vector.
        dimension: usize,
        /// The numbers.
        numbers: Vec<f32>,
    },
}

impl Column {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Longs(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Json(values) => values.len(),
            Self::Vectors { dimension, numbers } => numbers.len() / dimension.max(&1),
        }
    }

    /// The column under a field's name, as it is sent.
    pub(super) fn into_field(self, name: &str) -> row_wire::FieldData {
        let name = name.to_owned();
        let scalars = |data_type, scalars| row_wire::FieldData {
            data_type,
            name: name.clone(),
            scalars: Some(scalars),
            vectors: None,
        };
        let empty = row_wire::Scalars::default();
        match self {
            Self::Longs(data) => scalars(
                data_type::INT64,
                row_wire::Scalars { longs: Some(row_wire::Longs { data }), ..empty },
            ),
            Self::Doubles(data) => scalars(
                data_type::DOUBLE,
                row_wire::Scalars { doubles: Some(row_wire::Doubles { data }), ..empty },
            ),
            Self::Texts(data) => scalars(
                data_type::VARCHAR,
                row_wire::Scalars { texts: Some(row_wire::Texts { data }), ..empty },
            ),
            Self::Json(data) => {
                scalars(data_type::JSON, row_wire::Scalars { json: Some(row_wire::Blobs { data }), ..empty })
            }
            Self::Vectors { dimension, numbers } => row_wire::FieldData {
                data_type: data_type::FLOAT_VECTOR,
                name,
                scalars: None,
                vectors: Some(row_wire::Vectors {
                    // Dimensions are below a few thousand.
                    dimension: i64::try_from(dimension).unwrap_or(i64::MAX),
                    floats: Some(row_wire::Singles { data: numbers }),
                }),
            },
        }
    }

    /// The column of a field that was answered; none of a type that is not read here.
    fn of_field(field: row_wire::FieldData) -> Option<Self> {
        if let Some(row_wire::Vectors { dimension, floats }) = field.vectors {
            let numbers = floats.unwrap_or_default().data;
            return Some(Self::Vectors { dimension: usize::try_from(dimension).ok()?, numbers });
        }
        let row_wire::Scalars { longs, doubles, texts, json } = field.scalars.unwrap_or_default();
        match field.data_type {
            data_type::INT64 => Some(Self::Longs(longs.unwrap_or_default().data)),
            data_type::DOUBLE => Some(Self::Doubles(doubles.unwrap_or_default().data)),
            data_type::VARCHAR => Some(Self::Texts(texts.unwrap_or_default().data)),
            data_type::JSON => Some(Self::Json(json.unwrap_or_default().data)),
            _ => None,
        }
    }
}

/// The fields of rows that were answered, by name.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    columns: HashMap<String, Column>,
    server: String,
}

impl Columns {
    pub(super) fn new(server: &str, fields: Vec<row_wire::FieldData>) -> Self {
        let named = |mut field: row_wire::FieldData| {
            Some((std::mem::take(&mut field.name), Column::of_field(field)?))
        };
        Self { columns: fields.into_iter().filter_map(named).collect(), server: server.to_owned() }
    }

    fn wrong(&self, name: &str) -> MilvusError {
        MilvusError::Answer { server: self.server.clone(), what: format!("field '{name}'") }
    }

    /// Number of rows, as a field has them; 0 without it.
    pub(crate) fn rows(&self, name: &str) -> usize {
        self.columns.get(name).map_or(0, Column::rows)
    }

    /// Whether a field was answered.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// The greatest number of a field; none without rows.
    pub(crate) fn greatest(&self, name: &str) -> Option<i64> {
        match self.columns.get(name)? {
            Column::Longs(values) => values.iter().copied().max(),
            _ => None,
        }
    }

    /// The whole numbers of a field. An answer without rows has no fields either.
    ///
    /// # Errors
    /// When it is another type's, or has not `rows` of them.
    pub(crate) fn longs(&mut self, name: &str, rows: usize) -> Result<Vec<i64>, MilvusError> {
        match self.columns.remove(name) {
            Some(Column::Longs(values)) if values.len() == rows => Ok(values),
            None if rows == 0 => Ok(Vec::new()),
            _ => Err(self.wrong(name)),
        }
    }

    /// The floating-point numbers of a field, as [`Self::longs`].
    ///
    /// # Errors
    /// As [`Self::longs`].
    pub(crate) fn doubles(&mut self, name: &str, rows: usize) -> Result<Vec<f64>, MilvusError> {
        match self.columns.remove(name) {
            Some(Column::Doubles(values)) if values.len() == rows => Ok(values),
            None if rows == 0 => Ok(Vec::new()),
            _ => Err(self.wrong(name)),
        }
    }

    /// The texts of a field, as [`Self::longs`].
    ///
    /// # Errors
    /// As [`Self::longs`].
    pub(crate) fn texts(&mut self, name: &str, rows: usize) -> Result<Vec<String>, MilvusError> {
        match self.columns.remove(name) {
            Some(Column::Texts(values)) if values.len() == rows => Ok(values),
            None if rows == 0 => Ok(Vec::new()),
            _ => Err(self.wrong(name)),
        }
    }

    /// The JSON documents of a field, as [`Self::longs`].
    ///
    /// # Errors
    /// As [`Self::longs`].
    pub(crate) fn json(&mut self, name: &str, rows: usize) -> Result<Vec<Vec<u8>>, MilvusError> {
        match self.columns.remove(name) {
            Some(Column::Json(values)) if values.len() == rows => Ok(values),
            None if rows == 0 => Ok(Vec::new()),
            _ => Err(self.wrong(name)),
        }
    }

    /// The vectors of a field, of `dimension` numbers each, one behind the other; as [`Self::longs`].
    ///
    /// # Errors
    /// As [`Self::longs`], and when the vectors have another dimension.
    pub(crate) fn vectors(
        &mut self,
        name: &str,
        rows: usize,
        dimension: usize,
    ) -> Result<Vec<f32>, MilvusError> {
        match self.columns.remove(name) {
            Some(Column::Vectors { numbers, .. }) if numbers.len() == rows * dimension => Ok(numbers),
            None if rows == 0 => Ok(Vec::new()),
            _ => Err(self.wrong(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_survive_the_wire() {
        let columns = [
            ("a", Column::Longs(vec![1, -2])),
            ("b", Column::Texts(vec!["x".into(), "ü".into()])),
            ("c", Column::Vectors { dimension: 2, numbers: vec![1.0, 0.0, 0.0, 1.0] }),
            ("d", Column::Json(vec![b"{}".to_vec(), b"[1]".to_vec()])),
            ("e", Column::Doubles(vec![0.5, -0.5])),
        ];
        assert!(columns.iter().all(|(_, column)| column.rows() == 2));
        let fields = columns.iter().map(|(name, column)| column.clone().into_field(name)).collect();
        let mut read = Columns::new("h:1", fields);
        assert_eq!(read.longs("a", 2).unwrap(), [1, -2]);
        assert_eq!(read.texts("b", 2).unwrap(), ["x", "ü"]);
        assert_eq!(read.vectors("c", 2, 2).unwrap(), [1.0, 0.0, 0.0, 1.0]);
        assert_eq!(read.json("d", 2).unwrap()[1], b"[1]");
        assert!(read.longs("e", 2).is_err() && read.longs("gone", 2).is_err());
        assert!(read.longs("gone", 0).unwrap().is_empty());
    }
}
