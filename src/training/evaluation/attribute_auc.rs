//! How well attribute IDs tell their own items from others.

use ndarray::{Array2, ArrayView1, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dataset::ItemAttributes;
use crate::embedding::Model;
use crate::neighbors::{PackedRows, Seeker, scan};
use crate::progress::Watch;
use crate::training::random::{Purpose, Random};

/// IDs of a type that are measured at most; of more a sample is drawn.
const MOST_IDS: usize = 1000;

/// IDs that meet an item at once.
const IDS_A_BLOCK: usize = 48;

/// Items between two looks at the watch.
const ITEMS_A_STRETCH: usize = 4096;

/// The AUC of one attribute type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct AttributeAuc {
    /// Mean over IDs a of the chance that `z_k(i, a)` of an item i that carries a is above that of one that does not,
    /// ties counted half (Mann-Whitney); 0.5 is chance.
    pub auc: f64,
    /// IDs that were measured: all, or a sample with a fixed seed where there are more than 1,000.
    pub measured: u64,
    /// IDs that can be: those that some trained item carries and some does not.
    pub ids: u64,
}

/// The AUC of type `k` >= 1 by `z_k(i, a) = E_1[i]^T M_k E_k[a]` (MODEL.md), over all trained items; `None` if
/// cancelled. Without an ID to measure `auc` is no number.
pub(super) fn attribute_auc(
    model: &Model,
    attributes: &ItemAttributes,
    k: usize,
    watch: &Watch,
) -> Option<AttributeAuc> {
    let own = ItemsOfIds::new(attributes.ids.column(k), model.target[k].nrows());
    let items = attributes.item_count();
    let measurable = |&id: &usize| (1..items).contains(&own.of(id).len());
    let mut ids: Vec<usize> = (0..model.target[k].nrows()).filter(measurable).collect();
    let all = ids.len() as u64;
    if ids.len() > MOST_IDS {
        Random::new(0, Purpose::Evaluation, k as u64, 0).shuffle(&mut ids);
        ids.truncate(MOST_IDS);
        ids.sort_unstable();
    }
    let item_vectors = model.target[0].view();
    let packed = PackedRows::new(item_vectors);
    let block = IDS_A_BLOCK.min(ids.len().div_ceil(rayon::current_num_threads())).max(1);
    // All at once: the blocks depend on the number of threads, and the figures must not.
    let images: Array2<f32> = model.target[k].select(Axis(0), &ids).dot(&model.transfer[k - 1].t());
    let blocks: Option<Vec<Vec<f64>>> = ids
        .par_chunks(block)
        .zip(images.axis_chunks_iter(Axis(0), block).into_par_iter())
        .map(|(ids, images)| {
            let standing = |(&id, image): (&usize, ArrayView1<'_, f32>)| {
                let items: Vec<usize> = own.of(id).iter().map(|&item| item as usize).collect();
                let items = PackedRows::new(item_vectors.select(Axis(0), &items).view());
                let mut scores = [Scores::default()];
                scan(&PackedRows::new(image.insert_axis(Axis(0))), &items, items.panels(), &mut scores);
                let [Scores(scores)] = scores;
                Standing::new(scores, own.of(id).len())
            };
            let mut standings: Vec<Standing> = ids.iter().zip(images.rows()).map(standing).collect();
            let images = PackedRows::new(images);
            for panels in packed.stretches(ITEMS_A_STRETCH) {
                if watch.is_cancelled() {
                    return None;
                }
                scan(&images, &packed, panels, &mut standings);
            }
            Some(standings.into_iter().map(|standing| standing.auc(items)).collect())
        })
        .collect();
    let aucs: Vec<f64> = blocks?.into_iter().flatten().collect();
    Some(AttributeAuc { auc: aucs.iter().sum::<f64>() / aucs.len() as f64, measured: aucs.len() as u64, ids: all })
}

/// All scores that are numbers.
#[derive(Default)]
struct Scores(Vec<f32>);

impl Seeker for Scores {
    fn threshold(&self) -> f32 {
        f32::NEG_INFINITY
    }

    fn offer(&mut self, _: u32, score: f32) {
        self.0.push(score);
    }
}

/// How the scores of all items stand to those of an ID's own items, which the same arithmetic made.
struct Standing {
    /// Scores of the own items, lowest first.
    own: Vec<f32>,
    /// Items so far that reach the lowest.
    above_lowest: u64,
    /// Over these, twice the number of own scores above theirs, ties once.
    twice_above: u64,
}

impl Standing {
    /// Of `count` own items these have scores that are numbers.
    fn new(mut own: Vec<f32>, count: usize) -> Self {
        own.resize(count, f32::NAN);
        own.iter_mut().for_each(|score| *score += 0.0);
        own.sort_unstable_by(f32::total_cmp);
        Self { own, above_lowest: 0, twice_above: 0 }
    }

