//! The trainer: order, levers, curve, what is kept.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use idatlas::dataset::Corpus;
use idatlas::embedding::Model;
use idatlas::objective::BackendError;
use idatlas::training::{
    CheckedHyperparameters, Sampler, TrainControl, TrainEvent, TrainFailure, Trained, Trainer, initialise,
};

use super::fixture::{TinyBackend, batches, checked, corpus, ring};

const SMALL: &[(&str, &str)] = &[("batch_size", "64"), ("epochs", "2"), ("learning_rate", "0.5")];

fn train(corpus: &Arc<Corpus>, values: &CheckedHyperparameters, backend: TinyBackend) -> Result<Trained, TrainFailure> {
    Trainer::new(Arc::clone(corpus), values.clone(), Box::new(backend)).run(&TrainControl::default(), &mut |_| {})
}

#[test]
fn the_backend_gets_each_epochs_batches_in_order_and_the_rate_falls_to_nothing() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let backend = TinyBackend::new(&corpus, &values);
    let seen = Arc::clone(&backend.seen);
    let trained = train(&corpus, &values, backend).unwrap();
    let seen = seen.lock().unwrap();
    let sampler = Sampler::new(Arc::clone(&corpus), values);
    let expected = [batches(&sampler, 0), batches(&sampler, 1)].concat();
    assert_eq!(seen.batches, expected);
    let steps = expected.len();
    for (step, &rate) in seen.rates.iter().enumerate() {
        let linear = 0.5 * (1.0 - step as f32 / steps as f32);
        assert!((rate - linear).abs() < 1e-6, "step {step}: rate {rate}, linear {linear}");
    }
    let pairs: usize = expected.iter().map(|batch| batch.pair_count()).sum();
    assert_eq!((trained.position, trained.epochs_done, trained.stopped), ((2, 0), 2.0, false));
    assert_eq!((trained.pairs, trained.state.step, trained.backend.as_str()), (pairs as u64, steps as u64, "tiny"));
    assert!(trained.seconds > 0.0);
}

#[test]
fn a_constant_rate_stays() {
    let corpus = ring(50, 5, 30);
    let values = checked(&corpus, &[("batch_size", "64"), ("lr_schedule", "constant"), ("learning_rate", "0.25")]);
    let backend = TinyBackend::new(&corpus, &values);
    let seen = Arc::clone(&backend.seen);
    train(&corpus, &values, backend).unwrap();
    assert!(seen.lock().unwrap().rates.iter().all(|&rate| rate == 0.25));
}

#[test]
fn a_point_is_the_mean_loss_of_the_steps_since_the_one_before() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let mut backend = TinyBackend::new(&corpus, &values);
    // Slow enough for points in the middle.
    backend.after_step = Box::new(|_| std::thread::sleep(Duration::from_millis(40)));
    let seen = Arc::clone(&backend.seen);
    let (mut points, mut progress) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let trained = Trainer::new(Arc::clone(&corpus), values, Box::new(backend))
        .run(&TrainControl::default(), &mut |event| match event {
            TrainEvent::Point(point) => points.push(point),
            TrainEvent::Progress { pairs, total_pairs, .. } => progress.push((pairs, total_pairs)),
            _ => {}
        })
        .unwrap();
    // One in 50 ms at first, and one at the start and the end.
    let most = 2 + (begun.elapsed().as_secs_f64() / 0.05).ceil() as usize;
    let losses = &seen.lock().unwrap().losses;
    assert!(points.len() >= 3 && points.len() <= most, "{} points in {:?}", points.len(), begun.elapsed());
    assert_eq!(points, trained.curve);
    let mut before = 0;
    for point in &points {
        let steps = &losses[before..point.step as usize];
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        assert!((point.loss.pair - mean).abs() < 1e-12 * mean, "step {}: {}, mean {mean}", point.step, point.loss.pair);
        before = point.step as usize;
    }
    assert_eq!((points[0].step, before), (1, losses.len()), "the curve covers all steps from the first");
    assert!(progress.iter().all(|&(pairs, total)| pairs <= total && total == trained.pairs), "{progress:?}");
}

