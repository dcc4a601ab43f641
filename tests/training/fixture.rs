//! Corpora made by hand, and a backend so small that it is obviously right.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use idatlas::dataset::{
    Catalogue, Corpus, CorpusSettings, DataRequest, Dataset, Events, Holdout, IdType, ItemAttributes, SequenceUnit,
    Sequences, TrainedType, Vocabulary, Weighting,
};
use idatlas::embedding::Model;
use idatlas::objective::{Backend, BackendError, BackendState, Batch, Goal, LossParts};
use idatlas::progress::Watch;
use idatlas::training::{
    CheckedHyperparameters, Evaluated, Evaluation, EvaluationSettings, Hyperparameters, Preset, Repeats, Sampler,
    TrainControl, evaluate, held_out_queries, initialise, log_probabilities,
};
use ndarray::Array2;

/// A corpus of (item, time) sequences with the items 0..`items`, and one attribute type per entry of `attributes`:
/// (name, number of IDs); item i carries ID i modulo that number.
pub(crate) fn corpus(items: u32, sequences: &[Vec<(u32, i64)>], attributes: &[(&str, u32)]) -> Arc<Corpus> {
    let mut counts = vec![0_u64; items as usize];
    sequences.iter().flatten().for_each(|&(item, _)| counts[item as usize] += 1);
    let widths: Vec<u32> = std::iter::once(items).chain(attributes.iter().map(|(_, ids)| *ids)).collect();
    let ids = Array2::from_shape_fn((items as usize, widths.len()), |(item, k)| item as u32 % widths[k]);
    let weights = Array2::ones(ids.raw_dim());
    let names = std::iter::once("item").chain(attributes.iter().map(|(name, _)| *name));
    let vocabularies: Vec<(String, Arc<Vocabulary>)> = names
        .zip(&widths)
        .map(|(name, &ids)| {
            let texts: Vec<String> = (0..ids).map(|id| format!("{name}-{id}")).collect();
            (name.to_owned(), Arc::new(texts.iter().map(String::as_str).collect::<Vocabulary>()))
        })
        .collect();
    let trained = vocabularies.iter().enumerate().map(|(k, (name, vocabulary))| {
        let mut of_id = vec![(0_u64, 0_u32); vocabulary.len()];
        for item in 0..items as usize {
            let id = &mut of_id[ids[(item, k)] as usize];
            *id = (id.0 + counts[item], id.1 + 1);
        }
        TrainedType {
            name: name.clone(),
            vocabulary: Arc::clone(vocabulary),
            counts: of_id.iter().map(|id| id.0).collect(),
            items: of_id.iter().map(|id| id.1).collect(),
            labels: vec![None; vocabulary.len()],
        }
    });
    let types = trained.collect();
    let id_types = vocabularies.iter().map(|(name, vocabulary)| IdType {
        name: name.clone(),
        column: format!("{name}_id"),
        vocabulary: Arc::clone(vocabulary),
        missing: 0,
    });
    let dataset = Dataset {
        request: DataRequest::default(),
        sources: Vec::new(),
        event_columns: Vec::new(),
        item_columns: None,
        events: Events::default(),
        users: Arc::default(),
        sessions: Arc::default(),
        session_count: sequences.len(),
        catalogue: Catalogue {
            id_types: id_types.collect(),
            attributes: ids.clone(),
            labels: None,
            descriptive: RecordBatch::new_empty(Arc::new(Schema::empty())),
            listed: 0,
        },
        problems: Vec::new(),
        fingerprint: String::new(),
    };
    let offsets: Vec<usize> = std::iter::once(0)
        .chain(sequences.iter().scan(0, |end, sequence| {
            *end += sequence.len();
            Some(*end)
        }))
        .collect();
    let events = || sequences.iter().flatten();
    Arc::new(Corpus {
        dataset: Arc::new(dataset),
        settings: CorpusSettings {
            holdout: Holdout::None,
            min_count: 1,
            sequence: SequenceUnit::User,
            weighting: Weighting::Uniform,
            hide_items: 0.0,
            seed: 1,
        },
        types,
        attributes: ItemAttributes { ids, weights },
        catalogue_rows: (0..items).collect(),
        history_offsets: offsets.clone(),
        history_items: events().map(|event| event.0).collect(),
        history_sessions: vec![0; events().count()],
        history_times: vec![0; events().count()],
        sequences: Sequences {
            users: (0..sequences.len() as u32).collect(),
            items: events().map(|event| event.0).collect(),
            times: events().map(|event| event.1).collect(),
            offsets,
        },
        holdout: Vec::new(),
    })
}

/// Sequences of the given lengths in which every event has its own item and time.
pub(crate) fn distinct_sequences(lengths: &[usize]) -> Vec<Vec<(u32, i64)>> {
    let mut next = 0;
    let mut sequence = |&length: &usize| {
        let events = (next..next + length as u32).map(|item| (item, i64::from(item)));
        next += length as u32;
        events.collect()
    };
    lengths.iter().map(&mut sequence).collect()
}

/// A small corpus whose items wander over a ring, so that there is something to learn.
pub(crate) fn ring(items: u32, sequences: u32, length: u32) -> Arc<Corpus> {
    let sequence = |s: u32| (0..length).map(|i| ((7 * s + i * (1 + s % 3)) % items, i64::from(i))).collect();
    corpus(items, &(0..sequences).map(sequence).collect::<Vec<_>>(), &[("brand", 3)])
}

/// The default preset with narrow vectors, changed by `set`.
pub(crate) fn checked(corpus: &Corpus, set: &[(&str, &str)]) -> CheckedHyperparameters {
    let mut typed = Hyperparameters::preset(Preset::Default);
    typed.set("dims.item", "8").unwrap();
    // In so few events every item is a frequent one.
    typed.set("subsample", "0").unwrap();
    for (key, value) in set {
        typed.set(key, value).unwrap();
    }
    typed.check(corpus).unwrap()
}

