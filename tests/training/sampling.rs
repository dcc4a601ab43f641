//! Sampling: what an epoch visits, in which order, against which negatives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use idatlas::dataset::Corpus;
use idatlas::objective::{Batch, Negatives};
use idatlas::training::{Sampler, Window, log_probabilities};
use proptest::prelude::*;

use super::fixture::{batches, checked, corpus, distinct_sequences, ring};

fn sampler(corpus: &Arc<Corpus>, set: &[(&str, &str)]) -> Sampler {
    Sampler::new(Arc::clone(corpus), checked(corpus, set))
}

/// (centre, its contexts) of all batches.
fn centres(batches: &[Batch]) -> Vec<(u32, Vec<u32>)> {
    let of = |batch: &Batch, i: usize| (batch.centres[i], batch.contexts[batch.pairs_of(i)].to_vec());
    batches.iter().flat_map(|batch| (0..batch.centre_count()).map(move |i| of(batch, i))).collect()
}

fn negatives(batches: &[Batch]) -> impl Iterator<Item = u32> {
    batches.iter().flat_map(|batch| match &batch.negatives {
        Negatives::PerPair { items, .. } | Negatives::Shared { items, .. } => items.iter().copied(),
    })
}

#[test]
fn an_epoch_visits_every_centre_once_with_its_window_and_each_epoch_in_another_order() {
    let lengths = [1, 2, 3, 40, 1, 200, 65, 2];
    let sequences = distinct_sequences(&lengths);
    let corpus = corpus(sequences.iter().map(Vec::len).sum::<usize>() as u32, &sequences, &[]);
    let mut expected = BTreeMap::new();
    for sequence in sequences.iter().filter(|sequence| sequence.len() > 1) {
        let items: Vec<u32> = sequence.iter().map(|event| event.0).collect();
        for (i, &item) in items.iter().enumerate() {
            let contexts = [&items[i.saturating_sub(4)..i], &items[i + 1..items.len().min(i + 5)]].concat();
            expected.insert(item, contexts);
        }
    }
    for sharing in ["pair", "window", "group:8"] {
        let sampler = sampler(&corpus, &[("negative_sharing", sharing), ("batch_size", "50")]);
        let mut orders = BTreeSet::new();
        for epoch in 0..3 {
            let visited = centres(&batches(&sampler, epoch));
            assert_eq!(visited.len(), expected.len(), "{sharing}, epoch {epoch}");
            assert_eq!(visited.iter().cloned().collect::<BTreeMap<_, _>>(), expected, "{sharing}, epoch {epoch}");
            let plan = sampler.epoch(epoch);
            let pairs: usize = visited.iter().map(|(_, contexts)| contexts.len()).sum();
            assert_eq!((plan.centre_count(), plan.pair_count()), (visited.len(), pairs as u64));
            assert_eq!(sampler.batches_per_epoch(), plan.batch_count() as u64);
            orders.insert(visited.into_iter().map(|(centre, _)| centre).collect::<Vec<_>>());
        }
        assert_eq!(orders.len(), 3, "{sharing}: two epochs have the same order");
    }
}

#[test]
fn a_batch_depends_on_seed_epoch_and_number_alone() {
    let corpus = ring(50, 20, 30);
    let first = sampler(&corpus, &[("batch_size", "128")]);
    let plan = first.epoch(1);
    let again = sampler(&corpus, &[("batch_size", "128")]).epoch(1);
    let mut used = Batch::default();
    for index in (0..plan.batch_count()).rev() {
        let mut fresh = Batch::default();
        plan.fill(index, &mut fresh);
        again.fill(index, &mut used);
        assert_eq!(fresh, used, "batch {index}");
    }
    let other_seed = sampler(&corpus, &[("batch_size", "128"), ("seed", "2")]);
    assert_ne!(batches(&first, 0), batches(&other_seed, 0));
    assert_ne!(batches(&first, 0), batches(&first, 1));
}

