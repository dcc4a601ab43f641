//! Data and hyperparameters to a run.

use std::path::Path;
use std::sync::Arc;

use super::epoch_keeper::{EpochKeeper, Keeping};
use super::epoch_saver::EpochSaver;
use crate::dataset::{Corpus, CorpusSettings, Dataset, Holdout, TrainedType};
use crate::engine::EngineError;
use crate::objective::BackendState;
use crate::progress::Watch;
use crate::run::{
    Checkpoint, DataFingerprint, FORMAT_VERSION, History, Run, RunError, RunMetadata, StartedFrom, Timings,
};
use crate::training::{
    BackendChoice, CheckedHyperparameters, Churn, Earlier, EpochCheckpoint, EpochEvaluation, EvaluationSettings,
    HyperparameterError, Hyperparameters, LiveEvaluation, Repeats, TrainControl, TrainEvent, TrainFailure, Trained,
    Trainer, Validation, initialise, open_backend, warm_start,
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
    /// The run before the first step; its model is where training starts.
    run: Run,
    earlier: Option<Trained>,
    /// The optimiser's memory to start with, if not none.
    state: Option<BackendState>,
    save: Option<Save>,
    keeping: Option<Keeping>,
}

/// Saves the run as it stands after an epoch.
///
/// # Errors
/// Why not, in words.
type Save = Box<dyn FnMut(&Run) -> Result<(), String> + Send>;

impl Prepared {
    /// Cuts the corpus and checks the hyperparameters against it. `load_seconds` goes into the timings.
    ///
    /// # Errors
    /// [`EngineError::Dataset`] if there is nothing to learn, [`EngineError::Hyperparameters`] naming the key.
    pub fn new(dataset: &Arc<Dataset>, request: &TrainRequest, load_seconds: f64) -> Result<Self, EngineError> {
        let settings = request.hyperparameters.corpus_settings(request.holdout)?;
        let corpus = Arc::new(weighed(Corpus::new(Arc::clone(dataset), settings)?, &request.hyperparameters));
        let hyperparameters = request.hyperparameters.check(&corpus)?;
        let metadata = untrained_metadata(&corpus, request, load_seconds);
        let run = Run::assemble(&corpus, metadata, initialise(&corpus, &hyperparameters), Vec::new());
        Ok(Self {
            corpus,
            hyperparameters,
            backend: request.backend.clone(),
            run,
            earlier: None,
            state: None,
            save: None,
            keeping: None,
        })
    }

    /// A training on new data that starts from what the run in `path` learned: its IDs keep their vectors, also those
    /// without events in `dataset`, and new ones are placed ([`warm_start`]). Widths that `request` leaves open are
    /// that run's.
    ///
    /// # Errors
    /// [`EngineError::Run`] if it cannot be read, [`EngineError::Hyperparameters`] if a width differs; others as
    /// [`Self::new`].
    pub fn starting_from(
        path: &Path,
        dataset: &Arc<Dataset>,
        request: &TrainRequest,
        load_seconds: f64,
    ) -> Result<Self, EngineError> {
        let earlier = Run::read(path)?;
        let mut request = request.clone();
        let settings = request.hyperparameters.corpus_settings(request.holdout)?;
        let corpus = Arc::new(weighed(grown_corpus(&earlier, dataset, settings)?, &request.hyperparameters));
        for (known, table) in earlier.types.iter().zip(&earlier.model.target) {
            let is_trained = corpus.types.iter().any(|own| own.name == known.name);
            let dims = &mut request.hyperparameters.dims;
            // A width is at most 4096.
            if is_trained && !dims.contains_key(&known.name) {
                dims.insert(known.name.clone(), table.ncols() as u32);
            }
        }
        let hyperparameters = request.hyperparameters.check(&corpus)?;
        let start = warm_start(
            &corpus,
            &hyperparameters,
            &Earlier {
                types: &earlier.types,
                model: &earlier.model,
                optimizer: earlier.metadata.hyperparameters.optimizer,
                state: earlier.checkpoint.as_ref().map(|checkpoint| &checkpoint.state),
            },
        )?;
        let metadata = RunMetadata {
            from: Some(StartedFrom {
                path: path.display().to_string(),
                name: earlier.metadata.name.clone(),
                vectors_xxh3: Run::vectors_fingerprint(path)?,
                data_hash: earlier.metadata.data.hash.clone(),
                fresh_optimizer: start.state.as_ref().err().cloned(),
                types: start.types,
            }),
            ..untrained_metadata(&corpus, &request, load_seconds)
        };
        let run = Run::assemble(&corpus, metadata, start.model, Vec::new());
        let backend = request.backend;
        let state = start.state.ok();
        Ok(Self { corpus, hyperparameters, backend, run, earlier: None, state, save: None, keeping: None })
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
        Self::going_on(Run::read(path)?, path, dataset, backend, load_seconds)
    }

