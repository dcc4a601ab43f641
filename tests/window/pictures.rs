//! The map as a picture in a file, and its legend.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{Options, Place};
use resvg::tiny_skia::Pixmap;

use super::{load_sample, on_the_map_of_a_saved_run, settle, train, type_into, wait, window};

#[test]
fn the_map_is_written_as_a_picture_of_the_size_that_was_asked_for() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    window.run_steps(3);
    window.check_accessibility();
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let file = folder.path().join("map.png");
    type_into(&mut window, "Picture file", &file);
    window.get_by_role_and_label(Role::Button, "Export").click();
    window.step();
    wait(&mut window, "the picture", |_| file.exists());
    let pixels = Pixmap::decode_png(&std::fs::read(&file).expect("the file exists")).expect("it is a PNG file");
    assert_eq!(pixels.width(), 1600);
    let ground = pixels.pixels()[0];
    let drawn = pixels.pixels().iter().filter(|pixel| **pixel != ground).count();
    assert!(drawn > 3_151, "3,151 points cover {drawn} pixels");
    wait(&mut window, "a notice", |app| app.messages().iter().any(|message| message.contains("map.png")));

    // A name that the legend has no line of its own for is found by typing it.
    let lines = window.state().legend_names();
    let other = lines.iter().find(|name| name.starts_with("other ("));
    if let Some(other) = other {
        let field = window.get_by_role_and_label(Role::SearchInput, "Search the legend");
        field.set_text_value_accesskit("a");
        window.run_steps(3);
        let found = window.state().legend_names();
        assert!(!found.is_empty() && found.iter().all(|name| name.to_lowercase().contains('a')), "{found:?}");
        assert!(!found.contains(other));
    }
}

#[test]
fn a_named_set_the_colours_and_the_selection_come_back_with_the_run() {
    let Some((mut window, folder)) = on_the_map_of_a_saved_run() else { return };
    let path = folder.path().join("run");
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run_steps(3);
    let field = window.get_by_role_and_label(Role::TextInput, "Find IDs");
    field.set_text_value_accesskit("count >= 50 and store = 367");
    wait(&mut window, "the filter's rows", |app| app.found_ids().is_some_and(|found| (1..1_000).contains(&found)));
    window.run_steps(2);
    window.check_accessibility();
    window.get_by_label("Select all").click();
    window.run_steps(2);
    let selected = window.state().selected_ids();
    assert!(selected.len() > 1);
    window.get_by_role_and_label(Role::Button, "More to do with the selection").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Keep…").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::TextInput, "Name of the set").set_text_value_accesskit("often in 367");
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Keep the set").click();
    window.run_steps(2);
    wait(&mut window, "window.json", |_| {
        std::fs::read_to_string(path.join("window.json")).is_ok_and(|kept| kept.contains("often in 367"))
    });

    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "what was selected", |app| app.has_map() && app.selected_ids() == selected);
    other.key_press(Key::Escape);
    other.run_steps(2);
    assert!(other.state().selected_ids().is_empty());
    other.key_press_modifiers(Modifiers::COMMAND, Key::F);
    other.run_steps(3);
    let set = other
        .get_all_by_role(Role::Button)
        .find(|button| button.accesskit_node().label().is_some_and(|label| label.starts_with("often in 367")));
    set.expect("the set is listed").click();
    other.run_steps(2);
    assert_eq!(other.state().selected_ids(), selected);
}

#[test]
fn one_field_finds_commands_tables_and_ids() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    let type_in = |window: &mut super::Window<'_>, text: &str| {
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        window.run_steps(3);
        window.get_by_role_and_label(Role::SearchInput, "Search or command").set_text_value_accesskit(text);
        window.run_steps(3);
        window.key_press(Key::Enter);
        window.run_steps(3);
    };
    type_in(&mut window, "runs");
    assert_eq!(window.state().place(), Some(Place::Runs));
    type_in(&mut window, "map of stores");
    wait(&mut window, "the map of stores", |app| app.map_on_show() == Some(("pca", true, 8)));
    let id = "834117@31782";
    type_in(&mut window, id);
    assert_eq!(window.state().selected_ids(), [id]);
}
