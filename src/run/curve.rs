//! curve.parquet: the loss curve, and what was measured along it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, UInt64Array};
use arrow::datatypes::{DataType, Float64Type};

use super::RunError;
use super::columns::{Columns, batch};
use crate::training::{ChurnPoint, CurvePoint, HeldOutPoint, LossPartsRow};

/// What a column holds of a point.
type HeldOutColumn = fn(&HeldOutPoint) -> f64;

/// Columns of what is measured on held-out events; empty where nothing was.
const HELD_OUT: [(&str, HeldOutColumn); 6] = [
    ("hit_rate_at_10", |point| point.hit_rate_at_10),
    ("ndcg_at_10", |point| point.ndcg_at_10),
    ("held_out_loss_total", |point| point.loss.total),
    ("held_out_loss_pair", |point| point.loss.pair),
    ("held_out_loss_struct", |point| point.loss.structure),
    ("held_out_loss_reg", |point| point.loss.regulariser),
];

/// Columns of how far neighbourhoods changed; empty where that was not measured.
const CHURN: [&str; 2] = ["neighbor_jaccard_at_10", "neighbor_jaccard_at_10_pinned"];

/// One row a point.
pub(super) fn curve_rows(curve: &[CurvePoint]) -> RecordBatch {
    let count = |value: fn(&CurvePoint) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(curve.iter().map(value)))
    };
    let number = |value: fn(&CurvePoint) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(curve.iter().map(value)))
    };
    let mut columns = vec![
        ("step", false, count(|point| point.step)),
        ("epoch", false, number(|point| point.epoch)),
        ("pairs", false, count(|point| point.pairs)),
        ("seconds", false, number(|point| point.seconds)),
        ("loss_total", false, number(|point| point.loss.total)),
        ("loss_pair", false, number(|point| point.loss.pair)),
        ("loss_struct", false, number(|point| point.loss.structure)),
        ("loss_reg", false, number(|point| point.loss.regulariser)),
    ];
    for (name, value) in HELD_OUT {
        let values: Float64Array = curve.iter().map(|point| point.held_out.as_ref().map(value)).collect();
        columns.push((name, true, Arc::new(values)));
    }
    let jaccard: Float64Array = curve.iter().map(|point| point.churn.map(|churn| churn.jaccard_at_10)).collect();
    let pinned: Float64Array = curve.iter().map(|point| point.churn?.pinned_jaccard_at_10).collect();
    columns.extend(CHURN.into_iter().zip([jaccard, pinned]).map(|(name, of)| (name, true, Arc::new(of) as ArrayRef)));
    batch(columns)
}

/// Reads the rows back. The columns of held-out events and of neighbourhoods may be missing, as a curve of an earlier
/// program's are.
///
/// # Errors
/// [`RunError::Damaged`] if another column is missing or holds something else.
pub(super) fn read_curve(path: &Path) -> Result<Vec<CurvePoint>, RunError> {
    let columns = Columns::read(path)?;
    let number = |name| columns.numbers::<Float64Type>(name);
    let (steps, epochs, pairs, seconds) =
        (columns.counts("step")?, number("epoch")?, columns.counts("pairs")?, number("seconds")?);
    let losses = [number("loss_total")?, number("loss_pair")?, number("loss_struct")?, number("loss_reg")?];
    let held_out = match columns.batch.column_by_name(HELD_OUT[0].0) {
        None => None,
        Some(_) => {
            let of = |(name, _): &(&str, _)| columns.column(name, &DataType::Float64);
            Some(HELD_OUT.iter().map(of).collect::<Result<Vec<_>, _>>()?)
        }
    };
    let churn = match columns.batch.column_by_name(CHURN[0]) {
        None => None,
        Some(_) => {
            let of = |name| columns.column(name, &DataType::Float64);
            Some(CHURN.into_iter().map(of).collect::<Result<Vec<_>, _>>()?)
        }
    };
    let parts = |[total, pair, structure, regulariser]: [f64; 4]| LossPartsRow { total, pair, structure, regulariser };
    let measured = |i: usize| {
        let columns = held_out.as_ref()?;
        if columns.iter().any(|column| column.is_null(i)) {
            return None;
        }
        let at = |column: usize| columns[column].as_primitive::<Float64Type>().value(i);
        Some(HeldOutPoint { hit_rate_at_10: at(0), ndcg_at_10: at(1), loss: parts([at(2), at(3), at(4), at(5)]) })
    };
    let changed = |i: usize| {
        let value = |column: usize| {
            let column = churn.as_ref()?.get(column)?;
            (!column.is_null(i)).then(|| column.as_primitive::<Float64Type>().value(i))
        };
        Some(ChurnPoint { jaccard_at_10: value(0)?, pinned_jaccard_at_10: value(1) })
    };
    let point = |i: usize| CurvePoint {
        step: steps[i],
        epoch: epochs[i],
        pairs: pairs[i],
        seconds: seconds[i],
        loss: parts([losses[0][i], losses[1][i], losses[2][i], losses[3][i]]),
        held_out: measured(i),
        churn: changed(i),
    };
    Ok((0..columns.len()).map(point).collect())
}
