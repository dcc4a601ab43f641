//! Hyperparameters: every key by every road, and every refusal.

use idatlas::dataset::Holdout;
use idatlas::training::{
    Execution, Hyperparameters, Initialisation, LearningRateSchedule, NegativeSampling, NegativeSharing, Preset, Window,
};

use super::fixture::{corpus, distinct_sequences, ring};

/// A value of every key that no preset has.
const UNUSUAL: &[(&str, &str)] = &[
    ("window", "session"),
    ("negatives", "7"),
    ("negative_sampling", "power:0.5"),
    ("negative_sharing", "window"),
    ("shared_negatives", "3"),
    ("structure", "joint"),
    ("struct_negatives", "4"),
    ("struct_share", "0.3"),
    ("dims.brand", "12"),
    ("width_rule", "paper"),
    ("alpha", "0.3"),
    ("beta", "0.00001"),
    ("regulariser", "l2"),
    ("weighting", "uniform"),
    ("weight.brand", "2.5"),
    ("init", "xavier"),
    ("sequence", "session"),
    ("subsample", "0.001"),
    ("min_count", "5"),
    ("batch_size", "100"),
    ("epochs", "9"),
    ("learning_rate", "0.025"),
    ("lr_schedule", "constant"),
    ("optimizer", "sgd"),
    ("execution", "deterministic"),
    ("user_history", "3"),
    ("early_stop", "2"),
    ("evaluate_every", "5000000"),
    ("evaluate_users", "50"),
    ("hide_items", "0.25"),
    ("seed", "9223372036854775807"),
];

fn unusual() -> Hyperparameters {
    let mut values = Hyperparameters::preset(Preset::Default);
    for (key, value) in UNUSUAL {
        values.set(key, value).unwrap();
    }
    values
}

#[test]
fn every_documented_key_is_set_and_got_back_as_text() {
    let values = unusual();
    for (key, value) in UNUSUAL {
        assert_eq!(values.get(key).as_deref(), Some(*value), "{key}");
    }
    for doc in Hyperparameters::keys() {
        let name = doc.key.replace("TYPE", "brand");
        assert!(UNUSUAL.iter().any(|(key, _)| *key == name), "the list above lacks {name}");
        assert!(doc.help.len() > 30 && doc.help.ends_with('.') && !doc.values.is_empty(), "{doc:?}");
    }
    assert_eq!(Hyperparameters::keys().len(), UNUSUAL.len());
}

#[test]
fn toml_and_json_keep_every_value() {
    for values in [unusual(), Hyperparameters::preset(Preset::Paper), Hyperparameters::preset(Preset::Default)] {
        let json = serde_json::to_value(&values).unwrap();
        assert_eq!(serde_json::from_value::<Hyperparameters>(json.clone()).unwrap(), values, "{json}");
        let toml = toml::to_string(&values).unwrap();
        assert_eq!(toml::from_str::<Hyperparameters>(&toml).unwrap(), values, "{toml}");
        let mut merged = Hyperparameters::preset(Preset::Fast);
        merged.dims.insert("store".to_owned(), 1);
        let mut expected = values.clone();
        expected.dims.insert("store".to_owned(), 1);
        merged.merge_toml(&toml).unwrap();
        assert_eq!(merged, expected, "{toml}");
        let by_type = |key: &str| key == "dims" || key == "weight";
        let keys: Vec<&String> = json.as_object().unwrap().keys().filter(|key| !by_type(key)).collect();
        for key in keys {
            assert!(values.get(key).is_some(), "run.json writes {key}, which --set does not know");
        }
    }
}