#[test]
fn fill_may_be_called_from_many_threads() {
    let corpus = ring(50, 20, 30);
    let sampler = sampler(&corpus, &[("batch_size", "64")]);
    let plan = sampler.epoch(0);
    let expected = batches(&sampler, 0);
    std::thread::scope(|threads| {
        let fill = |index| {
            let mut batch = Batch::default();
            plan.fill(index, &mut batch);
            batch
        };
        let filled: Vec<_> = (0..plan.batch_count()).map(|index| threads.spawn(move || fill(index))).collect();
        for (index, thread) in filled.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap(), expected[index], "batch {index}");
        }
    });
}

/// How often each order of one three-way tie (between two fixed events) comes up in `epochs` epochs, if the file has
/// the tie in the order `file`.
fn tie_orders(file: [u32; 3], epochs: u32) -> BTreeMap<Vec<u32>, u32> {
    let events = vec![(3, 0), (file[0], 1), (file[1], 1), (file[2], 1), (4, 2)];
    let corpus = corpus(5, &[events], &[]);
    let sampler = sampler(&corpus, &[("window", "1"), ("negative_sharing", "pair")]);
    let mut seen = BTreeMap::new();
    for epoch in 0..epochs {
        // With a window of 1, the contexts chain the sequence together.
        let contexts: BTreeMap<u32, Vec<u32>> = centres(&batches(&sampler, epoch)).into_iter().collect();
        let mut order = vec![3, contexts[&3][0]];
        while order.len() < 5 {
            let (last, before) = (order[order.len() - 1], order[order.len() - 2]);
            order.extend(contexts[&last].iter().find(|&&item| item != before));
        }
        assert_eq!(order[4], 4, "epoch {epoch}: the tie left its time: {order:?}");
        *seen.entry(order[1..4].to_vec()).or_default() += 1;
    }
    seen
}

#[test]
fn ties_are_shuffled_anew_in_each_epoch_and_forget_the_files_order() {
    for file in [[0, 1, 2], [2, 0, 1], [2, 1, 0]] {
        let seen = tie_orders(file, 1200);
        let chi_square: f64 = seen.values().map(|&n| (f64::from(n) - 200.0).powi(2) / 200.0).sum();
        // Five degrees of freedom: the 0.999 quantile is 20.5.
        assert!(seen.len() == 6 && chi_square < 20.5, "file order {file:?}: {seen:?}, chi-square {chi_square}");
    }
}

#[test]
fn a_session_window_takes_all_other_items() {
    let sequences = distinct_sequences(&[30, 2]);
    let corpus = corpus(32, &sequences, &[]);
    let visited = centres(&batches(&sampler(&corpus, &[("window", "session")]), 0));
    for (centre, contexts) in visited {
        let expected: Vec<u32> = if centre < 30 { 0..30 } else { 30..32 }.filter(|&item| item != centre).collect();
        assert_eq!(contexts, expected, "centre {centre}");
    }
}

#[test]
fn negatives_follow_their_distribution() {
    // Falling counts, as a corpus has them.
    let events: Vec<(u32, i64)> = (0..40_u32).flat_map(|item| vec![(item, 0); 120 / (item as usize + 1)]).collect();
    let corpus = corpus(40, &[events], &[]);
    for (sampling, sharing) in
        [("log-uniform", "pair"), ("log-uniform", "group:4"), ("power:0.75", "window"), ("power:0", "pair")]
    {
        let set = [("negative_sampling", sampling), ("negative_sharing", sharing)];
        let sampler = sampler(&corpus, &set);
        let log_q = log_probabilities(checked(&corpus, &set).values().negative_sampling, &corpus.types[0].counts);
        let mut drawn = [0_u32; 40];
        let mut total = 0.0;
        for epoch in 0..30 {
            for item in negatives(&batches(&sampler, epoch)) {
                drawn[item as usize] += 1;
                total += 1.0;
            }
        }
        let sum: f64 = log_q.iter().map(|log| log.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sampling}: probabilities sum to {sum}");
        let expected = log_q.iter().map(|log| log.exp() * total);
        let chi_square: f64 = drawn.iter().zip(expected).map(|(&n, e)| (f64::from(n) - e).powi(2) / e).sum();
        // 39 degrees of freedom: the 0.999 quantile is 72.1.
        assert!(chi_square < 72.1, "{sampling}, {sharing}: chi-square {chi_square} of {total} draws");
    }
}

