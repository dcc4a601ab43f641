//! Plain text tables.

/// Which side a column's cells stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of text under headings, two blanks between columns, no trailing blanks.
#[derive(Debug, Clone)]
pub(super) struct Table {
    headings: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<H: Into<String>>(headings: impl IntoIterator<Item = (H, Align)>) -> Self {
        let headings = headings.into_iter().map(|(heading, align)| (heading.into(), align)).collect();
        Self { headings, rows: Vec::new() }
    }

    /// The same table with nothing above its rows.
    pub(super) fn without_headings(mut self) -> Self {
        self.headings.iter_mut().for_each(|(heading, _)| heading.clear());
        self
    }

    /// Adds a row, one cell a heading.
    pub(super) fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let headings: Vec<String> = self.headings.iter().map(|(text, _)| text.clone()).collect();
        let lines = || std::iter::once(&headings).chain(&self.rows);
        let widths: Vec<usize> = (0..self.headings.len())
            .map(|column| lines().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
            .collect();
        for row in lines().filter(|row| row.iter().any(|cell| !cell.is_empty())) {
            let mut line = String::new();
            for ((cell, (_, align)), width) in row.iter().zip(&self.headings).zip(&widths) {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if *align == Align::Right { (&*padding, "") } else { ("", &*padding) };
                line.push_str("  ");
                line.push_str(before);
                line.push_str(cell);
                line.push_str(after);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_characters_not_bytes() {
        let mut table = Table::new([("type", Align::Left), ("IDs", Align::Right)]);
        table.row(["café".to_owned(), "1,766".to_owned()]);
        table.row(["store".to_owned(), "8".to_owned()]);
        assert_eq!(table.to_string(), "  type     IDs\n  café   1,766\n  store      8\n");
    }
}