#[test]
fn json_writes_what_the_command_line_contract_says() {
    let json = serde_json::to_value(Hyperparameters::preset(Preset::Paper)).unwrap();
    let expected = [
        ("window", serde_json::json!(4)),
        ("negatives", serde_json::json!(2)),
        ("negative_sampling", serde_json::json!("log-uniform")),
        ("negative_sharing", serde_json::json!("pair")),
        ("structure", serde_json::json!("joint")),
        ("struct_negatives", serde_json::json!(0)),
        ("struct_share", serde_json::json!(1.0)),
        ("dims", serde_json::json!({})),
        ("alpha", serde_json::json!(1.0)),
        ("beta", serde_json::json!(0.01)),
        ("regulariser", serde_json::json!("l2")),
        ("weighting", serde_json::json!("inverse-count")),
        ("init", serde_json::json!("xavier")),
        ("sequence", serde_json::json!("user")),
        ("batch_size", serde_json::json!(128)),
        ("epochs", serde_json::json!(5)),
        ("lr_schedule", serde_json::json!("constant")),
        ("optimizer", serde_json::json!("adam")),
        ("execution", serde_json::json!("deterministic")),
    ];
    for (key, value) in expected {
        assert_eq!(json[key], value, "{key}");
    }
    let default = serde_json::to_value(Hyperparameters::preset(Preset::Default)).unwrap();
    assert_eq!(default["negative_sharing"], "group:16");
    assert_eq!(serde_json::to_value(unusual()).unwrap()["window"], "session");
}

#[test]
fn dims_come_as_a_table_or_dotted() {
    for text in ["dims.brand = 20", "[dims]\nbrand = 20", "dims = { brand = 20 }"] {
        let mut values = Hyperparameters::preset(Preset::Default);
        values.merge_toml(text).unwrap();
        assert_eq!(values.get("dims.brand").as_deref(), Some("20"), "{text}");
        values.set("dims.brand", "auto").unwrap();
        assert_eq!(values.get("dims.brand"), None);
    }
}

#[test]
fn presets_are_those_of_the_model() {
    let paper = Hyperparameters::preset(Preset::Paper);
    assert_eq!((paper.window, paper.negatives, paper.alpha, paper.beta), (Window::Items(4), 2, 1.0, 0.01));
    assert_eq!((paper.init, paper.lr_schedule), (Initialisation::Xavier, LearningRateSchedule::Constant));
    assert_eq!(paper.negative_sampling, NegativeSampling::LogUniform);
    let default = Hyperparameters::preset(Preset::Default);
    assert_eq!((default.struct_negatives, default.alpha, default.batch_size), (1, 0.1, 2048));
    assert_eq!((default.struct_share, default.epochs, default.learning_rate), (0.125, 50, 0.2));
    assert_eq!((default.negative_sharing, default.shared_negatives), (NegativeSharing::Group(16), 4));
    let fast = Hyperparameters::preset(Preset::Fast);
    assert!(fast.batch_size > default.batch_size && fast.epochs < default.epochs);
    assert!(fast.learning_rate < default.learning_rate);
    for preset in Preset::ALL {
        assert_eq!(preset.name().parse::<Preset>().unwrap(), preset);
        let repeatable = Hyperparameters::preset(preset).execution == Execution::Deterministic;
        assert_eq!(repeatable, preset != Preset::Fast, "{preset:?}");
        Hyperparameters::preset(preset).check_values().unwrap();
    }
    assert!("papr".parse::<Preset>().unwrap_err().to_string().contains("\"paper\""));
}

#[test]
fn the_papers_widths_meet_the_papers_types() {
    let types = [
        ("product", 30),
        ("store", 4),
        ("brand", 9),
        ("cate_level1", 2),
        ("cate_level2", 3),
        ("cate_level3", 6),
        ("colour", 5),
    ];
    let corpus = corpus(40, &distinct_sequences(&[40]), &types);
    let checked = Hyperparameters::preset(Preset::Paper).check(&corpus).unwrap();
    assert_eq!(checked.dims(), [100, 100, 10, 20, 10, 10, 20, 10]);
    let mut typed = Hyperparameters::preset(Preset::Default);
    typed.set("dims.item", "8").unwrap();
    typed.set("dims.brand", "33").unwrap();
    assert_eq!(typed.check(&corpus).unwrap().dims(), [8, 8, 4, 33, 4, 4, 8, 4]);
}

