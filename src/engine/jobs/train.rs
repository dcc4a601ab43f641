//! Data and hyperparameters to a run.

use std::path::Path;
use std::sync::Arc;

use crate::dataset::{Corpus, Dataset, Holdout};
use crate::engine::EngineError;
use crate::progress::Watch;
use crate::run::{DataFingerprint, FORMAT_VERSION, Run, RunError, RunMetadata, Timings};
use crate::training::{
    BackendChoice, CheckedHyperparameters, EvaluationSettings, HyperparameterError, Hyperparameters, LiveEvaluation,
    Repeats, TrainControl, TrainEvent, TrainFailure, Trained, Trainer, Validation, initialise, open_backend,
};

/// What to train.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainRequest {
    /// Hyperparameters as typed.
    pub hyperparameters: Hyperparameters,
    /// What is held out.
    pub holdout: Holdout,
    /// Where.
    pub backend: BackendChoice,
    /// The run's name.
    pub name: String,
}

/// A training that is checked and ready to start.
pub struct Prepared {
    corpus: Arc<Corpus>,
    hyperparameters: CheckedHyperparameters,
    backend: BackendChoice,
    run: Run,
    earlier: Option<Trained>,
}

impl Prepared {
    /// Cuts the corpus and checks the hyperparameters against it. `load_seconds` goes into the timings.
    ///
    /// # Errors
    /// [`EngineError::Dataset`] if there is nothing to learn, [`EngineError::Hyperparameters`] naming the key.
    pub fn new(dataset: &Arc<Dataset>, request: &TrainRequest, load_seconds: f64) -> Result<Self, EngineError> {
        let settings = request.hyperparameters.corpus_settings(request.holdout)?;
        let corpus = Arc::new(Corpus::new(Arc::clone(dataset), settings)?);
        let hyperparameters = request.hyperparameters.check(&corpus)?;
        let metadata = untrained_metadata(&corpus, request, load_seconds);
        let run = Run::assemble(&corpus, metadata, initialise(&corpus, &hyperparameters), Vec::new());
        Ok(Self { corpus, hyperparameters, backend: request.backend.clone(), run, earlier: None })
    }

    /// The run in `path`, to go on from its checkpoint on the data it was trained on.
    ///
    /// # Errors
    /// [`EngineError::Run`] if it has no checkpoint or `dataset` is other data; others as [`Self::new`].
    pub fn resuming(
        path: &Path,
        dataset: &Arc<Dataset>,
        backend: &BackendChoice,
        load_seconds: f64,
    ) -> Result<Self, EngineError> {
        let run = Run::read(path)?;
        let refuse = |message: String| EngineError::Run(RunError::NotResumable { message, path: path.to_owned() });
        let metadata = &run.metadata;
        if metadata.data.hash != dataset.fingerprint {
            return Err(refuse("The data differs from what the run was trained on; give the same files".to_owned()));
        }
        let holdout = metadata.holdout.parse().map_err(|error| refuse(format!("run.json: {error}")))?;
        let request = TrainRequest {
            hyperparameters: metadata.hyperparameters.clone(),
            holdout,
            backend: backend.clone(),
            name: metadata.name.clone(),
        };
        let checkpoint = run.checkpoint.as_ref().ok_or_else(|| refuse("The run has no checkpoint".to_owned()))?;
        let mut prepared = Self::new(dataset, &request, load_seconds)?;
        prepared.earlier = Some(Trained {
            model: run.model.as_ref().clone(),
            state: checkpoint.0.clone(),
            curve: run.curve.clone(),
            epoch_loss: metadata.loss,
            epochs_done: metadata.epochs_done,
            position: checkpoint.1,
            pairs: metadata.pairs,
            seconds: metadata.timings.train,
            stopped: metadata.stopped,
            backend: metadata.adapter.clone(),
        });
        prepared.run = run;
        Ok(prepared)
    }

