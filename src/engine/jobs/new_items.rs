//! Vectors for the items of a file: trained ones as they are, new ones from their attributes.

use std::str::FromStr;

use ndarray::{Array1, Array2};

use crate::dataset::{ItemAttributes, ItemRow, ItemRows, Vocabulary};
use crate::embedding::{AttributeCentroids, centring, new_item_vector};
use crate::run::Run;

/// How a new item's vector comes of its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placement {
    /// The mean, over its attributes, of the centroid of the items that share the attribute. It lies among the items'
    /// vectors as they are, which the images of attributes do not.
    #[default]
    Centroid,
    /// `sum_k w_k M_k E_k[id_k]` (MODEL.md, "New item").
    Transfer,
    /// The same, moved so that the known items' images lie around the mean of their vectors. Subtract the mean of all
    /// item vectors from both sides before a cosine, and both sides are centred.
    TransferCentred,
}

impl FromStr for Placement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "centroid" => Ok(Self::Centroid),
            "transfer" => Ok(Self::Transfer),
            other => Err(format!("unknown method {other:?}; use centroid or transfer")),
        }
    }
}

/// Attribute IDs of one type that the run does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownIds {
    /// The type.
    pub type_name: String,
    /// How many different IDs.
    pub ids: usize,
    /// How many new items carry one.
    pub items: usize,
    /// The first ID.
    pub first: String,
    /// Its line or row.
    pub place: u64,
}

/// One item of the file, by ID and line or row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedItem {
    /// The ID.
    pub id: String,
    /// Its line or row.
    pub place: u64,
}

/// Vectors for the items of a file.
#[derive(Debug, Clone, Default)]
pub struct PlacedItems {
    /// Items with a vector, in file order.
    pub vocabulary: Vocabulary,
    /// Their names for people.
    pub labels: Vec<Option<String>>,
    /// Their training events: 0 for new items.
    pub counts: Vec<u64>,
    /// `[items, m_1]`
    pub vectors: Array2<f32>,
    /// Those that were trained, whose vectors are the trained ones.
    pub trained: Vec<PlacedItem>,
    /// New items of which no attribute is known: they have no vector.
    pub without_vector: Vec<PlacedItem>,
    /// What new items carry and the run does not know, by type.
    pub unknown: Vec<UnknownIds>,
    /// ID types of the run that the file has no column of.
    pub absent_types: Vec<String>,
    /// ID types of the file that the run does not have: they are not read.
    pub foreign_types: Vec<String>,
}

/// Places the items of `file` in the item space of `run`.
#[must_use]
pub fn place_items(run: &Run, file: &ItemRows, placement: Placement) -> PlacedItems {
    let type_of = |name: &str| run.types.iter().skip(1).position(|own| own.name == *name).map(|k| k + 1);
    let columns: Vec<Option<usize>> = file.types.iter().map(|(name, _)| type_of(name)).collect();
    let attribute_types = run.types.iter().enumerate().skip(1);
    let absent = attribute_types.filter(|(k, _)| !columns.contains(&Some(*k))).map(|(_, own)| own.name.clone());
    let foreign = file.types.iter().zip(&columns).filter(|(_, k)| k.is_none()).map(|((name, _), _)| name.clone());
    let mut placed =
        PlacedItems { absent_types: absent.collect(), foreign_types: foreign.collect(), ..PlacedItems::default() };

    let placer = Placer::new(run, placement);
    let mut strangers: Vec<(Vocabulary, Option<UnknownIds>)> = vec![Default::default(); run.types.len()];
    let mut vectors = Vec::new();
    let width = run.model.target[0].ncols();
    for row in &file.rows {
        let item = PlacedItem { id: row.id.clone(), place: row.place };
        let (vector, count, label) = if let Some(trained) = run.types[0].vocabulary.index(&row.id) {
            placed.trained.push(item);
            let at = trained as usize;
            let label = row.label.clone().or_else(|| run.types[0].labels.get(at).cloned().flatten());
            (run.model.target[0].row(at).to_owned(), run.types[0].counts[at], label)
        } else {
            let ids = known_ids(run, row, &columns, &mut strangers);
            let Some(vector) = placer.vector(&ids) else {
                placed.without_vector.push(item);
                continue;
            };
            (vector, 0, row.label.clone())
        };
        placed.vocabulary.intern(&row.id);
        placed.labels.push(label);
        placed.counts.push(count);
        vectors.extend(vector);
    }
    placed.vectors = Array2::from_shape_vec((placed.counts.len(), width), vectors)
        .expect("every vector is as wide as the item table");
    placed.unknown = strangers.into_iter().filter_map(|(_, unknown)| unknown).collect();
    placed
}

/// `[K]` the rows of the item's attributes; what the run does not know is missing, and noted in `strangers`.
fn known_ids(
    run: &Run,
    row: &ItemRow,
    columns: &[Option<usize>],
    strangers: &mut [(Vocabulary, Option<UnknownIds>)],
) -> Vec<u32> {
    let mut ids = vec![ItemAttributes::MISSING; run.types.len()];
    for (k, text) in columns.iter().zip(&row.attributes).filter_map(|(k, text)| k.zip(text.as_deref())) {
        match run.types[k].vocabulary.index(text) {
            Some(id) => ids[k] = id,
            None => {
                let (seen, unknown) = &mut strangers[k];
                seen.intern(text);
                let unknown = unknown.get_or_insert_with(|| UnknownIds {
                    type_name: run.types[k].name.clone(),
                    ids: 0,
                    items: 0,
                    first: text.to_owned(),
                    place: row.place,
                });
                unknown.items += 1;
                unknown.ids = seen.len();
            }
        }
    }
    ids
}

/// What a placement computes once for all items.
pub(super) enum Placer<'a> {
    Centroid(AttributeCentroids),
    Transfer { run: &'a Run, shift: Option<Array1<f32>> },
}

impl<'a> Placer<'a> {
    pub(super) fn new(run: &'a Run, placement: Placement) -> Self {
        match placement {
            Placement::Centroid => {
                let items = run.model.target[0].view();
                Self::Centroid(AttributeCentroids::new(items, &run.attributes, &run.model.rows(), |_| true))
            }
            Placement::Transfer => Self::Transfer { run, shift: None },
            Placement::TransferCentred => Self::Transfer { run, shift: centring(&run.model, &run.attributes) },
        }
    }

    /// The vector of an item with the attributes `ids` `[K]`; `None` if none is known.
    pub(super) fn vector(&self, ids: &[u32]) -> Option<Array1<f32>> {
        match self {
            Self::Centroid(centroids) => centroids.vector(ids),
            Self::Transfer { run, shift } => {
                let hyperparameters = &run.metadata.hyperparameters;
                let weights = run.types.iter().zip(ids).map(|(own, &id)| match id {
                    ItemAttributes::MISSING => 0.0,
                    id => {
                        hyperparameters.weighting.weight(own.items[id as usize])
                            * hyperparameters.type_weight(&own.name)
                    }
                });
                let image = new_item_vector(&run.model, ids, &weights.collect::<Vec<_>>())?;
                Some(match shift {
                    Some(shift) => image + shift,
                    None => image,
                })
            }
        }
    }
}
