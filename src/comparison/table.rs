//! Runs side by side: a row a run, a column a figure or a hyperparameter.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Filter;
use crate::numbers;
use crate::run::{ListedRun, RunMetadata};
use crate::training::{Hyperparameters, RankedMetrics};

/// What a column tells of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColumnKind {
    /// When and on what.
    Fact,
    /// How well.
    Metric,
    /// How it was made.
    Hyperparameter,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its key, as filters take it.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// What it tells, in a sentence.
    pub help: String,
    /// What kind it is.
    pub kind: ColumnKind,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// As people write it.
    pub text: String,
    /// In full.
    pub exact: String,
    /// As a number, if it is one.
    pub number: Option<f64>,
}

/// Runs by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunTable {
    /// The runs.
    pub runs: Vec<ListedRun>,
    /// The columns; metrics only where some run has them.
    pub columns: Vec<Column>,
    /// `[runs][columns]`; `None` where a run says nothing.
    pub cells: Vec<Vec<Option<Cell>>>,
}

/// By what rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// Stars.
    Star,
    /// The name.
    Name,
    /// The tags.
    Tags,
    /// The note.
    Note,
    /// The column of this key.
    Column(String),
}

type Measure = (&'static str, &'static str, fn(&RankedMetrics) -> f64, fn(f64) -> String);

const MEASURES: [Measure; 4] = [
    ("hit_rate", "Hit rate", |metrics| metrics.hit_rate, numbers::percent),
    ("recall", "Recall", |metrics| metrics.recall, numbers::percent),
    ("ndcg", "NDCG", |metrics| metrics.ndcg, |value| numbers::figures(value, 3)),
    ("mrr", "MRR", |metrics| metrics.mrr, |value| numbers::figures(value, 3)),
];

/// The metric that runs are compared by.
pub const MAIN_METRIC: &str = "hit_rate@10";

impl Cell {
    fn number(value: f64, text: String) -> Option<Self> {
        value.is_finite().then(|| Self { text, exact: value.to_string(), number: Some(value) })
    }

    fn text(text: String) -> Self {
        Self { number: text.parse().ok().filter(|value: &f64| value.is_finite()), exact: text.clone(), text }
    }
}

impl RunTable {
    /// The table of `runs`. Runs that cannot be read have a row without values.
    #[must_use]
    pub fn new(runs: Vec<ListedRun>) -> Self {
        let known: Vec<&RunMetadata> = runs.iter().filter_map(|run| run.about.as_deref().ok()).collect();
        let cutoffs: BTreeSet<u32> = known
            .iter()
            .filter_map(|about| about.metrics.as_ref())
            .flat_map(|metrics| metrics.next_item.keys().copied())
            .collect();
        let widths: BTreeSet<&String> = known.iter().flat_map(|about| about.hyperparameters.dims.keys()).collect();
        let weights: BTreeSet<&String> = known.iter().flat_map(|about| about.hyperparameters.weight.keys()).collect();
        let has_parents = known.iter().any(|about| about.branch.is_some() || about.from.is_some());
        let mut table = Self { cells: vec![Vec::new(); runs.len()], ..Self::default() };
        table.facts(&runs);
        if has_parents {
            table.parents(&runs);
        }
        table.metrics(&runs, &cutoffs);
        table.work(&runs);
        for doc in Hyperparameters::keys().iter().filter(|doc| !doc.is_by_type()) {
            table.hyperparameter(&runs, doc.key.to_owned(), doc.help);
        }
        for width in widths {
            table.hyperparameter(&runs, format!("dims.{width}"), "How many numbers make up a vector of that ID type.");
        }
        for name in weights {
            let help = "A factor on how much that ID type counts when two items are compared; 1 where it is not named.";
            table.hyperparameter(&runs, format!("weight.{name}"), help);
        }
        table.runs = runs;
        table
    }

    fn add(&mut self, runs: &[ListedRun], column: Column, of: impl Fn(&RunMetadata) -> Option<Cell>) {
        for (cells, run) in self.cells.iter_mut().zip(runs) {
            cells.push(run.about.as_deref().ok().and_then(&of));
        }
        self.columns.push(column);
    }

    fn metrics(&mut self, runs: &[ListedRun], cutoffs: &BTreeSet<u32>) {
        for cutoff in cutoffs {
            for (key, title, of, text) in MEASURES {
                let column = Column {
                    key: format!("{key}@{cutoff}"),
                    title: format!("{title} @{cutoff}"),
                    help: format!("{title} among the first {cutoff}, of the events held out."),
                    kind: ColumnKind::Metric,
                };
                self.add(runs, column, |about| {
                    let value = of(about.metrics.as_ref()?.next_item.get(cutoff)?);
                    Cell::number(value, text(value))
                });
            }
        }
    }

