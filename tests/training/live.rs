//! What is measured while a model trains, and what happens when it diverges.

use std::sync::{Arc, OnceLock};

use idatlas::dataset::{Corpus, HeldOutEvent};
use idatlas::embedding::Model;
use idatlas::gpu::{GpuBackend, GpuContext};
use idatlas::objective::{Backend, BackendError, BackendState, Batch, LossParts};
use idatlas::reference::ReferenceBackend;
use idatlas::training::cpu::CpuBackend;
use idatlas::training::{
    CheckedHyperparameters, EpochEvaluation, EpochFigures, HeldOutPoint, LiveEvaluation, LossPartsRow, Sampler,
    TrainControl, TrainEvent, TrainFailure, Trained, Trainer, held_out_queries, initialise,
};

use super::fixture::{TinyBackend, checked, evaluation, ring};

/// [`ring`] with two events of each sequence's user held out.
pub(super) fn corpus_with_holdout() -> Arc<Corpus> {
    let mut corpus = (*ring(50, 20, 30)).clone();
    let event = |user: u32, item: u32, time| {
        let repeat = corpus.history(user as usize).contains(&item);
        HeldOutEvent { user, item, time, session: user, repeat }
    };
    let both = |user| [event(user, (7 * user + 31) % 50, 40), event(user, 3 * user % 50, 40)];
    let events: Vec<_> = (0..20_u32).flat_map(both).collect();
    corpus.holdout = events;
    Arc::new(corpus)
}

fn live(corpus: &Arc<Corpus>, values: &CheckedHyperparameters, users: usize) -> LiveEvaluation {
    LiveEvaluation::new(Arc::clone(corpus), values, users).unwrap()
}

fn train(corpus: &Arc<Corpus>, values: &CheckedHyperparameters, backend: Box<dyn Backend>) -> Trained {
    Trainer::new(Arc::clone(corpus), values.clone(), backend)
        .with_live_evaluation(live(corpus, values, 10))
        .run(&TrainControl::default(), &mut |_| {})
        .unwrap()
}

/// Every backend that can be had here, each with its name.
#[allow(clippy::print_stdout, reason = "a skipped claim says so")]
fn backends(corpus: &Corpus, values: &CheckedHyperparameters) -> Vec<(&'static str, Box<dyn Backend>)> {
    let model = initialise(corpus, values);
    let (attributes, objective) = (&corpus.attributes, values.objective());
    let mut all: Vec<(&str, Box<dyn Backend>)> = vec![
        ("cpu", Box::new(CpuBackend::new(model.clone(), attributes.clone(), objective, 2))),
        ("reference", Box::new(ReferenceBackend::new(&model, attributes, objective).unwrap())),
    ];
    static CONTEXT: OnceLock<Result<GpuContext, String>> = OnceLock::new();
    match CONTEXT.get_or_init(|| GpuContext::open(None).map_err(|error| error.to_string())).clone() {
        Ok(context) => all.push(("gpu", Box::new(GpuBackend::new(context, &model, attributes, objective).unwrap()))),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            println!("skipped: no adapter (gpu among the backends)");
        }
    }
    all
}

const SMALL: &[(&str, &str)] = &[("batch_size", "64"), ("epochs", "2"), ("negative_sharing", "pair")];

#[test]
fn measuring_while_it_trains_changes_no_bit() {
    let corpus = corpus_with_holdout();
    let with = |every| checked(&corpus, &[SMALL, &[("evaluate_every", every)]].concat());
    let (off, on) = (with("0"), with("500"));
    for ((name, without), (_, with)) in backends(&corpus, &off).into_iter().zip(backends(&corpus, &on)) {
        let (without, with) = (train(&corpus, &off, without), train(&corpus, &on, with));
        assert_eq!(without.model, with.model, "{name}");
        assert_eq!(without.state, with.state, "{name}");
        assert!(without.curve.iter().all(|point| point.held_out.is_none()), "{name}: 0 is off");
        let measured: Vec<u64> =
            with.curve.iter().filter(|point| point.held_out.is_some()).map(|point| point.pairs).collect();
        let due = with.pairs / 500;
        // One at each multiple that a batch passes, and one at the end.
        assert!(measured.len() as u64 >= due.min(with.state.step) && measured.contains(&with.pairs), "{measured:?}");
    }
}

