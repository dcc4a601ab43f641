//! Epochs that are kept, and their pictures.

use idatlas::run::Run;

use super::*;

#[test]
fn epochs_are_kept_drawn_and_gone_on_with() {
    let data = Data::new();
    let told = data.train(&["--set", "epochs=4", "--keep-history", "2"]).succeeded();
    assert!(told.stderr.contains("3 epochs"), "how much is kept is said beforehand: {}", told.stderr);
    let run = data.out("run");
    let history = Run::read_history(&run).unwrap().unwrap();
    let epochs = |history: &idatlas::run::History| history.frames.iter().map(|frame| frame.epochs).collect::<Vec<_>>();
    assert_eq!(epochs(&history), [0.0, 2.0, 4.0]);
    let whole = Run::read(&run).unwrap();
    assert_eq!(history.frames[2].targets, whole.model.target, "the last epoch is the run");
    assert_ne!(history.frames[1].targets, whole.model.target);

    let (out, run) = (data.out("map.png"), text(&run).to_owned());
    let arguments = ["render", &run, "--type", "item", "--history", "--size", "320x240", "--out", text(&out), "--json"];
    let report = idatlas(&arguments).succeeded().json();
    assert_eq!(report["frames"].as_array().unwrap().len(), 3, "{report}");
    assert!(["map-0001.png", "map-0002.png", "map-0003.png"].iter().all(|name| data.out(name).is_file()));
    assert!(!out.exists());

    let branch = data.out("branch");
    let (events, items) = (text(&data.events), text(&data.items));
    let go_on =
        ["train", "--events", events, "--items", items, "--backend", "cpu", "--branch", &run, "--more-epochs", "1"];
    idatlas(&[&go_on[..], &["--keep-history", "--out", text(&branch)]].concat()).succeeded();
    assert_eq!(epochs(&Run::read_history(&branch).unwrap().unwrap()), [0.0, 2.0, 4.0, 5.0]);
}

#[test]
fn a_run_without_kept_epochs_says_how_to_keep_them_and_a_new_one_takes_the_old_ones_away() {
    let data = Data::new();
    data.train(&["--keep-history"]).succeeded();
    assert_eq!(Run::kept_epochs(&data.out("run")), 2);
    data.train(&["--force"]).succeeded();
    assert_eq!(Run::kept_epochs(&data.out("run")), 0);
    let (run, out) = (data.out("run"), data.out("map.png"));
    idatlas(&["render", text(&run), "--type", "item", "--history", "--out", text(&out)]).refused(&["--keep-history"]);
}
