//! Claims about the program as its users run it: verbs, files, messages and exit codes.

mod bad_files;
mod comparisons;
mod crash;
mod early_stop;
mod evaluate;
mod filters;
mod maps;
mod packed;
mod pictures;
mod regions;
mod serving;
mod summaries;
mod sweeps;
mod warm_start;
mod weights;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use idatlas::run::FolderLock;
use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program left.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "stderr: {}", self.stderr);
        self
    }

    /// Exit code 2, each part in stderr, nothing on stdout.
    #[track_caller]
    fn refused(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(2), "stdout: {} stderr: {}", self.stdout, self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in: {}", self.stderr);
        }
        assert_eq!(self.stdout, "", "a refusal is no result");
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idatlas"));
    command.args(arguments);
    command
}

#[track_caller]
fn idatlas(arguments: &[&str]) -> Ran {
    let output = program(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    let ran = Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
    ran
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Small data that training can use: 40 users, 24 items, 3 brands, 2 stores.
struct Data {
    folder: TempDir,
    events: PathBuf,
    items: PathBuf,
}

impl Data {
    fn new() -> Self {
        let mut events = String::from("user_id,item_id,timestamp,session_id\n");
        for user in 0..40 {
            for step in 0..12 {
                let item = (user * 7 + step * (1 + user % 3)) % 24;
                let session = step / 4;
                events.push_str(&format!(
                    "u{user},i{item},2024-01-{:02} 10:{step:02}:00,u{user}s{session}\n",
                    session + 1
                ));
            }
        }
        let mut items = String::from("item_id,brand_id,store_id,name\n");
        for item in 0..24 {
            items.push_str(&format!("i{item},b{},s{},Thing {item}\n", item % 3, item % 2));
        }
        Self::of(&events, &items)
    }

    fn of(events: &str, items: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Self { events: folder.path().join("events.csv"), items: folder.path().join("items.csv"), folder };
        fs::write(&data.events, events).unwrap();
        fs::write(&data.items, items).unwrap();
        data
    }

    fn out(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn train(&self, more: &[&str]) -> Ran {
        let run = self.out("run");
        let mut arguments = vec!["train", "--events", text(&self.events), "--items", text(&self.items)];
        if !more.contains(&"--out") {
            arguments.extend(["--out", text(&run)]);
        }
        if !more.contains(&"--backend") {
            arguments.extend(["--backend", "cpu"]);
        }
        arguments.extend(["--set", "epochs=1", "--json"]);
        arguments.extend(more);
        idatlas(&arguments)
    }

    #[track_caller]
    fn inspect(&self) -> Ran {
        idatlas(&["inspect", "--events", text(&self.events), "--items", text(&self.items), "--json"])
    }
}

/// The sample, trained once for all tests that only read it.
fn sample_run() -> &'static Path {
    static RUN: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, run) = RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("first");
        let report = idatlas(&[
            "train",
            "--sample",
            "--out",
            text(&run),
            "--json",
            "--backend",
            "cpu",
            "--set",
            "epochs=1",
            "--set",
            "dims.item=16",
            "--set",
            "dims.product=8",
        ])
        .succeeded()
        .json();
        assert_eq!(report["run"].as_str(), run.to_str());
        assert!(report["pairs"].as_u64().unwrap() > 100_000, "{report}");
        assert!(report["pairs_per_second"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report["loss"]["total"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report["metrics"]["next_item"]["10"]["hit_rate"].is_f64(), "{report}");
        (folder, run)
    });
    run
}

#[test]
fn the_sample_is_written_inspected_and_never_overwritten_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    idatlas(&["sample", text(&data)]).succeeded();
    assert_eq!(names_in(&data), ["README.txt", "events.csv", "items.csv"]);
    let events = fs::read_to_string(data.join("events.csv")).unwrap();
    let mut lines = events.lines();
    assert!(lines.next().unwrap().starts_with("user_id,item_id,timestamp,session_id"), "{}", &events[..80]);
    let time = lines.next().unwrap().split(',').nth(2).unwrap();
    assert!(time.len() == 20 && time.contains('T') && time.ends_with('Z'), "{time} is no RFC 3339 time");

    fs::write(data.join("items.csv"), "mine").unwrap();
    idatlas(&["sample", text(&data)]).refused(&["--force", "events.csv"]);
    assert_eq!(fs::read_to_string(data.join("items.csv")).unwrap(), "mine");
    idatlas(&["sample", text(&data), "--force"]).succeeded();

    let (events, items) = (data.join("events.csv"), data.join("items.csv"));
    let report = idatlas(&["inspect", "--events", text(&events), "--items", text(&items), "--json"]).succeeded().json();
    assert_eq!(report["events"]["rows"], 66_817);
    assert_eq!(report["events"]["users"], 327);
    assert_eq!(report["events"]["sessions"], 13_835);
    assert_eq!(report["events"]["columns"]["timestamp"], "time");
    assert_eq!(report["events"]["columns"]["user_id"], "user");
    assert_eq!(report["events"]["sequence_length"], serde_json::json!({"median": 123.0, "p95": 715.5, "max": 1169}));
    assert_eq!(report["items"]["rows"], 3_151);
    assert_eq!(report["items"]["types"]["brand"], serde_json::json!({"ids": 425, "missing": 0}));
    assert_eq!(report["items"]["types"]["cate_level2"], serde_json::json!({"ids": 173, "missing": 3}));
    assert!(report["problems"].is_array());
    assert!(report["memory"]["host_bytes"].as_u64() > report["memory"]["device_bytes"].as_u64(), "{report}");
    let bundled = idatlas(&["inspect", "--sample", "--json"]).succeeded().json();
    assert_eq!(bundled["items"]["types"], report["items"]["types"], "the files hold what is bundled");
}

