//! The models that have a name of their own here.

/// Name of the bundled model.
pub const DEMO_MODEL: &str = "demo";
/// Hub id of the recommended model, which photos are indexed with unless another is chosen.
pub const DEFAULT_MODEL: &str = "google/siglip2-base-patch32-256";
/// Hub id of the model that earlier versions of pixseek recommended.
pub const EARLIER_DEFAULT_MODEL: &str = "openai/clip-vit-base-patch32";
