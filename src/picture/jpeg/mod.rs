//! JPEG: `markers` sees to it that all of the file is there; `plan` chooses between zune-jpeg and, for reduced pictures,
//! jpeg-decoder (`scaled`).

mod decoder_error;
mod markers;
mod plan;
mod scaled;
#[cfg(test)]
mod tests;

pub(super) use plan::plan;
