//! [`Dataset`] to what training reads: hold-out split off, rare items dropped, IDs ranked by frequency.

mod attributes;
mod baskets;
mod grown;
mod holdout;
mod holdout_text;
mod sequences;
mod trained_types;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::attributes::ItemAttributes;
pub use self::baskets::{BasketUnit, Baskets};
pub use self::grown::TrainedItems;
use self::holdout::{choose, held_out_events, hidden_items};
use self::sequences::{histories, sequences};
use self::trained_types::{Ranking, trained_types, training_counts};
use super::{Dataset, DatasetError, Vocabulary};

/// What makes one sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SequenceUnit {
    /// A user's whole history.
    User,
    /// One shopping session.
    Session,
}

/// How much an attribute counts in the pair term, by the number V of items that carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// 1 / V (the paper's eq. 8-10).
    InverseCount,
    /// 1 / sqrt(V).
    InverseSqrt,
    /// 1.
    Uniform,
}

impl Weighting {
    /// The weight of an ID carried by `items` items; 0 for none.
    #[must_use]
    pub fn weight(self, items: u32) -> f32 {
        if items == 0 {
            return 0.0;
        }
        match self {
            Self::InverseCount => 1.0 / items as f32,
            Self::InverseSqrt => 1.0 / (items as f32).sqrt(),
            Self::Uniform => 1.0,
        }
    }
}

/// Which events are kept from training, to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Holdout {
    /// Each user's last shopping session, where the user has an earlier one.
    LastSession,
    /// Each user's last event (one of those that tie), where the user has an earlier one.
    LastEvent,
    /// The events in the last part of the whole time span, by fraction of events, 0..1.
    Time(f64),
    /// Nothing.
    None,
}

/// How a corpus is cut from a dataset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorpusSettings {
    /// What is held out.
    pub holdout: Holdout,
    /// Items with fewer training events are not trained.
    pub min_count: u32,
    /// What makes a sequence.
    pub sequence: SequenceUnit,
    /// Weights of attributes.
    pub weighting: Weighting,
    /// Share of the items, 0..1, that are withheld from training as if they were new.
    pub hide_items: f64,
    /// Decides ties in [`Holdout::LastEvent`], and which items are withheld.
    pub seed: u64,
}

/// One ID type as it is trained.
#[derive(Debug, Clone)]
pub struct TrainedType {
    /// Its name.
    pub name: String,
    /// The trained IDs, by falling training count (ties: first appearance). Row order of the tables.
    pub vocabulary: Arc<Vocabulary>,
    /// `[D_k]` training events on items with this ID.
    pub counts: Vec<u64>,
    /// `[D_k]` trained items with this ID (V of MODEL.md).
    pub items: Vec<u32>,
    /// `[D_k]` name for people: the item's label; for an attribute the label that all its items share.
    pub labels: Vec<Option<String>>,
}

/// Training sequences, in time order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sequences {
    /// `[sequences + 1]` where each starts.
    pub offsets: Vec<usize>,
    /// `[events]` trained item index.
    pub items: Vec<u32>,
    /// `[events]` time; equal neighbours within a sequence are a tie and have no order.
    pub times: Vec<i64>,
    /// `[sequences]` the user of each.
    pub users: Vec<u32>,
}

/// An event kept from training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOutEvent {
    /// Index into [`Dataset::users`].
    pub user: u32,
    /// Catalogue row.
    pub item: u32,
    /// As in [`crate::dataset::Events::time`].
    pub time: i64,
    /// As in [`crate::dataset::Events::session`].
    pub session: u32,
    /// Whether the user has a training event with the same item.
    pub repeat: bool,
}

/// What training reads. Items are indexed by falling training frequency.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// What it was cut from.
    pub dataset: Arc<Dataset>,
    /// How.
    pub settings: CorpusSettings,
    /// K types; the first is the item.
    pub types: Vec<TrainedType>,
    /// IDs and weights of each trained item.
    pub attributes: ItemAttributes,
    /// `[D_1]` catalogue row of each trained item.
    pub catalogue_rows: Vec<u32>,
    /// The training sequences (those with one event too: they count in user vectors, not in training).
    pub sequences: Sequences,
    /// Every user's trained items in time order: [users + 1] offsets into `history_items`.
    pub history_offsets: Vec<usize>,
    /// Trained item indices.
    pub history_items: Vec<u32>,
    /// The session of each entry of `history_items`, as in [`super::Events::session`].
    pub history_sessions: Vec<u32>,
    /// The time of each entry of `history_items`, as in [`super::Events::time`].
    pub history_times: Vec<i64>,
    /// What was held out, by user, then time.
    pub holdout: Vec<HeldOutEvent>,
}

