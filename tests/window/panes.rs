//! Several maps side by side, linked.

use std::collections::BTreeSet;

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Event, Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{App, Options, ShownPane};

use super::summary::items_by_brand;
use super::{Window, load_sample, pointer, save_to, settle, train, wait, window};

#[test]
fn maps_side_by_side_follow_each_other_and_come_back_with_their_run() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    split_by_the_menu(&mut window);
    selected_items_show_their_brands(&mut window);
    a_brand_shows_its_items(&mut window);
    what_is_pointed_at_is_marked_in_the_other_map(&mut window);
    undo_goes_back_in_both_maps_and_brings_a_closed_one_back(&mut window);
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
    panels_stand_among_the_maps(&mut window);
    they_come_back_with_their_run(&mut window);
}

fn panels_stand_among_the_maps(window: &mut Window<'_>) {
    for name in ["Inspector", "Legend"] {
        window.get_by_role_and_label(Role::Button, "Another map beside this one (P)").click();
        window.run_steps(3);
        window.get_by_role_and_label(Role::CheckBox, &format!("{name} among the maps")).click();
        window.run_steps(3);
        window.get_by_label(name);
    }
    window.get_by_role_and_label(Role::Tab, "Summary");
    window.check_accessibility();
}

fn split_by_the_menu(window: &mut Window<'_>) {
    window.get_by_role_and_label(Role::Button, "Another map beside this one (P)").click();
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_label_contains("Split: brands").click();
    window.run_steps(2);
    wait(window, "the map of brands", |app| app.panes().len() == 2 && app.panes().iter().all(|pane| pane.has_map));
    settle(window);
    window.check_accessibility();
    let [items, brands] = both(window.state());
    assert_eq!((items.table.as_str(), brands.table.as_str()), ("item", "brand"));
    assert!(brands.is_active && !items.is_active, "the new map is the one that is looked at");
    assert!(items.canvas.right() <= brands.canvas.left() + 2.0, "they lie beside each other");
}

fn selected_items_show_their_brands(window: &mut Window<'_>) {
    let place = visible(window, 0);
    drag_around(window, Rect::from_center_size(place, vec2(70.0, 70.0)));
    let items = both(window.state())[0].selected.clone();
    assert!(items.len() > 1, "the rectangle is empty");
    assert!(both(window.state())[0].is_active, "a map that is pressed on is the active one");
    let expected: BTreeSet<String> = items_by_brand()
        .into_iter()
        .filter(|(_, own)| items.iter().any(|item| own.contains(item)))
        .map(|(brand, _)| brand)
        .collect();
    wait(window, "their brands", |app| set(&both(app)[1].selected) == expected);
    window.run_steps(2);
}

fn a_brand_shows_its_items(window: &mut Window<'_>) {
    let place = visible(window, 1);
    pointer(window, place, true, Modifiers::NONE);
    pointer(window, place, false, Modifiers::NONE);
    let brand = both(window.state())[1].selected.clone();
    assert_eq!(brand.len(), 1, "a click pins one brand");
    let own = items_by_brand().remove(&brand[0]).expect("it has items");
    wait(window, "its items", |app| set(&both(app)[0].selected) == own);
    assert_eq!(both(window.state())[1].selected, brand, "what follows asks for nothing back");
}

fn what_is_pointed_at_is_marked_in_the_other_map(window: &mut Window<'_>) {
    let place = visible(window, 1);
    window.event(Event::PointerMoved(place));
    window.step();
    wait(window, "items to be marked", |app| !app.panes()[0].pointed.is_empty());
    let marked = set(&both(window.state())[0].pointed);
    assert!(items_by_brand().values().any(|own| *own == marked), "they are not the items of one brand");
}

fn undo_goes_back_in_both_maps_and_brings_a_closed_one_back(window: &mut Window<'_>) {
    let before = both(window.state()).map(|pane| pane.selected);
    window.key_press(Key::Escape);
    wait(window, "nothing to be selected", |app| app.panes().iter().all(|pane| pane.selected.is_empty()));
    window.run_steps(8);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(both(window.state()).map(|pane| pane.selected), before, "the step before is of both maps");

    window.key_press(Key::W);
    window.run_steps(3);
    assert_eq!(window.state().panes().len(), 1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(both(window.state()).map(|pane| pane.table), ["item", "brand"]);
    window.key_press(Key::P);
    wait(window, "a third map", |app| app.panes().len() == 3 && app.panes().iter().all(|pane| pane.has_map));
    window.run_steps(3);
    window.check_accessibility();
    window.key_press(Key::W);
    window.run_steps(3);
    window.key_press(Key::O);
    window.run_steps(3);
    assert_eq!(window.state().panes().iter().filter(|pane| pane.is_active).count(), 1);
}

fn they_come_back_with_their_run(window: &mut Window<'_>) {
    for name in ["Link cameras", "Link pointing"] {
        window.get_by_role_and_label(Role::Button, "Another map beside this one (P)").click();
        window.run_steps(3);
        window.get_by_role_and_label(Role::CheckBox, name).click();
        window.run_steps(3);
    }
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let path = folder.path().join("run");
    save_to(window, &path);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    window.run_steps(2);
    let kept = path.join("window.json");
    wait(window, "the window to be kept", |_| {
        std::fs::read_to_string(&kept).is_ok_and(|text| text.contains("\"beside\"") && text.contains("\"legend\""))
    });
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "both maps", |app| app.panes().len() == 2 && app.panes().iter().all(|pane| pane.has_map));
    assert_eq!(both(other.state()).map(|pane| pane.table), ["item", "brand"]);
    other.get_by_role_and_label(Role::Button, "Another map beside this one (P)").click();
    other.run_steps(3);
    let is_on = |name: &str| other.get_by_role_and_label(Role::CheckBox, name).accesskit_node().toggled();
    let links = ["Link selections", "Link pointing", "Link cameras"].map(is_on);
    assert_eq!(links, [Some(Toggled::True), Some(Toggled::False), Some(Toggled::True)], "they are linked otherwise");
}

fn both(app: &App) -> [ShownPane; 2] {
    <[ShownPane; 2]>::try_from(app.panes()).expect("two maps are on show")
}

fn set(ids: &[String]) -> BTreeSet<String> {
    ids.iter().cloned().collect()
}

/// The place of a point well inside the map of pane `pane`.
fn visible(window: &Window<'_>, pane: usize) -> Pos2 {
    let canvas = window.state().panes()[pane].canvas;
    let clear = Rect::from_min_max(canvas.min + vec2(40.0, 60.0), canvas.max - vec2(40.0, 60.0));
    let places = (0..400).filter_map(|row| window.state().position_in_pane(pane, row));
    places.into_iter().find(|at| clear.contains(*at)).expect("one of the most frequent IDs lies in the middle")
}

fn drag_around(window: &mut Window<'_>, area: Rect) {
    pointer(window, area.min, true, Modifiers::SHIFT);
    window.event_modifiers(Event::PointerMoved(area.center()), Modifiers::SHIFT);
    window.step();
    pointer(window, area.max, false, Modifiers::SHIFT);
    window.run_steps(2);
}