    /// What it came to and what it took.
    fn work(&mut self, runs: &[ListedRun]) {
        let metric = |key: &str, title: &str, help: &str| Column {
            key: key.to_owned(),
            title: title.to_owned(),
            help: help.to_owned(),
            kind: ColumnKind::Metric,
        };
        self.add(runs, metric("loss", "Loss", "Mean total loss over the last finished epoch."), |about| {
            let loss = about.loss.as_ref()?.total;
            Cell::number(loss, numbers::figures(loss, 4))
        });
        self.add(runs, metric("pairs_per_second", "Pairs/s", "Pairs a second while training."), |about| {
            let pace = about.timings.pairs_per_second;
            Cell::number(pace, numbers::rate(pace))
        });
        self.add(runs, metric("seconds", "Training", "Seconds of training, pauses left out."), |about| {
            let seconds = about.timings.train;
            Cell::number(seconds, numbers::duration(seconds))
        });
        self.add(runs, metric("epochs_done", "Epochs done", "Epochs finished, with fraction."), |about| {
            Cell::number(about.epochs_done, numbers::figures(about.epochs_done, 3))
        });
        self.add(runs, metric("backend", "Backend", "What it was trained on."), |about| {
            Some(Cell { text: about.backend.clone(), exact: about.adapter.clone(), number: None })
        });
    }

    fn facts(&mut self, runs: &[ListedRun]) {
        let fact = |key: &str, title: &str, help: &str| Column {
            key: key.to_owned(),
            title: title.to_owned(),
            help: help.to_owned(),
            kind: ColumnKind::Fact,
        };
        self.add(runs, fact("created", "Made", "When it was saved, UTC."), |about| {
            let text = about.created.get(..16).unwrap_or(&about.created).replace('T', " ");
            Some(Cell { text, exact: about.created.clone(), number: None })
        });
        self.add(runs, fact("data", "Data", "Events and items trained on; equal letters are equal data."), |about| {
            let data = &about.data;
            let mark = data.hash.get(..6).unwrap_or(&data.hash);
            let (events, items) = (numbers::short(data.events), numbers::short(data.items));
            let files = data.files.join("\n");
            let exact =
                format!("{events} events, {items} items, held out: {}\nHash {}\n{files}", about.holdout, data.hash);
            Some(Cell {
                text: format!("{events} / {items} · {mark}"),
                exact: exact.trim_end().to_owned(),
                number: None,
            })
        });
    }

    /// The runs that others went on from.
    fn parents(&mut self, runs: &[ListedRun]) {
        let column = Column {
            key: "parent".to_owned(),
            title: "Parent".to_owned(),
            help: "The run that it branched from, or whose vectors it started from.".to_owned(),
            kind: ColumnKind::Fact,
        };
        self.add(runs, column, |about| {
            let (name, exact) = match (&about.branch, &about.from) {
                (Some(branch), _) => (&branch.name, branch.in_words()),
                (None, Some(from)) => (&from.name, format!("Started from {}\nFolder: {}", from.name, from.path)),
                (None, None) => return None,
            };
            Some(Cell { text: name.clone(), exact, number: None })
        });
    }

    fn hyperparameter(&mut self, runs: &[ListedRun], key: String, help: &str) {
        let column =
            Column { title: key.clone(), key: key.clone(), help: help.to_owned(), kind: ColumnKind::Hyperparameter };
        self.add(runs, column, |about| about.hyperparameters.get(&key).map(Cell::text));
    }

    /// The position of the column of `key`.
    #[must_use]
    pub fn column(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// One value.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.cells.get(row)?.get(column)?.as_ref()
    }

