//! Hit rates by attribute ID, as bars: while a model trains those of a sample of users, then those of all. A bar and its
//! items on the map are one thing: pointing at either shows the other, a click selects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::{ScrollArea, Ui};

use super::controls::{choice, section, weak};
use super::inspector::{PairedRow, select_facet};
use super::map::Join;
use super::state::WindowState;
use crate::engine::{Command, Facet, JobKind, Question, RowsRequest, Subject};
use crate::numbers;
use crate::run::Run;
use crate::training::Segment;

/// Bars of a type at most.
const MOST: usize = 50;

/// Where the measurement of an opened run stands.
#[derive(Debug)]
enum Measured {
    Asked,
    Done(Arc<BTreeMap<String, Vec<Segment>>>),
    Failed(String),
}

/// What the bars are of, and which one is pointed at.
#[derive(Debug, Default)]
pub struct Segments {
    /// The type on show, once somebody chose.
    chosen: Option<String>,
    /// What is asked about the bar that is pointed at, and the rows that have it, once they are known.
    pointed: Option<(RowsRequest, Option<Arc<[u32]>>)>,
    /// What was measured of a run that was opened, by the run's generation.
    of_run: Option<(u64, Measured)>,
}

impl Segments {
    /// Takes the rows of the bar that is pointed at.
    pub fn take(&mut self, request: &RowsRequest, rows: &Arc<[u32]>) {
        if let Some((wanted, found)) = &mut self.pointed
            && wanted == request
        {
            *found = Some(Arc::clone(rows));
        }
    }

    /// Takes what was measured of the run of `generation`.
    pub fn take_measured(&mut self, generation: u64, found: Arc<BTreeMap<String, Vec<Segment>>>) {
        if let Some((wanted, measured)) = &mut self.of_run
            && *wanted == generation
        {
            *measured = Measured::Done(found);
        }
    }

    /// A question of `kind` will have no answer any more; if it is what was asked about an opened run, `message` says why.
    pub fn unanswered(&mut self, kind: JobKind, message: &str) {
        if kind == JobKind::Segments
            && let Some((_, measured @ Measured::Asked)) = &mut self.of_run
        {
            *measured = Measured::Failed(message.to_owned());
        }
    }

    /// Rows of `table` that stand out because their bar is pointed at.
    pub fn lit_rows(&self, table: &str) -> BTreeSet<u32> {
        let found = self.pointed.as_ref().filter(|(request, _)| request.table == table);
        found.and_then(|(_, rows)| rows.as_ref()).map(|rows| rows.iter().copied().collect()).unwrap_or_default()
    }
}

/// The hit rates on show: of the training that runs, else of the run that was trained.
struct Shown {
    types: Vec<(String, Vec<Segment>)>,
    live: bool,
}

impl Shown {
    fn of(state: &WindowState) -> Option<Self> {
        let (types, live): (Vec<(String, Vec<Segment>)>, bool) = if state.is_training() {
            let segments = state.live.segments.as_ref()?;
            (segments.types.iter().map(|of| (of.name.clone(), of.segments.clone())).collect(), true)
        } else {
            let shown = state.run.as_ref()?;
            let run = &shown.run;
            let by_segment = match (&run.metadata.metrics.as_ref()?.by_segment, &state.segments.of_run) {
                (kept, Some((of, Measured::Done(found)))) if kept.is_empty() && *of == shown.generation => found,
                (kept, _) => kept,
            };
            let of = |name: &String| {
                let segments = by_segment.get(name)?;
                Some((name.clone(), segments.iter().take(MOST).cloned().collect()))
            };
            (run.metadata.types.iter().filter_map(of).collect(), false)
        };
        let types: Vec<_> = types.into_iter().filter(|(_, segments)| !segments.is_empty()).collect();
        (!types.is_empty()).then_some(Self { types, live })
    }
}

/// Whether there are bars to show.
pub fn has_any(state: &WindowState) -> bool {
    Shown::of(state).is_some()
}

/// Has the hit rates of a run that was opened measured: they are not kept with it.
pub fn ask(state: &mut WindowState) {
    let Some(shown) = state.run.as_ref().filter(|_| !state.is_training()) else { return };
    let generation = shown.generation;
    let is_wanted = shown.run.metadata.metrics.as_ref().is_some_and(|metrics| metrics.by_segment.is_empty());
    if state.segments.of_run.as_ref().is_some_and(|(known, _)| *known == generation) {
        return;
    }
    state.segments.of_run = is_wanted.then_some((generation, Measured::Asked));
    if is_wanted {
        state.send(Command::Ask(Question::Segments));
    }
}

