//! Collections, their partitions and their indexes.

use std::time::{Duration, Instant};

use prost::Message as _;

use super::client::Client;
use super::consistency::Consistency;
use super::error::MilvusError;
use super::wire::{self, data_type};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// A whole number that names the row.
    Key,
    /// A whole number.
    Long,
    /// A floating-point number.
    Double,
    /// A text of at most so many bytes.
    Text(u32),
    /// A JSON document.
    Json,
    /// A vector of so many 32-bit numbers.
    Vector(usize),
}

/// A field of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
}

/// The fields of a collection, and what its maker wrote of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Schema {
    /// The maker's words.
    pub description: String,
    /// The fields.
    pub fields: Vec<Field>,
}

/// How a field of vectors is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexKind {
    /// Every vector is compared.
    Flat,
    /// A graph in memory.
    Hnsw,
    /// Lists around centroids, numbers in bytes.
    IvfSq8,
    /// A graph on disk.
    DiskAnn,
    /// One that somebody else made.
    Other,
}

impl IndexKind {
    /// The kinds that pixseek makes.
    pub(crate) const ALL: [Self; 4] = [Self::Flat, Self::Hnsw, Self::IvfSq8, Self::DiskAnn];

    /// The name that Milvus has for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flat => "FLAT",
            Self::Hnsw => "HNSW",
            Self::IvfSq8 => "IVF_SQ8",
            Self::DiskAnn => "DISKANN",
            Self::Other => "OTHER",
        }
    }

    /// The kind of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The parameters with which it is built, as JSON.
    fn build_parameters(self) -> &'static str {
        match self {
            Self::Flat | Self::DiskAnn | Self::Other => "{}",
            // The links of a node and the width of the beam that finds them: those of pixseek's own graphs.
            Self::Hnsw => r#"{"M":32,"efConstruction":200}"#,
            Self::IvfSq8 => r#"{"nlist":1024}"#,
        }
    }

    /// The parameters with which `k` rows are searched, as JSON.
    pub(super) fn search_parameters(self, k: usize) -> String {
        match self {
            Self::Flat | Self::Other => "{}".to_owned(),
            // Milvus wants a beam at least as wide as the answer.
            Self::Hnsw => format!(r#"{{"ef":{}}}"#, k.clamp(128, 32_768)),
            Self::IvfSq8 => r#"{"nprobe":64}"#.to_owned(),
            Self::DiskAnn => format!(r#"{{"search_list":{}}}"#, k.clamp(100, 65_535)),
        }
    }
}

/// The measure of all indexes. The lengths of vectors in half precision differ from 1 by up to 0.0001, which must not count.
pub(super) const METRIC: &str = "COSINE";

fn pair(key: &str, value: impl Into<String>) -> wire::Pair {
    wire::Pair { key: key.to_owned(), value: value.into() }
}

impl Client {
    /// The fields of a collection; none if there is no such collection.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn schema(&self, collection: &str) -> Result<Option<Schema>, MilvusError> {
        let request = wire::OfCollection { collection: collection.to_owned() };
        let answer = self.call(
            "DescribeCollection",
            collection,
            &request,
            |answer: &wire::DescribeCollectionAnswer| answer.status.clone(),
        );
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.is_no_collection() => return Ok(None),
            Err(error) => return Err(error),
        };
        let schema = answer.schema.unwrap_or_default();
        let field = |field: wire::FieldSchema| {
            let number = |key: &str| {
                field.parameters.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.parse().ok())
            };
            let kind = match field.data_type {
                data_type::INT64 if field.is_primary_key && !field.auto_id => FieldKind::Key,
                data_type::INT64 => FieldKind::Long,
                data_type::DOUBLE => FieldKind::Double,
                data_type::VARCHAR => FieldKind::Text(number("max_length")?),
                data_type::JSON => FieldKind::Json,
                data_type::FLOAT_VECTOR => FieldKind::Vector(usize::try_from(number("dim")?).ok()?),
                _ => return None,
            };
            Some(Field { name: field.name, kind })
        };
        let fields = schema.fields.into_iter().filter_map(field).collect();
        Ok(Some(Schema { description: schema.description, fields }))
    }

    /// Makes a collection.
    ///
    /// # Errors
    /// See [`MilvusError`]; also when there is one of that name with other fields.
    pub(crate) fn create(
        &self,
        collection: &str,
        schema: &Schema,
        consistency: Consistency,
        properties: &[(&str, &str)],
    ) -> Result<(), MilvusError> {
        let field = |field: &Field| {
            let (data_type, parameters) = match field.kind {
                FieldKind::Key | FieldKind::Long => (data_type::INT64, Vec::new()),
                FieldKind::Double => (data_type::DOUBLE, Vec::new()),
                FieldKind::Text(longest) => {
                    (data_type::VARCHAR, vec![pair("max_length", longest.to_string())])
                }
                FieldKind::Json => (data_type::JSON, Vec::new()),
                FieldKind::Vector(dimension) => {
                    (data_type::FLOAT_VECTOR, vec![pair("dim", dimension.to_string())])
                }
            };
            let is_primary_key = field.kind == FieldKind::Key;
            wire::FieldSchema {
                name: field.name.clone(),
                is_primary_key,
                data_type,
                parameters,
                auto_id: false,
            }
        };
        let encoded = wire::CollectionSchema {
            name: collection.to_owned(),
            description: schema.description.clone(),
            fields: schema.fields.iter().map(field).collect(),
        };
        let request = wire::CreateCollection {
            collection: collection.to_owned(),
            schema: encoded.encode_to_vec(),
            shards: 1,
            consistency: consistency.number(),
            properties: properties.iter().map(|(key, value)| pair(key, *value)).collect(),
        };
        self.call("CreateCollection", collection, &request, |status: &wire::Status| Some(status.clone()))?;
        Ok(())
    }

    /// Has the server take a collection into its memory, without which it can't be searched, and waits for that.
    ///
    /// # Errors
    /// See [`MilvusError`]; [`MilvusError::NotReady`] when it takes longer than `limit`.
    pub(crate) fn load(&self, collection: &str, limit: Duration) -> Result<(), MilvusError> {
        let request = wire::LoadCollection { collection: collection.to_owned(), replicas: 1 };
        self.call("LoadCollection", collection, &request, |status: &wire::Status| Some(status.clone()))?;
        let began = Instant::now();
        loop {
            let request = wire::LoadingProgress { collection: collection.to_owned() };
            let answer = self.call(
                "GetLoadingProgress",
                collection,
                &request,
                |answer: &wire::LoadingProgressAnswer| answer.status.clone(),
            )?;
            if answer.percent >= 100 {
                return Ok(());
            }
            if began.elapsed() >= limit {
                let reason =
                    format!("it has loaded {} % of collection '{collection}' so far", answer.percent);
                return Err(MilvusError::NotReady { server: self.server().to_owned(), reason });
            }
            self.rest(Duration::from_millis(100));
        }
    }

    /// The names of a collection's partitions.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn partitions(&self, collection: &str) -> Result<Vec<String>, MilvusError> {
        let request = wire::OfCollection { collection: collection.to_owned() };
        let answer =
            self.call("ShowPartitions", collection, &request, |answer: &wire::PartitionsAnswer| {
                answer.status.clone()
            })?;
        Ok(answer.names)
    }

    /// Makes a partition, unless there is one of that name.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn create_partition(&self, collection: &str, partition: &str) -> Result<(), MilvusError> {
        if self.partitions(collection)?.iter().any(|known| known == partition) {
            return Ok(());
        }
        let request =
            wire::CreatePartition { collection: collection.to_owned(), partition: partition.to_owned() };
        let made =
            self.call("CreatePartition", collection, &request, |status: &wire::Status| Some(status.clone()));
        match made {
            Ok(_) => Ok(()),
            // Another machine may have been quicker.
            Err(_) if self.partitions(collection)?.iter().any(|known| known == partition) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Indexes a field of vectors.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn create_index(
        &self,
        collection: &str,
        field: &str,
        kind: IndexKind,
    ) -> Result<(), MilvusError> {
        let parameters = vec![
            pair("index_type", kind.name()),
            pair("metric_type", METRIC),
            pair("params", kind.build_parameters()),
        ];
        let request = wire::CreateIndex {
            collection: collection.to_owned(),
            field: field.to_owned(),
            parameters,
            name: format!("{field}_index"),
        };
        self.call("CreateIndex", collection, &request, |status: &wire::Status| Some(status.clone()))?;
        Ok(())
    }

    /// The kind of the index of a field; none if it has none, [`IndexKind::Other`] if pixseek does not make such.
    ///
    /// # Errors
    /// See [`MilvusError`].
    pub(crate) fn index(&self, collection: &str, field: &str) -> Result<Option<IndexKind>, MilvusError> {
        let request =
            wire::OfIndex { collection: collection.to_owned(), field: field.to_owned(), name: String::new() };
        let answer = self
            .call("DescribeIndex", collection, &request, |answer: &wire::IndexAnswer| answer.status.clone());
        let answer = match answer {
            Ok(answer) => answer,
            Err(MilvusError::Refused { reason, .. }) if reason.contains("index not found") => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let described = answer.indexes.into_iter().find(|index| index.field == field);
        Ok(described.map(|index| {
            let kind = index.parameters.iter().find(|pair| pair.key == "index_type");
            kind.and_then(|pair| IndexKind::named(&pair.value)).unwrap_or(IndexKind::Other)
        }))
    }
}
