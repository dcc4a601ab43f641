//! The map as a picture in a file: how large, on which ground, with what beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, Align, Layout, RichText, Ui, vec2};

use super::controls::{FILE_PANEL_WIDTH, file_panel, hairline, primary_button, segmented, weak};
use super::dialogs::Purpose;
use super::export_panel::file_name;
use super::map::PictureStyle;
use super::state::WindowState;
use super::theme::Palette;
use crate::engine::{Command, JobKind};
use crate::picture::{PictureFormat, SIDES};

/// The panel.
#[derive(Debug)]
pub struct PicturePanel {
    open: bool,
    style: PictureStyle,
    format: PictureFormat,
    path: String,
    own_path: bool,
    table: String,
}

impl Default for PicturePanel {
    fn default() -> Self {
        let style =
            PictureStyle { size: [1600, 1200], dark: false, as_seen: true, named: true, keyed: true, lined: false };
        Self {
            open: false,
            style,
            format: PictureFormat::Png,
            path: String::new(),
            own_path: false,
            table: String::new(),
        }
    }
}

impl PicturePanel {
    /// Opens for the map of `table`, of which a window of `seen` points shows a part, with density lines if `lined`; the file
    /// goes into `folder`.
    pub fn open(&mut self, table: &str, (seen, lined): ([f32; 2], bool), folder: &Path, dark: bool) {
        let high = (1600.0 * seen[1] / seen[0].max(1.0)).round();
        if high.is_finite() {
            self.style.size = [1600, (high as u32).clamp(400, 3200)];
        }
        (self.open, self.style.dark, self.style.lined) = (true, dark, lined);
        table.clone_into(&mut self.table);
        if !self.own_path {
            self.path = folder.join(file_name(&format!("{table}-map.png"))).display().to_string();
            self.follow_format();
        }
    }

    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Closes the panel.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Takes a path from a dialog, and the format that it ends in.
    pub fn set_path(&mut self, path: PathBuf) {
        if let Ok(format) = PictureFormat::of(&path) {
            self.format = format;
        }
        self.path = path.display().to_string();
        self.own_path = true;
    }

    fn follow_format(&mut self) {
        let ending = match self.format {
            PictureFormat::Png => "png",
            PictureFormat::Svg => "svg",
        };
        self.path = PathBuf::from(&self.path).with_extension(ending).display().to_string();
    }
}

/// Draws the panel, if it is open.
pub fn show(ctx: &egui::Context, state: &mut WindowState) {
    if !state.picture.open {
        return;
    }
    let mut open = true;
    file_panel(ctx, "Export the picture", "picture").open(&mut open).show(ctx, |ui| {
        ui.set_width(FILE_PANEL_WIDTH);
        ui.spacing_mut().item_spacing.y = 8.0;
        what(ui, &mut state.picture, state.map.is_solid());
        path(ui, state);
        hairline(ui);
        actions(ui, state);
    });
    if !open {
        state.picture.close();
    }
}

fn what(ui: &mut Ui, panel: &mut PicturePanel, solid: bool) {
    line(ui, "Format", |ui| {
        let taken = usize::from(panel.format == PictureFormat::Svg);
        let hints = ["Pixels, for slides and pages", "A drawing that stays sharp and can be edited"];
        if let Some(chosen) = segmented(ui, &["PNG", "SVG"], &hints, Some(taken)) {
            panel.format = [PictureFormat::Png, PictureFormat::Svg][chosen];
            panel.follow_format();
        }
    });
    let style = &mut panel.style;
    line(ui, "Shows", |ui| {
        let hints = ["The part of the map that the window shows", "Every point"];
        if let Some(chosen) = segmented(ui, &["As seen", "Whole map"], &hints, Some(usize::from(!style.as_seen))) {
            style.as_seen = chosen == 0;
        }
    });
    line(ui, "Ground", |ui| {
        if let Some(chosen) = segmented(ui, &["Light", "Dark"], &["", ""], Some(usize::from(style.dark))) {
            style.dark = chosen == 1;
        }
    });
    line(ui, "Pixels", |ui| {
        for (side, name) in style.size.iter_mut().zip(["Width", "Height"]) {
            let field = egui::DragValue::new(side).range(SIDES).speed(8.0);
            let response = ui.add(field).on_hover_text(name);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::SpinButton, true, name));
            if name == "Width" {
                ui.label(RichText::new("x").color(Palette::of(ui).weak));
            }
        }
    });
    line(ui, "With", |ui| {
        ui.checkbox(&mut style.named, "Names");
        ui.checkbox(&mut style.keyed, "Legend");
        let lines = egui::Checkbox::new(&mut style.lined, "Density lines");
        ui.add_enabled(!solid, lines).on_disabled_hover_text("Lines are of flat maps");
    });
}

/// A line with its name at the left.
fn line(ui: &mut Ui, name: &str, add_contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(56.0, 26.0), egui::Sense::hover());
        let palette = Palette::of(ui);
        let font = egui::TextStyle::Body.resolve(ui.style());
        ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, name, font, palette.weak);
        add_contents(ui);
    });
}

fn path(ui: &mut Ui, state: &mut WindowState) {
    line(ui, "To", |ui| {
        let width = ui.available_width() - 92.0;
        let field =
            ui.add(egui::TextEdit::singleline(&mut state.picture.path).desired_width(width).id_salt("picture path"));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Picture file"));
        if field.changed() {
            state.picture.own_path = true;
        }
        if ui.button("Browse…").clicked() {
            let name = PathBuf::from(&state.picture.path)
                .file_name()
                .map_or(String::new(), |name| name.to_string_lossy().into_owned());
            state.dialogs.ask(ui.ctx(), Purpose::PictureTo, &name);
        }
    });
    let path = PathBuf::from(state.picture.path.trim());
    match PictureFormat::of(&path) {
        Ok(format) => state.picture.format = format,
        Err(_) => {
            weak(ui, "The file must end in .png or .svg");
        }
    }
}

fn actions(ui: &mut Ui, state: &mut WindowState) {
    let busy = state.job(JobKind::Export).is_some();
    let path = PathBuf::from(state.picture.path.trim());
    let ready = !busy && state.map.has_points() && PictureFormat::of(&path).is_ok();
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 34.0), Layout::right_to_left(Align::Center), |ui| {
        if primary_button(ui, "Export", ready).clicked()
            && let Some(run) = state.run.as_ref().map(|shown| Arc::clone(&shown.run))
            && let Ok(table) = run.table(&state.map.table)
        {
            let lit = state.inspector.lit_rows(&state.map.table, &state.map.selection);
            if let Some(picture) = state.map.picture(&run, &table, &lit, state.picture.style) {
                state.send(Command::ExportPicture(Box::new(picture), path));
                state.picture.close();
            }
        }
    });
}
