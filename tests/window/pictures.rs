//! The map as a picture in a file, and its legend.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use idatlas::app::Options;
use resvg::tiny_skia::Pixmap;

use super::{load_sample, settle, train, type_into, wait, window};

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
