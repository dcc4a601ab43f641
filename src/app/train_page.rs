//! Training: hyperparameters on the left, the curves and the live map on the right.

use std::collections::BTreeMap;

use eframe::egui::{self, Align, Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui};

use super::controls::{emphasis, empty_state, in_words, page_heading, primary_button, segmented, weak};
use super::icons::Icon;
use super::state::{Place, WindowState};
use super::theme::{Palette, SMALL};
use super::train_progress;
use crate::dataset::{Dataset, Holdout};
use crate::engine::jobs::TrainRequest;
use crate::engine::{Command, KeepEpochs};
use crate::numbers;
use crate::training::{BackendChoice, BackendKind, Hyperparameters, KeyDoc, Preset};

const PRESETS: [(Preset, &str, &str); 3] = [
    (Preset::Default, "Default", "What works best here: start with it."),
    (Preset::Fast, "Fast", "The default, but faster and not repeatable to the bit."),
    (Preset::Paper, "Paper", "Zhao et al. (KDD 2018) to the letter, for comparison."),
];

/// Keys by group; the first group is open, keys that are in none come last.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Length and pace", &["epochs", "learning_rate", "batch_size"]),
    (
        "Contexts and negatives",
        &[
            "window",
            "sequence",
            "negatives",
            "negative_sampling",
            "negative_sharing",
            "shared_negatives",
            "subsample",
            "min_count",
        ],
    ),
    ("Attributes", &["alpha", "structure", "struct_negatives", "struct_share", "weighting", "beta", "regulariser"]),
    ("Optimiser", &["optimizer", "lr_schedule", "init", "execution"]),
    ("Measuring", &["early_stop", "evaluate_every", "evaluate_users", "hide_items"]),
    ("Users and seed", &["user_history", "seed"]),
];

const HOLDOUTS: [(Holdout, &str, &str); 4] = [
    (Holdout::LastSession, "last session", "Each user's last shopping session is predicted."),
    (Holdout::LastEvent, "last event", "Each user's last event is predicted."),
    (Holdout::Time(0.1), "last 10 % by time", "The last tenth of all events is predicted."),
    (Holdout::None, "none", "Everything is trained on; nothing is measured."),
];

const KEEPING: [(KeepEpochs, &str, &str); 3] = [
    (
        KeepEpochs::WhenSmall,
        "when small",
        "The vectors of about 40 epochs, if they take up to 64 MB: the map plays them back.",
    ),
    (KeepEpochs::Always, "always", "However much room they take; how much is said when training begins."),
    (KeepEpochs::Never, "never", "Only the last vectors."),
];

const BACKENDS: [(BackendKind, &str, &str); 3] = [
    (BackendKind::Auto, "automatic", "A hardware GPU if there is one, else the CPU."),
    (BackendKind::Gpu, "GPU", "Any wgpu adapter, software ones included."),
    (BackendKind::Cpu, "CPU", "All cores of the processor."),
];

/// Width of what holds a value.
const FIELD: f32 = 140.0;

/// The form.
#[derive(Debug, Default)]
pub struct TrainPage {
    values: Option<Hyperparameters>,
    /// The preset that the values came from.
    base: usize,
    /// Fields whose text is no valid value: text and what is wrong with it.
    drafts: BTreeMap<String, (String, String)>,
    name: String,
    holdout: usize,
    keeping: usize,
    backend: usize,
    /// ID types of the loaded data with their numbers of IDs.
    types: Vec<(String, usize)>,
    started: u32,
}

impl TrainPage {
    /// The hyperparameters as they stand.
    fn values(&mut self) -> &mut Hyperparameters {
        self.values.get_or_insert_with(|| Hyperparameters::preset(Preset::Default))
    }

    /// Takes the ID types of newly loaded data.
    pub fn fit_to(&mut self, dataset: &Dataset) {
        self.types =
            dataset.catalogue.id_types.iter().map(|id_type| (id_type.name.clone(), id_type.vocabulary.len())).collect();
        let known: Vec<&String> = self.types.iter().map(|(name, _)| name).collect();
        if let Some(values) = &mut self.values {
            values.dims.retain(|name, _| known.contains(&name));
            values.weight.retain(|name, _| known.contains(&name));
        }
        self.drafts.retain(|key, _| !key.contains('.'));
    }

