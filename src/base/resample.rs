//! Resizing of RGB pictures.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{CpuExtensions, ResizeOptions, Resizer};

use super::cpu::InstructionSet;

/// Resizes RGB, 8 bits a channel: `source`, whose size is `from` (width, height), to `to` (width, height), with the
/// filter and the part of the picture that `options` tell.
///
/// All resizing goes through this one function: it is compiled for pixels of three bytes alone, while
/// [`Resizer::resize`] is compiled for thirteen kinds, which took a quarter of this crate's release build.
///
/// # Errors
/// In words, when `source` is smaller than `from` says, or the part is out of the picture.
pub(crate) fn resize_rgb(
    source: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    options: &ResizeOptions,
) -> Result<Vec<u8>, String> {
    let source = TypedImageRef::<U8x3>::from_buffer(from.0, from.1, source).map_err(|e| e.to_string())?;
    let mut resized = vec![0; to.0 as usize * to.1 as usize * 3];
    let mut target = TypedImage::<U8x3>::from_buffer(to.0, to.1, &mut resized).map_err(|e| e.to_string())?;
    let mut resizer = Resizer::new();
    if InstructionSet::in_use() == InstructionSet::Baseline {
        // SAFETY: plain code needs no instructions that a CPU can lack.
        unsafe { resizer.set_cpu_extensions(CpuExtensions::None) };
    }
    resizer.resize_typed(&source, &mut target, options).map_err(|e| e.to_string())?;
    Ok(resized)
}
