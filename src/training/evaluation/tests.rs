//! Figures of whole evaluations.

use std::sync::Arc;

use ndarray::Array2;

use super::*;
use crate::dataset::{BasketUnit, Baskets, ItemAttributes, TrainedType};
use crate::embedding::Model;
use crate::noise;
use crate::progress::{CancelToken, Watch};

/// Three types with missing attributes, repeatable.
struct World {
    model: Model,
    types: Vec<TrainedType>,
    attributes: ItemAttributes,
    log_probability: Vec<f64>,
    baskets: Baskets,
    queries: Vec<Query>,
}

fn world(items: usize) -> World {
    let mut bits = noise::bits(99);
    let mut next = move || (bits() >> 33) as u32;
    let mut table = |rows: usize, dims: usize| {
        Array2::from_shape_simple_fn((rows, dims), || next() as f32 / (1_u64 << 30) as f32 - 1.0)
    };
    let shapes = [(items, 6), (5, 4), (3, 2)];
    let model = Model {
        target: shapes.iter().map(|&(rows, dims)| table(rows, dims)).collect(),
        context: shapes.iter().map(|&(rows, dims)| table(rows, dims)).collect(),
        transfer: vec![table(6, 4), table(6, 2)],
    };
    let ids = Array2::from_shape_fn((items, 3), |(i, k)| match k {
        0 => i as u32,
        1 => (i % 5) as u32,
        _ if i % 4 == 0 => ItemAttributes::MISSING,
        _ => (i % 3) as u32,
    });
    let weights = ids.mapv(|id| if id == ItemAttributes::MISSING { 0.0 } else { 0.7 });
    let counts: Vec<u64> = (0..items as u64).map(|i| 1000 / (i / 2 + 1)).collect();
    let all: u64 = counts.iter().sum();
    let log_probability = counts.iter().map(|&count| (count as f64 / all as f64).ln()).collect();
    let types = shapes.iter().zip(["item", "store", "brand"]).enumerate().map(|(k, (&(rows, _), name))| {
        let of_id = |id: u32| -> Vec<u64> {
            ids.column(k).iter().zip(&counts).filter(|&(&own, _)| own == id).map(|(_, &count)| count).collect()
        };
        TrainedType {
            name: name.to_owned(),
            vocabulary: Arc::new(
                (0..rows).map(|id| format!("{name}-{id}")).collect::<Vec<_>>().iter().map(String::as_str).collect(),
            ),
            counts: (0..rows as u32).map(|id| of_id(id).iter().sum()).collect(),
            items: (0..rows as u32).map(|id| of_id(id).len() as u32).collect(),
            labels: vec![None; rows],
        }
    });
    let types = types.collect();
    // Three baskets of up to six items a user, with repeats within and across them.
    let (users, items_of, times) = (Vec::new(), Vec::new(), Vec::new());
    let mut baskets = Baskets { unit: BasketUnit::Session, users, offsets: vec![0], items: items_of, times };
    for basket in 0..450_u32 {
        baskets.users.push(basket / 3);
        baskets.items.extend((0..1 + basket % 6).map(|i| (basket * 7 + i * i * 11 + basket / 3 % 2) % items as u32));
        baskets.offsets.push(baskets.items.len());
    }
    let queries = (0..150_u32)
        .map(|q| {
            let targets: Vec<u32> = (0..1 + q % 4).map(|t| (q * 13 + t * 5) % items as u32).collect();
            Query {
                user: q,
                history: (0..1 + q % 7).map(|h| (q * 31 + h * 17) % items as u32).collect(),
                repeats: targets.iter().map(|target| target % 3 == 0).collect(),
                targets,
                own: Vec::new(),
            }
        })
        .collect();
    World { model, types, attributes: ItemAttributes { ids, weights }, log_probability, baskets, queries }
}

impl World {
    fn evaluate(&self, settings: &EvaluationSettings) -> Evaluation {
        evaluate(&self.subject(), &self.queries, Repeats::All, settings, &Watch::unattended()).unwrap()
    }

