//! `sweep`: trials drawn from a space, ranked, and gone on with.

use super::*;

/// A folder with a space, for the small data set.
struct Sweep {
    data: Data,
    space: PathBuf,
    out: PathBuf,
}

impl Sweep {
    fn new(space: &str) -> Self {
        let data = Data::new();
        let path = data.out("space.toml");
        fs::write(&path, space).unwrap();
        Self { out: data.out("sweep"), space: path, data }
    }

    fn run(&self, more: &[&str]) -> Ran {
        let (events, items, space, out) =
            (text(&self.data.events), text(&self.data.items), text(&self.space), text(&self.out));
        let all = ["sweep", "--events", events, "--items", items, "--space", space, "--out", out, "--backend", "cpu"];
        idatlas(&all.into_iter().chain(["--json", "--quiet"]).chain(more.iter().copied()).collect::<Vec<_>>())
    }
}

const SPACE: &str =
    "epochs = 2\ndims.item = 8\nwindow = [1, 2, 3]\nlearning_rate = { min = 0.02, max = 0.5, scale = \"log\" }\n";

fn trials(report: &Value) -> Vec<Value> {
    let mut trials = report["trials"].as_array().unwrap().clone();
    trials.sort_by_key(|trial| trial["number"].as_u64());
    trials
}

/// Trials by number, without the time they took.
fn untimed(report: &Value) -> Vec<Value> {
    let mut trials = trials(report);
    trials.iter_mut().for_each(|trial| trial["seconds"] = Value::Null);
    trials
}

#[test]
fn a_sweep_ranks_its_trials_keeps_the_best_run_and_only_grows() {
    let sweep = Sweep::new(SPACE);
    let report = sweep.run(&["--trials", "3"]).succeeded().json();
    let metrics: Vec<f64> =
        report["trials"].as_array().unwrap().iter().map(|trial| trial["metric"].as_f64().unwrap()).collect();
    assert_eq!(metrics.len(), 3);
    assert!(metrics.is_sorted_by(|a, b| a >= b), "best first: {metrics:?}");
    assert_eq!(report["best"]["metric"].as_f64(), Some(metrics[0]));
    let best = PathBuf::from(report["best"]["run"].as_str().unwrap());
    assert!(best.join("run.json").is_file());
    assert_eq!(fs::read_dir(sweep.out.join("trials")).unwrap().count(), 1, "the others' runs are not kept");

    // The best is what train makes of its hyperparameters.
    let (config, again) = (report["best"]["config"].as_str().unwrap(), sweep.data.out("again"));
    let (events, items) = (text(&sweep.data.events), text(&sweep.data.items));
    let arguments = ["train", "--events", events, "--items", items, "--config", config, "--backend", "cpu", "--out"];
    idatlas(&arguments.into_iter().chain([text(&again)]).collect::<Vec<_>>()).succeeded();
    assert_eq!(
        fs::read(again.join("vectors.safetensors")).unwrap(),
        fs::read(best.join("vectors.safetensors")).unwrap()
    );

    let more = sweep.run(&["--trials", "5"]).succeeded().json();
    assert_eq!(trials(&more).len(), 5);
    for (before, after) in trials(&report).iter().zip(trials(&more)) {
        assert_eq!(before["hyperparameters"], after["hyperparameters"]);
        assert_eq!(before["seconds"], after["seconds"], "what was measured is not trained again");
    }
}

#[test]
fn trials_are_ranked_by_the_score_that_is_asked_for() {
    let sweep = Sweep::new(SPACE);
    let report = sweep.run(&["--trials", "3", "--score", "cosine", "--keep-all"]).succeeded().json();
    for trial in trials(&report) {
        let run = sweep.out.join("trials").join(format!("{:03}", trial["number"].as_u64().unwrap()));
        let measured = idatlas(&["evaluate", text(&run), "--score", "cosine", "--json"]).succeeded().json();
        let [own, other] =
            [&trial["metric"], &measured["next_item"]["10"]["hit_rate"]].map(|rate| rate.as_f64().unwrap());
        assert!((own - other).abs() < 1e-9, "{own}, evaluated {other}");
    }
    sweep.run(&["--trials", "4"]).refused(&["score"]);
}

