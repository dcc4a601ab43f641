//! An engine that shows a run, and waiting for what it tells.

use std::time::{Duration, Instant};

use idatlas::engine::{Command, Engine, Event};
use idatlas::run::Run;

/// How long an event may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// An engine that shows `run`, from a folder of its own.
pub fn showing(run: &Run) -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    run.write(folder.path()).unwrap();
    let engine = Engine::start(|| {});
    engine.send(Command::OpenRun(folder.path().to_owned()));
    wait(&engine, |event| matches!(event, Event::RunReady { .. }).then_some(()));
    (engine, folder)
}

/// The first event that `wanted` finds something in.
pub fn wait<T>(engine: &Engine, wanted: impl Fn(Event) -> Option<T>) -> T {
    let (started, mut notices) = (Instant::now(), Vec::new());
    while started.elapsed() < PATIENCE {
        let Some(event) = engine.poll() else {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        };
        // The run that is shown tells of its own trouble.
        if let Event::Notice { message, .. } = &event {
            notices.push(message.clone());
        }
        if let Some(found) = wanted(event) {
            return found;
        }
    }
    panic!("the event did not come; notices: {notices:?}");
}