    /// Twice the number of own scores above `score`, ties once.
    fn twice_above(&self, score: f32) -> u64 {
        let at_most = self.own.partition_point(|own| own.total_cmp(&score).is_le());
        let up_to = &self.own[..at_most];
        // Ties are rare, and many where there are any.
        let ties = match up_to.last() {
            Some(last) if last.total_cmp(&score).is_eq() => {
                at_most - up_to.partition_point(|own| own.total_cmp(&score).is_lt())
            }
            _ => 0,
        };
        (2 * (self.own.len() - at_most) + ties) as u64
    }

    /// The share of pairs of one of the own items and one of the others in which the own one scores higher, ties counted
    /// half, once all of so many items have been offered.
    fn auc(&self, items: usize) -> f64 {
        let (own, items) = (self.own.len() as u64, items as u64);
        let all = self.twice_above + 2 * own * (items - self.above_lowest);
        let among_own: u64 = self.own.iter().map(|&score| self.twice_above(score)).sum();
        (all - among_own) as f64 / 2.0 / (own as f64 * (items - own) as f64)
    }
}

impl Seeker for Standing {
    #[inline(always)]
    fn threshold(&self) -> f32 {
        self.own.first().copied().unwrap_or(f32::NAN)
    }

    fn offer(&mut self, _: u32, score: f32) {
        self.above_lowest += 1;
        self.twice_above += self.twice_above(score + 0.0);
    }
}

/// The items that carry each ID.
struct ItemsOfIds {
    offsets: Vec<usize>,
    items: Vec<u32>,
}

impl ItemsOfIds {
    fn new(id_of_item: ArrayView1<'_, u32>, ids: usize) -> Self {
        let mut items: Vec<u32> = (0..id_of_item.len() as u32).collect();
        items.retain(|&item| id_of_item[item as usize] != ItemAttributes::MISSING);
        items.sort_by_key(|&item| id_of_item[item as usize]);
        let begin = |id: usize| items.partition_point(|&item| (id_of_item[item as usize] as usize) < id);
        Self { offsets: (0..=ids).map(begin).collect(), items }
    }

    fn of(&self, id: usize) -> &[u32] {
        &self.items[self.offsets[id]..self.offsets[id + 1]]
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_auc_is_the_share_of_pairs_in_order_with_ties_counted_half() {
        let scores = [0.5_f32, 0.1, 0.5, -0.0, 0.0, 0.9];
        let auc = |own: &[usize]| {
            let mut standing = Standing::new(own.iter().map(|&item| scores[item]).collect(), own.len());
            for (item, score) in (0..).zip(scores) {
                if score >= standing.threshold() {
                    standing.offer(item, score);
                }
            }
            standing.auc(scores.len())
        };
        // Own 0 and 3 against 1, 2, 4, 5: 0.5 beats two, ties with one; 0 ties with one.
        assert_eq!(auc(&[0, 3]), (2.5 + 0.5) / 8.0);
        assert_eq!(auc(&[5]), 1.0);
        assert_eq!(auc(&[0, 1, 2, 3, 5]), (4.0 + 0.5) / 5.0);
    }

    /// Items 0..4 in two dimensions, two stores, of which item 3 has none.
    fn model(stores: Array2<f32>) -> (Model, ItemAttributes) {
        let items = array![[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.8]];
        let model = Model {
            context: vec![items.clone(), stores.clone()],
            target: vec![items, stores],
            transfer: vec![array![[0.0, 1.0], [1.0, 0.0]]],
        };
        let missing = ItemAttributes::MISSING;
        let ids = array![[0, 0], [1, 0], [2, 1], [3, missing]];
        (model, ItemAttributes { ids, weights: Array2::ones((4, 2)) })
    }

    #[test]
    fn vectors_are_compared_in_item_space() {
        // The transfer matrix swaps the two dimensions.
        let (model, attributes) = model(array![[0.0, 1.0], [1.0, 0.0]]);
        let found = attribute_auc(&model, &attributes, 1, &Watch::unattended()).unwrap();
        assert_eq!(found, AttributeAuc { auc: 1.0, measured: 2, ids: 2 });
    }

    #[test]
    fn a_table_of_zeros_stands_at_chance_and_an_id_of_every_item_is_not_measured() {
        let (model, mut attributes) = model(Array2::zeros((2, 2)));
        let found = attribute_auc(&model, &attributes, 1, &Watch::unattended()).unwrap();
        assert_eq!(found.auc, 0.5);
        attributes.ids.column_mut(1).fill(0);
        let found = attribute_auc(&model, &attributes, 1, &Watch::unattended()).unwrap();
        assert!(found.auc.is_nan() && (found.measured, found.ids) == (0, 0), "{found:?}");
    }
}
