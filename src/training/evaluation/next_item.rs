//! Ranks every trained item for every query.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, s};
use rayon::prelude::*;

use super::scores::Factors;
use super::{Evaluation, EvaluationSettings, Query, metrics};
use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::progress::Watch;

/// Ranks all items for each query: by `settings.score`, and by popularity (`counts`).
///
/// Every trained item is a candidate, those of the history included. Equal scores rank by index; a target whose score
/// is not a number is never found. Queries without history or targets are left out. The result does not depend on the
/// number of threads.
///
/// `log_probability` `[D_1]` is log Q, the log sampling probability of each item; `counts` `[D_1]` are training counts.
/// [`Evaluation::untrained_targets`] is the caller's to fill in. Returns `None` if cancelled.
///
/// # Panics
/// If `log_probability` or `counts` is not `[D_1]`, or a query names an item that is not there.
#[must_use]
pub fn evaluate(
    model: &Model,
    attributes: &ItemAttributes,
    counts: &[u64],
    log_probability: &[f64],
    queries: &[Query],
    settings: &EvaluationSettings,
    watch: &Watch,
) -> Option<Evaluation> {
    let items = attributes.item_count();
    assert_eq!(counts.len(), items, "one count an item");
    assert_eq!(log_probability.len(), items, "one log probability an item");
    let queries: Vec<Query> =
        queries.iter().filter(|q| !q.history.is_empty() && !q.targets.is_empty()).cloned().collect();
    let targets: Vec<usize> = queries.iter().map(|query| query.targets.len()).collect();
    let depth = settings.cutoffs.into_iter().max().unwrap_or(0);

    let by_popularity = popularity_ranks(counts);
    let popularity: Vec<Vec<usize>> = queries
        .iter()
        .map(|query| query.targets.iter().map(|&target| by_popularity[target as usize]).collect())
        .collect();

    let factors = Factors::new(settings.score, model, attributes, log_probability);
    let ranks = model_ranks(&factors, &queries, depth, watch)?;
    Some(Evaluation {
        queries: queries.len() as u64,
        candidates: items as u64,
        untrained_targets: 0,
        next_item: metrics::means(&ranks, &targets, &settings.cutoffs),
        popularity: metrics::means(&popularity, &targets, &settings.cutoffs),
    })
}

/// `[D_1]` rank of each item by falling count, ties by index.
fn popularity_ranks(counts: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&item| std::cmp::Reverse(counts[item]));
    let mut ranks = vec![0; counts.len()];
    for (rank, item) in order.into_iter().enumerate() {
        ranks[item] = rank;
    }
    ranks
}

/// Queries multiplied at once: enough to read the candidates seldom.
const QUERIES_A_BLOCK: usize = 64;

/// Scores of one block, in floats: bounds memory for large catalogues.
const SCORES_A_BLOCK: usize = 8 << 20;

/// Candidates between two looks at the watch.
const CANDIDATES_A_STEP: usize = 4096;

/// The ranks below `depth` of each query's targets; `None` if cancelled.
fn model_ranks(factors: &Factors<'_>, queries: &[Query], depth: usize, watch: &Watch) -> Option<Vec<Vec<usize>>> {
    let items = factors.candidates.nrows();
    let block = (SCORES_A_BLOCK / items.max(1)).clamp(1, QUERIES_A_BLOCK);
    let done = AtomicU64::new(0);
    let total = Some(queries.len() as u64);
    let blocks: Option<Vec<Vec<Vec<usize>>>> = queries
        .par_chunks(block)
        .map_init(
            || (Array2::zeros((block, items)), TopRows::default()),
            |(scores, top), queries| {
                let vectors = factors.queries(queries);
                let mut scores = scores.slice_mut(s![..queries.len(), ..]);
                for start in (0..items).step_by(CANDIDATES_A_STEP) {
                    if watch.is_cancelled() {
                        return None;
                    }
                    let range = s![start..items.min(start + CANDIDATES_A_STEP), ..];
                    let candidates = factors.candidates.slice(range);
                    let columns = s![.., start..start + candidates.nrows()];
                    general_mat_mul(1.0, &vectors, &candidates.t(), 0.0, &mut scores.slice_mut(columns));
                }
                let mut ranks = Vec::with_capacity(queries.len());
                for (query, mut row) in queries.iter().zip(scores.rows_mut()) {
                    let row = row.as_slice_mut()?;
                    row.iter_mut().zip(&factors.bias).for_each(|(score, bias)| *score += bias);
                    ranks.push(top.ranks(row, &query.targets, depth));
                }
                let so_far = done.fetch_add(queries.len() as u64, Ordering::Relaxed) + queries.len() as u64;
                watch.report("Evaluating", so_far, total, "queries");
                Some(ranks)
            },
        )
        .collect();
    Some(blocks?.into_iter().flatten().collect())
}