#[test]
fn log_q_is_the_formula_of_each_sampling() {
    let events = vec![(0, 0), (0, 1), (0, 2), (0, 3), (1, 4), (1, 5), (2, 6)];
    let corpus = corpus(3, &[events], &[]);
    let log_q = |sampling| {
        let checked = checked(&corpus, &[("negative_sampling", sampling)]);
        log_probabilities(checked.values().negative_sampling, &corpus.types[0].counts)
    };
    let close = |found: Vec<f64>, expected: [f64; 3]| {
        let same = found.iter().zip(expected).all(|(found, expected)| (found.exp() - expected).abs() < 1e-14);
        assert!(same && found.len() == 3, "{found:?}, expected the logarithms of {expected:?}");
    };
    let log4 = 4_f64.ln();
    close(
        log_q("log-uniform"),
        [2_f64.ln() / log4, (3_f64.ln() - 2_f64.ln()) / log4, (4_f64.ln() - 3_f64.ln()) / log4],
    );
    close(log_q("power:1"), [4.0 / 7.0, 2.0 / 7.0, 1.0 / 7.0]);
    close(log_q("power:-1"), [1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]);
}

#[test]
fn structural_negatives_are_uniform() {
    let corpus = ring(25, 10, 50);
    let sampler = sampler(&corpus, &[("struct_negatives", "3")]);
    let mut drawn = [0_u32; 25];
    for epoch in 0..20 {
        for batch in batches(&sampler, epoch) {
            assert_eq!(batch.struct_negatives_per_centre(), 3);
            batch.struct_negatives.iter().for_each(|&item| drawn[item as usize] += 1);
        }
    }
    let expected = f64::from(drawn.iter().sum::<u32>()) / 25.0;
    let chi_square: f64 = drawn.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    // 24 degrees of freedom: the 0.999 quantile is 51.2.
    assert!(chi_square < 51.2, "chi-square {chi_square}");
}

#[test]
fn every_event_carries_the_structural_term_as_often_as_any_other() {
    let sequences = distinct_sequences(&[300, 200, 100]);
    let corpus = corpus(600, &sequences, &[]);
    for sharing in ["pair", "group:8"] {
        let set = [("struct_share", "0.25"), ("negative_sharing", sharing), ("batch_size", "128")];
        let sampler = sampler(&corpus, &set);
        let mut carried = [0_u32; 600];
        for epoch in 0..160 {
            for batch in batches(&sampler, epoch) {
                batch.centres[..batch.struct_centres].iter().for_each(|&item| carried[item as usize] += 1);
            }
        }
        let total: u32 = carried.iter().sum();
        assert!((24_000..24_600).contains(&total), "{sharing}: {total} of 160 x 600 events");
        // 40 of 160 on average; 4.5 standard deviations either way.
        for (event, &count) in carried.iter().enumerate() {
            assert!((15..=65).contains(&count), "{sharing}: event {event} {count} times");
        }
    }
}

#[test]
fn subsampling_keeps_the_share_that_word2vec_keeps() {
    // Item 0 has half of the events.
    let events: Vec<(u32, i64)> =
        (0..4000).map(|i| (if i % 2 == 0 { 0 } else { 1 + (i as u32 / 2) % 100 }, i)).collect();
    let corpus = corpus(101, &[events], &[]);
    let sampler = sampler(&corpus, &[("subsample", "0.01"), ("batch_size", "64")]);
    let kept =
        |item: u32, epoch| centres(&batches(&sampler, epoch)).iter().filter(|(centre, _)| *centre == item).count();
    let mean = (0..20).map(|epoch| kept(0, epoch)).sum::<usize>() as f64 / 20.0;
    let ratio: f64 = 0.01 / 0.5;
    let expected = 2000.0 * (ratio.sqrt() + ratio);
    assert!((mean - expected).abs() < 0.05 * expected, "kept {mean} of 2000, expected {expected}");
    assert_eq!(kept(1, 0), 20, "a rare item was dropped");
    assert_ne!(batches(&sampler, 0).concat_centres(), batches(&sampler, 1).concat_centres());
}

