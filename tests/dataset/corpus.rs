//! What training reads.

use std::sync::Arc;

use idatlas::dataset::{Corpus, CorpusSettings, Dataset, DatasetError, Holdout, SequenceUnit, Weighting};

use super::{SETTINGS, cut, events, events_and_items};

const TWO_USERS: &str = "user_id,item_id,timestamp,session_id\n\
    1,a,10,s1\n1,b,20,s2\n1,c,30,s2\n1,a,40,s3\n1,b,40,s3\n\
    2,c,10,t1\n2,a,11,t1\n";

fn item_names(corpus: &Corpus, items: &[u32]) -> Vec<String> {
    items.iter().map(|&i| corpus.types[0].vocabulary.id(i).to_owned()).collect()
}

fn held_out(corpus: &Corpus) -> Vec<String> {
    let items = &corpus.dataset.catalogue.id_types[0].vocabulary;
    let name = |h: &idatlas::dataset::HeldOutEvent| {
        format!("{}:{}{}", corpus.dataset.users.id(h.user), items.id(h.item), if h.repeat { "+" } else { "" })
    };
    corpus.holdout.iter().map(name).collect()
}

fn sequences(corpus: &Corpus) -> Vec<String> {
    let bounds = corpus.sequences.offsets.windows(2);
    bounds.map(|b| item_names(corpus, &corpus.sequences.items[b[0]..b[1]]).concat()).collect()
}

fn nothing_to_learn(dataset: Dataset, settings: CorpusSettings) -> String {
    let error = Corpus::new(Arc::new(dataset), settings).expect_err("there should be nothing to learn");
    assert!(matches!(error, DatasetError::NothingToLearn { .. }), "{error}");
    error.to_string()
}

#[test]
fn the_last_session_is_held_out_where_there_is_an_earlier_one() {
    let corpus = cut(events(TWO_USERS), CorpusSettings { holdout: Holdout::LastSession, ..SETTINGS });
    assert_eq!(held_out(&corpus), ["1:a+", "1:b+"], "user 2 has one session");
    assert_eq!(sequences(&corpus), ["abc", "ca"]);
}

#[test]
fn the_last_session_is_the_one_whose_last_event_is_latest() {
    let corpus = cut(
        events("user_id,item_id,timestamp,session_id\n1,a,10,s\n1,b,20,t\n1,d,15,t\n1,c,30,s\n"),
        CorpusSettings { holdout: Holdout::LastSession, ..SETTINGS },
    );
    assert_eq!(held_out(&corpus), ["1:a", "1:c"]);
    assert_eq!(sequences(&corpus), ["db"]);
}

#[test]
fn one_of_the_last_events_that_tie_is_held_out_and_the_files_order_does_not_matter() {
    let rows: Vec<String> = (0..40).flat_map(|u| ["a", "b", "c"].map(|i| format!("{u},{i},20\n"))).collect();
    let firsts: String = (0..40).map(|u| format!("{u},z,10\n")).collect();
    let held = |rows: &[String], seed| {
        let text = format!("user_id,item_id,timestamp\n{firsts}{}", rows.concat());
        held_out(&cut(events(&text), CorpusSettings { holdout: Holdout::LastEvent, seed, ..SETTINGS }))
    };
    let forward = held(&rows, 1);
    let backward: Vec<String> = rows.iter().rev().cloned().collect();
    assert_eq!(forward, held(&backward, 1));
    assert_ne!(forward, held(&rows, 2), "the seed decides");
    assert_eq!(forward.len(), 40);
    for item in ["a", "b", "c"] {
        let share = forward.iter().filter(|h| h.ends_with(item)).count();
        assert!((4..=24).contains(&share), "{item} is held out {share} times of 40");
    }
}

#[test]
fn an_event_without_an_earlier_one_is_not_held_out() {
    let corpus = cut(
        events("user_id,item_id,timestamp\n1,a,10\n1,b,10\n2,a,10\n2,b,11\n"),
        CorpusSettings { holdout: Holdout::LastEvent, ..SETTINGS },
    );
    assert_eq!(held_out(&corpus), ["2:b"]);
}

