//! Maps that the engine makes.

use std::time::{Duration, Instant};

use idatlas::engine::{Command, Engine, Event, ProjectionRequest, ProjectionResult};
use idatlas::projection::{Method, ProjectionSettings, TsneParameters};
use idatlas::run::Run;

use crate::run::fixture::run;

const PATIENCE: Duration = Duration::from_secs(60);

/// An engine that shows a run.
fn showing(run: &Run) -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    run.write(folder.path()).unwrap();
    let engine = Engine::start(|| {});
    engine.send(Command::OpenRun(folder.path().to_owned()));
    wait(&engine, |event| matches!(event, Event::RunReady { .. }).then_some(()));
    (engine, folder)
}

fn wait<T>(engine: &Engine, wanted: impl Fn(Event) -> Option<T>) -> T {
    let (started, mut notices) = (Instant::now(), Vec::new());
    while started.elapsed() < PATIENCE {
        match engine.poll() {
            // The run that is shown tells of its own trouble.
            Some(Event::Notice { message, .. }) => notices.push(message),
            Some(event) => {
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    panic!("the event did not come; notices: {notices:?}");
}

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