/// Two epochs, straight or stopped after step `stop_at` and resumed by another trainer.
fn with_a_stop(corpus: &Arc<Corpus>, values: &CheckedHyperparameters, stop_at: u64) -> (Trained, Trained) {
    let control = TrainControl::default();
    let backend = TinyBackend::new(corpus, values).stopping(&control, stop_at);
    let stopped =
        Trainer::new(Arc::clone(corpus), values.clone(), Box::new(backend)).run(&control, &mut |_| {}).unwrap();
    let mut backend = TinyBackend::new(corpus, values);
    // Whatever it held is replaced.
    backend.after_step = Box::new(|_| {});
    let mut trainer = Trainer::new(Arc::clone(corpus), values.clone(), Box::new(backend));
    trainer.resume(&stopped).unwrap();
    let resumed = trainer.run(&TrainControl::default(), &mut |_| {}).unwrap();
    (stopped, resumed)
}

#[test]
fn stopping_anywhere_and_resuming_gives_the_same_bits() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let straight = train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap();
    let an_epoch = straight.state.step / 2;
    for stop_at in [1, 4, an_epoch - 1, an_epoch, an_epoch + 1, 2 * an_epoch - 1] {
        let (stopped, resumed) = with_a_stop(&corpus, &values, stop_at);
        assert!(stopped.stopped && stopped.state.step == stop_at, "{:?}", stopped.position);
        assert!(stopped.epochs_done > 0.0 && stopped.epochs_done < 2.0, "{}", stopped.epochs_done);
        assert_eq!(resumed.model, straight.model, "stopped at step {stop_at}");
        assert_eq!(resumed.state, straight.state, "stopped at step {stop_at}");
        assert_eq!((resumed.position, resumed.pairs), (straight.position, straight.pairs));
        assert!(resumed.seconds >= stopped.seconds && !resumed.stopped);
        assert!(resumed.curve.starts_with(&stopped.curve) && resumed.curve.len() > stopped.curve.len());
    }
}

#[test]
fn a_training_that_is_stopped_before_it_begins_leaves_the_start() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let control = TrainControl::default();
    control.stop();
    let backend = TinyBackend::new(&corpus, &values);
    let trained =
        Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(backend)).run(&control, &mut |_| {}).unwrap();
    assert_eq!(trained.model, initialise(&corpus, &values));
    assert_eq!((trained.position, trained.pairs, trained.stopped), ((0, 0), 0, true));
    assert!(trained.curve.is_empty());
}

#[test]
fn a_finished_training_has_nothing_to_resume_and_other_data_are_refused() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let mut trained = train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap();
    let mut trainer = Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)));
    trainer.resume(&trained).unwrap();
    let again = trainer.run(&TrainControl::default(), &mut |_| {}).unwrap();
    assert_eq!((&again.model, again.stopped, again.curve.len()), (&trained.model, false, trained.curve.len()));
    trained.position = (1, 1_000_000);
    let mut trainer = Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)));
    let error = trainer.resume(&trained).unwrap_err();
    assert!(matches!(error, BackendError::StateMismatch { .. }) && error.to_string().contains("1000000"), "{error}");
}

