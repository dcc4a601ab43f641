//! The pieces that every page is built of: headings, facts, buttons, hairlines.

use eframe::egui::{
    self, Align, Button, Color32, CornerRadius, FontFamily, FontId, Frame, Layout, Margin, Response, RichText, Sense,
    Stroke, Ui, Vec2, WidgetInfo,
};

use super::icons::{self, Icon};
use super::theme::{BODY, GRID, HEADING, Palette, SEMIBOLD, SMALL};

/// Text in the heavier weight.
pub fn emphasis(text: impl Into<String>, size: f32) -> RichText {
    RichText::new(text).font(FontId::new(size, FontFamily::Name(SEMIBOLD.into())))
}

/// The title of a page with a line that says what the page is for.
pub fn page_heading(ui: &mut Ui, title: &str, about: &str) {
    let palette = Palette::of(ui);
    ui.label(emphasis(title, HEADING).color(palette.strong));
    if !about.is_empty() {
        ui.add_space(-2.0);
        ui.label(RichText::new(about).color(palette.weak));
    }
}

/// The title of a group.
pub fn section(ui: &mut Ui, title: &str) {
    let palette = Palette::of(ui);
    ui.label(emphasis(title, BODY).color(palette.strong));
}

/// A line across the available width.
pub fn hairline(ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, palette.hairline));
}

/// Secondary text.
pub fn weak(ui: &mut Ui, text: impl Into<String>) -> Response {
    let palette = Palette::of(ui);
    ui.label(RichText::new(text).size(SMALL).color(palette.weak))
}

/// The one button to press next.
pub fn primary_button(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let palette = Palette::of(ui);
    let button = Button::new(emphasis(text, BODY).color(palette.on_accent))
        .fill(palette.accent)
        .stroke(Stroke::NONE)
        .corner_radius(CornerRadius::same(6))
        .min_size(Vec2::new(88.0, 30.0));
    ui.add_enabled(enabled, button)
}

/// A button that shows a drawn icon; `name` is its accessible name and its hover text.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(26.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, ui.is_enabled(), name));
    let colour = if response.hovered() || response.has_focus() { palette.strong } else { palette.weak };
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(5), palette.hairline);
    }
    icons::paint(ui.painter(), icon, rect.shrink(6.0), colour);
    response.on_hover_text(name)
}

/// One fact: its name in weak text, its value, and the exact value on hover.
pub fn fact(ui: &mut Ui, name: &str, value: &str, exact: Option<&str>) {
    let palette = Palette::of(ui);
    fact_row(ui, name, |ui| {
        let shown = ui.add(egui::Label::new(RichText::new(value).color(palette.text)).truncate());
        if let Some(exact) = exact {
            shown.on_hover_text(exact);
        }
    });
}

/// A line with a name in weak text and whatever stands for its value.
pub fn fact_row(ui: &mut Ui, name: &str, add_value: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        // Facts stand closer than controls do.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| {
            let width = 132.0_f32.min(ui.available_width() * 0.45);
            ui.allocate_ui_with_layout(Vec2::new(width, 18.0), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(width);
                ui.add(egui::Label::new(RichText::new(name).color(palette.weak)).truncate());
            });
            add_value(ui);
        });
    });
}

/// A large figure over its name, as a summary shows it.
pub fn figure(ui: &mut Ui, value: &str, name: &str, exact: &str) {
    let palette = Palette::of(ui);
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.label(emphasis(value, HEADING).color(palette.strong)).on_hover_text(exact);
        ui.label(RichText::new(name).size(SMALL).color(palette.weak));
    });
}

/// A quiet card: raised ground, hairline, room inside.
pub fn card<R>(ui: &mut Ui, add_contents: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.hairline))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            add_contents(ui)
        })
        .inner
}

/// What an empty place says: what is missing and what to do.
pub fn empty_state(ui: &mut Ui, icon: Icon, title: &str, hint: &str, add_actions: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.32).max(24.0));
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(40.0), Sense::hover());
        icons::paint(ui.painter(), icon, rect.shrink(4.0), palette.weak);
        ui.add_space(2.0 * GRID);
        ui.label(emphasis(title, 15.0).color(palette.strong));
        ui.add(egui::Label::new(RichText::new(hint).color(palette.weak)).wrap());
        ui.add_space(3.0 * GRID);
        add_actions(ui);
    });
}

