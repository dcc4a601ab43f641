//! The levers of a sweep: those of the trials that are being trained, and of those after them.

use crate::progress::Levers;
use crate::training::TrainControl;

/// The levers of a sweep, for another thread. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct SweepControl(Levers<Position>);

#[derive(Debug, Default)]
struct Position {
    paused: bool,
    stopped: bool,
    trials: Vec<TrainControl>,
}

impl SweepControl {
    /// Holds the trials that are being trained.
    pub fn pause(&self) {
        self.0.change(|position| {
            position.paused = true;
            position.pull();
        });
    }

    /// Goes on.
    pub fn resume(&self) {
        self.0.change(|position| {
            position.paused = false;
            position.pull();
        });
    }

    /// Ends the sweep; it can go on later from what was measured.
    pub fn stop(&self) {
        self.0.change(|position| {
            position.stopped = true;
            position.pull();
        });
    }

    /// Whether it is paused.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.position().paused
    }

    /// Takes the levers of the trial that begins.
    pub fn take(&self, trial: &TrainControl) {
        self.0.change(|position| {
            position.trials.push(trial.clone());
            position.pull();
        });
    }
}

impl Position {
    fn pull(&self) {
        for trial in &self.trials {
            if self.paused {
                trial.pause();
            } else {
                trial.resume();
            }
            if self.stopped {
                trial.stop();
            }
        }
    }
}
