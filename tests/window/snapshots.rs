//! The window's main states as pictures, in light and in dark.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test claims snapshots` records them anew; look at every one before it is kept.
//! The run on show is made up, so that no training and no processor changes a pixel.
#![allow(clippy::unwrap_used, reason = "what a claim prepares fails as the claim does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::os::OperatingSystem;
use eframe::egui::{Key, Modifiers, Rect, ThemePreference, vec2};
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, SnapshotOptions};
use idatlas::app::{App, Options, Place};
use idatlas::dataset::{Corpus, Holdout};
use idatlas::embedding::Model;
use idatlas::engine::jobs;
use idatlas::objective::LossParts;
use idatlas::progress::Watch;
use idatlas::run::{FORMAT_VERSION, Run, RunMetadata, Timings};
use idatlas::training::{
    Baselines, ChurnPoint, CurvePoint, Evaluation, HeldOutPoint, Hyperparameters, Preset, RankedMetrics,
};
use ndarray::Array2;

use super::layers::zoom;
use super::palettes::type_in;
use super::{Window, can_draw, drawn, load_sample, pointer, settle, visible_row, wait};

/// Width of the vectors of items.
const WIDTH: usize = 16;
/// Items with fewer events are left out, so that the map has a few hundred points.
const LEAST_EVENTS: &str = "40";

/// How the window is drawn for a picture, and how large.
pub(super) struct Screen {
    size: [f32; 2],
    pixels_per_point: f32,
}

pub(super) const SCREEN: Screen = Screen { size: [960.0, 600.0], pixels_per_point: 1.0 };
/// The smallest window that there may be.
const SMALL: Screen = Screen { size: [760.0, 520.0], pixels_per_point: 1.0 };
/// The same on a fine screen.
const FINE: Screen = Screen { size: [760.0, 520.0], pixels_per_point: 2.0 };

#[test]
fn the_first_page_looks_as_it_did() {
    let Some(mut window) = window(&SCREEN, Options::default()) else { return };
    looks_as_it_did(&mut window, "welcome");
}

#[test]
fn a_map_with_its_legend_and_an_item_in_the_inspector_looks_as_it_did() {
    let Some((mut window, _folder)) = on_the_map(&SCREEN) else { return };
    pin(&mut window);
    looks_as_it_did(&mut window, "inspector");
}

#[test]
fn a_map_in_the_smallest_window_looks_as_it_did() {
    let Some((mut window, _folder)) = on_the_map(&SMALL) else { return };
    pin(&mut window);
    picture(&mut window, ThemePreference::Light, "small_light");
}

#[test]
fn a_fine_screen_shows_the_same_in_more_pixels() {
    let Some(mut window) = window(&FINE, Options::default()) else { return };
    load_sample(&mut window);
    picture(&mut window, ThemePreference::Dark, "fine_dark");
}

#[test]
fn a_selection_and_what_sums_it_up_look_as_they_did() {
    let Some((mut window, _folder)) = on_the_map(&SCREEN) else { return };
    window.get_by_role_and_label(Role::Tab, "Summary").click();
    window.run_steps(2);
    let area = Rect::from_center_size(visible_row(&window).1, vec2(130.0, 130.0));
    pointer(&mut window, area.min, true, Modifiers::SHIFT);
    window.event_modifiers(eframe::egui::Event::PointerMoved(area.center()), Modifiers::SHIFT);
    window.step();
    pointer(&mut window, area.max, false, Modifiers::SHIFT);
    let selected = window.state().selected_ids().len();
    assert!(selected > 2, "the rectangle is empty");
    wait(&mut window, "the summary", |app| app.summary().is_some_and(|summary| summary.items == selected));
    looks_as_it_did(&mut window, "summary");
}

#[test]
fn a_part_of_the_map_beside_the_whole_one_looks_as_it_did() {
    let Some((mut window, _folder)) = on_the_map(&SCREEN) else { return };
    let place = visible_row(&window).1;
    zoom(&mut window, place, 4);
    wait(&mut window, "the overview", App::overview_is_seen);
    picture(&mut window, ThemePreference::Light, "overview_light");
}

