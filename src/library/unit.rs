//! Sums of vectors, scaled to unit length.

/// The vector in unit length; `None` if it is shorter than `shortest`, or not finite.
pub(super) fn unit(mut vector: Vec<f32>, shortest: f32) -> Option<Vec<f32>> {
    let length = vector.iter().map(|component| component * component).sum::<f32>().sqrt();
    if !length.is_finite() || length < shortest {
        return None;
    }
    vector.iter_mut().for_each(|component| *component /= length);
    Some(vector)
}
