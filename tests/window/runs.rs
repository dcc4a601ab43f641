//! Runs as an analyst compares and keeps them.
#![allow(clippy::unwrap_used, reason = "what a claim prepares fails as the claim does")]

use std::fs;
use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, Rect, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use idatlas::app::{App, Options};
use idatlas::run::RunNotes;

use super::{Window, load_sample, pointer, settle, type_into, wait, window};
use crate::run::fixture::run;

/// A window that knows two runs, a damaged one beside them, and one that is gone.
fn window_of_runs<'a>(root: &Path) -> Option<Window<'a>> {
    for (name, reach) in [("alpha", "3"), ("beta", "8"), ("broken", "3")] {
        let mut run = run();
        run.metadata.name = name.to_owned();
        run.metadata.hyperparameters.set("window", reach).unwrap();
        run.write(&root.join(name)).unwrap();
    }
    fs::write(root.join("broken/run.json"), "{").unwrap();
    let recent = root.join("recent.json");
    let entry = |name: &str| {
        let path = root.join(name).display().to_string().replace('\\', "\\\\");
        format!(r#"{{"path": "{path}", "name": "{name}", "about": "", "when": ""}}"#)
    };
    fs::write(&recent, format!("[{}, {}]", entry("alpha"), entry("gone"))).unwrap();
    let mut window = window(Options { recent: Some(recent), ..Options::default() })?;
    window.key_press(Key::Num4);
    window.run_steps(2);
    wait(&mut window, "the runs", |app| !app.listed_runs().is_empty());
    window.run_steps(3);
    Some(window)
}

fn names(window: &Window<'_>) -> Vec<String> {
    window.state().listed_runs().into_iter().map(|(name, _)| name).collect()
}

fn click(window: &mut Window<'_>, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click();
    window.run_steps(3);
}

#[test]
fn runs_are_listed_sorted_and_filtered_and_what_is_wrong_stands_in_the_row() {
    let place = tempfile::tempdir().unwrap();
    let Some(mut window) = window_of_runs(place.path()) else { return };
    window.check_accessibility();
    click(&mut window, "Sort by Name");
    assert_eq!(names(&window), ["alpha", "beta", "broken", "gone"]);
    click(&mut window, "Sort by Name");
    assert_eq!(names(&window), ["gone", "broken", "beta", "alpha"]);
    window.get_by_label("The folder is gone");
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
    type_into(&mut window, "Filter", Path::new("window>4"));
    assert_eq!(names(&window), ["beta"]);
    type_into(&mut window, "Filter", Path::new("windo>4"));
    window.get_by_label("There is no column \"windo\"; did you mean window?");
}

#[test]
fn names_and_stars_are_kept_and_a_run_that_is_deleted_comes_back() {
    let place = tempfile::tempdir().unwrap();
    let Some(mut window) = window_of_runs(place.path()) else { return };
    let alpha = place.path().join("alpha");
    let before = fs::read(alpha.join("run.json")).unwrap();
    click(&mut window, "Star alpha");
    click(&mut window, "More for alpha");
    click(&mut window, "Rename");
    type_into(&mut window, "Name of the run", Path::new("Best so far"));
    window.key_press(Key::Enter);
    window.run_steps(3);
    let kept = |_: &App| RunNotes::read(&alpha).is_ok_and(|notes| notes.name.is_some());
    wait(&mut window, "the notes", kept);
    let notes = RunNotes::read(&alpha).unwrap();
    assert!(notes.star && notes.name.as_deref() == Some("Best so far"), "{notes:?}");
    assert_eq!(fs::read(alpha.join("run.json")).unwrap(), before);
    assert!(names(&window).contains(&"Best so far".to_owned()));

    click(&mut window, "More for Best so far");
    click(&mut window, "Delete");
    wait(&mut window, "the run to be set aside", |app| {
        !app.listed_runs().iter().any(|(name, _)| name == "Best so far")
    });
    assert!(!alpha.exists() && place.path().join(".trash/alpha/run.json").is_file());
    click(&mut window, "Undo");
    wait(&mut window, "the run", |app| app.listed_runs().iter().any(|(name, _)| name == "Best so far"));
    assert_eq!(fs::read(alpha.join("run.json")).unwrap(), before);

    click(&mut window, "More for beta");
    click(&mut window, "Archive");
    assert!(!names(&window).contains(&"beta".to_owned()));
    window.get_by_label("Archived (1)");
}

#[test]
fn two_checked_runs_are_compared() {
    let place = tempfile::tempdir().unwrap();
    let Some(mut window) = window_of_runs(place.path()) else { return };
    for name in ["Check alpha", "Check beta"] {
        window.get_by_role_and_label(Role::CheckBox, name).click();
        window.run_steps(2);
    }
    window.get_all_by_role_and_label(Role::Button, "Compare").last().unwrap().click();
    window.run_steps(2);
    wait(&mut window, "the comparison", |app| app.compared().is_some() && app.compared_curves().len() == 2);
    window.run_steps(3);
    window.check_accessibility();
    let (keys, tables) = window.state().compared().unwrap();
    assert_eq!(keys, ["window"]);
    assert_eq!(tables, ["item", "brand", "a/b", "user"]);
    assert_eq!(window.state().compared_curves(), [2, 2]);
    window.get_by_label("Changed most: items");
    drag(&mut window, "Scatter of hit rate at 10 against window", [[0.5, 0.02], [0.99, 0.98]]);
    let beta = place.path().join("beta").display().to_string();
    assert_eq!(window.state().brushed(), [beta], "the run with the wider window");
    window.get_by_label("Check only these");
    window.get_all_by_label("Clear").next().unwrap().click();
    window.run_steps(3);
    assert!(window.state().brushed().is_empty());
    both_runs_are_shown_by_their_maps(&mut window);
}

fn both_runs_are_shown_by_their_maps(window: &mut Window<'_>) {
    // It stands below what the window shows.
    window.get_by_role_and_label(Role::Button, "Compare on the map").click_accesskit();
    window.run_steps(3);
    let are_there = |app: &App| app.panes().len() == 2 && app.panes().iter().all(|pane| pane.has_map);
    wait(window, "both maps", are_there);
    settle(window);
    window.check_accessibility();
    // The runs differ in a hyperparameter alone, so that their maps lie alike.
    let place = |window: &Window<'_>, pane: usize, row| window.state().position_in_pane(pane, row).unwrap();
    let (first, second) = (place(window, 0, 1), place(window, 1, 1));
    let canvases: Vec<Rect> = window.state().panes().iter().map(|pane| pane.canvas).collect();
    let (own, other) = (first - canvases[0].center(), second - canvases[1].center());
    assert!((own - other).length() < 2.0, "{own:?} {other:?}");
    // A click on the other run's map selects the ID on both.
    pointer(window, second, true, Modifiers::NONE);
    pointer(window, second, false, Modifiers::NONE);
    wait(window, "the pan on both maps", |app| app.panes().iter().all(|pane| pane.selected.len() == 1));
    assert_eq!(window.state().selected_ids(), ["pan"]);
    wait(window, "its neighbours in both runs", |app| app.changed_near().is_some());
    assert_eq!(window.state().changed_near(), Some((0, 0, 3)), "nothing came, nothing went");
    window.key_press(Key::B);
    settle(window);
    assert!((place(window, 0, 1) - first).length() < 2.0, "where the other run has it");
    window.check_accessibility();
}

#[test]
fn a_sweep_runs_stops_goes_on_and_its_best_is_adopted() {
    let place = tempfile::tempdir().unwrap();
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    for (key, value) in [("epochs", "1"), ("dims.item", "8"), ("window", "1")] {
        window.state_mut().set_hyperparameter(key, value);
    }
    let folder = place.path().join("sweep");
    window.get_by_role_and_label(Role::Tab, "Runs").click();
    window.run_steps(2);
    click(&mut window, "Sweep");
    window.state_mut().set_sweep(&[("learning_rate", "5 to 2"), ("negatives", "1, 2")], &folder);
    window.run_steps(2);
    window.get_by_label("learning_rate has min 5 and max 2; min has to be less");
    assert!(window.get_by_role_and_label(Role::Button, "Start").accesskit_node().is_disabled());

    window.state_mut().set_sweep(&[("learning_rate", "0.02, 0.2"), ("negatives", "1, 2")], &folder);
    window.run_steps(2);
    window.check_accessibility();
    click(&mut window, "Start");
    wait(&mut window, "a trial", |app| !app.measured_trials().is_empty());
    window.run_steps(1);
    // On the page and in the strip.
    window.get_all_by_role_and_label(Role::Button, "Stop").next().unwrap().click();
    window.step();
    wait(&mut window, "the sweep to stop", |app| !app.is_sweeping());
    window.run_steps(3);
    let before = window.state().measured_trials().len();
    assert!((1..4).contains(&before), "{before} trials are measured");
    click(&mut window, "Go on");
    wait(&mut window, "the sweep to end", |app| !app.is_sweeping() && app.measured_trials().len() == 4);
    wait(&mut window, "what is important", |app| !app.important().is_empty());
    window.run_steps(3);
    window.check_accessibility();
    a_box_over_the_scatter_brushes_trials(&mut window);
    let trials = window.state().measured_trials();
    assert!(trials.is_sorted_by(|a, b| a.1 >= b.1), "{trials:?}");
    click(&mut window, "Adopt the best");
    let (best, _) = &trials[0];
    for (key, value) in best {
        assert_eq!(window.state_mut().hyperparameter(key).as_ref(), Some(value), "{key}");
    }
    wait(&mut window, "the best run", |app| app.run_names().is_some());
    assert!(fs::read_dir(folder.join("trials")).unwrap().count() == 1);
}

/// Drags over the plot called `name`, from one place of it to another, both shares of it.
fn drag(window: &mut Window<'_>, name: &str, [from, to]: [[f32; 2]; 2]) {
    window.get_by_role_and_label(Role::Figure, name).scroll_to_me();
    window.run_steps(3);
    let plot = window.get_by_role_and_label(Role::Figure, name).rect();
    let at = |[x, y]: [f32; 2]| plot.min + plot.size() * vec2(x, y);
    pointer(window, at(from), true, Modifiers::NONE);
    for step in 1..=4 {
        window.event(Event::PointerMoved(at(from) + (at(to) - at(from)) * (step as f32 / 4.0)));
        window.step();
    }
    pointer(window, at(to), false, Modifiers::NONE);
    window.run_steps(3);
}

fn a_box_over_the_scatter_brushes_trials(window: &mut Window<'_>) {
    let name = "Scatter of hit rate at 10 against learning_rate";
    assert!(window.state().brushed().is_empty());
    drag(window, name, [[0.01, 0.02], [0.5, 0.98]]);
    let brushed = window.state().brushed();
    assert_eq!(brushed.len(), 2, "those of the lower of two learning rates: {brushed:?}");
    window.get_by_label("2 of 4 kept");
    let figures = window.get_all_by_role(Role::Figure).filter_map(|plot| plot.accesskit_node().label());
    let best = figures.into_iter().find(|name| name.starts_with("Best so far: ")).expect("its curve is there");
    assert!(best.ends_with("after trial 4"), "{best}");
    window.get_by_role_and_label(Role::Figure, name).click();
    window.run_steps(3);
    assert!(window.state().brushed().is_empty(), "a click lets go");
}
