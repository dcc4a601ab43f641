//! How often two IDs were taken together, and when.

use chrono::DateTime;
use eframe::egui::{self, CornerRadius, Sense, Ui, WidgetInfo, vec2};

use super::super::summary::paired_row::{right_at, text_at};
use super::figure_row;
use crate::app::controls::{row_with_right, section, weak};
use crate::app::inspector::Wish;
use crate::app::theme::Palette;
use crate::dataset::BasketUnit;
use crate::engine::jobs::{Explanation, NotKnown};
use crate::numbers::{counted, exact, figures, plural, short};
use crate::run::{Run, USER_TABLE};
use crate::summary::{SharedBasket, Together};

/// Draws the counts and the latest sessions with both.
pub fn show(ui: &mut Ui, run: &Run, explanation: &Explanation, wish: &mut Option<Wish>) {
    section(ui, "Taken together");
    match &explanation.together {
        Err(NotKnown::NotKept) => {
            weak(ui, "This run is of an earlier program and does not keep what was taken together.");
        }
        Err(NotKnown::User) => {
            weak(ui, "One of the two is a user, who takes and is not taken.");
        }
        Ok(together) => {
            counts(ui, together);
            sessions(ui, run, together, wish);
        }
    }
    ui.add_space(8.0);
}

fn counts(ui: &mut Ui, together: &Together) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let unit = together.unit.word();
    let all = together.baskets as u64;
    let count = |count: usize| format!("{} of {}", exact(count as u64), short(all));
    let hint = |count: usize| format!("{} of {}", counted(count as u64, unit), exact(all));
    figure_row(ui, &format!("{} with both", capital(&plural(unit))), &count(together.both), &hint(together.both));
    figure_row(ui, "with A", &count(together.with[0]), &hint(together.with[0]));
    figure_row(ui, "with B", &count(together.with[1]), &hint(together.with[1]));
    let expected =
        format!("{} of {} times {}, if they were taken independently", together.with[0], all, together.with[1]);
    figure_row(ui, "Chance gives", &figures(together.expected, 3), &expected);
    let lift = together.lift().map_or_else(|| "-".to_owned(), |lift| figures(lift, 3));
    figure_row(ui, "Lift", &lift, "How many times more often than chance gives");
    let p = together.p_value;
    let p = if p >= 0.001 { figures(p, 2) } else { format!("{p:.1e}") };
    let hint = format!("{:e}: the chance of as many or more, if they were taken independently", together.p_value);
    figure_row(ui, "p", &p, &hint);
    ui.add_space(4.0);
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn sessions(ui: &mut Ui, run: &Run, together: &Together, wish: &mut Option<Wish>) {
    if together.listed.is_empty() {
        return;
    }
    let unit = together.unit.word();
    let timed = together.listed.iter().any(|one| one.time.is_some());
    let title = if timed { format!("Latest {}", plural(unit)) } else { capital(&plural(unit)) };
    let shown = format!("{} of {}", together.listed.len(), exact(together.both as u64));
    row_with_right(ui, |ui| section(ui, &title), |ui| drop(weak(ui, shown)));
    if !timed {
        let words = match together.unit {
            BasketUnit::Session => "This run keeps no times of its sessions.",
            BasketUnit::History => "The data name no sessions: these are whole histories.",
        };
        weak(ui, words);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for one in &together.listed {
        if line(ui, run, one) {
            *wish = Some(Wish::Pin(USER_TABLE.to_owned(), one.user));
        }
    }
}

fn line(ui: &mut Ui, run: &Run, one: &SharedBasket) -> bool {
    let palette = Palette::of(ui);
    let user = run.users.vocabulary.id(one.user);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Link, true, format!("{USER_TABLE} {user}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    text_at(ui, rect.left_center(), &format!("{USER_TABLE} {user}"), palette.text, rect.width() - 120.0);
    let time = one.time.map(in_words).unwrap_or_default();
    right_at(ui, rect.right_center(), &time, palette.weak);
    response.on_hover_text(format!("Go to {USER_TABLE} {user}")).clicked()
}

/// A time in UTC to the minute; empty if no calendar holds it.
pub fn in_words(microseconds: i64) -> String {
    DateTime::from_timestamp_micros(microseconds).map_or_else(String::new, |at| at.format("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_minute() {
        assert_eq!(in_words(1_483_275_393_000_000), "2017-01-01 12:56");
        assert_eq!(in_words(i64::MAX), "");
    }
}
