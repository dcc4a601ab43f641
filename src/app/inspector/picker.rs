//! A field that finds an ID by text.

use eframe::egui::{self, CornerRadius, Key, RichText, Sense, TextEdit, Ui, WidgetInfo, vec2};

use super::asked::{Asked, Standing};
use super::summary::paired_row::{right_at, text_at};
use crate::app::controls::weak;
use crate::app::theme::{Palette, SMALL};
use crate::engine::{FoundId, IdsRequest, Subject};

/// IDs offered.
const MOST: usize = 8;

/// What is typed and what it finds.
#[derive(Debug, Default)]
pub struct Picker {
    text: String,
    found: Asked<IdsRequest, [FoundId]>,
    /// Whether the field is to be typed into at once.
    eager: bool,
}

impl Picker {
    /// Forgets what was typed.
    pub fn clear(&mut self) {
        self.text.clear();
    }

    /// Has the field typed into as soon as it is drawn.
    pub fn focus(&mut self) {
        self.eager = true;
    }

    /// The question to ask now, if there is one; `table` is the only one to look in.
    pub fn due(&mut self, table: Option<&str>, generation: u64, now: f64) -> Option<IdsRequest> {
        let text = self.text.trim();
        let wanted = (!text.is_empty()).then(|| IdsRequest {
            text: text.to_owned(),
            table: table.map(str::to_owned),
            most: MOST,
        });
        self.found.want(wanted, generation, now);
        self.found.due(now)
    }

    /// Seconds until there is something to ask.
    pub fn rest(&self, now: f64) -> Option<f64> {
        self.found.rest(now)
    }

    /// Takes what was found.
    pub fn take(&mut self, request: &IdsRequest, generation: u64, found: std::sync::Arc<[FoundId]>) {
        self.found.take(request, generation, found);
    }

    /// What was asked last cannot be answered.
    pub fn fail(&mut self, message: &str) {
        self.found.fail(message);
    }

    /// Draws the field, called `name`, and what it finds; the ID that was chosen, by a click or by Enter.
    pub fn show(&mut self, ui: &mut Ui, name: &str, hint: &str) -> Option<Subject> {
        let field = TextEdit::singleline(&mut self.text).hint_text(hint).desired_width(f32::INFINITY);
        let answer = ui.add(field);
        if std::mem::take(&mut self.eager) {
            answer.request_focus();
        }
        ui.ctx().accesskit_node_builder(answer.id, |node| node.set_label(name));
        let entered = answer.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let mut chosen = None;
        ui.spacing_mut().item_spacing.y = 0.0;
        match self.found.standing() {
            Standing::Idle => {}
            Standing::Failed(message) => {
                ui.label(RichText::new(message).size(SMALL).color(Palette::of(ui).error));
            }
            Standing::Working => {
                weak(ui, "Looking…");
            }
            Standing::Done => {
                let found = self.found.answer().cloned().unwrap_or_else(|| std::sync::Arc::from([]));
                if found.is_empty() {
                    weak(ui, "No ID or label contains this text.");
                }
                for one in found.iter() {
                    if line(ui, one) {
                        chosen = Some(one.subject.clone());
                    }
                }
                if entered && chosen.is_none() {
                    chosen = found.first().map(|first| first.subject.clone());
                }
            }
        }
        if chosen.is_some() {
            self.clear();
        }
        chosen
    }
}

fn line(ui: &mut Ui, found: &FoundId) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    let name = found.label.as_deref().unwrap_or(&found.id);
    let spoken = format!("{} {}", found.subject.table, found.id);
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, &spoken));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let kind = if found.label.is_some() { &spoken } else { &found.subject.table };
    text_at(ui, rect.left_center(), name, palette.text, rect.width() - 108.0);
    right_at(ui, rect.right_center(), kind, palette.weak);
    response.on_hover_text(format!("{name}\n{spoken}")).clicked()
}
