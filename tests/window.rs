//! Claims about the window, driven by accessible names in a whole app without a display.
//!
//! The map is drawn by wgpu: where this machine has no adapter the tests say that they are skipped, in CI they fail.
#![allow(clippy::print_stdout, reason = "a skipped claim says so")]

mod groups;
mod layers;
mod maps;
mod pairs;
mod palettes;
mod panes;
mod pictures;
mod random_events;
mod runs;
mod snapshots;
mod summary;
mod three_axes;
mod training;
mod types;

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{Event, Modifiers, PointerButton, Pos2, Rect, accesskit::Role, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, HarnessBuilder};
use idatlas::app::{App, Options, Place};
use idatlas::gpu::adapters;

/// Longest wait for a job; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

type Window<'a> = Harness<'a, App>;

#[test]
fn the_first_page_has_three_doors() {
    let Some(window) = window(Options::default()) else { return };
    for door in ["Try the sample", "Open my files…", "Open a run…"] {
        window.get_by_role_and_label(Role::Button, door);
    }
    assert_eq!(window.state().place(), None);
}

#[test]
fn a_file_that_cannot_be_read_says_so_and_what_was_loaded_stays() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    assert_eq!(window.state().place(), Some(Place::Train));
    let items = window.state().item_count();
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let broken = folder.path().join("events.parquet");
    std::fs::write(&broken, b"this is no parquet file").expect("the folder is new");
    window.state_mut().open(&[broken]);
    wait(&mut window, "a message", |app| !app.messages().is_empty());
    let messages = window.state().messages();
    assert!(messages.iter().any(|message| message.contains("events.parquet")), "{messages:?}");
    window.get_by_label("This could not be read");
    assert_eq!(window.state().item_count(), items, "the data that was loaded is gone");
}

#[test]
fn the_sample_trains_to_a_map_whose_points_can_be_inspected_selected_and_exported() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    assert!(window.state().curve_points() > 0, "the loss curve is empty");
    assert!(window.state().has_map(), "there is no map beside the curves");
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    clicking_a_point_shows_its_neighbours(&mut window);
    a_rectangle_is_exported_exactly(&mut window);
    a_saved_run_opens_again(&mut window);
}

#[test]
fn a_stopped_training_goes_on_where_it_was_stopped() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    for (key, value) in [("epochs", "1000"), ("dims.item", "16"), ("window", "2")] {
        window.state_mut().set_hyperparameter(key, value);
    }
    window.run_steps(2);
    window.get_by_role_and_label(Role::Button, "Train").click();
    window.step();
    wait(&mut window, "points of the curve", |app| app.is_training() && app.curve_points() > 2);
    stop(&mut window);
    let before = window.state().curve_points();

    window.get_by_role_and_label(Role::Tab, "Runs").click();
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::Button, "Continue").click();
    window.step();
    wait(&mut window, "more points", |app| app.is_training() && app.curve_points() > before);
    assert_eq!(window.state().place(), Some(Place::Train), "where its curve is seen");
    stop(&mut window);
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
}

#[test]
fn a_saved_run_is_trained_on_from_shows_every_rule_and_its_users_are_grouped() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    let train_on = |window: &Window<'_>| {
        window.get_by_role_and_label(Role::Button, "Train on from this run").accesskit_node().is_disabled()
    };
    assert!(train_on(&window), "an unsaved run has no folder to start from");
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    save_to(&mut window, &folder.path().join("run"));
    for rule in ["this model", "popularity", "co-occurrence", "own history", "same store", "same brand"] {
        window.get_by_label(rule);
    }
    let (first, start) = window.state().run_names().expect("a run is on show");
    assert_eq!(start, None);

    window.get_by_role_and_label(Role::Tab, "Train").click();
    window.run_steps(3);
    window.check_accessibility();
    assert!(!train_on(&window));
    window.get_by_role_and_label(Role::Button, "Train on from this run").click();
    window.step();
    wait(&mut window, "the second training to start", App::is_training);
    wait(&mut window, "the second training to end", |app| !app.is_training());
    assert!(window.state().messages().iter().all(|message| message.contains("is saved")));
    let (_, start) = window.state().run_names().expect("a run is on show");
    assert_eq!(start, Some(first), "the run does not say what it started from");

    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    window.get_by_role_and_label(Role::ComboBox, "Table").click();
    window.run_steps(3);
    let users = window
        .get_all_by_role(Role::Button)
        .find(|button| button.accesskit_node().label().is_some_and(|label| label.starts_with("users")));
    users.expect("the users are a table").click();
    window.step();
    wait(&mut window, "the map of users", App::has_map);
    window.run_steps(3);
    window.check_accessibility();
    window.get_by_role_and_label(Role::Button, "Group users").click();
    window.step();
    wait(&mut window, "the groups", |app| app.legend_names().iter().any(|name| name.starts_with("Group 1")));
    assert_eq!(window.state().legend_names().iter().filter(|name| name.starts_with("Group ")).count(), 12);
}

