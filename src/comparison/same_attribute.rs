//! How often an item's neighbours have its attributes.

use ndarray::Axis;

use crate::dataset::ItemAttributes;
use crate::neighbors::{GraphError, Metric, NeighborGraph};
use crate::progress::Watch;
use crate::run::Run;

/// How often an item's nearest items have its ID of one type.
#[derive(Debug, Clone, PartialEq)]
pub struct SameAttribute {
    /// The type.
    pub name: String,
    /// Items that have an ID of it.
    pub items: usize,
    /// Mean over them of the share of their nearest items that have the same ID, 0 to 1; `None` without one.
    pub share: Option<f64>,
    /// What random items would give.
    pub by_chance: Option<f64>,
}

/// Of each attribute type of `run`, how often the `k` nearest items of an item, by cosine, have its ID of that type.
///
/// # Errors
/// [`GraphError`] for vectors that are not finite, and when `watch` is cancelled.
pub fn same_attribute(run: &Run, k: usize, watch: &Watch) -> Result<Vec<SameAttribute>, GraphError> {
    let graph = NeighborGraph::exact(run.model.target[0].view(), k, Metric::Cosine, watch)?;
    Ok(run.types.iter().enumerate().skip(1).map(|(k, own)| of_type(run, &graph, k, &own.name)).collect())
}

fn of_type(run: &Run, graph: &NeighborGraph, k: usize, name: &str) -> SameAttribute {
    let ids = run.attributes.ids.index_axis(Axis(1), k);
    let mut carriers = vec![0_usize; run.types[k].vocabulary.len()];
    for &id in ids.iter().filter(|&&id| id != ItemAttributes::MISSING) {
        carriers[id as usize] += 1;
    }
    let (mut items, mut same, mut by_chance) = (0, 0, 0.0);
    for (item, &id) in ids.iter().enumerate().filter(|(_, id)| **id != ItemAttributes::MISSING) {
        items += 1;
        same += graph.neighbors(item).iter().filter(|&&near| ids[near as usize] == id).count();
        by_chance += (carriers[id as usize] - 1) as f64 / (ids.len() - 1).max(1) as f64;
    }
    let is_known = items > 0 && graph.k > 0;
    SameAttribute {
        name: name.to_owned(),
        items,
        share: is_known.then(|| same as f64 / (items * graph.k) as f64),
        by_chance: is_known.then(|| by_chance / items as f64),
    }
}
