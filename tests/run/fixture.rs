//! A small run with everything that is awkward in it.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use idatlas::dataset::{
    Catalogue, Corpus, CorpusSettings, DataRequest, Dataset, Events, HeldOutEvent, Holdout, IdType, ItemAttributes,
    SequenceUnit, Sequences, TrainedType, Vocabulary, Weighting,
};
use idatlas::embedding::Model;
use idatlas::objective::{BackendState, LossParts};
use idatlas::run::{Checkpoint, DataFingerprint, FORMAT_VERSION, Run, RunMetadata, Timings};
use idatlas::training::{
    Baselines, ChurnPoint, CurvePoint, Evaluation, HeldOutPoint, Hyperparameters, Preset, RankedMetrics,
};
use ndarray::{Array2, array};

use crate::noise;

const MISSING: u32 = ItemAttributes::MISSING;

fn vocabulary(ids: &[&str]) -> Arc<Vocabulary> {
    Arc::new(ids.iter().copied().collect())
}

fn hyperparameters() -> Hyperparameters {
    Hyperparameters {
        dims: [("item".to_owned(), 4)].into(),
        weighting: Weighting::InverseSqrt,
        user_history: 3,
        seed: u64::MAX,
        ..Hyperparameters::preset(Preset::Default)
    }
}

/// Catalogue rows: pan, kettle, never bought, pot, spoon. Types: item, brand (the pot has none), "a/b" (one ID).
fn dataset(has_time: bool) -> Dataset {
    let id_type = |name: &str, ids: &[&str], missing| IdType {
        name: name.to_owned(),
        column: format!("{name}_id"),
        vocabulary: vocabulary(ids),
        missing,
    };
    let titles: ArrayRef = Arc::new(StringArray::from(vec![
        Some("Pan, 20 cm"),
        Some("Kettle \"Élan\""),
        None,
        Some("Pot\twith\nlid"),
        Some("Spoon"),
    ]));
    // A descriptive column that is called as an ID type is.
    let brand: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.5), None, Some(f64::MAX), Some(-0.0), Some(4.0)]));
    Dataset {
        request: DataRequest::default(),
        sources: Vec::new(),
        event_columns: Vec::new(),
        item_columns: None,
        events: Events { has_time, ..Events::default() },
        users: vocabulary(&["u1", "idle", "007", "u\"2"]),
        sessions: vocabulary(&["s1", "s2"]),
        session_count: 2,
        catalogue: Catalogue {
            id_types: vec![
                id_type("item", &["pan", "kettle", "never", "pot 1", "spoon"], 0),
                id_type("brand", &["acme", "zeta", "7"], 1),
                id_type("a/b", &["only"], 0),
            ],
            attributes: array![[0, 0, 0], [1, 1, 0], [2, 2, 0], [3, MISSING, 0], [4, 0, 0]],
            labels: None,
            descriptive: RecordBatch::try_from_iter([("title", titles), ("brand", brand)]).unwrap(),
            listed: 5,
        },
        problems: Vec::new(),
        fingerprint: "00ff".to_owned(),
    }
}

/// The corpus that the run is trained on. Items by falling count: kettle, pan, spoon, pot.
pub fn corpus(has_time: bool) -> Corpus {
    let texts = |labels: &[Option<&str>]| labels.iter().map(|label| label.map(str::to_owned)).collect();
    let event = |user, item, session, repeat| HeldOutEvent { user, item, time: 1_700_000_000_123_456, session, repeat };
    let half = 0.5_f32.sqrt();
    Corpus {
        dataset: Arc::new(dataset(has_time)),
        settings: CorpusSettings {
            holdout: Holdout::LastSession,
            min_count: 1,
            sequence: SequenceUnit::User,
            weighting: Weighting::InverseSqrt,
            hide_items: 0.0,
            seed: 1,
        },
        types: vec![
            TrainedType {
                name: "item".to_owned(),
                vocabulary: vocabulary(&["kettle", "pan", "spoon", "pot 1"]),
                counts: vec![9, 5, 5, 1],
                items: vec![1; 4],
                labels: texts(&[Some("Kettle \"Élan\""), Some("Pan, 20 cm"), Some("Spoon"), Some("Pot\twith\nlid")]),
            },
            TrainedType {
                name: "brand".to_owned(),
                vocabulary: vocabulary(&["acme", "zeta"]),
                counts: vec![10, 9],
                items: vec![2, 1],
                labels: vec![None, None],
            },
            TrainedType {
                name: "a/b".to_owned(),
                vocabulary: vocabulary(&["only"]),
                counts: vec![20],
                items: vec![4],
                labels: vec![None],
            },
        ],
        attributes: ItemAttributes {
            ids: array![[0, 1, 0], [1, 0, 0], [2, 0, 0], [3, MISSING, 0]],
            weights: array![[1.0, 1.0, 0.5], [1.0, 1.0 / 2.0_f32.sqrt(), 0.5], [1.0, half, 0.5], [1.0, 0.0, 0.5]],
        },
        catalogue_rows: vec![1, 0, 4, 3],
        sequences: Sequences::default(),
        history_offsets: vec![0, 5, 5, 7, 8],
        history_items: vec![0, 1, 2, 3, 0, 2, 2, 1],
        history_sessions: vec![0, 0, 1, 1, 0, 1, 1, 1],
        history_times: vec![100, 200, 300, 400, 500, -7, 8, 900],
        holdout: vec![event(0, 2, 0, false), event(0, 1, 0, true), event(2, 3, 1, false), event(3, 1, 1, false)],
    }
}

