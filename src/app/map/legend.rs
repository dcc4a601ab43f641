//! What the colours mean; a click hides or shows, a double click leaves one alone.

use std::collections::BTreeSet;

use eframe::egui::{
    self, Align, CornerRadius, FontId, Frame, Layout, Margin, Rect, RichText, Sense, Stroke, TextEdit, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::select::Join;
use super::{MapView, palettes, sizes, types_drawn};
use crate::app::controls::emphasis;
use crate::app::theme::{self, Palette, SMALL};
use crate::numbers;
use crate::picture::{Amounts, ColourBy, Colouring, LegendEntry, Paint, SizeKey, ramp_colours};

const WIDTH: f32 = 196.0;
/// What the legend covers at the right edge of the canvas.
pub const ROOM: f32 = WIDTH + 20.0;
const ROW: f32 = 20.0;
/// Heading and margins, and what the search takes.
const HEAD: f32 = 46.0;
const SEARCH: f32 = 30.0;

/// What is looked for in the legend, and the classes that were found.
#[derive(Debug, Clone, Default)]
pub struct LegendSearch {
    query: String,
    found: Vec<u32>,
    /// What was found is right for this query and so many classes.
    found_for: (String, usize),
}

impl LegendSearch {
    /// Looks for nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn refresh(&mut self, colouring: &Colouring) {
        let wanted = (self.query.trim().to_lowercase(), colouring.legend.len());
        if self.found_for != wanted {
            let fits = |entry: &LegendEntry| entry.name.to_lowercase().contains(&wanted.0);
            let found = (0..).zip(&colouring.legend).filter(|(_, entry)| fits(entry));
            self.found = if wanted.0.is_empty() { Vec::new() } else { found.map(|(class, _)| class).collect() };
            self.found_for = wanted;
        }
    }

    fn is_empty(&self) -> bool {
        self.found_for.0.is_empty()
    }
}

/// A line of the legend: one class, or all that share the colour of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it says.
    pub name: String,
    /// Its colour.
    pub paint: Paint,
    points: u64,
    /// Its class; `None`: all others.
    class: Option<u32>,
}

impl Line {
    fn of(class: u32, entry: &LegendEntry) -> Self {
        Self { name: entry.name.clone(), paint: entry.paint, points: entry.points, class: Some(class) }
    }

    fn classes(&self, colouring: &Colouring) -> BTreeSet<u32> {
        self.class.map_or_else(|| colouring.others().collect(), |class| BTreeSet::from([class]))
    }

    fn is_hidden(&self, colouring: &Colouring, hidden: &BTreeSet<u32>) -> bool {
        match self.class {
            Some(class) => hidden.contains(&class),
            None => colouring.others().all(|class| hidden.contains(&class)),
        }
    }
}

/// The lines: classes with a colour of their own, all others in one, points without the attribute; with a search what it
/// finds.
pub fn lines(colouring: &Colouring, search: &LegendSearch) -> Vec<Line> {
    let line = |class: u32| colouring.legend.get(class as usize).map(|entry| Line::of(class, entry));
    if !search.is_empty() {
        return search.found.iter().filter_map(|&class| line(class)).collect();
    }
    let own = (0..).zip(&colouring.legend).filter(|(_, entry)| entry.paint.is_its_own());
    let mut lines: Vec<Line> = own.map(|(class, entry)| Line::of(class, entry)).collect();
    let others = colouring
        .others()
        .fold((0_u64, 0), |(count, points), class| (count + 1, points + colouring.legend[class as usize].points));
    if others.0 > 0 {
        let name = format!("other ({})", numbers::exact(others.0));
        lines.push(Line { name, paint: Paint::Other, points: others.1, class: None });
    }
    let last = colouring.legend.len().checked_sub(1).map(|last| last as u32);
    lines.extend(last.and_then(line).filter(|line| line.paint == Paint::Missing));
    lines
}