#[test]
fn a_paused_training_stands_still_gives_snapshots_and_goes_on() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let straight = train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap();
    let control = TrainControl::default();
    let mut backend = TinyBackend::new(&corpus, &values);
    let (paused, when_paused) = mpsc::channel();
    let lever = control.clone();
    backend.after_step = Box::new(move |step| {
        if step == 3 {
            lever.pause();
            paused.send(()).unwrap();
        }
    });
    let seen = Arc::clone(&backend.seen);
    let (snapshot, snapshots) = mpsc::channel();
    let trainer = Trainer::new(Arc::clone(&corpus), values, Box::new(backend));
    let levers = control.clone();
    let training = std::thread::spawn(move || {
        trainer.run(&levers, &mut |event| {
            if let TrainEvent::Snapshot { step, model } = event {
                snapshot.send((step, model)).unwrap();
            }
        })
    });
    when_paused.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(control.is_paused());
    control.request_snapshot();
    let (step, model) = snapshots.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(step, 3);
    assert_ne!(*model, straight.model);
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(seen.lock().unwrap().rates.len(), 3, "steps were made while paused");
    control.resume();
    let trained = training.join().unwrap().unwrap();
    assert_eq!(trained.model, straight.model);
    assert_eq!((trained.stopped, control.is_paused()), (false, false));
    assert!(trained.curve.iter().any(|point| point.step == 3), "a pause shows where it stands: {:?}", trained.curve);
}

#[test]
fn a_pause_takes_effect_between_two_pieces_of_a_step() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let straight = train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap();
    let control = TrainControl::default();
    let mut backend = TinyBackend::new(&corpus, &values);
    backend.pieces_per_step = 10;
    let (paused, when_paused) = mpsc::channel();
    let lever = control.clone();
    backend.after_piece = Box::new(move |piece| {
        if piece == 25 {
            lever.pause();
            paused.send(()).unwrap();
        }
    });
    let seen = Arc::clone(&backend.seen);
    let trainer = Trainer::new(Arc::clone(&corpus), values, Box::new(backend));
    let levers = control.clone();
    let training = std::thread::spawn(move || trainer.run(&levers, &mut |_| {}));
    when_paused.recv_timeout(Duration::from_secs(10)).unwrap();
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(seen.lock().unwrap().pieces, 25, "pieces were done while paused");
    control.resume();
    let trained = training.join().unwrap().unwrap();
    assert_eq!(seen.lock().unwrap().pieces, 10 * trained.state.step as usize);
    assert_eq!((trained.model, trained.state), (straight.model, straight.state));
}

#[test]
fn a_paused_training_can_be_stopped() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let control = TrainControl::default();
    control.pause();
    let backend = TinyBackend::new(&corpus, &values);
    let trainer = Trainer::new(Arc::clone(&corpus), values, Box::new(backend));
    let levers = control.clone();
    let training = std::thread::spawn(move || trainer.run(&levers, &mut |_| {}));
    std::thread::sleep(Duration::from_millis(20));
    assert!(!training.is_finished());
    control.stop();
    let trained = training.join().unwrap().unwrap();
    assert_eq!((trained.stopped, trained.state.step), (true, 0));
}

#[test]
fn each_epoch_ends_with_a_snapshot_and_is_told() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let backend = TinyBackend::new(&corpus, &values);
    let (mut epochs, mut last_snapshot) = (Vec::new(), None);
    let trained = Trainer::new(Arc::clone(&corpus), values, Box::new(backend))
        .run(&TrainControl::default(), &mut |event| match event {
            TrainEvent::EpochDone(epoch) => epochs.push(epoch),
            TrainEvent::Snapshot { step, model } => last_snapshot = Some((step, model)),
            _ => {}
        })
        .unwrap();
    assert_eq!(epochs, [1, 2]);
    let (step, model) = last_snapshot.unwrap();
    assert_eq!((step, &*model), (trained.state.step, &trained.model));
}

#[test]
fn a_loss_that_is_no_number_ends_the_training_and_keeps_the_last_finished_epoch() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, &[("batch_size", "64"), ("epochs", "3"), ("lr_schedule", "constant")]);
    let after_one = {
        let values = checked(&corpus, &[("batch_size", "64"), ("epochs", "1"), ("lr_schedule", "constant")]);
        train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap()
    };
    let mut backend = TinyBackend::new(&corpus, &values);
    backend.poisoned_step = Some(after_one.state.step + 2);
    match train(&corpus, &values, backend).unwrap_err() {
        TrainFailure::Diverged { loss, step, last: Some(last), .. } => {
            assert!(loss.is_nan() && step > after_one.state.step, "loss {loss} at {step}");
            assert_eq!((&last.model, last.position, last.epochs_done), (&after_one.model, (1, 0), 1.0));
            assert_eq!(last.state, after_one.state);
        }
        other => panic!("{other}"),
    }
    let mut backend = TinyBackend::new(&corpus, &values);
    backend.poisoned_step = Some(0);
    let failure = train(&corpus, &values, backend).unwrap_err();
    assert!(matches!(failure, TrainFailure::Diverged { last: None, step: 1, .. }), "{failure}");
    assert!(failure.to_string().contains("learning_rate"), "{failure}");
}