#[test]
fn a_trained_sample_has_neighbours_projections_exports_and_an_evaluation() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let item = "834117@31782";

    let near =
        idatlas(&["neighbors", text(run), "--type", "item", "--id", item, "-k", "5", "--json"]).succeeded().json();
    let listed = near["neighbors"].as_array().unwrap();
    assert_eq!(listed.len(), 5);
    assert!(listed.iter().all(|row| row["id"] != item), "an ID is not its own neighbour: {near}");
    let scores: Vec<f64> = listed.iter().map(|row| row["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let why = idatlas(&["neighbors", text(run), "--type", "item", "--id", item, "-k", "2", "--explain", "--json"]);
    for row in why.succeeded().json()["neighbors"].as_array().unwrap() {
        let parts = row["explain"]["by_type"].as_object().unwrap();
        assert_eq!(parts.keys().take(3).collect::<Vec<_>>(), ["item", "product", "store"]);
        let sum: f64 = parts.values().filter_map(Value::as_f64).sum();
        let score = row["explain"]["score"].as_f64().unwrap();
        assert!((sum - score).abs() <= 1e-4 * score.abs().max(1.0), "{row}");
    }
    for (from, id, to) in [("item", item, "brand"), ("store", "367", "item"), ("user", "1001", "item")] {
        let across = idatlas(&["neighbors", text(run), "--type", from, "--id", id, "--to", to, "-k", "3", "--json"]);
        assert_eq!(across.succeeded().json()["neighbors"].as_array().unwrap().len(), 3, "{from} to {to}");
    }

    let saved = idatlas(&["project", text(run), "--type", "brand", "--json"]).succeeded().json();
    assert_eq!((saved["method"].as_str(), saved["dims"].as_u64()), (Some("pca"), Some(2)));
    assert!(run.join("projections/brand-pca.parquet").is_file());
    let csv = folder.path().join("stores.csv");
    idatlas(&["project", text(run), "--type", "store", "--dims", "3", "--out", text(&csv)]).succeeded();
    let lines = fs::read_to_string(&csv).unwrap();
    assert_eq!(lines.lines().count(), 9, "a heading and 8 stores: {lines}");

    let npy = folder.path().join("items.npy");
    idatlas(&["export", text(run), "--type", "item", "--format", "npy", "--out", text(&npy)]).succeeded();
    let flat = folder.path().join("flat.npy");
    let report = idatlas(&["project", "--vectors", text(&npy), "--out", text(&flat), "--json"]).succeeded().json();
    assert_eq!(report["rows"].as_u64(), saved_rows(run, "item"), "{report}");
    assert!(report["explained_variance_ratio"][0].as_f64() >= report["explained_variance_ratio"][1].as_f64());

    let report = idatlas(&["evaluate", text(run), "--json"]).succeeded().json();
    assert_eq!(report["protocol"]["holdout"], "last-session");
    for place in ["next_item", "baselines"] {
        let figures = if place == "baselines" { &report[place]["popularity"] } else { &report[place] };
        for cutoff in ["10", "50", "100"] {
            for metric in ["hit_rate", "recall", "ndcg", "mrr"] {
                let value = figures[cutoff][metric].as_f64();
                assert!(
                    value.is_some_and(|value| (0.0..=1.0).contains(&value)),
                    "{place} {cutoff} {metric}: {value:?}"
                );
            }
        }
    }
    let stores = report["by_segment"]["store"].as_array().unwrap();
    assert!(!stores.is_empty() && stores.iter().all(|store| store["queries"].as_u64() > Some(0)), "{stores:?}");
    for baseline in ["cooccurrence", "own_history"] {
        let figures = &report["by_repeat"]["first-time"]["baselines"][baseline];
        assert!(figures["100"]["hit_rate"].is_f64(), "{baseline}: {figures}");
    }
    assert!(report["baselines"]["same_attribute"]["store"]["10"]["mrr"].as_f64() > Some(0.0), "{report}");
    let queries = |repeats: &str| {
        let report = idatlas(&["evaluate", text(run), "--repeats", repeats, "--json"]).succeeded().json();
        report["protocol"]["queries"].as_u64().unwrap()
    };
    let (all, first, repeat) = (queries("all"), queries("first-time"), queries("repeat"));
    assert!(first > 0 && repeat > 0, "{first} users with new items, {repeat} with old ones");
    assert!(first.max(repeat) <= all && first + repeat > all, "{all} users, {first} with new items, {repeat} with old");
}

fn saved_rows(run: &Path, table: &str) -> Option<u64> {
    let out = run.parent().unwrap().join(format!("{table}.rows.csv"));
    let report = idatlas(&["export", text(run), "--type", table, "--format", "csv", "--out", text(&out), "--json"]);
    report.succeeded().json()["rows"].as_u64()
}

#[test]
fn a_list_of_ids_is_exported_in_its_order() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let (ids, out) = (folder.path().join("ids.txt"), folder.path().join("stores.csv"));
    fs::write(&ids, "406\r\n367\n").unwrap();
    let export = |out: &Path| {
        idatlas(&["export", text(run), "--type", "store", "--ids", text(&ids), "--format", "csv", "--out", text(out)])
    };
    export(&out).succeeded();
    let written = fs::read_to_string(&out).unwrap();
    let first: Vec<&str> = written.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(first, ["406", "367"]);
    fs::write(&ids, "406\nno-such-store\n").unwrap();
    let other = folder.path().join("other.csv");
    export(&other).refused(&["no-such-store", "line 2", "ids.txt"]);
    assert!(!other.exists());
}

