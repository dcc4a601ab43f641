//! How well a run predicts.

use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::Run;
use crate::training::{self, Evaluated, Evaluation, EvaluationSettings, Repeats, Window, log_probabilities};

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
    let hyperparameters = &run.metadata.hyperparameters;
    let subject = Evaluated {
        model: &run.model,
        types: &run.types,
        attributes: &run.attributes,
        log_probability: &log_probabilities(hyperparameters.negative_sampling, &run.types[0].counts),
        baskets: run.baskets.as_deref(),
        reach: match hyperparameters.window {
            Window::Items(items) => items as usize,
            Window::Session => usize::MAX,
        },
    };
    let mut evaluation =
        training::evaluate(&subject, &queries, repeats, settings, watch).ok_or(EngineError::Cancelled)?;
    let untrained_targets = run.queries(repeats).1;
    evaluation.untrained_targets = untrained_targets;
    Ok(evaluation)
}
