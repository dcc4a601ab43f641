//! What the main states look like, in light and dark, beside pictures that were looked at.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test claims snapshots` takes the pictures anew.

use eframe::egui::accesskit::Role;
use eframe::egui::{Modifiers, Theme};
use egui_kittest::SnapshotOptions;
use egui_kittest::kittest::Queryable;
use idatlas::app::Options;

use super::{Window, load_sample, pointer, settle, visible_row, wait, window};
use crate::run::fixture::run;

/// Pixels that drivers may draw otherwise at the edges of discs and glyphs: a 25,000th of a picture.
const OTHER_PIXELS: usize = 40;

fn looks_as_before(window: &mut Window<'_>, state: &str) {
    let options = SnapshotOptions::new().max_failed_pixels(OTHER_PIXELS);
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        window.ctx.set_theme(theme);
        settle(window);
        window.snapshot_options(format!("{state}-{name}"), &options);
    }
}

#[test]
fn the_first_pages_look_as_they_were_approved() {
    let Some(mut window) = window(Options::default()) else { return };
    looks_as_before(&mut window, "welcome");
    load_sample(&mut window);
    looks_as_before(&mut window, "train");
    window.get_by_role_and_label(Role::Tab, "Data").click();
    settle(&mut window);
    looks_as_before(&mut window, "data");
}

#[test]
fn the_map_and_the_inspector_look_as_they_were_approved() {
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    run().write(folder.path()).expect("the folder is new");
    let options = Options { paths: vec![folder.path().to_owned()], ..Options::default() };
    let Some(mut window) = window(options) else { return };
    wait(&mut window, "the map", idatlas::app::App::has_map);
    settle(&mut window);
    let (_, place) = visible_row(&window);
    pointer(&mut window, place, true, Modifiers::NONE);
    pointer(&mut window, place, false, Modifiers::NONE);
    wait(&mut window, "neighbours", |app| app.neighbours().is_some());
    // Off the map: what lies under the pointer has a card.
    let rail = eframe::egui::pos2(40.0, 600.0);
    window.event_modifiers(eframe::egui::Event::PointerMoved(rail), Modifiers::NONE);
    looks_as_before(&mut window, "map");
    window.get_by_role_and_label(Role::Tab, "Summary").click();
    wait(&mut window, "the summary", |app| app.summary().is_some());
    looks_as_before(&mut window, "summary");
}
