//! Maps that the engine makes.

use std::time::{Duration, Instant};

use idatlas::engine::{Command, Event, JobKind, ProjectionRequest, ProjectionResult, jobs};
use idatlas::projection::{Method, ProjectionSettings, TsneParameters};

use crate::engine::fixture::{PATIENCE, showing, wait};
use crate::run::fixture::run;

fn map(event: Event) -> Option<ProjectionResult> {
    match event {
        Event::ProjectionReady(result, _) => Some(*result),
        _ => None,
    }
}

fn request(iterations: usize) -> ProjectionRequest {
    let method = Method::Tsne(TsneParameters { iterations, ..TsneParameters::default() });
    let settings = ProjectionSettings { method, dims: 2, ..ProjectionSettings::default() };
    ProjectionRequest { table: "item".to_owned(), settings }
}

#[test]
fn a_map_streams_pauses_goes_on_with_other_parameters_and_stops_with_what_it_has() {
    let (engine, _folder) = showing(&run());
    engine.send(Command::Project(request(usize::MAX)));
    let frame_after = |iteration: usize| {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(frame) = engine.live().projection.filter(|frame| frame.iteration > iteration) {
                return frame;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!("no frame came");
    };
    let frame = frame_after(10);
    assert_eq!((frame.request.table.as_str(), frame.coordinates.dim()), ("item", (4, 2)));
    engine.send(Command::PauseProjection);
    engine.send(Command::ChangeProjection(
        TsneParameters { iterations: 1_000_000_007, ..TsneParameters::default() }.into(),
    ));
    engine.send(Command::ResumeProjection);
    let started = Instant::now();
    while frame_after(frame.iteration).iterations != 1_000_000_007 {
        assert!(started.elapsed() < PATIENCE, "the parameters did not change");
    }
    engine.send(Command::StopProjection);
    let result = wait(&engine, map);
    assert!(result.iterations.unwrap() > frame.iteration && result.kl_divergence.unwrap().is_finite(), "{result:?}");
    wait(&engine, |event| matches!(event, Event::JobEnded { .. }).then_some(()));
    assert!(engine.live().projection.is_none(), "a finished map streams no more");
}

#[test]
fn a_newer_request_replaces_a_map_that_is_being_made() {
    let (engine, _folder) = showing(&run());
    engine.send(Command::Project(request(usize::MAX)));
    engine.send(Command::Project(request(20)));
    assert_eq!(wait(&engine, map).iterations, Some(20));
}

#[test]
fn a_finished_map_of_a_whole_table_is_kept_and_found_when_the_run_is_opened_again() {
    let (engine, folder) = showing(&run());
    engine.send(Command::Project(request(25)));
    let made = wait(&engine, map);
    wait(&engine, |event| matches!(event, Event::JobEnded { kind: JobKind::KeepMap, .. }).then_some(()));
    assert!(folder.path().join("projections/item-tsne.parquet").exists());
    engine.send(Command::OpenRun(folder.path().to_owned()));
    let (found, places) = wait(&engine, |event| match event {
        Event::MapFound(found, places) => Some((*found, places)),
        _ => None,
    });
    assert_eq!((&found.request, &found.coordinates), (&made.request, &made.coordinates));
    assert_eq!((found.kl_divergence, found.iterations, found.generation), (made.kl_divergence, Some(25), 2));
    assert_eq!(places.get(1), Some([made.coordinates[[1, 0]], made.coordinates[[1, 1]]]));

    let mut part = request(5);
    part.settings.rows = Some([0, 2, 3].into());
    engine.send(Command::Project(part));
    assert!(!jobs::is_worth_keeping(&wait(&engine, map)), "a map of a part would take the place of the whole one's");
    std::fs::write(folder.path().join("projections/item-tsne.parquet"), "PAR1").unwrap();
    assert!(jobs::kept_maps(&run(), folder.path()).is_empty(), "a damaged file is as good as none");
}
