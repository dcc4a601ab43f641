//! The pages of the inspector.

use eframe::egui::{self, FontId, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::app::theme::{BODY, Palette};

/// A page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// What is known of the pinned ID.
    #[default]
    Id,
    /// What the selected items, or those of the pinned ID, have in common.
    Summary,
    /// The pinned ID beside a second one.
    Compare,
    /// A - B + C.
    Analogy,
    /// An item that there is not.
    NewItem,
}

impl Tab {
    /// All pages with their names and what they are for.
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Id, "ID", "The pinned ID: attributes and nearest IDs"),
        (Self::Summary, "Summary", "What the selected items, or those of the pinned ID, have in common"),
        (Self::Compare, "Compare", "The pinned ID beside a second one, and why they are near"),
        (Self::Analogy, "Analogy", "A − B + C: what is to C as A is to B"),
        (Self::NewItem, "What if", "A new item of chosen attributes: where it would lie, and beside what"),
    ];
}

/// Draws the names of the pages; a click opens one.
pub fn show(ui: &mut Ui, tab: &mut Tab) {
    let palette = Palette::of(ui);
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 16.0;
        for (page, name, hint) in Tab::ALL {
            let here = *tab == page;
            let ink = if here { palette.strong } else { palette.weak };
            let text = ui.painter().layout_no_wrap(name.to_owned(), FontId::proportional(BODY), ink);
            let (rect, response) = ui.allocate_exact_size(vec2(text.size().x, 24.0), Sense::click());
            response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::Tab, true, here, name));
            let ink = if response.hovered() || response.has_focus() { palette.strong } else { ink };
            let at = egui::pos2(rect.left(), rect.center().y - text.size().y / 2.0 - 2.0);
            ui.painter().galley_with_override_text_color(at, text, ink);
            if here {
                ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, palette.accent));
            }
            if response.on_hover_text(hint).clicked() {
                *tab = page;
            }
        }
    });
    let line = row.response.rect;
    let across = ui.max_rect().x_range();
    ui.painter().hline(across, line.bottom(), Stroke::new(1.0, palette.hairline));
    ui.add_space(4.0);
}