/// Finds the highest scores of a row. Reused, since rows come by the thousand.
#[derive(Debug, Default)]
struct TopRows(Vec<(f32, u32)>);

impl TopRows {
    /// The ranks below `depth` of those of `targets` that have one.
    fn ranks(&mut self, scores: &[f32], targets: &[u32], depth: usize) -> Vec<usize> {
        self.select(scores, depth);
        let mut wanted = targets.to_vec();
        wanted.sort_unstable();
        let found = self.0.iter().enumerate().filter(|(_, (_, item))| wanted.binary_search(item).is_ok());
        found.map(|(rank, _)| rank).collect()
    }

    /// Leaves the `depth` highest scores, highest first, ties by index; scores that are not numbers are passed over.
    fn select(&mut self, scores: &[f32], depth: usize) {
        self.0.clear();
        if depth == 0 {
            return;
        }
        let full = 2 * depth;
        let mut threshold = f32::NEG_INFINITY;
        let mut bounded = false;
        for (item, &score) in scores.iter().enumerate() {
            // An equal score has a higher index than all that set the threshold, so it ranks after them.
            if score > threshold || (!bounded && score == threshold) {
                self.0.push((score, item as u32));
                if self.0.len() == full {
                    self.0.select_nth_unstable_by(depth - 1, by_rank);
                    self.0.truncate(depth);
                    threshold = self.0[depth - 1].0;
                    bounded = true;
                }
            }
        }
        self.0.sort_unstable_by(by_rank);
        self.0.truncate(depth);
    }
}