/// All batches of an epoch.
pub(crate) fn batches(sampler: &Sampler, epoch: u32) -> Vec<Batch> {
    let plan = sampler.epoch(epoch);
    (0..plan.batch_count())
        .map(|index| {
            let mut batch = Batch::default();
            plan.fill(index, &mut batch);
            batch
        })
        .collect()
}

/// What a [`TinyBackend`] was asked, for the test to look at.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) batches: Vec<Batch>,
    pub(crate) rates: Vec<f32>,
    pub(crate) losses: Vec<f64>,
    /// Pieces of steps done.
    pub(crate) pieces: usize,
}

/// Pulls each centre and context together with momentum; negatives push apart. Items only, in plain loops.
pub(crate) struct TinyBackend {
    model: Model,
    velocity: Array2<f32>,
    step: u64,
    pending: (LossParts, u64),
    pub(crate) seen: Arc<Mutex<Seen>>,
    /// Called after each step with the number of steps so far; may move levers.
    pub(crate) after_step: Box<dyn FnMut(u64) + Send>,
    /// Pieces of each step that are left to do after it was accepted, those of the last one, and what to do after each.
    pub(crate) pieces_per_step: usize,
    pieces_left: usize,
    pub(crate) after_piece: Box<dyn FnMut(usize) + Send>,
    /// The step whose loss is no number.
    pub(crate) poisoned_step: Option<u64>,
    /// The step that fails.
    pub(crate) failing_step: Option<u64>,
}

impl TinyBackend {
    pub(crate) fn new(corpus: &Corpus, hyperparameters: &CheckedHyperparameters) -> Self {
        let model = initialise(corpus, hyperparameters);
        Self {
            velocity: Array2::zeros(model.target[0].raw_dim()),
            model,
            step: 0,
            pending: (LossParts::default(), 0),
            seen: Arc::default(),
            after_step: Box::new(|_| {}),
            pieces_per_step: 0,
            pieces_left: 0,
            after_piece: Box::new(|_| {}),
            poisoned_step: None,
            failing_step: None,
        }
    }

    /// Stops `control` after step `step`.
    pub(crate) fn stopping(mut self, control: &TrainControl, step: u64) -> Self {
        let control = control.clone();
        self.after_step = Box::new(move |now| {
            if now == step {
                control.stop();
            }
        });
        self
    }
}

impl Backend for TinyBackend {
    fn kind(&self) -> &'static str {
        "cpu"
    }

    fn name(&self) -> String {
        "tiny".to_owned()
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        if self.failing_step == Some(self.step) {
            return Err(BackendError::DeviceLost { message: "unplugged".to_owned() });
        }
        let mut loss = 0.0;
        let mut gradient = Array2::<f32>::zeros(self.velocity.raw_dim());
        for i in 0..batch.centre_count() {
            let centre = batch.centres[i] as usize;
            for &context in &batch.contexts[batch.pairs_of(i)] {
                let target = self.model.target[0].row(centre);
                let context = self.model.context[0].row(context as usize);
                let logit = target.dot(&context);
                loss += f64::from((1.0 + (-logit).exp()).ln()) / batch.centre_count() as f64;
                gradient.row_mut(centre).scaled_add(-1.0 / (1.0 + logit.exp()), &context);
            }
        }
        self.velocity = &self.velocity * 0.5 + gradient;
        self.model.target[0].scaled_add(-learning_rate / batch.centre_count() as f32, &self.velocity);
        if self.poisoned_step == Some(self.step) {
            loss = f64::NAN;
        }
        self.step += 1;
        self.pending.0 += LossParts { pair: loss, ..LossParts::default() };
        self.pending.1 += 1;
        let mut seen = self.seen.lock().unwrap();
        seen.batches.push(batch.clone());
        seen.rates.push(learning_rate);
        seen.losses.push(loss);
        drop(seen);
        (self.after_step)(self.step);
        self.pieces_left = self.pieces_per_step;
        Ok(())
    }

    fn advance(&mut self, _goal: Goal) -> Result<bool, BackendError> {
        if self.pieces_left == 0 {
            return Ok(false);
        }
        self.pieces_left -= 1;
        let done = {
            let mut seen = self.seen.lock().unwrap();
            seen.pieces += 1;
            seen.pieces
        };
        (self.after_piece)(done);
        Ok(self.pieces_left > 0)
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        Ok(std::mem::take(&mut self.pending))
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        Ok(self.model.clone())
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        let velocity = self.velocity.iter().copied().collect();
        Ok(BackendState { step: self.step, tensors: BTreeMap::from([("velocity".to_owned(), velocity)]) })
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        self.model = model.clone();
        self.step = state.step;
        self.velocity = Array2::from_shape_vec(self.velocity.raw_dim(), state.tensors["velocity"].clone())
            .map_err(|error| BackendError::StateMismatch { message: error.to_string() })?;
        Ok(())
    }
}

/// What the evaluation says of `model`, by all users with held-out events.
pub fn evaluation(corpus: &Corpus, values: &CheckedHyperparameters, model: &Model) -> Evaluation {
    let log_probability = log_probabilities(values.values().negative_sampling, &corpus.types[0].counts);
    let subject = Evaluated {
        model,
        types: &corpus.types,
        attributes: &corpus.attributes,
        log_probability: &log_probability,
        baskets: None,
        reach: 4,
        new_items: None,
    };
    let queries = held_out_queries(corpus, values.values().user_history as usize);
    evaluate(&subject, &queries, Repeats::All, &EvaluationSettings::default(), &Watch::unattended()).unwrap()
}
