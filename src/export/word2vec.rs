//! word2vec's text format.

use std::io::{self, Write};

use super::rows::{Rows, shortest};

/// A line with the number of rows and dimensions, then a line a row: the ID and its numbers, blanks between.
/// The format has no quotes, so white space in an ID becomes `_`, as is the custom for phrases.
pub(super) fn write(mut out: impl Write, rows: &Rows<'_>) -> io::Result<()> {
    writeln!(out, "{} {}", rows.len(), rows.dims())?;
    for row in rows.iter() {
        out.write_all(word(row.id).as_bytes())?;
        for &value in row.vector {
            write!(out, " {}", shortest(value))?;
        }
        writeln!(out)?;
    }
    out.flush()
}

fn word(id: &str) -> String {
    let word: String = id.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
    if word.is_empty() { "_".to_owned() } else { word }
}
