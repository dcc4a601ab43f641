//! A - B + C: what is to C as A is to B.

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
use crate::engine::{AnalogyRequest, NeighborRow, Subject};
use crate::numbers;
use crate::run::Run;

/// The names of the terms, each with its sign.
const TERMS: [(&str, &str); 3] = [("", "A"), ("−", "B"), ("+", "C")];

/// The three terms and what completes them.
#[derive(Debug)]
pub struct Analogy {
    terms: [Option<Subject>; 3],
    /// The term that is being looked for.
    editing: usize,
    /// The table of the answers; `None` = that of C.
    near_in: Option<String>,
    k: usize,
    /// The field that finds a term.
    pub picker: Picker,
    /// What completes them.
    pub found: Asked<AnalogyRequest, [NeighborRow]>,
}

impl Default for Analogy {
    fn default() -> Self {
        Self {
            terms: [const { None }; 3],
            editing: 0,
            near_in: None,
            k: 20,
            picker: Picker::default(),
            found: Asked::default(),
        }
    }
}

impl Analogy {
    /// What is to be looked for, once there are three terms.
    pub fn request(&self) -> Option<AnalogyRequest> {
        let [a, b, c] = &self.terms;
        let terms = [a.clone()?, b.clone()?, c.clone()?];
        let neighbors_in = self.near_in.clone().unwrap_or_else(|| terms[2].table.clone());
        Some(AnalogyRequest { terms, neighbors_in, k: self.k })
    }

    fn set(&mut self, term: usize, subject: Option<Subject>) {
        let given = subject.is_some();
        self.terms[term] = subject;
        self.picker.clear();
        self.picker.focus();
        // The next one that is missing.
        self.editing =
            if given { self.terms.iter().position(Option::is_none).unwrap_or(self.terms.len()) } else { term };
    }
}

/// Draws the page.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run, now: f64) -> Option<Wish> {
    let pinned = inspector.subject.clone();
    let analogy = &mut inspector.analogy;
    weak(ui, "What is to C as A is to B: the IDs nearest to A − B + C.");
    ui.spacing_mut().item_spacing.y = 4.0;
    for term in 0..TERMS.len() {
        slot(ui, analogy, run, term, pinned.as_ref());
    }
    ui.add_space(4.0);
    if !standing_line(ui, &mut analogy.found, Some("Choose three IDs; the answers appear here."), now) {
        return None;
    }
    let found = analogy.found.newest()?;
    let request = analogy.request()?;
    let mut wish = None;
    question(ui, analogy, run, &request);
    let stale = analogy.found.standing() != Standing::Done;
    scrolled(ui, "analogy", |ui| {
        if stale {
            ui.disable();
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        for row in found.iter() {
            if list_row(ui, row, &request.neighbors_in, Some(row.score), &format!("{:.3}", row.score)) {
                wish = Some(Wish::Pin(request.neighbors_in.clone(), row.row));
            }
        }
        if found.is_empty() {
            weak(ui, "This table has no other ID.");
        }
    });
    wish
}

fn question(ui: &mut Ui, analogy: &mut Analogy, run: &Run, request: &AnalogyRequest) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        choice(ui, "in", &numbers::plural(&request.neighbors_in), 88.0, |ui| {
            for name in run.table_names() {
                if ui.selectable_label(request.neighbors_in == name, numbers::plural(name)).clicked() {
                    analogy.near_in = Some(name.to_owned());
                }
            }
        });
        choice(ui, "k", &analogy.k.to_string(), 46.0, |ui| {
            for k in COUNTS {
                ui.selectable_value(&mut analogy.k, k, k.to_string());
            }
        });
    });
}

/// One term: its ID, or the field that finds one.
fn slot(ui: &mut Ui, analogy: &mut Analogy, run: &Run, term: usize, pinned: Option<&Subject>) {
    let palette = Palette::of(ui);
    let (sign, letter) = TERMS[term];
    let mut change = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        for (text, width) in [(sign, 10.0), (letter, 12.0)] {
            let (rect, _) = ui.allocate_exact_size(vec2(width, 26.0), Sense::hover());
            let font = egui::FontId::proportional(BODY);
            ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, text, font, palette.weak);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            match &analogy.terms[term] {
                Some(_) => {
                    if icon_button(ui, Icon::Close, &format!("Choose another {letter}")).clicked() {
                        change = Some(None);
                    }
                }
                None => {
                    let hint = pinned.map_or_else(|| "Nothing is pinned".to_owned(), |pinned| full_id(run, pinned));
                    let link = egui::Link::new(RichText::new("Use pinned").size(SMALL));
                    let link = ui.add_enabled(pinned.is_some(), link).on_hover_text(hint);
                    link.widget_info(|| {
                        let name = format!("Use pinned as {letter}");
                        WidgetInfo::labeled(egui::accesskit::Role::Link, pinned.is_some(), name)
                    });
                    if link.clicked() {
                        change = Some(pinned.cloned());
                    }
                }
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| match &analogy.terms[term] {
                Some(subject) => {
                    let name = RichText::new(name_of(run, subject)).color(palette.strong);
                    ui.add(egui::Label::new(name).truncate()).on_hover_text(full_id(run, subject));
                }
                None if analogy.editing != term => {
                    let text =
                        egui::Label::new(RichText::new("Choose an ID").color(palette.weak)).sense(Sense::click());
                    let label = ui.add(text);
                    label.widget_info(|| {
                        WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Choose {letter}"))
                    });
                    if label.clicked() {
                        analogy.editing = term;
                        analogy.picker.focus();
                    }
                }
                None => {
                    weak(ui, "Type an ID or label below");
                }
            });
        });
    });
    if analogy.editing == term && analogy.terms[term].is_none() {
        ui.indent("term", |ui| {
            if let Some(subject) = analogy.picker.show(ui, letter, "An ID or label") {
                change = Some(Some(subject));
            }
        });
    }
    if let Some(subject) = change {
        analogy.set(term, subject);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_question_once_there_are_three_terms_and_the_next_missing_one_is_looked_for() {
        let subject = |row| Some(Subject { table: "item".to_owned(), row });
        let mut analogy = Analogy::default();
        analogy.set(0, subject(1));
        assert_eq!((analogy.editing, analogy.request()), (1, None));
        analogy.set(2, subject(3));
        assert_eq!(analogy.editing, 1);
        analogy.set(1, subject(2));
        let request = analogy.request().expect("there are three");
        assert_eq!(request.terms.map(|term| term.row), [1, 2, 3]);
        assert_eq!(request.neighbors_in, "item");
        analogy.set(1, None);
        assert_eq!((analogy.editing, analogy.request()), (1, None));
    }
}
