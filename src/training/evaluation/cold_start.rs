//! Items that were never trained, placed by their attributes and ranked among themselves.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::{Deserialize, Serialize};

use super::metrics::{Ranks, TargetRanks, discount, means};
use super::next_item::{QUERIES_A_BLOCK, model_ranks};
use super::scores::Factors;
use super::{NextItem, Query, RankedMetrics, Repeats};
use crate::dataset::{ItemAttributes, TrainedType};
use crate::embedding::{Model, unit_rows};
use crate::neighbors::PackedRows;
use crate::progress::Watch;
use crate::training::random::{Purpose, Random};

/// Items that were not trained, and which of them were taken.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItems {
    /// Their IDs among the trained ones, with the weights of the training catalogue; column 0 (the item) is missing.
    pub attributes: ItemAttributes,
    /// Users with a history who took some of them; targets are rows of `attributes`.
    pub queries: Vec<Query>,
}

/// How well new items are ranked among each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColdStart {
    /// New items: the candidates.
    pub items: u64,
    /// Those of them that carry no trained ID, so that they have no place and are never found.
    pub without_place: u64,
    /// Queries: users with a history and a held-out new item.
    pub queries: u64,
    /// The figures of placing items by their attributes.
    pub next_item: NextItem,
    /// What simple rules reach.
    pub baselines: ColdStartBaselines,
}

/// What simple rules reach on new items. Ties, of which there are many, fall in an order that is drawn once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ColdStartBaselines {
    /// By attribute type: the mean number of training events of the items with the candidate's ID of that type.
    pub popularity: BTreeMap<String, NextItem>,
    /// By attribute type: cosine, both sides centred, of the query and the mean vector of the items with the candidate's
    /// ID of that type.
    pub centroid: BTreeMap<String, NextItem>,
    /// What guessing reaches on average, exactly.
    pub random: NextItem,
}

/// Ranks `new` for its queries by cosine to `v = sum_k w_k M_k E_k[id_k]`, both sides centred: the mean of the trained
/// items' vectors is taken off the query, the mean of the vectors that trained items would get as new ones off the
/// candidates (MODEL.md, "New items"). The inner value is `None` if there is no query or no trained item has an attribute;
/// `None` if cancelled.
pub(super) fn cold_start(
    model: &Model,
    types: &[TrainedType],
    attributes: &ItemAttributes,
    new: &NewItems,
    cutoffs: &[usize],
    watch: &Watch,
) -> Option<Option<ColdStart>> {
    let world = ColdWorld::new(model, new, cutoffs, watch);
    let images = Images::new(model);
    let (known, placed) = (images.places(attributes), images.places(&new.attributes));
    let Some(known_mean) = mean(&known).filter(|_| !world.queries.is_empty()) else { return Some(None) };
    let next_item = world.by_vector(&known_mean, &placed)?;
    let mut baselines = ColdStartBaselines { random: world.random(), ..ColdStartBaselines::default() };
    for (k, own) in types.iter().enumerate().skip(1) {
        let popularity = |id: u32| own.counts[id as usize] as f64 / f64::from(own.items[id as usize].max(1));
        let id_of_new = new.attributes.ids.column(k);
        let scores: Vec<f64> =
            id_of_new.iter().map(|&id| if id == ItemAttributes::MISSING { 0.0 } else { popularity(id) }).collect();
        baselines.popularity.insert(own.name.clone(), world.by_score(&scores));
        let centroids = centroids(&model.target[0], attributes.ids.column(k).iter().copied(), own.vocabulary.len());
        let of = |id: u32| centroids.get(id as usize).cloned().flatten();
        let of_known: Vec<_> = attributes.ids.column(k).iter().map(|&id| of(id)).collect();
        let of_new: Vec<_> = id_of_new.iter().map(|&id| of(id)).collect();
        if let Some(mean) = mean(&of_known) {
            baselines.centroid.insert(own.name.clone(), world.by_vector(&mean, &of_new)?);
        }
    }
    Some(Some(ColdStart {
        items: new.attributes.item_count() as u64,
        without_place: placed.iter().filter(|place| place.is_none()).count() as u64,
        queries: world.queries.len() as u64,
        next_item,
        baselines,
    }))
}

/// `[K - 1]` tables `[D_k, m_1]`: every attribute ID's image in item space, `M_k E_k[a]`.
struct Images(Vec<Array2<f32>>);