#[test]
fn who_watches_has_the_curve_of_the_trained_model_in_the_end() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, &[SMALL, &[("evaluate_every", "1000000000")]].concat());
    for (name, backend) in backends(&corpus, &values) {
        let mut seen = Vec::new();
        let trained = Trainer::new(Arc::clone(&corpus), values.clone(), backend)
            .with_live_evaluation(live(&corpus, &values, 10))
            .run(&TrainControl::default(), &mut |event| {
                if let TrainEvent::Point(point) = event {
                    point.put(&mut seen);
                }
            })
            .unwrap();
        assert_eq!(seen, trained.curve, "{name}");
        assert!(seen.last().unwrap().held_out.is_some(), "{name}: the end is measured");
    }
}

#[test]
fn the_total_is_the_sum_of_its_parts_at_every_point() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, &[SMALL, &[("evaluate_every", "200")]].concat());
    for (name, backend) in backends(&corpus, &values) {
        let trained = train(&corpus, &values, backend);
        let held_out = trained.curve.iter().filter_map(|point| point.held_out).map(|point| point.loss);
        let losses: Vec<LossPartsRow> =
            trained.curve.iter().map(|point| point.loss).chain(held_out).chain(trained.epoch_loss).collect();
        assert!(losses.len() > 20, "{name}: {} losses", losses.len());
        for loss in losses {
            let sum = loss.pair + loss.structure + loss.regulariser;
            assert!((loss.total - sum).abs() <= 1e-12 * sum, "{name}: {loss:?}");
            assert!(loss.pair > 0.0 && loss.structure > 0.0 && loss.regulariser > 0.0, "{name}: {loss:?}");
        }
    }
}

#[test]
fn an_epochs_loss_is_the_mean_over_its_steps() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, SMALL);
    let backend = TinyBackend::new(&corpus, &values);
    let seen = Arc::clone(&backend.seen);
    let trained = train(&corpus, &values, Box::new(backend));
    let losses = &seen.lock().unwrap().losses;
    let last_epoch = &losses[losses.len() / 2..];
    let mean = last_epoch.iter().sum::<f64>() / last_epoch.len() as f64;
    let loss = trained.epoch_loss.unwrap();
    assert!((loss.pair - mean).abs() < 1e-12 * mean, "{loss:?}, mean {mean}");
}

#[test]
fn over_all_users_the_live_figures_are_those_of_the_evaluation() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, SMALL);
    let trained = train(&corpus, &values, Box::new(TinyBackend::new(&corpus, &values)));
    let point = live(&corpus, &values, usize::MAX).measure(&trained.model, &|| false).unwrap();
    assert_eq!(held_out_queries(&corpus, values.values().user_history as usize).len(), 20);
    let report = evaluation(&corpus, &values, &trained.model);
    let figures = report.next_item[&10];
    assert_eq!((point.hit_rate_at_10, point.ndcg_at_10), (figures.hit_rate, figures.ndcg));
    assert!(figures.hit_rate > 0.0, "{figures:?}");
}

