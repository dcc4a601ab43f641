//! A small language that says which rows of a table are meant: `brand = "acme" and price > 3 and count >= 10`.
//!
//! | written | means |
//! | --- | --- |
//! | `COLUMN = VALUE`, `!=` | the same text (whatever the case; of an ID type its ID or its name), or number |
//! | `COLUMN < NUMBER`, `<=`, `>`, `>=` | numbers |
//! | `COLUMN ~ VALUE`, `!~` | the text, somewhere in it a match of the regular expression, whatever the case |
//! | `COLUMN in (VALUE, VALUE)` | one of them |
//! | `COLUMN is missing`, `is known` | whether there is a value |
//! | `and`, `or`, `not`, `( )` | as usual; `and` binds closer |
//!
//! Values are bare words, numbers, or texts in quotes; a column whose name is no bare word stands in brackets:
//! `[unit price] > 3`. A row without a value passes no comparison.

mod columns;
mod evaluate;
mod parse;
mod token;

pub use columns::{ColumnKind, FilterColumn};
pub use parse::{Filter, FilterError, is_filter, suggestions};
