//! A client of [Milvus](https://milvus.io), the distributed engine: collections, partitions, indexes, rows, searches.
//!
//! It speaks Milvus's gRPC interface with [tonic](https://docs.rs/tonic) and a hand-written subset of its [messages](wire).
//! It knows nothing of pictures. Every call has a deadline, and is repeated for as long as its caller has patience: all calls
//! of this room leave the same state when they are made twice.

mod client;
mod collections;
mod column;
mod consistency;
mod error;
mod row_wire;
mod rows;
mod wire;

pub(crate) use client::{Address, Client, Patience};
pub(crate) use collections::{Field, FieldKind, IndexKind, Schema};
pub(crate) use column::{Column, Columns};
pub(crate) use consistency::Consistency;
pub(crate) use error::MilvusError;
pub(crate) use rows::{Asked, MAX_ROWS, Scope};
