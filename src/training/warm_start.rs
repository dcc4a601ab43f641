//! Where vectors start that an earlier run has learned already.

use serde::{Deserialize, Serialize};

use super::{CheckedHyperparameters, HyperparameterError, initialise};
use crate::dataset::{Corpus, TrainedType};
use crate::embedding::{AttributeCentroids, Model};
use crate::objective::{BackendState, Optimizer};

/// What an earlier run learned.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// Its types with their row order.
    pub types: &'a [TrainedType],
    /// Its vectors.
    pub model: &'a Model,
    /// Which optimiser it was trained with.
    pub optimizer: Optimizer,
    /// What that remembered; `None` if its checkpoint is gone.
    pub state: Option<&'a BackendState>,
}

/// Where the IDs of one type start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOfType {
    /// The type.
    #[serde(rename = "type")]
    pub name: String,
    /// IDs with the vectors of the earlier run.
    pub kept: u64,
    /// Those of them without any event in the new data: training leaves their item vectors as they are.
    pub without_events: u64,
    /// New items placed by their attributes.
    pub placed: u64,
    /// New IDs that start at random.
    pub random: u64,
}

/// Where a training starts from an earlier run.
#[derive(Debug, Clone)]
pub struct WarmStart {
    /// The vectors.
    pub model: Model,
    /// The optimiser's memory of the rows that are kept, and none of the others.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub state: Result<BackendState, String>,
    /// What became of each type's IDs.
    pub types: Vec<StartOfType>,
}

/// The start of a training on `corpus` from what `earlier` learned.
///
/// IDs that it knows keep their target and context vectors, and transfer matrices stay. A new item starts, in both
/// tables, at the mean over its attributes of the centroid of the known items that share the attribute: there its
/// vectors have the place and about the length of those of its siblings, while the image of its attributes lies apart
/// from all items and has no context side. What has no such centroid, and new attribute IDs, start at random as
/// [`initialise`] draws them.
///
/// # Errors
/// [`HyperparameterError`] if a type is to have another width than it has in the earlier run, naming both.
pub fn warm_start(
    corpus: &Corpus,
    hyperparameters: &CheckedHyperparameters,
    earlier: &Earlier<'_>,
) -> Result<WarmStart, HyperparameterError> {
    let types: Vec<TypeRows> = corpus.types.iter().map(|own| TypeRows::new(own, earlier.types)).collect();
    for ((own, rows), &wanted) in corpus.types.iter().zip(&types).zip(hyperparameters.dims()) {
        let Some(width) = rows.earlier_type.map(|k| earlier.model.target[k].ncols()) else { continue };
        if width != wanted {
            let name = &own.name;
            return Err(HyperparameterError(format!(
                "dims.{name} = {wanted} does not fit the run that training starts from, whose {name} vectors have \
                 {width} dimensions; set dims.{name} = {width} or leave it out"
            )));
        }
    }
    let mut model = initialise(corpus, hyperparameters);
    for (k, rows) in types.iter().enumerate() {
        let Some(old) = rows.earlier_type else { continue };
        for (own, old_table) in
            [(&mut model.target[k], &earlier.model.target[old]), (&mut model.context[k], &earlier.model.context[old])]
        {
            for (row, old_row) in rows.kept() {
                own.row_mut(row).assign(&old_table.row(old_row));
            }
        }
        if k > 0 && old > 0 {
            model.transfer[k - 1].assign(&earlier.model.transfer[old - 1]);
        }
    }
    let placed = place_new_items(&mut model, corpus, &types);
    let report = corpus.types.iter().zip(&types).enumerate().map(|(k, (own, rows))| {
        let kept = rows.kept().count() as u64;
        let without_events = rows.kept().filter(|&(row, _)| own.counts[row] == 0).count() as u64;
        let placed = if k == 0 { placed } else { 0 };
        let random = own.vocabulary.len() as u64 - kept - placed;
        StartOfType { name: own.name.clone(), kept, without_events, placed, random }
    });
    Ok(WarmStart { types: report.collect(), state: carried_state(corpus, hyperparameters, earlier, &types), model })
}

