//! Going on from a run with other hyperparameters.

use idatlas::run::{Run, RunMetadata};

use super::*;

fn branch(data: &Data, out: &Path, more: &[&str]) -> Ran {
    let from = data.out("run");
    let mut arguments = vec!["train", "--events", text(&data.events), "--items", text(&data.items)];
    arguments.extend(["--branch", text(&from), "--out", text(out), "--backend", "cpu", "--json"]);
    arguments.extend(more);
    idatlas(&arguments)
}

#[test]
fn a_branch_goes_on_from_its_parent_and_says_so() {
    let data = Data::new();
    data.train(&["--set", "epochs=3"]).succeeded();
    let out = data.out("branch");
    let changes = ["--set", "learning_rate=0.02", "--set", "weight.brand=2", "--more-epochs", "2"];
    let report = branch(&data, &out, &changes).succeeded().json();
    let (parent, run) = (Run::read(&data.out("run")).unwrap(), Run::read(&out).unwrap());
    let of = run.metadata.branch.as_ref().unwrap();
    assert_eq!((of.name.as_str(), of.epochs_done, of.pairs), ("run", 3.0, parent.metadata.pairs));
    let changed: Vec<&str> = of.changed.iter().map(|(key, ..)| key.as_str()).collect();
    assert_eq!(changed, ["learning_rate", "weight.brand"]);
    assert_eq!(report["branch"]["changed"][1][2], "2");
    assert_eq!((run.metadata.epochs_done, run.metadata.hyperparameters.epochs), (5.0, 5));
    assert!(!run.metadata.stopped && run.metadata.metrics.is_some());
    assert!(run.curve.len() > parent.curve.len(), "the curve goes on");
    assert_eq!(run.curve[..parent.curve.len()], parent.curve[..], "it begins with that of the parent");
    assert_ne!(run.model, parent.model);
    let brand = run.types.iter().position(|own| own.name == "brand").unwrap();
    let (weights, before) = (&run.attributes.weights, &parent.attributes.weights);
    assert_eq!(weights.column(brand), before.column(brand).mapv(|weight| 2.0 * weight));
    assert_eq!(weights.column(0), before.column(0));
    assert_eq!(RunMetadata::read(&data.out("run")).unwrap(), parent.metadata, "the parent stays as it is");

    let compared = idatlas(&["compare", text(&data.out("run")), text(&out), "--json"]).succeeded().json();
    let same = &compared["same_attribute"][0];
    assert_eq!(same["by_run"].as_array().unwrap().len(), 2, "{compared}");
    assert!(same["by_run"][0]["share"].as_f64().unwrap() <= 1.0);
}

#[test]
fn a_branch_that_changes_nothing_goes_on_as_the_run_would_have() {
    let data = Data::new();
    data.train(&["--set", "epochs=4", "--set", "lr_schedule=constant"]).succeeded();
    let whole = Run::read(&data.out("run")).unwrap();
    let short = data.out("short");
    let arguments = ["train", "--events", text(&data.events), "--items", text(&data.items), "--backend", "cpu"];
    let set = ["--set", "epochs=2", "--set", "lr_schedule=constant", "--out", text(&short)];
    idatlas(&[&arguments[..], &set].concat()).succeeded();
    let out = data.out("branch");
    let go_on = ["--branch", text(&short), "--more-epochs", "2", "--out", text(&out)];
    idatlas(&[&arguments[..], &go_on].concat()).succeeded();
    assert_eq!(Run::read(&out).unwrap().model, whole.model);
}

#[test]
fn what_a_branch_cannot_change_is_refused_by_name() {
    let data = Data::new();
    data.train(&["--set", "epochs=1"]).succeeded();
    branch(&data, &data.out("branch"), &["--set", "window=2"]).refused(&["window", "weight.TYPE"]);
    branch(&data, &data.out("branch"), &["--set", "weight.colour=2"]).refused(&["colour"]);
}

#[test]
fn a_pinned_item_has_a_column_of_its_own_and_an_unknown_one_is_refused() {
    let data = Data::new();
    data.train(&["--set", "epochs=6", "--set", "evaluate_every=10", "--pin", "i0"]).succeeded();
    let run = Run::read(&data.out("run")).unwrap();
    let pinned = |point: &idatlas::training::CurvePoint| point.churn?.pinned_jaccard_at_10;
    assert!(run.curve.iter().filter_map(pinned).count() > 1, "{:?}", run.curve);
    data.train(&["--pin", "nothing", "--force"]).refused(&["nothing"]);
}
