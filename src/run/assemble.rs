//! Corpus and model to [`Run`].

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::{FORMAT_VERSION, HeldOut, Histories, ItemTable, Run, RunMetadata, UserTable, UserVectors};
use crate::dataset::{Catalogue, Corpus, ItemAttributes, Vocabulary};
use crate::embedding::{Model, user_vectors};
use crate::training::CurvePoint;

impl Run {
    /// Puts a run together from a corpus and what was learned on it; user vectors are derived here, from the last
    /// `user_history` items of the hyperparameters in `metadata`. The format version and the types of `metadata` are
    /// filled in.
    ///
    /// # Panics
    /// If `model` was not made for `corpus`.
    #[must_use]
    pub fn assemble(
        corpus: &Corpus,
        mut metadata: RunMetadata,
        model: impl Into<Arc<Model>>,
        curve: Vec<CurvePoint>,
    ) -> Self {
        metadata.format_version = FORMAT_VERSION;
        metadata.types = corpus.types.iter().map(|id_type| id_type.name.clone()).collect();
        let model = model.into();
        let last = metadata.hyperparameters.user_history as usize;
        let (users, histories) = users_of(corpus, &model, last);
        Self {
            types: Arc::new(corpus.types.clone()),
            attributes: Arc::new(corpus.attributes.clone()),
            items: ItemTable { rows: item_rows(&corpus.dataset.catalogue), row_of_item: corpus.catalogue_rows.clone() },
            users,
            histories: Arc::new(histories),
            baskets: Some(Arc::new(corpus.baskets())),
            holdout: Arc::new(held_out(corpus)),
            has_time: corpus.dataset.events.has_time,
            metadata,
            model,
            curve,
            checkpoint: None,
            history: None,
        }
    }

    /// The same run with other vectors, as it stands in the middle of a training: user vectors are derived anew, once
    /// they are asked for, and there is no checkpoint. `model` must have the same shapes.
    #[must_use]
    pub fn with_model(&self, model: Arc<Model>) -> Self {
        let last = self.metadata.hyperparameters.user_history as usize;
        let vectors = UserVectors::of(Arc::clone(&model), Arc::clone(&self.histories), last);
        let users = UserTable { vectors, ..self.users.clone() };
        Self { model, users, checkpoint: None, ..self.clone() }
    }
}

fn users_of(corpus: &Corpus, model: &Model, last: usize) -> (UserTable, Histories) {
    let mut vocabulary = Vocabulary::default();
    let mut counts = Vec::new();
    let mut histories = Histories { offsets: vec![0], items: Vec::new() };
    for (user, id) in corpus.dataset.users.iter().enumerate() {
        let history = corpus.history(user);
        if history.is_empty() {
            continue;
        }
        vocabulary.intern(id);
        counts.push(history.len() as u64);
        histories.items.extend_from_slice(&history[history.len().saturating_sub(last)..]);
        histories.offsets.push(histories.items.len());
    }
    let vectors = user_vectors(model.target[0].view(), &histories.offsets, &histories.items, last);
    (UserTable { vocabulary: Arc::new(vocabulary), counts, vectors: vectors.into() }, histories)
}

fn held_out(corpus: &Corpus) -> Vec<HeldOut> {
    let dataset = &corpus.dataset;
    let item_ids = &dataset.catalogue.id_types[0].vocabulary;
    corpus
        .holdout
        .iter()
        .map(|event| HeldOut {
            user: dataset.users.id(event.user).to_owned(),
            item: item_ids.id(event.item).to_owned(),
            time: event.time,
            session: match dataset.sessions.is_empty() {
                true => event.session.to_string(),
                false => dataset.sessions.id(event.session).to_owned(),
            },
            repeat: event.repeat,
        })
        .collect()
}

/// `id`, one column an attribute type, then the descriptive columns.
fn item_rows(catalogue: &Catalogue) -> RecordBatch {
    let mut fields: Vec<Arc<Field>> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (k, id_type) in catalogue.id_types.iter().enumerate() {
        let texts: StringArray = catalogue
            .attributes
            .column(k)
            .iter()
            .map(|&index| (index != ItemAttributes::MISSING).then(|| id_type.vocabulary.id(index)))
            .collect();
        let name = if k == 0 { "id" } else { &id_type.name };
        fields.push(Arc::new(Field::new(free_name(&fields, name), DataType::Utf8, k > 0)));
        columns.push(Arc::new(texts));
    }
    for (field, column) in catalogue.descriptive.schema().fields().iter().zip(catalogue.descriptive.columns()) {
        let name = free_name(&fields, field.name());
        fields.push(Arc::new(field.as_ref().clone().with_name(name)));
        columns.push(Arc::clone(column));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(catalogue.item_count()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .expect("all columns of a catalogue have one value an item")
}

/// `name`, with `_` behind it as often as needed to be new.
fn free_name(fields: &[Arc<Field>], name: &str) -> String {
    let mut name = name.to_owned();
    while fields.iter().any(|field| *field.name() == name) {
        name.push('_');
    }
    name
}
