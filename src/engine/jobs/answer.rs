//! Questions that follow what the user looks at.

use std::sync::{Arc, OnceLock};

use super::{
    belonging, complete_analogy, compose_item, explain, find_ids, name_regions, place_types, rows_with, segments,
    summarize,
};
use crate::engine::EngineError;
use crate::engine::question::{Answer, Question};
use crate::progress::Watch;
use crate::projection::{contours, overview};
use crate::run::Run;
use crate::summary::CatalogueProfile;

/// Answers `question` about `run`; `profile` is that run's, counted when it is first needed.
///
/// # Errors
/// [`EngineError::Run`] for an unknown table or a row that it lacks, [`EngineError::Cancelled`].
pub fn answer(
    run: &Run,
    profile: &OnceLock<CatalogueProfile>,
    question: &Question,
    watch: &Watch,
) -> Result<Answer, EngineError> {
    let profile = || profile.get_or_init(|| CatalogueProfile::of(run));
    Ok(match question {
        Question::Summary(request) => {
            let profile = profile();
            if watch.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let summary = summarize(run, profile, &request.subject, request.listed, watch)?;
            Answer::Summary(request.clone(), Arc::new(summary))
        }
        Question::Explanation(request) => {
            let found = explain(run, &request.pair, request.listed, watch)?;
            Answer::Explanation(request.clone(), Arc::new(found))
        }
        Question::Analogy(request) => Answer::Analogy(request.clone(), complete_analogy(run, request)?.into()),
        Question::NewItem(request) => Answer::NewItem(request.clone(), Arc::new(compose_item(run, request, watch)?)),
        Question::Ids(request) => Answer::Ids(request.clone(), find_ids(run, request, watch)?.into()),
        Question::Regions(request) => {
            Answer::Regions(request.clone(), name_regions(run, profile(), request, watch)?.into())
        }
        Question::Contours(of) => Answer::Contours(of.clone(), contours(of, watch)?.into()),
        Question::Overview(of) => Answer::Overview(of.clone(), overview(of).map(Arc::new)),
        Question::Types(request) => Answer::Types(request.clone(), place_types(run, request, watch)?.into()),
        Question::Segments => Answer::Segments(Arc::new(segments(run, watch)?)),
        Question::Rows(request) => Answer::Rows(request.clone(), rows_with(run, profile(), request)?.into()),
        Question::Belonging(request) => Answer::Belonging(request.clone(), belonging(run, request, watch)?),
    })
}
