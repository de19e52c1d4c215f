//! What a checkpoint is published as, and which of these this build can run.

/// What a checkpoint is published as: who wrote it decides how its files and tensors are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedAs {
    /// transformers' `CLIPModel`.
    Clip,
    /// open_clip's own layout, with a text tower of CLIP's.
    OpenClip,
    /// open_clip's own layout, with a text tower of XLM-RoBERTa.
    OpenClipXlmRoberta,
    /// open_clip's layout with weights that are Python objects.
    OpenClipPickled,
    /// transformers' `SiglipModel`, SigLIP 1 and 2 at a fixed resolution.
    Siglip,
    /// Meta's Perception Encoder.
    PerceptionEncoder,
}

impl PublishedAs {
    /// Whether this build can run such checkpoints.
    pub const fn is_supported(self) -> bool {
        match self {
            Self::Clip | Self::OpenClip | Self::Siglip => true,
            Self::OpenClipXlmRoberta | Self::OpenClipPickled | Self::PerceptionEncoder => false,
        }
    }
}
