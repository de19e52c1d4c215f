//! The models that have a name of their own here.

/// Name of the bundled model.
pub const DEMO_MODEL: &str = "demo";
/// Hub id of the model that photos are indexed with unless another is chosen.
pub const DEFAULT_MODEL: &str = "openai/clip-vit-base-patch32";