    /// The rows that pass `filter`, archived ones only if asked for, in the order of `by`; rows without a value come last
    /// either way, ties by path.
    #[must_use]
    pub fn rows(&self, filter: &Filter, archived: bool, by: &SortBy, falling: bool) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.runs.len())
            .filter(|&row| (archived || !self.runs[row].notes.archived) && filter.passes(self, row))
            .collect();
        rows.sort_by(|&a, &b| self.order(a, b, by, falling));
        rows
    }

    fn order(&self, a: usize, b: usize, by: &SortBy, falling: bool) -> Ordering {
        let turned = |order: Ordering| if falling { order.reverse() } else { order };
        let (first, second) = (&self.runs[a], &self.runs[b]);
        let texts = |a: String, b: String| match (a.is_empty(), b.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => turned(a.to_lowercase().cmp(&b.to_lowercase())),
        };
        match by {
            SortBy::Star => turned(second.notes.star.cmp(&first.notes.star)),
            SortBy::Name => texts(first.name(), second.name()),
            SortBy::Tags => texts(first.notes.tags.join(", "), second.notes.tags.join(", ")),
            SortBy::Note => texts(first.notes.note.clone(), second.notes.note.clone()),
            SortBy::Column(key) => {
                let cell = |row| self.column(key).and_then(|column| self.cell(row, column));
                match (cell(a), cell(b)) {
                    (None, None) => Ordering::Equal,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(_), None) => Ordering::Less,
                    (Some(x), Some(y)) => turned(match (x.number, y.number) {
                        (Some(x), Some(y)) => x.total_cmp(&y),
                        (Some(_), None) => Ordering::Less,
                        (None, Some(_)) => Ordering::Greater,
                        (None, None) => x.exact.cmp(&y.exact),
                    }),
                }
            }
        }
    }

    /// The columns in which not all of `rows` say the same; rows that cannot be read do not count.
    #[must_use]
    pub fn differing(&self, rows: &[usize]) -> Vec<usize> {
        let known: Vec<usize> = rows.iter().copied().filter(|&row| self.runs[row].about.is_ok()).collect();
        let exact = |row: usize, column: usize| self.cell(row, column).map(|cell| cell.exact.as_str());
        let differs = |&column: &usize| known.windows(2).any(|pair| exact(pair[0], column) != exact(pair[1], column));
        (0..self.columns.len()).filter(differs).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::run::{DataFingerprint, RunNotes, Timings, Unreadable};
    use crate::training::{Evaluation, Preset};

    fn run(name: &str, window: &str, hit_rate: Option<f64>) -> ListedRun {
        let mut hyperparameters = Hyperparameters::preset(Preset::Default);
        hyperparameters.set("window", window).unwrap();
        let figures = |hit_rate| RankedMetrics { hit_rate, ..RankedMetrics::default() };
        let metrics = hit_rate
            .map(|hit_rate| Evaluation { next_item: [(10, figures(hit_rate))].into(), ..Evaluation::default() });
        let about = RunMetadata {
            format_version: 1,
            program_version: "0.1.0".to_owned(),
            name: name.to_owned(),
            created: "2026-01-01T00:00:00Z".to_owned(),
            types: vec!["item".to_owned()],
            hyperparameters,
            holdout: "last-session".to_owned(),
            seed: 1,
            backend: "cpu".to_owned(),
            adapter: "CPU".to_owned(),
            data: DataFingerprint::default(),
            timings: Timings { pairs_per_second: 2e6, ..Timings::default() },
            epochs_done: 1.0,
            steps: 1,
            pairs: 1,
            stopped: false,
            trouble: None,
            loss: None,
            metrics,
            from: None,
            branch: None,
        };
        ListedRun { path: name.into(), about: Ok(Arc::new(about)), notes: RunNotes::default() }
    }

    fn table() -> RunTable {
        let mut starred = run("wide", "10", Some(0.25));
        starred.notes.set_tags("2026, tried");
        starred.notes.star = true;
        let gone = ListedRun { path: "gone".into(), about: Err(Unreadable::Gone), notes: RunNotes::default() };
        let mut archived = run("old", "3", Some(0.9));
        archived.notes.archived = true;
        RunTable::new(vec![run("small", "9", Some(0.5)), starred, run("unmeasured", "session", None), gone, archived])
    }

    fn names(table: &RunTable, filter: &str, by: SortBy, falling: bool) -> Vec<String> {
        let filter = Filter::parse(filter, &table.columns).unwrap();
        table.rows(&filter, false, &by, falling).into_iter().map(|row| table.runs[row].name()).collect()
    }

    #[test]
    fn numbers_sort_as_numbers_and_what_has_no_value_comes_last_either_way() {
        let table = table();
        let metric = || SortBy::Column(MAIN_METRIC.to_owned());
        assert_eq!(names(&table, "", metric(), true), ["small", "wide", "unmeasured", "gone"]);
        assert_eq!(names(&table, "", metric(), false), ["wide", "small", "unmeasured", "gone"]);
        let window = SortBy::Column("window".to_owned());
        assert_eq!(names(&table, "", window, false), ["small", "wide", "unmeasured", "gone"], "words after numbers");
        assert_eq!(names(&table, "", SortBy::Star, false)[0], "wide");
        assert_eq!(names(&table, "", SortBy::Name, false), ["gone", "small", "unmeasured", "wide"]);
    }

    #[test]
    fn rows_are_found_by_name_tag_and_value() {
        let table = table();
        let found = |filter: &str| names(&table, filter, SortBy::Name, false);
        assert_eq!(found("SMALL"), ["small"]);
        assert_eq!(found("tried"), ["wide"]);
        assert_eq!(found("window>9"), ["wide"]);
        assert_eq!(found("window>=9 hit_rate@10<=30%"), ["wide"]);
        assert_eq!(found("window=session"), ["unmeasured"]);
        assert_eq!(found("window!=session"), ["small", "wide"], "a run that says nothing is not different");
        assert_eq!(found("pairs_per_second>1.5M"), ["small", "unmeasured", "wide"]);
        let refused = Filter::parse("windw>3", &table.columns).unwrap_err();
        assert!(refused.contains("window"), "{refused}");
        assert!(Filter::parse("window>", &table.columns).is_err());
    }

    #[test]
    fn only_what_differs_is_left() {
        let table = table();
        let keys = |rows: &[usize]| -> Vec<String> {
            table.differing(rows).into_iter().map(|column| table.columns[column].key.clone()).collect()
        };
        assert_eq!(keys(&[0, 1, 3]), ["hit_rate@10", "window"]);
        assert!(keys(&[0]).is_empty());
        let archived = table.rows(&Filter::default(), true, &SortBy::Name, false);
        assert_eq!(archived.len(), 5);
    }
}
