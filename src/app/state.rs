//! What the window knows, apart from how it is drawn: events change it, pages draw it and fill the outbox.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::branch_panel::BranchPanel;
use super::data_page::DataPage;
use super::dialogs::Dialogs;
use super::export_panel::ExportPanel;
use super::frame_times::FrameTimes;
use super::inspector::{self, Inspector};
use super::kept::Keeper;
use super::map::Panes;
use super::notices::Notices;
use super::palette::CommandPalette;
use super::picture_panel::PicturePanel;
use super::playback::Playback;
use super::projection::ProjectionPanel;
use super::recent::{Recent, RecentRun};
use super::runs::RunsPage;
use super::segments::Segments;
use super::train_page::TrainPage;
use super::while_training::WhileTraining;
use crate::dataset::Dataset;
use crate::engine::{Command, Event, JobId, JobKind, LiveView, NoticeLevel, ProjectionRequest, ProjectionResult};
use crate::numbers;
use crate::projection::Places;
use crate::run::Run;

/// The four places, in the order of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Files, roles, problems.
    Data,
    /// Hyperparameters and curves.
    Train,
    /// The map.
    Map,
    /// The run on show and recent ones.
    Runs,
}

impl Place {
    /// All places in order.
    pub const ALL: [Self; 4] = [Self::Data, Self::Train, Self::Map, Self::Runs];

    /// Its name in the rail.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Map => "Map",
            Self::Runs => "Runs",
        }
    }
}

/// A job that runs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningJob {
    /// Its number.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// In words.
    pub title: String,
}

/// The run on show: trained, in training, or opened.
#[derive(Debug, Clone)]
pub struct RunOnShow {
    /// The run.
    pub run: Arc<Run>,
    /// Its generation: answers of a lower one are stale.
    pub generation: u64,
    /// Its folder, once it has one.
    pub path: Option<PathBuf>,
    /// How many of its epochs are kept.
    pub kept_epochs: usize,
}

impl RunOnShow {
    /// Whether it was trained and is in no folder yet.
    pub fn is_unsaved(&self) -> bool {
        self.path.is_none() && self.run.metadata.epochs_done > 0.0
    }
}

/// What waits for the user's word because it would throw an unsaved run away.
#[derive(Debug, Clone)]
pub enum Pending {
    /// A command that replaces the run.
    Replace(Vec<Command>),
    /// Closing the window.
    Close,
}

/// Everything the window knows.
pub struct WindowState {
    /// The place on show.
    pub place: Place,
    /// Whether the welcome page is on show instead.
    pub welcome: bool,
    /// Files, roles, problems.
    pub data: DataPage,
    /// The loaded data.
    pub dataset: Option<Arc<Dataset>>,
    /// Hyperparameters.
    pub train: TrainPage,
    /// What is asked of a training that runs.
    pub while_training: WhileTraining,
    /// Hit rates by attribute ID.
    pub segments: Segments,
    /// The training that is played back.
    pub playback: Playback,
    /// Running jobs, oldest first.
    pub jobs: Vec<RunningJob>,
    /// The newest live values.
    pub live: LiveView,
    /// The run on show.
    pub run: Option<RunOnShow>,
    /// The maps side by side; the active one is meant where nothing else is said.
    pub map: Panes,
    /// The folders of two runs that are to be shown by their maps, the run on show first.
    pub beside: Option<[PathBuf; 2]>,
    /// How maps are made.
    pub projection: ProjectionPanel,
    /// What is known of the ID that is pinned.
    pub inspector: Inspector,
    /// The export panel.
    pub export: ExportPanel,
    /// The panel for branches.
    pub branch: BranchPanel,
    /// The field for everything.
    pub palette: CommandPalette,
    /// What is kept of how the run is shown.
    pub keeper: Keeper,
    /// The panel for pictures of the map.
    pub picture: PicturePanel,
    /// What happened.
    pub notices: Notices,
    /// Runs opened lately.
    pub recent: Recent,
    /// All runs.
    pub runs: RunsPage,
    /// Open file dialogs.
    pub dialogs: Dialogs,
    /// Commands to send after this frame.
    pub outbox: Vec<Command>,
    /// What waits for the user's word.
    pub pending: Option<Pending>,
    /// Whether the window may close without asking: it does so at once.
    pub may_close: bool,
    /// Whether the sheet of shortcuts is on show.
    pub shortcuts_shown: bool,
    /// The window's clock in seconds, as of this frame.
    pub now: f64,
    /// How long frames take.
    pub frames: FrameTimes,
}