/// What is said in place of bars, if there is something to say.
pub fn instead(state: &WindowState) -> Option<&str> {
    match state.segments.of_run.as_ref().filter(|_| !state.is_training() && !has_any(state))? {
        (_, Measured::Asked) => Some("Being measured…"),
        (_, Measured::Done(_)) => None,
        (_, Measured::Failed(message)) => Some(message),
    }
}

/// Draws the bars.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run)) else { return };
    let Some(shown) = Shown::of(state) else {
        // A panel is as wide as what it holds.
        ui.set_min_width(ui.available_width());
        section(ui, "Hit rate at 10");
        weak(ui, instead(state).unwrap_or_default());
        return;
    };
    let names: Vec<&str> = shown.types.iter().map(|(name, _)| name.as_str()).collect();
    // Unless somebody chose, the bars are of what the map's colours tell.
    let wanted = state.segments.chosen.as_deref().unwrap_or(state.map.colour_by.name());
    let at = names.iter().position(|name| *name == wanted).unwrap_or(0);
    section(ui, "Hit rate at 10");
    ui.horizontal(|ui| {
        choice(ui, "By", names[at], 120.0, |ui| {
            for (other, name) in names.iter().enumerate() {
                if ui.selectable_label(other == at, *name).clicked() {
                    state.segments.chosen = Some((*name).to_owned());
                }
            }
        });
    });
    let whose = if shown.live { "a sample of the users" } else { "all users" };
    weak(ui, format!("Of {whose} with such an item held out; most users first"));
    ui.add_space(4.0);
    let (name, segments) = &shown.types[at];
    ScrollArea::vertical().id_salt("segments").auto_shrink([false, false]).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 8.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        bars(ui, state, &run, name, segments);
    });
}

fn bars(ui: &mut Ui, state: &mut WindowState, run: &Run, name: &str, segments: &[Segment]) {
    let Ok(table) = run.table(name) else { return };
    let most = segments.iter().map(|segment| segment.hit_rate_at_10).fold(0.0, f64::max);
    let on_map = of_hovered_point(state, run, name);
    let mut pointed = None;
    for segment in segments {
        let Some(row) = table.vocabulary.index(&segment.id) else { continue };
        let (label, hits) = (table.name_of(row), numbers::percent(segment.hit_rate_at_10));
        let users = numbers::counted(segment.queries, "user");
        let spoken = format!("{name} {label}: hit rate {hits}");
        let hint = format!(
            "{label}\n{name} {}\n{hits} of {users}\nClick selects its points, Ctrl + click adds them, Alt + click takes them away",
            segment.id
        );

        let line = PairedRow {
            name: label,
            spoken: &spoken,
            share: segment.hit_rate_at_10,
            catalogue: None,
            most,
            figure: &hits,
            whole: on_map == Some(row),
            hint: &hint,
        };
        let response = line.show(ui);
        let subject = Subject { table: name.to_owned(), row };
        if response.clicked() {
            let join = Join::of(ui.input(|input| input.modifiers));
            select_facet(state, Facet::Id(subject.clone()), join);
        }
        if response.hovered() || response.has_focus() {
            pointed = Some(subject);
        }
    }
    point_at(state, pointed);
}

/// Has the rows of the bar found that is pointed at.
fn point_at(state: &mut WindowState, subject: Option<Subject>) {
    let Some(subject) = subject else {
        state.segments.pointed = None;
        return;
    };
    let request = RowsRequest { table: state.map.table.clone(), facet: Facet::Id(subject) };
    if state.segments.pointed.as_ref().is_none_or(|(asked, _)| *asked != request) {
        state.segments.pointed = Some((request.clone(), None));
        state.send(Command::Ask(Question::Rows(request)));
    }
}

/// The ID of type `name` that the point under the pointer has.
fn of_hovered_point(state: &WindowState, run: &Run, name: &str) -> Option<u32> {
    let row = state.map.hovered_row()?;
    if state.map.table == name {
        return Some(row);
    }
    let column = run.types.iter().position(|own| own.name == name)?;
    (run.types.first()?.name == state.map.table)
        .then(|| run.attributes.ids.get([row as usize, column]).copied())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_out_once_they_are_those_of_the_bar_that_is_pointed_at() {
        let of = |row| RowsRequest {
            table: "item".to_owned(),
            facet: Facet::Id(Subject { table: "brand".to_owned(), row }),
        };
        let mut segments = Segments { pointed: Some((of(3), None)), ..Segments::default() };
        segments.take(&of(4), &Arc::from([9]));
        assert!(segments.lit_rows("item").is_empty(), "another bar was pointed at by then");
        segments.take(&of(3), &Arc::from([7, 2]));
        assert_eq!(segments.lit_rows("item"), BTreeSet::from([2, 7]));
        assert!(segments.lit_rows("brand").is_empty());
    }
}
