//! A is to B as what is to C?

use ndarray::{Array1, ArrayView1};

/// The direction A - B + C of three vectors of one width, each brought to length 1 before (3CosAdd of Mikolov, Yih and
/// Zweig 2013, whose cosine ranks the answers). A zero vector adds nothing.
///
/// # Panics
/// If the widths differ.
#[must_use]
pub fn analogy(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>, c: ArrayView1<'_, f32>) -> Array1<f32> {
    (unit(a) - unit(b) + unit(c)).mapv(|x| x as f32)
}

fn unit(vector: ArrayView1<'_, f32>) -> Array1<f64> {
    let vector = vector.mapv(f64::from);
    let length = vector.dot(&vector).sqrt();
    if length > 0.0 { vector / length } else { vector }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn lengths_do_not_count_and_zeros_add_nothing() {
        let (a, b, c) = (array![3.0, 4.0], array![0.0, 2.0], array![5.0, 0.0]);
        let found = analogy(a.view(), b.view(), c.view());
        assert!((&found - &array![1.6, -0.2]).iter().all(|x| x.abs() < 1e-6), "{found}");
        let zero = array![0.0, 0.0];
        assert_eq!(analogy(zero.view(), zero.view(), c.view()), array![1.0, 0.0]);
    }
}
