//! What if: a new item of chosen attributes, where it would lie and beside what.

use eframe::egui::{self, RichText, Sense, Ui, WidgetInfo, vec2};

use super::asked::{Asked, Standing};
use super::list_row::list_row;
use super::naming::{full_id, name_of};
use super::picker::Picker;
use super::standing::standing_line;
use super::{COUNTS, Inspector, Wish, scrolled};
use crate::app::controls::{choice, icon_button, weak};
use crate::app::icons::Icon;
use crate::app::theme::{BODY, Palette, SMALL};
use crate::dataset::ItemAttributes;
use crate::engine::{MapOnShow, NewItem, NewItemRequest, Subject};
use crate::numbers;
use crate::run::Run;

/// Room for the name of a type.
const TYPE_ROOM: f32 = 92.0;

/// The attributes chosen so far and what comes of them.
#[derive(Debug)]
pub struct Composition {
    /// At most one of a type, in the order in which they were chosen.
    attributes: Vec<Subject>,
    /// The type of which an ID is being looked for.
    editing: Option<String>,
    /// The table of the neighbours; `None` = items.
    near_in: Option<String>,
    k: usize,
    /// The field that finds an attribute.
    pub picker: Picker,
    /// What comes of them.
    pub found: Asked<NewItemRequest, NewItem>,
}

impl Default for Composition {
    fn default() -> Self {
        Self {
            attributes: Vec::new(),
            editing: None,
            near_in: None,
            k: 20,
            picker: Picker::default(),
            found: Asked::default(),
        }
    }
}

impl Composition {
    /// What is to be asked, once there is an attribute; `map` is the one on show.
    pub fn request(&self, run: &Run, map: impl FnOnce() -> Option<MapOnShow>) -> Option<NewItemRequest> {
        let items = &run.types.first()?.name;
        if self.attributes.is_empty() {
            return None;
        }
        Some(NewItemRequest {
            attributes: self.attributes.clone(),
            neighbors_in: self.near_in.clone().unwrap_or_else(|| items.clone()),
            k: self.k,
            map: map().filter(|map| map.request.table == *items),
        })
    }

    /// The type of which an ID is being looked for.
    pub fn editing(&self) -> Option<&str> {
        self.editing.as_deref()
    }

    fn chosen(&self, type_name: &str) -> Option<&Subject> {
        self.attributes.iter().find(|subject| subject.table == type_name)
    }

    /// Carries `attribute` from now on, in place of another of its type.
    fn set(&mut self, attribute: Subject) {
        self.remove(&attribute.table.clone());
        self.attributes.push(attribute);
        self.editing = None;
    }

    fn remove(&mut self, type_name: &str) {
        self.attributes.retain(|subject| subject.table != type_name);
    }

    fn edit(&mut self, type_name: &str) {
        self.editing = Some(type_name.to_owned());
        self.picker.clear();
        self.picker.focus();
    }

    /// Takes the attributes of an item that there is.
    fn take_from(&mut self, run: &Run, item: u32) {
        let carried = run.types.iter().enumerate().skip(1).filter_map(|(k, own)| {
            let row = *run.attributes.ids.get([item as usize, k])?;
            (row != ItemAttributes::MISSING).then(|| Subject { table: own.name.clone(), row })
        });
        self.attributes = carried.collect();
        self.editing = None;
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, now: f64) -> Option<Wish> {
    let items = run.types.first()?;
    let pinned = inspector.subject.clone().filter(|subject| subject.table == items.name);
    let composition = &mut inspector.composition;
    if run.types.len() < 2 {
        weak(ui, "This run learned no attributes, so a new item cannot be placed. Train with attribute columns.");
        return None;
    }
    weak(ui, "A new item of these attributes: where it would lie, and beside what.");
    ui.spacing_mut().item_spacing.y = 2.0;
    for own in run.types.iter().skip(1) {
        slot(ui, composition, run, &own.name);
    }
    from_pinned(ui, composition, run, pinned.as_ref());
    ui.add_space(4.0);
    if !standing_line(ui, &mut composition.found, Some("Choose an attribute; the answers appear here."), now) {
        return None;
    }
    let (found, stale) = (composition.found.newest()?, composition.found.standing() != Standing::Done);
    let table = composition.near_in.clone().unwrap_or_else(|| items.name.clone());
    let mut wish = None;
    question(ui, composition, run, &table, &found, &mut wish);
    scrolled(ui, "new item", |ui| {
        if stale {
            ui.disable();
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        for row in &found.neighbors {
            if list_row(ui, row, &table, Some(row.score), &format!("{:.3}", row.score)) {
                wish = Some(Wish::Pin(table.clone(), row.row));
            }
        }
        if found.neighbors.is_empty() {
            weak(ui, "No item that was trained carries one of these.");
        }
    });
    wish
}

fn from_pinned(ui: &mut Ui, composition: &mut Composition, run: &Run, pinned: Option<&Subject>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        let hint = pinned.map_or_else(|| "No item is pinned".to_owned(), |pinned| full_id(run, pinned));
        let link = egui::Link::new(RichText::new("Start from the pinned item").size(SMALL));
        if ui.add_enabled(pinned.is_some(), link).on_hover_text(hint).clicked()
            && let Some(pinned) = pinned
        {
            composition.take_from(run, pinned.row);
        }
        if !composition.attributes.is_empty() && ui.link(RichText::new("Without any").size(SMALL)).clicked() {
            composition.attributes.clear();
            composition.editing = None;
        }
    });
}