    fn subject(&self) -> Evaluated<'_> {
        Evaluated {
            model: &self.model,
            types: &self.types,
            attributes: &self.attributes,
            log_probability: &self.log_probability,
            baskets: Some(&self.baskets),
            reach: 2,
            new_items: None,
        }
    }

    fn counts(&self) -> &[u64] {
        &self.types[0].counts
    }

    fn count(&self, item: u32) -> f64 {
        self.counts()[item as usize] as f64
    }

    /// What the user took, one entry an event.
    fn own(&self, query: &Query) -> Vec<u32> {
        let baskets = (0..self.baskets.len()).filter(|&b| self.baskets.users[b] == query.user);
        baskets.flat_map(|b| basket(&self.baskets, b).to_vec()).collect()
    }

    /// The co-occurrence rule.
    fn together(&self, query: &Query, item: u32) -> f64 {
        let both = |a: u32| {
            let baskets = (0..self.baskets.len()).map(|b| basket(&self.baskets, b));
            baskets.filter(|own| a != item && own.contains(&a) && own.contains(&item)).count()
        };
        query.history.iter().map(|&a| both(a)).sum::<usize>() as f64
    }

    /// The rule of the same ID of type `k`.
    fn same(&self, query: &Query, item: u32, k: usize) -> f64 {
        let id = |item: u32| self.attributes.ids[[item as usize, k]];
        match id(item) {
            ItemAttributes::MISSING => 0.0,
            a => {
                let times = self.own(query).iter().filter(|&&other| id(other) == a).count();
                times as f64 / self.types[k].counts[a as usize] as f64 * self.count(item)
            }
        }
    }

    /// The figures of rankings by `score`, ties by popularity, from full sorts.
    fn by_brute_force(&self, cutoff: usize, score: impl Fn(&Query, u32) -> f64) -> RankedMetrics {
        let mut sum = RankedMetrics::default();
        let share = 1.0 / self.queries.len() as f64;
        for query in &self.queries {
            let mut order: Vec<u32> = (0..self.counts().len() as u32).collect();
            let scores: Vec<f64> = order.iter().map(|&item| score(query, item)).collect();
            // Stable, and the items stand by falling count.
            order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            let ranks = query.targets.iter().map(|target| order.iter().position(|item| item == target).unwrap());
            let hits: Vec<usize> = ranks.filter(|&rank| rank < cutoff).collect();
            let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
            sum.hit_rate += share * f64::from(u8::from(!hits.is_empty()));
            sum.recall += share * hits.len() as f64 / query.targets.len() as f64;
            sum.ndcg += share * hits.iter().map(|&rank| gain(rank)).sum::<f64>()
                / (0..query.targets.len().min(cutoff)).map(gain).sum::<f64>();
            sum.mrr += share * hits.iter().min().map_or(0.0, |&rank| 1.0 / (rank as f64 + 1.0));
        }
        sum
    }

    fn assert_like_brute_force(&self, what: &str, figures: &NextItem, score: impl Fn(&Query, u32) -> f64) {
        for (&cutoff, ours) in figures {
            let expected = self.by_brute_force(cutoff as usize, &score);
            let pairs = [
                (ours.hit_rate, expected.hit_rate),
                (ours.recall, expected.recall),
                (ours.ndcg, expected.ndcg),
                (ours.mrr, expected.mrr),
            ];
            for (ours, expected) in pairs {
                assert!((ours - expected).abs() < 1e-9, "{what} at {cutoff}: {ours}, brute force {expected}");
            }
            assert!(expected.hit_rate > 0.0, "{what} at {cutoff}: the test must find something");
        }
    }
}

/// The score as MODEL.md writes it, in f64, without any table of composed vectors.
fn score(world: &World, score: Score, history: &[u32], item: u32) -> f64 {
    let World { model, attributes, log_probability, .. } = world;
    let composed = |tables: &[Array2<f32>], item: u32| -> Vec<f64> {
        let mut all = Vec::new();
        for (k, table) in tables.iter().enumerate() {
            let id = attributes.ids[[item as usize, k]];
            let weight = f64::from(attributes.weights[[item as usize, k]]);
            for d in 0..table.ncols() {
                let missing = id == ItemAttributes::MISSING;
                all.push(if missing { 0.0 } else { weight * f64::from(table[[id as usize, d]]) });
            }
        }
        all
    };
    let side = |item: u32| match score {
        Score::Cosine => model.target[0].row(item as usize).iter().map(|&x| f64::from(x)).collect(),
        Score::Composed | Score::Context | Score::Others => composed(&model.target, item),
    };
    let heard: Vec<u32> = history.iter().copied().filter(|&past| score != Score::Others || past != item).collect();
    let mut query = vec![0.0; side(item).len()];
    for &past in &heard {
        query.iter_mut().zip(side(past)).for_each(|(sum, value)| *sum += value / heard.len() as f64);
    }
    let by_context = matches!(score, Score::Context | Score::Others);
    let candidate = if by_context { composed(&model.context, item) } else { side(item) };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    match score {
        Score::Context | Score::Others => dot(&query, &candidate) + log_probability[item as usize],
        _ => dot(&query, &candidate) / (dot(&query, &query) * dot(&candidate, &candidate)).sqrt(),
    }
}

