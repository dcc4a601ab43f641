//! Runs: all that there are in a table, the one on show, and how runs compare.

mod bar;
mod best_so_far;
mod cells;
mod changes;
mod compare;
mod on_show;
mod overlaid;
mod parallel;
mod samples;
mod scale;
mod scatter;
mod seen;
mod sweep;
mod sweep_form;
mod sweep_line;
mod table;
mod trials;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Margin, Ui, vec2};

use super::controls::{page_heading, segmented};
use super::dialogs::Purpose;
use super::state::WindowState;
use crate::comparison::{MAIN_METRIC, RunTable, SortBy};
use crate::engine::{Command, JobKind, RunsCommand};
use cells::Editing;
use changes::Undone;
use compare::ComparePage;
use parallel::ParallelView;
use samples::{Brushes, Samples};
use scatter::ScatterView;
use sweep::SweepPage;

pub use sweep_line::sweep_line;

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The table of all runs.
    All,
    /// The run on show.
    OnShow,
    /// The checked runs against each other.
    Compare,
    /// A sweep.
    Sweep,
}

const VIEWS: [(View, &str, &str); 4] = [
    (View::All, "All runs", "Every run known, in a table"),
    (View::OnShow, "On show", "What the run on show is and how well it predicts"),
    (View::Compare, "Compare", "The checked runs against each other"),
    (View::Sweep, "Sweep", "Many runs, to find the best hyperparameters"),
];

/// What the page knows.
#[derive(Debug)]
pub struct RunsPage {
    /// What is on show, once somebody chose.
    view: Option<View>,
    /// The runs there are.
    table: Arc<RunTable>,
    /// Points of width of each of its columns.
    widths: Vec<f32>,
    /// Whether runs have been looked for.
    listed: bool,
    /// Whether they are to be looked for again.
    stale: bool,
    filter: String,
    sort: SortBy,
    falling: bool,
    only_differing: bool,
    archived: bool,
    /// The folders of runs that are checked, in that order.
    checked: Vec<PathBuf>,
    /// Folders of runs that were added.
    folders: Vec<PathBuf>,
    editing: Option<Editing>,
    /// What can be undone, latest last.
    undo: Vec<Undone>,
    compare: ComparePage,
    sweep: SweepPage,
    parallel: ParallelView,
    scatter: ScatterView,
    brushes: Brushes,
    /// What is brushed of the runs that were on show last.
    marked: BTreeSet<String>,
}

impl Default for RunsPage {
    fn default() -> Self {
        Self {
            view: None,
            table: Arc::default(),
            widths: Vec::new(),
            listed: false,
            stale: true,
            filter: String::new(),
            sort: SortBy::Column(MAIN_METRIC.to_owned()),
            falling: true,
            only_differing: false,
            archived: false,
            checked: Vec::new(),
            folders: Vec::new(),
            editing: None,
            undo: Vec::new(),
            compare: ComparePage::default(),
            sweep: SweepPage::default(),
            parallel: ParallelView::default(),
            scatter: ScatterView::default(),
            brushes: Brushes::default(),
            marked: BTreeSet::new(),
        }
    }
}

impl RunsPage {
    /// How the two checked runs differ, once that is known.
    pub fn comparison(&self) -> Option<&crate::engine::jobs::RunComparison> {
        self.compare.comparison()
    }

    /// Has runs looked for again when the page is drawn next.
    pub fn look_again(&mut self) {
        self.stale = true;
    }

    /// Shows `view`.
    pub fn show_view(&mut self, view: View) {
        self.view = Some(view);
    }

    /// Checks two runs, the second made from the first, and no others.
    pub fn compare_with(&mut self, parent: &Path, run: &Path) {
        self.checked = vec![parent.to_owned(), run.to_owned()];
        for folder in [parent, run].into_iter().filter_map(Path::parent) {
            self.add_folder_quietly(folder.to_owned());
        }
        self.stale = true;
    }

    /// Has the runs in `folder` listed too.
    pub fn add_folder(&mut self, folder: &Path) {
        self.add_folder_quietly(folder.to_owned());
        self.view = Some(View::All);
        self.stale = true;
    }

    /// Has the runs in `folder` listed too, next time.
    fn add_folder_quietly(&mut self, folder: PathBuf) {
        if !self.folders.contains(&folder) {
            self.folders.push(folder);
        }
    }

    /// Marks those of `samples` that are `kept`, if anything is brushed.
    fn mark(&mut self, samples: &Samples, kept: &[bool]) {
        let brushed = samples.keys.iter().zip(kept).filter(|(_, kept)| **kept && !self.brushes.is_empty());
        self.marked = brushed.map(|(key, _)| key.clone()).collect();
    }

    fn take_table(&mut self, table: Arc<RunTable>) {
        self.widths = cells::widths(&table);
        self.checked.retain(|path| table.runs.iter().any(|run| run.path == *path));
        self.table = table;
        self.listed = true;
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    if state.runs.stale && state.job(JobKind::ChangeRun).is_none() {
        state.runs.stale = false;
        let known = state.recent.runs().iter().map(|run| run.path.clone());
        let shown = state.run.as_ref().and_then(|shown| shown.path.clone());
        let command = RunsCommand::List { known: known.chain(shown).collect(), folders: state.runs.folders.clone() };
        state.send(Command::Runs(command));
    }
    let view = state.runs.view.unwrap_or(if state.run.is_some() { View::OnShow } else { View::All });
    egui::Frame::new().inner_margin(Margin { left: 28, right: 28, top: 20, bottom: 0 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            page_heading(ui, "Runs", "");
            ui.add_space(16.0);
            ui.allocate_ui(vec2(96.0 * VIEWS.len() as f32, 28.0), |ui| {
                let (names, hints) = (VIEWS.map(|(_, name, _)| name), VIEWS.map(|(.., hint)| hint));
                let taken = VIEWS.iter().position(|(other, ..)| *other == view);
                if let Some(picked) = segmented(ui, &names, &hints, taken) {
                    state.runs.show_view(VIEWS[picked].0);
                }
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let open = egui::Button::new("Open…").min_size(vec2(72.0, 28.0));
                if ui.add(open).on_hover_text("Open a run folder (Ctrl+Shift+O)").clicked() {
                    state.dialogs.ask(ui.ctx(), Purpose::OpenRun, "");
                }
            });
        });
    });
    match view {
        View::All => table::show(ui, state),
        View::OnShow => on_show::show(ui, state),
        View::Compare => compare::show(ui, state),
        View::Sweep => sweep::show(ui, state),
    }
}
