//! Hit rates by attribute ID beside the curves, and the map that follows a training.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{App, Options, Place};

use super::{Window, load_sample, save_to, settle, stop, train, train_on_and_on, type_into, wait, window};

/// The accessible names of the bars of `name`.
fn bars(window: &Window<'_>, name: &str) -> Vec<String> {
    let labels = window.get_all_by_role(Role::Button).filter_map(|button| button.accesskit_node().label());
    labels.filter(|label| label.starts_with(name) && label.contains(": hit rate ")).collect()
}

/// The ID types of the sample that have bars.
const TYPES: [&str; 6] = ["product", "store", "brand", "cate_level1", "cate_level2", "cate_level3"];

/// The bars on show: the type that they tell of, and the accessible name of each.
fn bars_on_show(window: &Window<'_>) -> (&'static str, Vec<String>) {
    let of = |name: &'static str| (name, bars(window, &format!("{name} ")));
    TYPES.into_iter().map(of).find(|(_, bars)| !bars.is_empty()).expect("some attribute has bars")
}

#[test]
fn a_bar_of_hit_rates_selects_its_items_on_the_map_of_a_new_run_and_of_one_that_was_opened() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    settle(&mut window);
    window.check_accessibility();
    let trained = bars_on_show(&window);
    a_bar_selects(&mut window, &trained);
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let path = folder.path().join("run");
    save_to(&mut window, &path);

    // The figures are not kept with a run: they are measured when it is opened.
    let Some(mut other) = super::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "the map of the opened run", |app| app.place() == Some(Place::Map) && app.has_map());
    for page in ["Train", "Runs"] {
        other.get_by_role_and_label(Role::Tab, page).click();
        other.run_steps(3);
        wait(&mut other, "its bars", App::has_segments);
        other.run_steps(3);
        other.check_accessibility();
        assert_eq!(bars_on_show(&other), trained, "on the page {page}");
    }
    other.get_by_role_and_label(Role::Tab, "Train").click();
    other.run_steps(3);
    a_bar_selects(&mut other, &trained);
}

fn a_bar_selects(window: &mut Window<'_>, (of, bars): &(&str, Vec<String>)) {
    assert!(window.state().selected_ids().is_empty());
    window.get_by_role_and_label(Role::Button, &bars[0]).click();
    window.step();
    wait(window, "the items of the bar", |app| !app.selected_ids().is_empty());
    let selected = window.state().selected_ids();
    assert!(selected.len() < 3_151, "all items have one {of}: {}", bars[0]);
}

#[test]
fn the_map_follows_by_t_sne_where_that_is_chosen_and_goes_on_from_there() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    settle(&mut window);
    window.get_by_role_and_label(Role::Button, "t-SNE").click();
    window.run_steps(2);
    train_on_and_on(&mut window);
    wait(&mut window, "a t-SNE that follows", |app| app.map_on_show().is_some_and(|(method, ..)| method == "tsne"));
    wait(&mut window, "bars while it trains", |app| app.has_segments());
    stop(&mut window);
    wait(&mut window, "the map that goes on", |app| {
        app.map_on_show().is_some_and(|(method, done, _)| done && method == "tsne")
    });
}

#[test]
fn a_branch_of_a_training_keeps_both_runs_and_compares_them() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    train_on_and_on(&mut window);
    wait(&mut window, "points of the curve", |app| app.is_training() && app.curve_points() > 2);
    let (parent, _) = window.state().run_names().expect("a run is on show");
    window.get_by_role_and_label(Role::Button, "Branch…").click();
    window.run_steps(3);
    window.check_accessibility();
    for (name, text) in [("Learning rate", "0.02"), ("brand", "3"), ("More epochs", "1"), ("Name", "branched")] {
        // The form of the page has fields of these names too; the panel lies above it.
        let field = window.get_all_by_role_and_label(Role::TextInput, name).last().expect("the panel has it");
        field.set_text_value_accesskit(text);
        window.run_steps(2);
    }
    type_into(&mut window, "Kept in", folder.path());
    window.get_by_role_and_label(Role::Button, "Branch").click();
    window.step();
    let branch = folder.path().join("branched");
    wait(&mut window, "the branch to be saved", |app| !app.is_training() && branch.join("run.json").exists());
    settle(&mut window);
    let about = idatlas::run::RunMetadata::read(&branch).expect("it is a run");
    let of = about.branch.expect("it says what it branched from");
    assert_eq!((of.name.as_str(), of.changed.len()), (parent.as_str(), 2), "{of:?}");
    assert_eq!(about.hyperparameters.get("weight.brand").as_deref(), Some("3"));
    assert!(of.path.is_some_and(|path| std::path::Path::new(&path).join("run.json").exists()), "the parent is kept");

    window.get_by_role_and_label(Role::Tab, "Runs").click();
    window.run_steps(3);
    window.get_all_by_role_and_label(Role::Button, "Compare").last().expect("a view of the page").click();
    window.step();
    wait(&mut window, "the comparison", |app| app.compared().is_some());
    window.run_steps(3);
    window.get_by_label("same brand");
    window.check_accessibility();
}

#[test]
fn a_training_is_played_back_over_the_epochs_that_are_kept() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    window.get_by_label("Play the training back: 2 kept epochs").click();
    window.step();
    wait(&mut window, "the epochs", |app| app.epoch_on_show() == Some((1, 2)));
    window.run_steps(3);
    window.check_accessibility();
    let last = window.state().position_in_screen(0);
    window.get_by_role_and_label(Role::Button, "Play").click();
    window.step();
    assert_eq!(window.state().epoch_on_show(), Some((0, 2)), "at its end it begins anew");
    wait(&mut window, "the last epoch", |app| app.epoch_on_show() == Some((1, 2)));
    settle(&mut window);
    let (before, after) = (last.expect("it is on the map"), window.state().position_in_screen(0).expect("it still is"));
    assert!(before.distance(after) < 2.0, "{before:?}, {after:?}");
    window.get_by_role_and_label(Role::Button, "Close the playback").click();
    window.run_steps(3);
    assert_eq!(window.state().epoch_on_show(), None);
}
