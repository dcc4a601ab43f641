//! The optimiser's memory by name, out and in.

use std::collections::BTreeMap;

use crate::embedding::Model;
use crate::objective::{BackendError, BackendState};

use super::CpuBackend;
use super::copies::{PaddedRows, copies};
use super::optimizer::Moments;
use super::table::{TrainedTable, floats_mut};
use crate::simd::{Lane, WIDTH};

/// What [`BackendState`] calls each tensor of [`Moments`].
const FIRST: &str = "first_moment";
const SECOND: &str = "second_moment";
const MEAN_SQUARE: &str = "mean_square";

/// What it calls targets, contexts and transfer matrices, and the type that each counts from.
const SIDES: [(&str, usize); 3] = [("target", 0), ("context", 0), ("transfer", 1)];

impl CpuBackend {
    pub(super) fn save_state(&mut self) -> BackendState {
        self.catch_all_up();
        let mut tensors = BTreeMap::new();
        let (mut names, mut sources) = (Vec::new(), Vec::new());
        for (name, memory) in named_memories([&self.target, &self.context, &self.transfer]) {
            match memory {
                Memory::Rows(rows) => {
                    names.push(name);
                    sources.push(rows);
                }
                Memory::Sums(sums) => {
                    tensors.insert(name, sums.to_vec());
                }
            }
        }
        tensors.extend(names.into_iter().zip(copies(&mut self.pool, &mut self.scratch, &sources)));
        BackendState { step: self.step, tensors }
    }

    /// Takes over both or changes nothing.
    pub(super) fn restore_state(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        self.check_model(model)?;
        self.check_state(state)?;
        let arrays = [&model.target, &model.context, &model.transfer];
        for (tables, arrays) in [&mut self.target, &mut self.context, &mut self.transfer].into_iter().zip(arrays) {
            for (table, array) in tables.iter_mut().zip(arrays) {
                table.values.fill(array);
            }
        }
        for (name, table) in self.named_tables_mut() {
            let (width, dims) = (table.values.lanes() * WIDTH, table.values.dims());
            table.taken.fill(state.step);
            let saved = |kind: &str| state.tensors.get(&format!("{kind}/{name}"));
            match &mut table.moments {
                Moments::None => {}
                Moments::Adam { first, second } => {
                    for (lanes, saved) in [(first, saved(FIRST)), (second, saved(SECOND))] {
                        pad_into(lanes, width, dims, saved.map_or(&[], Vec::as_slice));
                    }
                }
                Moments::MeanSquare(sums) => {
                    if let Some(saved) = saved(MEAN_SQUARE) {
                        sums.clone_from(saved);
                    }
                }
            }
        }
        self.step = state.step;
        self.missed.forget(state.step);
        self.refresh_transposed();
        Ok(())
    }

    fn check_model(&self, model: &Model) -> Result<(), BackendError> {
        let sides = [
            ("target", &model.target, &self.target),
            ("context", &model.context, &self.context),
            ("transfer", &model.transfer, &self.transfer),
        ];
        for (side, arrays, tables) in sides {
            if arrays.len() != tables.len() {
                return Err(mismatch(format!("{} {side} tables instead of {}", arrays.len(), tables.len())));
            }
            for (k, (array, table)) in arrays.iter().zip(tables).enumerate() {
                let expected = (table.values.rows(), table.values.dims());
                if array.dim() != expected {
                    return Err(mismatch(format!("{side} table {k} is {:?} instead of {expected:?}", array.dim())));
                }
            }
        }
        Ok(())
    }

    /// The names and lengths must be those that [`Self::save_state`] writes.
    fn check_state(&self, state: &BackendState) -> Result<(), BackendError> {
        let expected: BTreeMap<String, usize> = named_memories([&self.target, &self.context, &self.transfer])
            .map(|(name, memory)| match memory {
                Memory::Rows(rows) => (name, rows.len()),
                Memory::Sums(sums) => (name, sums.len()),
            })
            .collect();
        for (name, length) in &expected {
            match state.tensors.get(name) {
                None => return Err(mismatch(format!("{name} is missing"))),
                Some(values) if values.len() != *length => {
                    return Err(mismatch(format!("{name} has {} values instead of {length}", values.len())));
                }
                Some(_) => {}
            }
        }
        match state.tensors.keys().find(|name| !expected.contains_key(*name)) {
            Some(name) => Err(mismatch(format!("{name} belongs to another optimizer or model"))),
            None => Ok(()),
        }
    }

    fn named_tables_mut(&mut self) -> impl Iterator<Item = (String, &mut TrainedTable)> {
        let sides = [&mut self.target, &mut self.context, &mut self.transfer];
        sides.into_iter().zip(SIDES).flat_map(|(tables, (side, first))| {
            tables.iter_mut().enumerate().map(move |(k, table)| (format!("{side}/{}", k + first), table))
        })
    }
}

/// One tensor of the optimiser's memory.
enum Memory<'a> {
    Rows(PaddedRows<'a>),
    Sums(&'a [f32]),
}

/// All tensors of the memory of `[target, context, transfer]`, by what [`BackendState`] calls them.
fn named_memories(sides: [&[TrainedTable]; 3]) -> impl Iterator<Item = (String, Memory<'_>)> {
    sides.into_iter().zip(SIDES).flat_map(|(tables, (side, first))| {
        tables.iter().enumerate().flat_map(move |(k, table)| {
            let name = |kind| format!("{kind}/{side}/{}", k + first);
            let (lanes, dims) = (table.values.lanes(), table.values.dims());
            let rows = |data| Memory::Rows(PaddedRows { data, lanes, dims });
            match &table.moments {
                Moments::None => Vec::new(),
                Moments::Adam { first, second } => vec![(name(FIRST), rows(first)), (name(SECOND), rows(second))],
                Moments::MeanSquare(sums) => vec![(name(MEAN_SQUARE), Memory::Sums(sums))],
            }
        })
    })
}

fn mismatch(message: String) -> BackendError {
    BackendError::StateMismatch { message }
}

/// Fills the first `dims` floats of each row of `width`.
fn pad_into(lanes: &mut [Lane], width: usize, dims: usize, values: &[f32]) {
    if dims == 0 {
        return;
    }
    for (row, values) in floats_mut(lanes).chunks_exact_mut(width).zip(values.chunks_exact(dims)) {
        row[..dims].copy_from_slice(values);
    }
}