#[test]
fn an_untrained_model_has_the_held_out_loss_of_guessing_and_training_lowers_it() {
    let corpus = corpus_with_holdout();
    let values = checked(
        &corpus,
        &[
            SMALL,
            &[
                ("epochs", "20"),
                ("beta", "0"),
                ("learning_rate", "0.05"),
                ("negative_sampling", "log-uniform"),
                ("weighting", "inverse-sqrt"),
            ],
        ]
        .concat(),
    );
    let measured = live(&corpus, &values, usize::MAX);
    let untrained = initialise(&corpus, &values);
    let nothing = Model {
        target: untrained.target.iter().map(|table| table * 0.0).collect(),
        context: untrained.context.iter().map(|table| table * 0.0).collect(),
        transfer: untrained.transfer.iter().map(|matrix| matrix * 0.0).collect(),
    };
    let loss = |model: &Model| measured.measure(model, &|| false).unwrap().loss;
    // Each pair and each of its negatives costs ln 2; 20 sequences of 30 events have 8 contexts but for their ends.
    let pairs_a_centre = (30.0 * 8.0 - 2.0 * (4.0 + 3.0 + 2.0 + 1.0)) / 30.0;
    let guessing = pairs_a_centre * (1.0 + f64::from(values.values().negatives)) * std::f64::consts::LN_2;
    assert!((loss(&nothing).pair - guessing).abs() < 1e-9, "{:?}, guessing {guessing}", loss(&nothing));
    let backend = CpuBackend::new(untrained, corpus.attributes.clone(), values.objective(), 1);
    let trained = train(&corpus, &values, Box::new(backend));
    let (before, after) = (loss(&nothing), loss(&trained.model));
    assert!(after.pair < 0.9 * before.pair, "{after:?}, before {before:?}");
}

#[test]
fn the_sample_of_users_is_drawn_by_the_seed_alone() {
    let corpus = corpus_with_holdout();
    let sampled = |seed, users| {
        let values = checked(&corpus, &[SMALL, &[("seed", seed)]].concat());
        let measured = live(&corpus, &values, users);
        let model = initialise(&corpus, &checked(&corpus, SMALL));
        (measured.users(), measured.measure(&model, &|| false).unwrap())
    };
    assert_eq!(sampled("1", 7), sampled("1", 7));
    assert_eq!((sampled("1", 7).0, sampled("1", 100).0), (7, 20));
    assert_ne!(sampled("1", 7).1, sampled("2", 7).1);
}

#[test]
fn what_early_stop_measures_of_all_users_holds_the_sample_s_figures() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, SMALL);
    let trained = train(&corpus, &values, Box::new(TinyBackend::new(&corpus, &values)));
    for users in [7, 100] {
        let both = EpochEvaluation::new(&corpus, &values, users).unwrap().measure(&trained.model);
        assert_eq!(both.held_out, live(&corpus, &values, users).measure(&trained.model, &|| false));
        let all = live(&corpus, &values, usize::MAX).measure(&trained.model, &|| false).unwrap();
        assert_eq!(both.score, all.hit_rate_at_10);
    }
}

#[test]
fn an_epoch_that_early_stop_has_measured_is_not_measured_again() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, &[SMALL, &[("early_stop", "9"), ("evaluate_every", "1000000000")]].concat());
    let mark = |epoch: u32| HeldOutPoint {
        hit_rate_at_10: f64::from(epoch),
        ndcg_at_10: 0.0,
        loss: LossParts::default().into(),
    };
    let mut epoch = 0;
    let trainer = || Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)));
    let validation = move |_: &Model| {
        epoch += 1;
        EpochFigures { held_out: Some(mark(epoch)), ..EpochFigures::from(0.0) }
    };
    let trained = trainer()
        .with_validation(Box::new(validation))
        .with_live_evaluation(live(&corpus, &values, 10))
        .run(&TrainControl::default(), &mut |_| {})
        .unwrap();
    let measured: Vec<_> = trained.curve.iter().filter_map(|point| Some((point.epoch, point.held_out?))).collect();
    assert_eq!(measured, [(1.0, mark(1)), (2.0, mark(2))], "both epochs once, and nothing else");
}

#[test]
fn a_measurement_gives_way_when_it_is_interrupted() {
    let corpus = corpus_with_holdout();
    let values = checked(&corpus, SMALL);
    let model = initialise(&corpus, &values);
    assert_eq!(live(&corpus, &values, usize::MAX).measure(&model, &|| true), None);
}

