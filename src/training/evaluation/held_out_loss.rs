//! The loss of MODEL.md on held-out events.

use ndarray::ArrayView1;

use super::held_out::AskedUser;
use crate::dataset::{Corpus, ItemAttributes, SequenceUnit};
use crate::embedding::Model;
use crate::objective::{LossParts, Objective, Regulariser, Structure};
use crate::training::random::{Purpose, Random};
use crate::training::sampling::pairs_of_sequence;
use crate::training::{CheckedHyperparameters, Window, log_probabilities};

/// Contexts on each side at most, where the window is a whole history.
const LONGEST_REACH: usize = 100;

/// Held-out centres with their contexts and negatives, drawn once, so that two models are measured on the same pairs.
///
/// A centre is a held-out event. Its contexts are the items in the window around it in the user's last training items
/// followed by the held-out ones (in the held-out session alone, if sessions are the sequences).
#[derive(Debug)]
pub(super) struct HeldOutPairs {
    /// (centre, its contexts).
    centres: Vec<(u32, Vec<u32>)>,
    /// S negatives a pair, pair by pair.
    negatives: Vec<u32>,
    per_pair: usize,
    /// R structural negatives a centre, centre by centre.
    struct_negatives: Vec<u32>,
    per_centre: usize,
    /// Pairs of a centre in training. A held-out centre has nothing after its session, so it has fewer; scaled to the
    /// same number, both losses can be compared.
    training_pairs_per_centre: f64,
    objective: Objective,
}

impl HeldOutPairs {
    pub(super) fn new(corpus: &Corpus, hyperparameters: &CheckedHyperparameters, users: &[AskedUser]) -> Self {
        let values = hyperparameters.values();
        let reach = match values.window {
            Window::Items(items) => (items as usize).min(LONGEST_REACH),
            Window::Session => LONGEST_REACH,
        };
        let mut random = Random::new(values.seed, Purpose::Evaluation, 0, 2);
        let mut centres = Vec::new();
        for user in users {
            let history = match values.sequence {
                SequenceUnit::User => corpus.history(user.user),
                SequenceUnit::Session => &[],
            };
            let history = &history[history.len().saturating_sub(reach)..];
            let mut events = user.events.clone();
            // Ties have no order, and a file's order must not leak; sessions stay together.
            random.shuffle(&mut events);
            events.sort_by_key(|event| event.2);
            let all: Vec<u32> = history.iter().copied().chain(events.iter().map(|event| event.0)).collect();
            for (at, event) in (history.len()..).zip(&events) {
                let mut contexts = Vec::new();
                for other in at.saturating_sub(reach)..all.len().min(at + reach + 1) {
                    let same = values.sequence == SequenceUnit::User || events[other].2 == event.2;
                    if other != at && same {
                        contexts.push(all[other]);
                    }
                }
                centres.push((event.0, contexts));
            }
        }
        let pairs: usize = centres.iter().map(|(_, contexts)| contexts.len()).sum();
        let items = corpus.attributes.item_count();
        let per_pair = values.negatives as usize;
        let per_centre = values.struct_negatives as usize;
        let mut total = 0.0;
        let cumulative: Vec<f64> = log_probabilities(values.negative_sampling, &corpus.types[0].counts)
            .into_iter()
            .map(|log| {
                total += log.exp();
                total
            })
            .collect();
        let mut draw = || {
            let u = total * (random.next() >> 11) as f64 * 2_f64.powi(-53);
            cumulative.partition_point(|&sum| sum <= u).min(items - 1) as u32
        };
        let negatives = (0..pairs * per_pair).map(|_| draw()).collect();
        let struct_negatives = (0..centres.len() * per_centre).map(|_| random.below(items as u64) as u32).collect();
        let lengths = || corpus.sequences.offsets.windows(2).map(|ends| ends[1] - ends[0]).filter(|&length| length > 1);
        let training_pairs: u64 = lengths().map(|length| pairs_of_sequence(length, values.window)).sum();
        Self {
            centres,
            negatives,
            per_pair,
            struct_negatives,
            per_centre,
            training_pairs_per_centre: training_pairs as f64 / lengths().sum::<usize>().max(1) as f64,
            objective: hyperparameters.objective(),
        }
    }

