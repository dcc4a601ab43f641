//! Where vectors start.

use ndarray::Array2;
use rayon::prelude::*;

use super::random::{Purpose, Random};
use super::{CheckedHyperparameters, Initialisation};
use crate::dataset::Corpus;
use crate::embedding::Model;

/// A model with random parameters: every number is uniform between minus and plus its table's limit and depends on
/// (seed, table, row, column) alone.
///
/// Limits: `init = xavier`, `sqrt(6 / (D_k + m_k))` for the target and context vectors; `init = row`,
/// `sqrt(6 / (1 + m_k))` (MODEL.md, "Parameters"). Transfer matrices: Xavier over their own shape in both,
/// `sqrt(6 / (m_1 + m_k))`.
#[must_use]
pub fn initialise(corpus: &Corpus, hyperparameters: &CheckedHyperparameters) -> Model {
    let seed = hyperparameters.values().seed;
    let dims = hyperparameters.dims();
    let table = |kind: u64, type_index: usize, rows: usize, columns: usize, limit: f64| {
        let stream = Random::new(seed, Purpose::Initialisation, kind, type_index as u64);
        uniform_table(&stream, rows, columns, limit)
    };
    let vectors = |kind: u64| {
        let types = corpus.types.iter().zip(dims).enumerate();
        types
            .map(|(k, (of, &width))| {
                let rows = of.vocabulary.len();
                let fan_in = match hyperparameters.values().init {
                    Initialisation::Xavier => rows,
                    Initialisation::Row => 1,
                };
                table(kind, k, rows, width, xavier_limit(fan_in, width))
            })
            .collect()
    };
    let item_width = dims.first().copied().unwrap_or(0);
    let transfer = dims.iter().enumerate().skip(1);
    Model {
        target: vectors(0),
        context: vectors(1),
        transfer: transfer.map(|(k, &width)| table(2, k, item_width, width, xavier_limit(item_width, width))).collect(),
    }
}

/// Glorot and Bengio 2010, eq. 16: `sqrt(6 / (fan_in + fan_out))`.
fn xavier_limit(fan_in: usize, fan_out: usize) -> f64 {
    (6.0 / (fan_in + fan_out) as f64).sqrt()
}

/// `[rows, columns]`, each entry uniform in [-limit, limit).
fn uniform_table(stream: &Random, rows: usize, columns: usize, limit: f64) -> Array2<f32> {
    let mut values = vec![0.0_f32; rows * columns];
    values.par_chunks_mut(columns.max(1)).enumerate().for_each(|(row, values)| {
        for (column, value) in values.iter_mut().enumerate() {
            // 24 bits: every value of 2u - 1 is exact in f32.
            let word = stream.at((row * columns + column) as u64) >> 40;
            *value = (limit * (word as f64 / f64::from(1_u32 << 23) - 1.0)) as f32;
        }
    });
    Array2::from_shape_vec((rows, columns), values).expect("the vector was made with rows x columns entries")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_xavier_limits_are_the_golden_ones() {
        let golden: serde_json::Value = serde_json::from_str(include_str!("../../tests/golden/xavier.json")).unwrap();
        let cases = golden["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 5);
        for case in cases {
            let (rows, dim) = (case["rows"].as_u64().unwrap() as usize, case["dim"].as_u64().unwrap() as usize);
            let (expected, found) = (case["limit_tf_var"].as_f64().unwrap(), xavier_limit(rows, dim));
            assert!((found - expected).abs() < 1e-15, "{rows} x {dim}: {found}, golden {expected}");
        }
    }

    #[test]
    fn entries_are_uniform_within_the_limit() {
        let table = uniform_table(&Random::new(1, Purpose::Initialisation, 0, 0), 300, 100, 0.25);
        let n = table.len() as f32;
        let (mean, square) = (table.sum() / n, table.iter().map(|v| v * v).sum::<f32>() / n);
        let largest = table.iter().fold(0.0_f32, |largest, v| largest.max(v.abs()));
        assert!(largest <= 0.25 && largest > 0.2499, "largest {largest}");
        assert!(mean.abs() < 0.003, "mean {mean}");
        // A uniform variable's variance is limit^2 / 3.
        assert!((square - 0.0625 / 3.0).abs() < 3e-4, "mean square {square}");
    }
}
