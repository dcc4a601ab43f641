//! Columns of any type as the values that roles ask for: texts and times.

mod calendar;
pub(super) mod text_column;
pub(super) mod time;