#[test]
fn every_bad_value_names_its_key_and_what_would_do() {
    // (key, value, what the message must say beside the key)
    let cases = [
        ("window", "0", "1"),
        ("window", "sesion", "session"),
        ("negatives", "0", "1"),
        ("negatives", "-2", "0"),
        ("negatives", "2.7", "3"),
        ("negative_sampling", "log-unifrm", "log-uniform"),
        ("negative_sampling", "power:x", "power:0.75"),
        ("negative_sampling", "power:inf", "power:10"),
        ("negative_sharing", "grup:8", "group:8"),
        ("negative_sharing", "group:0", "group:1"),
        ("shared_negatives", "5000", "1024"),
        ("structure", "per_type", "per-type"),
        ("struct_negatives", "9999", "1000"),
        ("struct_share", "0", "0.000001"),
        ("struct_share", "1.5", "1"),
        ("dims.brand", "0", "1"),
        ("dims.brand", "5000", "4096"),
        ("width_rule", "papers", "paper"),
        ("alpha", "-1", "0"),
        ("alpha", "NaN", "0"),
        ("beta", "inf", "1000000"),
        ("regulariser", "L2SQ", "l2sq"),
        ("weighting", "inverse", "inverse-sqrt"),
        ("weight.brand", "-1", "0"),
        ("weight.brand", "heavy", "number"),
        ("init", "rows", "row"),
        ("sequence", "users", "user"),
        ("subsample", "-0.1", "0"),
        ("subsample", "inf", "1"),
        ("min_count", "0", "1"),
        ("batch_size", "0", "1"),
        ("batch_size", "2000000", "1048576"),
        ("epochs", "0", "1"),
        ("learning_rate", "0", "0.000000000001"),
        ("learning_rate", "NaN", "1000000"),
        ("learning_rate", "fast", "number"),
        ("lr_schedule", "liner", "linear"),
        ("optimizer", "adam_lazy", "adam-lazy"),
        ("execution", "async", "asynchronous"),
        ("user_history", "0", "1"),
        ("early_stop", "-1", "0"),
        ("evaluate_every", "often", "auto"),
        ("evaluate_users", "0", "1"),
        ("hide_items", "1", "0.9"),
        ("seed", "9223372036854775808", "9223372036854775807"),
    ];
    for doc in Hyperparameters::keys() {
        assert!(
            cases.iter().any(|(key, _, _)| *key == doc.key.replace("TYPE", "brand")),
            "no bad value of {} is tried",
            doc.key
        );
    }
    let before = Hyperparameters::preset(Preset::Default);
    for (key, value, hint) in cases {
        let mut values = before.clone();
        let message = match values.set(key, value) {
            Ok(()) => panic!("{key} = {value} was taken"),
            Err(error) => error.to_string(),
        };
        assert_eq!(values, before, "{key} = {value} left a mark");
        let rest = message.strip_prefix(&format!("{key} = ")).unwrap_or(message.as_str());
        assert!(message.contains(key) && rest.contains(hint), "{key} = {value}: {message}");
    }
}

#[test]
fn asynchronous_training_refuses_the_optimizers_that_it_cannot_run() {
    let mut values = Hyperparameters::preset(Preset::Fast);
    for optimizer in ["adam", "adam-lazy", "sgd"] {
        values.set("optimizer", optimizer).unwrap();
        let message = values.check_values().unwrap_err().to_string();
        assert!(message.contains(&format!("optimizer = {optimizer} ")), "{message}");
        assert!(message.contains("the nearest is optimizer = adagrad-row"), "{message}");
    }
    values.set("execution", "deterministic").unwrap();
    values.check_values().unwrap();
}

#[test]
fn every_unknown_key_names_the_nearest() {
    let cases = [
        ("epoch", "epochs"),
        ("learning-rate", "learning_rate"),
        ("lr", "lr_schedule"),
        ("dims", "dims.TYPE"),
        ("dims.", "dims.TYPE"),
        ("weight", "weight.TYPE"),
        ("batchsize", "batch_size"),
        ("optimiser", "optimizer"),
        ("regularizer", "regulariser"),
        ("negative", "negatives"),
    ];
    for (wrong, near) in cases {
        let message = Hyperparameters::preset(Preset::Default).set(wrong, "1").unwrap_err().to_string();
        assert!(message.contains(&format!("{wrong:?}")) && message.contains(&format!("mean {near}?")), "{message}");
    }
}

