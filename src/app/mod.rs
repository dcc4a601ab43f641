//! The window: asks the engine, draws what it answers, computes nothing.
//!
//! [`App`] owns an [`Engine`] and a state that events change and pages draw; commands leave through the state's
//! outbox after each frame. Nothing here waits: files, training, projections and look-ups are the engine's jobs,
//! file dialogs have threads of their own.

mod branch_panel;
mod controls;
mod curves;
mod data_page;
mod dialogs;
mod export_panel;
mod frame_times;
mod icons;
mod inspector;
mod kept;
mod layout;
mod map;
mod missing_letters;
mod notices;
mod palette;
mod picture_panel;
mod playback;
mod projection;
mod rail;
mod recent;
mod runs;
mod seen;
mod segments;
mod shortcuts;
mod state;
mod strip;
mod system_fonts;
mod theme;
mod top_bar;
mod train_actions;
mod train_page;
mod train_progress;
mod welcome;
mod while_training;

use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui;

use crate::engine::{Command, Engine, NoticeLevel};
use crate::summary::IdShare;
use dialogs::{Answer, Purpose};
use recent::Recent;
use state::{Pending, WindowState};

pub use state::Place;

/// Seconds of training from which a run is worth a question before it is thrown away.
const WORTH_ASKING: f64 = 20.0;

/// How a window starts.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A run folder or data files to open at once.
    pub paths: Vec<PathBuf>,
    /// The file that keeps the recent runs; `None` keeps them for this session only.
    pub recent: Option<PathBuf>,
}

/// Opens the window with `paths` (a run folder, or data files) and returns when it is closed.
///
/// # Errors
/// What kept the window from opening and what to do, in words for people.
pub fn run(paths: Vec<PathBuf>) -> Result<(), String> {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("ID Atlas")
            .with_app_id("id-atlas")
            .with_icon(icon)
            .with_inner_size([1320.0, 840.0])
            .with_min_inner_size([760.0, 520.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Wgpu,
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "ID Atlas",
        options,
        Box::new(move |context| {
            let mut app = App::new(context, Options { paths, recent: None });
            app.state.recent = Recent::of_user();
            Ok(Box::new(app))
        }),
    )
    .map_err(|error| {
        format!("The window cannot be opened ({error}); the headless verbs need no display, see idatlas --help")
    })
}

/// What a summary on show tells.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownSummary {
    /// Items that are summed up.
    pub items: usize,
    /// Mean cosine of two different items.
    pub cohesion: Option<f64>,
    /// Type and ID of each share, in the order they stand in, and the items of the catalogue that carry it.
    pub shares: Vec<(String, String, u32)>,
}

/// One of the maps side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPane {
    /// Its table.
    pub table: String,
    /// Whether inspector, legend and tools speak of it.
    pub is_active: bool,
    /// The IDs that are selected on it, in row order.
    pub selected: Vec<String>,
    /// The IDs that are marked on it because they belong to what is pointed at in another one.
    pub pointed: Vec<String>,
    /// Whether it has points.
    pub has_map: bool,
    /// Where it was drawn in the last frame.
    pub canvas: egui::Rect,
}

/// From one frame for live values to the next where the processors draw too: they spend most of the time on the work itself.
const SPACING_IN_SOFTWARE: Duration = Duration::from_millis(400);

/// The window.
pub struct App {
    engine: Engine,
    state: WindowState,
}

impl App {
    /// A window in `context`, with an engine of its own.
    #[must_use]
    pub fn new(context: &eframe::CreationContext<'_>, options: Options) -> Self {
        theme::install(&context.egui_ctx);
        if let Some(render_state) = &context.wgpu_render_state {
            map::install(render_state);
        }
        let ctx = context.egui_ctx.clone();
        let engine = Engine::start(move || ctx.request_repaint());
        let recent = options.recent.map_or_else(Recent::default, Recent::read);
        let mut app = Self { engine, state: WindowState::new(recent) };
        if let Some(render_state) = &context.wgpu_render_state {
            app.state.map.most_discs = map::most_discs(render_state);
            if map::draws_in_software(render_state) {
                app.engine.space_live(SPACING_IN_SOFTWARE);
            }
        }
        app.open(&options.paths);
        app
    }