/// Which rows of a type stand where in the earlier run.
struct TypeRows {
    earlier_type: Option<usize>,
    /// `[D_k]`
    earlier_row: Vec<Option<u32>>,
}

impl TypeRows {
    fn new(own: &TrainedType, earlier: &[TrainedType]) -> Self {
        let earlier_type = earlier.iter().position(|old| old.name == own.name);
        let vocabulary = earlier_type.map(|k| &earlier[k].vocabulary);
        let row = |id| vocabulary.and_then(|vocabulary| vocabulary.index(id));
        Self { earlier_type, earlier_row: own.vocabulary.iter().map(row).collect() }
    }

    /// (row, earlier row) of each ID that the earlier run knows.
    fn kept(&self) -> impl Iterator<Item = (usize, usize)> {
        self.earlier_row.iter().enumerate().filter_map(|(row, old)| old.map(|old| (row, old as usize)))
    }
}

/// Gives new items the centroids of what shares their attributes; how many.
fn place_new_items(model: &mut Model, corpus: &Corpus, types: &[TypeRows]) -> u64 {
    let Some(items) = types.first() else { return 0 };
    let rows = model.rows();
    let is_known = |item: usize| items.earlier_row[item].is_some();
    let mut placed = 0;
    for (side, table) in [&mut model.target[0], &mut model.context[0]].into_iter().enumerate() {
        let centroids = AttributeCentroids::new(table.view(), &corpus.attributes, &rows, is_known);
        for item in (0..rows[0]).filter(|&item| !is_known(item)) {
            let ids = corpus.attributes.ids.row(item).to_vec();
            if let Some(vector) = centroids.vector(&ids) {
                table.row_mut(item).assign(&vector);
                placed += u64::from(side == 0);
            }
        }
    }
    placed
}

/// The earlier optimiser's memory, its rows where the new tables have them; or why not.
fn carried_state(
    corpus: &Corpus,
    hyperparameters: &CheckedHyperparameters,
    earlier: &Earlier<'_>,
    types: &[TypeRows],
) -> Result<BackendState, String> {
    let state = earlier.state.ok_or("the earlier run has no checkpoint")?;
    let optimizer = hyperparameters.values().optimizer;
    if optimizer != earlier.optimizer {
        return Err("the earlier run was trained with another optimizer".to_owned());
    }
    let (kinds, by_row): (&[&str], bool) = match optimizer {
        Optimizer::Adam | Optimizer::AdamLazy => (&["first_moment", "second_moment"], false),
        Optimizer::AdagradRow => (&["mean_square"], true),
        Optimizer::Sgd => (&[], true),
    };
    let dims = hyperparameters.dims();
    let mut carried = BackendState { step: state.step, ..BackendState::default() };
    for kind in kinds {
        for (k, rows) in types.iter().enumerate() {
            let per_row = if by_row { 1 } else { dims[k] };
            let saved = |side: &str, old: usize, length: usize| {
                let name = format!("{kind}/{side}/{old}");
                let values = state.tensors.get(&name).filter(|values| values.len() == length);
                values.ok_or_else(|| format!("{name} is not in its checkpoint as it should be"))
            };
            for side in ["target", "context"] {
                let mut values = vec![0.0; rows.earlier_row.len() * per_row];
                if let Some(old) = rows.earlier_type {
                    let old_values = saved(side, old, earlier.types[old].vocabulary.len() * per_row)?;
                    for (row, old_row) in rows.kept() {
                        // Adam on all rows would go on moving a row by its momentum alone.
                        if optimizer == Optimizer::Adam && corpus.types[k].counts[row] == 0 {
                            continue;
                        }
                        let old_values = &old_values[old_row * per_row..][..per_row];
                        values[row * per_row..][..per_row].copy_from_slice(old_values);
                    }
                }
                carried.tensors.insert(format!("{kind}/{side}/{k}"), values);
            }
            if k > 0 {
                let length = dims[0] * per_row;
                let values = match rows.earlier_type.filter(|&old| old > 0) {
                    Some(old) => saved("transfer", old, length)?.clone(),
                    None => vec![0.0; length],
                };
                carried.tensors.insert(format!("{kind}/transfer/{k}"), values);
            }
        }
    }
    Ok(carried)
}