    /// As [`Self::resuming`], with a run in memory; `place` stands in messages.
    ///
    /// # Errors
    /// As [`Self::resuming`].
    pub fn going_on(
        mut run: Run,
        place: &Path,
        dataset: &Arc<Dataset>,
        backend: &BackendChoice,
        load_seconds: f64,
    ) -> Result<Self, EngineError> {
        let refuse = |message: String| EngineError::Run(RunError::NotResumable { message, path: place.to_owned() });
        let other_data = || refuse("The data differs from what the run was trained on; give the same files".to_owned());
        let metadata = &run.metadata;
        if metadata.data.hash != dataset.fingerprint {
            return Err(other_data());
        }
        let holdout = metadata.holdout.parse().map_err(|error| refuse(format!("run.json: {error}")))?;
        let checkpoint = run.checkpoint.clone().ok_or_else(|| refuse("The run has no checkpoint".to_owned()))?;
        let settings = metadata.hyperparameters.corpus_settings(holdout)?;
        let corpus = match metadata.from {
            Some(_) => grown_corpus(&run, dataset, settings)?,
            None => Corpus::new(Arc::clone(dataset), settings)?,
        };
        let corpus = Arc::new(weighed(corpus, &metadata.hyperparameters));
        let rows = |types: &[TrainedType]| types.iter().map(|own| Arc::clone(&own.vocabulary)).collect::<Vec<_>>();
        if rows(&corpus.types) != rows(&run.types) {
            return Err(other_data());
        }
        let hyperparameters = metadata.hyperparameters.check(&corpus)?;
        let earlier = Trained {
            model: run.model.as_ref().clone(),
            state: checkpoint.state.clone(),
            curve: run.curve.clone(),
            epoch_loss: metadata.loss,
            epochs_done: metadata.epochs_done,
            position: checkpoint.position,
            pairs: metadata.pairs,
            seconds: metadata.timings.train,
            stopped: metadata.stopped,
            patience: checkpoint.patience.clone(),
            backend: metadata.adapter.clone(),
            device_work: None,
        };
        run.metadata.timings.load = load_seconds;
        run.attributes = Arc::new(corpus.attributes.clone());
        Ok(Self {
            corpus,
            hyperparameters,
            backend: backend.clone(),
            run,
            earlier: Some(earlier),
            state: None,
            save: None,
            keeping: None,
        })
    }

    /// Hands the run to `save` after epochs, as one that was stopped there, on a thread of its own: after each, but for
    /// epochs that end while one before is being saved or (for four times as long as that took) has just been. A failed
    /// save is told in a warning, and the training goes on.
    #[must_use]
    pub fn saving(mut self, save: impl FnMut(&Run) -> Result<(), String> + Send + 'static) -> Self {
        self.save = Some(Box::new(save));
        self
    }

    /// Keeps the tables as they stand now and after every `every` epochs, beside what is kept in `earlier`.
    #[must_use]
    pub fn keeping_history(mut self, every: u32, earlier: Option<History>) -> Self {
        let mut history = earlier.unwrap_or_default();
        history.add(self.run.metadata.epochs_done, &self.run.model);
        self.keeping = Some(Keeping { every: every.max(1), history });
        self
    }

    /// How many epochs would be kept in all if every `every` were, and the bytes that they would take.
    #[must_use]
    pub fn history_size(&self, every: u32) -> (u64, u64) {
        let left = f64::from(self.run.metadata.hyperparameters.epochs) - self.run.metadata.epochs_done;
        // The start, every so many, and the end.
        let frames = 1 + (left.max(0.0) / f64::from(every.max(1))).ceil() as u64;
        (frames, frames * History::frame_bytes(&self.run.model))
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
        let Self { corpus, hyperparameters, backend, run, earlier, state, save, keeping } = self;
        watch.report("Opening the backend", 0, None, "");
        let mut backend = open_backend(&backend, &corpus, &hyperparameters, &run.model)?;
        if let Some(state) = state {
            backend.restore(&run.model, &state)?;
        }
        let (kind, name) = (backend.kind(), backend.name());
        let checked = hyperparameters.clone();
        let mut trainer = Trainer::new(Arc::clone(&corpus), hyperparameters, backend);
        if run.metadata.hyperparameters.early_stop > 0 {
            trainer = trainer.with_validation(held_out_hit_rate(&corpus, &checked)?);
        }
        let users = run.metadata.hyperparameters.evaluate_users as usize;
        if let Some(live) = LiveEvaluation::new(Arc::clone(&corpus), &checked, users) {
            trainer = trainer.with_live_evaluation(live);
        }
        trainer = trainer.with_churn(Churn::new(corpus.attributes.item_count(), run.metadata.seed));
        if let Some(keeping) = &keeping {
            trainer = trainer.with_checkpoints(keeping.every);
        }
        if let Some(branch) = &run.metadata.branch {
            trainer = trainer.with_schedule_from(branch.epochs_done);
        }
        if let Some(earlier) = &earlier {
            trainer.resume(earlier)?;
        }
        let untrained = RunMetadata { backend: kind.to_owned(), adapter: name, ..run.metadata };
        let keeper = EpochKeeper::new(keeping);
        let mut observer = |event: TrainEvent| {
            keeper.see(&event);
            observer(event);
        };
        let Some(mut save) = save else {
            let trained = trainer.run(control, &mut observer);
            return Ok(keeper.kept_with(finish(&corpus, &untrained, trained, watch)?));
        };
        let saver = EpochSaver::default();
        std::thread::scope(|threads| {
            let write = || saver.work(|epoch| save(&keeper.so_far_with(after_epoch(&corpus, &untrained, epoch))));
            std::thread::Builder::new().name("epoch saver".to_owned()).spawn_scoped(threads, write).map_err(
                |error| EngineError::Internal { message: format!("no thread to save epochs with: {error}") },
            )?;
            // Should the training panic, the thread must not wait for more for ever.
            let _closing = saver.closing();
            let trained = trainer.run(control, &mut |event| match event {
                TrainEvent::Checkpoint(epoch) => {
                    keeper.see_epoch(&epoch);
                    saver.put(epoch);
                }
                other => observer(other),
            });
            saver.training_ended();
            let run = finish(&corpus, &untrained, trained, watch);
            saver.close(run.is_ok());
            Ok(keeper.kept_with(run?))
        })
    }
}

