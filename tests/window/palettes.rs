//! Colours and sizes as they are chosen.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::Options;
use idatlas::picture::CategoryPalette;

use super::{Window, load_sample, on_the_map_of_a_saved_run, settle, train, wait, window};

#[test]
fn a_palette_and_the_colour_of_one_class_are_chosen_undone_and_kept() {
    let Some((mut window, folder)) = on_the_map_of_a_saved_run() else { return };
    let path = folder.path().join("run");
    type_in(&mut window, "colour by store");
    let first = window.state().legend_colours();
    assert_eq!(first.len(), 8);
    window.get_by_role_and_label(Role::Button, "Choose the palette").click();
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::RadioButton, "Okabe-Ito").click();
    window.run_steps(3);
    let of_palette: Vec<[u8; 4]> = (0..8).map(|slot| CategoryPalette::OkabeIto.colour(slot, false)).collect();
    let mut found = window.state().legend_colours();
    assert!(of_palette.iter().all(|colour| found.contains(colour)), "{found:?}");
    window.key_press(Key::Escape);
    window.run_steps(3);

    let name = window.state().legend_names()[2].clone();
    window.get_by_role_and_label(Role::ColorWell, &format!("Colour of {name}")).click();
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::Button, "Colour 8 of the palette").click();
    window.run_steps(3);
    found = window.state().legend_colours();
    // As it is seen on the ground of the window, which is dark.
    let picked = CategoryPalette::OkabeIto.colour(7, true);
    assert_eq!(found[2], picked, "the colour that was picked is not the class's");
    window.key_press(Key::Escape);
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_ne!(window.state().legend_colours()[2], picked, "the pick cannot be undone");
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.run_steps(3);
    assert_eq!(window.state().legend_colours(), found, "the pick cannot be done again");

    wait(&mut window, "window.json", |_| {
        std::fs::read_to_string(path.join("window.json")).is_ok_and(|kept| kept.contains("Okabe-Ito"))
    });
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "the colours", |app| app.has_map() && app.legend_colours().get(2) == Some(&picked));
    type_in(&mut other, "palette tol muted");
    assert_ne!(other.state().legend_colours()[0], found[0]);
}

#[test]
fn points_are_as_large_as_a_column_says() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    let columns = {
        window.get_by_role_and_label(Role::ComboBox, "Size").click();
        window.run_steps(3);
        let entries = window.get_all_by_role(Role::Button).filter_map(|entry| entry.accesskit_node().label());
        entries.filter(|label| ["equal", "count", "price"].contains(&label.as_str())).count()
    };
    assert!(columns >= 2, "sizes by count and all alike are offered");
    window.key_press(Key::Escape);
    window.run_steps(3);
    let sizes = |window: &Window<'_>| {
        (0..40).map(|row| window.state().point_radius(row).expect("a run is on show")).collect::<Vec<f32>>()
    };
    let by_count = sizes(&window);
    assert!(by_count.windows(2).all(|pair| pair[0] >= pair[1] - 1e-4), "frequent ones come first: {by_count:?}");
    type_in(&mut window, "size by equal");
    let equal = sizes(&window);
    assert!(equal.windows(2).all(|pair| pair[0] == pair[1]), "{equal:?}");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(sizes(&window), by_count, "sizes cannot be undone");
}

/// Does what the field for everything finds.
pub(super) fn type_in(window: &mut Window<'_>, text: &str) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(3);
    window.get_by_role_and_label(Role::SearchInput, "Search or command").set_text_value_accesskit(text);
    window.run_steps(3);
    window.key_press(Key::Enter);
    window.run_steps(4);
}
