//! The window's regions, and what lies over them: panels, notices, questions.

use eframe::egui::{self, Frame, Id, Margin, Panel, Ui};

use super::controls::{emphasis, modal_frame, primary_button};
use super::state::{Pending, Place, WindowState};
use super::theme::Palette;
use super::{
    branch_panel, data_page, export_panel, frame_times, inspector, map, palette, picture_panel, rail, runs, shortcuts,
    strip, top_bar, train_page, welcome,
};
use crate::engine::{Command, JobKind};

/// Draws the whole window.
pub fn show(ui: &mut Ui, state: &mut WindowState) {
    let ctx = ui.ctx().clone();
    let palette = Palette::of(ui);
    let panel = |margin: Margin| Frame::new().fill(palette.panel).inner_margin(margin);
    Panel::top("bar").exact_size(34.0).frame(panel(Margin::symmetric(8, 3))).show(ui, |ui| top_bar::show(ui, state));
    Panel::bottom("strip")
        .exact_size(38.0)
        .frame(panel(Margin::symmetric(14, 0)))
        .show(ui, |ui| strip::show(ui, state));
    if !state.welcome {
        Panel::left("rail")
            .resizable(false)
            .exact_size(148.0)
            .frame(panel(Margin::same(8)))
            .show(ui, |ui| rail::show(ui, state));
        if state.place == Place::Map && state.run.is_some() {
            Panel::right("inspector panel")
                .default_size(324.0)
                .size_range(240.0..=460.0)
                .frame(panel(Margin { left: 16, right: 14, top: 14, bottom: 8 }))
                .show(ui, |ui| {
                    if state.map.are_several() {
                        map::legend_panel(ui, state);
                    }
                    inspector::show(ui, state);
                });
        }
    }
    let middle = egui::CentralPanel::default().frame(panel(Margin::ZERO)).show(ui, |ui| {
        let rect = ui.max_rect();
        if state.welcome {
            welcome::show(ui, state);
        } else {
            match state.place {
                Place::Data => data_page::show(ui, state),
                Place::Train => train_page::show(ui, state),
                Place::Map => map::show(ui, state),
                Place::Runs => runs::show(ui, state),
            }
        }
        rect
    });
    export_panel::show(&ctx, state);
    picture_panel::show(&ctx, state);
    branch_panel::show(&ctx, state);
    palette::show(&ctx, state);
    shortcuts::sheet(&ctx, state);
    question(&ctx, state);
    frame_times::show(&ctx, state);
    drop_hint(&ctx);
    state.notices.show(&ctx, middle.inner);
}

/// Asks before an unsaved run is thrown away.
fn question(ctx: &egui::Context, state: &mut WindowState) {
    let Some(pending) = state.pending.clone() else { return };
    if state.export.is_open() || state.job(JobKind::SaveRun).is_some() {
        return;
    }
    let training = state.is_training();
    let name = state.run.as_ref().map_or(String::new(), |shown| shown.run.metadata.name.clone());
    let (go_on, closing) = match pending {
        Pending::Replace(_) => ("Go on without saving", false),
        Pending::Close => (if training { "Stop and close" } else { "Close without saving" }, true),
    };
    let mut answer = None;
    let modal = egui::Modal::new(Id::unique("unsaved")).frame(modal_frame(ctx)).show(ctx, |ui| {
        ui.set_width(380.0);
        let palette = Palette::of(ui);
        let title = if training { format!("{name} is in training") } else { format!("{name} is not saved") };
        ui.label(emphasis(title, 15.0).color(palette.strong));
        let what = if training {
            "What it has learned so far would be lost."
        } else {
            "It would be lost. Saved as a folder, it opens again at any time."
        };
        ui.add(egui::Label::new(what).wrap());
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if !training && primary_button(ui, "Save as…", true).clicked() {
                answer = Some(Answer::Save);
            }
            if ui.button(go_on).clicked() {
                answer = Some(Answer::GoOn);
            }
            if ui.button("Cancel").clicked() {
                answer = Some(Answer::Cancel);
            }
        });
    });
    if modal.should_close() {
        answer.get_or_insert(Answer::Cancel);
    }
    match answer {
        Some(Answer::Save) => state.export.open_to_save(&name),
        Some(Answer::GoOn) => {
            if let Some(Pending::Replace(commands)) = state.pending.take() {
                state.outbox.extend(commands);
            }
            if closing {
                state.may_close = true;
                state.send(Command::Stop);
            }
        }
        Some(Answer::Cancel) => state.pending = None,
        None => {}
    }
}

enum Answer {
    Save,
    GoOn,
    Cancel,
}

/// Says what letting go would do while files hover over the window.
fn drop_hint(ctx: &egui::Context) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let rect = ctx.content_rect();
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, Id::unique("drop hint")));
    let palette = Palette::for_dark_mode(ctx.theme() == egui::Theme::Dark);
    painter.rect_filled(rect, 0.0, palette.panel.gamma_multiply(0.88));
    painter.rect_stroke(rect.shrink(12.0), 10.0, egui::Stroke::new(2.0, palette.accent), egui::StrokeKind::Inside);
    let font = egui::FontId::proportional(18.0);
    painter.text(rect.center(), egui::Align2::CENTER_CENTER, "Drop data files or a run folder", font, palette.strong);
}
