//! A training that is killed loses what came after its last saved epoch, and nothing else.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn a_killed_training_is_resumed_from_its_last_saved_epoch_to_the_same_bytes() {
    let data = Data::new();
    let epochs = ["--set", "epochs=300", "--seed", "3"];
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

    let resumed = idatlas(&[&arguments[..], &["--resume", text(&killed), "--json"]].concat()).succeeded().json();
    assert_eq!((resumed["epochs"].as_f64(), resumed["stopped"].as_bool()), (Some(300.0), Some(false)));
    for file in ["vectors.safetensors", "checkpoint.safetensors"] {
        let [whole, killed] = [&whole, &killed].map(|run| fs::read(run.join(file)).unwrap());
        assert!(whole == killed, "{file} differs from that of an uninterrupted training");
    }
    assert_eq!(names_in(data.folder.path()), ["events.csv", "items.csv", "killed", "whole"], "nothing else is left");
}
