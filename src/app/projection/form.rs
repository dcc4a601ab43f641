//! The fields of the panel.

use eframe::egui::{self, DragValue, RichText, Ui, vec2};

use super::{ProjectionPanel, Start};
use crate::app::theme::{Palette, SMALL};
use crate::neighbors::Metric;
use crate::numbers;
use crate::projection::{LearningRate, Method};

/// Size of a field.
const FIELD: egui::Vec2 = vec2(100.0, 22.0);

/// Width of a name: with the field beside it no wider than the narrowest panel.
const NAME: f32 = 108.0;

/// What can be measured between vectors.
pub(super) const METRICS: [(Metric, &str); 2] = [(Metric::Euclidean, "euclidean"), (Metric::Cosine, "cosine")];

/// A name and what stands beside it, on a line of its own.
pub(super) fn line(ui: &mut Ui, name: &str, add_field: impl FnOnce(&mut Ui, egui::Id)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let room = egui::Layout::left_to_right(egui::Align::Center);
        let label = ui.allocate_ui_with_layout(vec2(NAME, FIELD.y), room, |ui| {
            ui.set_min_size(vec2(NAME, FIELD.y));
            ui.label(RichText::new(name).color(palette.weak)).id
        });
        add_field(ui, label.inner);
    });
}

fn field(ui: &mut Ui, name: &str, hint: &str, value: DragValue<'_>) {
    line(ui, name, |ui, label| {
        ui.add_sized(FIELD, value).labelled_by(label).on_hover_text(hint);
    });
}

pub(super) fn choice<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, all: &[(T, &str)]) {
    line(ui, name, |ui, label| {
        let shown = all.iter().find(|(other, _)| other == value).map_or("", |(_, name)| name);
        let combo = egui::ComboBox::from_id_salt(name).selected_text(shown).width(FIELD.x).truncate();
        let answer = combo.show_ui(ui, |ui| {
            for (other, name) in all {
                ui.selectable_value(value, *other, *name);
            }
        });
        answer.response.labelled_by(label);
    });
}

/// The parameters of t-SNE.
pub fn tsne(ui: &mut Ui, panel: &mut ProjectionPanel) {
    let values = &mut panel.tsne;
    ui.spacing_mut().item_spacing.y = 4.0;
    let perplexity = DragValue::new(&mut values.perplexity).range(1.0..=1_000.0).speed(0.2).max_decimals(1);
    field(ui, "Perplexity", "About how many neighbours each point keeps near; 5 to 50 is usual", perplexity);
    let iterations = DragValue::new(&mut values.iterations).range(1..=1_000_000).speed(5.0);
    field(ui, "Iterations", "In all, those of early exaggeration among them", iterations);
    let early = DragValue::new(&mut values.exaggeration_iterations).range(0..=1_000_000).speed(2.0);
    field(ui, "Early iterations", "Iterations of early exaggeration, in which clusters find together", early);
    let factor = DragValue::new(&mut values.exaggeration).range(1.0..=100.0).speed(0.1).max_decimals(1).prefix("× ");
    field(ui, "Exaggeration", "By how much attraction is stronger in these", factor);
    rate(ui, panel);
    choice(ui, "Start", &mut panel.start, &Start::ALL.map(|start| (start, start.name())));
    choice(ui, "Distance", &mut panel.tsne.metric, &METRICS);
}

/// The parameters of UMAP.
pub fn umap(ui: &mut Ui, panel: &mut ProjectionPanel) {
    let values = &mut panel.umap;
    ui.spacing_mut().item_spacing.y = 4.0;
    let neighbors = DragValue::new(&mut values.neighbors).range(2..=500).speed(0.1);
    field(ui, "Neighbours", "Few show fine structure, many show large; 5 to 50 is usual", neighbors);
    let distance = DragValue::new(&mut values.min_dist).range(0.0..=values.spread).speed(0.005).max_decimals(2);
    field(ui, "Least distance", "How near points may come that belong together", distance);
    let mut auto = values.epochs.is_none();
    if ui.checkbox(&mut auto, "Epochs auto").on_hover_text("500 up to 100,000 points, else 200").changed() {
        values.epochs = if auto { None } else { Some(500) };
    }
    if let Some(epochs) = &mut values.epochs {
        field(ui, "Epochs", "How often every tie is drawn", DragValue::new(epochs).range(1..=100_000).speed(2.0));
    }
    let rate = DragValue::new(&mut values.learning_rate).range(0.001..=100.0).speed(0.01).max_decimals(3);
    field(ui, "Learning rate", "How far points move at first; it falls to 0", rate);
    choice(ui, "Start", &mut panel.start, &Start::ALL.map(|start| (start, start.name())));
    choice(ui, "Distance", &mut panel.umap.metric, &METRICS);
}