#[test]
fn a_lost_device_leaves_the_last_finished_epoch() {
    let corpus = ring(50, 20, 30);
    let values = checked(&corpus, SMALL);
    let mut backend = TinyBackend::new(&corpus, &values);
    let an_epoch = Sampler::new(Arc::clone(&corpus), values.clone()).batches_per_epoch();
    backend.failing_step = Some(an_epoch + 1);
    match train(&corpus, &values, backend).unwrap_err() {
        TrainFailure::Backend { source: BackendError::DeviceLost { .. }, last: Some(last) } => {
            assert_eq!((last.position, last.state.step, last.stopped), ((1, 0), an_epoch, true));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn early_stopping_waits_patiently_and_keeps_the_best_epoch() {
    let corpus = ring(50, 20, 30);
    let set = [("batch_size", "64"), ("epochs", "9"), ("lr_schedule", "constant"), ("early_stop", "2")];
    let values = checked(&corpus, &set);
    // The best is epoch 3; 4 and 5 are no better.
    let scores = [0.1, f64::NAN, 0.3, 0.2, 0.3, 0.9];
    let models: Arc<Mutex<Vec<Model>>> = Arc::default();
    let kept = Arc::clone(&models);
    let mut epochs = 0;
    let trained = Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)))
        .with_validation(Box::new(move |model| {
            let mut models = kept.lock().unwrap();
            models.push(model.clone());
            scores[models.len() - 1].into()
        }))
        .run(&TrainControl::default(), &mut |event| {
            if let TrainEvent::EpochDone(done) = event {
                epochs = done;
            }
        })
        .unwrap();
    let models = models.lock().unwrap();
    assert_eq!((epochs, models.len()), (5, 5));
    assert_eq!(trained.model, models[2]);
    assert_eq!((trained.position, trained.epochs_done, trained.stopped), ((3, 0), 3.0, false));
}

/// Epochs trained, and what is left, of a training whose epochs have `scores`; stopped after the step `stop_at`, if that
/// is given, and then gone on with.
fn early_stopping(scores: &'static [f64], patience: &str, stop_at: Option<u64>) -> (u32, Trained) {
    let corpus = ring(50, 20, 30);
    let set = [("batch_size", "64"), ("epochs", "9"), ("lr_schedule", "constant"), ("early_stop", patience)];
    let values = checked(&corpus, &set);
    let mut epochs = 0;
    let mut earlier: Option<Trained> = None;
    loop {
        let control = TrainControl::default();
        let mut backend = TinyBackend::new(&corpus, &values);
        if let Some(step) = stop_at.filter(|_| earlier.is_none()) {
            backend = backend.stopping(&control, step);
        }
        let first = epochs as usize;
        let mut measured = scores[first..].iter();
        let mut trainer = Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(backend))
            .with_validation(Box::new(move |_| (*measured.next().expect("a score for every epoch")).into()));
        if let Some(earlier) = &earlier {
            trainer.resume(earlier).unwrap();
        }
        let trained = trainer
            .run(&control, &mut |event| {
                if let TrainEvent::EpochDone(done) = event {
                    epochs = done;
                }
            })
            .unwrap();
        if earlier.is_some() || stop_at.is_none() {
            return (epochs, trained);
        }
        assert!(trained.stopped);
        earlier = Some(trained);
    }
}

