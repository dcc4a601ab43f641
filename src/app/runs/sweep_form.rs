//! What a sweep tries, and its levers.

use std::path::PathBuf;

use eframe::egui::{self, Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::sweep::{SCORES, STRATEGIES};
use crate::app::controls::{icon_button, page_heading, primary_button, section, segmented, weak};
use crate::app::icons::Icon;
use crate::app::state::WindowState;
use crate::app::theme::{Palette, SMALL};
use crate::dataset::Holdout;
use crate::engine::jobs::sweep::SweepRequest;
use crate::engine::{Command, RunsCommand};
use crate::numbers;
use crate::training::Hyperparameters;
use crate::training::sweep::{Space, Strategy};

/// Seed of the choice of trials.
const SEED: u64 = 1;
/// Trials at most.
const MOST: usize = 100_000;

/// Draws the form.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let running = state.live.sweep.is_some();
    let checked = check(state);
    egui::Panel::bottom("sweep actions")
        .frame(egui::Frame::new().inner_margin(egui::Margin::symmetric(0, 10)))
        .show(ui, |ui| levers(ui, state, &checked));
    ScrollArea::vertical().id_salt("sweep form").auto_shrink([false, false]).show(ui, |ui| {
        ui.add_enabled_ui(!running, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            page_heading(ui, "Sweep", "");
            weak(ui, "What is not listed here is as in the Train form.\nValues: 1, 2, 5 · 2 to 8 · 0.02 to 0.5 log");
            ui.add_space(4.0);
            rows(ui, state, &checked);
            ui.add_space(8.0);
            settings(ui, state, &checked);
        });
    });
}

/// What is wrong with the form.
#[derive(Debug, Default)]
struct Refused {
    /// By row; beyond the last row: of all rows.
    rows: Vec<(usize, String)>,
    count: Option<&'static str>,
    jobs: Option<&'static str>,
    minutes: Option<&'static str>,
}

impl Refused {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.count.is_none() && self.jobs.is_none() && self.minutes.is_none()
    }
}

/// The request that the form describes.
fn check(state: &mut WindowState) -> Result<SweepRequest, Refused> {
    let base = state.train.hyperparameters();
    let (holdout, backend) = (state.train.holdout(), state.train.backend());
    let page = &state.runs.sweep;
    let mut refused = Refused::default();
    let space = Space::of_rows(&page.rows, base);
    let trials = page.count.trim().parse::<usize>().ok().filter(|count| (1..=MOST).contains(count));
    if trials.is_none() {
        refused.count = Some("a whole number from 1 to 100000");
    }
    let jobs = page.jobs.trim();
    let jobs =
        if jobs.is_empty() { Some(1) } else { jobs.parse::<usize>().ok().filter(|jobs| (1..=256).contains(jobs)) };
    if jobs.is_none() {
        refused.jobs = Some("a whole number from 1 to 256, or empty");
    }
    let minutes = page.minutes.trim();
    let seconds = match minutes.parse::<f64>() {
        _ if minutes.is_empty() => None,
        Ok(minutes) if minutes > 0.0 && minutes.is_finite() => Some(minutes * 60.0),
        _ => {
            refused.minutes = Some("a number above 0, or empty");
            None
        }
    };
    match (space, trials) {
        (Ok(space), Some(trials)) if refused.is_empty() => Ok(SweepRequest {
            space,
            strategy: STRATEGIES[page.strategy].0,
            trials,
            seed: SEED,
            seconds,
            jobs: jobs.unwrap_or(1),
            keep_all: page.keep_all,
            // Without anything held out there is nothing to rank by.
            holdout: if holdout == Holdout::None { Holdout::LastSession } else { holdout },
            score: SCORES[page.score].0,
            backend,
        }),
        (space, _) => {
            refused.rows = space.err().unwrap_or_default();
            Err(refused)
        }
    }
}

fn complaint(ui: &mut Ui, why: &str) {
    let palette = Palette::of(ui);
    ui.add(egui::Label::new(RichText::new(why).size(SMALL).color(palette.error)).wrap());
}

fn rows(ui: &mut Ui, state: &mut WindowState, checked: &Result<SweepRequest, Refused>) {
    let refused: &[(usize, String)] = checked.as_ref().err().map_or(&[], |refused| &refused.rows);
    let types = state.train.type_names();
    let page = &mut state.runs.sweep;
    let mut gone = None;
    for at in 0..page.rows.len() {
        ui.horizontal(|ui| {
            let (key, words) = &mut page.rows[at];
            let combo = egui::ComboBox::from_id_salt(("sweep key", at)).selected_text(key.as_str()).width(150.0);
            let name = format!("Hyperparameter {}", at + 1);
            ui.name_inputs(name, |ui| {
                combo.height(360.0).show_ui(ui, |ui| {
                    for doc in Hyperparameters::keys().iter().filter(|doc| !doc.is_by_type()) {
                        ui.selectable_value(key, doc.key.to_owned(), doc.key).on_hover_text(doc.help);
                    }
                    for doc in Hyperparameters::keys().iter().filter(|doc| doc.is_by_type()) {
                        for name in &types {
                            let own = doc.key.replace("TYPE", name);
                            ui.selectable_value(key, own.clone(), own).on_hover_text(doc.help);
                        }
                    }
                })
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Close, &format!("Remove {key}")).clicked() {
                    gone = Some(at);
                }
                let field = egui::TextEdit::singleline(words)
                    .id_salt(("sweep values", at))
                    .hint_text("1, 2, 5 or 2 to 8")
                    .desired_width(ui.available_width() - 8.0);
                ui.name_inputs(format!("Values of {key}"), |ui| ui.add(field));
            });
        });
        for (_, why) in refused.iter().filter(|(row, _)| *row == at) {
            complaint(ui, why);
        }
    }
    if let Some(at) = gone {
        page.rows.remove(at);
    }
    for (_, why) in refused.iter().filter(|(row, _)| *row >= page.rows.len()) {
        complaint(ui, why);
    }
    if ui.button("Add a hyperparameter").clicked() {
        let keys = Hyperparameters::keys().iter().filter(|doc| !doc.is_by_type());
        let mut free = keys.filter(|doc| page.rows.iter().all(|(key, _)| key != doc.key));
        let key = free.next().map_or("epochs", |doc| doc.key);
        page.rows.push((key.to_owned(), String::new()));
    }
}