impl WindowState {
    /// The state of a window that was just opened.
    pub fn new(recent: Recent) -> Self {
        Self {
            place: Place::Data,
            welcome: true,
            data: DataPage::default(),
            dataset: None,
            train: TrainPage::default(),
            while_training: WhileTraining::default(),
            segments: Segments::default(),
            playback: Playback::default(),
            jobs: Vec::new(),
            live: LiveView::default(),
            run: None,
            map: Panes::default(),
            beside: None,
            projection: ProjectionPanel::default(),
            inspector: Inspector::default(),
            export: ExportPanel::default(),
            branch: BranchPanel::default(),
            palette: CommandPalette::default(),
            keeper: Keeper::default(),
            picture: PicturePanel::default(),
            notices: Notices::default(),
            recent,
            runs: RunsPage::default(),
            dialogs: Dialogs::default(),
            outbox: Vec::new(),
            pending: None,
            may_close: false,
            shortcuts_shown: false,
            now: 0.0,
            frames: FrameTimes::default(),
        }
    }

    /// Shows `place`.
    pub fn go(&mut self, place: Place) {
        self.place = place;
        if place == Place::Runs {
            self.runs.look_again();
        }
        self.welcome = false;
    }

    /// Whether the maps are on show.
    pub fn is_at_map(&self) -> bool {
        self.place == Place::Map && !self.welcome
    }

    /// Asks the engine for something.
    pub fn send(&mut self, command: Command) {
        self.outbox.push(command);
    }

    /// Asks for `commands` that put another run in the place of the one on show: at once if that one is saved, else
    /// after the user's word.
    pub fn replace_run(&mut self, commands: Vec<Command>) {
        if self.is_worth_asking() {
            self.pending = Some(Pending::Replace(commands));
        } else {
            self.outbox.extend(commands);
        }
    }