    /// The ID types of the loaded data; the item alone without any.
    pub fn type_names(&self) -> Vec<String> {
        match self.types.as_slice() {
            [] => vec!["item".to_owned()],
            types => types.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// What to train, unless a field holds no valid value.
    pub fn request(&mut self) -> Option<TrainRequest> {
        if !self.drafts.is_empty() {
            return None;
        }
        self.started += 1;
        let preset = PRESETS[self.base].1.to_lowercase();
        let name = self.name.trim();
        let name = if name.is_empty() { format!("{preset} {}", self.started) } else { name.to_owned() };
        Some(TrainRequest {
            hyperparameters: self.values().clone(),
            holdout: HOLDOUTS[self.holdout].0,
            backend: self.backend(),
            name,
        })
    }

    /// The hyperparameters of the form as they stand.
    pub fn hyperparameters(&mut self) -> Hyperparameters {
        self.values().clone()
    }

    /// Puts `values` into the form.
    pub fn adopt(&mut self, values: Hyperparameters) {
        self.values = Some(values);
        self.drafts.clear();
    }

    /// What the form says is held out.
    pub fn holdout(&self) -> Holdout {
        HOLDOUTS[self.holdout].0
    }

    /// Whether the form says that epochs are kept.
    pub fn keep_epochs(&self) -> KeepEpochs {
        KEEPING[self.keeping].0
    }

    /// Where the form says that training runs.
    pub fn backend(&self) -> BackendChoice {
        BackendChoice { kind: BACKENDS[self.backend].0, ..BackendChoice::default() }
    }

    /// The keys whose values are not those of the preset they came from.
    fn changed(&mut self) -> Vec<String> {
        let pristine = Hyperparameters::preset(PRESETS[self.base].0);
        let values = self.values();
        let keys = Hyperparameters::keys().iter().map(|doc| doc.key);
        let mut changed: Vec<String> =
            keys.filter(|key| values.get(key) != pristine.get(key)).map(str::to_owned).collect();
        changed.extend(values.dims.keys().map(|name| format!("dims.{name}")));
        changed.extend(values.weight.keys().map(|name| format!("weight.{name}")));
        changed
    }

    /// Takes the values of preset number `base`.
    fn take_preset(&mut self, base: usize) {
        self.base = base;
        self.values = Some(Hyperparameters::preset(PRESETS[base].0));
        self.drafts.clear();
    }

    /// Sets `key` from text; a text that is no value stays in the field with what is wrong.
    pub fn set(&mut self, key: &str, text: &str) {
        match self.values().set(key, text) {
            Ok(()) => {
                self.drafts.remove(key);
            }
            Err(error) => {
                self.drafts.insert(key.to_owned(), (text.to_owned(), error.to_string()));
            }
        }
    }

    /// Whether every field holds a valid value.
    pub fn is_valid(&self) -> bool {
        self.drafts.is_empty()
    }

    fn text(&mut self, key: &str) -> String {
        if let Some((draft, _)) = self.drafts.get(key) {
            return draft.clone();
        }
        self.values().get(key).unwrap_or_default()
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    if state.dataset.is_none() && state.live.curve.is_empty() && state.run.is_none() {
        return empty_state(
            ui,
            Icon::Train,
            "There is nothing to train on yet",
            "Load your files or the sample first.",
            |ui| {
                if primary_button(ui, "Go to Data", true).clicked() {
                    state.go(Place::Data);
                }
                ui.add_space(4.0);
                if ui.link("Load the sample").clicked() {
                    state.send(Command::LoadSample);
                }
            },
        );
    }
    let palette = Palette::of(ui);
    let frame = Frame::new().fill(palette.panel);
    Panel::left("hyperparameters")
        .resizable(true)
        .default_size(336.0)
        .size_range(300.0..=440.0)
        .frame(frame)
        .show(ui, |ui| form(ui, state));
    train_progress::show(ui, state);
}

fn form(ui: &mut Ui, state: &mut WindowState) {
    let margin = |top, bottom| Frame::new().inner_margin(Margin { left: 20, right: 16, top, bottom });
    Panel::bottom("train actions").frame(margin(12, 14)).show(ui, |ui| super::train_actions::show(ui, state));
    margin(18, 0).show(ui, |ui| {
        page_heading(ui, "Train", "");
        let names = PRESETS.map(|(_, name, _)| name);
        let hints = PRESETS.map(|(.., hint)| hint);
        let enabled = !state.is_training();
        ui.add_enabled_ui(enabled, |ui| {
            if let Some(picked) = segmented(ui, &names, &hints, Some(state.train.base)) {
                state.train.take_preset(picked);
            }
            let changed = state.train.changed();
            ui.horizontal(|ui| {
                if changed.is_empty() {
                    weak(ui, PRESETS[state.train.base].2);
                } else {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if ui.link(RichText::new("Reset").size(SMALL)).clicked() {
                            state.train.take_preset(state.train.base);
                        }
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                            let text = format!("Changed: {}", changed.join(", "));
                            let palette = Palette::of(ui);
                            ui.add(egui::Label::new(RichText::new(text).size(SMALL).color(palette.weak)).truncate());
                        });
                    });
                }
            });
        });
    });
    ui.add_space(6.0);
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        margin(2, 12).show(ui, |ui| {
            let enabled = !state.is_training();
            ui.add_enabled_ui(enabled, |ui| fields(ui, &mut state.train));
        });
    });
}

