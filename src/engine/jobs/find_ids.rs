//! IDs by text.

use crate::engine::EngineError;
use crate::engine::command::Subject;
use crate::engine::question::{FoundId, IdsRequest};
use crate::progress::Watch;
use crate::run::Run;

/// Rows looked at between two looks at the watch.
const ROWS_A_LOOK: usize = 4096;

/// The IDs whose text or label contains `request.text`, whatever the case: equal ones first, then those that begin with it,
/// then the others; among these by table, then the most frequent first.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table, [`EngineError::Cancelled`].
pub fn find_ids(run: &Run, request: &IdsRequest, watch: &Watch) -> Result<Vec<FoundId>, EngineError> {
    let needle = request.text.trim().to_lowercase();
    if needle.is_empty() {
        return Ok(Vec::new());
    }
    let names = match &request.table {
        Some(name) => vec![name.as_str()],
        None => run.table_names(),
    };
    // Equal, beginning, containing.
    let mut found: [Vec<FoundId>; 3] = Default::default();
    for name in names {
        let table = run.table(name)?;
        let mut here = [0; 3];
        for row in 0..table.vocabulary.len() {
            if row % ROWS_A_LOOK == 0 && watch.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let row = row as u32;
            let texts = [Some(table.vocabulary.id(row)), table.label(row)];
            let Some(place) = texts.into_iter().flatten().filter_map(|text| place_of(&needle, text)).min() else {
                continue;
            };
            if here[place] < request.most {
                here[place] += 1;
                let label = table.label(row).map(str::to_owned);
                let subject = Subject { table: name.to_owned(), row };
                found[place].push(FoundId { subject, id: table.vocabulary.id(row).to_owned(), label });
            }
        }
    }
    Ok(found.into_iter().flatten().take(request.most).collect())
}

/// 0 if `text` is `needle`, 1 if it begins with it, 2 if it holds it.
fn place_of(needle: &str, text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    if text == needle {
        Some(0)
    } else if text.starts_with(needle) {
        Some(1)
    } else {
        text.contains(needle).then_some(2)
    }
}