/// Draws the legend in the lower right corner of `canvas`.
pub fn show(ui: &mut Ui, canvas: Rect, map: &mut MapView) {
    let Some(colouring) = map.colouring.take() else { return };
    map.legend_search.refresh(&colouring);
    let searches = colouring.legend.len() > colouring.palettes.categories.size();
    let key = map.size_key();
    let lines = lines(&colouring, &map.legend_search);
    let coloured = match colouring.by {
        ColourBy::Nothing => 0.0,
        ColourBy::Count | ColourBy::Trust | ColourBy::Column(_) => HEAD + 2.0 * ROW,
        ColourBy::Type(_) | ColourBy::Group => {
            HEAD + lines.len().max(1) as f32 * ROW + if searches { SEARCH } else { 0.0 }
        }
    };
    let sized = key.as_ref().map_or(0.0, |_| sizes::HEIGHT) + map.types_height();
    let margins = if coloured > 0.0 { 0.0 } else { 16.0 };
    let height = (coloured + sized + margins).min(canvas.height() - 24.0);
    let rect = Rect::from_min_size(canvas.right_bottom() - vec2(WIDTH + 12.0, height + 12.0), vec2(WIDTH, height));
    if coloured + sized > 0.0 && rect.width() <= canvas.width() && height >= 60.0 {
        // The canvas below must not take what is meant for the legend.
        ui.interact(rect, ui.scope_id().with("legend ground"), Sense::click_and_drag());
        ui.scope_builder(UiBuilder::new().max_rect(rect).id_salt("legend"), |ui| {
            on_ground(ui, rect, |ui| contents(ui, map, &colouring, &lines, key.as_ref()));
        });
    }
    // Colours that were chosen meanwhile are made in the next frame.
    map.colouring = Some(colouring);
}

/// Draws the legend into a panel of its own, beside several maps.
pub fn show_beside(ui: &mut Ui, map: &mut MapView) {
    let Some(colouring) = map.colouring.take() else { return };
    map.legend_search.refresh(&colouring);
    let lines = lines(&colouring, &map.legend_search);
    ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
    let key = map.size_key();
    contents(ui, map, &colouring, &lines, key.as_ref());
    map.colouring = Some(colouring);
}

fn contents(ui: &mut Ui, map: &mut MapView, colouring: &Colouring, lines: &[Line], key: Option<&SizeKey>) {
    let is_coloured = colouring.by != ColourBy::Nothing;
    if is_coloured {
        heading(ui, map, colouring);
        if colouring.legend.len() > colouring.palettes.categories.size() {
            search(ui, map, colouring);
        }
    }
    match &colouring.amounts {
        _ if !is_coloured => {}
        Some(amounts) => ramp(ui, amounts, colouring),
        None if lines.is_empty() => {
            ui.label(RichText::new("Nothing is called so").size(SMALL).color(Palette::of(ui).weak));
        }
        None => {
            let sized = key.map_or(0.0, |_| sizes::HEIGHT) + map.types_height();
            let room = (ui.available_height() - sized).max(ROW);
            let scroll = egui::ScrollArea::vertical().auto_shrink([false, true]).max_height(room);
            scroll.show_rows(ui, ROW, lines.len(), |ui, shown| {
                for line in &lines[shown] {
                    line_row(ui, map, line, colouring);
                }
            });
        }
    }
    if let Some(key) = key {
        sizes::legend(ui, key, map.radius_scale());
    }
    types_drawn::legend(ui, map);
}

fn on_ground(ui: &mut Ui, rect: Rect, add_contents: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, palette.hairline))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin { left: 10, right: 10, top: 8, bottom: 8 })
        .show(ui, |ui| {
            ui.set_min_size(rect.size() - vec2(20.0, 16.0));
            ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
            add_contents(ui);
        });
}

fn heading(ui: &mut Ui, map: &mut MapView, colouring: &Colouring) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.label(emphasis(colouring.by.heading(), SMALL).color(palette.weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            palettes::button(ui, map, colouring);
            if !map.hidden.is_empty() && ui.link(RichText::new("Show all").size(SMALL)).clicked() {
                map.remember();
                map.hidden.clear();
                map.styles_changed();
            }
        });
    });
    ui.add_space(4.0);
}