#[test]
fn the_last_part_by_time_is_held_out_without_cutting_a_tie() {
    let dataset = || events("user_id,item_id,timestamp\n1,a,1\n1,b,2\n2,c,3\n1,d,9\n2,a,9\n1,e,10\n");
    for (fraction, expected) in
        [(0.0, vec![]), (0.17, vec!["1:e"]), (0.3, vec!["1:d", "1:e", "2:a"]), (0.5, vec!["1:d", "1:e", "2:a"])]
    {
        let corpus = cut(dataset(), CorpusSettings { holdout: Holdout::Time(fraction), ..SETTINGS });
        assert_eq!(held_out(&corpus), expected, "{fraction}");
    }
    for fraction in [-0.1, 1.0, f64::NAN] {
        let settings = CorpusSettings { holdout: Holdout::Time(fraction), ..SETTINGS };
        let error = Corpus::new(Arc::new(dataset()), settings).unwrap_err();
        assert!(matches!(error, DatasetError::Settings(_)), "{fraction}: {error}");
    }
}

#[test]
fn items_are_ranked_by_falling_training_count_and_ties_by_appearance() {
    let corpus = cut(events(TWO_USERS), CorpusSettings { holdout: Holdout::LastSession, ..SETTINGS });
    let item = &corpus.types[0];
    assert_eq!(item.vocabulary.iter().collect::<Vec<_>>(), ["a", "c", "b"]);
    assert_eq!(item.counts, [2, 2, 1]);
    assert_eq!(item.items, [1, 1, 1]);
    assert_eq!(corpus.catalogue_rows, [0, 2, 1]);
}

#[test]
fn rare_items_are_left_out_of_sequences_and_histories() {
    let settings = CorpusSettings { holdout: Holdout::LastSession, min_count: 2, ..SETTINGS };
    let corpus = cut(events(TWO_USERS), settings);
    assert_eq!(sequences(&corpus), ["ac", "ca"]);
    assert_eq!(item_names(&corpus, corpus.history(0)), ["a", "c"]);
    assert_eq!(held_out(&corpus), ["1:a+", "1:b+"], "what is held out does not depend on what is trained");
}

#[test]
fn sessions_make_sequences_where_asked() {
    let text = "user_id,item_id,timestamp,session_id\n1,a,10,s\n1,b,20,t\n1,c,30,s\n1,d,40,t\n2,a,50,s\n";
    let corpus = cut(events(text), CorpusSettings { sequence: SequenceUnit::Session, ..SETTINGS });
    assert_eq!(sequences(&corpus), ["ac", "bd", "a"], "one session ID of two users is two sessions");
    assert_eq!(corpus.sequences.users, [0, 0, 1]);
    assert_eq!(corpus.sequences.times, [10, 30, 20, 40, 50].map(|s| s * 1_000_000));
    assert_eq!(item_names(&corpus, corpus.history(0)).concat(), "abcd");
}

#[test]
fn attributes_are_ranked_counted_and_named_by_their_trained_items() {
    let dataset = events_and_items(
        "user_id,item_id\n1,a\n1,b\n1,b\n1,c\n1,d\n",
        "item_id,store_id,size_id,name\nz,west,xl,Z\na,north,,Tea\nb,south,,Tea\nc,south,,Tea\nd,,,Milk\n",
    );
    let corpus = cut(dataset, CorpusSettings { weighting: Weighting::InverseSqrt, ..SETTINGS });
    assert_eq!(corpus.types.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["item", "store"]);
    assert_eq!(corpus.untrained_types(), ["size"], "no trained item has a size");
    let store = &corpus.types[1];
    assert_eq!(store.vocabulary.iter().collect::<Vec<_>>(), ["south", "north"], "west has no trained item");
    assert_eq!((store.counts.as_slice(), store.items.as_slice()), ([3, 1].as_slice(), [2, 1].as_slice()));
    assert_eq!(store.labels, [Some("Tea".to_owned()), Some("Tea".to_owned())]);
    assert_eq!(item_names(&corpus, &[0, 1, 2, 3]), ["b", "a", "c", "d"]);
    assert_eq!(corpus.attributes.ids.column(1).to_vec(), [0, 1, 0, u32::MAX]);
    let half = 0.5f32.sqrt();
    for (found, expected) in corpus.attributes.weights.iter().zip([1.0, half, 1.0, 1.0, 1.0, half, 1.0, 0.0]) {
        assert!((found - expected).abs() < 1e-6, "{:?}", corpus.attributes.weights);
    }
}

