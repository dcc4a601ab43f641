//! Which runs are on show: words of names and tags, and conditions on columns.

use super::{Column, RunTable};

/// How a value has to stand to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Longer signs first, so that none is read as a part of another.
const RELATIONS: [(&str, Relation); 6] = [
    ("!=", Relation::Unequal),
    ("<=", Relation::AtMost),
    (">=", Relation::AtLeast),
    ("=", Relation::Equal),
    ("<", Relation::Less),
    (">", Relation::Greater),
];

#[derive(Debug, Clone, PartialEq)]
enum Term {
    /// In lower case.
    Word(String),
    Condition {
        column: usize,
        relation: Relation,
        text: String,
        number: Option<f64>,
    },
}

/// Conditions that all have to hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter(Vec<Term>);

impl Filter {
    /// The filter that `text` describes: terms between spaces, each a word of a name or tag, or a condition such as
    /// `window>4`, `hit_rate@10>=30%`, `optimizer=adam`.
    ///
    /// # Errors
    /// In words: a column that is not there, with the nearest; a condition without a value.
    pub fn parse(text: &str, columns: &[Column]) -> Result<Self, String> {
        text.split_whitespace().map(|term| Self::term(term, columns)).collect::<Result<_, _>>().map(Self)
    }

    fn term(term: &str, columns: &[Column]) -> Result<Term, String> {
        let found = RELATIONS.iter().filter_map(|&(sign, relation)| Some((term.find(sign)?, sign, relation)));
        let Some((at, sign, relation)) = found.min_by_key(|&(at, sign, _)| (at, 2 - sign.len())) else {
            return Ok(Term::Word(term.to_lowercase()));
        };
        let (key, value) = (&term[..at], &term[at + sign.len()..]);
        let Some(column) = columns.iter().position(|column| column.key == key) else {
            let likeness = |column: &&Column| strsim::normalized_damerau_levenshtein(key, &column.key);
            let near = columns.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let near = near.map_or(String::new(), |near| format!("; did you mean {}?", near.key));
            return Err(format!("There is no column {key:?}{near}"));
        };
        let number = number(value);
        let ordered = !matches!(relation, Relation::Equal | Relation::Unequal);
        if value.is_empty() || (ordered && number.is_none()) {
            return Err(format!("{key}{sign} takes a value, for example {key}{sign}0.5"));
        }
        Ok(Term::Condition { column, relation, text: value.to_owned(), number })
    }

    /// Whether row `row` of `table` is on show.
    #[must_use]
    pub fn passes(&self, table: &RunTable, row: usize) -> bool {
        self.0.iter().all(|term| term.holds(table, row))
    }
}

impl Term {
    fn holds(&self, table: &RunTable, row: usize) -> bool {
        match self {
            Self::Word(word) => {
                let run = &table.runs[row];
                run.name().to_lowercase().contains(word)
                    || run.notes.tags.iter().any(|tag| tag.to_lowercase().contains(word))
            }
            Self::Condition { column, relation, text, number } => {
                let Some(cell) = table.cell(row, *column) else { return false };
                let equal = match (cell.number, number) {
                    (Some(value), Some(number)) => value == *number,
                    _ => cell.exact == *text || cell.text == *text,
                };
                let compared = |holds: fn(&f64, &f64) -> bool| {
                    cell.number.zip(*number).is_some_and(|(value, number)| holds(&value, &number))
                };
                match relation {
                    Relation::Equal => equal,
                    Relation::Unequal => !equal,
                    Relation::Less => compared(f64::lt),
                    Relation::AtMost => compared(f64::le),
                    Relation::Greater => compared(f64::gt),
                    Relation::AtLeast => compared(f64::ge),
                }
            }
        }
    }
}

/// A number as people write it: 0.5, 30%, 12k, 1.5M.
fn number(text: &str) -> Option<f64> {
    let units = [("%", 0.01), ("k", 1e3), ("M", 1e6), ("B", 1e9)];
    let unit = units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((text, 1.0));
    digits.parse::<f64>().ok().map(|value| value * factor).filter(|value| value.is_finite())
}
