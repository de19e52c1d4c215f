//! The messages of Milvus's gRPC interface that carry rows; see [`wire`](super::wire).

use super::wire::{Base, Pair, Status};

/// Whole numbers.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Longs {
    /// The numbers.
    #[prost(int64, repeated, tag = "1")]
    pub data: Vec<i64>,
}

/// 32-bit numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Singles {
    /// The numbers.
    #[prost(float, repeated, tag = "1")]
    pub data: Vec<f32>,
}

/// 64-bit numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Doubles {
    /// The numbers.
    #[prost(double, repeated, tag = "1")]
    pub data: Vec<f64>,
}

/// Texts.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Texts {
    /// The texts.
    #[prost(string, repeated, tag = "1")]
    pub data: Vec<String>,
}

/// Byte strings, such as JSON documents.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub(crate) struct Blobs {
    /// The strings.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub data: Vec<Vec<u8>>,
}

/// The values of a field that is no vector; one of these is set.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Scalars {
    /// Whole numbers.
    #[prost(message, optional, tag = "3")]
    pub longs: Option<Longs>,
    /// 64-bit numbers.
    #[prost(message, optional, tag = "5")]
    pub doubles: Option<Doubles>,
    /// Texts.
    #[prost(message, optional, tag = "6")]
    pub texts: Option<Texts>,
    /// JSON documents.
    #[prost(message, optional, tag = "9")]
    pub json: Option<Blobs>,
}

/// The vectors of a field, one behind the other.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Vectors {
    /// Numbers a vector.
    #[prost(int64, tag = "1")]
    pub dimension: i64,
    /// The numbers.
    #[prost(message, optional, tag = "2")]
    pub floats: Option<Singles>,
}

/// The values of a field, a row each.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FieldData {
    /// One of [`data_type`].
    #[prost(int32, tag = "1")]
    pub data_type: i32,
    /// The field's name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The values, unless they are vectors.
    #[prost(message, optional, tag = "3")]
    pub scalars: Option<Scalars>,
    /// The values, if they are vectors.
    #[prost(message, optional, tag = "4")]
    pub vectors: Option<Vectors>,
}

/// A request to enter rows, in place of those with the same keys.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Upsert {
    /// What requests have in common.
    #[prost(message, optional, tag = "1")]
    pub base: Option<Base>,
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The partition's name.
    #[prost(string, tag = "4")]
    pub partition: String,
    /// The fields.
    #[prost(message, repeated, tag = "5")]
    pub fields: Vec<FieldData>,
    /// Number of rows.
    #[prost(uint32, tag = "7")]
    pub rows: u32,
}

/// A request to delete the rows that an expression names.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Delete {
    /// What requests have in common.
    #[prost(message, optional, tag = "1")]
    pub base: Option<Base>,
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The partition's name.
    #[prost(string, tag = "4")]
    pub partition: String,
    /// The expression.
    #[prost(string, tag = "5")]
    pub expression: String,
}

/// What became of rows.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MutationAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
}

/// The vectors that are searched for (`common.PlaceholderGroup`).
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PlaceholderGroup {
    /// The vectors of one name.
    #[prost(message, repeated, tag = "1")]
    pub placeholders: Vec<Placeholder>,
}

/// Vectors of one name.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Placeholder {
    /// The name, without the dollar sign.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// One of [`data_type`].
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    /// The vectors, little-endian.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub values: Vec<Vec<u8>>,
}

/// A search by a vector.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Search {
    /// What requests have in common.
    #[prost(message, optional, tag = "1")]
    pub base: Option<Base>,
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The partitions that are searched.
    #[prost(string, repeated, tag = "4")]
    pub partitions: Vec<String>,
    /// The expression that results fulfil.
    #[prost(string, tag = "5")]
    pub expression: String,
    /// A [`PlaceholderGroup`], encoded.
    #[prost(bytes = "vec", tag = "6")]
    pub vectors: Vec<u8>,
    /// 1: the expression is one.
    #[prost(int32, tag = "7")]
    pub dsl_type: i32,
    /// The fields that are wanted of results.
    #[prost(string, repeated, tag = "8")]
    pub output: Vec<String>,
    /// `anns_field`, `topk`, `metric_type`, `params`, `round_decimal`.
    #[prost(message, repeated, tag = "9")]
    pub parameters: Vec<Pair>,
    /// From which moment on rows must be seen.
    #[prost(uint64, tag = "11")]
    pub guarantee: u64,
    /// Number of vectors.
    #[prost(int64, tag = "12")]
    pub queries: i64,
    /// See [`Consistency`](super::Consistency).
    #[prost(int32, tag = "14")]
    pub consistency: i32,
}

/// Keys of rows.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Keys {
    /// Whole numbers.
    #[prost(message, optional, tag = "1")]
    pub longs: Option<Longs>,
}

/// What a search found.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Found {
    /// The fields of the results.
    #[prost(message, repeated, tag = "3")]
    pub fields: Vec<FieldData>,
    /// The scores.
    #[prost(float, repeated, tag = "4")]
    pub scores: Vec<f32>,
    /// The keys.
    #[prost(message, optional, tag = "5")]
    pub keys: Option<Keys>,
}

/// The answer to a search.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct SearchAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// What was found.
    #[prost(message, optional, tag = "2")]
    pub found: Option<Found>,
}

/// A request for the rows that fulfil an expression.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Query {
    /// What requests have in common.
    #[prost(message, optional, tag = "1")]
    pub base: Option<Base>,
    /// The collection's name.
    #[prost(string, tag = "3")]
    pub collection: String,
    /// The expression.
    #[prost(string, tag = "4")]
    pub expression: String,
    /// The fields that are wanted, or `count(*)`.
    #[prost(string, repeated, tag = "5")]
    pub output: Vec<String>,
    /// The partitions that are looked through.
    #[prost(string, repeated, tag = "6")]
    pub partitions: Vec<String>,
    /// From which moment on rows must be seen.
    #[prost(uint64, tag = "8")]
    pub guarantee: u64,
    /// `limit`.
    #[prost(message, repeated, tag = "9")]
    pub parameters: Vec<Pair>,
    /// See [`Consistency`](super::Consistency).
    #[prost(int32, tag = "11")]
    pub consistency: i32,
}

/// The answer to a query.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct QueryAnswer {
    /// How the call ended.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// The fields of the rows.
    #[prost(message, repeated, tag = "2")]
    pub fields: Vec<FieldData>,
}
