//! Lists of runs, what people say of them, and runs that are set aside.

use std::fs;
use std::path::{Path, PathBuf};

use idatlas::progress::Watch;
use idatlas::run::{ListedRun, Run, RunMetadata, RunNotes, Unreadable, list_runs, put_back, set_aside};

use super::fixture::run;

fn names(runs: &[ListedRun], within: &Path) -> Vec<String> {
    runs.iter().map(|run| run.path.strip_prefix(within).unwrap().to_string_lossy().into_owned()).collect()
}

fn listed(known: &[PathBuf], folders: &[PathBuf]) -> Vec<ListedRun> {
    list_runs(known, folders, &Watch::unattended()).unwrap()
}

#[test]
fn runs_are_found_beside_known_ones_in_folders_and_in_sweeps() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    for path in ["runs/a", "runs/b", "runs/.trash/c", "other/d", "sweep/trials/001"] {
        run().write(&root.join(path)).unwrap();
    }
    fs::create_dir(root.join("runs/no run")).unwrap();
    let known = [root.join("runs/a"), root.join("runs/gone")];
    assert_eq!(names(&listed(&known, &[]), root), ["runs/a", "runs/b", "runs/gone"]);
    let folders = [root.join("other"), root.join("sweep"), root.join("nowhere")];
    assert_eq!(names(&listed(&known[..1], &folders), root), ["other/d", "runs/a", "runs/b", "sweep/trials/001"]);
    assert_eq!(names(&listed(&[], &[root.to_owned()]), root), ["sweep/trials/001"]);
}

#[test]
fn what_is_wrong_with_a_run_stands_in_its_place() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    let paths = ["broken", "good", "newer", "noted"].map(|name| root.join(name));
    for path in &paths {
        run().write(path).unwrap();
    }
    fs::write(root.join("broken/run.json"), "{").unwrap();
    let newer = fs::read_to_string(root.join("newer/run.json")).unwrap();
    let newer = newer.replacen("\"format_version\": 1", "\"format_version\": 99", 1);
    fs::write(root.join("newer/run.json"), newer).unwrap();
    fs::write(root.join("noted/notes.json"), "no notes").unwrap();
    let runs = listed(&[root.join("gone")], &[root.to_owned()]);
    let why = |name: &str| {
        let found = runs.iter().find(|run| run.path.ends_with(name)).unwrap();
        found.about.as_ref().err().map(Unreadable::words)
    };
    assert_eq!(why("good"), None);
    assert_eq!(why("gone").as_deref(), Some("The folder is gone"));
    for (name, part) in [("broken", "cannot be read"), ("newer", "version 99"), ("noted", "notes cannot be read")] {
        let words = why(name).unwrap();
        assert!(words.contains(part) && !words.contains('\n'), "{name}: {words:?}");
    }
}

#[test]
fn notes_are_kept_beside_what_was_learned_and_change_none_of_it() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("run");
    run().write(&path).unwrap();
    let before = fs::read(path.join("run.json")).unwrap();
    assert_eq!(RunNotes::read(&path).unwrap(), RunNotes::default());
    let mut notes =
        RunNotes { name: Some("Best".to_owned()), note: "häufige\n".to_owned(), star: true, ..RunNotes::default() };
    notes.set_tags(" small, 2026 ,, small");
    notes.rest.insert("colour".to_owned(), "red".into());
    notes.write(&path).unwrap();
    assert_eq!(RunNotes::read(&path).unwrap(), notes);
    assert_eq!(notes.tags, ["small", "2026"]);
    assert_eq!(fs::read(path.join("run.json")).unwrap(), before);
    assert_eq!(ListedRun::read(&path).name(), "Best");
    // A run that is saved again keeps them.
    run().write(&path).unwrap();
    assert_eq!(RunNotes::read(&path).unwrap(), notes);
    assert!(Run::read(&path).is_ok());
    let missing = notes.write(&place.path().join("nowhere")).unwrap_err().to_string();
    assert!(missing.contains("run.json is missing"), "{missing}");
}

#[test]
fn a_run_that_is_set_aside_comes_back_and_takes_no_other_place() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("run");
    run().write(&path).unwrap();
    let first = set_aside(&path).unwrap();
    assert_eq!(first, place.path().join(".trash/run"));
    assert!(!path.exists() && RunMetadata::read(&first).is_ok());
    run().write(&path).unwrap();
    let second = set_aside(&path).unwrap();
    assert_ne!(second, first, "one run lies over the other");
    put_back(&first, &path).unwrap();
    let refused = put_back(&second, &path).unwrap_err().to_string();
    assert!(refused.contains("not empty"), "{refused}");
    assert!(RunMetadata::read(&path).is_ok() && RunMetadata::read(&second).is_ok());
    assert!(set_aside(&place.path().join("nowhere")).is_err());
    let curve = Run::read_curve(&path).unwrap();
    assert_eq!(curve, Run::read(&path).unwrap().curve);
}
