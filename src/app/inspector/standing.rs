//! The line between a question and its answer, which says where the question stands.

use eframe::egui::Ui;

use super::asked::{Asked, Standing};
use super::summary::failed;
use crate::app::controls::{hairline, progress_line, weak};

/// Draws the line, or why there is no answer with a way to ask again; whether an answer, perhaps an earlier one, may stand
/// below. `idle` says what is to be done before there is a question; without it one is about to be asked.
pub fn standing_line<Q: Clone + PartialEq, A: ?Sized>(
    ui: &mut Ui,
    asked: &mut Asked<Q, A>,
    idle: Option<&str>,
    now: f64,
) -> bool {
    match asked.standing() {
        Standing::Failed(message) => {
            if failed(ui, message) {
                asked.again(now);
            }
            return false;
        }
        Standing::Idle => {
            if let Some(words) = idle {
                hairline(ui);
                ui.add_space(4.0);
                weak(ui, words);
                return false;
            }
            progress_line(ui, None, ui.available_width());
        }
        Standing::Working => progress_line(ui, None, ui.available_width()),
        Standing::Done => hairline(ui),
    }
    true
}