#[test]
fn halving_gives_the_best_third_more_epochs_as_if_never_stopped() {
    let sweep = Sweep::new(&SPACE.replace("epochs = 2", "epochs = 4"));
    let report = sweep.run(&["--trials", "4", "--strategy", "halving", "--keep-all"]).succeeded().json();
    let mut epochs: Vec<f64> = trials(&report).iter().map(|trial| trial["epochs"].as_f64().unwrap()).collect();
    epochs.sort_by(f64::total_cmp);
    assert_eq!(epochs, [1.0, 2.0, 2.0, 4.0], "four trials of one epoch, three of two, one of four");
    let best = PathBuf::from(report["best"]["run"].as_str().unwrap());
    let (config, again) = (report["best"]["config"].as_str().unwrap(), sweep.data.out("again"));
    let (events, items) = (text(&sweep.data.events), text(&sweep.data.items));
    let arguments = ["train", "--events", events, "--items", items, "--config", config, "--backend", "cpu", "--out"];
    idatlas(&arguments.into_iter().chain([text(&again)]).collect::<Vec<_>>()).succeeded();
    assert_eq!(
        fs::read(again.join("vectors.safetensors")).unwrap(),
        fs::read(best.join("vectors.safetensors")).unwrap()
    );
    let once_more = sweep.run(&["--trials", "4", "--strategy", "halving", "--keep-all"]).succeeded().json();
    assert_eq!(trials(&once_more), trials(&report), "a sweep that is done stays as it is");
}

#[test]
fn trials_of_different_length_rank_by_what_they_predict_alone() {
    let sweep = Sweep::new("epochs = [1, 2, 6]\ndims.item = 8\nlearning_rate = [0.001, 0.3]\n");
    let report = sweep.run(&["--strategy", "grid"]).succeeded().json();
    let ranked = report["trials"].as_array().unwrap();
    let metrics: Vec<f64> = ranked.iter().map(|trial| trial["metric"].as_f64().unwrap()).collect();
    assert_eq!(metrics.len(), 6);
    assert!(metrics.is_sorted_by(|a, b| a >= b), "best first, whatever its epochs: {metrics:?}");
    assert_eq!(ranked[0]["hyperparameters"], report["best"]["hyperparameters"]);
    let epochs: Vec<f64> = ranked.iter().map(|trial| trial["epochs"].as_f64().unwrap()).collect();
    assert!(
        !epochs.is_sorted_by(|a, b| a >= b),
        "the claim says nothing where more epochs are always better: {epochs:?}"
    );
}

#[test]
fn a_trial_that_fails_leaves_the_others_alone() {
    let sweep = Sweep::new("epochs = 1\ndims.item = 8\nmin_count = [1, 100000]\n");
    let report = sweep.run(&["--strategy", "grid"]).succeeded().json();
    let of = trials(&report);
    assert_eq!((of[0]["status"].as_str(), of[1]["status"].as_str()), (Some("done"), Some("failed")), "{report}");
    assert!(of[1]["message"].as_str().unwrap().contains("min_count"), "{report}");
    assert_eq!(report["best"]["hyperparameters"]["min_count"], "1");
}