#[test]
fn early_stopping_counts_on_after_a_stop() {
    // The best is epoch 3, the end comes after 5 and before the better 6.
    let scores = &[0.1, f64::NAN, 0.3, 0.2, 0.3, 0.9];
    let (epochs, straight) = early_stopping(scores, "2", None);
    assert_eq!((epochs, straight.position), (5, (3, 0)));
    let an_epoch = straight.state.step / 3;
    // In each epoch, the last step of one included.
    for stop_at in [1, an_epoch, 2 * an_epoch + 1, 3 * an_epoch, 3 * an_epoch + 1, 4 * an_epoch, 4 * an_epoch + 2] {
        let (epochs, resumed) = early_stopping(scores, "2", Some(stop_at));
        assert_eq!((epochs, resumed.position, resumed.stopped), (5, (3, 0), false), "stopped at step {stop_at}");
        assert_eq!(resumed.model, straight.model, "stopped at step {stop_at}");
        assert_eq!(resumed.state, straight.state, "stopped at step {stop_at}");
        assert_eq!((resumed.pairs, resumed.epochs_done), (straight.pairs, 3.0), "stopped at step {stop_at}");
        let score = |trained: &Trained| trained.patience.as_ref()?.best.as_ref().map(|best| best.score);
        assert_eq!((score(&resumed), score(&straight)), (Some(0.3), Some(0.3)));
    }
}

#[test]
fn a_training_that_early_stopping_ended_has_nothing_to_resume() {
    for (scores, patience) in [(&[0.1, 0.3, 0.2, 0.2, 0.9][..], "2"), (&[0.2; 9][..], "20")] {
        let corpus = ring(50, 20, 30);
        let set = [("batch_size", "64"), ("epochs", "9"), ("early_stop", patience)];
        let values = checked(&corpus, &set);
        let mut measured = scores.iter().copied();
        let trained = Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)))
            .with_validation(Box::new(move |_| measured.next().unwrap().into()))
            .run(&TrainControl::default(), &mut |_| {})
            .unwrap();
        let mut trainer =
            Trainer::new(Arc::clone(&corpus), values.clone(), Box::new(TinyBackend::new(&corpus, &values)))
                .with_validation(Box::new(|_| panic!("nothing is left to be measured")));
        trainer.resume(&trained).unwrap();
        let again = trainer.run(&TrainControl::default(), &mut |_| {}).unwrap();
        assert_eq!((&again.model, again.position, again.stopped), (&trained.model, trained.position, false));
    }
}

#[test]
fn an_epoch_that_subsampling_empties_is_passed_over() {
    let corpus = corpus(2, &[vec![(0, 0), (1, 1)]], &[]);
    let values = checked(&corpus, &[("subsample", "0.000000001"), ("epochs", "3")]);
    assert_eq!(Sampler::new(Arc::clone(&corpus), values.clone()).batches_per_epoch(), 0);
    let trained = train(&corpus, &values, TinyBackend::new(&corpus, &values)).unwrap();
    assert_eq!((trained.position, trained.state.step, trained.curve.len()), ((3, 0), 0, 0));
}

#[test]
fn vectors_start_alike_for_the_same_seed_only() {
    let corpus = ring(50, 20, 30);
    let model = |seed, init| initialise(&corpus, &checked(&corpus, &[("seed", seed), ("init", init)]));
    assert_eq!(model("1", "row"), model("1", "row"));
    assert_ne!(model("1", "row"), model("2", "row"));
    let model = model("1", "xavier");
    assert_eq!((model.rows(), model.dims()), (vec![50, 3], vec![8, 4]));
    assert_eq!(model.transfer[0].dim(), (8, 4));
    let largest = |table: &ndarray::Array2<f32>| table.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let limit = (6.0_f32 / 58.0).sqrt();
    assert!(largest(&model.target[0]) <= limit && largest(&model.target[0]) > 0.9 * limit);
    assert_ne!(model.target[0], model.context[0]);
}
