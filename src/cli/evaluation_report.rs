//! How well a run predicts: the report of `evaluate`, which `train` shows too.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::table::{Align, Table};
use super::train::LossReport;
use crate::engine::jobs::TestEvents;
use crate::numbers::{percent, short};
use crate::run::Run;
use crate::training::{
    Baselines, ByRepeat, ColdStart, ColdStartBaselines, Evaluation, EvaluationSettings, Figures, NextItem,
    RankedMetrics, Repeats, Score, Segment,
};

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
    cold_start: Option<ColdStartReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cold_start_reason: Option<&'static str>,
    attribute_auc: BTreeMap<String, f64>,
    attribute_auc_ids: BTreeMap<String, AucIds>,
    loss: Option<LossesReport>,
}

/// The training loss, and what was measured of it on held-out events last.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct LossesReport {
    #[serde(flatten)]
    pub(super) training: LossReport,
    pub(super) held_out: Option<LossReport>,
}

impl LossesReport {
    /// Means over the last finished epoch; where there is none, over the last point of the curve.
    pub(super) fn of(run: &Run) -> Option<Self> {
        let training = run.metadata.loss.as_ref().or_else(|| run.curve.last().map(|point| &point.loss))?;
        let held_out = run.curve.iter().rev().find_map(|point| point.held_out.as_ref());
        Some(Self { training: LossReport::from(training), held_out: held_out.map(|point| (&point.loss).into()) })
    }
}

/// Figures on new items, the cut-offs beside the counts.
#[derive(Debug, Serialize)]
struct ColdStartReport {
    #[serde(flatten)]
    next_item: BTreeMap<String, RankedMetrics>,
    items: u64,
    without_place: u64,
    queries: u64,
    baselines: ColdStartBaselines,
}

/// How many IDs of a type its AUC is the mean of, and how many there are.
#[derive(Debug, Serialize)]
struct AucIds {
    measured: u64,
    ids: u64,
}

#[derive(Debug, Serialize)]
struct Protocol {
    holdout: String,
    score: Score,
    repeats: Repeats,
    queries: u64,
    candidates: u64,
    untrained_targets: u64,
    /// On new events alone.
    #[serde(flatten)]
    test_events: Option<TestEvents>,
}

/// Why there are no figures on new items.
const NO_COLD_START: &str = "No user took an untrained item of the catalogue in the held-out events, or items have no \
                             attributes; train with --hide-items FRACTION to withhold some";

impl ColdStartReport {
    fn new(cold: &ColdStart) -> Self {
        let next_item = cold.next_item.iter().map(|(cutoff, metrics)| (cutoff.to_string(), *metrics)).collect();
        let ColdStart { items, without_place, queries, ref baselines, .. } = *cold;
        Self { next_item, items, without_place, queries, baselines: baselines.clone() }
    }
}

impl EvaluationReport {
    /// The report of the evaluation that ends a training, by the default score and on all held-out events. The segments
    /// are left to `evaluate`.
    pub(super) fn of_training(run: &Run, evaluation: &Evaluation) -> Self {
        let report = Self::new(run, evaluation, EvaluationSettings::default().score, Repeats::All);
        Self { by_segment: BTreeMap::new(), ..report }
    }

    /// With what new events hold that the run cannot know, if it was evaluated on such.
    pub(super) fn on_test_events(mut self, test_events: Option<TestEvents>) -> Self {
        self.protocol.test_events = test_events;
        self
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
                test_events: None,
            },
            next_item: evaluation.next_item.clone(),
            by_repeat: evaluation.by_repeat.clone(),
            by_segment: evaluation.by_segment.clone(),
            baselines: evaluation.baselines.clone(),
            cold_start: evaluation.cold_start.as_ref().map(ColdStartReport::new),
            cold_start_reason: evaluation.cold_start.is_none().then_some(NO_COLD_START),
            attribute_auc: evaluation.attribute_auc.iter().map(|(name, own)| (name.clone(), own.auc)).collect(),
            attribute_auc_ids: evaluation
                .attribute_auc
                .iter()
                .map(|(name, own)| (name.clone(), AucIds { measured: own.measured, ids: own.ids }))
                .collect(),
            loss: LossesReport::of(run),
        }
    }
}

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Protocol { holdout, score, repeats, queries, candidates, untrained_targets, test_events } = &self.protocol;
        let (score, kind) = (word(score), word(repeats));
        let (queries, candidates) = (short(*queries), short(*candidates));
        writeln!(
            f,
            "Next item, hold-out {holdout}, {kind} events, score {score}: {queries} queries, {candidates} candidates each"
        )?;
        if *untrained_targets > 0 {
            writeln!(f, "{} held-out events are of items that were not trained", short(*untrained_targets))?;
        }
        if let Some(TestEvents { events, unknown_users, unknown_items, .. }) = test_events {
            let [events, users, items] = [events, unknown_users, unknown_items].map(|&count| short(count));
            writeln!(
                f,
                "Of {events} events, {users} are by users without a training history, {items} on unknown items"
            )?;
        }
        write!(f, "{}", self.figures())?;
        if let Some(cold) = &self.cold_start {
            let (items, queries) = (short(cold.items), short(cold.queries));
            writeln!(f, "New items placed by their attributes: {queries} queries, {items} candidates each")?;
            write!(f, "{}", cold.figures())?;
        }
        if !self.attribute_auc.is_empty() {
            let aucs = self.attribute_auc.iter().map(|(name, auc)| format!("{name} {auc:.3}"));
            writeln!(f, "AUC of attributes on their own items: {}", aucs.collect::<Vec<_>>().join(", "))?;
        }
        let shown = self.by_segment.iter().filter(|(_, segments)| !segments.is_empty());
        let shown: Vec<_> = shown.map(|(name, segments)| (name.as_str(), largest(segments))).collect();
        if !shown.is_empty() {
            writeln!(f, "Hit rate at 10 of the largest segments (queries in brackets)")?;
            let mut table = Table::new([("", Align::Left), ("", Align::Left)]);
            shown.into_iter().for_each(|(name, segments)| table.row([name.to_owned(), segments]));
            write!(f, "{}", table.without_headings())?;
        }
        Ok(())
    }
}