#[test]
fn a_sweep_of_which_no_trial_can_be_trained_says_why() {
    let sweep = Sweep::new("epochs = 1\ndims.brnd = [4, 8]\n");
    let ran = sweep.run(&["--trials", "2", "--strategy", "tpe"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    for part in ["None of the trials", "Trial 1", "brnd"] {
        assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.stderr);
    }
    assert_eq!(trials(&ran.json()).len(), 2, "what became of each is told as ever");
}

#[test]
fn an_impossible_sweep_is_refused_and_another_sweeps_folder_is_left_alone() {
    let sweep = Sweep::new(SPACE);
    sweep.run(&["--holdout", "none"]).refused(&["hold something out"]);
    sweep.run(&["--strategy", "gird"]).refused(&["gird", "grid, random, halving or tpe"]);
    sweep.run(&["--trials", "1"]).succeeded();
    sweep.run(&["--trials", "1", "--seed", "2"]).refused(&["seed", text(&sweep.out)]);
    let before = fs::read(sweep.out.join("sweep.json")).unwrap();
    fs::write(&sweep.space, "epochs = 2\nwindow = [1, 9]\n").unwrap();
    sweep.run(&["--trials", "1"]).refused(&["another space"]);
    assert_eq!(fs::read(sweep.out.join("sweep.json")).unwrap(), before);
    fs::write(&sweep.space, "epochs = 2\nwindwo = [1, 9]\n").unwrap();
    sweep.run(&["--trials", "1"]).refused(&["line 2", "window", "space.toml"]);
    fs::write(&sweep.space, "epochs = [1, 2]\n").unwrap();
    sweep.run(&["--strategy", "halving"]).refused(&["epochs one value"]);
    fs::write(sweep.out.join("sweep.json"), "{\"format_version\": 99}").unwrap();
    fs::write(&sweep.space, SPACE).unwrap();
    sweep.run(&["--trials", "1"]).refused(&["format version 99", "sweep.json"]);
    let other = sweep.data.out("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "mine").unwrap();
    Sweep { out: other, ..sweep }.run(&["--trials", "1"]).refused(&["holds no sweep"]);
}

#[test]
fn several_trials_at_once_come_to_the_same_as_one_after_the_other() {
    let sweep = Sweep::new(SPACE);
    let one = sweep.run(&["--trials", "5", "--keep-all"]).succeeded().json();
    let out = sweep.data.out("several");
    let several = Sweep { out, ..sweep };
    let report = several.run(&["--trials", "5", "--keep-all", "--jobs", "3"]).succeeded().json();
    assert_eq!(untimed(&report), untimed(&one));
    assert_eq!(report["best"]["hyperparameters"], one["best"]["hyperparameters"]);
    let vectors = |report: &Value| {
        let run = PathBuf::from(report["best"]["run"].as_str().unwrap());
        fs::read(run.join("vectors.safetensors")).unwrap()
    };
    assert_eq!(vectors(&report), vectors(&one));
    let halved = Sweep { out: several.data.out("halved"), space: several.space.clone(), data: several.data };
    let arguments = ["--trials", "4", "--strategy", "halving", "--jobs", "2"];
    let report = halved.run(&arguments).succeeded().json();
    assert_eq!(trials(&halved.run(&arguments).succeeded().json()), trials(&report), "what is done stays as it is");
}

#[test]
fn proposed_trials_are_the_same_wherever_a_sweep_was_interrupted() {
    let of = |report: &Value, field: &str| -> Vec<Value> {
        trials(report).iter().map(|trial| trial[field].clone()).collect()
    };
    for jobs in ["1", "3"] {
        let sweep = Sweep::new(SPACE);
        let arguments = |trials| ["--trials", trials, "--strategy", "tpe", "--jobs", jobs];
        let whole = sweep.run(&arguments("12")).succeeded().json();
        assert_eq!(trials(&whole).len(), 12);
        let again = Sweep { out: sweep.data.out("again"), ..sweep };
        again.run(&arguments("10")).succeeded();
        // As a crash leaves it: one trial has not ended.
        let path = again.out.join("sweep.json");
        let mut ledger: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let last = &mut ledger["trials"][9];
        for (field, value) in [("status", Value::from("waiting")), ("metric", Value::Null), ("run", Value::Null)] {
            last[field] = value;
        }
        (last["epochs"], last["rounds"]) = (Value::from(0.0), Value::Array(Vec::new()));
        fs::write(&path, ledger.to_string()).unwrap();
        let resumed = again.run(&arguments("12")).succeeded().json();
        for field in ["hyperparameters", "metric", "status"] {
            assert_eq!(of(&resumed, field), of(&whole, field), "{field}, {jobs} at once");
        }
        assert_eq!(resumed["best"]["hyperparameters"], whole["best"]["hyperparameters"]);
        again.run(&["--trials", "12"]).refused(&["another strategy", text(&again.out)]);
        if jobs == "1" {
            let random = Sweep { out: again.data.out("random"), ..again };
            let random = of(&random.run(&["--trials", "12"]).succeeded().json(), "hyperparameters");
            let proposed = of(&whole, "hyperparameters");
            assert_eq!(random[..8], proposed[..8], "the first are drawn at random");
            assert_ne!(random[8..], proposed[8..]);
        }
    }
}

#[test]
fn proposals_end_where_a_space_is_used_up() {
    let sweep = Sweep::new("epochs = 1\ndims.item = 8\nwindow = [1, 2, 3]\nnegatives = { min = 1, max = 4 }\n");
    let report = sweep.run(&["--trials", "50", "--strategy", "tpe", "--jobs", "5"]).succeeded().json();
    assert_eq!(trials(&report).len(), 12);
}
