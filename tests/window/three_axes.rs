//! Maps of three axes.

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{App, Options};

use super::{Window, on_the_map_of_a_saved_run, pointer, settle, visible_row, wait, window};

#[test]
fn a_map_of_three_axes_is_turned_picked_from_selected_in_undone_and_kept() {
    let Some((mut window, folder)) = on_the_map_of_a_saved_run() else { return };
    let path = folder.path().join("run");
    assert_eq!(window.state().map_side(), None);
    let items = window.state().item_count().expect("the sample is loaded");

    window.get_by_role_and_label(Role::Button, "3D").click();
    window.step();
    wait(&mut window, "three axes", |app| app.map_side().is_some() && app.map_on_show() == Some(("pca", true, items)));
    settle(&mut window);
    window.check_accessibility();
    layers_are_those_of_a_cloud(&mut window);
    let first = window.state().map_side().expect("it has three axes");
    let (row, before) = visible_row(&window);
    drag(&mut window, PointerButton::Primary, vec2(120.0, 30.0));
    let turned = window.state().map_side().expect("it has three axes");
    assert!((turned.turn - first.turn).abs() > 0.3 && turned.tilt > first.tilt, "{first:?} {turned:?}");
    assert_ne!(window.state().position_in_screen(row), Some(before), "what is seen has not turned");

    let all = places(&window, items);
    drag(&mut window, PointerButton::Secondary, vec2(40.0, -25.0));
    assert_eq!(window.state().map_side(), Some(turned), "a right drag does not turn");
    let moved = places(&window, items);
    assert!(all.iter().zip(&moved).all(|(a, b)| ((*b - *a) - vec2(40.0, -25.0)).length() < 1.0), "it moves the map");

    pick_what_is_pointed_at(&mut window);
    select_as_seen(&mut window, items);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    for _ in 0..8 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        settle(&mut window);
    }
    assert_eq!(window.state().map_side(), None, "steps lead back to two axes");
    window.key_press(Key::D);
    wait(&mut window, "three axes", |app| app.map_side().is_some());
    drag(&mut window, PointerButton::Primary, vec2(-60.0, 0.0));
    let kept = window.state().map_side().expect("it has three axes");
    wait(&mut window, "window.json", |_| {
        std::fs::read_to_string(path.join("window.json"))
            .is_ok_and(|text| text.contains("\"dims\": 3") && text.contains(&kept.turn.to_string()[..4]))
    });
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "the side it was seen from", |app| {
        app.map_side().is_some_and(|side| (side.turn - kept.turn).abs() < 1e-3)
    });
}

/// Other types have their places; what needs a plane says that it does.
fn layers_are_those_of_a_cloud(window: &mut Window<'_>) {
    window.get_by_role_and_label(Role::Button, "Layers of the map").click();
    window.run_steps(3);
    for name in ["Density lines", "Overview"] {
        let entry = window.get_by_role_and_label(Role::CheckBox, name);
        assert!(entry.accesskit_node().is_disabled(), "{name} are of flat maps");
    }
    window.get_by_role_and_label(Role::CheckBox, "stores").click();
    wait(window, "the stores", |app| app.marks().len() == 8);
    window.get_by_role_and_label(Role::CheckBox, "stores").click();
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.state().marks().is_empty());
    window.key_press(Key::C);
    window.run_steps(3);
    assert!(window.state().messages().iter().any(|message| message.starts_with("Density lines")));
    assert_eq!(window.state().contour_count(), 0);
}

fn places(window: &Window<'_>, items: usize) -> Vec<Pos2> {
    (0..items as u32).filter_map(|row| window.state().position_in_screen(row)).collect()
}

/// A place on the canvas that no panel lies over.
fn free_place(window: &Window<'_>) -> Pos2 {
    window.get_by_role(Role::Canvas).rect().left_center() + vec2(60.0, 0.0)
}

fn drag(window: &mut Window<'_>, button: PointerButton, by: eframe::egui::Vec2) {
    let from = free_place(window);
    let modifiers = Modifiers::NONE;
    window.event(Event::PointerMoved(from));
    window.step();
    window.event(Event::PointerButton { pos: from, button, pressed: true, modifiers });
    window.step();
    for step in 1..=4 {
        window.event(Event::PointerMoved(from + by * (step as f32 / 4.0)));
        window.step();
    }
    window.event(Event::PointerButton { pos: from + by, button, pressed: false, modifiers });
    window.run_steps(3);
}

/// The point under the pointer is hovered, and clicked it is the selected one.
fn pick_what_is_pointed_at(window: &mut Window<'_>) {
    let (_, at) = visible_row(window);
    window.event(Event::PointerMoved(at));
    window.run_steps(2);
    let hovered = window.state().hovered_row().expect("there is a point");
    let there = window.state().position_in_screen(hovered).expect("it is on the map");
    let radius = window.state().point_radius(hovered).expect("it is drawn");
    assert!((there - at).length() <= radius.max(9.0), "{there:?} is not at {at:?}");
    pointer(window, at, true, Modifiers::NONE);
    pointer(window, at, false, Modifiers::NONE);
    wait(window, "neighbours", |app| app.neighbours().is_some());
    assert_eq!(window.state().selected_ids().len(), 1);
}

/// A rectangle holds the points that are seen in it.
fn select_as_seen(window: &mut Window<'_>, items: usize) {
    let (_, place) = visible_row(window);
    let area = Rect::from_center_size(place, vec2(80.0, 80.0));
    pointer(window, area.min, true, Modifiers::SHIFT);
    window.event_modifiers(Event::PointerMoved(area.center()), Modifiers::SHIFT);
    window.step();
    pointer(window, area.max, false, Modifiers::SHIFT);
    let inside = |app: &App| {
        let places = (0..items as u32).filter_map(|row| app.position_in_screen(row));
        places.filter(|at| area.contains(*at)).count()
    };
    let expected = inside(window.state());
    assert!(expected > 0);
    assert_eq!(window.state().selected_ids().len(), expected);
}
