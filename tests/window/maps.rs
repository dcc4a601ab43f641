//! Maps as an analyst makes them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::Options;
use idatlas::numbers;

use super::{Window, load_sample, pointer, settle, train, visible_row, wait, window};

#[test]
fn a_t_sne_unfolds_pauses_stops_keeps_what_it_has_and_is_there_again_at_once() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    let items = window.state().item_count().expect("the sample is loaded");
    wait(&mut window, "the map of the trained run", |app| app.map_on_show() == Some(("pca", true, items)));

    choose_method(&mut window, "t-SNE");
    window.check_accessibility();
    // It must still run when it is paused.
    window.state_mut().set_map_iterations(1_000_000);
    window.run_steps(1);
    window.get_by_role_and_label(Role::Button, "Make the map").click();
    window.step();
    wait(&mut window, "iterations", |app| app.map_iterations().is_some_and(|iterations| iterations > 20));
    window.run_steps(2);
    window.check_accessibility();
    press(&mut window, "Pause");
    // A busy machine may be late to hear of it; a map that went on would never be at rest.
    let rest = Cell::new((None, Instant::now()));
    wait(&mut window, "the map to rest", |app| {
        let (seen, since) = rest.get();
        if seen != app.map_iterations() {
            rest.set((app.map_iterations(), Instant::now()));
        }
        seen == app.map_iterations() && since.elapsed() > Duration::from_millis(500)
    });
    let held = window.state().map_iterations();
    std::thread::sleep(Duration::from_millis(100));
    window.run_steps(4);
    assert_eq!(window.state().map_iterations(), held, "a paused map goes on");
    press(&mut window, "Resume");
    wait(&mut window, "the map to go on", |app| app.map_iterations() > held);
    press(&mut window, "Stop");
    wait(&mut window, "the map", |app| app.map_on_show() == Some(("tsne", true, items)));
    settle(&mut window);
    for figure in ["KL divergence", "Trustworthiness", "Continuity", "Neighbours kept"] {
        window.get_by_label(figure);
    }
    window.get_by_label("Colour by trust").click();
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Close the projection panel").click();
    window.run_steps(3);
    window.get_by_label("Nearest vectors that are near here");

    choose_method(&mut window, "PCA");
    assert_eq!(window.state().map_on_show(), Some(("pca", true, items)), "the kept map is not there at once");
    choose_method(&mut window, "t-SNE");
    assert_eq!(window.state().map_on_show(), Some(("tsne", true, items)), "the kept map is not there at once");
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
}

#[test]
fn the_selection_is_mapped_alone() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    let area = Rect::from_center_size(visible_row(&window).1, vec2(140.0, 140.0));
    pointer(&mut window, area.min, true, Modifiers::SHIFT);
    window.event_modifiers(Event::PointerMoved(area.center()), Modifiers::SHIFT);
    window.step();
    pointer(&mut window, area.max, false, Modifiers::SHIFT);
    window.run_steps(2);
    let selected = window.state().selected_ids();
    assert!(selected.len() > 2, "the rectangle is empty");

    choose_method(&mut window, "t-SNE");
    let only = format!("Only the selection ({})", numbers::short(selected.len() as u64));
    window.get_by_role_and_label(Role::CheckBox, &only).click();
    window.run_steps(2);
    press(&mut window, "Make the map");
    wait(&mut window, "the map", |app| app.map_on_show() == Some(("tsne", true, selected.len())));
    assert_eq!(window.state().selected_ids(), selected, "the selection is lost");
}

fn choose_method(window: &mut Window<'_>, name: &str) {
    window.get_by_role_and_label(Role::ComboBox, "Method").click();
    window.run_steps(3);
    let entry = window
        .get_all_by_role(Role::Button)
        .rfind(|button| button.accesskit_node().label().is_some_and(|label| label.starts_with(name)));
    entry.expect("the method is offered").click();
    window.run_steps(3);
}

/// Presses the first button of that name: some stand on a page and in the strip. What is told while a map is made may move
/// the button between two frames, and a pointer would miss it.
fn press(window: &mut Window<'_>, name: &str) {
    window.get_all_by_role_and_label(Role::Button, name).next().expect("the button is there").click_accesskit();
    window.run_steps(2);
}

#[test]
fn an_axis_runs_from_what_was_pinned_to_what_was_pinned_later() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    let items = window.state().item_count().expect("the sample is loaded");
    go_to(&mut window, "834117@31782");
    choose_method(&mut window, "Axes");
    window.get_by_label("Choose from where to where x runs.");
    choose_end(&mut window, "x from");
    go_to(&mut window, "1082185@367");
    choose_end(&mut window, "x to");
    window.check_accessibility();
    press(&mut window, "Make the map");
    wait(&mut window, "the map", |app| app.map_on_show() == Some(("axes", true, items)));
    settle(&mut window);
    let on_screen = |row: u32| window.state().position_in_screen(row).expect("every item is on the map");
    let rows: Vec<u32> = (0..items as u32).collect();
    let (left, right) =
        rows.iter().map(|&row| on_screen(row).x).fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(x), high.max(x)));
    assert!(right > left, "the axis has no extent");
}

/// Pins an ID by the field for everything.
fn go_to(window: &mut Window<'_>, id: &str) {
    window.key_press_modifiers(Modifiers::COMMAND, Key::K);
    window.run_steps(3);
    window.get_by_role_and_label(Role::SearchInput, "Search or command").set_text_value_accesskit(id);
    window.run_steps(3);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().selected_ids(), [id]);
}

/// Makes what is pinned an end of an axis.
fn choose_end(window: &mut Window<'_>, end: &str) {
    window.get_by_role_and_label(Role::ComboBox, end).click();
    window.run_steps(3);
    let pinned = window
        .get_all_by_role(Role::Button)
        .find(|button| button.accesskit_node().label().is_some_and(|label| label.ends_with(" 1")));
    pinned.expect("what is pinned can be chosen").click();
    window.run_steps(3);
}
