//! What the page of runs shows, for those who look from outside.

use std::path::Path;

use super::sweep::STRATEGIES;
use crate::app::App;
use crate::comparison::Filter;
use crate::run::Unreadable;
use crate::training::sweep::Strategy;

impl App {
    /// The runs in the table, from the top: name, and what is wrong with it.
    #[must_use]
    pub fn listed_runs(&self) -> Vec<(String, Option<String>)> {
        let page = &self.state.runs;
        let filter = Filter::parse(&page.filter, &page.table.columns).unwrap_or_default();
        let rows = page.table.rows(&filter, page.archived, &page.sort, page.falling).into_iter();
        rows.map(|row| {
            let run = &page.table.runs[row];
            (run.name(), run.about.as_ref().err().map(Unreadable::words))
        })
        .collect()
    }

    /// Of the two runs that are compared: the hyperparameters that differ and the tables whose neighbourhoods were compared.
    #[must_use]
    pub fn compared(&self) -> Option<(Vec<String>, Vec<String>)> {
        let found = self.state.runs.compare.comparison()?;
        let keys = found.hyperparameters.iter().map(|difference| difference.key.clone()).collect();
        Some((keys, found.tables.iter().map(|overlap| overlap.table.clone()).collect()))
    }

    /// Points of each curve that is compared.
    #[must_use]
    pub fn compared_curves(&self) -> Vec<usize> {
        let curves = self.state.runs.compare.curves.iter();
        curves.map(|run| run.curve.as_ref().map_or(0, Vec::len)).collect()
    }

    /// Fills the form of a sweep as people type into it, for every combination in `folder`.
    pub fn set_sweep(&mut self, rows: &[(&str, &str)], folder: &Path) {
        let page = &mut self.state.runs.sweep;
        page.rows = rows.iter().map(|(key, words)| ((*key).to_owned(), (*words).to_owned())).collect();
        page.strategy = STRATEGIES.iter().position(|(strategy, ..)| *strategy == Strategy::Grid).unwrap_or(0);
        page.folder = folder.display().to_string();
    }

    /// Whether a sweep runs.
    #[must_use]
    pub fn is_sweeping(&self) -> bool {
        self.state.live.sweep.is_some()
    }

    /// Hyperparameters and hit rate of each measured trial, best first.
    #[must_use]
    pub fn measured_trials(&self) -> Vec<(Vec<(String, String)>, f64)> {
        let samples = self.state.runs.sweep.samples().samples;
        samples.into_iter().map(|sample| (sample.values.into_iter().collect(), sample.metric)).collect()
    }

    /// What is brushed of the runs that are compared, or of the trials: their paths, or their names.
    #[must_use]
    pub fn brushed(&self) -> Vec<String> {
        self.state.runs.marked.iter().cloned().collect()
    }

    /// One hyperparameter as the form has it.
    pub fn hyperparameter(&mut self, key: &str) -> Option<String> {
        self.state.train.hyperparameters().get(key)
    }

    /// Hyperparameters whose importance is on show, most important first.
    #[must_use]
    pub fn important(&self) -> Vec<String> {
        self.state.runs.parallel.importance().iter().map(|found| found.key.clone()).collect()
    }
}
