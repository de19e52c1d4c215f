//! The messages of Milvus's gRPC interface, as far as pixseek sends and reads them.
//!
//! Fields and numbers are those of `milvus.proto`, `schema.proto` and `common.proto` of the project milvus-io/milvus-proto
//! (Apache-2.0). Protocol buffers let a program leave out the fields that it does not know, and of several fields of which
//! one is set (`oneof`), each is written as if it stood alone; so a few structures serve every Milvus from 2.3 on.

/// Types of fields (`schema.DataType`).
pub(crate) mod data_type {
    /// 64-bit whole numbers.
    pub(crate) const INT64: i32 = 5;
    /// 64-bit floating-point numbers.
    pub(crate) const DOUBLE: i32 = 11;
    /// Texts of limited length.
    pub(crate) const VARCHAR: i32 = 21;
    /// JSON documents.
    pub(crate) const JSON: i32 = 23;
    /// Vectors of 32-bit floating-point numbers.
    pub(crate) const FLOAT_VECTOR: i32 = 101;
}

/// Kinds of messages (`common.MsgType`), which some requests name in their base.
pub(crate) mod message_type {
    /// Inserts, also those of an upsert.
    pub(crate) const UPSERT: i32 = 404;
    /// Deletions.
    pub(crate) const DELETE: i32 = 401;
    /// Searches.
    pub(crate) const SEARCH: i32 = 500;
    /// Queries.
    pub(crate) const RETRIEVE: i32 = 506;
}

/// How a call ended (`common.Status`).
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Status {
    /// The code of servers before 2.3, 0 for success.
    #[prost(int32, tag = "1")]
    pub error_code: i32,
    /// What went wrong.
    #[prost(string, tag = "2")]
    pub reason: String,
    /// The code of servers from 2.3 on, 0 for success.
    #[prost(int32, tag = "3")]
    pub code: i32,
    /// Whether the same call may succeed later.
    #[prost(bool, tag = "4")]
    pub retriable: bool,
}

/// A parameter (`common.KeyValuePair`).
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Pair {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// What requests have in common (`common.MsgBase`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Base {
    /// One of [`message_type`].
    #[prost(int32, tag = "1")]
    pub kind: i32,
}

/// A field of a collection (`schema.FieldSchema`).
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FieldSchema {
    /// Its name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// Whether it is the key.
    #[prost(bool, tag = "3")]
    pub is_primary_key: bool,
    /// One of [`data_type`].
    #[prost(int32, tag = "5")]
    pub data_type: i32,
    /// `dim` of vectors, `max_length` of texts.
    #[prost(message, repeated, tag = "6")]
    pub parameters: Vec<Pair>,
    /// Whether the server numbers the rows.
    #[prost(bool, tag = "8")]
    pub auto_id: bool,
}

/// The fields of a collection (`schema.CollectionSchema`).
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CollectionSchema {
    /// The collection's name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// What its maker wrote of it.
    #[prost(string, tag = "2")]
    pub description: String,
    /// Its fields.
    #[prost(message, repeated, tag = "4")]
    pub fields: Vec<FieldSchema>,
}

/// A request to make a collection.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct CreateCollection {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// A [`CollectionSchema`], encoded.
    #[prost(bytes = "vec", tag = "4")]
    pub schema: Vec<u8>,
    /// Number of channels that writes are spread over.
    #[prost(int32, tag = "5")]
    pub shards: i32,
    /// See [`Consistency`](super::Consistency).
    #[prost(int32, tag = "6")]
    pub consistency: i32,
    /// Properties such as `mmap.enabled`.
    #[prost(message, repeated, tag = "7")]
    pub properties: Vec<Pair>,
}

/// A request that names a collection: to describe it, to drop it, to load it, to list its partitions.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct OfCollection {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
}

/// A collection as it is.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct DescribeCollectionAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// Its fields.
    #[prost(message, optional, tag = "2")]
    pub schema: Option<CollectionSchema>,
    /// See [`Consistency`](super::Consistency).
    #[prost(int32, tag = "11")]
    pub consistency: i32,
}

/// A request to load a collection into the memory of the server.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct LoadCollection {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// Number of copies in memory.
    #[prost(int32, tag = "4")]
    pub replicas: i32,
}

/// A request to tell how far a collection is loaded.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct LoadingProgress {
    /// The collection's name.
    #[prost(string, tag = "2")]
    pub collection: String,
}

/// How far a collection is loaded.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct LoadingProgressAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// Percent.
    #[prost(int64, tag = "2")]
    pub percent: i64,
}

/// A request to make a partition.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct CreatePartition {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The partition's name.
    #[prost(string, tag = "4")]
    pub partition: String,
}

/// The partitions of a collection.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PartitionsAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// Their names.
    #[prost(string, repeated, tag = "2")]
    pub names: Vec<String>,
}

/// A request to index a field.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct CreateIndex {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The field's name.
    #[prost(string, tag = "4")]
    pub field: String,
    /// `index_type`, `metric_type`, `params`.
    #[prost(message, repeated, tag = "5")]
    pub parameters: Vec<Pair>,
    /// The index's name.
    #[prost(string, tag = "6")]
    pub name: String,
}

/// A request about the index of a field: to describe it, or to drop it.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct OfIndex {
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The field's name.
    #[prost(string, tag = "4")]
    pub field: String,
    /// The index's name.
    #[prost(string, tag = "5")]
    pub name: String,
}

/// An index as it is.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct IndexDescription {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// `index_type`, `metric_type`, `params`.
    #[prost(message, repeated, tag = "3")]
    pub parameters: Vec<Pair>,
    /// The field that it is of.
    #[prost(string, tag = "4")]
    pub field: String,
    /// Number of rows in it.
    #[prost(int64, tag = "5")]
    pub indexed: i64,
    /// Number of rows that it is to have.
    #[prost(int64, tag = "6")]
    pub total: i64,
}

/// The indexes of a field.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct IndexAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// The indexes.
    #[prost(message, repeated, tag = "2")]
    pub indexes: Vec<IndexDescription>,
}