impl Images {
    fn new(model: &Model) -> Self {
        let tables = model.target.iter().skip(1).zip(&model.transfer);
        Self(tables.map(|(table, transfer)| table.dot(&transfer.t())).collect())
    }

    /// The place of each item by its attributes alone, as [`crate::embedding::new_item_vector`] defines it, all at once.
    fn places(&self, attributes: &ItemAttributes) -> Vec<Option<Array1<f32>>> {
        let place = |(ids, weights): (ArrayView1<'_, u32>, ArrayView1<'_, f32>)| {
            let mut sum: Option<Array1<f32>> = None;
            for ((images, &id), &weight) in self.0.iter().zip(ids.iter().skip(1)).zip(weights.iter().skip(1)) {
                if id != ItemAttributes::MISSING {
                    sum.get_or_insert_with(|| Array1::zeros(images.ncols()))
                        .scaled_add(weight, &images.row(id as usize));
                }
            }
            sum
        };
        attributes.ids.rows().into_iter().zip(attributes.weights.rows()).map(place).collect()
    }
}

/// The mean of those vectors that exist; `None` if none does.
fn mean(vectors: &[Option<Array1<f32>>]) -> Option<Array1<f32>> {
    let mut known = vectors.iter().flatten();
    let mut sum = known.next()?.mapv(f64::from);
    let mut count = 1.0;
    for vector in known {
        sum += &vector.mapv(f64::from);
        count += 1.0;
    }
    Some(sum.mapv(|value| (value / count) as f32))
}

/// The mean vector of the items of each ID.
fn centroids(items: &Array2<f32>, id_of_item: impl Iterator<Item = u32>, ids: usize) -> Vec<Option<Array1<f32>>> {
    let mut sums = vec![(0.0_f64, Array1::<f64>::zeros(items.ncols())); ids];
    for (item, id) in items.rows().into_iter().zip(id_of_item) {
        if let Some((count, sum)) = sums.get_mut(id as usize) {
            *count += 1.0;
            sum.zip_mut_with(&item, |total, &value| *total += f64::from(value));
        }
    }
    let centre = |(count, sum): (f64, Array1<f64>)| (count > 0.0).then(|| sum.mapv(|value| (value / count) as f32));
    sums.into_iter().map(centre).collect()
}

/// Queries and candidates, the latter in an order that is drawn, so that ties fall by chance.
struct ColdWorld<'a> {
    /// Targets are places in `order`.
    queries: Vec<Query>,
    /// The new items in the order in which they stand as candidates.
    order: Vec<usize>,
    /// `[D_1, m_1]` trained items, centred.
    items: Array2<f32>,
    cutoffs: &'a [usize],
    watch: &'a Watch,
}