#[test]
fn every_score_ranks_as_a_full_sort_in_f64_does() {
    let world = world(300);
    for kind in [Score::Cosine, Score::Composed, Score::Context, Score::Others] {
        let report = world.evaluate(&EvaluationSettings { score: kind, cutoffs: [5, 10, 50] });
        let rule = |query: &Query, item| score(&world, kind, &query.history, item);
        world.assert_like_brute_force(&format!("{kind:?}"), &report.next_item, rule);
        assert_eq!((report.queries, report.candidates), (150, 300));
        assert_eq!(report.by_repeat.all.next_item, report.next_item);
    }
}

#[test]
fn by_the_others_an_item_of_the_history_has_no_say_in_its_own_score_however_often_it_is_there() {
    let mut world = world(300);
    for (at, query) in world.queries.iter_mut().enumerate() {
        match at % 3 {
            0 => query.history.extend([query.targets[0]; 2]),
            1 => query.history = vec![query.targets[0]; 1 + at % 2],
            _ => {}
        }
    }
    let report = world.evaluate(&EvaluationSettings { score: Score::Others, cutoffs: [5, 10, 50] });
    let rule = |query: &Query, item| score(&world, Score::Others, &query.history, item);
    world.assert_like_brute_force("others", &report.next_item, rule);
    let by_context = world.evaluate(&EvaluationSettings { score: Score::Context, cutoffs: [5, 10, 50] });
    assert_ne!(report.next_item, by_context.next_item);
}

#[test]
fn baselines_rank_as_their_definitions_say() {
    let mut world = world(60);
    let settings = EvaluationSettings { score: Score::Context, cutoffs: [3, 10, 20] };
    let baselines = world.evaluate(&settings).baselines;
    world.assert_like_brute_force("popularity", &baselines.popularity, |_, item| world.count(item));
    let taken = |query: &Query, item| world.own(query).iter().filter(|&&other| other == item).count() as f64;
    world.assert_like_brute_force("own history", &baselines.own_history.unwrap(), taken);
    let together = |query: &Query, item| world.together(query, item);
    world.assert_like_brute_force("co-occurrence", &baselines.cooccurrence.unwrap(), together);
    for (k, name) in [(1, "store"), (2, "brand")] {
        let same = |query: &Query, item| world.same(query, item, k);
        world.assert_like_brute_force(name, &baselines.same_attribute[name], same);
    }

    world.baskets.unit = BasketUnit::History;
    let baselines = world.evaluate(&settings).baselines;
    let near = |query: &Query, item: u32| {
        let pairs = |a: u32| {
            (0..world.baskets.len())
                .map(|b| basket(&world.baskets, b))
                .flat_map(|own| (0..own.len()).flat_map(move |i| (0..own.len()).map(move |j| (own, i, j))))
                .filter(|&(own, i, j)| a != item && own[i] == a && own[j] == item && i.abs_diff(j) <= 2)
                .count()
        };
        query.history.iter().map(|&a| pairs(a)).sum::<usize>() as f64
    };
    world.assert_like_brute_force("co-occurrence in a window", &baselines.cooccurrence.unwrap(), near);
}

#[test]
fn what_is_new_to_the_user_ranks_as_if_the_users_own_items_were_no_candidates() {
    let mut world = world(60);
    for at in 0..world.queries.len() {
        let own = world.own(&world.queries[at]);
        let query = &mut world.queries[at];
        query.repeats = query.targets.iter().map(|target| own.contains(target)).collect();
    }
    let settings = EvaluationSettings { score: Score::Context, cutoffs: [3, 10, 20] };
    let found = world.evaluate(&settings).by_repeat.new_to_user.unwrap();
    // Without its other targets each query is one of these alone.
    for query in &mut world.queries {
        let kept = query.targets.iter().zip(&query.repeats).filter(|(_, repeat)| !**repeat);
        query.targets = kept.map(|(&target, _)| target).collect();
    }
    world.queries.retain(|query| !query.targets.is_empty());
    assert_eq!(found.queries, world.queries.len() as u64);
    let check = |what: &str, figures: &NextItem, rule: &dyn Fn(&Query, u32) -> f64| {
        let last = |query: &Query, item| {
            if world.own(query).contains(&item) { f64::NEG_INFINITY } else { rule(query, item) }
        };
        world.assert_like_brute_force(what, figures, last);
    };
    let by_model = |query: &Query, item| score(&world, Score::Context, &query.history, item);
    check("model", &found.next_item, &by_model);
    check("popularity", &found.baselines.popularity, &|_, item| world.count(item));
    check("own history", &found.baselines.own_history.unwrap(), &|_, _| 0.0);
    check("co-occurrence", &found.baselines.cooccurrence.unwrap(), &|query, item| world.together(query, item));
    check("store", &found.baselines.same_attribute["store"], &|query, item| world.same(query, item, 1));
}

