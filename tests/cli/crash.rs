//! A training that is killed loses what came after its last saved epoch, and one that is interrupted nothing.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use super::*;

#[test]
fn a_killed_training_is_resumed_from_its_last_saved_epoch_to_the_same_bytes() {
    let data = Data::new();
    // Nothing is saved in the first second, and an epoch of so little takes a tenth of a millisecond.
    let epochs = ["--set", "epochs=40000", "--seed", "3"];
    let (whole, killed) = (data.out("whole"), data.out("killed"));
    data.train(&[&epochs[..], &["--out", text(&whole)]].concat()).succeeded();

    let arguments = ["train", "--events", text(&data.events), "--items", text(&data.items), "--backend", "cpu"];
    let mut child = program(&[&arguments[..], &epochs, &["--out", text(&killed), "--quiet"]].concat())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let saved = || {
        let text = fs::read_to_string(killed.join("run.json")).ok()?;
        serde_json::from_str::<Value>(&text).ok().and_then(|run| run["epochs_done"].as_f64())
    };
    let begun = Instant::now();
    while saved().is_none_or(|epochs| epochs < 2.0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "no epoch was saved: {:?}", names_in(data.folder.path()));
        std::thread::sleep(Duration::from_millis(1));
    }
    // SIGKILL: nothing can be tidied up.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(saved().is_some_and(|epochs| epochs < 40_000.0), "it was over before it was killed");

    let resumed = idatlas(&[&arguments[..], &["--resume", text(&killed), "--json"]].concat()).succeeded().json();
    assert_eq!((resumed["epochs"].as_f64(), resumed["stopped"].as_bool()), (Some(40_000.0), Some(false)));
    for file in ["vectors.safetensors", "checkpoint.safetensors"] {
        let [whole, killed] = [&whole, &killed].map(|run| fs::read(run.join(file)).unwrap());
        assert!(whole == killed, "{file} differs from that of an uninterrupted training");
    }
    assert_eq!(names_in(data.folder.path()), ["events.csv", "items.csv", "killed", "whole"], "nothing else is left");
}

#[cfg(unix)]
#[test]
fn ctrl_c_saves_a_run_that_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let settings = ["--set", "epochs=500", "--set", "dims.item=8", "--backend", "cpu", "--holdout", "none"];
    let trained = |arguments: &[&str]| {
        let mut child = program(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        // The first line comes when training has gone on for a few seconds.
        let first = lines.find(|line| line.starts_with("Training ")).expect("a line of progress");
        assert!(first.contains("pairs") && first.contains("left"), "{first}");
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let rest: Vec<String> = lines.collect();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
        let saved: Value = serde_json::from_str(&fs::read_to_string(run.join("run.json")).unwrap()).unwrap();
        assert_eq!(saved["stopped"], true);
        assert_eq!(names_in(folder.path()), ["run"], "nothing else is left");
        saved["steps"].as_u64().unwrap()
    };
    let first = trained(&[&["train", "--sample", "--out", text(&run)], &settings[..]].concat());
    let second = trained(&["train", "--sample", "--resume", text(&run), "--backend", "cpu"]);
    assert!(second > first, "{first} steps, then {second}");
}
