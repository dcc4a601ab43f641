//! IDs of any table in groups of vectors that point the same way, asked for where colours are chosen.
#![allow(clippy::unwrap_used, reason = "what a claim prepares fails as the claim does")]

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::App;

use super::snapshots::{SCREEN, on_the_map};
use super::{Window, on_the_map_of_a_saved_run, wait};

fn groups(app: &App) -> Vec<String> {
    app.legend_names().into_iter().filter(|name| name.starts_with("Group ")).collect()
}

fn choose_groups(window: &mut Window<'_>) {
    window.get_by_role_and_label(Role::ComboBox, "Colour").click();
    window.run_steps(3);
    window.get_by_label("group…").click_accesskit();
    window.run_steps(2);
}

#[test]
fn items_are_grouped_named_grouped_anew_and_the_colours_before_come_back() {
    let Some((mut window, _folder)) = on_the_map(&SCREEN) else { return };
    let before = window.state().legend_names();
    choose_groups(&mut window);
    wait(&mut window, "the groups of items", |app| groups(app).len() == 12);
    let named = groups(window.state()).iter().filter(|name| name.contains(": ")).count();
    assert!(named > 3, "hardly any group is named: {:?}", groups(window.state()));
    window.get_by_role_and_label(Role::Button, "Group items");
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    wait(&mut window, "the colours before", |app| app.legend_names() == before);
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
}

#[test]
fn a_table_of_few_ids_makes_no_more_groups_than_it_has_ids() {
    let Some((mut window, _folder)) = on_the_map_of_a_saved_run() else { return };
    window.get_by_role_and_label(Role::ComboBox, "Table").click();
    window.run_steps(3);
    let stores = window
        .get_all_by_role(Role::Button)
        .find(|button| button.accesskit_node().label().is_some_and(|label| label.starts_with("stores")));
    stores.unwrap().click();
    window.step();
    wait(&mut window, "the map of stores", App::has_map);
    choose_groups(&mut window);
    wait(&mut window, "the groups of stores", |app| (2..=8).contains(&groups(app).len()));
}
