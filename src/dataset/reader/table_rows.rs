//! The rows of a table: its files cut into pieces, which are read side by side and taken in order.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use super::arrow_ipc::ArrowPieces;
use super::delimited::DelimitedPieces;
use super::in_order::in_order;
use super::json_lines::JsonLinesPieces;
use super::parquet::ParquetPieces;
use super::source::{Format, unreadable};
use super::table::Part;
use super::{Column, Pieces, RowReader, Rows, Table};
use crate::dataset::DatasetError;
use crate::progress::Watch;

/// Consecutive rows of one file, in the columns that were asked for.
pub(in crate::dataset) struct PieceRows<'a> {
    path: &'a Path,
    reader: Box<dyn RowReader>,
    fit: Arc<Fit>,
    watch: &'a Watch,
    /// Bytes of the table up to the end of the piece.
    done: u64,
}

impl<'a> PieceRows<'a> {
    /// The file.
    pub(in crate::dataset) fn path(&self) -> &'a Path {
        self.path
    }

    /// The next rows; `None` at the end of the piece.
    ///
    /// # Errors
    /// [`DatasetError`] of the file, or [`DatasetError::Cancelled`].
    pub(in crate::dataset) fn next_rows(&mut self) -> Result<Option<Rows>, DatasetError> {
        if self.watch.is_cancelled() {
            return Err(DatasetError::Cancelled);
        }
        let rows = self.reader.next_rows()?;
        rows.map(|rows| self.fit.apply(rows, self.path)).transpose()
    }
}

impl Table {
    /// Has `digest` read every piece of the table, on all threads, and hands what it makes of each to `take`, in the
    /// order of the rows, with the file's path and how much of the table is read then (0..=1). The rows have the columns `wanted` (indices into [`Self::columns`]); a
    /// column that a file lacks is null there.
    ///
    /// # Errors
    /// [`DatasetError`] of a file, of `digest` or `take`, or [`DatasetError::Cancelled`].
    pub(in crate::dataset) fn read_pieces<T: Send>(
        &self,
        wanted: &[usize],
        stage: &str,
        watch: &Watch,
        digest: impl Fn(&mut PieceRows<'_>) -> Result<T, DatasetError> + Sync,
        mut take: impl FnMut(&Path, T, f64) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let total = self.bytes();
        let mut before = 0;
        let files = self.parts().iter().flat_map(|part| {
            let start = before;
            before += part.source.bytes;
            pieces_of(self, part, wanted, watch, start)
        });
        let work = |piece| digested(piece, &digest);
        let take = |result: Result<(&Path, T, u64), DatasetError>| {
            if watch.is_cancelled() {
                return Err(DatasetError::Cancelled);
            }
            let (path, digested, done) = result?;
            let done = done.min(total);
            take(path, digested, done as f64 / total.max(1) as f64)?;
            watch.report(stage, done, Some(total), "bytes");
            Ok(())
        };
        in_order(rayon::current_num_threads(), files, work, take)
            .map_err(|error| unreadable(self.first_path(), &format!("Cannot start a thread to read with: {error}")))?
    }

    /// Hands the rows of the columns `wanted` to `visit`, in order, with the file's path; as [`Self::read_pieces`].
    ///
    /// # Errors
    /// As [`Self::read_pieces`].
    pub(in crate::dataset) fn read(
        &self,
        wanted: &[usize],
        stage: &str,
        watch: &Watch,
        mut visit: impl FnMut(&Path, Rows) -> Result<(), DatasetError>,
    ) -> Result<(), DatasetError> {
        let all_rows = |piece: &mut PieceRows<'_>| {
            let mut all = Vec::new();
            while let Some(rows) = piece.next_rows()? {
                all.push(rows);
            }
            Ok(all)
        };
        self.read_pieces(wanted, stage, watch, all_rows, |path, all, _| {
            all.into_iter().try_for_each(|rows| visit(path, rows))
        })
    }