/// The run of a training that ended, evaluated; nothing is written.
fn finish(
    corpus: &Corpus,
    untrained: &RunMetadata,
    trained: Result<Trained, TrainFailure>,
    watch: &Watch,
) -> Result<Run, EngineError> {
    let (trained, trouble) = match trained {
        Ok(trained) => (trained, None),
        Err(failure) => {
            let message = failure.to_string();
            match failure {
                TrainFailure::Backend { last: Some(last), .. } | TrainFailure::Diverged { last: Some(last), .. } => {
                    (*last, Some(message))
                }
                nothing_to_keep => return Err(nothing_to_keep.into()),
            }
        }
    };
    let metadata = RunMetadata {
        epochs_done: trained.epochs_done,
        stopped: trained.stopped,
        trouble,
        loss: trained.epoch_loss,
        ..trained_metadata(untrained, trained.state.step, trained.pairs, trained.seconds)
    };
    let mut run = Run::assemble(corpus, metadata, trained.model, trained.curve);
    if let Some(work) = &trained.device_work {
        run.metadata.timings.measure(work);
    }
    let Trained { state, position, patience, .. } = trained;
    run.checkpoint = Some(Arc::new(Checkpoint { state, position, patience }));
    // With nothing held out, all that would be measured is thrown away.
    if run.holdout.is_empty() {
        return Ok(run);
    }
    run.metadata.metrics = match super::evaluate(&run, Repeats::All, &EvaluationSettings::default(), watch) {
        Ok(evaluation) if evaluation.queries > 0 => Some(evaluation),
        Ok(_) | Err(EngineError::Cancelled) => None,
        Err(error) => return Err(error),
    };
    Ok(run)
}

/// The run as if it had been stopped after an epoch.
fn after_epoch(corpus: &Corpus, untrained: &RunMetadata, epoch: EpochCheckpoint) -> Run {
    let EpochCheckpoint { model, state, curve, epoch_loss, position, pairs, seconds, patience } = epoch;
    let metadata = RunMetadata {
        epochs_done: f64::from(position.0),
        stopped: position.0 < untrained.hyperparameters.epochs,
        trouble: None,
        loss: epoch_loss,
        metrics: None,
        ..trained_metadata(untrained, state.step, pairs, seconds)
    };
    let mut run = Run::assemble(corpus, metadata, model, curve);
    run.checkpoint = Some(Arc::new(Checkpoint { state: Arc::unwrap_or_clone(state), position, patience }));
    run
}

fn trained_metadata(untrained: &RunMetadata, steps: u64, pairs: u64, seconds: f64) -> RunMetadata {
    let timings = Timings {
        load: untrained.timings.load,
        train: seconds,
        pairs_per_second: pairs as f64 / seconds.max(f64::MIN_POSITIVE),
        ..Timings::default()
    };
    RunMetadata { created: now(), timings, steps, pairs, ..untrained.clone() }
}

/// `corpus`, its weights multiplied by the factors of `hyperparameters`.
fn weighed(mut corpus: Corpus, hyperparameters: &Hyperparameters) -> Corpus {
    hyperparameters.weigh(&mut corpus.attributes, corpus.types.iter().map(|own| own.name.as_str()));
    corpus
}

/// A corpus of `dataset` that also trains every item of `earlier`.
fn grown_corpus(earlier: &Run, dataset: &Dataset, settings: CorpusSettings) -> Result<Corpus, EngineError> {
    let dataset = Arc::new(dataset.grown(&earlier.trained_items()));
    Ok(Corpus::keeping(dataset, settings, &earlier.types[0].vocabulary)?)
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
    let users = hyperparameters.values().evaluate_users as usize;
    let measured = EpochEvaluation::new(corpus, hyperparameters, users).ok_or_else(|| {
        let message = "early_stop waits for a better held-out hit rate, but nothing is held out; set early_stop to 0, \
                       or hold events out";
        HyperparameterError(message.to_owned())
    })?;
    Ok(Box::new(move |model| measured.measure(model)))
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
        from: None,
        branch: None,
    }
}

fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