trait ConcatCentres {
    fn concat_centres(&self) -> Vec<u32>;
}

impl ConcatCentres for Vec<Batch> {
    fn concat_centres(&self) -> Vec<u32> {
        self.iter().flat_map(|batch| batch.centres.iter().copied()).collect()
    }
}

/// Everything that backends rely on.
fn check_batch(batch: &Batch, items: u32, batch_size: usize, window: Window) -> Result<(), TestCaseError> {
    let n = batch.centre_count();
    prop_assert!(n >= 1 && n <= batch_size, "{n} centres in a batch of {batch_size}");
    prop_assert_eq!(batch.context_offsets.len(), n + 1);
    prop_assert_eq!(batch.context_offsets[0], 0);
    prop_assert_eq!(batch.context_offsets[n] as usize, batch.contexts.len());
    for i in 0..n {
        let contexts = batch.pairs_of(i).len();
        prop_assert!(contexts >= 1, "centre {i} has no context");
        if let Window::Items(reach) = window {
            prop_assert!(contexts <= 2 * reach as usize, "centre {i} has {contexts} contexts");
        }
    }
    let drawn = match &batch.negatives {
        Negatives::PerPair { per_pair, items } => {
            prop_assert_eq!(items.len(), batch.pair_count() * per_pair);
            items
        }
        Negatives::Shared { group, per_group, items, .. } => {
            prop_assert_eq!(items.len(), n.div_ceil(*group) * per_group);
            items
        }
    };
    let all = [&batch.centres, &batch.contexts, drawn, &batch.struct_negatives];
    for index in all.into_iter().flatten() {
        prop_assert!(*index < items, "item {index} of {items}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_batch_keeps_its_invariants(
        lengths in prop::collection::vec(1_usize..90, 1..12),
        tie in 1_i64..5,
        window in prop_oneof![(1_u32..9).prop_map(Window::Items), Just(Window::Session)],
        sharing in prop_oneof![Just("pair".to_owned()), Just("window".to_owned()), (1_u32..20).prop_map(|g| format!("group:{g}"))],
        batch_size in 1_usize..300,
        negatives in 1_u32..4,
        struct_negatives in 0_u32..3,
        struct_share in prop_oneof![Just(1.0), 0.01..1.0],
        subsample in prop_oneof![Just("0"), Just("0.01")],
        seed in 0_u64..1000,
    ) {
        let items = 30;
        let sequences: Vec<Vec<(u32, i64)>> = lengths
            .iter()
            .enumerate()
            .map(|(s, &length)| (0..length).map(|i| (((s * 7 + i * i) % items) as u32, i as i64 / tie)).collect())
            .collect();
        let corpus = corpus(items as u32, &sequences, &[]);
        let sampler = sampler(&corpus, &[
            ("window", &window.to_string()),
            ("negative_sharing", &sharing),
            ("batch_size", &batch_size.to_string()),
            ("negatives", &negatives.to_string()),
            ("struct_negatives", &struct_negatives.to_string()),
            ("struct_share", &struct_share.to_string()),
            ("subsample", subsample),
            ("seed", &seed.to_string()),
        ]);
        let mut visited = Vec::new();
        for batch in batches(&sampler, 3) {
            check_batch(&batch, items as u32, batch_size, window)?;
            let share = batch.struct_centres as f64 / batch.centre_count() as f64;
            prop_assert!((struct_share..=1.0_f64.min(struct_share + 1.0 / batch.centre_count() as f64)).contains(&share));
            prop_assert_eq!(batch.struct_negatives.len(), batch.struct_centres * struct_negatives as usize);
            visited.extend(batch.centres);
        }
        prop_assert_eq!(visited.len(), sampler.epoch(3).centre_count());
        if subsample == "0" {
            let mut expected: Vec<u32> = sequences.iter().filter(|s| s.len() > 1).flatten().map(|event| event.0).collect();
            expected.sort_unstable();
            visited.sort_unstable();
            prop_assert_eq!(visited, expected);
        }
    }
}