#[test]
fn an_attribute_has_a_label_only_if_its_items_agree() {
    let dataset = events_and_items(
        "user_id,item_id\n1,a\n1,b\n1,c\n1,d\n",
        "item_id,store_id,name\na,s,Tea\nb,s,Milk\nc,t,\nd,t,Tea\n",
    );
    assert_eq!(cut(dataset, SETTINGS).types[1].labels, [None, None]);
}

/// tests/golden/weights.json: `V_ik` and `1 / V_ik`.
#[test]
fn weights_are_those_of_the_golden_file() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../golden/weights.json")).unwrap();
    let attrs: Vec<Vec<i64>> = serde_json::from_value(golden["attrs"].clone()).unwrap();
    let expected: Vec<Vec<f64>> = serde_json::from_value(golden["weights"].clone()).unwrap();
    let counts: Vec<Vec<u32>> = serde_json::from_value(golden["V"].clone()).unwrap();
    let mut rows = (String::from("user_id,item_id\n"), String::from("item_id,b_id,c_id\n"));
    for (i, row) in attrs.iter().enumerate() {
        // Rising frequency, so that the trained order is the reverse of the file's.
        rows.0.push_str(&format!("u,{i}\n").repeat(i + 1));
        let text = |id: i64| if id < 0 { String::new() } else { format!("x{id}") };
        rows.1.push_str(&format!("{i},{},{}\n", text(row[1]), text(row[2])));
    }
    let corpus = cut(events_and_items(&rows.0, &rows.1), SETTINGS);
    for (i, (weights, counts)) in expected.iter().zip(&counts).enumerate() {
        let item = corpus.types[0].vocabulary.index(&i.to_string()).unwrap() as usize;
        assert_eq!(item, attrs.len() - 1 - i);
        for (k, (weight, count)) in weights.iter().zip(counts).enumerate() {
            let id = corpus.attributes.ids[(item, k)];
            let found = if id == u32::MAX { 0 } else { corpus.types[k].items[id as usize] };
            assert_eq!(found, *count, "V of item {i}, type {k}");
            let found = f64::from(corpus.attributes.weights[(item, k)]);
            assert!((found - weight).abs() < 1e-6, "weight of item {i}, type {k}: {found}, not {weight}");
        }
    }
}

#[test]
fn a_corpus_without_a_pair_is_refused() {
    let message = nothing_to_learn(events("user_id,item_id\n1,a\n2,b\n"), SETTINGS);
    assert!(message.contains("No user has two training events") && message.contains("--user-col"), "{message}");
    let message = nothing_to_learn(events(TWO_USERS), CorpusSettings { min_count: 5, ..SETTINGS });
    assert!(message.contains("No item has 5 training events (min_count); the most frequent has 3"), "{message}");
    let text = "user_id,item_id,session\n1,a,s\n1,b,t\n";
    let by_session = CorpusSettings { sequence: SequenceUnit::Session, ..SETTINGS };
    assert!(nothing_to_learn(events(text), by_session).contains("No session has two training events"));
    let same_time = events("user_id,item_id,timestamp\n1,a,5\n1,b,5\n");
    let message = nothing_to_learn(same_time, CorpusSettings { holdout: Holdout::Time(0.5), ..SETTINGS });
    assert!(message.contains("Every event is held out"), "{message}");
}
