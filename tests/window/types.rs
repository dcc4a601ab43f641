//! IDs of other types on the map of items.

use std::collections::BTreeSet;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Event, Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{App, Options};
use idatlas::numbers;

use super::palettes::type_in;
use super::summary::items_by_brand;
use super::{Window, on_the_map_of_a_saved_run, pointer, type_into, wait, window};

fn shown(app: &App) -> BTreeSet<String> {
    app.marks().into_iter().map(|(table, ..)| table).collect()
}

/// A mark of a type well inside of the map: its ID and place. No other one covers it.
fn clear_mark(window: &Window<'_>, table: &str) -> (String, Pos2) {
    let canvas = window.get_by_role(Role::Canvas).rect();
    let clear = Rect::from_min_max(canvas.min + vec2(60.0, 70.0), canvas.max - vec2(300.0, 90.0));
    let marks = window.state().marks();
    let found = marks.iter().enumerate().find(|(i, (own, _, at))| {
        own == table && clear.contains(*at) && marks[..*i].iter().all(|(.., other)| other.distance(*at) > 14.0)
    });
    let (_, (_, id, at)) = found.expect("one of the marks lies in the middle of the map");
    (id.clone(), *at)
}

#[test]
fn ids_of_other_types_are_shown_among_the_items_opened_undone_drawn_and_kept() {
    let Some((mut window, folder)) = on_the_map_of_a_saved_run() else { return };
    let path = folder.path().join("run");
    window.get_by_role_and_label(Role::Button, "Layers of the map").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::CheckBox, "stores").click();
    wait(&mut window, "stores", |app| shown(app).contains("store"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    type_in(&mut window, "show brands among the items");
    wait(&mut window, "brands", |app| shown(app) == BTreeSet::from(["brand".to_owned(), "store".to_owned()]));
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::Button, "Take stores off the map");

    a_mark_opens_its_id(&mut window);
    its_items_are_selected_with_ctrl(&mut window);
    they_are_drawn_in_a_picture(&mut window, &folder.path().join("map.svg"));

    type_in(&mut window, "hide stores");
    assert_eq!(shown(window.state()), BTreeSet::from(["brand".to_owned()]));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    // One step back; where the stores lie is asked for anew.
    wait(&mut window, "the stores that were hidden", |app| shown(app).len() == 2);
    window.get_by_role_and_label(Role::Button, "Take brands off the map").click_accesskit();
    window.run_steps(3);
    assert_eq!(shown(window.state()), BTreeSet::from(["store".to_owned()]));

    wait(&mut window, "window.json", |_| {
        let kept = std::fs::read_to_string(path.join("window.json")).unwrap_or_default();
        serde_json::from_str(&kept).is_ok_and(|kept: serde_json::Value| kept["types"] == serde_json::json!(["store"]))
    });
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "stores of the opened run", |app| shown(app).contains("store"));
    assert_eq!(shown(other.state()), BTreeSet::from(["store".to_owned()]));
    type_in(&mut other, "map of brands");
    wait(&mut other, "the map of brands", |app| app.has_map() && app.panes()[0].table == "brand");
    other.get_by_role_and_label(Role::Button, "Layers of the map").click();
    other.run_steps(3);
    let entry = other.get_by_role_and_label(Role::CheckBox, "stores");
    assert!(entry.accesskit_node().is_disabled(), "they lie on maps of items alone");
    assert_eq!(entry.accesskit_node().toggled(), Some(Toggled::True), "they come back with the items");
    assert!(shown(other.state()).is_empty());
}

fn a_mark_opens_its_id(window: &mut Window<'_>) {
    let (brand, at) = clear_mark(window, "brand");
    window.event(Event::PointerMoved(at));
    window.run_steps(3);
    let items = items_by_brand()[&brand].len();
    window.get_by_label(&format!("at the mean of {}", numbers::counted(items as u64, "item")));
    assert_eq!(window.state().hovered_row(), None, "the item below is covered");
    pointer(window, at, true, Modifiers::NONE);
    pointer(window, at, false, Modifiers::NONE);
    wait(window, "neighbours", |app| app.neighbours().is_some_and(|(id, _)| id == brand));
    assert_eq!(window.state().panes()[0].table, "item", "the map of items stays");
}

fn its_items_are_selected_with_ctrl(window: &mut Window<'_>) {
    let (brand, at) = clear_mark(window, "brand");
    pointer(window, at, true, Modifiers::COMMAND);
    pointer(window, at, false, Modifiers::COMMAND);
    let own = items_by_brand().remove(&brand).expect("it has items");
    wait(window, "its items", |app| app.selected_ids().into_iter().collect::<BTreeSet<String>>() == own);
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().selected_ids().is_empty());
}

fn they_are_drawn_in_a_picture(window: &mut Window<'_>, file: &std::path::Path) {
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    window.run_steps(3);
    type_into(window, "Picture file", file);
    window.get_by_role_and_label(Role::Button, "Export").click();
    window.step();
    wait(window, "the picture", |_| file.exists());
    let drawn = std::fs::read_to_string(file).expect("the file exists");
    assert!(drawn.contains("<g id=\"marks\"") && drawn.contains("<g id=\"types\""), "the picture has no other types");
    assert!(drawn.contains("stores and brands at the mean of their items"), "it does not say where they lie");
}
