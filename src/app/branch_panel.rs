//! Branching: going on from the run on show, or from the training that runs, with other hyperparameters.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Align, Layout, RichText, TextEdit, Ui};

use super::controls::{FILE_PANEL_WIDTH, file_panel, hairline, in_words, primary_button, weak};
use super::export_panel::file_name;
use super::state::{Place, RunOnShow, WindowState};
use super::theme::{Palette, SMALL};
use crate::engine::jobs::BranchRequest;
use crate::engine::{Command, NoticeLevel};
use crate::run::{Run, RunMetadata, free_place};
use crate::training::Hyperparameters;

/// What can be changed besides the weights of types.
const KEYS: [&str; 6] = ["learning_rate", "alpha", "beta", "negatives", "struct_negatives", "struct_share"];

/// Height of what is over, under and around the hyperparameters, which scroll in a low window.
const AROUND: f32 = 320.0;

/// One hyperparameter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    key: String,
    before: String,
    text: String,
}

/// A branch that is being trained, and where it and the run it branched from are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Coming {
    name: String,
    parent: PathBuf,
    folder: PathBuf,
    /// The training it branches from is still stopping.
    waits: bool,
}

/// The panel.
#[derive(Debug, Default)]
pub struct BranchPanel {
    open: bool,
    fields: Vec<Field>,
    epochs: String,
    name: String,
    folder: String,
    coming: Option<Coming>,
    opened: u32,
}

impl BranchPanel {
    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Closes the panel.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// A training has ended; whether a branch of it is about to begin.
    pub fn takes_over(&mut self) -> bool {
        self.coming.as_mut().is_some_and(|coming| std::mem::take(&mut coming.waits))
    }

    fn fill(&mut self, run: &Run, path: Option<&Path>, folder: &Path) {
        let values = &run.metadata.hyperparameters;
        let weights = run.types.iter().skip(1).map(|own| format!("weight.{}", own.name));
        let field = |key: String| {
            let before = values.get(&key).unwrap_or_else(|| "1".to_owned());
            Field { key, text: before.clone(), before }
        };
        self.opened += 1;
        self.open = true;
        self.fields = KEYS.iter().map(|key| (*key).to_owned()).chain(weights).map(field).collect();
        self.epochs = (values.epochs / 2).max(1).to_string();
        self.name = format!("{} b{}", run.metadata.name, self.opened);
        self.folder = path.and_then(Path::parent).unwrap_or(folder).display().to_string();
    }

    /// What is wrong with the text of `field`.
    fn fault(field: &Field, values: &Hyperparameters) -> Option<String> {
        values.clone().set(&field.key, &field.text).err().map(|error| error.to_string())
    }

    fn epochs(&self) -> Option<u32> {
        self.epochs.trim().parse().ok().filter(|epochs| (1..=1_000_000).contains(epochs))
    }

    fn changes(&self) -> Vec<(String, String)> {
        let changed = self.fields.iter().filter(|field| field.text.trim() != field.before);
        changed.map(|field| (field.key.clone(), field.text.trim().to_owned())).collect()
    }
}

/// Why there can be no branch now; `None` if there can.
pub fn hindrance(state: &WindowState) -> Option<&'static str> {
    let Some(shown) = &state.run else { return Some("There is no run to branch from") };
    let about = &shown.run.metadata;
    match &state.dataset {
        None => Some("Load the data that the run was trained on; then it can branch"),
        Some(dataset) if dataset.fingerprint != about.data.hash => {
            Some("Load the data that the run was trained on; then it can branch")
        }
        Some(_) if state.live.sweep.is_some() => Some("A sweep runs; stop it first"),
        Some(_) if state.is_training() || shown.run.checkpoint.is_some() => None,
        Some(_) => Some("The run has no checkpoint to branch from"),
    }
}

