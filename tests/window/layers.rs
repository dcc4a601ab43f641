//! What is drawn beside the points: density lines and the overview.

use eframe::egui::accesskit::{Role, Toggled};
use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, TouchPhase, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::Options;

use super::{
    Window, load_sample, on_the_map_of_a_saved_run, pointer, settle, train, type_into, visible_row, wait, window,
};

#[test]
fn density_lines_are_shown_undone_drawn_in_a_picture_and_come_back_with_the_run() {
    let Some((mut window, folder)) = on_the_map_of_a_saved_run() else { return };
    let path = folder.path().join("run");
    assert_eq!(window.state().contour_count(), 0);
    window.key_press(Key::C);
    wait(&mut window, "density lines", |app| app.contour_count() >= 5);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    assert_eq!(window.state().contour_count(), 0, "they cannot be undone");
    window.get_by_role_and_label(Role::Button, "Layers of the map").click();
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::CheckBox, "Density lines").click();
    wait(&mut window, "density lines", |app| app.contour_count() >= 5);
    window.key_press(Key::Escape);
    window.run_steps(3);

    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    window.run_steps(3);
    let lines = window.get_by_role_and_label(Role::CheckBox, "Density lines").accesskit_node().toggled();
    assert_eq!(lines, Some(Toggled::True), "the picture would have none");
    let file = folder.path().join("map.svg");
    type_into(&mut window, "Picture file", &file);
    window.get_by_role_and_label(Role::Button, "Export").click();
    window.step();
    wait(&mut window, "the picture", |_| file.exists());
    let drawn = std::fs::read_to_string(&file).expect("the file exists");
    assert!(drawn.contains("<g id=\"density\""), "the picture has no density lines");

    wait(&mut window, "window.json", |_| {
        std::fs::read_to_string(path.join("window.json")).is_ok_and(|kept| kept.contains("\"contours\": true"))
    });
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "density lines of the opened run", |app| app.contour_count() >= 5);
}

#[test]
fn the_overview_is_seen_while_a_part_of_the_map_is_and_moves_the_view() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    assert!(!window.state().overview_is_seen(), "all of the map is seen");
    let (row, at) = visible_row(&window);
    zoom(&mut window, at, 8);
    wait(&mut window, "the overview", |app| app.overview_is_seen());
    window.run_steps(3);
    window.check_accessibility();
    let ground = window.get_by_role_and_label(Role::Image, "Overview of the map").rect();
    let before = window.state().position_in_screen(row).expect("the row is on the map");
    let corner = ground.min + vec2(10.0, 10.0);
    pointer(&mut window, corner, true, Modifiers::NONE);
    pointer(&mut window, corner, false, Modifiers::NONE);
    window.run_steps(3);
    let after = window.state().position_in_screen(row).expect("the row is on the map");
    assert!((after - before).length() > 100.0, "{before:?} is still at {after:?}");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    let again = window.state().position_in_screen(row).expect("the row is on the map");
    assert!((again - before).length() < 2.0, "the view of before is not back: {before:?}, {again:?}");
    window.key_press(Key::M);
    window.run_steps(3);
    assert!(!window.state().overview_is_seen());
}

/// Turns the wheel at a place.
pub(super) fn zoom(window: &mut Window<'_>, at: Pos2, notches: usize) {
    for _ in 0..notches {
        window.event(Event::PointerMoved(at));
        let (unit, delta, modifiers) = (MouseWheelUnit::Point, vec2(0.0, 120.0), Modifiers::NONE);
        let (phase, source) = (TouchPhase::Move, MouseWheelSource::Unknown);
        window.event(Event::MouseWheel { unit, delta, phase, source, modifiers });
        window.run_steps(3);
    }
    settle(window);
}