    /// The run as it stands before the first step: its tables can be shown while it trains.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Trains, evaluates on the hold-out and puts the run together; nothing is written.
    ///
    /// If training fails after an epoch, the run is that epoch's and [`RunMetadata::trouble`] says why it ended.
    ///
    /// # Errors
    /// [`EngineError`] of whichever step failed with nothing to keep.
    pub fn train(
        self,
        control: &TrainControl,
        watch: &Watch,
        observer: &mut dyn FnMut(TrainEvent),
    ) -> Result<Run, EngineError> {
        let Self { corpus, hyperparameters, backend, mut run, earlier } = self;
        watch.report("Opening the backend", 0, None, "");
        let backend = open_backend(&backend, &corpus, &hyperparameters)?;
        let kind = backend.kind();
        let checked = hyperparameters.clone();
        let mut trainer = Trainer::new(Arc::clone(&corpus), hyperparameters, backend);
        if run.metadata.hyperparameters.early_stop > 0 {
            trainer = trainer.with_validation(held_out_hit_rate(&corpus, &checked)?);
        }
        let users = run.metadata.hyperparameters.evaluate_users as usize;
        if let Some(live) = LiveEvaluation::new(Arc::clone(&corpus), &checked, users) {
            trainer = trainer.with_live_evaluation(live);
        }
        if let Some(earlier) = &earlier {
            trainer.resume(earlier)?;
        }
        let (trained, trouble) = match trainer.run(control, observer) {
            Ok(trained) => (trained, None),
            Err(failure) => {
                let message = failure.to_string();
                match failure {
                    TrainFailure::Backend { last: Some(last), .. }
                    | TrainFailure::Diverged { last: Some(last), .. } => (*last, Some(message)),
                    nothing_to_keep => return Err(nothing_to_keep.into()),
                }
            }
        };
        let metadata = RunMetadata {
            created: now(),
            backend: kind.to_owned(),
            adapter: trained.backend,
            timings: Timings {
                load: run.metadata.timings.load,
                train: trained.seconds,
                pairs_per_second: trained.pairs as f64 / trained.seconds.max(f64::MIN_POSITIVE),
            },
            epochs_done: trained.epochs_done,
            steps: trained.state.step,
            pairs: trained.pairs,
            stopped: trained.stopped,
            trouble,
            loss: trained.epoch_loss,
            ..run.metadata
        };
        run = Run::assemble(&corpus, metadata, trained.model, trained.curve);
        run.checkpoint = Some(Arc::new((trained.state, trained.position)));
        run.metadata.metrics = match super::evaluate(&run, Repeats::All, &EvaluationSettings::default(), watch) {
            Ok(evaluation) if evaluation.queries > 0 => Some(evaluation),
            Ok(_) | Err(EngineError::Cancelled) => None,
            Err(error) => return Err(error),
        };
        Ok(run)
    }
}

/// [`Prepared::new`] and [`Prepared::train`] in one.
///
/// # Errors
/// As theirs.
pub fn train(
    dataset: &Arc<Dataset>,
    request: &TrainRequest,
    load_seconds: f64,
    control: &TrainControl,
    watch: &Watch,
    observer: &mut dyn FnMut(TrainEvent),
) -> Result<Run, EngineError> {
    Prepared::new(dataset, request, load_seconds)?.train(control, watch, observer)
}

/// [`Prepared::resuming`] and [`Prepared::train`] in one.
///
/// # Errors
/// As theirs.
pub fn resume(
    path: &Path,
    dataset: &Arc<Dataset>,
    backend: &BackendChoice,
    load_seconds: f64,
    control: &TrainControl,
    watch: &Watch,
    observer: &mut dyn FnMut(TrainEvent),
) -> Result<Run, EngineError> {
    Prepared::resuming(path, dataset, backend, load_seconds)?.train(control, watch, observer)
}

/// Measures a model by its hit rate at 10 on the hold-out: what `early_stop` waits for.
///
/// # Errors
/// [`HyperparameterError`] if nothing that was trained is held out.
fn held_out_hit_rate(
    corpus: &Arc<Corpus>,
    hyperparameters: &CheckedHyperparameters,
) -> Result<Validation, EngineError> {
    let all_users = LiveEvaluation::new(Arc::clone(corpus), hyperparameters, usize::MAX);
    let measured = all_users.ok_or_else(|| {
        let message = "early_stop waits for a better held-out hit rate, but nothing is held out; set early_stop to 0, \
                       or hold events out";
        HyperparameterError(message.to_owned())
    })?;
    Ok(Box::new(move |model| measured.hit_rate(model)))
}

fn untrained_metadata(corpus: &Corpus, request: &TrainRequest, load_seconds: f64) -> RunMetadata {
    let dataset = &corpus.dataset;
    RunMetadata {
        format_version: FORMAT_VERSION,
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        name: request.name.clone(),
        created: now(),
        types: corpus.types.iter().map(|id_type| id_type.name.clone()).collect(),
        hyperparameters: request.hyperparameters.clone(),
        holdout: request.holdout.to_string(),
        seed: request.hyperparameters.seed,
        backend: String::new(),
        adapter: String::new(),
        data: DataFingerprint {
            hash: dataset.fingerprint.clone(),
            files: dataset.sources.iter().map(|source| source.path.display().to_string()).collect(),
            events: dataset.events.len() as u64,
            users: dataset.users.len() as u64,
            items: corpus.attributes.item_count() as u64,
            held_out: corpus.holdout.len() as u64,
        },
        timings: Timings { load: load_seconds, ..Timings::default() },
        epochs_done: 0.0,
        steps: 0,
        pairs: 0,
        stopped: false,
        trouble: None,
        loss: None,
        metrics: None,
    }
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
