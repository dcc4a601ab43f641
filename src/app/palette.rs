//! One field for everything: commands, tables, colours and IDs by their names.

use eframe::egui::{self, Align2, Button, Id, Key, Modifiers, RichText, TextEdit, Ui, WidgetInfo, vec2};

use super::controls::weak;
use super::map::ColourBy;
use super::shortcuts::{self, Action};
use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::numbers;
use crate::picture::{Palettes, SizeBy};
use crate::run::Run;

/// IDs looked through in one frame, and IDs of one table that are listed.
const ROWS_A_FRAME: usize = 20_000;
const MOST_IDS: usize = 6;
const WIDTH: f32 = 560.0;

/// Something that can be gone to or done.
#[derive(Debug, Clone, PartialEq)]
enum Hit {
    Action(Action),
    Table(String),
    Colour(ColourBy),
    Size(SizeBy),
    Palette(&'static str),
    /// The IDs of a type among the items, or not any more.
    Type(String, bool),
    /// The map of a table beside the one on show.
    Beside(String),
    Id {
        table: String,
        row: u32,
    },
}

/// The field with what it finds.
#[derive(Debug, Default)]
pub struct CommandPalette {
    open: bool,
    query: String,
    /// What the hits are for; `None`: they are to be found anew.
    sought: Option<String>,
    hits: Vec<(Hit, String, String)>,
    chosen: usize,
    /// The table and row to look at next.
    next: (usize, usize),
}

impl CommandPalette {
    /// Opens with an empty field.
    pub fn open(&mut self) {
        *self = Self { open: true, ..Self::default() };
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.open
    }
}

/// Draws the field, if it is open, and does what is chosen.
pub fn show(ctx: &egui::Context, state: &mut WindowState) {
    if !state.palette.open {
        return;
    }
    find(ctx, state);
    let (down, up, enter) = ctx.input_mut(|input| {
        let mut key = |key| input.consume_key(Modifiers::NONE, key);
        (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter))
    });
    let palette = &mut state.palette;
    let last = palette.hits.len().saturating_sub(1);
    if down {
        palette.chosen = (palette.chosen + 1).min(last);
    }
    if up {
        palette.chosen = palette.chosen.saturating_sub(1);
    }
    let mut done = enter.then(|| palette.hits.get(palette.chosen).map(|(hit, ..)| hit.clone())).flatten();
    let area = egui::Modal::new(Id::unique("command palette")).frame(super::controls::modal_frame(ctx));
    let shown = area
        .area(egui::Modal::default_area(Id::unique("command palette")).anchor(Align2::CENTER_TOP, vec2(0.0, 72.0)))
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            let field = ui.add(
                TextEdit::singleline(&mut state.palette.query)
                    .hint_text("A command, a table, a colour or an ID")
                    .desired_width(WIDTH)
                    .margin(egui::Margin::symmetric(8, 6)),
            );
            field.widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::SearchInput, true, "Search or command"));
            field.request_focus();
            ui.add_space(6.0);
            if let Some(hit) = hits(ui, &state.palette) {
                done = Some(hit);
            }
        });
    if shown.should_close() {
        state.palette.close();
    }
    if let Some(hit) = done {
        state.palette.close();
        perform(ctx, state, hit);
    }
}

/// Lists what was found; what is clicked is returned.
fn hits(ui: &mut Ui, palette: &CommandPalette) -> Option<Hit> {
    let colours = Palette::of(ui);
    if palette.hits.is_empty() {
        weak(ui, "Nothing is called so");
    }
    let mut clicked = None;
    egui::ScrollArea::vertical().max_height(420.0).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, (hit, name, about)) in palette.hits.iter().enumerate() {
            let chosen = at == palette.chosen;
            let button = Button::new(RichText::new(name).color(if chosen { colours.strong } else { colours.text }))
                .right_text(RichText::new(about).size(SMALL).color(colours.weak))
                .selected(chosen)
                .frame_when_inactive(chosen)
                .truncate()
                .min_size(vec2(ui.available_width(), 28.0));
            let response = ui.add(button);
            if chosen {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                clicked = Some(hit.clone());
            }
        }
    });
    clicked
}

