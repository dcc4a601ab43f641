//! Finding the IDs of a table: by text as it is typed, or by a filter that the engine works out.

use std::sync::Arc;

use crate::run::filter::{Filter, FilterColumn, FilterError, is_filter};
use crate::run::{Run, TableView};

/// Rows looked through in one frame.
const ROWS_A_FRAME: usize = 20_000;
/// Rows listed at most by text.
const MOST: usize = 20_000;

/// What the query asks for.
#[derive(Debug, Clone, Default)]
enum Meaning {
    /// A text somewhere in ID or label.
    #[default]
    Text,
    /// A filter that does not read.
    Fault(FilterError),
    /// A filter that is to be asked for.
    Wanted(Filter),
    /// A filter whose rows are on their way.
    Asked,
    /// A filter whose rows are there.
    Answered,
}

/// A search that goes on over frames, so that a large table does not hold the window up.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is typed.
    pub query: String,
    /// Whether the list is open.
    pub open: bool,
    sought: String,
    meaning: Meaning,
    next: usize,
    found: Arc<Vec<u32>>,
    columns: Vec<FilterColumn>,
    of_table: String,
}

impl Search {
    /// Begins anew: another table, other rows.
    pub fn restart(&mut self) {
        self.next = 0;
        self.found = Arc::default();
        self.of_table.clear();
        self.sought.clear();
        self.meaning = Meaning::Text;
    }

    /// The rows found so far: by text the most frequent first.
    pub fn found(&self) -> &[u32] {
        &self.found
    }

    /// What is wrong with the filter that is typed.
    pub fn fault(&self) -> Option<&FilterError> {
        match &self.meaning {
            Meaning::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether rows are on their way.
    pub fn is_waiting(&self) -> bool {
        matches!(self.meaning, Meaning::Asked)
    }

    /// The columns that a filter may name.
    pub fn columns(&self) -> &[FilterColumn] {
        &self.columns
    }

    /// Reads the query anew if it or the table has changed; `Some` filter is to be asked of the engine.
    pub fn read(&mut self, run: &Run, table: &TableView<'_>) -> Option<Filter> {
        if self.of_table != table.name {
            table.name.clone_into(&mut self.of_table);
            self.columns = run.filter_columns(table.name).unwrap_or_default();
            self.sought.clear();
            (self.next, self.meaning) = (0, Meaning::Text);
        }
        if self.sought != self.query {
            self.sought.clone_from(&self.query);
            (self.next, self.found) = (0, Arc::default());
            self.meaning = if is_filter(&self.sought, &self.columns) {
                Filter::parse(&self.sought, &self.columns).map_or_else(Meaning::Fault, Meaning::Wanted)
            } else {
                Meaning::Text
            };
        }
        match std::mem::take(&mut self.meaning) {
            Meaning::Wanted(filter) => {
                self.meaning = Meaning::Asked;
                Some(filter)
            }
            meaning => {
                self.meaning = meaning;
                None
            }
        }
    }

    /// Takes the rows that a filter means.
    pub fn answer(&mut self, table: &str, rows: Arc<Vec<u32>>) {
        if self.is_waiting() && self.of_table == table {
            self.found = rows;
            self.meaning = Meaning::Answered;
        }
    }

    /// No answer will come any more.
    pub fn ended(&mut self) {
        if self.is_waiting() {
            self.meaning = Meaning::Answered;
        }
    }

    /// Looks through some more rows for the text; `true` as long as there are more.
    pub fn advance(&mut self, table: &TableView<'_>) -> bool {
        if !matches!(self.meaning, Meaning::Text) {
            return false;
        }
        let needle = self.sought.trim().to_lowercase();
        let rows = table.vocabulary.len();
        let end = (self.next + ROWS_A_FRAME).min(rows);
        let found = Arc::make_mut(&mut self.found);
        for row in self.next..end {
            if found.len() >= MOST {
                self.next = rows;
                return false;
            }
            let row = row as u32;
            let hit = needle.is_empty()
                || table.vocabulary.id(row).to_lowercase().contains(&needle)
                || table.label(row).is_some_and(|label| label.to_lowercase().contains(&needle));
            if hit {
                found.push(row);
            }
        }
        self.next = end;
        end < rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Vocabulary;

    #[test]
    fn ids_and_labels_are_found_whatever_the_case_and_over_several_frames() {
        let ids: Vec<String> = (0..ROWS_A_FRAME + 10).map(|i| format!("id{i}")).collect();
        let vocabulary: Vocabulary = ids.iter().map(String::as_str).collect();
        let mut labels = vec![None; ids.len()];
        labels[3] = Some("Oat MILK".to_owned());
        labels[ROWS_A_FRAME + 4] = Some("Soy milk".to_owned());
        let counts = vec![1; ids.len()];
        let vectors = ndarray::Array2::zeros((ids.len(), 1));
        let table = TableView {
            name: "item",
            type_index: Some(0),
            vocabulary: &vocabulary,
            counts: &counts,
            labels: &labels,
            vectors: vectors.view(),
        };
        let mut search = Search { sought: "Milk".to_owned(), ..Search::default() };
        assert!(search.advance(&table));
        assert_eq!(search.found(), [3]);
        assert!(!search.advance(&table));
        assert_eq!(search.found(), [3, ROWS_A_FRAME as u32 + 4]);
    }
}
