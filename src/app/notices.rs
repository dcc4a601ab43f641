//! What happened, told once: quiet for what is done, staying for what failed.

use eframe::egui::{self, Align2, CornerRadius, Frame, Id, Layout, Margin, RichText, Stroke, Vec2};

use super::controls::icon_button;
use super::icons::{self, Icon};
use super::theme::{Palette, SMALL};
use crate::engine::NoticeLevel;

/// Seconds that a quiet notice stays.
const STAY: f64 = 6.0;
/// Notices on show at once; older ones make room.
const MOST: usize = 4;

/// One thing to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// How grave.
    pub level: NoticeLevel,
    /// What, where, what to do.
    pub message: String,
    /// When it leaves; set when it is first shown. Errors stay until dismissed.
    leaves_at: Option<f64>,
    serial: u64,
}

/// The notices on show.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    told: u64,
}

impl Notices {
    /// Tells `message`. The same message is not told twice at once.
    pub fn tell(&mut self, level: NoticeLevel, message: impl Into<String>) {
        let message = message.into();
        self.shown.retain(|notice| notice.message != message);
        self.told += 1;
        self.shown.push(Notice { level, message, leaves_at: None, serial: self.told });
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    /// The notices on show, oldest first.
    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// Takes the notices of `level` away, once what they were about is settled.
    pub fn clear(&mut self, level: NoticeLevel) {
        self.shown.retain(|notice| notice.level != level);
    }

    /// Draws them in the lower right corner of `within`.
    pub fn show(&mut self, ctx: &egui::Context, within: egui::Rect) {
        if self.shown.is_empty() {
            return;
        }
        let now = ctx.input(|input| input.time);
        for notice in &mut self.shown {
            let stay = match notice.level {
                NoticeLevel::Info => STAY,
                NoticeLevel::Warning => 2.0 * STAY,
                NoticeLevel::Error => f64::INFINITY,
            };
            notice.leaves_at.get_or_insert(now + stay);
        }
        self.shown.retain(|notice| notice.leaves_at.is_none_or(|at| now < at));
        let mut dismissed = None;
        egui::Area::new(Id::unique("notices"))
            .order(egui::Order::Foreground)
            .pivot(Align2::RIGHT_BOTTOM)
            .fixed_pos(within.right_bottom() - Vec2::new(16.0, 16.0))
            .show(ctx, |ui| {
                ui.set_width(380.0_f32.min(within.width() - 32.0));
                ui.spacing_mut().item_spacing.y = 8.0;
                for notice in &self.shown {
                    if show_one(ui, notice) {
                        dismissed = Some(notice.serial);
                    }
                }
            });
        if let Some(serial) = dismissed {
            self.shown.retain(|notice| notice.serial != serial);
        }
        if let Some(next) =
            self.shown.iter().filter_map(|notice| notice.leaves_at).filter(|at| at.is_finite()).reduce(f64::min)
        {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64((next - now).max(0.01)));
        }
    }
}

/// Draws one notice; returns whether it was dismissed.
fn show_one(ui: &mut egui::Ui, notice: &Notice) -> bool {
    let palette = Palette::of(ui);
    let (icon, colour) = match notice.level {
        NoticeLevel::Info => (Icon::Done, palette.good),
        NoticeLevel::Warning => (Icon::Warning, palette.warning),
        NoticeLevel::Error => (Icon::Warning, palette.error),
    };
    let mut dismissed = false;
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.hairline))
        .shadow(ui.visuals().popup_shadow)
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin { left: 14, right: 8, top: 8, bottom: 10 })
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(Vec2::new(16.0, 26.0), egui::Sense::hover());
                icons::paint(
                    ui.painter(),
                    icon,
                    egui::Rect::from_center_size(rect.center(), Vec2::splat(13.0)),
                    colour,
                );
                ui.with_layout(Layout::right_to_left(egui::Align::TOP), |ui| {
                    dismissed = icon_button(ui, Icon::Close, "Dismiss").clicked();
                    ui.with_layout(Layout::top_down(egui::Align::LEFT), |ui| {
                        ui.add_space(4.0);
                        ui.spacing_mut().item_spacing.y = 2.0;
                        // The first lines say what happened, the last one where.
                        let (what, place) = match notice.message.rsplit_once('\n') {
                            Some((what, place)) if place.starts_with("File: ") || place.starts_with("Folder: ") => {
                                (what, Some(place))
                            }
                            _ => (notice.message.as_str(), None),
                        };
                        ui.add(egui::Label::new(RichText::new(what).color(palette.text)).wrap().selectable(true));
                        if let Some(place) = place {
                            ui.add(
                                egui::Label::new(RichText::new(place).size(SMALL).color(palette.weak))
                                    .wrap()
                                    .selectable(true),
                            );
                        }
                    });
                });
            });
        });
    dismissed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_message_is_shown_once_and_old_ones_make_room() {
        let mut notices = Notices::default();
        notices.tell(NoticeLevel::Error, "a");
        notices.tell(NoticeLevel::Error, "a");
        assert_eq!(notices.shown().len(), 1);
        for i in 0..MOST {
            notices.tell(NoticeLevel::Info, format!("{i}"));
        }
        assert_eq!(notices.shown().len(), MOST);
        assert_eq!(notices.shown()[0].message, "0");
    }
}
