//! Claims about `early_stop`, end to end.

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
