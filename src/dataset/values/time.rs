//! Times of any notation as microseconds since 1970-01-01 UTC.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};

use super::calendar::parse_calendar;
use super::text_column::TextColumn;

const MICROS: i128 = 1_000_000;
/// 0001-01-01 and the end of 9999: what lies beyond is no time but a misread unit.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// What times look like, for messages.
pub(in crate::dataset) const NOTATIONS: &str =
    "times are RFC 3339, YYYY-MM-DD HH:MM:SS, or epoch seconds, milliseconds or microseconds";

/// What a column's times are written as. Decided by its first values and the same for all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::dataset) enum TimeNotation {
    /// No value seen yet.
    #[default]
    Unknown,
    /// Date and time.
    Calendar,
    /// A count of this many to the second since 1970.
    Epoch(i64),
}

/// Why a row has no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum TimeFault {
    Missing,
    Unreadable,
}

/// The times of some rows.
#[derive(Debug, Default)]
pub(in crate::dataset) struct Times {
    /// Microseconds since 1970-01-01 UTC, one a row; 0 where there is none.
    pub at: Vec<i64>,
    /// The rows without a time, in order.
    pub faults: Vec<(u32, TimeFault)>,
}

impl Times {
    fn with_capacity(rows: usize) -> Self {
        Self { at: Vec::with_capacity(rows), faults: Vec::new() }
    }

    fn push(&mut self, time: Result<i64, TimeFault>) {
        let time = time.and_then(|time| if YEARS.contains(&time) { Ok(time) } else { Err(TimeFault::Unreadable) });
        if let Err(fault) = time {
            self.faults.push((self.at.len() as u32, fault));
        }
        self.at.push(time.unwrap_or(0));
    }

    /// Why row `row` has no time; `None` if it has one.
    pub(in crate::dataset) fn fault(&self, row: usize) -> Option<TimeFault> {
        let found = self.faults.binary_search_by_key(&row, |(row, _)| *row as usize).ok()?;
        Some(self.faults[found].1)
    }
}

/// The times of `array`. `notation` is what the batches before were written in.
///
/// # Errors
/// The type's name, if it can hold no times.
pub(in crate::dataset) fn read_times(array: &ArrayRef, notation: &mut TimeNotation) -> Result<Times, String> {
    // The type says all that the cast's error would.
    let cannot = |_error| array.data_type().to_string();
    match array.data_type() {
        DataType::Timestamp(unit, _) => {
            let raw = cast(array, &DataType::Int64).map_err(cannot)?;
            let per_second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1_000,
                TimeUnit::Microsecond => 1_000_000,
                TimeUnit::Nanosecond => 1_000_000_000,
            };
            Ok(scaled(array, &raw, per_second))
        }
        DataType::Date64 => Ok(scaled(array, &cast(array, &DataType::Int64).map_err(cannot)?, 1_000)),
        DataType::Date32 => {
            let days = cast(array, &DataType::Int32).and_then(|a| cast(&a, &DataType::Int64)).map_err(cannot)?;
            let seconds = days.as_primitive::<Int64Type>().unary::<_, Int64Type>(|day| day * 86_400);
            Ok(scaled(array, &(std::sync::Arc::new(seconds) as ArrayRef), 1))
        }
        t if t.is_integer() => {
            let raw = cast(array, &DataType::Int64).map_err(cannot)?;
            let numbers = raw.as_primitive::<Int64Type>();
            if *notation == TimeNotation::Unknown {
                *notation = decide(numbers.iter().flatten().map(|v| Cell::Number(i128::from(v) * MICROS)));
            }
            if let TimeNotation::Epoch(per_second) = *notation {
                return Ok(scaled(array, &raw, per_second));
            }
            let cell = |i| if array.is_null(i) { Cell::Missing } else { Cell::Unreadable };
            Ok(resolved((0..array.len()).map(cell), *notation))
        }
        t if t.is_floating() => {
            let raw = cast(array, &DataType::Float64).map_err(cannot)?;
            let raw = raw.as_primitive::<Float64Type>();
            let cells = || {
                (0..raw.len()).map(|i| match raw.is_valid(i).then(|| raw.value(i)) {
                    // Tables with gaps often hold them as NaN.
                    None => Cell::Missing,
                    Some(v) if v.is_nan() => Cell::Missing,
                    Some(v) if v.abs() < 1e20 => Cell::Number((v * 1e6).round() as i128),
                    Some(_) => Cell::Unreadable,
                })
            };
            if *notation == TimeNotation::Unknown {
                *notation = decide(cells());
            }
            Ok(resolved(cells(), *notation))
        }
        _ => {
            let text = TextColumn::new(array).map_err(cannot)?;
            if *notation == TimeNotation::Unknown {
                *notation = decide(text_cells(&text, array.len()));
            }
            Ok(resolved(text_cells(&text, array.len()), *notation))
        }
    }
}