fn rate(ui: &mut Ui, panel: &mut ProjectionPanel) {
    let mut auto = panel.has_auto_rate();
    let hint = "The number of points over the exaggeration, which suits nearly every map";
    if ui.checkbox(&mut auto, "Learning rate auto").on_hover_text(hint).changed() {
        panel.tsne.learning_rate = if auto { LearningRate::Auto } else { LearningRate::Fixed(panel.fixed_rate) };
    }
    if let LearningRate::Fixed(rate) = &mut panel.tsne.learning_rate {
        let value = DragValue::new(rate).range(0.01..=1e7).speed(1.0).max_decimals(2);
        field(ui, "Learning rate", "How far points move along the gradient", value);
        panel.fixed_rate = *rate;
    }
}

/// What every method has: the part that is mapped, and whether trust is measured.
pub fn shared(ui: &mut Ui, panel: &mut ProjectionPanel, selected: usize) {
    let hint = "Of each point's 10 nearest vectors, how many are near it on the map; the map can be coloured by it";
    ui.checkbox(&mut panel.trusted, "Measure trust").on_hover_text(hint);
    let name = if selected == 0 {
        "Only the selection".to_owned()
    } else {
        format!("Only the selection ({})", numbers::short(selected as u64))
    };
    let hint = "Maps the selected IDs as if there were no others";
    ui.add_enabled(selected > 1, egui::Checkbox::new(&mut panel.only_selection, name))
        .on_hover_text(hint)
        .on_disabled_hover_text("Select two IDs or more first");
}

/// What a map takes, or why it cannot be made. `false` if it cannot.
pub fn forecast(ui: &mut Ui, panel: &ProjectionPanel, rows: usize, width: usize) -> bool {
    let palette = Palette::of(ui);
    let small = |ui: &mut Ui, text: String, colour| {
        ui.add(egui::Label::new(RichText::new(text).size(SMALL).color(colour)).wrap());
    };
    let points = numbers::counted(rows as u64, "point");
    let foretold = match panel.method() {
        Method::Tsne(parameters) => parameters.check(rows).map(|checked| {
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            let text = format!(
                "{points} × {width}: about {} on {} and {} of memory",
                numbers::duration(checked.rough_seconds(width, panel.trusted, threads)),
                numbers::counted(threads as u64, "free core"),
                numbers::bytes(checked.memory_bytes(width)),
            );
            let lowered = checked.lowered_perplexity().map(|asked| {
                let lower = numbers::figures(checked.values().perplexity, 3);
                format!("Too few points for a perplexity of {asked}; {lower} is used.")
            });
            (text, lowered)
        }),
        Method::Umap(parameters) => parameters.check(rows).map(|checked| {
            let text = format!(
                "{points} × {width}: {} and about {} of memory",
                numbers::counted(checked.epochs() as u64, "epoch"),
                numbers::bytes(checked.memory_bytes(width)),
            );
            let lowered = checked.lowered_neighbors().map(|asked| {
                format!("Too few points for {asked} neighbours; {} are used.", checked.values().neighbors)
            });
            (text, lowered)
        }),
        Method::Pca => return true,
        Method::Axes(_) => {
            let lacks = panel.axes.lacks();
            if let Some(lacks) = lacks {
                small(ui, lacks.to_owned(), palette.weak);
            }
            return lacks.is_none();
        }
    };
    match foretold {
        Ok((text, lowered)) => {
            small(ui, text, palette.weak);
            if let Some(lowered) = lowered {
                small(ui, lowered, palette.weak);
            }
            true
        }
        Err(error) => {
            small(ui, error.to_string(), palette.error);
            false
        }
    }
}