#[test]
fn the_table_of_runs_looks_as_it_did() {
    if !can_draw() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let first = made_up_runs(folder.path());
    let recent = folder.path().join("recent.json");
    let path = first.display().to_string().replace('\\', "\\\\");
    fs::write(&recent, format!(r#"[{{"path": "{path}", "name": "wide window", "about": "", "when": ""}}]"#)).unwrap();
    let Some(mut window) = window(&SCREEN, Options { recent: Some(recent), ..Options::default() }) else { return };
    window.key_press(Key::Num4);
    window.run_steps(2);
    wait(&mut window, "the runs", |app| app.listed_runs().len() == RUNS.len());
    looks_as_it_did(&mut window, "runs");
}

#[test]
fn the_form_of_a_training_looks_as_it_did() {
    let Some(mut window) = window(&SCREEN, Options::default()) else { return };
    load_sample(&mut window);
    assert_eq!(window.state().place(), Some(Place::Train));
    looks_as_it_did(&mut window, "train");
}

#[test]
fn the_sheet_of_keys_looks_as_it_did() {
    let Some(mut window) = window(&SCREEN, Options::default()) else { return };
    window.key_press(Key::Questionmark);
    window.run_steps(3);
    picture(&mut window, ThemePreference::Dark, "keys_dark");
}

/// Takes a picture in light and one in dark.
fn looks_as_it_did(window: &mut Window<'_>, name: &str) {
    picture(window, ThemePreference::Light, &format!("{name}_light"));
    picture(window, ThemePreference::Dark, &format!("{name}_dark"));
}

/// Compares what is seen with the picture `name`. A letter that is lost or a line that moves differs in tens of pixels.
fn picture(window: &mut Window<'_>, theme: ThemePreference, name: &str) {
    window.ctx.set_theme(theme);
    window.remove_cursor();
    settle(window);
    settle(window);
    assert!(window.state().messages().is_empty(), "{:?}", window.state().messages());
    let options = SnapshotOptions::new().output_path("tests/window/snapshots").threshold(0.6).max_failed_pixels(8);
    window.snapshot_options(name, &options);
}

/// A window of a fixed size with the keys of one system.
fn window<'a>(screen: &Screen, options: Options) -> Option<Window<'a>> {
    let builder = Harness::builder()
        .with_size(screen.size)
        .with_pixels_per_point(screen.pixels_per_point)
        .with_os(OperatingSystem::Nix);
    drawn(builder, options)
}

/// A window on the map of a made-up run, coloured by an attribute.
pub(super) fn on_the_map<'a>(screen: &Screen) -> Option<(Window<'a>, tempfile::TempDir)> {
    if !can_draw() {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = vec![made_up_runs(folder.path())];
    let mut window = window(screen, Options { paths, ..Options::default() })?;
    wait(&mut window, "the map", |app| app.place() == Some(Place::Map) && app.has_map());
    settle(&mut window);
    wait(&mut window, "the names of regions", |app| !app.region_names().is_empty());
    Some((window, folder))
}

fn pin(window: &mut Window<'_>) {
    type_in(window, "Bananas");
    wait(window, "neighbours", |app| app.neighbours().is_some());
}

/// Name, window, hit rate at 10, loss of each run.
const RUNS: [(&str, &str, f64, f64); 4] = [
    ("wide window", "8", 0.312, 1.874),
    ("baseline", "4", 0.287, 1.932),
    ("narrow window", "2", 0.241, 2.015),
    ("no attributes", "4", 0.198, 2.207),
];

/// Writes the runs of the sample with made-up vectors; the folder of the first.
fn made_up_runs(root: &Path) -> PathBuf {
    let dataset = Arc::new(jobs::load_sample(&Watch::unattended()).unwrap());
    for (at, (name, reach, hit_rate, loss)) in RUNS.into_iter().enumerate() {
        let mut hyperparameters = Hyperparameters::preset(Preset::Default);
        hyperparameters.set("window", reach).unwrap();
        hyperparameters.set("min_count", LEAST_EVENTS).unwrap();
        let settings = hyperparameters.corpus_settings(Holdout::LastSession).unwrap();
        let corpus = Corpus::new(Arc::clone(&dataset), settings).unwrap();
        let about = about(name, &format!("2026-01-0{}T09:30:00Z", 4 - at), hyperparameters, hit_rate, loss);
        let run = Run::assemble(&corpus, about, vectors(&corpus), curve(hit_rate, loss));
        run.write(&root.join(name)).unwrap();
    }
    root.join(RUNS[0].0)
}

fn about(name: &str, created: &str, hyperparameters: Hyperparameters, hit_rate: f64, loss: f64) -> RunMetadata {
    let figures = |share: f64| RankedMetrics {
        hit_rate: hit_rate * share,
        recall: hit_rate * share * 0.31,
        ndcg: hit_rate * share * 0.42,
        mrr: hit_rate * share * 0.37,
    };
    let at = |share: f64| [(10, figures(share)), (50, figures(share * 1.6)), (100, figures(share * 1.9))].into();
    RunMetadata {
        format_version: FORMAT_VERSION,
        program_version: "0.1.0".to_owned(),
        name: name.to_owned(),
        created: created.to_owned(),
        types: Vec::new(),
        seed: hyperparameters.seed,
        hyperparameters,
        holdout: "last-session".to_owned(),
        backend: "cpu".to_owned(),
        adapter: "CPU, 8 threads".to_owned(),
        data: idatlas::run::DataFingerprint {
            hash: "00ff".to_owned(),
            events: 120_000,
            users: 327,
            items: 400,
            ..Default::default()
        },
        timings: Timings { load: 0.5, train: 41.0, pairs_per_second: 1.2e6, ..Timings::default() },
        epochs_done: 5.0,
        steps: 20_000,
        pairs: 49_000_000,
        stopped: false,
        trouble: None,
        loss: Some(LossParts { pair: loss, structure: 0.1, regulariser: 1e-4 }.into()),
        metrics: Some(Evaluation {
            queries: 320,
            candidates: 400,
            next_item: at(1.0),
            baselines: Baselines { popularity: at(0.55), cooccurrence: Some(at(0.8)), ..Baselines::default() },
            ..Evaluation::default()
        }),
        from: None,
        branch: None,
    }
}

fn curve(hit_rate: f64, loss: f64) -> Vec<CurvePoint> {
    let point = |step: u32| {
        let part = f64::from(step) / 20.0;
        let left = (1.0 - part).powi(2);
        let parts = |more: f64| LossParts { pair: loss + more, structure: 0.1, regulariser: 1e-4 };
        CurvePoint {
            step: u64::from(step) * 1_000,
            epoch: part * 5.0,
            pairs: u64::from(step) * 2_450_000,
            seconds: part * 41.0,
            loss: parts(left).into(),
            held_out: step.is_multiple_of(4).then(|| HeldOutPoint {
                hit_rate_at_10: hit_rate * (1.0 - left),
                ndcg_at_10: hit_rate * (1.0 - left) * 0.42,
                loss: parts(left + 0.08).into(),
            }),
            churn: step
                .is_multiple_of(4)
                .then_some(ChurnPoint { jaccard_at_10: 1.0 - 0.6 * left, pinned_jaccard_at_10: None }),
        }
    };
    (1..=20).map(point).collect()
}

/// Items of a category lie together, those of its parts closer.
fn vectors(corpus: &Corpus) -> Model {
    let level = |name: &str| corpus.types.iter().position(|own| own.name == name).unwrap();
    let (coarse, fine) = (level("cate_level1"), level("cate_level3"));
    let ids = &corpus.attributes.ids;
    let widths: Vec<usize> = (0..corpus.types.len()).map(|of| if of == 0 { WIDTH } else { 4 }).collect();
    let table = |of: usize, salt: u64| {
        Array2::from_shape_fn((corpus.types[of].vocabulary.len(), widths[of]), |(row, column)| {
            if of != 0 {
                return drawn_at([salt, of as u64, row as u64, column as u64]);
            }
            let at = |own: usize, salt: u64| drawn_at([salt, own as u64, u64::from(ids[[row, own]]), column as u64]);
            at(coarse, 1) + 0.7 * at(fine, 2) + 0.35 * drawn_at([salt, 0, row as u64, column as u64])
        })
    };
    let tables = |salt: u64| (0..corpus.types.len()).map(|of| table(of, salt)).collect();
    let transfer = |of: usize| {
        Array2::from_shape_fn((WIDTH, widths[of]), |(row, column)| drawn_at([9, of as u64, row as u64, column as u64]))
    };
    Model { target: tables(3), context: tables(4), transfer: (1..corpus.types.len()).map(transfer).collect() }
}

/// A number in -1..1 that follows from `place` alone (the finaliser of `SplitMix64`).
fn drawn_at(place: [u64; 4]) -> f32 {
    let mixed = place.into_iter().fold(0_u64, |state, part| {
        let mut state = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    });
    (mixed >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}
