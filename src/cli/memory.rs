//! What training would need in memory, from the sizes of its tables and buffers.

use std::sync::Arc;

use serde::Serialize;

use crate::dataset::{Corpus, Dataset, Holdout, Vocabulary};
use crate::objective::Optimizer;
use crate::training::{CheckedHyperparameters, Hyperparameters, NegativeSharing, Preset, Window};

const FLOAT: u64 = 4;
const INDEX: u64 = 4;

/// What training with the default preset would need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Memory {
    /// The data, and all that the CPU backend allocates.
    host_bytes: u64,
    /// What the GPU backend allocates on the device.
    device_bytes: u64,
}

impl Memory {
    pub(super) fn host_bytes(self) -> u64 {
        self.host_bytes
    }

    pub(super) fn device_bytes(self) -> u64 {
        self.device_bytes
    }

    /// An estimate for the default preset; `None` where nothing can be trained on the data.
    pub(super) fn estimate(dataset: &Arc<Dataset>) -> Option<Self> {
        let typed = Hyperparameters::preset(Preset::Default);
        let settings = typed.corpus_settings(Holdout::LastSession).ok()?;
        let corpus = Corpus::new(Arc::clone(dataset), settings).ok()?;
        let checked = typed.check(&corpus).ok()?;
        let tables = table_bytes(&corpus, checked.dims());
        let device_bytes = tables
            + optimizer_bytes(&corpus, &checked, tables)
            + attribute_bytes(corpus.attributes.item_count(), corpus.attributes.type_count())
            + batch_bytes(&corpus, &checked);
        let host_bytes = dataset_bytes(dataset) + corpus_bytes(&corpus) + tables + device_bytes;
        Some(Self { host_bytes, device_bytes })
    }
}

/// Target and context tables and transfer matrices.
fn table_bytes(corpus: &Corpus, dims: &[usize]) -> u64 {
    let first = dims.first().copied().unwrap_or(0) as u64;
    let vectors: u64 = rows_and_dims(corpus, dims).map(|(rows, dims)| 2 * rows * dims).sum();
    let transfer: u64 = dims.iter().skip(1).map(|&dims| first * dims as u64).sum();
    FLOAT * (vectors + transfer)
}

fn optimizer_bytes(corpus: &Corpus, checked: &CheckedHyperparameters, tables: u64) -> u64 {
    match checked.values().optimizer {
        Optimizer::Sgd => 0,
        Optimizer::Adam | Optimizer::AdamLazy => 2 * tables,
        Optimizer::AdagradRow => {
            let first = checked.dims().first().copied().unwrap_or(0) as u64;
            let rows: u64 = rows_and_dims(corpus, checked.dims()).map(|(rows, _)| 2 * rows).sum();
            FLOAT * (rows + first * (corpus.types.len() as u64).saturating_sub(1))
        }
    }
}

/// IDs, coefficients, grouping by row and summed gradients of one batch, for every type.
fn batch_bytes(corpus: &Corpus, checked: &CheckedHyperparameters) -> u64 {
    let values = checked.values();
    let longest = corpus.sequences.offsets.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0) as u64;
    let contexts = match values.window {
        Window::Items(side) => (2 * u64::from(side)).min(longest),
        Window::Session => longest,
    };
    let centres = u64::from(values.batch_size).min(corpus.sequences.items.len() as u64);
    let pairs = centres * contexts;
    let negatives = match (values.negative_sharing, checked.shared_negatives()) {
        (NegativeSharing::Group(group), Some(shared)) => centres.div_ceil(u64::from(group.max(1))) * shared as u64,
        (_, Some(shared)) => centres * shared as u64,
        (_, None) => pairs * u64::from(values.negatives),
    };
    let structural = (centres as f64 * values.struct_share).ceil() as u64 * u64::from(values.struct_negatives);
    let entries = centres + structural + pairs + negatives;
    let lists = entries * (2 * INDEX + FLOAT) * corpus.types.len() as u64;
    let gradients: u64 =
        rows_and_dims(corpus, checked.dims()).map(|(rows, dims)| FLOAT * 2 * rows.min(entries) * dims).sum();
    lists + gradients
}

fn rows_and_dims<'a>(corpus: &'a Corpus, dims: &'a [usize]) -> impl Iterator<Item = (u64, u64)> + 'a {
    corpus.types.iter().zip(dims).map(|(of_type, &dims)| (of_type.vocabulary.len() as u64, dims as u64))
}

fn attribute_bytes(items: usize, types: usize) -> u64 {
    (items * types) as u64 * (INDEX + FLOAT)
}

fn dataset_bytes(dataset: &Dataset) -> u64 {
    let events = dataset.events.len() as u64 * (2 * INDEX + 8)
        + dataset.events.weight.as_ref().map_or(0, |weights| weights.len() as u64 * FLOAT);
    let catalogue = &dataset.catalogue;
    let attributes = (catalogue.item_count() * catalogue.type_count()) as u64 * INDEX;
    let described = catalogue.descriptive.get_array_memory_size() as u64;
    let types = catalogue.id_types.iter().map(|of_type| &of_type.vocabulary);
    let ids: u64 = types.chain([&dataset.users, &dataset.sessions]).map(|ids| vocabulary_bytes(ids)).sum();
    events + attributes + described + ids
}

fn corpus_bytes(corpus: &Corpus) -> u64 {
    let sequences = corpus.sequences.items.len() as u64 * (INDEX + 8);
    let histories = corpus.history_items.len() as u64 * INDEX;
    let attributes = attribute_bytes(corpus.attributes.item_count(), corpus.attributes.type_count());
    let ids: u64 = corpus.types.iter().map(|of_type| vocabulary_bytes(&of_type.vocabulary)).sum();
    sequences + histories + attributes + ids
}

/// Texts, where each ends, and the lookup table.
fn vocabulary_bytes(ids: &Vocabulary) -> u64 {
    ids.iter().map(|id| id.len() as u64 + 8 + 2 * INDEX).sum()
}
