//! How well a checkpoint finds pictures, judged on pictures of the user's own: `classes` by folders (zero-shot
//! classification), `captions` by a list of captions (retrieval both ways). `embeddings` reads and encodes the pictures;
//! nothing is kept.

mod captions;
mod classes;
pub(super) mod embeddings;
mod rank;

pub use captions::{RetrievalScores, evaluate_captions};
pub use classes::{ClassScores, evaluate_classes};
