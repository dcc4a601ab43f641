//! Directions without lengths.

use ndarray::{Array2, ArrayView2};

/// Each row scaled to length 1, `[rows, m]`; zero rows stay zero.
#[must_use]
pub fn unit_rows(rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut unit = rows.to_owned();
    for mut row in unit.rows_mut() {
        let length = row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            row.mapv_inplace(|value| (f64::from(value) / length) as f32);
        }
    }
    unit
}