fn model() -> Model {
    let mut next = noise::symmetric(5);
    let mut table = |rows: usize, dims: usize| Array2::from_shape_simple_fn((rows, dims), &mut next);
    let mut model = Model {
        target: vec![table(4, 4), table(2, 3), table(1, 1)],
        context: vec![table(4, 4), table(2, 3), table(1, 1)],
        transfer: vec![table(4, 3), table(4, 1)],
    };
    model.target[1].assign(&array![[-0.0, f32::MIN_POSITIVE / 8.0, f32::MAX], [1e-7, 0.1, -3.402e38]]);
    model
}

fn metadata() -> RunMetadata {
    let figures = RankedMetrics { hit_rate: 0.5, recall: 0.25, ndcg: 0.125, mrr: 1.0 };
    RunMetadata {
        format_version: FORMAT_VERSION,
        program_version: "0.1.0".to_owned(),
        name: "größe \"test\"".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        types: Vec::new(),
        hyperparameters: hyperparameters(),
        holdout: "last-session".to_owned(),
        seed: u64::MAX,
        backend: "cpu".to_owned(),
        adapter: "CPU, 2 threads".to_owned(),
        data: DataFingerprint { hash: "00ff".to_owned(), events: 8, users: 4, items: 4, ..DataFingerprint::default() },
        timings: Timings { load: 0.5, train: 2.0, pairs_per_second: 1e6, ..Timings::default() },
        epochs_done: 4.5,
        steps: 77,
        pairs: 1234,
        stopped: true,
        trouble: Some("the loss became NaN".to_owned()),
        loss: Some(LossParts { pair: 1.25, structure: 0.1, regulariser: 1e-9 }.into()),
        metrics: Some(Evaluation {
            queries: 3,
            candidates: 4,
            untrained_targets: 1,
            next_item: [(10, figures), (50, figures)].into(),
            baselines: Baselines { popularity: [(10, figures)].into(), ..Baselines::default() },
            ..Evaluation::default()
        }),
        from: None,
        branch: None,
    }
}

/// The run, whose events have real times or row numbers.
pub fn run_with_time(has_time: bool) -> Run {
    let point = |step| CurvePoint {
        step,
        epoch: step as f64 / 3.0,
        pairs: step * 10,
        seconds: 0.1,
        loss: LossParts { pair: 1.5, structure: 0.1, regulariser: 1e-9 }.into(),
        held_out: (step > 1).then(|| HeldOutPoint {
            hit_rate_at_10: 0.25,
            ndcg_at_10: 1.0 / 3.0,
            loss: LossParts { pair: 2.5, structure: 0.2, regulariser: 1e-9 }.into(),
        }),
        churn: (step > 1).then_some(ChurnPoint { jaccard_at_10: 0.75, pinned_jaccard_at_10: None }),
    };
    let mut run = Run::assemble(&corpus(has_time), metadata(), model(), vec![point(1), point(77)]);
    let tensors = [("first_moment/target/item".to_owned(), vec![1.0, -0.0, 1e-40]), ("empty".to_owned(), Vec::new())];
    let state = BackendState { step: 77, tensors: tensors.into() };
    run.checkpoint = Some(Arc::new(Checkpoint { state, position: (4, u64::from(u32::MAX) + 5), patience: None }));
    run
}

/// The run, with real times.
pub fn run() -> Run {
    run_with_time(true)
}

/// Bits of every value: equal for equal values only, NaN and zeros of either sign included.
pub fn bits<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    values.into_iter().map(|value| value.to_bits()).collect()
}
