//! What encoders take and give.

/// One picture as the vision tower takes it: (3, size, size), channel by channel, row by row; RGB resized, cropped and
/// normalized as the checkpoint asks (about -2 to 2, without a unit).
#[derive(Debug, Clone)]
pub struct Pixels(pub Vec<f32>);

/// A vector of unit length in the space that texts and pictures share, as long as the checkpoint's
/// [`dimension`](super::Checkpoint::dimension). The inner product of two of them is their cosine.
pub type Embedding = Vec<f32>;
