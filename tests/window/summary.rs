//! What selected items have in common, and charts that select.

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, OutputCommand, Rect, vec2};
use egui_kittest::kittest::Queryable;
use idatlas::app::{App, Options};
use idatlas::engine::jobs;
use idatlas::progress::Watch;

use super::{Window, load_sample, pointer, settle, stop, train, train_on_and_on, visible_row, wait, window};

#[test]
fn a_selection_is_summed_up_and_its_charts_select() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::Tab, "Summary").click();
    window.run_steps(2);
    window.get_by_label("Nothing to sum up");

    select_around(&mut window, 160.0);
    let selected = window.state().selected_ids();
    assert!(selected.len() > 2, "the rectangle is empty");
    wait(&mut window, "the summary", |app| app.summary().is_some_and(|summary| summary.items == selected.len()));
    window.run_steps(2);
    window.check_accessibility();
    for part in ["Cohesion", "Over-represented", "Typical", "Atypical", "Nearest"] {
        window.get_by_label(part);
    }

    let of_brands = items_by_brand();
    let (brand, of_brand) = first_share(&window, "brand");
    press_with(&mut window, &format!("brand {brand}"), Modifiers::NONE);
    wait(&mut window, "the brand to be selected", |app| app.selected_ids().len() == of_brand);
    let of_first: BTreeSet<String> = window.state().selected_ids().into_iter().collect();
    assert!(of_first.is_subset(&of_brands[&brand]), "items of other brands are selected");
    wait(&mut window, "its summary", |app| app.summary().is_some_and(|summary| summary.items == of_brand));

    let (category, of_category) = first_share(&window, "cate_level1");
    press_with(&mut window, &format!("cate_level1 {category}"), Modifiers::COMMAND);
    wait(&mut window, "a category to be added", |app| app.selected_ids().len() > of_category.max(of_brand));
    let more: BTreeSet<String> = window.state().selected_ids().into_iter().collect();
    assert!(of_first.is_subset(&more), "what was selected is lost");
    wait(&mut window, "their summary", |app| app.summary().is_some_and(|summary| summary.items == more.len()));

    press_with(&mut window, &format!("brand {brand}"), Modifiers::ALT);
    wait(&mut window, "the brand to be taken away", |app| app.selected_ids().len() == more.len() - of_brand);
    let rest: BTreeSet<String> = window.state().selected_ids().into_iter().collect();
    assert_eq!(rest, &more - &of_first, "other items than those of the brand are taken away");
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
}

#[test]
fn a_summary_follows_the_training_that_runs() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    select_around(&mut window, 160.0);
    wait(&mut window, "the summary", |app| app.summary().is_some());
    window.get_by_role_and_label(Role::Tab, "Train").click();
    train_on_and_on(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    window.run_steps(3);
    let cohesion = |app: &App| app.summary().and_then(|summary| summary.cohesion);
    for newer in ["first", "second", "third"] {
        wait(&mut window, &format!("the {newer} summary"), |app| cohesion(app).is_some());
        let before = cohesion(window.state());
        wait(&mut window, &format!("one after the {newer}"), |app| cohesion(app).is_some() && cohesion(app) != before);
        assert!(window.state().is_training(), "it is still of the training that runs");
    }
    stop(&mut window);
}

/// The ID of type `name` listed first in the summary, and how many items carry it.
fn first_share(window: &Window<'_>, name: &str) -> (String, usize) {
    let summary = window.state().summary().expect("it was waited for");
    let (_, id, items) = summary.shares.into_iter().find(|(own, ..)| own == name).expect("items have such IDs");
    (id, items as usize)
}

pub(super) fn items_by_brand() -> BTreeMap<String, BTreeSet<String>> {
    let dataset = jobs::load_sample(&Watch::unattended()).expect("the sample is part of the program");
    let types = &dataset.catalogue.id_types;
    let at = types.iter().position(|own| own.name == "brand").expect("the sample has brands");
    let mut brands = BTreeMap::<String, BTreeSet<String>>::new();
    for row in dataset.catalogue.attributes.rows() {
        let brand = types[at].vocabulary.iter().nth(row[at] as usize);
        if let Some(brand) = brand {
            brands.entry(brand.to_owned()).or_default().insert(types[0].vocabulary.id(row[0]).to_owned());
        }
    }
    brands
}

