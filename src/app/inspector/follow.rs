//! What the page on show needs to know is asked as soon as what it depends on rests.

use std::time::Duration;

use eframe::egui::Ui;

use super::summary;
use super::tabs::Tab;
use super::{Inspector, Seen};
use crate::app::state::WindowState;
use crate::engine::{Command, Question, Subject};
use crate::run::Run;

/// Asks for what the page on show needs.
pub fn follow(ui: &Ui, state: &mut WindowState, run: &Run, generation: u64) {
    follow_selection(state);
    let (now, version) = (state.now, state.map.version());
    let (tab, pinned) = (state.inspector.tab, state.inspector.subject.clone());
    let seen = Seen { generation, map: version, tab, pinned };
    if state.inspector.seen.as_ref() != Some(&seen) {
        let wanted = if tab == Tab::Summary { summary::request(state, run) } else { None };
        state.inspector.summary.want(wanted, generation, now);
        state.inspector.seen = Some(seen);
    }
    let models = state.live.models;
    let inspector = &mut state.inspector;
    if inspector.models != models {
        inspector.summary.refresh(now);
    }
    let wanted = if tab == Tab::Compare { inspector.compare.request(inspector.subject.as_ref()) } else { None };
    inspector.compare.explanation.want(wanted, generation, now);
    let wanted = if tab == Tab::Analogy { inspector.analogy.request() } else { None };
    inspector.analogy.found.want(wanted, generation, now);
    let wanted = if tab == Tab::NewItem { inspector.composition.request(run, || state.map.finished()) } else { None };
    inspector.composition.found.want(wanted, generation, now);
    let questions = due(inspector, generation, now);
    if questions.iter().any(|question| matches!(question, Question::Summary(_))) {
        inspector.models = models;
    }
    if let Some(rest) = rest(inspector, now) {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(rest));
    }
    for question in questions {
        state.send(Command::Ask(question));
    }
}

/// A new selection of several rows opens its summary, and a second row beside the pinned one is compared with it.
fn follow_selection(state: &mut WindowState) {
    let selection = &state.map.selection;
    let extent = (selection.len(), selection.first().copied(), selection.last().copied());
    if state.inspector.extent == extent {
        return;
    }
    state.inspector.extent = extent;
    if extent.0 > 1 && state.inspector.tab == Tab::Id {
        state.inspector.tab = Tab::Summary;
    }
    let table = &state.map.table;
    if let (2, Some(pinned)) = (extent.0, state.inspector.row_in(table))
        && selection.contains(&pinned)
        && let Some(&row) = selection.iter().find(|&&row| row != pinned)
    {
        state.inspector.compare.second = Some(Subject { table: table.clone(), row });
    }
}

fn due(inspector: &mut Inspector, generation: u64, now: f64) -> Vec<Question> {
    let filter_in = inspector.filter_in.clone();
    let summary = inspector.summary.due(now).map(Question::Summary);
    let explanation = inspector.compare.explanation.due(now).map(Question::Explanation);
    let analogy = inspector.analogy.found.due(now).map(Question::Analogy);
    let composed = inspector.composition.found.due(now).map(Question::NewItem);
    let attribute_in = inspector.composition.editing().map(str::to_owned);
    let [filter, compare, term, attribute] = inspector.pickers();
    let ids = [
        filter.due(filter_in.as_deref(), generation, now),
        compare.due(None, generation, now),
        term.due(None, generation, now),
        attribute.due(attribute_in.as_deref(), generation, now),
    ];
    let ids = ids.into_iter().flatten().map(Question::Ids);
    [summary, explanation, analogy, composed].into_iter().flatten().chain(ids).collect()
}

/// Seconds until the next question is due.
fn rest(inspector: &mut Inspector, now: f64) -> Option<f64> {
    let pages = [
        inspector.summary.rest(now),
        inspector.compare.explanation.rest(now),
        inspector.analogy.found.rest(now),
        inspector.composition.found.rest(now),
    ];
    let pickers = inspector.pickers().map(|picker| picker.rest(now));
    pages.into_iter().chain(pickers).flatten().min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::app::recent::Recent;

    fn after_selecting(rows: &[u32], tab: Tab) -> WindowState {
        let mut state = WindowState::new(Recent::default());
        "item".clone_into(&mut state.map.table);
        state.inspector.pin("item", 1);
        state.inspector.tab = tab;
        state.map.selection = rows.iter().copied().collect::<BTreeSet<u32>>();
        follow_selection(&mut state);
        state
    }

    #[test]
    fn several_selected_rows_open_their_summary_unless_another_page_is_in_use() {
        assert_eq!(after_selecting(&[1, 2, 3], Tab::Id).inspector.tab, Tab::Summary);
        assert_eq!(after_selecting(&[1, 2, 3], Tab::Analogy).inspector.tab, Tab::Analogy);
        assert_eq!(after_selecting(&[1], Tab::Id).inspector.tab, Tab::Id);
        let mut state = after_selecting(&[1, 2, 3], Tab::Id);
        state.inspector.tab = Tab::Id;
        follow_selection(&mut state);
        assert_eq!(state.inspector.tab, Tab::Id, "the same selection opens nothing twice");
    }

    #[test]
    fn a_second_row_beside_the_pinned_one_is_compared_with_it() {
        let second = |rows: &[u32]| after_selecting(rows, Tab::Compare).inspector.compare.second;
        assert_eq!(second(&[1, 5]), Some(Subject { table: "item".to_owned(), row: 5 }));
        assert_eq!(second(&[4, 5]), None, "neither is pinned");
        assert_eq!(second(&[1, 4, 5]), None);
    }
}