    /// The place on show; `None` on the welcome page.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        (!self.state.welcome).then_some(self.state.place)
    }

    /// The messages on show, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.state.notices.shown().iter().map(|notice| notice.message.clone()).collect()
    }

    /// Points of the loss curve on show.
    #[must_use]
    pub fn curve_points(&self) -> usize {
        self.state.live.curve.len()
    }

    /// Items of the loaded data.
    #[must_use]
    pub fn item_count(&self) -> Option<usize> {
        self.state.dataset.as_ref().map(|dataset| dataset.catalogue.item_count())
    }

    /// Whether a training runs.
    #[must_use]
    pub fn is_training(&self) -> bool {
        self.state.is_training()
    }

    /// The kept epoch on show and how many there are, while a training is played back.
    #[must_use]
    pub fn epoch_on_show(&self) -> Option<(usize, usize)> {
        self.state.playback.moment()
    }

    /// Whether there are hit rates by attribute ID on show.
    #[must_use]
    pub fn has_segments(&self) -> bool {
        segments::has_any(&self.state)
    }

    /// Whether the map has points of the table on show.
    #[must_use]
    pub fn has_map(&self) -> bool {
        self.state.map.has_points()
    }

    /// The maps side by side, in the order in which they were opened.
    #[must_use]
    pub fn panes(&self) -> Vec<ShownPane> {
        let run = self.state.run.as_ref().map(|shown| &shown.run);
        let active = self.state.map.active();
        let pane = |map: &map::MapView| {
            let table = run.and_then(|run| run.table(&map.table).ok());
            let id = |&row: &u32| table.map_or(String::new(), |table| table.vocabulary.id(row).to_owned());
            ShownPane {
                table: map.table.clone(),
                is_active: map.id() == active,
                selected: map.selection.iter().map(id).collect(),
                pointed: map.pointed().iter().map(id).collect(),
                has_map: map.has_points(),
                canvas: map.canvas(),
            }
        };
        self.state.map.all().iter().map(pane).collect()
    }

    /// How many of the pinned ID's nearest came, went and stayed in the run beside the one on show, once that is known.
    #[must_use]
    pub fn changed_near(&self) -> Option<(usize, usize, usize)> {
        let change = self.state.map.near_change()?;
        Some((change.come.len(), change.gone.len(), change.kept.len()))
    }

    /// Where row `row` lies on screen in the map opened at place `pane`, as of the last frame.
    #[must_use]
    pub fn position_in_pane(&self, pane: usize, row: u32) -> Option<egui::Pos2> {
        self.state.map.all().get(pane)?.screen_position(row)
    }

    /// Where row `row` of the table on show lies on screen, as of the last frame.
    #[must_use]
    pub fn position_in_screen(&self, row: u32) -> Option<egui::Pos2> {
        self.state.map.screen_position(row)
    }

    /// The IDs that are selected on the map, in row order.
    #[must_use]
    pub fn selected_ids(&self) -> Vec<String> {
        let Some(shown) = &self.state.run else { return Vec::new() };
        let Ok(table) = shown.run.table(&self.state.map.table) else { return Vec::new() };
        self.state.map.selection.iter().map(|&row| table.vocabulary.id(row).to_owned()).collect()
    }

    /// The pinned ID and its nearest ones, once they are looked up.
    #[must_use]
    pub fn neighbours(&self) -> Option<(String, Vec<String>)> {
        let answer = self.state.inspector.answer()?;
        Some((answer.id.clone(), answer.neighbors.iter().map(|neighbor| neighbor.id.clone()).collect()))
    }

    /// How many IDs the list beside the map has, once they are found.
    #[must_use]
    pub fn found_ids(&self) -> Option<usize> {
        let search = &self.state.map.search;
        (search.open && !search.is_waiting() && search.fault().is_none()).then(|| search.found().len())
    }

    /// The summary of what is selected or pinned, once it is there.
    #[must_use]
    pub fn summary(&self) -> Option<ShownSummary> {
        let (summary, shown) = (self.state.inspector.summary()?, self.state.run.as_ref()?);
        let shares = summary.items.types.iter().flat_map(|shares| {
            let table = shown.run.type_table(shares.type_index);
            let share =
                move |id: &IdShare| (table.name.to_owned(), table.vocabulary.id(id.row).to_owned(), id.catalogue_items);
            shares.ids.iter().map(share)
        });
        let (items, cohesion) = (summary.items.items.len(), summary.items.cohesion.mean_cosine);
        Some(ShownSummary { items, cohesion, shares: shares.collect() })
    }

    /// The two IDs that are compared, once what is known of them is there.
    #[must_use]
    pub fn compared_ids(&self) -> Option<[String; 2]> {
        self.state.inspector.compared().map(|found| found.pair.clone().map(|one| one.id))
    }

    /// What completes the analogy of the inspector, nearest first, once it is there.
    #[must_use]
    pub fn analogy_answers(&self) -> Option<Vec<String>> {
        self.state.inspector.completed().map(|found| found.iter().map(|one| one.id.clone()).collect())
    }

    /// The IDs nearest to the new item of the inspector, and whether it has a place on the map, once that is known.
    #[must_use]
    pub fn new_item(&self) -> Option<(Vec<String>, bool)> {
        let found = self.state.inspector.composed()?;
        Some((found.neighbors.iter().map(|one| one.id.clone()).collect(), found.place.is_some()))
    }

    /// The names of the map's dense regions, largest first.
    #[must_use]
    pub fn region_names(&self) -> Vec<String> {
        self.state.map.region_names()
    }

    /// What the legend of the map lists.
    #[must_use]
    pub fn legend_names(&self) -> Vec<String> {
        self.state.map.legend_names()
    }

    /// The name of the run on show, and the name of the run that its training started from.
    #[must_use]
    pub fn run_names(&self) -> Option<(String, Option<String>)> {
        let about = &self.state.run.as_ref()?.run.metadata;
        Some((about.name.clone(), about.from.as_ref().map(|from| from.name.clone())))
    }

    /// The method of the map on show, whether that map is done, and its points.
    #[must_use]
    pub fn map_on_show(&self) -> Option<(&'static str, bool, usize)> {
        self.state.map.on_show()
    }

    /// Iterations done of the map that is being made.
    #[must_use]
    pub fn map_iterations(&self) -> Option<usize> {
        self.state.live.projection.as_ref().map(|frame| frame.iteration)
    }

    /// Sets the iterations of the next t-SNE, as the form does.
    pub fn set_map_iterations(&mut self, iterations: usize) {
        self.state.projection.tsne.iterations = iterations;
    }

    /// Sets one hyperparameter from text, as the form does.
    pub fn set_hyperparameter(&mut self, key: &str, value: &str) {
        self.state.train.set(key, value);
    }

    /// Opens a run folder, or shows what data files would be read as.
    pub fn open(&mut self, paths: &[PathBuf]) {
        if let Some(run) = paths.iter().find(|path| is_run(path)) {
            // As lists of runs name it.
            let run = std::path::absolute(run).unwrap_or_else(|_| run.clone());
            self.state.replace_run(vec![Command::OpenRun(run)]);
        } else if !paths.is_empty() {
            self.state.data.add(paths);
            self.state.go(Place::Data);
            if let Some(command) = self.state.data.look() {
                self.state.send(command);
            }
        }
    }

    /// Takes the answers of file dialogs.
    fn take_answers(&mut self) {
        for answer in self.state.dialogs.poll() {
            match answer {
                Answer::Chosen(purpose, paths) => self.take_paths(purpose, &paths),
                Answer::Unavailable(
                    Purpose::SaveRun
                    | Purpose::ExportTo
                    | Purpose::PictureTo
                    | Purpose::OpenRun
                    | Purpose::OpenPacked
                    | Purpose::Events
                    | Purpose::Items,
                ) => {
                    let words =
                        "This desktop offers no file dialog; type the path into the field, or drop the files here";
                    self.state.notices.tell(NoticeLevel::Warning, words);
                }
            }
        }
    }

    fn take_paths(&mut self, purpose: Purpose, paths: &[PathBuf]) {
        let Some(first) = paths.first() else { return };
        match purpose {
            Purpose::Events | Purpose::Items => {
                if purpose == Purpose::Events {
                    self.state.data.set_events(paths);
                } else {
                    self.state.data.set_items(first);
                }
                if let Some(command) = self.state.data.look() {
                    self.state.send(command);
                }
            }
            Purpose::OpenRun | Purpose::OpenPacked => self.state.replace_run(vec![Command::OpenRun(first.clone())]),
            Purpose::PictureTo => self.state.picture.set_path(first.clone()),
            Purpose::SaveRun | Purpose::ExportTo => self.state.export.set_path(first.clone()),
        }
    }

    /// Holds the window open while something unsaved is worth a question.
    fn guard_close(&mut self, ctx: &egui::Context) {
        if self.state.may_close {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        let asked = ctx.input(|input| input.viewport().close_requested());
        if asked && !self.state.may_close && (self.state.is_training() || self.state.is_worth_asking()) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.state.pending = Some(Pending::Close);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.state.now = ctx.input(|input| input.time);
        self.state.live = self.engine.live();
        while let Some(event) = self.engine.poll() {
            self.state.apply(event);
        }
        self.state.follow_map();
        self.state.ask_for_maps();
        self.state.tell_pinned();
        self.state.keep_window();
        if self.state.has_unkept() {
            ctx.request_repaint_after(Duration::from_millis(400));
        }
        self.take_answers();
        let dropped: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        self.open(&dropped);
        self.guard_close(ctx);
        self.send();
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.state.frames.record(self.state.now, frame.info().cpu_usage);
        shortcuts::handle(&ctx, &mut self.state);
        layout::show(ui, &mut self.state);
        self.state.map.collect_steps();
        self.send();
    }
}

impl App {
    fn send(&mut self) {
        for command in self.state.outbox.drain(..) {
            self.engine.send(command);
        }
    }
}

/// Whether `path` is a run folder.
fn is_run(path: &Path) -> bool {
    path.join("run.json").is_file() || crate::engine::jobs::is_packed(path)
}