#[test]
fn unknown_names_are_refused_with_what_there_is() {
    let run = text(sample_run());
    let neighbors = |table: &str, id: &str| idatlas(&["neighbors", run, "--type", table, "--id", id]);
    neighbors("brnad", "69").refused(&["brnad", "brand", "store"]);
    neighbors("brand", "no-such-brand").refused(&["no-such-brand"]);
    let out = ["--out", "x.xlsx"];
    let export = |more: &[&str]| idatlas(&[&["export", run, "--type", "item"], more].concat());
    export(&[&["--format", "xlsx"], &out[..]].concat()).refused(&["xlsx", "parquet"]);
    let tsne = ["project", run, "--type", "item", "--method", "tsne"];
    idatlas(&[&tsne[..], &["--perplexity", "0.5"]].concat()).refused(&["perplexity is 0.5", "at least 1"]);
    idatlas(&["project", run, "--type", "item", "--perplexity", "5"]).refused(&["--perplexity", "--method tsne"]);
    idatlas(&["project", run, "--type", "item", "--out", "map.xlsx"]).refused(&[".parquet", "map.xlsx"]);
    idatlas(&["project", run, "--type", "item", "--dims", "4"]).refused(&["--dims"]);
    idatlas(&["neighbors", run, "--type", "brand", "--id", "69", "--explain"]).refused(&["--explain", "item"]);
    idatlas(&["evaluate", "no/such/run"]).refused(&["no run folder", "no/such/run"]);
    idatlas(&["nieghbors"]).refused(&["nieghbors", "neighbors"]);
    assert!(!Path::new("x.xlsx").exists() && !Path::new("map.xlsx").exists());
}

#[test]
fn wrong_arguments_are_refused_before_anything_is_written() {
    let data = Data::new();
    let items = data.items.clone();
    let before = names_in(data.folder.path());
    data.train(&["--set", "widow=3"]).refused(&["widow", "window"]);
    data.train(&["--set", "epochs=many"]).refused(&["epochs", "many"]);
    data.train(&["--set", "dims.brnad=3"]).refused(&["brnad", "brand"]);
    data.train(&["--set", "epochs"]).refused(&["KEY=VALUE"]);
    data.train(&["--preset", "papr"]).refused(&["papr", "paper"]);
    data.train(&["--holdout", "last"]).refused(&["last", "last-session"]);
    data.train(&["--user-col", "shopper"]).refused(&["shopper", "user_id", "events.csv"]);
    data.train(&["--backend", "tpu"]).refused(&["tpu", "cpu"]);
    data.train(&["--adapter", "any"]).refused(&["any", "CPU"]);
    data.train(&["--backend", "gpu", "--adapter", "no-such-card"]).refused(&["no-such-card"]);
    data.train(&["--config", "no-such.toml"]).refused(&["no-such.toml"]);
    data.train(&["--id-type", "brand"]).refused(&["NAME=COLUMN"]);
    data.train(&["--threads", "0"]).refused(&["--threads"]);
    let missing = data.out("nowhere.csv");
    idatlas(&["train", "--events", text(&missing), "--out", text(&data.out("run"))])
        .refused(&["no such file", "nowhere.csv"]);
    idatlas(&["train", "--events", text(&data.events)]).refused(&["--out"]);
    idatlas(&["inspect", "--items", text(&items)]).refused(&["--events"]);
    assert_eq!(names_in(data.folder.path()), before);

    let config = data.out("config.toml");
    fs::write(&config, "epochs = 1\nwidow = 3\n").unwrap();
    data.train(&["--config", text(&config)]).refused(&["widow", "config.toml"]);
    assert!(!data.out("run").exists());
}