    /// Hands the rows of the column `wanted` to `look`, from the first on, until it is satisfied.
    ///
    /// # Errors
    /// [`DatasetError`] of a file or of `look`, or [`DatasetError::Cancelled`].
    pub(in crate::dataset) fn look_at(
        &self,
        wanted: usize,
        watch: &Watch,
        mut look: impl FnMut(&Path, Rows) -> Result<bool, DatasetError>,
    ) -> Result<(), DatasetError> {
        for part in self.parts() {
            for piece in pieces_of(self, part, &[wanted], watch, 0) {
                let mut piece = piece?;
                while let Some(rows) = piece.next_rows()? {
                    if look(piece.path, rows)? {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// The first rows of the first file, all columns of the table.
    pub(in crate::dataset) fn first_rows(&self) -> Result<Option<Rows>, DatasetError> {
        let Some(part) = self.parts().first() else { return Ok(None) };
        let all: Vec<usize> = (0..self.columns().len()).collect();
        let (mut pieces, fit) = open(self, part, &all)?;
        while let Some(mut piece) = pieces.next_piece()? {
            if let Some(rows) = piece.reader.next_rows()? {
                return fit.apply(rows, &part.source.path).map(Some);
            }
        }
        Ok(None)
    }
}

/// A piece's file, what `digest` makes of it, and the bytes read with it.
fn digested<'a, T>(
    piece: Result<PieceRows<'a>, DatasetError>,
    digest: impl Fn(&mut PieceRows<'_>) -> Result<T, DatasetError>,
) -> Result<(&'a Path, T, u64), DatasetError> {
    let mut piece = piece?;
    let made = digest(&mut piece)?;
    Ok((piece.path, made, piece.done))
}

/// The pieces of one file, ending with the first error. `before` bytes of the table stand before it.
fn pieces_of<'a>(
    table: &Table,
    part: &'a Part,
    wanted: &[usize],
    watch: &'a Watch,
    before: u64,
) -> impl Iterator<Item = Result<PieceRows<'a>, DatasetError>> + Send + use<'a> {
    let (mut opened, mut refused) = match open(table, part, wanted) {
        Ok(opened) => (Some(opened), None),
        Err(error) => (None, Some(error)),
    };
    let path = part.source.path.as_path();
    std::iter::from_fn(move || {
        if let Some(error) = refused.take() {
            return Some(Err(error));
        }
        let (pieces, fit) = opened.as_mut()?;
        match pieces.next_piece() {
            Ok(None) => None,
            Ok(Some(piece)) => Some(Ok(PieceRows {
                path,
                reader: piece.reader,
                fit: Arc::clone(fit),
                watch,
                done: before + piece.bytes_read,
            })),
            Err(error) => {
                opened = None;
                Some(Err(error))
            }
        }
    })
}

/// Opens one file of `table` for the columns `wanted`.
fn open(table: &Table, part: &Part, wanted: &[usize]) -> Result<(Box<dyn Pieces>, Arc<Fit>), DatasetError> {
    let wanted: Vec<&Column> = wanted.iter().map(|&c| &table.columns()[c]).collect();
    let mut own = Vec::new();
    let mut slots = Vec::with_capacity(wanted.len());
    for column in &wanted {
        let found = part.columns.iter().position(|c| c.name == column.name);
        slots.push(found.map(|_| own.len()));
        own.extend(found);
    }
    let source = &part.source;
    let pieces: Box<dyn Pieces> = match source.format {
        Format::Parquet => Box::new(ParquetPieces::open(source, &own)?),
        Format::ArrowFile | Format::ArrowStream => Box::new(ArrowPieces::open(source, &own)?),
        Format::JsonLines => {
            let names = own.iter().map(|&c| part.columns[c].name.clone()).collect();
            Box::new(JsonLinesPieces::open(source, names)?)
        }
        Format::Delimited(delimiter) => Box::new(DelimitedPieces::open(source, delimiter, &own)?),
    };
    let fits = slots.iter().zip(&wanted).map(|(slot, column)| {
        // Only where the files disagree does a column have to be cast.
        slot.is_none_or(|s| part.columns[own[s]].data_type == column.data_type)
    });
    let fits = fits.collect();
    let types = wanted.into_iter().map(|c| c.data_type.clone()).collect();
    Ok((pieces, Arc::new(Fit { slots, types, fits })))
}

/// How a file's columns become those of the table.
struct Fit {
    /// Where each wanted column is among those that the reader gives.
    slots: Vec<Option<usize>>,
    /// The type of each wanted column in the table.
    types: Vec<DataType>,
    /// Whether this file's column has that type.
    fits: Vec<bool>,
}

impl Fit {
    fn apply(&self, mut rows: Rows, path: &Path) -> Result<Rows, DatasetError> {
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.slots.len());
        for ((slot, data_type), fits) in self.slots.iter().zip(&self.types).zip(&self.fits) {
            columns.push(match slot {
                None => new_null_array(data_type, rows.len),
                Some(slot) if *fits => Arc::clone(&rows.columns[*slot]),
                Some(slot) => cast(&rows.columns[*slot], data_type).map_err(|e| {
                    unreadable(path, &format!("The files give a column different types that do not fit ({e})"))
                })?,
            });
        }
        rows.columns = columns;
        Ok(rows)
    }
}
