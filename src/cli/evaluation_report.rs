//! How well a run predicts: the report of `evaluate`, which `train` shows too.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::table::{Align, Table};
use super::train::LossReport;
use crate::numbers::{percent, short};
use crate::run::Run;
use crate::training::{Baselines, ByRepeat, Evaluation, EvaluationSettings, NextItem, Repeats, Score, Segment};

/// How many of a type's segments people are shown.
const SEGMENTS_SHOWN: usize = 4;

/// The report, in the order and with the keys of CLI.md.
#[derive(Debug, Serialize)]
pub(super) struct EvaluationReport {
    protocol: Protocol,
    next_item: NextItem,
    by_repeat: ByRepeat,
    by_segment: BTreeMap<String, Vec<Segment>>,
    baselines: Baselines,
    cold_start: Option<()>,
    attribute_auc: BTreeMap<String, f64>,
    loss: Option<LossReport>,
}

#[derive(Debug, Serialize)]
struct Protocol {
    holdout: String,
    score: Score,
    repeats: Repeats,
    queries: u64,
    candidates: u64,
    untrained_targets: u64,
}

impl EvaluationReport {
    /// The report of the evaluation that ends a training, by the default score and on all held-out events. The segments
    /// are left to `evaluate`.
    pub(super) fn of_training(run: &Run, evaluation: &Evaluation) -> Self {
        let report = Self::new(run, evaluation, EvaluationSettings::default().score, Repeats::All);
        Self { by_segment: BTreeMap::new(), ..report }
    }

    pub(super) fn new(run: &Run, evaluation: &Evaluation, score: Score, repeats: Repeats) -> Self {
        Self {
            protocol: Protocol {
                holdout: run.metadata.holdout.clone(),
                score,
                repeats,
                queries: evaluation.queries,
                candidates: evaluation.candidates,
                untrained_targets: evaluation.untrained_targets,
            },
            next_item: evaluation.next_item.clone(),
            by_repeat: evaluation.by_repeat.clone(),
            by_segment: evaluation.by_segment.clone(),
            baselines: evaluation.baselines.clone(),
            cold_start: None,
            attribute_auc: BTreeMap::new(),
            loss: run.curve.last().map(LossReport::from),
        }
    }
}

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol { holdout, score, repeats, queries, candidates, untrained_targets } = &self.protocol;
        let (score, kind) = (word(score), word(repeats));
        let (queries, candidates) = (short(*queries), short(*candidates));
        writeln!(
            f,
            "Next item, hold-out {holdout}, {kind} events, score {score}: {queries} queries, {candidates} candidates each"
        )?;
        if *untrained_targets > 0 {
            writeln!(f, "{} held-out events are of items that were not trained", short(*untrained_targets))?;
        }
        write!(f, "{}", self.figures())?;
        let shown = self.by_segment.iter().filter(|(_, segments)| !segments.is_empty());
        let shown: Vec<_> = shown.map(|(name, segments)| (name.as_str(), largest(segments))).collect();
        if !shown.is_empty() {
            writeln!(f, "Hit rate at 10 of the largest segments (queries in brackets)")?;
            let mut table = Table::new([("", Align::Left), ("", Align::Left)]);
            shown.into_iter().for_each(|(name, segments)| table.row([name.to_owned(), segments]));
            write!(f, "{table}")?;
        }
        Ok(())
    }
}

impl EvaluationReport {
    /// One line a ranking.
    fn figures(&self) -> Table {
        let right = |text: &str| (text.to_owned(), Align::Right);
        let mut table = Table::new([
            (String::new(), Align::Left),
            right("hit@10"),
            right("@50"),
            right("@100"),
            right("recall@10"),
            right("@100"),
            right("NDCG@10"),
            right("MRR@10"),
            right("first-time hit@10"),
            right("repeat hit@10"),
        ]);
        let of = |main: &NextItem, kinds: [Option<&NextItem>; 2]| {
            let at = |figures: &NextItem, cutoff: u32| figures.get(&cutoff).copied().unwrap_or_default();
            let ten = at(main, 10);
            let mut cells = vec![
                percent(ten.hit_rate),
                percent(at(main, 50).hit_rate),
                percent(at(main, 100).hit_rate),
                percent(ten.recall),
                percent(at(main, 100).recall),
                format!("{:.4}", ten.ndcg),
                format!("{:.4}", ten.mrr),
            ];
            cells.extend(kinds.map(|kind| kind.map_or_else(String::new, |figures| percent(at(figures, 10).hit_rate))));
            cells
        };
        let kinds = [&self.by_repeat.first_time, &self.by_repeat.repeat];
        let mut row = |name: &str, main: Option<&NextItem>, kinds: [Option<&NextItem>; 2]| {
            if let Some(main) = main {
                let mut cells = vec![name.to_owned()];
                cells.extend(of(main, kinds));
                table.row(cells);
            }
        };
        let all = &self.baselines;
        row("model", Some(&self.next_item), kinds.map(|kind| Some(&kind.next_item)));
        row("popularity", Some(&all.popularity), kinds.map(|kind| Some(&kind.baselines.popularity)));
        row("co-occurrence", all.cooccurrence.as_ref(), kinds.map(|kind| kind.baselines.cooccurrence.as_ref()));
        row("own history", all.own_history.as_ref(), kinds.map(|kind| kind.baselines.own_history.as_ref()));
        for (name, figures) in &all.same_attribute {
            let kinds = kinds.map(|kind| kind.baselines.same_attribute.get(name));
            row(&format!("same {name}"), Some(figures), kinds);
        }
        table
    }
}

/// "367 14.2% (312), 292 9.80% (97)".
fn largest(segments: &[Segment]) -> String {
    let one =
        |segment: &Segment| format!("{} {} ({})", segment.id, percent(segment.hit_rate_at_10), short(segment.queries));
    let mut text = segments.iter().take(SEGMENTS_SHOWN).map(one).collect::<Vec<_>>().join(", ");
    if segments.len() > SEGMENTS_SHOWN {
        text.push_str(&format!(", … of {}", short(segments.len() as u64)));
    }
    text
}

/// A choice as JSON and the command line write it.
fn word(choice: &impl Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
