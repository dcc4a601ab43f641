//! Claims about `early_stop`, end to end.

use std::sync::Arc;

use idatlas::dataset::{self, DataRequest, Holdout};
use idatlas::engine::jobs::{Prepared, TrainRequest};
use idatlas::progress::Watch;
use idatlas::training::{BackendChoice, BackendKind, Hyperparameters, Preset, TrainControl, TrainEvent};

use super::Data;

#[test]
fn training_ends_when_the_held_out_hit_rate_stops_rising() {
    let data = Data::new();
    // 24 items: the hit rate at 10 cannot rise for hundreds of epochs.
    let report = data.train(&["--set", "epochs=400", "--set", "early_stop=2"]).succeeded().json();
    let epochs = report["epochs"].as_f64().unwrap();
    assert!((1.0..400.0).contains(&epochs), "{report}");
    assert_eq!(report["stopped"], false, "nobody stopped it: {report}");
}

#[test]
fn early_stop_without_a_holdout_is_refused() {
    let data = Data::new();
    data.train(&["--set", "early_stop=2", "--holdout", "none"]).refused(&["early_stop", "needs held-out events"]);
    assert!(!data.out("run").exists(), "a refusal leaves no run");
}

#[test]
fn a_training_saved_and_resumed_at_any_epoch_ends_where_an_uninterrupted_one_does() {
    let data = Data::new();
    let request =
        DataRequest { events: vec![data.events.clone()], items: Some(data.items.clone()), ..DataRequest::default() };
    let watch = Watch::unattended();
    let dataset = Arc::new(dataset::load(&request, &watch).unwrap());
    let mut hyperparameters = Hyperparameters::preset(Preset::Default);
    for (key, value) in [("epochs", "300"), ("early_stop", "3")] {
        hyperparameters.set(key, value).unwrap();
    }
    let backend = BackendChoice { kind: BackendKind::Cpu, ..BackendChoice::default() };
    let request = TrainRequest {
        hyperparameters,
        holdout: Holdout::LastSession,
        backend: backend.clone(),
        name: "run".to_owned(),
    };
    let prepared = || Prepared::new(&dataset, &request, 0.0).unwrap();
    let (mut trained, free) = (0, TrainControl::default());
    let straight = prepared()
        .train(&free, &watch, &mut |event| {
            if let TrainEvent::EpochDone(epoch) = event {
                trained = epoch;
            }
        })
        .unwrap();
    assert!(trained > 3 && trained < 300, "{trained} epochs");
    for stop_after in 1..trained {
        let folder = data.out("stopped");
        let control = TrainControl::default();
        let stop = |event| {
            if matches!(event, TrainEvent::EpochDone(epoch) if epoch == stop_after) {
                control.stop();
            }
        };
        let stopped = prepared().train(&control, &watch, &mut { stop }).unwrap();
        assert_eq!((stopped.metadata.stopped, stopped.metadata.epochs_done), (true, f64::from(stop_after)));
        stopped.write(&folder).unwrap();
        let mut last = 0;
        let resumed = Prepared::resuming(&folder, &dataset, &backend, 0.0)
            .unwrap()
            .train(&free, &watch, &mut |event| {
                if let TrainEvent::EpochDone(epoch) = event {
                    last = epoch;
                }
            })
            .unwrap();
        assert_eq!(last, trained, "stopped after epoch {stop_after}");
        assert_eq!(resumed.metadata.epochs_done, straight.metadata.epochs_done, "stopped after epoch {stop_after}");
        assert!(!resumed.metadata.stopped);
        assert_eq!(resumed.model, straight.model, "stopped after epoch {stop_after}");
    }
}