fn basket(baskets: &Baskets, b: usize) -> &[u32] {
    &baskets.items[baskets.offsets[b]..baskets.offsets[b + 1]]
}

#[test]
fn a_segment_counts_the_queries_with_a_held_out_item_that_carries_its_id() {
    let world = world(60);
    let report = world.evaluate(&EvaluationSettings::default());
    let segments = &report.by_segment["brand"];
    assert!(segments.windows(2).all(|pair| pair[0].queries >= pair[1].queries), "most queries first: {segments:?}");
    for segment in segments {
        let carries = |item: u32| {
            let id = world.attributes.ids[[item as usize, 2]];
            id != ItemAttributes::MISSING && world.types[2].vocabulary.id(id) == segment.id
        };
        let mut queries = 0;
        let mut hits = 0;
        for query in &world.queries {
            let own: Vec<u32> = query.targets.iter().copied().filter(|&item| carries(item)).collect();
            let rule = |item: u32| score(&world, Score::Context, &query.history, item);
            let rank = |target: u32| (0..60).filter(|&item| rule(item) > rule(target)).count();
            queries += u64::from(!own.is_empty());
            hits += u64::from(own.iter().any(|&target| rank(target) < 10));
        }
        assert_eq!(segment.queries, queries, "{}", segment.id);
        assert!((segment.hit_rate_at_10 - hits as f64 / queries as f64).abs() < 1e-12, "{}", segment.id);
    }
    assert_eq!(segments.len(), 3);
    let alone = hit_rates_by_segment(&world.subject(), &world.queries, Score::Context, &Watch::unattended());
    assert_eq!(alone, Some(report.by_segment), "alone they are the same");
}

#[test]
fn popularity_ranks_by_count_and_ties_by_index() {
    let mut world = world(4);
    world.types[0].counts = vec![5, 9, 9, 1];
    world.queries = vec![Query { user: 0, history: vec![0], targets: vec![2], repeats: vec![false], own: Vec::new() }];
    let popularity =
        world.evaluate(&EvaluationSettings { score: Score::Cosine, cutoffs: [1, 2, 4] }).baselines.popularity;
    assert_eq!(popularity[&1].hit_rate, 0.0, "item 1 is as popular and comes first");
    assert_eq!(popularity[&2], RankedMetrics { hit_rate: 1.0, recall: 1.0, mrr: 0.5, ndcg: 1.0 / 3.0_f64.log2() });
}

#[test]
fn the_number_of_threads_does_not_change_a_figure_and_idle_queries_do_not_count() {
    let mut world = world(400);
    let run = |world: &World, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| world.evaluate(&EvaluationSettings::default()))
    };
    let one = run(&world, 1);
    world.queries.push(Query { user: 0, history: Vec::new(), targets: vec![1], repeats: vec![false], own: Vec::new() });
    world.queries.push(Query { user: 1, history: vec![1], targets: Vec::new(), repeats: Vec::new(), own: Vec::new() });
    assert_eq!(one, run(&world, 3));
    world.queries.clear();
    assert_eq!(run(&world, 1).next_item[&10], RankedMetrics::default());
}

#[test]
fn the_main_figures_are_those_of_the_kind_that_was_asked_for() {
    let world = world(100);
    let settings = EvaluationSettings::default();
    for repeats in [Repeats::All, Repeats::FirstTime, Repeats::Repeat, Repeats::NewToUser] {
        let report = evaluate(&world.subject(), &world.queries, repeats, &settings, &Watch::unattended()).unwrap();
        let own = report.by_repeat.of(repeats).unwrap();
        assert_eq!((report.queries, &report.next_item), (own.queries, &own.next_item), "{repeats:?}");
        let of_kind = |query: &&Query| query.repeats.iter().any(|&repeat| repeats.count(repeat));
        assert_eq!(report.queries, world.queries.iter().filter(of_kind).count() as u64, "{repeats:?}");
    }
}

#[test]
fn a_cancelled_evaluation_has_no_result() {
    let world = world(50);
    let cancel = CancelToken::default();
    cancel.cancel();
    let watch = Watch::new(cancel, |_| {});
    let settings = EvaluationSettings::default();
    assert_eq!(evaluate(&world.subject(), &world.queries, Repeats::All, &settings, &watch), None);
}