/// A window on the map of a run of the sample, which is saved as `run` in the folder.
fn on_the_map_of_a_saved_run<'a>() -> Option<(Window<'a>, tempfile::TempDir)> {
    let mut window = window(Options::default())?;
    load_sample(&mut window);
    train(&mut window);
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    save_to(&mut window, &folder.path().join("run"));
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    Some((window, folder))
}

/// Saves the run on show from the Runs page.
fn save_to(window: &mut Window<'_>, path: &Path) {
    window.get_by_role_and_label(Role::Tab, "Runs").click();
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Save as…").click();
    window.run_steps(3);
    type_into(window, "To", path);
    window.get_by_role_and_label(Role::Button, "Save").click();
    window.step();
    wait(window, "run.json", |_| path.join("run.json").exists());
    settle(window);
}

/// Ends the training that runs.
fn stop(window: &mut Window<'_>) {
    window.run_steps(2);
    // On the page and in the strip.
    window.get_all_by_role_and_label(Role::Button, "Stop").next().expect("a training can be stopped").click();
    window.step();
    wait(window, "the training to end", |app| !app.is_training());
    settle(window);
}

fn clicking_a_point_shows_its_neighbours(window: &mut Window<'_>) {
    let place = visible_row(window).1;
    pointer(window, place, true, Modifiers::NONE);
    pointer(window, place, false, Modifiers::NONE);
    wait(window, "neighbours", |app| app.neighbours().is_some());
    let (id, near) = window.state().neighbours().expect("the wait saw them");
    assert_eq!(window.state().selected_ids(), std::slice::from_ref(&id), "the pinned ID is the selected one");
    assert_eq!(near.len(), 20);
    assert!(!near.contains(&id), "an ID is no neighbour of itself: {near:?}");
    window.run_steps(2);
    window.get_by_label("Near");
    window.get_by_label("Attributes");
}

fn a_rectangle_is_exported_exactly(window: &mut Window<'_>) {
    let (_, place) = visible_row(window);
    let area = Rect::from_center_size(place, vec2(90.0, 90.0));
    pointer(window, area.min, true, Modifiers::SHIFT);
    for step in 1..=4 {
        window.event_modifiers(Event::PointerMoved(area.min + area.size() * (step as f32 / 4.0)), Modifiers::SHIFT);
        window.step();
    }
    pointer(window, area.max, false, Modifiers::SHIFT);
    let mut expected: Vec<(u32, Pos2)> = (0..window.state().item_count().expect("the sample is loaded") as u32)
        .filter_map(|row| Some((row, window.state().position_in_screen(row)?)))
        .filter(|(_, at)| area.contains(*at))
        .collect();
    expected.sort_by_key(|(row, _)| *row);
    let selected = window.state().selected_ids();
    assert!(selected.len() > 1, "the rectangle is empty");
    assert_eq!(selected.len(), expected.len(), "the rectangle holds other points than brute force finds");

    window.get_by_label("Export selection…").click();
    window.run_steps(3);
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let file = folder.path().join("selection.csv");
    type_into(window, "To", &file);
    window.get_by_role_and_label(Role::Button, "Export").click();
    window.step();
    wait(window, "the exported file", |_| file.exists());
    let written = std::fs::read_to_string(&file).expect("the file exists");
    let ids: Vec<&str> =
        written.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default().trim_matches('"')).collect();
    assert_eq!(ids, selected, "other IDs are in the file than were selected");
}

fn a_saved_run_opens_again(window: &mut Window<'_>) {
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let path = folder.path().join("run");
    save_to(window, &path);
    let Some(mut other) = self::window(Options { paths: vec![path], ..Options::default() }) else { return };
    wait(&mut other, "the map of the opened run", |app| app.place() == Some(Place::Map) && app.has_map());
}