#[test]
fn without_held_out_events_nothing_is_measured() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    assert!(LiveEvaluation::new(corpus, &values, 10).is_none());
}

/// A backend whose learning rate jumps after a number of steps.
struct Surging {
    inner: Box<dyn Backend>,
    steps: u64,
}

impl Backend for Surging {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn name(&self) -> String {
        self.inner.name()
    }

    fn step(&mut self, batch: &Batch, learning_rate: f32) -> Result<(), BackendError> {
        let rate = if self.steps == 0 { 1e9 } else { learning_rate };
        self.steps = self.steps.saturating_sub(1);
        self.inner.step(batch, rate)
    }

    fn losses(&mut self) -> Result<(LossParts, u64), BackendError> {
        self.inner.losses()
    }

    fn model(&mut self) -> Result<Model, BackendError> {
        self.inner.model()
    }

    fn state(&mut self) -> Result<BackendState, BackendError> {
        self.inner.state()
    }

    fn restore(&mut self, model: &Model, state: &BackendState) -> Result<(), BackendError> {
        self.inner.restore(model, state)
    }
}

#[test]
fn a_training_that_diverges_keeps_the_last_good_epoch_and_names_the_learning_rate() {
    let corpus = ring(50, 20, 30);
    for optimizer in ["adagrad-row", "adam-lazy", "sgd"] {
        let set =
            [("batch_size", "64"), ("lr_schedule", "constant"), ("learning_rate", "0.01"), ("optimizer", optimizer)];
        let values = checked(&corpus, &[&set[..], &[("epochs", "3")]].concat());
        let one_epoch = checked(&corpus, &[&set[..], &[("epochs", "1")]].concat());
        let steps = Sampler::new(Arc::clone(&corpus), values.clone()).batches_per_epoch();
        for ((name, backend), (_, whole)) in backends(&corpus, &values).into_iter().zip(backends(&corpus, &one_epoch)) {
            let good = Trainer::new(Arc::clone(&corpus), one_epoch.clone(), whole)
                .run(&TrainControl::default(), &mut |_| {})
                .unwrap();
            let failure =
                Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(Surging { inner: backend, steps }))
                    .run(&TrainControl::default(), &mut |_| {})
                    .unwrap_err();
            let message = failure.to_string();
            assert!(message.contains("lower learning_rate (it was 0.01)"), "{name}, {optimizer}: {message}");
            match failure {
                TrainFailure::Diverged { last: Some(last), .. } => {
                    assert_eq!(last.model, good.model, "{name}, {optimizer}");
                    assert_eq!((last.position, last.epochs_done), ((1, 0), 1.0), "{name}, {optimizer}");
                    let (kept, whole) = (last.epoch_loss.unwrap().total, good.epoch_loss.unwrap().total);
                    // When losses are read off decides the last digit of their sum.
                    assert!((kept - whole).abs() <= 1e-12 * whole, "{name}, {optimizer}: {kept}, {whole}");
                }
                other => panic!("{name}, {optimizer}: {other}"),
            }
        }
    }
}

#[test]
fn an_absurd_learning_rate_ends_the_training_at_once_whatever_the_optimiser() {
    let corpus = ring(50, 20, 30);
    for optimizer in ["adagrad-row", "adam-lazy", "adam", "sgd"] {
        let set = [("batch_size", "64"), ("learning_rate", "1000000"), ("optimizer", optimizer), ("epochs", "1000")];
        let values = checked(&corpus, &set);
        for (name, backend) in backends(&corpus, &values) {
            let failure = Trainer::new(Arc::clone(&corpus), values.clone(), backend)
                .run(&TrainControl::default(), &mut |_| {})
                .unwrap_err();
            let message = failure.to_string();
            assert!(matches!(failure, TrainFailure::Diverged { .. }), "{name}, {optimizer}: {message}");
            assert!(message.contains("lower learning_rate (it was 1000000)"), "{name}, {optimizer}: {message}");
        }
    }
}