fn question(
    ui: &mut Ui,
    composition: &mut Composition,
    run: &Run,
    table: &str,
    found: &NewItem,
    wish: &mut Option<Wish>,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        choice(ui, "in", &numbers::plural(table), 80.0, |ui| {
            for name in run.table_names() {
                if ui.selectable_label(table == name, numbers::plural(name)).clicked() {
                    composition.near_in = Some(name.to_owned());
                }
            }
        });
        choice(ui, "k", &composition.k.to_string(), 46.0, |ui| {
            for k in COUNTS {
                ui.selectable_value(&mut composition.k, k, k.to_string());
            }
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if icon_button(ui, Icon::Copy, "Copy the new item and its neighbours").clicked() {
                *wish = Some(Wish::Copy(as_text(composition, run, table, found)));
            }
            match &found.place {
                Some(place) => {
                    if icon_button(ui, Icon::Map, "Show its place on the map").clicked() {
                        *wish = Some(Wish::Look(place.clone()));
                    }
                }
                None => {
                    weak(ui, "not on this map").on_hover_text("Show a map of items to see where it would lie.");
                }
            }
        });
    });
}

/// The attributes, then the nearest IDs with their cosines, tab-separated.
fn as_text(composition: &Composition, run: &Run, table: &str, found: &NewItem) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("new item\n");
    for subject in &composition.attributes {
        let _ = writeln!(text, "{}\t{}", full_id(run, subject), name_of(run, subject));
    }
    if let Some(place) = &found.place {
        let axes: Vec<String> = place.iter().map(f32::to_string).collect();
        let _ = writeln!(text, "place\t{}", axes.join("\t"));
    }
    let _ = writeln!(text, "\n{table}\tlabel\tcosine");
    for row in &found.neighbors {
        let _ = writeln!(text, "{}\t{}\t{}", row.id, row.label.as_deref().unwrap_or_default(), row.score);
    }
    text
}

/// One type: the ID that the item would carry, or the field that finds one.
fn slot(ui: &mut Ui, composition: &mut Composition, run: &Run, type_name: &str) {
    let palette = Palette::of(ui);
    let chosen = composition.chosen(type_name).cloned();
    let editing = composition.editing() == Some(type_name);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let (rect, _) = ui.allocate_exact_size(vec2(TYPE_ROOM, 24.0), Sense::hover());
        super::summary::paired_row::text_at(ui, rect.left_center(), type_name, palette.weak, TYPE_ROOM);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if chosen.is_some() && icon_button(ui, Icon::Close, &format!("Without {type_name}")).clicked() {
                composition.remove(type_name);
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let (text, ink, hint) = match &chosen {
                    Some(subject) => (name_of(run, subject), palette.strong, full_id(run, subject)),
                    None if editing => ("Type an ID or label below", palette.weak, String::new()),
                    None => ("Any", palette.weak, format!("Choose a {type_name}")),
                };
                let label = egui::Label::new(RichText::new(text).size(BODY).color(ink)).truncate();
                let label = ui.add(label.sense(Sense::click()));
                label.widget_info(|| {
                    WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Choose a {type_name}"))
                });
                let label = if hint.is_empty() { label } else { label.on_hover_text(hint) };
                if label.clicked() {
                    composition.edit(type_name);
                }
            });
        });
    });
    if editing {
        let found = ui.indent("attribute", |ui| composition.picker.show(ui, type_name, "An ID or label")).inner;
        if let Some(subject) = found {
            composition.set(subject);
        }
    }
}