fn settings(ui: &mut Ui, state: &mut WindowState, checked: &Result<SweepRequest, Refused>) {
    let page = &mut state.runs.sweep;
    section(ui, "How they are tried");
    let (names, hints) = (STRATEGIES.map(|(_, name, _)| name), STRATEGIES.map(|(.., hint)| hint));
    if let Some(picked) = segmented(ui, &names, &hints, Some(page.strategy)) {
        page.strategy = picked;
    }
    weak(ui, STRATEGIES[page.strategy].2);
    section(ui, "How they are ranked");
    let (names, hints) = (SCORES.map(|(_, name, _)| name), SCORES.map(|(.., hint)| hint));
    if let Some(picked) = segmented(ui, &names, &hints, Some(page.score)) {
        page.score = picked;
    }
    weak(ui, SCORES[page.score].2);
    section(ui, "How many");
    let refused = checked.as_ref().err();
    setting(ui, "Trials", "at most", &mut page.count);
    if let Some(why) = refused.and_then(|refused| refused.count) {
        complaint(ui, why);
    }
    setting(ui, "At once", "1", &mut page.jobs);
    if let Some(why) = refused.and_then(|refused| refused.jobs) {
        complaint(ui, why);
    }
    setting(ui, "Minutes", "no limit", &mut page.minutes);
    if let Some(why) = refused.and_then(|refused| refused.minutes) {
        complaint(ui, why);
    }
    setting(ui, "Sweep folder", "path of a new folder", &mut page.folder);
    ui.checkbox(&mut page.keep_all, "Keep the run of every trial")
        .on_hover_text("Else only the best trial's run is kept");
    if let Ok(request) = checked
        && request.strategy == Strategy::Grid
    {
        let size = request.space.grid_size();
        let words = numbers::exact(size);
        weak(
            ui,
            if size > request.trials as u64 {
                format!("The grid has {words} combinations; {} of them are tried, drawn at random.", request.trials)
            } else {
                format!("The grid has {words} combinations.")
            },
        );
    }
}

fn setting(ui: &mut Ui, name: &str, hint: &str, text: &mut String) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(palette.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let field = egui::TextEdit::singleline(text).hint_text(hint).desired_width(212.0);
            ui.add(field).labelled_by(label.id);
        });
    });
}

fn levers(ui: &mut Ui, state: &mut WindowState, checked: &Result<SweepRequest, Refused>) {
    let button = |name: &str| egui::Button::new(name.to_owned()).min_size(vec2(80.0, 30.0));
    ui.horizontal(|ui| {
        if let Some(status) = &state.live.sweep {
            let paused = status.paused;
            let (name, command) =
                if paused { ("Resume", RunsCommand::ResumeSweep) } else { ("Pause", RunsCommand::PauseSweep) };
            if ui.add(button(name)).clicked() {
                state.send(Command::Runs(command));
            }
            let stop =
                ui.add(button("Stop")).on_hover_text("Ends the sweep; it can go on later from what was measured");
            if stop.clicked() {
                state.send(Command::Runs(RunsCommand::StopSweep));
            }
            return;
        }
        let folder = state.runs.sweep.folder.trim().to_owned();
        let free = state.dataset.is_some() && !state.is_training();
        let unfinished = state.runs.sweep.is_unfinished();
        if unfinished && primary_button(ui, "Go on", free).on_hover_text("Trains what is left of it").clicked() {
            state.sweep_on();
        }
        let ready = free && checked.is_ok() && !folder.is_empty();
        let start =
            if unfinished { ui.add_enabled(ready, button("Start")) } else { primary_button(ui, "Start", ready) };
        if start.clicked()
            && let Ok(request) = checked
        {
            state.runs.sweep.last = Some((Box::new(request.clone()), PathBuf::from(&folder)));
            state.runs.add_folder_quietly(PathBuf::from(&folder));
            state.sweep_on();
        }
        if ui.add_enabled(!folder.is_empty(), button("Open")).on_hover_text("Reads the sweep in that folder").clicked()
        {
            state.send(Command::Runs(RunsCommand::ReadSweep(PathBuf::from(folder.clone()))));
        }
        let why = if state.dataset.is_none() {
            "Load data first."
        } else if state.is_training() {
            "A training runs."
        } else if folder.is_empty() {
            "Name a folder."
        } else {
            ""
        };
        weak(ui, why);
    });
}