impl<'a> ColdWorld<'a> {
    fn new(model: &Model, new: &NewItems, cutoffs: &'a [usize], watch: &'a Watch) -> Self {
        let mut order: Vec<usize> = (0..new.attributes.item_count()).collect();
        Random::new(0, Purpose::Evaluation, 0, 0).shuffle(&mut order);
        let mut place = vec![0; order.len()];
        for (at, &item) in (0..).zip(&order) {
            place[item] = at;
        }
        let asked = new.queries.iter().filter(|query| !query.history.is_empty() && !query.targets.is_empty());
        let queries = asked.map(|query| {
            let targets = query.targets.iter().map(|&target| place[target as usize]).collect();
            Query { targets, ..query.clone() }
        });
        let items = &model.target[0];
        let mean = items.mapv(f64::from).mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(items.ncols()));
        let mean = mean.mapv(|value| value as f32);
        Self { queries: queries.collect(), order, items: items - &mean, cutoffs, watch }
    }

    fn figures(&self, ranks: &Ranks) -> NextItem {
        means(ranks, &self.queries, Repeats::All, self.cutoffs).1
    }

    /// By cosine to the candidates' `vectors` less `mean`; those without a vector are never found.
    fn by_vector(&self, mean: &Array1<f32>, vectors: &[Option<Array1<f32>>]) -> Option<NextItem> {
        let mut candidates = Array2::zeros((self.order.len(), mean.len()));
        let mut bias = vec![0.0; self.order.len()];
        for ((mut row, bias), &item) in candidates.rows_mut().into_iter().zip(&mut bias).zip(&self.order) {
            match &vectors[item] {
                Some(vector) => row.assign(&(vector - mean)),
                None => *bias = f32::NAN,
            }
        }
        let candidates = PackedRows::with_bias(unit_rows(candidates.view()).view(), &bias);
        let factors = Factors { items: Cow::Borrowed(&self.items), candidates, by_others: false };
        let depth = self.cutoffs.iter().copied().max().unwrap_or(0);
        Some(self.figures(&model_ranks(&factors, &self.queries, depth, QUERIES_A_BLOCK, self.watch)?))
    }

    /// By scores that are the same for all queries.
    fn by_score(&self, scores: &[f64]) -> NextItem {
        let mut best: Vec<usize> = (0..self.order.len()).collect();
        best.sort_by(|&a, &b| scores[self.order[b]].total_cmp(&scores[self.order[a]]));
        let mut rank = vec![0; best.len()];
        for (at, &place) in best.iter().enumerate() {
            rank[place] = at;
        }
        let of = |query: &Query| TargetRanks::of(&query.targets, |place| Some((rank[place as usize], 0)));
        self.figures(&self.queries.iter().map(of).collect())
    }

    /// The expectation over all orders of the candidates.
    fn random(&self) -> NextItem {
        let share = 1.0 / self.queries.len().max(1) as f64;
        let at = |&cutoff: &usize| {
            let mut sum = RankedMetrics::default();
            for query in &self.queries {
                let one = by_chance(self.order.len(), query.targets.len(), cutoff);
                sum.hit_rate += share * one.hit_rate;
                sum.recall += share * one.recall;
                sum.ndcg += share * one.ndcg;
                sum.mrr += share * one.mrr;
            }
            (u32::try_from(cutoff).unwrap_or(u32::MAX), sum)
        };
        self.cutoffs.iter().map(at).collect()
    }
}

/// The expected figures of one query with `targets` of `candidates` candidates in random order.
fn by_chance(candidates: usize, targets: usize, cutoff: usize) -> RankedMetrics {
    let depth = cutoff.min(candidates);
    let (n, t) = (candidates as f64, targets as f64);
    let (mut missed_so_far, mut mrr, mut gain) = (1.0, 0.0, 0.0);
    for rank in 0..depth {
        let left = n - rank as f64;
        // The first target stands here if none of those before was one.
        mrr += missed_so_far * (t / left).min(1.0) / (rank as f64 + 1.0);
        missed_so_far *= ((left - t) / left).max(0.0);
        gain += discount(rank) * t / n;
    }
    let ideal: f64 = (0..targets.min(cutoff)).map(discount).sum();
    RankedMetrics { hit_rate: 1.0 - missed_so_far, recall: depth as f64 / n.max(1.0), ndcg: gain / ideal, mrr }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_the_mean_over_all_orders() {
        // All 120 orders of 5 candidates, of which 0 and 1 are targets.
        let mut orders = vec![Vec::new()];
        for _ in 0..5 {
            let longer = |order: &Vec<usize>| -> Vec<Vec<usize>> {
                let rest = (0..5).filter(|item| !order.contains(item));
                rest.map(|item| [order.clone(), vec![item]].concat()).collect()
            };
            orders = orders.iter().flat_map(longer).collect();
        }
        for cutoff in [1, 2, 3, 5, 9] {
            let mut sum = RankedMetrics::default();
            for order in &orders {
                let ranks: Vec<usize> = (0..2).filter_map(|t| order.iter().position(|&item| item == t)).collect();
                let one = super::super::metrics::of_query(&ranks, 2, cutoff);
                sum.hit_rate += one.hit_rate / 120.0;
                sum.recall += one.recall / 120.0;
                sum.ndcg += one.ndcg / 120.0;
                sum.mrr += one.mrr / 120.0;
            }
            let chance = by_chance(5, 2, cutoff);
            let pairs = [
                (chance.hit_rate, sum.hit_rate),
                (chance.recall, sum.recall),
                (chance.ndcg, sum.ndcg),
                (chance.mrr, sum.mrr),
            ];
            for (ours, expected) in pairs {
                assert!((ours - expected).abs() < 1e-9, "at {cutoff}: {chance:?}, enumerated {sum:?}");
            }
        }
    }
}
