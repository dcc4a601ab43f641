//! Every hyperparameter trains on the GPU as on the CPU, or is refused by name.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use idatlas::dataset::{Corpus, DataRequest, Dataset, Holdout, load};
use idatlas::gpu::{GpuBackend, GpuContext};
use idatlas::objective::Backend;
use idatlas::progress::Watch;
use idatlas::training::{
    BackendChoice, BackendKind, CheckedHyperparameters, Execution, Hyperparameters, Preset, TrainControl, Trained,
    Trainer, initialise, open_backend,
};

use super::{assert_same_models, context, flat};

/// Twelve users with three sessions each, over 30 items of five brands and three stores; some lack a brand, some items are
/// rare, some times are tied.
fn dataset() -> Arc<Dataset> {
    let folder = tempfile::tempdir().unwrap();
    let (mut events, mut items) =
        ("user_id,item_id,timestamp,session_id\n".to_owned(), "item_id,brand_id,store_id\n".to_owned());
    for item in 0..30 {
        let brand = if item % 7 == 6 { String::new() } else { format!("b{}", item % 5) };
        writeln!(items, "i{item},{brand},s{}", item % 3).unwrap();
    }
    for event in 0..12 * 3 * 5 {
        let (user, session, at) = (event / 15, event / 5, event % 5);
        let item = (user * 5 + session * 3 + at * (1 + user % 3)) % 30;
        writeln!(events, "u{user},i{item},{},{session}", 1_000 + session * 100 + at / 2).unwrap();
    }
    let paths = [("events.csv", events), ("items.csv", items)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let [events, items] = paths;
    let request = DataRequest { events: vec![events], items: Some(items), ..DataRequest::default() };
    Arc::new(load(&request, &Watch::unattended()).unwrap())
}

/// Small and quick, but for what `set` says.
fn typed(set: &[(&str, &str)]) -> Hyperparameters {
    let mut typed = Hyperparameters::preset(Preset::Default);
    let small = [
        ("dims.item", "8"),
        ("dims.brand", "5"),
        ("batch_size", "48"),
        ("epochs", "1"),
        ("learning_rate", "0.05"),
        // In so few events every item is a frequent one.
        ("subsample", "0"),
    ];
    for (key, value) in small.iter().chain(set) {
        typed.set(key, value).unwrap();
    }
    typed
}

fn train(corpus: &Arc<Corpus>, values: &CheckedHyperparameters, backend: Box<dyn Backend>) -> Trained {
    Trainer::new(Arc::clone(corpus), values.clone(), backend).run(&TrainControl::default(), &mut |_| {}).unwrap()
}

fn check(context: &GpuContext, dataset: &Arc<Dataset>, set: &[(&str, &str)]) {
    let what = format!("{set:?}");
    let typed = typed(set);
    let corpus =
        Arc::new(Corpus::new(Arc::clone(dataset), typed.corpus_settings(Holdout::LastEvent).unwrap()).unwrap());
    let values = typed.check(&corpus).unwrap();
    let start = initialise(&corpus, &values);
    let gpu = GpuBackend::new(context.clone(), &start, &corpus.attributes, values.objective()).unwrap();
    let cpu = BackendChoice { kind: BackendKind::Cpu, adapter: None, threads: 2 };
    let gpu = train(&corpus, &values, Box::new(gpu));
    let cpu = train(&corpus, &values, open_backend(&cpu, &corpus, &values, &start).unwrap());
    assert_eq!((gpu.pairs, gpu.state.step), (cpu.pairs, cpu.state.step), "{what}: both see the same batches");
    assert_same_models(&what, &gpu.model, &cpu.model, 1e-4);
    let moved = flat(&gpu.model).flatten().zip(flat(&start).flatten()).filter(|(now, start)| now != start);
    assert!(moved.count() > 50, "{what}: training hardly moved anything");
}

/// A row for each value that a key's words or kinds of value offer; numbers away from the preset's.
const SETTINGS: &[&[(&str, &str)]] = &[
    &[("epochs", "2"), ("lr_schedule", "linear")],
    &[("learning_rate", "0.01"), ("lr_schedule", "constant")],
    &[("batch_size", "7")],
    &[("window", "1")],
    &[("window", "session"), ("sequence", "session")],
    &[("window", "3"), ("sequence", "user")],
    &[("negatives", "5"), ("negative_sharing", "pair")],
    &[("negative_sampling", "log-uniform"), ("negative_sharing", "window")],
    &[("negative_sampling", "power:0.75"), ("negative_sharing", "group:5"), ("shared_negatives", "3")],
    &[("negative_sharing", "window"), ("shared_negatives", "7")],
    &[("dims.item", "13"), ("dims.brand", "1"), ("dims.store", "9")],
    &[("weight.brand", "2.5"), ("weight.store", "0")],
    &[("width_rule", "paper")],
    &[("width_rule", "by-count")],
    &[("structure", "joint"), ("struct_negatives", "0")],
    &[("structure", "joint"), ("struct_negatives", "3")],
    &[("structure", "per-type"), ("struct_negatives", "0")],
    &[("structure", "per-type"), ("struct_negatives", "3")],
    &[("structure", "joint"), ("struct_share", "0.3")],
    &[("structure", "per-type"), ("struct_share", "0.05")],
    &[("alpha", "0")],
    &[("alpha", "1.5"), ("beta", "0")],
    &[("beta", "0.1"), ("regulariser", "l2")],
    &[("beta", "0.1"), ("regulariser", "l2sq")],
    &[("weighting", "inverse-count")],
    &[("weighting", "inverse-sqrt")],
    &[("weighting", "uniform")],
    &[("init", "xavier")],
    &[("init", "row")],
    // Adam makes a whole step of a gradient that is rounding noise: a short training, and none of it near zero.
    &[("optimizer", "adam-lazy"), ("learning_rate", "0.001")],
    &[("optimizer", "adam"), ("learning_rate", "0.001")],
    &[("optimizer", "adagrad-row")],
    &[("optimizer", "sgd")],
    &[("subsample", "0.01")],
    &[("min_count", "5")],
    &[("user_history", "2")],
    &[("early_stop", "1")],
    &[("hide_items", "0.2")],
    &[("evaluate_every", "200"), ("evaluate_users", "5")],
    &[("execution", "deterministic")],
    &[("seed", "9")],
];

#[test]
fn every_hyperparameter_trains_the_same_on_gpu_and_cpu() {
    let Some(context) = context("hyperparameters") else { return };
    let dataset = dataset();
    for set in SETTINGS {
        check(&context, &dataset, set);
    }
}

#[test]
fn no_hyperparameter_is_left_out() {
    let tried: BTreeSet<&str> = SETTINGS.iter().flat_map(|set| set.iter().map(|(key, _)| *key)).collect();
    for doc in Hyperparameters::keys() {
        let key = match doc.key.split_once('.') {
            Some(("dims", _)) => "dims.item",
            Some(("weight", _)) => "weight.brand",
            _ => doc.key,
        };
        assert!(tried.contains(key), "{key} is not tried on both backends");
        // Keys that take words list them: each is tried.
        let words = doc.values.split(", ").filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        for word in words.filter(|_| !doc.values.contains("number")) {
            let is_tried = SETTINGS.iter().flat_map(|set| set.iter()).any(|setting| *setting == (key, word));
            assert!(is_tried || word == "asynchronous", "{key} = {word} is not tried on both backends");
        }
    }
}

#[test]
fn what_the_gpu_cannot_do_is_refused_by_name() {
    for kind in [BackendKind::Gpu, BackendKind::Auto] {
        let choice = BackendChoice { kind, adapter: Some("llvmpipe".to_owned()), threads: 0 };
        let error = choice.wants_gpu(Execution::Asynchronous, Vec::new).unwrap_err().to_string();
        assert!(error.contains("execution = asynchronous"), "{error}");
    }
}
