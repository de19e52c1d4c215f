//! BMP of Windows and OS/2: `header` reads what the pixels are, `pixels` unpacks rows of them, `rle` the compressed kinds.

mod header;
mod pixels;
mod plan;
mod rle;
#[cfg(test)]
mod tests;

pub(super) use plan::plan;