#[test]
fn a_run_is_replaced_only_if_asked_and_other_folders_never() {
    let data = Data::new();
    data.train(&["--seed", "1"]).succeeded();
    let vectors = fs::read(data.out("run/vectors.safetensors")).unwrap();
    data.train(&["--seed", "2"]).refused(&["--force", "run"]);
    assert_eq!(fs::read(data.out("run/vectors.safetensors")).unwrap(), vectors);
    data.train(&["--seed", "2", "--force"]).succeeded();
    assert_ne!(fs::read(data.out("run/vectors.safetensors")).unwrap(), vectors);
    fs::create_dir(data.out("mine")).unwrap();
    fs::write(data.out("mine/notes.txt"), "mine").unwrap();
    data.train(&["--force", "--out", text(&data.out("mine"))]).refused(&["not empty"]);
    assert_eq!(names_in(data.folder.path()), ["events.csv", "items.csv", "mine", "run"]);
}

/// Two programs that write to one folder would each undo the other's work.
#[test]
fn a_folder_that_another_training_writes_to_is_refused() {
    let data = Data::new();
    let other = FolderLock::take(&data.out("run")).unwrap();
    data.train(&["--force"]).refused(&["Another training or program is writing to this folder", "run"]);
    assert!(!data.out("run").exists());
    drop(other);
    data.train(&[]).succeeded();
    assert_eq!(names_in(data.folder.path()), ["events.csv", "items.csv", "run"], "no lock stays behind");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let data = Data::new();
    let vectors = |name: &str, more: &[&str]| {
        let out = data.out(name);
        data.train(&[&["--out", text(&out), "--set", "epochs=2"], more].concat()).succeeded();
        fs::read(out.join("vectors.safetensors")).unwrap()
    };
    let once = vectors("once", &["--seed", "7", "--threads", "1"]);
    assert!(once == vectors("again", &["--seed", "7", "--threads", "1"]), "the second run differs");
    assert!(once == vectors("threads", &["--seed", "7", "--threads", "2"]), "two threads give other vectors than one");
    assert!(once != vectors("other", &["--seed", "8", "--threads", "1"]), "the seed has no effect");
}

#[test]
fn runs_of_a_newer_format_are_refused_by_name() {
    let data = Data::new();
    data.train(&[]).succeeded();
    let path = data.out("run/run.json");
    let mut run: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    run["format_version"] = 99.into();
    fs::write(&path, run.to_string()).unwrap();
    let evaluated = idatlas(&["evaluate", text(&data.out("run"))]);
    evaluated.refused(&["format version 99", "newer"]);
}

#[test]
fn without_a_holdout_there_is_nothing_to_evaluate() {
    let data = Data::new();
    let report = data.train(&["--holdout", "none"]).succeeded().json();
    assert_eq!(report["metrics"], Value::Null);
    idatlas(&["evaluate", text(&data.out("run"))]).refused(&["held no event out"]);
}

#[test]
fn devices_names_what_auto_takes() {
    let report = idatlas(&["devices", "--json"]).succeeded().json();
    assert!(report["adapters"].is_array());
    let backend = report["auto"]["backend"].as_str();
    assert!(matches!(backend, Some("cpu" | "gpu")), "{report}");
}

#[test]
fn quiet_and_closed_pipes_are_respected() {
    let data = Data::new();
    let quiet = data.train(&["--quiet"]).succeeded();
    assert_eq!(quiet.stderr, "");
    let run = data.out("run");
    let mut child = program(&["neighbors", text(&run), "--type", "item", "--id", "i1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn help_shows_every_hyperparameter() {
    let help = idatlas(&["train", "--help"]).succeeded().stdout;
    for key in ["window", "negatives", "dims.TYPE", "learning_rate", "optimizer", "seed"] {
        assert!(help.contains(key), "no {key} in the help of train");
    }
}

#[cfg(not(feature = "gui"))]
#[test]
fn without_a_window_the_program_says_so() {
    idatlas(&[]).refused(&["built without its window"]);
}