    /// The mean loss a centre, in f64.
    pub(super) fn loss(&self, model: &Model, attributes: &ItemAttributes) -> LossParts {
        let scores = Scores { model, attributes };
        let (mut pair, mut pairs, mut structure) = (0.0, 0, 0.0);
        for (at, (centre, contexts)) in self.centres.iter().enumerate() {
            for &context in contexts {
                pair += softplus(-scores.pair(*centre, context));
                let negatives = &self.negatives[pairs * self.per_pair..(pairs + 1) * self.per_pair];
                pair += negatives.iter().map(|&negative| softplus(scores.pair(*centre, negative))).sum::<f64>();
                pairs += 1;
            }
            let negatives = &self.struct_negatives[at * self.per_centre..(at + 1) * self.per_centre];
            structure += scores.structure(self.objective.structure, *centre, negatives);
        }
        let centres = self.centres.len().max(1) as f64;
        let norm = |square: f64| match self.objective.regulariser {
            Regulariser::L2 => square.sqrt(),
            Regulariser::L2sq => square,
        };
        let norms = model.transfer.iter().map(|m| norm(m.iter().map(|&value| f64::from(value).powi(2)).sum()));
        LossParts {
            pair: pair / pairs.max(1) as f64 * self.training_pairs_per_centre,
            structure: f64::from(self.objective.alpha) * structure / centres,
            regulariser: f64::from(self.objective.beta) * norms.sum::<f64>(),
        }
    }
}

/// `-log sig(-x)`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn dot(a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// The logits of MODEL.md, written out.
struct Scores<'a> {
    model: &'a Model,
    attributes: &'a ItemAttributes,
}

impl Scores<'_> {
    /// Eq. 7.
    fn pair(&self, i: u32, j: u32) -> f64 {
        let Self { model, attributes } = self;
        let (i, j) = (i as usize, j as usize);
        let of_type = |k: usize| {
            let (a, b) = (attributes.ids[[i, k]], attributes.ids[[j, k]]);
            if a == ItemAttributes::MISSING || b == ItemAttributes::MISSING {
                return 0.0;
            }
            let weight = f64::from(attributes.weights[[i, k]]) * f64::from(attributes.weights[[j, k]]);
            weight * dot(model.target[k].row(a as usize), model.context[k].row(b as usize))
        };
        (0..model.type_count()).map(of_type).sum()
    }

    /// The structural loss of one centre, without alpha.
    fn structure(&self, structure: Structure, centre: u32, negatives: &[u32]) -> f64 {
        let ids = self.attributes.ids.row(centre as usize);
        let present = (1..self.model.type_count()).filter(|&k| ids[k] != ItemAttributes::MISSING);
        let images = present.map(|k| {
            let vector = self.model.target[k].row(ids[k] as usize).mapv(f64::from);
            (k, self.model.transfer[k - 1].mapv(f64::from).dot(&vector))
        });
        let images: Vec<_> = images.collect();
        let logit = |item: u32, image: &ndarray::Array1<f64>| {
            let item = self.model.target[0].row(item as usize);
            item.iter().zip(image).map(|(&a, &b)| f64::from(a) * b).sum::<f64>()
        };
        let loss = |logit: &dyn Fn(u32) -> f64| {
            softplus(-logit(centre)) + negatives.iter().map(|&other| softplus(logit(other))).sum::<f64>()
        };
        match structure {
            _ if images.is_empty() => 0.0,
            Structure::PerType => images.iter().map(|(_, image)| loss(&|item| logit(item, image))).sum(),
            Structure::Joint => {
                let weight = |k: usize| f64::from(self.attributes.weights[[centre as usize, k]]);
                loss(&|item| images.iter().map(|(k, image)| weight(*k) * logit(item, image)).sum())
            }
        }
    }
}