/// Looks for classes by name; Enter selects what was found.
fn search(ui: &mut Ui, map: &mut MapView, colouring: &Colouring) {
    let hint = format!("Search {} names", numbers::exact(colouring.legend.len() as u64));
    let field = TextEdit::singleline(&mut map.legend_search.query)
        .hint_text(hint)
        .font(FontId::proportional(SMALL))
        .desired_width(ui.available_width())
        .id_salt("legend search");
    let response = ui.add(field).on_hover_text("Finds names of the legend; Enter selects their points");
    response.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::SearchInput, true, "Search the legend"));
    if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        map.legend_search.refresh(colouring);
        let found: BTreeSet<u32> = map.legend_search.found.iter().copied().collect();
        if !found.is_empty() {
            map.select_classes(colouring, &found, Join::Replace);
        }
    }
    ui.add_space(6.0);
}

fn line_row(ui: &mut Ui, map: &mut MapView, line: &Line, colouring: &Colouring) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let hidden = line.is_hidden(colouring, &map.hidden);
    response.widget_info(|| WidgetInfo::selected(egui::accesskit::Role::CheckBox, true, !hidden, &line.name));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4), palette.hairline);
    }
    let colour = theme::rgba(colouring.palettes.colour(line.paint, ui.visuals().dark_mode));
    let dot = pos2(rect.left() + 5.0, rect.center().y);
    if hidden {
        ui.painter().circle_stroke(dot, 4.0, Stroke::new(1.2, colour));
    } else {
        ui.painter().circle_filled(dot, 4.5, colour);
    }
    let ink = if hidden { palette.weak } else { palette.text };
    let count = ui.painter().layout_no_wrap(numbers::short(line.points), FontId::proportional(SMALL), palette.weak);
    let name_room = rect.width() - 18.0 - count.size().x - 6.0;
    let mut job = egui::text::LayoutJob::simple_singleline(line.name.clone(), FontId::proportional(SMALL), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(name_room);
    let name = ui.painter().layout_job(job);
    let middle = |size: egui::Vec2| rect.center().y - size.y / 2.0;
    ui.painter().galley(pos2(rect.left() + 16.0, middle(name.size())), name, ink);
    ui.painter().galley(pos2(rect.right() - count.size().x, middle(count.size())), count, palette.weak);
    let hint = format!(
        "{}: {}\nClick hides or shows, double click leaves it alone,\nCtrl + click selects, Shift + click adds to the \
         selection, Alt + click takes away from it",
        line.name,
        numbers::counted(line.points, "point")
    );
    let response = response.on_hover_text(hint);
    if let Some(entry) = line.class.and_then(|class| colouring.legend.get(class as usize))
        && line.paint != Paint::Missing
    {
        let place = Rect::from_center_size(dot, vec2(14.0, ROW));
        palettes::class_colour(ui, map, colouring, entry, place);
    }
    let modifiers = ui.input(|input| input.modifiers);
    let join = match modifiers {
        modifiers if modifiers.shift => Some(Join::Add),
        modifiers if modifiers.alt => Some(Join::Take),
        modifiers if modifiers.command => Some(Join::Replace),
        _ => None,
    };
    if let Some(join) = join.filter(|_| response.clicked()) {
        map.select_classes(colouring, &line.classes(colouring), join);
    } else if response.double_clicked() {
        map.remember();
        let alone = line.classes(colouring);
        map.hidden = (0..colouring.legend.len() as u32).filter(|class| !alone.contains(class)).collect();
        map.styles_changed();
    } else if response.clicked() {
        map.remember();
        let classes = line.classes(colouring);
        if hidden {
            map.hidden.retain(|class| !classes.contains(class));
        } else {
            map.hidden.extend(classes);
        }
        map.styles_changed();
    }
}

/// The ramp of amounts with its ends.
fn ramp(ui: &mut Ui, amounts: &Amounts, colouring: &Colouring) {
    let palette = Palette::of(ui);
    let dark = ui.visuals().dark_mode;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 10.0), Sense::hover());
    let colours = ramp_colours(colouring, dark);
    let wide = rect.width() / colours.len().max(1) as f32;
    for (step, &colour) in colours.iter().enumerate() {
        let left = rect.left() + wide * step as f32;
        let piece = Rect::from_min_size(pos2(left, rect.top()), vec2(wide + 0.5, rect.height()));
        ui.painter().rect_filled(piece, 0.0, theme::rgba(colour));
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(amounts.least.as_str()).size(SMALL).color(palette.weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(amounts.most.as_str()).size(SMALL).color(palette.weak));
        });
    });
}