fn fields(ui: &mut Ui, page: &mut TrainPage) {
    ui.spacing_mut().item_spacing.y = 5.0;
    let keys = Hyperparameters::keys();
    let find = |key: &str| keys.iter().find(|doc| doc.key == key);
    let mut shown: Vec<&str> = vec!["dims.TYPE", "weight.TYPE", "width_rule"];
    for (at, (title, group)) in GROUPS.iter().enumerate() {
        let docs: Vec<&KeyDoc> = group.iter().filter_map(|key| find(key)).collect();
        shown.extend(docs.iter().map(|doc| doc.key));
        folding(ui, title, at == 0, |ui| {
            for doc in docs {
                field(ui, page, doc);
            }
        });
        if title == &"Attributes" {
            folding(ui, "Weights of types", false, |ui| by_type(ui, page, "weight", "1", weight_help));
        }
        if at == 0 {
            folding(ui, "Dimensions", false, |ui| {
                by_type(ui, page, "dims", "automatic", width_help);
                if let Some(doc) = find("width_rule") {
                    field(ui, page, doc);
                }
            });
        }
    }
    let rest: Vec<&KeyDoc> = keys.iter().filter(|doc| !shown.contains(&doc.key)).collect();
    if !rest.is_empty() {
        folding(ui, "More", false, |ui| {
            for doc in rest {
                field(ui, page, doc);
            }
        });
    }
    folding(ui, "Run", true, |ui| {
        labelled(
            ui,
            "Name",
            "What the run is called; empty takes the preset's name and a number.",
            |ui, page: &mut TrainPage| {
                ui.add(egui::TextEdit::singleline(&mut page.name).hint_text("automatic").desired_width(FIELD))
            },
            page,
        );
        combo(ui, "Held out", &mut page.holdout, &HOLDOUTS.map(|(_, name, help)| (name, help)));
        combo(ui, "Keep epochs", &mut page.keeping, &KEEPING.map(|(_, name, help)| (name, help)));
        combo(ui, "Runs on", &mut page.backend, &BACKENDS.map(|(_, name, help)| (name, help)));
    });
}

fn folding(ui: &mut Ui, title: &str, open: bool, add_contents: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    egui::CollapsingHeader::new(emphasis(title, 13.0).color(palette.strong)).default_open(open).show_unindented(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.y = 5.0;
            add_contents(ui);
            ui.add_space(6.0);
        },
    );
}

/// A name on the left, a control on the right, help on hover of the name.
fn labelled<T>(
    ui: &mut Ui,
    name: &str,
    help: &str,
    add_control: impl FnOnce(&mut Ui, &mut T) -> egui::Response,
    value: &mut T,
) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(palette.text)).on_hover_text(help);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            add_control(ui, value).labelled_by(label.id);
        });
    });
}