    /// Whether the run on show is unsaved and took long enough to be missed.
    pub fn is_worth_asking(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|shown| shown.is_unsaved() && shown.run.metadata.timings.train >= super::WORTH_ASKING)
    }

    /// The job of `kind` that was asked for last, if one runs.
    pub fn job(&self, kind: JobKind) -> Option<&RunningJob> {
        self.jobs.iter().rev().find(|job| job.kind == kind)
    }

    /// Whether a training runs.
    pub fn is_training(&self) -> bool {
        self.live.training.is_some() || self.job(JobKind::Train).is_some()
    }

    /// Takes what the engine tells.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::JobStarted { id, kind, title } => {
                if kind == JobKind::Train {
                    self.notices.clear(NoticeLevel::Error);
                }
                self.jobs.push(RunningJob { id, kind, title });
            }
            Event::JobEnded { id, kind } => {
                self.jobs.retain(|job| job.id != id);
                match kind {
                    JobKind::Train => self.training_ended(),
                    JobKind::Preview => self.data.looking = false,
                    JobKind::Inspect => self.inspector.ended(),
                    JobKind::Filter if self.job(kind).is_none() => self.map.filter_ended(),
                    JobKind::NameRegions | JobKind::Contour | JobKind::Overview | JobKind::PlaceTypes
                        if self.job(kind).is_none() =>
                    {
                        self.map.layer_ended(kind);
                    }
                    JobKind::Summarize if self.job(kind).is_none() => self.inspector.summary_ended(),
                    JobKind::Segments if self.job(kind).is_none() => self.segments.unanswered(kind, "It was cancelled"),
                    JobKind::Project | JobKind::Unfold => self.map_ended(kind),
                    _ => {}
                }
            }
            Event::PreviewReady(preview) => self.data.take_preview(preview),
            Event::DatasetLoaded(dataset) => {
                self.data.loaded(&dataset);
                self.train.fit_to(&dataset);
                self.dataset = Some(dataset);
                self.go(Place::Train);
            }
            Event::RunReady { run, generation, path, in_training, kept_epochs } => {
                self.take_run(RunOnShow { run, generation, path, kept_epochs }, in_training);
            }
            Event::EpochMapsReady { request, maps, .. } => self.playback.take(&request, maps),
            Event::MapFound(map, places) => self.map.take_kept(*map, &places),
            Event::WindowReady(kept) => self.restore_window(*kept),
            Event::RunSaved(path) => {
                self.keeper = Keeper::default();
                if let Some(shown) = &mut self.run {
                    shown.path = Some(path.clone());
                }
                self.remember_run();
                self.runs.look_again();
                self.branch_saved(&path);
                self.notices.tell(NoticeLevel::Info, format!("The run is saved\nFolder: {}", path.display()));
                match self.pending.take() {
                    Some(Pending::Replace(commands)) => self.outbox.extend(commands),
                    Some(Pending::Close) => self.may_close = true,
                    None => {}
                }
            }
            Event::ProjectionReady(result, places) => self.take_map(*result, places),
            Event::GroupsReady { groups, generation } => {
                if self.run.as_ref().is_some_and(|shown| shown.generation == generation) {
                    self.map.take_groups(&groups);
                }
            }
            Event::BesideReady(map) => self.map.take_beside(map),
            Event::InspectionReady(inspection) => self.inspector.take(inspection),
            Event::Filtered { table, rows, generation } => {
                if self.run.as_ref().is_some_and(|shown| shown.generation == generation) {
                    self.map.take_filtered(&table, &rows);
                }
            }
            Event::Answered { answer, generation } => inspector::take_answer(self, answer, generation),
            Event::Unanswered { kind, message } => {
                self.map.belonging_failed(kind, &message);
                self.inspector.unanswered(kind, &message);
                self.segments.unanswered(kind, &message);
                if kind == JobKind::PlaceTypes {
                    self.notices.tell(NoticeLevel::Warning, message);
                }
            }
            Event::Runs(event) => self.take_runs_event(event),
            Event::Exported(paths) => {
                let written = match paths.as_slice() {
                    [] => "Nothing was written".to_owned(),
                    [path] => format!("Exported\nFile: {}", path.display()),
                    [first, ..] => format!("Exported {} files\nFile: {}", paths.len(), first.display()),
                };
                self.export.done(paths);
                self.notices.tell(NoticeLevel::Info, written);
            }
            Event::Notice { level, message } => {
                if level == NoticeLevel::Error {
                    self.data.failed(&message, self.jobs.iter().map(|job| job.kind));
                }
                if self.job(JobKind::ChangeRun).is_some() {
                    self.runs.look_again();
                }
                self.notices.tell(level, message);
            }
        }
    }

    /// Puts `shown` in the place of the run on show: its tables, its map, what was pinned in it.
    fn take_run(&mut self, shown: RunOnShow, in_training: bool) {
        let training = self.is_training();
        self.playback.close();
        let same_ids = self.run.as_ref().is_some_and(|before| before.run.has_same_rows(&shown.run));
        self.map.take_run(&shown.run, shown.generation, same_ids);
        if !same_ids {
            self.inspector.clear();
        }
        let opened = shown.path.is_some();
        let run = Arc::clone(&shown.run);
        self.run = Some(shown);
        if let Some(request) = self.map_of_new_run(training, in_training) {
            self.ask_for_map(request);
        }
        if !in_training {
            self.keep_branch(&run.metadata);
        }
        if !training || !self.inspector.is_empty() {
            self.ask_again();
        }
        if opened {
            self.remember_run();
            self.go(Place::Map);
            self.open_beside();
        }
    }

    /// Asks again for what is pinned, after the run or the question changed.
    pub fn ask_again(&mut self) {
        if let Some(request) = self.inspector.request() {
            self.outbox.push(Command::Inspect(request));
        }
    }

    fn training_ended(&mut self) {
        if !self.branch.takes_over() {
            self.outbox.push(Command::FollowTraining(None));
        }
    }

    /// Shows `table` on the map that was shown of it last; while training the live map follows to it.
    pub fn show_table(&mut self, table: &str) {
        let Some(shown) = &self.run else { return };
        self.playback.close();
        self.map.show_table(&shown.run, table);
        if self.is_training() {
            return self.follow_training(table);
        }
        let making = self.live.projection.as_ref().filter(|frame| frame.request.table == table);
        let request = making.map_or_else(|| self.map.last_request(), |frame| frame.request.as_ref().clone());
        self.show_map(request);
    }

    /// Shows the map of `request`: at once if it was made before, or as it comes if it is being made.
    pub fn show_map(&mut self, request: ProjectionRequest) {
        self.playback.close();
        if self.map.want(request.clone(), self.now) {
            return;
        }
        if self.live.projection.as_ref().is_some_and(|frame| *frame.request == request) {
            self.map.place(&request);
        } else {
            self.ask_for_map(request);
        }
    }

    /// Shows the newest frame of a map that is being made.
    pub fn follow_map(&mut self) {
        if let Some(frame) = self.live.projection.clone().filter(|_| !self.is_training()) {
            self.map.take_frame(&frame, self.now);
        }
    }

    /// Takes a map that is done.
    fn take_map(&mut self, result: ProjectionResult, places: Arc<Places>) {
        if self.run.as_ref().is_none_or(|shown| shown.generation != result.generation) {
            return;
        }
        let (kind, table) = (result.request.job_kind(), numbers::plural(&result.request.table));
        let method = super::projection::method_name(&result.request.settings.method);
        let shown = self.map.take_projection(result, places, self.is_training(), self.now);
        if !shown && kind == JobKind::Unfold && !self.is_training() {
            self.notices.tell(NoticeLevel::Info, format!("The {method} map of {table} is done; it is kept"));
        }
    }

    /// A map's job has ended: if the map that is wanted did not come of it, another one takes its place.
    fn map_ended(&mut self, kind: JobKind) {
        if self.job(kind).is_none() && !self.is_training() {
            self.map.maps_ended(kind, self.now);
        }
    }

    /// Pins row `row` of `table`: shows its map, selects it there and looks it up.
    pub fn pin(&mut self, table: &str, row: u32) {
        if self.map.table != table && !self.map.activate_table(table) {
            self.show_table(table);
        }
        self.map.remember();
        self.map.selection = std::iter::once(row).collect();
        self.map.styles_changed();
        self.inspector.pin(table, row);
        self.ask_again();
    }

    /// Starts training with the hyperparameters of the form.
    pub fn start_training(&mut self) {
        let Some(request) = self.train.request() else { return };
        let table = if self.map.table.is_empty() { None } else { Some(self.map.table.clone()) };
        let table =
            table.or_else(|| self.dataset.as_ref()?.catalogue.id_types.first().map(|id_type| id_type.name.clone()));
        let follow = table.map(|table| self.while_training.request(&table, self.map.dims));
        let keep = Command::KeepEpochs(self.train.keep_epochs());
        self.replace_run(vec![keep, Command::FollowTraining(follow), Command::Train(request)]);
    }

    /// The folder of the run that a training can start from: the one on show, once it is saved.
    pub fn start_of_training(&self) -> Option<&Path> {
        self.run.as_ref().and_then(|shown| shown.path.as_deref())
    }

    /// Trains on the loaded data with the hyperparameters of the form, from what the run on show learned.
    pub fn train_on(&mut self) {
        let Some(path) = self.start_of_training().map(Path::to_owned) else { return };
        let Some(request) = self.train.request() else { return };
        let follow = self.map.request().map(|request| self.while_training.request(&request.table, self.map.dims));
        let keep = Command::KeepEpochs(self.train.keep_epochs());
        self.replace_run(vec![keep, Command::FollowTraining(follow), Command::TrainFrom(path, request)]);
    }

    /// Goes on with the run on show where it was stopped.
    pub fn continue_training(&mut self) {
        let Some(shown) = &self.run else { return };
        let types = &shown.run.types;
        let table = types
            .iter()
            .map(|own| &own.name)
            .find(|name| **name == self.map.table)
            .or(types.first().map(|own| &own.name));
        let follow = table.map(|table| self.while_training.request(table, self.map.dims));
        let backend = self.train.backend();
        self.outbox.extend([Command::FollowTraining(follow), Command::Continue(backend)]);
        self.go(Place::Train);
    }

    fn remember_run(&mut self) {
        let Some(RunOnShow { run, path: Some(path), .. }) = &self.run else { return };
        let data = &run.metadata.data;
        let about = format!("{}, {}", numbers::counted(data.items, "item"), numbers::counted(data.events, "event"));
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let when = chrono::Local::now().format("%Y-%m-%d %H:%M").to_string();
        self.recent.add(RecentRun { path, name: run.metadata.name.clone(), about, when });
    }
}