/// Finds what the query names: commands, tables and colours at once, IDs over frames.
fn find(ctx: &egui::Context, state: &mut WindowState) {
    let run = state.run.as_ref().map(|shown| std::sync::Arc::clone(&shown.run));
    let query = state.palette.query.trim().to_lowercase();
    if state.palette.sought.as_ref() != Some(&query) {
        let named = |name: &str| {
            let name = name.to_lowercase();
            query.split_whitespace().all(|word| name.contains(word))
        };
        let mut hits = Vec::new();
        let keyed = shortcuts::ALL.iter().map(|(action, _, name)| (action, name));
        let commands = keyed.chain(shortcuts::KEYLESS.iter().map(|(action, name)| (action, name)));
        for (action, name) in commands.filter(|(action, _)| **action != Action::Palette) {
            if named(name) {
                hits.push((Hit::Action(*action), (*name).to_owned(), shortcuts::keys(ctx, *action)));
            }
        }
        if let Some(run) = &run {
            for table in run.table_names() {
                let name = format!("Map of {}", numbers::plural(table));
                if named(&name) {
                    hits.push((Hit::Table(table.to_owned()), name, "table".to_owned()));
                }
            }
            for table in run.table_names() {
                let name = format!("Map of {} beside this one", numbers::plural(table));
                if state.map.may_split() && named(&name) && !query.is_empty() {
                    hits.push((Hit::Beside(table.to_owned()), name, "split".to_owned()));
                }
            }
            for table in run.table_names().into_iter().skip(1).filter(|_| state.map.shows_items(run)) {
                let shown = state.map.shown_types().contains(table);
                let verb = if shown { "Hide" } else { "Show" };
                let name = format!("{verb} {} among the {}", numbers::plural(table), numbers::plural(&state.map.table));
                if named(&name) {
                    hits.push((Hit::Type(table.to_owned(), !shown), name, "layer".to_owned()));
                }
            }
            for by in ColourBy::choices(run, &state.map.table, false, false) {
                let name = format!("Colour by {}", by.name());
                if named(&name) {
                    hits.push((Hit::Colour(by), name, "colour".to_owned()));
                }
            }
            for by in SizeBy::choices(run, &state.map.table) {
                let name = format!("Size by {}", by.name());
                if named(&name) {
                    hits.push((Hit::Size(by), name, "size".to_owned()));
                }
            }
            for palette in Palettes::names() {
                let name = format!("Palette {palette}");
                if named(&name) {
                    hits.push((Hit::Palette(palette), name, "palette".to_owned()));
                }
            }
        }
        let palette = &mut state.palette;
        (palette.hits, palette.chosen, palette.next) = (hits, 0, (0, 0));
        palette.sought = Some(query.clone());
    }
    if let Some(run) = run.filter(|_| !query.is_empty())
        && look_on(&mut state.palette, &run, &query)
    {
        ctx.request_repaint();
    }
}

/// Looks through some more IDs; `true` as long as there are more.
fn look_on(palette: &mut CommandPalette, run: &Run, query: &str) -> bool {
    let names = run.table_names();
    let mut budget = ROWS_A_FRAME;
    while let Some(table) = names.get(palette.next.0).and_then(|name| run.table(name).ok()) {
        let is_own = |hit: &Hit| matches!(hit, Hit::Id { table: own, .. } if own == table.name);
        let mut listed = palette.hits.iter().filter(|(hit, ..)| is_own(hit)).count();
        let rows = table.vocabulary.len();
        while palette.next.1 < rows && listed < MOST_IDS {
            if budget == 0 {
                return true;
            }
            budget -= 1;
            let row = palette.next.1 as u32;
            palette.next.1 += 1;
            let (id, label) = (table.vocabulary.id(row), table.label(row));
            let is_named = |text: &str| text.to_lowercase().contains(query);
            if is_named(id) || label.is_some_and(is_named) {
                let about = if label.is_some() { format!("{} {id}", table.name) } else { table.name.to_owned() };
                let hit = Hit::Id { table: table.name.to_owned(), row };
                palette.hits.push((hit, label.unwrap_or(id).to_owned(), about));
                listed += 1;
            }
        }
        palette.next = (palette.next.0 + 1, 0);
    }
    false
}

fn perform(ctx: &egui::Context, state: &mut WindowState, hit: Hit) {
    match hit {
        Hit::Action(action) => shortcuts::perform(ctx, state, action),
        Hit::Table(table) => {
            state.go(super::Place::Map);
            state.show_table(&table);
        }
        Hit::Beside(table) => {
            state.go(super::Place::Map);
            state.split_map(Some(&table));
        }
        Hit::Type(table, shown) => {
            state.go(super::Place::Map);
            state.map.show_type(&table, shown);
        }
        Hit::Colour(by) => {
            state.go(super::Place::Map);
            state.map.remember();
            state.map.set_colour_by(by);
        }
        Hit::Size(by) => {
            state.go(super::Place::Map);
            state.map.set_size_by(by);
        }
        Hit::Palette(name) => {
            state.go(super::Place::Map);
            state.map.choose_palette(name);
        }
        Hit::Id { table, row } => {
            state.go(super::Place::Map);
            state.pin(&table, row);
            let now = ctx.input(|input| input.time);
            state.map.centre_on(row, now);
        }
    }
}