/// The values of a text column.
fn text_cells(text: &TextColumn, rows: usize) -> impl ExactSizeIterator<Item = Cell> {
    // The events of a session often have one time.
    let mut last = ("", Cell::Missing);
    (0..rows).map(move |row| match text.get(row) {
        None if text.is_invalid(row) => Cell::Unreadable,
        None => Cell::Missing,
        Some(found) => {
            if found != last.0 {
                last = (found, text_cell(found.trim()));
            }
            last.1
        }
    })
}

fn text_cell(text: &str) -> Cell {
    if text.is_empty() {
        return Cell::Missing;
    }
    parse_calendar(text).map(Cell::Calendar).or_else(|| number(text)).unwrap_or(Cell::Unreadable)
}

/// A value before the column's notation is known.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Missing,
    Unreadable,
    Calendar(i64),
    /// A number in millionths, so that fractions keep their digits.
    Number(i128),
}

/// A decimal number with at most six digits kept after the point.
fn number(text: &str) -> Option<Cell> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |rest| (rest, -1));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 20 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut millionths = whole.parse::<i128>().ok()? * MICROS;
    let mut unit = MICROS / 10;
    for digit in fraction.bytes().take(6) {
        millionths += i128::from(digit - b'0') * unit;
        unit /= 10;
    }
    Some(Cell::Number(sign * millionths))
}

fn resolved(cells: impl ExactSizeIterator<Item = Cell>, notation: TimeNotation) -> Times {
    let mut times = Times::with_capacity(cells.len());
    for cell in cells {
        times.push(match (cell, notation) {
            (Cell::Missing, _) => Err(TimeFault::Missing),
            (Cell::Calendar(time), TimeNotation::Calendar) => Ok(time),
            (Cell::Number(millionths), TimeNotation::Epoch(per_second)) => {
                i64::try_from(millionths.div_euclid(i128::from(per_second))).map_err(|_too_large| TimeFault::Unreadable)
            }
            _ => Err(TimeFault::Unreadable),
        });
    }
    times
}

/// The notation of the first readable value; for numbers the unit that their median size suggests.
fn decide(cells: impl Iterator<Item = Cell>) -> TimeNotation {
    let mut cells = cells.filter(|cell| matches!(cell, Cell::Calendar(_) | Cell::Number(_))).peekable();
    match cells.peek() {
        None => TimeNotation::Unknown,
        Some(Cell::Calendar(_)) => TimeNotation::Calendar,
        Some(_) => {
            let mut sizes: Vec<i128> =
                cells.filter_map(|c| if let Cell::Number(n) = c { Some(n.abs() / MICROS) } else { None }).collect();
            let middle = sizes.len() / 2;
            let (_, &mut median, _) = sizes.select_nth_unstable(middle);
            // Seconds reach 1e11 in the year 5138, milliseconds in 1973.
            TimeNotation::Epoch(match median {
                0..100_000_000_000 => 1,
                100_000_000_000..100_000_000_000_000 => 1_000,
                100_000_000_000_000..100_000_000_000_000_000 => 1_000_000,
                _ => 1_000_000_000,
            })
        }
    }
}