impl EvaluationReport {
    /// One line a ranking.
    fn figures(&self) -> Table {
        let ByRepeat { first_time, repeat, new_to_user, .. } = &self.by_repeat;
        let kinds = [Some(first_time), new_to_user.as_ref(), Some(repeat)];
        let mut table = figures_table(&["first-time hit@10", "new-to-user hit@10", "repeat hit@10"]);
        let mut row = |name: &str, main: Option<&NextItem>, of: &dyn Fn(&Figures) -> Option<&NextItem>| {
            let Some(main) = main else { return };
            let hit_rate = |kind: &Option<&Figures>| {
                kind.and_then(of).map_or_else(String::new, |figures| percent(at(figures, 10).hit_rate))
            };
            let kinds: Vec<String> = kinds.iter().map(hit_rate).collect();
            table.row([figures_row(name, |cutoff| at(main, cutoff)), kinds].concat());
        };
        let all = &self.baselines;
        row("model", Some(&self.next_item), &|kind| Some(&kind.next_item));
        row("popularity", Some(&all.popularity), &|kind| Some(&kind.baselines.popularity));
        row("co-occurrence", all.cooccurrence.as_ref(), &|kind| kind.baselines.cooccurrence.as_ref());
        row("own history", all.own_history.as_ref(), &|kind| kind.baselines.own_history.as_ref());
        for (name, figures) in &all.same_attribute {
            row(&format!("same {name}"), Some(figures), &|kind| kind.baselines.same_attribute.get(name));
        }
        table
    }
}

impl ColdStartReport {
    /// The model, chance, and the best type of each rule.
    fn figures(&self) -> Table {
        let mut table = figures_table(&[]);
        table.row(figures_row("model", |cutoff| self.next_item.get(&cutoff.to_string()).copied().unwrap_or_default()));
        let ColdStartBaselines { popularity, centroid, random } = &self.baselines;
        for (rule, by_type) in [("popularity of the", popularity), ("centroid of the", centroid)] {
            let hit_rate = |figures: &NextItem| at(figures, 10).hit_rate;
            let best = by_type.iter().max_by(|a, b| hit_rate(a.1).total_cmp(&hit_rate(b.1)));
            if let Some((name, figures)) = best {
                table.row(figures_row(&format!("{rule} {name}"), |cutoff| at(figures, cutoff)));
            }
        }
        table.row(figures_row("chance", |cutoff| at(random, cutoff)));
        table
    }
}

fn figures_table(more: &[&str]) -> Table {
    let columns = ["hit@10", "@50", "@100", "recall@10", "@100", "NDCG@10", "MRR@10"];
    let right = columns.iter().chain(more).map(|&heading| (heading, Align::Right));
    Table::new(std::iter::once(("", Align::Left)).chain(right))
}

fn figures_row(name: &str, at: impl Fn(u32) -> RankedMetrics) -> Vec<String> {
    let ten = at(10);
    vec![
        name.to_owned(),
        percent(ten.hit_rate),
        percent(at(50).hit_rate),
        percent(at(100).hit_rate),
        percent(ten.recall),
        percent(at(100).recall),
        format!("{:.4}", ten.ndcg),
        format!("{:.4}", ten.mrr),
    ]
}

fn at(figures: &NextItem, cutoff: u32) -> RankedMetrics {
    figures.get(&cutoff).copied().unwrap_or_default()
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
