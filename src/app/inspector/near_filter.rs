//! Which IDs the list of near ones keeps.

use eframe::egui::Ui;

use super::Inspector;
use super::naming::name_of;
use crate::app::controls::choice;
use crate::engine::NearFilter;
use crate::run::Run;

/// Draws the choice, and the field that finds an ID to keep to; whether the filter changed.
pub fn show(ui: &mut Ui, inspector: &mut Inspector, run: &Run) -> bool {
    let before = inspector.filter.clone();
    let shown = match (&inspector.filter, &inspector.filter_in) {
        (_, Some(name)) => format!("one {name}"),
        (filter, None) => in_words(run, filter.as_ref()),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        choice(ui, "only", &shown, 168.0, |ui| {
            if ui.selectable_label(inspector.filter.is_none(), "any").clicked() {
                (inspector.filter, inspector.filter_in) = (None, None);
            }
            for own in run.types.iter().skip(1) {
                let same = NearFilter::Same(own.name.clone());
                let other = NearFilter::Other(own.name.clone());
                for filter in [same, other] {
                    let chosen = inspector.filter.as_ref() == Some(&filter);
                    if ui.selectable_label(chosen, in_words(run, Some(&filter))).clicked() {
                        (inspector.filter, inspector.filter_in) = (Some(filter), None);
                    }
                }
                if ui.selectable_label(false, format!("one {}…", own.name)).clicked() {
                    inspector.filter_in = Some(own.name.clone());
                    inspector.filter_picker.clear();
                    inspector.filter_picker.focus();
                }
            }
        });
    });
    if let Some(name) = inspector.filter_in.clone() {
        ui.add_space(4.0);
        let hint = format!("A {name}: ID or label");
        if let Some(chosen) = inspector.filter_picker.show(ui, &format!("Only of {name}"), &hint) {
            (inspector.filter, inspector.filter_in) = (Some(NearFilter::Id(chosen)), None);
        }
        ui.add_space(8.0);
    }
    before != inspector.filter
}

fn in_words(run: &Run, filter: Option<&NearFilter>) -> String {
    match filter {
        None => "any".to_owned(),
        Some(NearFilter::Same(name)) => format!("same {name}"),
        Some(NearFilter::Other(name)) => format!("other {name}"),
        Some(NearFilter::Id(subject)) => format!("{} {}", subject.table, name_of(run, subject)),
    }
}