/// Int64 counts of `per_second` to the second as times. What is null in `raw` but not in `array` did not fit.
fn scaled(array: &ArrayRef, raw: &ArrayRef, per_second: i64) -> Times {
    let raw = raw.as_primitive::<Int64Type>();
    let (factor, divisor) = (1_000_000 / per_second, per_second / 1_000_000);
    let micros = |value: i64| if factor > 0 { value.checked_mul(factor) } else { Some(value.div_euclid(divisor)) };
    let mut times = Times::with_capacity(raw.len());
    for (row, value) in raw.iter().enumerate() {
        let fault = if value.is_none() && array.is_null(row) { TimeFault::Missing } else { TimeFault::Unreadable };
        times.push(value.and_then(micros).ok_or(fault));
    }
    times
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        Date32Array, Date64Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
        TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt32Array,
    };

    use super::*;

    /// 2017-02-09T23:02:42Z.
    const SECOND: i64 = 1_486_681_362;
    const MICRO: i64 = SECOND * 1_000_000;

    fn in_notation(array: ArrayRef, notation: &mut TimeNotation) -> Vec<Result<i64, TimeFault>> {
        let times = read_times(&array, notation).unwrap();
        (0..array.len()).map(|row| times.fault(row).map_or(Ok(times.at[row]), Err)).collect()
    }

    fn times(array: ArrayRef) -> Vec<Result<i64, TimeFault>> {
        in_notation(array, &mut TimeNotation::default())
    }

    fn text(values: &[&str]) -> ArrayRef {
        Arc::new(StringArray::from(values.to_vec()))
    }

    #[test]
    fn epoch_units_are_told_by_their_size() {
        for (value, expected) in [
            ("1486681362", MICRO),
            ("1486681362000", MICRO),
            ("1486681362000000", MICRO),
            ("1486681362000000000", MICRO),
            ("1486681362.25", MICRO + 250_000),
            ("-5", -5_000_000),
        ] {
            assert_eq!(times(text(&[value])), [Ok(expected)], "{value}");
        }
    }

    #[test]
    fn a_column_has_one_unit_even_where_single_values_suggest_another() {
        let column = text(&["1486681362000", "86400000", "1486681362001"]);
        let expected = [Ok(MICRO), Ok(86_400_000_000), Ok(MICRO + 1_000)];
        assert_eq!(times(column), expected);
    }

    #[test]
    fn the_unit_holds_for_later_batches() {
        let mut notation = TimeNotation::default();
        in_notation(text(&["1486681362000"]), &mut notation);
        assert_eq!(in_notation(text(&["1000"]), &mut notation), [Ok(1_000_000)]);
        assert_eq!(in_notation(text(&["2017-02-09"]), &mut notation), [Err(TimeFault::Unreadable)]);
    }

    #[test]
    fn what_is_missing_is_told_from_what_cannot_be_read() {
        let column = text(&["2017-02-09 23:02:42", "", "20x7", "99999-01-01", " 2017-02-09 23:02:42 "]);
        let at = Ok(MICRO);
        assert_eq!(
            times(column),
            [at, Err(TimeFault::Missing), Err(TimeFault::Unreadable), Err(TimeFault::Unreadable), at]
        );
    }

    #[test]
    fn arrow_times_of_all_units_and_zones_are_utc_microseconds() {
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(TimestampSecondArray::from(vec![SECOND])),
            Arc::new(TimestampMillisecondArray::from(vec![SECOND * 1_000]).with_timezone("+02:00")),
            Arc::new(TimestampMicrosecondArray::from(vec![MICRO]).with_timezone("UTC")),
            Arc::new(TimestampNanosecondArray::from(vec![MICRO * 1_000 + 1])),
            Arc::new(Int64Array::from(vec![SECOND])),
            Arc::new(UInt32Array::from(vec![SECOND as u32])),
            Arc::new(Float64Array::from(vec![SECOND as f64])),
            Arc::new(Date64Array::from(vec![SECOND * 1_000])),
        ];
        for array in arrays {
            let data_type = array.data_type().clone();
            assert_eq!(times(array), [Ok(MICRO)], "{data_type}");
        }
        assert_eq!(
            times(Arc::new(Date32Array::from(vec![Some(1), None]))),
            [Ok(86_400_000_000), Err(TimeFault::Missing)]
        );
    }
}