/// Opens the panel, or says why it cannot.
pub fn open(state: &mut WindowState) {
    if let Some(why) = hindrance(state) {
        return state.notices.tell(NoticeLevel::Warning, why);
    }
    let folder = state.export.folder();
    if let Some(shown) = &state.run {
        state.branch.fill(&shown.run, shown.path.as_deref(), &folder);
    }
}

/// Draws the panel.
pub fn show(ctx: &egui::Context, state: &mut WindowState) {
    if !state.branch.open {
        return;
    }
    let Some(shown) = state.run.clone() else {
        state.branch.close();
        return;
    };
    let mut pressed = None;
    file_panel(ctx, "Branch", "branch").show(ctx, |ui| {
        ui.set_width(FILE_PANEL_WIDTH);
        pressed = contents(ui, state, &shown);
    });
    match pressed {
        Some(true) => begin(state, &shown),
        Some(false) => state.branch.close(),
        None => {}
    }
}

/// `true`: begin, `false`: close.
fn contents(ui: &mut Ui, state: &mut WindowState, shown: &RunOnShow) -> Option<bool> {
    let values = &shown.run.metadata.hyperparameters;
    let name = &shown.run.metadata.name;
    let training = state.is_training();
    let hint = if training {
        format!("{name} is stopped where it is and kept; training goes on from there with what is changed here.")
    } else {
        format!("Training goes on from {name} with what is changed here; {name} stays as it is.")
    };
    ui.add(egui::Label::new(RichText::new(hint).size(SMALL).color(Palette::of(ui).weak)).wrap());
    ui.add_space(4.0);
    let mut valid = true;
    let panel = &mut state.branch;
    let room = (ui.ctx().content_rect().height() - AROUND).max(80.0);
    egui::ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        for at in 0..panel.fields.len() {
            if at == KEYS.len() {
                ui.add_space(4.0);
                weak(ui, "Weights of types, as factors");
            }
            let field = &mut panel.fields[at];
            let help = Hyperparameters::keys().iter().find(|doc| doc.key == field.key).map_or(
                "How much IDs of this type count when two items are compared: 1 as the run was trained, 0 not at all.",
                |doc| doc.help,
            );
            let title = field.key.strip_prefix("weight.").map_or_else(|| in_words(&field.key), str::to_owned);
            let changed = field.text.trim() != field.before;
            line(ui, &title, help, changed, &mut field.text);
            if let Some(fault) = BranchPanel::fault(field, values) {
                complaint(ui, &fault);
                valid = false;
            }
        }
    });
    ui.add_space(4.0);
    hairline(ui);
    ui.add_space(4.0);
    line(ui, "More epochs", "For how many epochs it goes on", false, &mut panel.epochs);
    if panel.epochs().is_none() {
        complaint(ui, "a whole number from 1 to 1000000");
        valid = false;
    }
    line(ui, "Name", "What the branch is called", false, &mut panel.name);
    line(
        ui,
        "Kept in",
        "The folder in which the branch is saved, and its parent if that is not saved yet",
        false,
        &mut panel.folder,
    );
    ui.add_space(8.0);
    let ready = valid && !panel.name.trim().is_empty() && !panel.folder.trim().is_empty();
    let mut pressed = None;
    ui.horizontal(|ui| {
        if primary_button(ui, "Branch", ready && hindrance(state).is_none()).clicked() {
            pressed = Some(true);
        }
        if ui.button("Cancel").clicked() {
            pressed = Some(false);
        }
        let changes = state.branch.changes();
        let words = match changes.len() {
            0 => "nothing is changed".to_owned(),
            _ => changes.iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", "),
        };
        ui.add(egui::Label::new(RichText::new(words).size(SMALL).color(Palette::of(ui).weak)).truncate());
    });
    pressed
}