/// Selects what lies in a square of `side` in the middle of the map.
fn select_around(window: &mut Window<'_>, side: f32) {
    let area = Rect::from_center_size(visible_row(window).1, vec2(side, side));
    pointer(window, area.min, true, Modifiers::SHIFT);
    window.event_modifiers(Event::PointerMoved(area.center()), Modifiers::SHIFT);
    window.step();
    pointer(window, area.max, false, Modifiers::SHIFT);
    window.run_steps(2);
}

/// Scrolls to what is called `label` and clicks it with keys held down.
fn press_with(window: &mut Window<'_>, label: &str, modifiers: Modifiers) {
    window.get_by_label(label).scroll_to_me();
    settle(window);
    window.get_by_label(label).click_modifiers(modifiers);
    window.run_steps(2);
}

#[test]
fn a_bar_of_a_histogram_selects_its_items_and_the_summary_is_copied() {
    let Some((mut window, _folder)) = window_of_run() else { return };
    // Nothing is selected, so that everything is after this.
    window.key_press(Key::I);
    wait(&mut window, "the summary", |app| app.summary().is_some_and(|summary| summary.items == 4));
    window.run_steps(2);
    let copied = copied_by(&mut window, "Copy the summary as text");
    for part in ["4 items selected", "items\t4\nof\t4", "brand\tacme\t\t2\t0.5\t2\t0.5\t1", "\nbrand_\tfrom\tto"] {
        assert!(copied.contains(part), "{part:?} is missing in {copied:?}");
    }

    let least = window.get_by_label_contains("brand_ below ");
    least.scroll_to_me();
    settle(&mut window);
    window.get_by_label_contains("brand_ below ").click();
    wait(&mut window, "the item of the least value", |app| app.selected_ids() == ["pot 1"]);
}

/// What a button copies.
pub(super) fn copied_by(window: &mut Window<'_>, name: &str) -> String {
    window.get_by_role_and_label(Role::Button, name).click();
    for _ in 0..8 {
        window.step();
        for command in &window.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                return text.clone();
            }
        }
    }
    panic!("{name} copies nothing");
}

#[test]
fn a_pinned_brand_is_summed_up_by_its_items() {
    let Some((mut window, _folder)) = window_of_run() else { return };
    // The pan, which is of the brand acme, as the spoon is.
    let place = window.state().position_in_screen(1).expect("it is on the map");
    pointer(&mut window, place, true, Modifiers::NONE);
    pointer(&mut window, place, false, Modifiers::NONE);
    wait(&mut window, "neighbours", |app| app.neighbours().is_some());
    assert_eq!(pinned(window.state()), "pan");
    window.run_steps(2);
    window.get_by_role_and_label(Role::Tab, "Summary").click();
    window.run_steps(2);
    window.get_by_label("Nothing to sum up");
    window.get_by_role_and_label(Role::Tab, "ID").click();
    window.run_steps(2);
    // The brand stands among the attributes as a way to the map of brands.
    window.get_by_role_and_label(Role::Link, "acme").click();
    wait(&mut window, "the brand", |app| app.neighbours().is_some_and(|(id, _)| id == "acme"));
    window.run_steps(2);
    window.get_by_role_and_label(Role::Tab, "Summary").click();
    window.step();
    wait(&mut window, "the summary of its items", |app| app.summary().is_some_and(|summary| summary.items == 2));
    let summary = window.state().summary().expect("the wait saw it");
    assert!(summary.shares.iter().all(|(name, ..)| name != "brand"), "its own type says nothing: {summary:?}");
    window.run_steps(2);
    window.check_accessibility();
}

/// A window on the map of a small run with a numeric column.
fn window_of_run<'a>() -> Option<(Window<'a>, tempfile::TempDir)> {
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let path = folder.path().join("run");
    crate::run::fixture::run().write(&path).expect("the folder is new");
    let mut window = window(Options { paths: vec![path], ..Options::default() })?;
    wait(&mut window, "the map of the run", App::has_map);
    settle(&mut window);
    Some((window, folder))
}

pub(super) fn pinned(app: &App) -> String {
    app.neighbours().expect("something is pinned").0
}

pub(super) fn brand_of(item: &str) -> String {
    let found = items_by_brand().into_iter().find(|(_, items)| items.contains(item));
    found.expect("every item of the sample's first has a brand").0
}
