//! What can go wrong with a store elsewhere.

use super::url::StoreUrl;

/// What went wrong with a store. The text names it.
#[derive(Debug, thiserror::Error)]
#[error("store {store}: {kind}")]
pub struct StoreError {
    /// The store's URL, which has no token.
    pub store: StoreUrl,
    /// What happened.
    pub kind: StoreErrorKind,
}

/// What somebody can do about an error of a store, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTrouble {
    /// The server can't be reached, or is not ready.
    Unreachable,
    /// Nobody who is trusted vouches for the server's certificate.
    Untrusted,
    /// The server wants a token, or another one.
    Denied,
    /// The server has no room left.
    Full,
    /// There is nothing of what is asked for.
    Missing,
    /// The collection is not one for this model.
    Unfit,
    /// This pixseek can't speak to such stores.
    NotBuilt,
    /// The text says all there is to say.
    Other,
}

impl StoreError {
    /// What kind of error it is.
    pub fn trouble(&self) -> StoreTrouble {
        match &self.kind {
            StoreErrorKind::NotBuilt => StoreTrouble::NotBuilt,
            StoreErrorKind::NoCollection(_) | StoreErrorKind::NoVectors { .. } => StoreTrouble::Missing,
            #[cfg(feature = "milvus")]
            StoreErrorKind::Unfit { .. } => StoreTrouble::Unfit,
            #[cfg(feature = "milvus")]
            StoreErrorKind::Server(error) => match error {
                crate::milvus::MilvusError::Untrusted { .. } => StoreTrouble::Untrusted,
                crate::milvus::MilvusError::Denied { .. } => StoreTrouble::Denied,
                crate::milvus::MilvusError::Full { .. } => StoreTrouble::Full,
                crate::milvus::MilvusError::NoCollection { .. } => StoreTrouble::Missing,
                error if error.is_passing() => StoreTrouble::Unreachable,
                _ => StoreTrouble::Other,
            },
            _ => StoreTrouble::Other,
        }
    }
}

#[cfg(feature = "milvus")]
impl StoreError {
    /// Whether the same request may succeed later.
    pub fn is_passing(&self) -> bool {
        matches!(&self.kind, StoreErrorKind::Server(error) if error.is_passing())
    }
}

/// What happened to a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// This pixseek was built without the feature that speaks to such stores.
    #[error("this pixseek was built without Milvus")]
    NotBuilt,
    /// The server can't be reached, refuses, or failed.
    #[cfg(feature = "milvus")]
    #[error(transparent)]
    Server(#[from] crate::milvus::MilvusError),
    /// The collection is not one that pixseek made for this model.
    #[cfg(feature = "milvus")]
    #[error("collection '{name}' can't be used: {reason}")]
    Unfit {
        /// The collection's name.
        name: String,
        /// What does not fit.
        reason: SchemaError,
    },
    /// There is no such collection yet.
    #[error("there is no collection '{0}' yet")]
    NoCollection(String),
    /// Nothing was indexed with the model.
    #[error("it has no vectors of model '{model}'{}", among(.others))]
    NoVectors {
        /// The model's name and precision.
        model: String,
        /// Those that it has vectors of.
        others: Vec<String>,
    },
    /// The name of the root is too long.
    #[error(
        "the name of root '{0}' is longer than 255 bytes: give it a shorter one under [roots] in config.toml"
    )]
    LongRoot(String),
    /// More is asked for than a server gives.
    #[error("it gives at most {most} results: ask for fewer with -n")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// A filter can only be looked at here, and too many pictures remain.
    #[error(
        "a filter of this query can't be answered by the server, and is looked at picture by picture: {left} pictures are too many (at most {most}); narrow them with in:, dates or other filters"
    )]
    TooBroad {
        /// Number of pictures that the other filters leave.
        left: usize,
        /// The most.
        most: usize,
    },
    /// Words can't be split.
    #[error("words can't be compared: {0}")]
    Words(crate::catalog::CatalogErrorKind),
    /// Most of the pictures of a root would be deleted from the store.
    #[error(
        "{gone} of its {known} pictures of root '{root}' are not in this folder, and would be deleted there: if another folder has the same name, name one of them under [roots] in config.toml; if they are really gone, pass --prune"
    )]
    WouldDelete {
        /// Number of pictures that would be deleted.
        gone: usize,
        /// Number of pictures that the store has.
        known: usize,
        /// The root's name.
        root: String,
    },
    /// A thread can't be started, or crashed.
    #[error("{0}")]
    Thread(String),
}

fn among(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(", but of {}", others.join(", ")) }
}

#[cfg(feature = "milvus")]
/// Why a collection can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is another program's.
    #[error("it was not made by pixseek")]
    Foreign,
    /// It is another pixseek's.
    #[error("it was made by another version of pixseek ({0}, this one makes `pixseek 1`)")]
    Version(String),
    /// Its vectors have another length than the model's.
    #[error("its vectors have {found} numbers, those of the model have {wanted}")]
    Dimension {
        /// Of the collection.
        found: usize,
        /// Of the model.
        wanted: usize,
    },
    /// A field is missing or another.
    #[error("its field '{0}' is missing, or is not what it should be")]
    Field(String),
}
