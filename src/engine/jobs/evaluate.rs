//! How well a run predicts.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use hashbrown::HashSet;
use serde::Serialize;

use crate::dataset::{Dataset, Vocabulary};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{HeldOut, Run};
use crate::training::{
    self, Evaluated, Evaluation, EvaluationSettings, Repeats, Segment, Window, hit_rates_by_segment, log_probabilities,
};

/// Evaluates a run on those events of its hold-out that `repeats` names.
///
/// # Errors
/// [`EngineError::Cancelled`].
pub fn evaluate(
    run: &Run,
    repeats: Repeats,
    settings: &EvaluationSettings,
    watch: &Watch,
) -> Result<Evaluation, EngineError> {
    let (queries, _) = run.queries(Repeats::All);
    let new_items = run.new_items();
    let log_probability = log_probability(run);
    let subject = Evaluated { new_items: new_items.as_ref(), ..subject(run, &log_probability) };
    let mut evaluation =
        training::evaluate(&subject, &queries, repeats, settings, watch).ok_or(EngineError::Cancelled)?;
    let untrained_targets = run.queries(repeats).1;
    evaluation.untrained_targets = untrained_targets;
    Ok(evaluation)
}

/// Hit rates at 10 by attribute ID of all events held out, by type, as [`evaluate`] finds them, and nothing else.
///
/// # Errors
/// [`EngineError::Cancelled`].
pub fn segments(run: &Run, watch: &Watch) -> Result<BTreeMap<String, Vec<Segment>>, EngineError> {
    let (queries, _) = run.queries(Repeats::All);
    let log_probability = log_probability(run);
    let score = EvaluationSettings::default().score;
    hit_rates_by_segment(&subject(run, &log_probability), &queries, score, watch).ok_or(EngineError::Cancelled)
}

fn log_probability(run: &Run) -> Vec<f64> {
    log_probabilities(run.metadata.hyperparameters.negative_sampling, &run.types[0].counts)
}

/// `run` without new items.
fn subject<'a>(run: &'a Run, log_probability: &'a [f64]) -> Evaluated<'a> {
    Evaluated {
        model: &run.model,
        types: &run.types,
        attributes: &run.attributes,
        log_probability,
        baskets: run.baskets.as_deref(),
        reach: match run.metadata.hyperparameters.window {
            Window::Items(items) => items as usize,
            Window::Session => usize::MAX,
        },
        new_items: None,
    }
}

/// New events as a test set, and what the run cannot know of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TestEvents {
    /// Events.
    pub events: u64,
    /// Of them, those by users without a training history: no query comes of them.
    pub unknown_users: u64,
    /// Of them, those of items that are not in the run's catalogue.
    pub unknown_items: u64,
}

/// `run` with all events of `dataset` in place of its hold-out: queries are still the training histories.
#[must_use]
pub fn with_test_events(run: &Run, dataset: &Dataset) -> (Run, TestEvents) {
    let ids = run.items.rows.column_by_name("id").and_then(|column| column.as_string_opt::<i32>());
    let catalogue: Vocabulary = ids.into_iter().flatten().flatten().collect();
    let items = &dataset.catalogue.id_types[0].vocabulary;
    let mut test = TestEvents { events: dataset.events.len() as u64, ..TestEvents::default() };
    let mut holdout = Vec::with_capacity(dataset.events.len());
    for (user, id) in dataset.users.iter().enumerate() {
        let known = run.users.vocabulary.index(id);
        let before: HashSet<u32> = known.map_or_else(HashSet::new, |user| items_before(run, user));
        for event in dataset.events.of_user(user) {
            let item = items.id(dataset.events.item[event]);
            test.unknown_users += u64::from(known.is_none());
            test.unknown_items += u64::from(catalogue.index(item).is_none());
            let repeat = run.types[0].vocabulary.index(item).is_some_and(|item| before.contains(&item));
            let session = dataset.events.session[event];
            let session = match dataset.sessions.is_empty() {
                true => session.to_string(),
                false => dataset.sessions.id(session).to_owned(),
            };
            let time = dataset.events.time[event];
            holdout.push(HeldOut { user: id.to_owned(), item: item.to_owned(), time, session, repeat });
        }
    }
    let mut run = run.clone();
    run.holdout = Arc::new(holdout);
    run.has_time = dataset.events.has_time;
    let files: Vec<String> = dataset.sources.iter().map(|source| source.path.display().to_string()).collect();
    run.metadata.holdout = format!("events {}", files.join(", "));
    (run, test)
}

/// What the user took in training; the last items alone where the run knows no more.
fn items_before(run: &Run, user: u32) -> HashSet<u32> {
    let items = run.baskets.as_ref().map_or_else(|| run.history(user as usize), |baskets| baskets.items_of_user(user));
    items.iter().copied().collect()
}
