//! Which rows a filter means.

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::{DataType, Float64Type};

use super::columns::{FilterColumn, Source};
use super::parse::{Filter, Node, Order, Test};
use crate::dataset::ItemAttributes;
use crate::run::{Run, RunError, TableView};

impl Filter {
    /// The rows of `table` that are meant, rising.
    ///
    /// # Errors
    /// [`RunError::UnknownType`].
    pub fn rows(&self, run: &Run, table: &str) -> Result<Vec<u32>, RunError> {
        let table = run.table(table)?;
        let passes = self.root.passes(run, &table);
        Ok((0..).zip(passes).filter(|(_, passes)| *passes).map(|(row, _)| row).collect())
    }
}

impl Node {
    /// [rows] whether each passes.
    fn passes(&self, run: &Run, table: &TableView<'_>) -> Vec<bool> {
        let joined = |a: &Self, b: &Self, join: fn(bool, bool) -> bool| {
            a.passes(run, table).into_iter().zip(b.passes(run, table)).map(|(a, b)| join(a, b)).collect()
        };
        match self {
            Self::And(a, b) => joined(a, b, |a, b| a && b),
            Self::Or(a, b) => joined(a, b, |a, b| a || b),
            Self::Not(node) => node.passes(run, table).into_iter().map(|passes| !passes).collect(),
            Self::Test(column, test) => passes(run, table, column, test),
        }
    }
}

fn passes(run: &Run, table: &TableView<'_>, column: &FilterColumn, test: &Test) -> Vec<bool> {
    let rows = table.vocabulary.len();
    let texts = 0..rows as u32;
    match column.source {
        Source::Id => texts.map(|row| test.passes_text(table.vocabulary.id(row))).collect(),
        Source::Label => texts.map(|row| table.label(row).is_some_and(|label| test.passes_text(label))).collect(),
        Source::Count => table.counts.iter().map(|&count| test.passes_number(count as f64)).collect(),
        Source::Items => {
            let k = table.type_index.unwrap_or_default();
            let mut items = vec![0_u32; rows];
            for &id in run.attributes.ids.column(k) {
                if let Some(count) = items.get_mut(id as usize) {
                    *count += 1;
                }
            }
            items.into_iter().map(|count| test.passes_number(f64::from(count))).collect()
        }
        Source::Type(k) => {
            let own = &run.types[k];
            let label = |id: u32| own.labels.get(id as usize).and_then(Option::as_deref);
            // Each ID is tested once, not once an item.
            let ids: Vec<bool> = (0..own.vocabulary.len() as u32)
                .map(|id| {
                    test.passes_text(own.vocabulary.id(id)) || label(id).is_some_and(|text| test.passes_text(text))
                })
                .collect();
            let passes = |&id: &u32| id != ItemAttributes::MISSING && ids.get(id as usize).copied().unwrap_or(false);
            run.attributes.ids.column(k).iter().map(passes).collect()
        }
        Source::Described(at) => described(run, at, test),
    }
}

/// [trained items] by a column of the items file.
fn described(run: &Run, at: usize, test: &Test) -> Vec<bool> {
    let column = run.items.rows.column(at);
    let rows = run.items.row_of_item.iter().map(|&row| row as usize);
    let is_there = |row: usize| row < column.len() && column.is_valid(row);
    if let Some(texts) = column.as_any().downcast_ref::<StringArray>() {
        return rows.map(|row| is_there(row) && test.passes_text(texts.value(row))).collect();
    }
    let numbers = arrow::compute::cast(column, &DataType::Float64).ok();
    let numbers = numbers.as_ref().and_then(|numbers| numbers.as_primitive_opt::<Float64Type>());
    rows.map(|row| is_there(row) && numbers.is_some_and(|numbers| test.passes_number(numbers.value(row)))).collect()
}

impl Test {
    fn passes_text(&self, text: &str) -> bool {
        match self {
            Self::Texts(wanted) => wanted.contains(&text.to_lowercase()),
            Self::Matches(pattern) => pattern.is_match(text),
            Self::Known => true,
            Self::Numbers(_) | Self::Ordered(..) => false,
        }
    }

    fn passes_number(&self, number: f64) -> bool {
        match self {
            Self::Numbers(wanted) => wanted.contains(&number),
            Self::Ordered(order, bound) => match order {
                Order::Less => number < *bound,
                Order::AtMost => number <= *bound,
                Order::More => number > *bound,
                Order::AtLeast => number >= *bound,
            },
            Self::Known => !number.is_nan(),
            Self::Texts(_) | Self::Matches(_) => false,
        }
    }
}