fn by_rank(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    // Neither is NaN; + 0.0 lets zeros of either sign tie.
    (b.0 + 0.0).total_cmp(&(a.0 + 0.0)).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::super::{RankedMetrics, Score};
    use super::*;
    use crate::progress::CancelToken;

    /// Three types with missing attributes, repeatable.
    fn world(items: usize) -> (Model, ItemAttributes, Vec<u64>, Vec<f64>, Vec<Query>) {
        let mut state = 99_u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
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
        let logs = counts.iter().map(|&count| (count as f64 / all as f64).ln()).collect();
        let queries = (0..150_u32)
            .map(|q| Query {
                history: (0..1 + q % 7).map(|h| (q * 31 + h * 17) % items as u32).collect(),
                targets: (0..1 + q % 4).map(|t| (q * 13 + t * 5) % items as u32).collect(),
            })
            .collect();
        (model, ItemAttributes { ids, weights }, counts, logs, queries)
    }

    /// The score as MODEL.md writes it, in f64, without any table of composed vectors.
    fn score(
        world: &(Model, ItemAttributes, Vec<u64>, Vec<f64>, Vec<Query>),
        score: Score,
        history: &[u32],
        item: u32,
    ) -> f64 {
        let (model, attributes, _, logs, _) = world;
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
            Score::Composed | Score::Context => composed(&model.target, item),
        };
        let mut query = vec![0.0; side(item).len()];
        for &past in history {
            query.iter_mut().zip(side(past)).for_each(|(sum, value)| *sum += value / history.len() as f64);
        }
        let candidate = if score == Score::Context { composed(&model.context, item) } else { side(item) };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        match score {
            Score::Context => dot(&query, &candidate) + logs[item as usize],
            _ => dot(&query, &candidate) / (dot(&query, &query) * dot(&candidate, &candidate)).sqrt(),
        }
    }

    #[test]
    fn every_score_ranks_as_a_full_sort_in_f64_does() {
        let world = world(300);
        let (model, attributes, counts, logs, queries) = &world;
        for kind in [Score::Cosine, Score::Composed, Score::Context] {
            let settings = EvaluationSettings { score: kind, cutoffs: [5, 10, 50] };
            let report = evaluate(model, attributes, counts, logs, queries, &settings, &Watch::unattended()).unwrap();
            let mut expected = vec![RankedMetrics::default(); 3];
            for query in queries {
                let scores: Vec<f64> = (0..300).map(|item| score(&world, kind, &query.history, item)).collect();
                let ranks: Vec<usize> = query
                    .targets
                    .iter()
                    .map(|&target| scores.iter().filter(|&&other| other > scores[target as usize]).count())
                    .collect();
                for (sum, cutoff) in expected.iter_mut().zip(settings.cutoffs) {
                    let hits: Vec<usize> = ranks.iter().copied().filter(|&rank| rank < cutoff).collect();
                    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
                    let share = 1.0 / queries.len() as f64;
                    sum.hit_rate += share * f64::from(u8::from(!hits.is_empty()));
                    sum.recall += share * hits.len() as f64 / ranks.len() as f64;
                    sum.ndcg += share * hits.iter().map(|&rank| gain(rank)).sum::<f64>()
                        / (0..ranks.len().min(cutoff)).map(gain).sum::<f64>();
                    sum.mrr += share * hits.iter().min().map_or(0.0, |&rank| 1.0 / (rank as f64 + 1.0));
                }
            }
            for (cutoff, expected) in settings.cutoffs.into_iter().zip(expected) {
                let ours = report.next_item[&(cutoff as u32)];
                let pairs = [
                    (ours.hit_rate, expected.hit_rate),
                    (ours.recall, expected.recall),
                    (ours.ndcg, expected.ndcg),
                    (ours.mrr, expected.mrr),
                ];
                for (ours, expected) in pairs {
                    assert!((ours - expected).abs() < 1e-9, "{kind:?} at {cutoff}: {ours}, brute force {expected}");
                }
                assert!(expected.hit_rate > 0.0, "{kind:?} at {cutoff}: the test must find something");
            }
            assert_eq!((report.queries, report.candidates), (150, 300));
        }
    }

    #[test]
    fn popularity_ranks_by_count_and_ties_by_index() {
        let (model, attributes, _, logs, _) = world(4);
        let counts = [5, 9, 9, 1];
        let queries = [Query { history: vec![0], targets: vec![2] }];
        let settings = EvaluationSettings { score: Score::Cosine, cutoffs: [1, 2, 4] };
        let report = evaluate(&model, &attributes, &counts, &logs, &queries, &settings, &Watch::unattended()).unwrap();
        assert_eq!(report.popularity[&1].hit_rate, 0.0, "item 1 is as popular and comes first");
        assert_eq!(
            report.popularity[&2],
            RankedMetrics { hit_rate: 1.0, recall: 1.0, mrr: 0.5, ndcg: 1.0 / 3.0_f64.log2() }
        );
    }

    #[test]
    fn equal_scores_rank_by_index_and_no_number_is_never_found() {
        let mut top = TopRows::default();
        let mut scores = vec![0.5; 40];
        scores[7] = f32::NAN;
        scores[9] = -0.0;
        scores[30] = 0.9;
        assert_eq!(top.ranks(&scores, &[0, 7, 8, 30, 39], 5), [0, 1], "30 leads, then 0; 8 is seventh");
        assert_eq!(top.ranks(&scores, &[6, 7, 8], 10), [7, 8]);
        assert_eq!(top.ranks(&[f32::NAN; 3], &[0, 1, 2], 10), [] as [usize; 0]);
        assert_eq!(top.ranks(&[f32::NEG_INFINITY, f32::INFINITY], &[0, 1], 10), [0, 1]);
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_figure_and_idle_queries_do_not_count() {
        let (model, attributes, counts, logs, mut queries) = world(400);
        let settings = EvaluationSettings::default();
        let run = |queries: &[Query], threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| evaluate(&model, &attributes, &counts, &logs, queries, &settings, &Watch::unattended()))
        };
        let one = run(&queries, 1).unwrap();
        queries.push(Query { history: Vec::new(), targets: vec![1] });
        queries.push(Query { history: vec![1], targets: Vec::new() });
        assert_eq!(one, run(&queries, 3).unwrap());
        assert_eq!(run(&[], 1).unwrap().next_item[&10], RankedMetrics::default());
    }

    #[test]
    fn a_cancelled_evaluation_has_no_result() {
        let (model, attributes, counts, logs, queries) = world(50);
        let cancel = CancelToken::default();
        cancel.cancel();
        let watch = Watch::new(cancel, |_| {});
        let settings = EvaluationSettings::default();
        assert_eq!(evaluate(&model, &attributes, &counts, &logs, &queries, &settings, &watch), None);
    }
}
