//! Items of the catalogue that were not trained, and who took them in the hold-out.

use arrow::array::{Array, AsArray};
use ndarray::Array2;

use super::Run;
use crate::dataset::{ItemAttributes, Vocabulary};
use crate::training::{NewItems, Query};

impl Run {
    /// All items of the catalogue that were not trained, in its order, with one query for each user with a history who
    /// took one of them in the hold-out. `None` if nobody did.
    #[must_use]
    pub fn new_items(&self) -> Option<NewItems> {
        let trained = &self.types[0].vocabulary;
        let is_new = |id: &str| trained.index(id).is_none();
        if !self.holdout.iter().any(|event| is_new(&event.item)) {
            return None;
        }
        let rows = &self.items.rows;
        let ids = rows.column_by_name("id")?.as_string_opt::<i32>()?;
        let new_rows: Vec<usize> = (0..ids.len()).filter(|&row| is_new(ids.value(row))).collect();
        let new: Vocabulary = new_rows.iter().map(|&row| ids.value(row)).collect();
        let queries = self.queries_for(&new);
        (!queries.is_empty()).then(|| NewItems { attributes: self.attributes_of(&new_rows), queries })
    }

    /// The trained IDs that the items in `rows` of the catalogue carry; their own column is missing.
    fn attributes_of(&self, rows: &[usize]) -> ItemAttributes {
        let hyperparameters = &self.metadata.hyperparameters;
        let mut ids = Array2::from_elem((rows.len(), self.types.len()), ItemAttributes::MISSING);
        let mut weights = Array2::zeros(ids.dim());
        for (k, own) in self.types.iter().enumerate().skip(1) {
            let column = self.items.rows.column_by_name(&own.name).and_then(|column| column.as_string_opt::<i32>());
            let Some(texts) = column else { continue };
            for (at, &row) in rows.iter().enumerate().filter(|&(_, &row)| texts.is_valid(row)) {
                if let Some(id) = own.vocabulary.index(texts.value(row)) {
                    ids[[at, k]] = id;
                    weights[[at, k]] = hyperparameters.weighting.weight(own.items[id as usize]);
                }
            }
        }
        let mut attributes = ItemAttributes { ids, weights };
        hyperparameters.weigh(&mut attributes, self.types.iter().map(|own| own.name.as_str()));
        attributes
    }

    /// One query for each user with a history and a held-out item among `wanted`, targets being places there.
    fn queries_for(&self, wanted: &Vocabulary) -> Vec<Query> {
        let mut targets: Vec<Vec<u32>> = vec![Vec::new(); self.users.vocabulary.len()];
        for event in self.holdout.iter() {
            let found = self.users.vocabulary.index(&event.user).zip(wanted.index(&event.item));
            if let Some((user, item)) = found.filter(|&(user, item)| !targets[user as usize].contains(&item)) {
                targets[user as usize].push(item);
            }
        }
        let asked = (0..).zip(targets).filter(|(_, targets)| !targets.is_empty());
        let query = |(user, targets): (u32, Vec<u32>)| {
            let history = self.history(user as usize).to_vec();
            Query { user, history, repeats: vec![false; targets.len()], targets, own: Vec::new() }
        };
        asked.map(query).filter(|query| !query.history.is_empty()).collect()
    }
}