/// A row of choices of which one is taken, drawn as one control. Returns the newly taken one.
pub fn segmented(ui: &mut Ui, names: &[&str], hints: &[&str], taken: Option<usize>) -> Option<usize> {
    let palette = Palette::of(ui);
    let mut picked = None;
    Frame::new().fill(palette.hairline).corner_radius(CornerRadius::same(6)).inner_margin(Margin::same(2)).show(
        ui,
        |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                // Long names stay within their share; else a panel would grow by what they stick out.
                ui.spacing_mut().button_padding.x = 4.0;
                let width = (ui.available_width() - 2.0 * (names.len() as f32 - 1.0)) / names.len() as f32;
                for (i, name) in names.iter().enumerate() {
                    let on = taken == Some(i);
                    let (fill, text) =
                        if on { (palette.raised, palette.strong) } else { (Color32::TRANSPARENT, palette.weak) };
                    let button = Button::new(RichText::new(*name).color(text))
                        .selected(on)
                        .fill(fill)
                        .stroke(Stroke::NONE)
                        .corner_radius(CornerRadius::same(5))
                        .min_size(Vec2::new(width.clamp(40.0, 160.0), 24.0));
                    let mut response = ui.add(button);
                    if let Some(hint) = hints.get(i).filter(|hint| !hint.is_empty()) {
                        response = response.on_hover_text(*hint);
                    }
                    if response.clicked() {
                        picked = Some(i);
                    }
                }
            });
        },
    );
    picked
}

/// A thin bar that fills with `share`; `None` runs back and forth.
pub fn progress_line(ui: &mut Ui, share: Option<f32>, width: f32) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 4.0), Sense::hover());
    let radius = CornerRadius::same(2);
    ui.painter().rect_filled(rect, radius, palette.hairline);
    let filled = if let Some(share) = share {
        egui::Rect::from_min_size(rect.min, Vec2::new(rect.width() * share.clamp(0.0, 1.0), rect.height()))
    } else {
        let phase = (ui.input(|input| input.time) * 0.8).fract() as f32;
        let at = (phase * std::f32::consts::TAU).sin() * 0.5 + 0.5;
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(40));
        let part = rect.width() * 0.25;
        egui::Rect::from_min_size(rect.min + Vec2::new(at * (rect.width() - part), 0.0), Vec2::new(part, rect.height()))
    };
    ui.painter().rect_filled(filled, radius, palette.accent);
}

/// A small coloured word: a state or a mark.
pub fn tag(ui: &mut Ui, text: &str, colour: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(SMALL), colour);
    let (rect, response) = ui.allocate_exact_size(galley.size() + Vec2::new(12.0, 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(4), colour.gamma_multiply(0.16));
    ui.painter().galley(rect.min + Vec2::new(6.0, 2.0), galley, colour);
    response
}

/// A name on the left and controls on the right of one line.
pub fn row_with_right(ui: &mut Ui, add_left: impl FnOnce(&mut Ui), add_right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        add_left(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), add_right);
    });
}

/// A drop-down with its name in front.
pub fn choice<R>(ui: &mut Ui, name: &str, shown: &str, width: f32, add_items: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let palette = Palette::of(ui);
    keep_together(ui, name, shown, width);
    let label = ui.label(RichText::new(name).size(SMALL).color(palette.weak));
    let combo = egui::ComboBox::from_id_salt(name).selected_text(shown).width(width).truncate().height(360.0);
    let answer = ui.name_inputs(name, |ui| combo.show_ui(ui, add_items));
    answer.response.labelled_by(label.id);
    answer.inner
}

/// Begins a new row, where rows wrap, if a name and its drop-down have no room on this one.
fn keep_together(ui: &mut Ui, name: &str, shown: &str, width: f32) {
    if !ui.layout().main_wrap() {
        return;
    }
    let wide = |text: &str, size: f32| {
        ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(size), Color32::PLACEHOLDER).size().x
    };
    let spacing = ui.spacing();
    let framed = wide(shown, BODY) + spacing.icon_spacing + spacing.icon_width + 2.0 * spacing.button_padding.x;
    let needed = wide(name, SMALL) + spacing.item_spacing.x + framed.max(width);
    if needed > ui.available_size_before_wrap().x && needed <= ui.max_rect().width() {
        ui.end_row();
        // A row is as high as what stands first in it: the name alone would stand above the middle.
        let gap = std::mem::take(&mut ui.spacing_mut().item_spacing.x);
        ui.allocate_space(Vec2::new(0.0, ui.spacing().interact_size.y));
        ui.spacing_mut().item_spacing.x = gap;
    }
}

/// A hyperparameter's key such as `struct_share` as people write it.
pub fn in_words(key: &str) -> String {
    let words = key.replace("struct_", "structural_").replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Width of what a [`file_panel`] holds.
pub const FILE_PANEL_WIDTH: f32 = 420.0;

/// A panel beside the work from which files are written.
pub fn file_panel(ctx: &egui::Context, title: &str, id: &str) -> egui::Window<'static> {
    egui::Window::new(emphasis(title, 14.0))
        .frame(Frame::window(&ctx.global_style()).inner_margin(egui::Margin::same(16)))
        .id(egui::Id::unique(id))
        .collapsible(false)
        .resizable(false)
        .default_width(FILE_PANEL_WIDTH)
        .pivot(egui::Align2::CENTER_CENTER)
        .default_pos(ctx.content_rect().center())
}

/// The frame of a question or sheet over the window.
pub fn modal_frame(ctx: &egui::Context) -> Frame {
    Frame::window(&ctx.global_style()).inner_margin(Margin::same(20))
}