#[test]
fn toml_errors_have_line_and_column() {
    let cases = [
        ("epochs = 3\n  epoch = 4\n", "line 2, column 3: ", "epochs"),
        ("epochs = 3\nwindow = \"sesion\"\n", "line 2, column 1: ", "session"),
        ("[dims]\nitem = 20\nbrand = 0\n", "line 3, column 1: ", "dims.brand"),
        ("[dim]\nitem = 20\n", "line 1, column 2: ", "dims"),
        ("epochs = [1, 2]", "line 1, column 1: ", "list"),
        ("epochs = 3 4", "line 1, column ", "TOML"),
        ("dims = 20", "line 1, column 1: ", "dims.TYPE"),
        ("# \u{fc}ber\nalpha = true", "line 2, column 1: ", "alpha"),
    ];
    let before = Hyperparameters::preset(Preset::Default);
    for (text, place, hint) in cases {
        let mut values = before.clone();
        let message = values.merge_toml(text).unwrap_err().to_string();
        assert!(message.starts_with(place) && message.contains(hint), "{text:?}: {message}");
        assert_eq!(values, before, "{text:?} left a mark");
    }
}

#[test]
fn a_width_for_a_type_that_the_data_lack_names_the_nearest_type() {
    let corpus = ring(10, 2, 5);
    let mut values = Hyperparameters::preset(Preset::Default);
    values.set("dims.brnd", "20").unwrap();
    let message = values.check(&corpus).unwrap_err().to_string();
    assert!(
        message.contains("\"brnd\"") && message.contains("dims.brand?") && message.contains("item, brand"),
        "{message}"
    );
}

#[test]
fn values_from_files_are_checked_like_typed_ones() {
    let mut values = Hyperparameters::preset(Preset::Default);
    values.epochs = 0;
    let message = values.check(&ring(10, 2, 5)).unwrap_err().to_string();
    assert!(message.starts_with("epochs = 0 is out of range"), "{message}");
    assert!(values.corpus_settings(Holdout::LastSession).is_err());
    values.epochs = 1;
    values.early_stop = 2;
    assert!(values.corpus_settings(Holdout::LastSession).is_ok());
    let message = values.corpus_settings(Holdout::None).unwrap_err().to_string();
    assert!(message.starts_with("early_stop = 2 needs held-out events"), "{message}");
}

#[test]
fn a_batch_that_memory_cannot_hold_is_refused_with_one_that_it_can() {
    let corpus = corpus(30_000, &distinct_sequences(&[30_000]), &[]);
    let mut values = Hyperparameters::preset(Preset::Default);
    values.set("window", "session").unwrap();
    values.set("batch_size", "8192").unwrap();
    let message = values.check(&corpus).unwrap_err().to_string();
    let would_do = message.split("batch_size = ").nth(2).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    values.set("batch_size", would_do).unwrap_or_else(|error| panic!("{message}: {error}"));
    values.check(&corpus).unwrap();
    assert!(message.starts_with("batch_size = 8192 is too large"), "{message}");
}

#[test]
fn a_weight_multiplies_those_of_its_type_and_no_others_and_one_changes_nothing() {
    let corpus = ring(12, 3, 10);
    let name = corpus.types[1].name.clone();
    let mut values = Hyperparameters::preset(Preset::Default);
    let weighed = |values: &Hyperparameters| {
        let mut attributes = corpus.attributes.clone();
        values.weigh(&mut attributes, corpus.types.iter().map(|own| own.name.as_str()));
        attributes
    };
    values.set(&format!("weight.{name}"), "3").unwrap();
    let (plain, heavy) = (&corpus.attributes.weights, weighed(&values).weights);
    assert_eq!(heavy.column(1), plain.column(1).mapv(|weight| 3.0 * weight));
    assert_eq!(heavy.column(0), plain.column(0));
    values.set(&format!("weight.{name}"), "1").unwrap();
    assert_eq!(weighed(&values), corpus.attributes);
    assert!(!serde_json::to_string(&values).unwrap().contains("\"weight\""), "a weight of one is not written");
}