/// A window of its own, or `None` where nothing can draw it.
fn window<'a>(options: Options) -> Option<Window<'a>> {
    drawn(Harness::builder().with_size([1200.0, 800.0]), options)
}

/// The window that `builder` makes, or `None` where nothing can draw it.
fn drawn<'a>(builder: HarnessBuilder<App>, options: Options) -> Option<Window<'a>> {
    if !can_draw() {
        return None;
    }
    let builder = builder.with_max_steps(24).with_step_dt(1.0 / 30.0).wgpu();
    let mut window = builder.build_eframe(|context| App::new(context, options));
    window.run_steps(2);
    window.check_accessibility();
    Some(window)
}

/// Whether something here can draw a window; says so if not.
fn can_draw() -> bool {
    let can = !adapters().is_empty();
    if !can {
        assert!(std::env::var_os("CI").is_none(), "CI needs a Vulkan adapter, a software one will do");
        println!("skipped: this machine has no graphics adapter, not even a software one");
    }
    can
}

fn load_sample(window: &mut Window<'_>) {
    window.get_by_role_and_label(Role::Button, "Try the sample").click();
    window.step();
    wait(window, "the sample", |app| app.item_count().is_some());
    assert_eq!(window.state().item_count(), Some(3_151));
    window.run_steps(2);
}

/// Trains one small epoch.
fn train(window: &mut Window<'_>) {
    for (key, value) in [("epochs", "1"), ("dims.item", "16"), ("window", "2")] {
        window.state_mut().set_hyperparameter(key, value);
    }
    window.run_steps(2);
    window.check_accessibility();
    window.get_by_role_and_label(Role::Button, "Train").click();
    window.step();
    wait(window, "the training to start", App::is_training);
    wait(window, "the training to end", |app| !app.is_training());
    wait(window, "the map", App::has_map);
    settle(window);
}

/// Begins a training that lasts until it is stopped, whether or not the run on show is saved.
fn train_on_and_on(window: &mut Window<'_>) {
    for (key, value) in [("epochs", "1000"), ("dims.item", "8"), ("window", "1"), ("evaluate_users", "20")] {
        window.state_mut().set_hyperparameter(key, value);
    }
    window.run_steps(3);
    window.get_by_role_and_label(Role::Button, "Train").click();
    window.step();
    window.run_steps(3);
    if let Some(go_on) = window.query_by_role_and_label(Role::Button, "Go on without saving") {
        go_on.click();
        window.step();
    }
    wait(window, "the training that goes on", App::is_training);
}

/// Lets points and view arrive where they move to.
fn settle(window: &mut Window<'_>) {
    window.run_steps(24);
}

/// A row whose point lies well inside the canvas, clear of what lies over it; and where.
fn visible_row(window: &Window<'_>) -> (u32, Pos2) {
    let canvas = window.get_by_role(Role::Canvas).rect();
    let clear = Rect::from_min_max(canvas.min + vec2(70.0, 70.0), canvas.max - vec2(300.0, 90.0));
    (0..400)
        .filter_map(|row| Some((row, window.state().position_in_screen(row)?)))
        .find(|(_, at)| clear.contains(*at))
        .expect("one of the most frequent items lies in the middle of the map")
}

fn pointer(window: &mut Window<'_>, pos: Pos2, pressed: bool, modifiers: Modifiers) {
    window.event_modifiers(Event::PointerMoved(pos), modifiers);
    window.step();
    window.event_modifiers(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }, modifiers);
    window.step();
}

/// Replaces the text of the field called `name` by a path.
fn type_into(window: &mut Window<'_>, name: &str, path: &Path) {
    let field = window.get_by_role_and_label(Role::TextInput, name);
    field.set_text_value_accesskit(&path.display().to_string());
    window.run_steps(2);
}

/// Steps the window until `done`, for as long as a busy machine may need.
fn wait(window: &mut Window<'_>, what: &str, done: impl Fn(&App) -> bool) {
    let start = Instant::now();
    while !done(window.state()) {
        assert!(
            start.elapsed() < PATIENCE,
            "waited {PATIENCE:?} for {what}; messages: {:?}",
            window.state().messages()
        );
        std::thread::sleep(Duration::from_millis(15));
        window.step();
    }
}
