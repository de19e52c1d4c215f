use proptest::prelude::*;

use super::*;

fn halves(numbers: &[f32]) -> Vec<f16> {
    numbers.iter().map(|x| f16::from_f32(*x)).collect()
}

/// Computes the length of the difference between a row and what its codes say.
fn quantization_error(vectors: &VectorStore, row: usize) -> f64 {
    let cells = row * vectors.dimension..(row + 1) * vectors.dimension;
    let inverse = vectors.inverse_lengths[row];
    let errors = vectors.row(row).iter().zip(&vectors.codes()[cells]).zip(&vectors.centroid);
    let square = |((h, code), centroid): ((&f16, &i8), &f32)| {
        let near = f64::from(*centroid) + f64::from(vectors.quantizations[row].scale) * f64::from(*code);
        (h.to_f64() * inverse - near).powi(2)
    };
    errors.map(square).sum::<f64>().sqrt()
}

#[test]
fn rows_come_change_and_go() {
    let mut vectors = VectorStore::new(2);
    for row in [[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]] {
        vectors.stage(&halves(&row));
    }
    assert_eq!((vectors.len(), vectors.staged()), (0, 3));
    vectors.commit();
    assert_eq!((vectors.len(), vectors.staged()), (3, 0));
    assert_eq!(vectors.vector(0), [0.6, 0.8]);
    assert_eq!(vectors.vector(1), [0.0, 0.0]);
    vectors.stage(&halves(&[0.0, 9.0]));
    assert_eq!((vectors.len(), vectors.codes().len()), (3, 6), "staged rows are not there yet");
    vectors.swap_remove(0);
    vectors.replace(1, &halves(&[-2.0, 0.0]));
    assert_eq!(vectors.len(), 2);
    vectors.commit();
    let rows: Vec<_> = (0..vectors.len()).map(|row| vectors.vector(row)).collect();
    assert_eq!(rows, [[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]);
    assert_eq!((vectors.codes().len(), vectors.quantizations().len()), (6, 3));
    vectors.swap_remove(2);
    assert_eq!((vectors.len(), vectors.vector(1)), (2, vec![-1.0, 0.0]));
    (0..2).for_each(|_| vectors.swap_remove(0));
    assert_eq!((vectors.len(), vectors.codes().len()), (0, 0));
}

#[test]
fn what_all_rows_share_costs_no_precision() {
    let mut vectors = VectorStore::new(64);
    for row in 0..100 {
        let number = |i: usize| if i == 7 { 20.0 } else { ((row * 64 + i) as f32 * 0.7).sin() };
        vectors.stage(&halves(&(0..64).map(number).collect::<Vec<_>>()));
    }
    vectors.commit();
    let worst =
        vectors.quantizations.iter().fold(0.0_f32, |worst, quantization| worst.max(quantization.error));
    assert!(worst < 2e-3, "{worst}");
}

#[test]
fn scores_are_inner_products_of_unit_vectors() {
    let mut vectors = VectorStore::new(3);
    vectors.stage(&halves(&[2.0, 2.0, 1.0]));
    vectors.commit();
    assert_eq!(vectors.scorer(&[1.0, 0.0, 0.5])(0), (2.5 / 3.0) as f32);
}

proptest! {
    #[test]
    fn the_error_is_never_understated(
        rows in prop::collection::vec(prop::collection::vec(any::<u16>(), 5), 1..9),
        small in prop::collection::vec(0_u16..4, 5),
    ) {
        let mut vectors = VectorStore::new(5);
        for row in rows.into_iter().chain([small]) {
            let finite = |bits| Some(f16::from_bits(bits)).filter(|x| x.is_finite()).unwrap_or_default();
            vectors.stage(&row.into_iter().map(finite).collect::<Vec<_>>());
        }
        vectors.commit();
        for row in 0..vectors.len() {
            prop_assert!(quantization_error(&vectors, row) <= f64::from(vectors.quantizations[row].error));
        }
    }
}
