//! Near IDs filtered, a way back and forth, two IDs compared, analogies completed.

use std::collections::BTreeSet;

use eframe::egui::Modifiers;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::Options;

use super::summary::{brand_of, copied_by, items_by_brand, pinned};
use super::{Window, load_sample, pointer, settle, train, visible_row, wait, window};

#[test]
fn near_ids_are_filtered_walked_back_and_forth_compared_and_added_up() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    let place = visible_row(&window).1;
    pointer(&mut window, place, true, Modifiers::NONE);
    pointer(&mut window, place, false, Modifiers::NONE);
    wait(&mut window, "neighbours", |app| app.neighbours().is_some());
    let first = pinned(window.state());
    filters_keep_what_they_say(&mut window, &first);
    steps_go_back_and_forth(&mut window, &first);
    two_ids_are_compared(&mut window, &first);
    an_analogy_is_completed(&mut window, &first);
    a_new_item_is_composed(&mut window, &first);
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
}

fn filters_keep_what_they_say(window: &mut Window<'_>, first: &str) {
    let of_brand = items_by_brand().remove(&brand_of(first)).expect("it is one of them");
    let unfiltered = near(window.state());
    choose(window, "only", "other brand");
    wait(window, "IDs of other brands", |app| near(app).is_disjoint(&of_brand));
    assert_eq!(near(window.state()).len(), 20);
    choose(window, "only", "same brand");
    wait(window, "IDs of the same brand", |app| near(app).is_subset(&of_brand));
    assert_eq!(near(window.state()).len(), (of_brand.len() - 1).min(20), "some of the brand are missing");
    choose(window, "only", "any");
    wait(window, "all IDs", |app| near(app) == unfiltered);
    window.run_steps(2);
    window.check_accessibility();
}

fn steps_go_back_and_forth(window: &mut Window<'_>, first: &str) {
    let second = window.state().neighbours().expect("it is pinned").1[0].clone();
    let press = |window: &mut Window<'_>, name: &str, expected: &str| {
        window.get_by_role_and_label(Role::Button, name).click();
        wait(window, name, |app| app.neighbours().is_some_and(|(id, _)| id == expected));
        window.run_steps(2);
    };
    // The line itself is a link; the circles beside it are a button.
    let line = window.get_all_by_role(Role::Button).find(compares).expect("a near ID is listed");
    let name = line.accesskit_node().label().unwrap_or_default()["Compare with ".len()..].to_owned();
    let link = window.get_all_by_role_and_label(Role::Link, &name).next();
    link.expect("a near ID is listed").click();
    wait(window, "the near ID", |app| app.neighbours().is_some_and(|(id, _)| id == second));
    window.run_steps(2);
    press(window, "Back to the ID before", first);
    press(window, "Forth to the ID after", &second);
    press(window, "Back to the ID before", first);
}

fn two_ids_are_compared(window: &mut Window<'_>, first: &str) {
    let second = window.state().neighbours().expect("it is pinned").1[0].clone();
    window.get_all_by_role(Role::Button).find(compares).expect("a near ID is listed").click();
    let both = [first.to_owned(), second.clone()];
    wait(window, "the comparison", |app| app.compared_ids().as_ref() == Some(&both));
    window.run_steps(2);
    window.check_accessibility();
    for part in ["Nearness", "Attributes", "Why close", "Score", "Taken together", "Chance gives"] {
        window.get_by_label(part);
    }
    window.get_by_label_contains("item adds ");
    let copied = copied_by(window, "Copy the comparison as text");
    for part in [format!("ID\t{first}\t{}", both[1]), "\nsum\t".to_owned(), "session with both\t".to_owned()] {
        assert!(copied.contains(&part), "{part:?} is missing in {copied:?}");
    }
    window.get_by_role_and_label(Role::Button, "Change their places").click();
    let turned = [second, first.to_owned()];
    wait(window, "the two in other places", |app| app.compared_ids().as_ref() == Some(&turned));
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Change their places").click();
    wait(window, "the two as they were", |app| app.compared_ids().as_ref() == Some(&both));
}

fn an_analogy_is_completed(window: &mut Window<'_>, first: &str) {
    let (_, near) = window.state().neighbours().expect("it is pinned");
    window.get_by_role_and_label(Role::Tab, "Analogy").click();
    window.run_steps(2);
    window.get_by_label("Use pinned as A").click();
    window.run_steps(3);
    for (term, id) in [("B", &near[1]), ("C", &near[2])] {
        choose_by_text(window, term, id, &format!("item {id}"));
        window.run_steps(3);
    }
    wait(window, "the answers", |app| app.analogy_answers().is_some());
    let answers = window.state().analogy_answers().expect("the wait saw them");
    assert_eq!(answers.len(), 20);
    for term in [first, &near[1], &near[2]] {
        assert!(!answers.iter().any(|answer| answer == term), "{term} is a term and no answer");
    }
    window.run_steps(2);
    window.check_accessibility();
}

fn a_new_item_is_composed(window: &mut Window<'_>, first: &str) {
    window.get_by_role_and_label(Role::Tab, "What if").click();
    window.run_steps(2);
    window.get_by_label("Start from the pinned item").click();
    wait(window, "the new item", |app| app.new_item().is_some());
    window.run_steps(2);
    window.check_accessibility();
    let (near, is_placed) = window.state().new_item().expect("the wait saw it");
    assert_eq!((near.len(), is_placed), (20, true));
    let copied = copied_by(window, "Copy the new item and its neighbours");
    let brand = brand_of(first);
    for part in [format!("brand {brand}\t"), "\nplace\t".to_owned(), format!("\n{}\t", near[0])] {
        assert!(copied.contains(&part), "{part:?} is missing in {copied:?}");
    }
    // With the brand alone, the items of that brand are what it lies amid.
    window.get_by_label("Without any").click();
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Choose a brand").click();
    window.run_steps(3);
    choose_by_text(window, "brand", &brand, &format!("brand {brand}"));
    wait(window, "another new item", |app| app.new_item().is_some_and(|(other, _)| other != near));
    let (near, _) = window.state().new_item().expect("the wait saw it");
    let of_brand = items_by_brand().remove(&brand).expect("it is one of them");
    let same = near.iter().filter(|id| of_brand.contains(*id)).count();
    let chance = 20.0 * of_brand.len() as f64 / items_by_brand().values().map(BTreeSet::len).sum::<usize>() as f64;
    assert!(same as f64 > 1.5 * chance, "{same} of 20 are of the brand, by chance {chance:.1}");
}

/// Types `text` into the field called `field` and takes `name` of what it finds.
fn choose_by_text(window: &mut Window<'_>, field: &str, text: &str, name: &str) {
    window.get_by_role_and_label(Role::TextInput, field).set_text_value_accesskit(text);
    window.run_steps(2);
    let start = std::time::Instant::now();
    while window.query_all_by_label(name).next().is_none() {
        assert!(start.elapsed() < super::PATIENCE, "{name} is not found");
        std::thread::sleep(std::time::Duration::from_millis(15));
        window.step();
    }
    window.get_by_role_and_label(Role::Button, name).click();
}

fn compares(node: &egui_kittest::Node<'_>) -> bool {
    node.accesskit_node().label().is_some_and(|label| label.starts_with("Compare with "))
}

fn near(app: &idatlas::app::App) -> BTreeSet<String> {
    app.neighbours().map(|(_, near)| near.into_iter().collect()).unwrap_or_default()
}

fn choose(window: &mut Window<'_>, name: &str, entry: &str) {
    window.get_by_role_and_label(Role::ComboBox, name).click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, entry).click();
    window.run_steps(3);
}
