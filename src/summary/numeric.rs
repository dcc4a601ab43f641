//! Numeric columns of the items file, in a set and in the catalogue.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type};

use crate::run::Run;

/// Bars of a histogram.
const BINS: usize = 24;

/// Where the values of a column lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Items with a value.
    pub count: usize,
    /// Items without one.
    pub missing: usize,
    /// Their mean; `None` where no item has a value.
    pub mean: Option<f64>,
    /// Least value, lower quartile, median, upper quartile, greatest value (linear interpolation between order statistics).
    pub quantiles: Option<[f64; 5]>,
    /// `[bins]` items by bar of the histogram.
    pub histogram: Vec<u32>,
}

/// One numeric column.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericSummary {
    /// Its name.
    pub column: String,
    /// `[bins + 1]` edges of the histogram's bars. They span the catalogue's 1st to 99th percentile; what lies outside is
    /// counted in the first and the last bar.
    pub edges: Vec<f64>,
    /// Of the set.
    pub set: Distribution,
    /// Of the catalogue.
    pub catalogue: Distribution,
}

/// A numeric column over the trained items.
#[derive(Debug, Clone)]
pub(super) struct NumericColumn {
    name: String,
    /// `[D_1]`, not a number where missing.
    values: Vec<f64>,
    edges: Vec<f64>,
    catalogue: Distribution,
}

impl NumericColumn {
    /// The numeric descriptive columns of a run's items that hold at least one value.
    pub(super) fn of(run: &Run) -> Vec<Self> {
        let rows = &run.items.rows;
        let schema = rows.schema();
        let columns = schema.fields().iter().zip(rows.columns()).skip(run.types.len());
        columns
            .filter(|(field, _)| field.data_type().is_numeric())
            .filter_map(|(field, column)| {
                let numbers = arrow::compute::cast(column, &DataType::Float64).ok()?;
                let numbers = numbers.as_primitive_opt::<Float64Type>()?;
                let value = |&row: &u32| match numbers.is_valid(row as usize) {
                    true => numbers.value(row as usize),
                    false => f64::NAN,
                };
                Self::new(field.name(), run.items.row_of_item.iter().map(value).collect())
            })
            .collect()
    }

    fn new(name: &str, values: Vec<f64>) -> Option<Self> {
        let sorted = finite_sorted(values.iter().copied());
        let (low, high) = (quantile(&sorted, 0.01)?, quantile(&sorted, 0.99)?);
        // A constant column still has bars of some width.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        let edges: Vec<f64> = (0..=BINS).map(|i| low + (high - low) * i as f64 / BINS as f64).collect();
        let catalogue = Distribution::of(&sorted, values.len(), &edges);
        Some(Self { name: name.to_owned(), values, edges, catalogue })
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The items that bar `bin` of its histogram counts, ascending.
    pub(super) fn items_in_bin(&self, bin: usize) -> Vec<u32> {
        let inside = |value: f64| value.is_finite() && bin_of(value, &self.edges) == bin;
        (0..).zip(&self.values).filter(|&(_, &value)| inside(value)).map(|(item, _)| item).collect()
    }

    /// The column among `items`.
    pub(super) fn summary(&self, items: &[u32]) -> NumericSummary {
        let sorted = finite_sorted(items.iter().map(|&item| self.values[item as usize]));
        NumericSummary {
            column: self.name.clone(),
            edges: self.edges.clone(),
            set: Distribution::of(&sorted, items.len(), &self.edges),
            catalogue: self.catalogue.clone(),
        }
    }
}

impl Distribution {
    fn of(sorted: &[f64], items: usize, edges: &[f64]) -> Self {
        let mut histogram = vec![0; BINS];
        for &value in sorted {
            histogram[bin_of(value, edges)] += 1;
        }
        let quantiles = quantile(sorted, 0.0).map(|_| {
            [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| quantile(sorted, p).expect("there is a value, as was just seen"))
        });
        Self {
            count: sorted.len(),
            missing: items - sorted.len(),
            mean: (!sorted.is_empty()).then(|| sorted.iter().sum::<f64>() / sorted.len() as f64),
            quantiles,
            histogram,
        }
    }
}

/// The bar that counts a finite value.
fn bin_of(value: f64, edges: &[f64]) -> usize {
    let (low, width) = (edges[0], (edges[BINS] - edges[0]) / BINS as f64);
    // Saturates at 0 below the first edge.
    (((value - low) / width) as usize).min(BINS - 1)
}

fn finite_sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The `p`-quantile of sorted values, by linear interpolation (numpy's default).
fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = p * last as f64;
    let (low, part) = (place.floor(), place.fract());
    let (a, b) = (sorted[low as usize], sorted[(low as usize + 1).min(last)]);
    Some(a + part * (b - a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| quantile(&sorted, p));
        assert_eq!(found, [Some(1.0), Some(1.75), Some(3.0), Some(5.0), Some(8.0)]);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn every_value_is_in_one_bar_and_missing_ones_are_counted() {
        let mut values: Vec<f64> = (0..1000).map(f64::from).collect();
        values.extend([1e9, -1e9, f64::NAN, f64::INFINITY]);
        let column = NumericColumn::new("price", values).expect("it has values");
        assert_eq!(column.catalogue.histogram.iter().sum::<u32>(), 1002);
        assert_eq!((column.catalogue.count, column.catalogue.missing), (1002, 2));
        assert!(column.edges[0] >= 0.0 && column.edges[BINS] < 1000.0, "outliers do not stretch the bars");
        let few = column.summary(&[0, 5, 1000, 1002]);
        assert_eq!(few.set.histogram[BINS - 1], 1, "what lies above is in the last bar");
        assert_eq!(few.set.quantiles, Some([0.0, 2.5, 5.0, 500_000_002.5, 1e9]));
        assert_eq!(few.set.missing, 1);
        for (bin, &counted) in column.catalogue.histogram.iter().enumerate() {
            assert_eq!(column.items_in_bin(bin).len(), counted as usize, "bar {bin}");
        }
        assert!(column.items_in_bin(BINS - 1).contains(&1000), "what lies above is in the last bar");
    }

    #[test]
    fn a_constant_or_empty_column_does_no_harm() {
        let constant = NumericColumn::new("same", vec![3.0; 5]).expect("it has values");
        assert_eq!(constant.summary(&[0, 1]).set.histogram.iter().sum::<u32>(), 2);
        assert!(NumericColumn::new("none", vec![f64::NAN; 4]).is_none());
        let empty = constant.summary(&[]);
        assert_eq!((empty.set.mean, empty.set.quantiles), (None, None));
    }
}
