//! What is known of a model before it is downloaded: what it needs, finds and allows.

use super::published_as::PublishedAs;

/// A model that pixseek knows by its hub id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownModel {
    /// Hub id.
    pub id: &'static str,
    /// The kind of checkpoint.
    pub published_as: PublishedAs,
    /// The name of its licence, as [`Licence::named`](super::Licence::named) takes it.
    pub licence: &'static str,
    /// The languages of its captions: `en`, or how many they are.
    pub languages: &'static str,
    /// Parameters of the vision and of the text tower, in millions.
    pub parameters: (u32, u32),
    /// Cost of a picture in GFLOP, a multiplication with addition counted as two.
    pub gflop: f32,
    /// Size of the weights in MB (1,000,000 bytes).
    pub megabytes: u32,
    /// Zero-shot top-1 accuracy on ImageNet in percent, where it is published.
    pub imagenet: Option<f32>,
    /// Recall@1 of pictures by their captions on COCO in percent, where it is published.
    pub coco: Option<f32>,
    /// Where the figures were published.
    pub source: &'static str,
    /// The commit to use; none is whatever the branch `main` leads to.
    pub revision: Option<&'static str>,
    /// SHA-256 of weights at that commit, in hexadecimal, by file name.
    pub sha256: &'static [(&'static str, &'static str)],
}

impl KnownModel {
    /// Whether this build can run the model.
    pub fn is_supported(&self) -> bool {
        self.published_as.is_supported()
    }
}
