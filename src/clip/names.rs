//! The models that have a name of their own here.

/// Name of the bundled model.
pub const DEMO_MODEL: &str = "demo";
/// Hub id of the recommended model, which photos are indexed with unless another is chosen.
pub const DEFAULT_MODEL: &str = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K";
/// Hub id of the model that earlier versions of pixseek recommended.
pub const EARLIER_DEFAULT_MODEL: &str = "openai/clip-vit-base-patch32";