fn combo(ui: &mut Ui, name: &str, taken: &mut usize, choices: &[(&str, &str)]) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(name).color(palette.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let combo = egui::ComboBox::from_id_salt(name).selected_text(choices[*taken].0).width(FIELD);
            let shown = ui.name_inputs(name, |ui| {
                combo.show_ui(ui, |ui| {
                    for (i, (choice, help)) in choices.iter().enumerate() {
                        ui.selectable_value(taken, i, *choice).on_hover_text(*help);
                    }
                })
            });
            shown.response.labelled_by(label.id);
        });
    });
}

fn field(ui: &mut Ui, page: &mut TrainPage, doc: &KeyDoc) {
    let text = page.text(doc.key);
    let help = format!("{}\nValues: {}\nKey: {}", doc.help, doc.values, doc.key);
    let words = words(doc);
    let mut edited = None;
    labelled(
        ui,
        &in_words(doc.key),
        &help,
        |ui, edited| match words {
            Some(words) => {
                let combo = egui::ComboBox::from_id_salt(doc.key).selected_text(&text).width(FIELD);
                combo
                    .show_ui(ui, |ui| {
                        for word in words {
                            if ui.selectable_label(text == word, word).clicked() {
                                *edited = Some(word.to_owned());
                            }
                        }
                    })
                    .response
            }
            None => value_field(ui, doc.key, &text, "", edited),
        },
        &mut edited,
    );
    if let Some(text) = edited {
        page.set(doc.key, &text);
    }
    complaint(ui, page, doc.key);
}

/// The words that a key takes, where it takes words alone: "joint, per-type".
fn words(doc: &KeyDoc) -> Option<Vec<&'static str>> {
    let words: Vec<&str> = doc.values.split(", ").collect();
    let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    (words.len() > 1 && words.iter().all(is_word)).then_some(words)
}

fn value_field(ui: &mut Ui, key: &str, text: &str, hint: &str, edited: &mut Option<String>) -> egui::Response {
    let mut draft = text.to_owned();
    let field = egui::TextEdit::singleline(&mut draft)
        .id_salt(key)
        .hint_text(hint.to_owned())
        .desired_width(FIELD)
        .align(egui::Align2::RIGHT_CENTER);
    let response = ui.add(field);
    if response.changed() {
        *edited = Some(draft);
    }
    response
}

/// What is wrong with the text of a field.
fn complaint(ui: &mut Ui, page: &TrainPage, key: &str) {
    if let Some((_, error)) = page.drafts.get(key) {
        let palette = Palette::of(ui);
        ui.add(egui::Label::new(RichText::new(error).size(SMALL).color(palette.error)).wrap());
    }
}

fn width_help(name: &str, ids: usize) -> String {
    let ids = numbers::exact(ids as u64);
    format!("Numbers in the vector of each {name} ({ids} of them). Empty: chosen by how many there are.")
}

fn weight_help(name: &str, _ids: usize) -> String {
    format!("How much the {name} counts when two items are compared, as a factor. Empty: 1.")
}

/// One field an ID type, of the keys `table`.TYPE; an empty one is `nothing`.
fn by_type(ui: &mut Ui, page: &mut TrainPage, table: &str, nothing: &str, help: fn(&str, usize) -> String) {
    if page.types.is_empty() {
        weak(ui, "Load data to see its ID types.");
    }
    for (name, ids) in page.types.clone() {
        let key = format!("{table}.{name}");
        let text = page.text(&key);
        let help = format!("{}\nKey: {key}", help(&name, ids));
        let mut edited = None;
        labelled(ui, &name, &help, |ui, edited| value_field(ui, &key, &text, nothing, edited), &mut edited);
        match edited {
            Some(text) if text.trim().is_empty() => {
                page.values().dims.retain(|own, _| table != "dims" || *own != name);
                page.values().weight.retain(|own, _| table != "weight" || *own != name);
                page.drafts.remove(&key);
            }
            Some(text) => page.set(&key, &text),
            None => {}
        }
        complaint(ui, page, &key);
    }
}