impl Corpus {
    /// Cuts a corpus from `dataset`.
    ///
    /// # Errors
    /// [`DatasetError::NothingToLearn`] if no training sequence has two events on trained items;
    /// [`DatasetError::Settings`] if the fraction of [`Holdout::Time`] or of hidden items is not within 0..1.
    pub fn new(dataset: Arc<Dataset>, settings: CorpusSettings) -> Result<Self, DatasetError> {
        Self::keeping(dataset, settings, &Vocabulary::default())
    }

    /// As [`Self::new`], but the items `kept` are trained however few events they have. Those without any stand last;
    /// no sequence and no negative names them.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn keeping(dataset: Arc<Dataset>, settings: CorpusSettings, kept: &Vocabulary) -> Result<Self, DatasetError> {
        let is_held_out = choose(&dataset, settings.holdout, settings.seed)?;
        let counts = training_counts(&dataset, &is_held_out);
        let items = &dataset.catalogue.id_types[0].vocabulary;
        let is_hidden = hidden_items(&dataset, &settings)?;
        let is_kept = |row| kept.index(items.id(row)).is_some();
        let ranking = Ranking::new(&counts, settings.min_count, is_kept, |row| is_hidden[row as usize]);
        if ranking.rows.is_empty() {
            return Err(DatasetError::NothingToLearn { message: no_items(&counts, &settings) });
        }
        let (types, attributes) = trained_types(&dataset.catalogue, &ranking, &counts, settings.weighting);
        let sequences = sequences(&dataset.events, &is_held_out, &ranking, settings.sequence);
        if sequences.offsets.windows(2).all(|bounds| bounds[1] - bounds[0] < 2) {
            return Err(DatasetError::NothingToLearn { message: no_sequences(&settings) });
        }
        let histories = histories(&dataset.events, &is_held_out, &ranking);
        let holdout = held_out_events(&dataset.events, &is_held_out);
        let catalogue_rows = ranking.rows;
        Ok(Self {
            dataset,
            settings,
            types,
            attributes,
            catalogue_rows,
            sequences,
            history_offsets: histories.offsets,
            history_items: histories.items,
            history_sessions: histories.sessions,
            history_times: histories.times,
            holdout,
        })
    }

    /// Names of the dataset's ID types that are not trained because no trained item has such an ID.
    #[must_use]
    pub fn untrained_types(&self) -> Vec<&str> {
        let names = self.dataset.catalogue.id_types.iter().map(|t| t.name.as_str());
        names.filter(|name| !self.types.iter().any(|t| t.name == *name)).collect()
    }

    /// User `user`'s training items, oldest first.
    #[must_use]
    pub fn history(&self, user: usize) -> &[u32] {
        &self.history_items[self.history_offsets[user]..self.history_offsets[user + 1]]
    }
}

fn no_items(counts: &[u64], settings: &CorpusSettings) -> String {
    let most = counts.iter().max().copied().unwrap_or(0);
    if most == 0 {
        return "Every event is held out, so there is nothing to learn from; hold out less (--holdout)".to_owned();
    }
    format!(
        "No item has {} training events (min_count); the most frequent has {most}. Lower min_count",
        settings.min_count
    )
}

fn no_sequences(settings: &CorpusSettings) -> String {
    let (unit, other) = match settings.sequence {
        SequenceUnit::User => ("user", "check the user column (--user-col)"),
        SequenceUnit::Session => ("session", "train on whole histories (sequence = \"user\")"),
    };
    format!(
        "No {unit} has two training events on trained items, so there is nothing to learn from; {other}, \
         lower min_count (now {}), or hold out less (--holdout)",
        settings.min_count
    )
}