/// A name and a field; the name of one that was changed is in the accent's colour.
fn line(ui: &mut Ui, name: &str, help: &str, changed: bool, text: &mut String) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let ink = if changed { palette.accent } else { palette.text };
        let label = ui.label(RichText::new(name).color(ink)).on_hover_text(help);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let wide = matches!(name, "Name" | "Kept in");
            let field =
                TextEdit::singleline(text).id_salt(("branch", name)).desired_width(if wide { 280.0 } else { 120.0 });
            ui.add(field).labelled_by(label.id);
        });
    });
}

fn complaint(ui: &mut Ui, why: &str) {
    let palette = Palette::of(ui);
    ui.add(egui::Label::new(RichText::new(why).size(SMALL).color(palette.error)).wrap());
}

/// A folder for `name` in `folder` that is not there yet.
fn free(folder: &Path, name: &str) -> PathBuf {
    free_place(folder, &file_name(name), "")
}

fn begin(state: &mut WindowState, shown: &RunOnShow) {
    let Some(epochs) = state.branch.epochs() else { return };
    let training = state.is_training();
    let panel = &mut state.branch;
    let folder = PathBuf::from(panel.folder.trim());
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let name = panel.name.trim().to_owned();
    let branch = free(&folder, &name);
    // What a training leaves is another run than the one it may have begun from.
    let kept = shown.path.clone().filter(|_| !training);
    let parent = kept.clone().unwrap_or_else(|| free(&folder, &shown.run.metadata.name));
    let keep = kept.is_none().then(|| parent.clone());
    let request =
        BranchRequest { changes: panel.changes(), epochs, backend: state.train.backend(), name: name.clone() };
    panel.coming = Some(Coming { name, parent, folder: branch, waits: training });
    panel.close();
    let table = state.map.table.clone();
    let follow = state.while_training.request(&table, state.map.dims);
    state.send(Command::FollowTraining(Some(follow)));
    state.send(Command::Branch { request, keep });
    if state.place != Place::Map {
        state.go(Place::Train);
    }
}

impl WindowState {
    /// A run has come whose training is over: if it is a branch, it is saved.
    pub fn keep_branch(&mut self, about: &RunMetadata) {
        let coming = self.branch.coming.as_ref();
        if let Some(coming) = coming.filter(|coming| about.branch.is_some() && about.name == coming.name) {
            let folder = coming.folder.clone();
            self.send(Command::SaveRun(folder));
        }
    }

    /// A run was saved: if it is a branch, it is checked beside its parent.
    pub fn branch_saved(&mut self, path: &Path) {
        if let Some(coming) = self.branch.coming.take_if(|coming| coming.folder == path) {
            self.runs.compare_with(&coming.parent, path);
            let words = format!("{} is saved; Compare on the Runs page shows it beside its parent", coming.name);
            self.notices.tell(NoticeLevel::Info, words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_changed_is_asked_for_and_nonsense_is_told() {
        let field = |key: &str, before: &str, text: &str| Field {
            key: key.to_owned(),
            before: before.to_owned(),
            text: text.to_owned(),
        };
        let panel = BranchPanel {
            fields: vec![field("alpha", "0.2", "0.2"), field("weight.brand", "1", " 3 "), field("beta", "0.01", "x")],
            epochs: "0".to_owned(),
            ..BranchPanel::default()
        };
        let changes = panel.changes();
        assert_eq!(changes[0], ("weight.brand".to_owned(), "3".to_owned()));
        assert_eq!((changes.len(), panel.epochs()), (2, None));
        let values = Hyperparameters::preset(crate::training::Preset::Default);
        assert!(BranchPanel::fault(&panel.fields[1], &values).is_none());
        assert!(BranchPanel::fault(&panel.fields[2], &values).is_some_and(|fault| fault.contains("beta")));
    }

    #[test]
    fn a_folder_that_is_there_is_not_written_to() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(free(folder.path(), "run b1"), folder.path().join("run-b1"));
        std::fs::create_dir(folder.path().join("run-b1")).unwrap();
        assert_eq!(free(folder.path(), "run b1"), folder.path().join("run-b1-2"));
    }
}
