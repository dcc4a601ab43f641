//! Ctrl-C: the first press asks politely, the second leaves at once.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::progress::CancelToken;
use crate::training::TrainControl;

/// What Ctrl-C reaches. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Interrupt {
    cancel: CancelToken,
    presses: Arc<AtomicU32>,
    trainings: Arc<Mutex<Vec<TrainControl>>>,
}

impl Interrupt {
    /// Takes Ctrl-C (and termination signals) over from the system.
    pub(super) fn listen(&self) {
        let interrupt = self.clone();
        // Without a handler Ctrl-C simply ends the program, and no output is half-written even then.
        drop(ctrlc::set_handler(move || interrupt.press()));
    }

    /// The token that Ctrl-C cancels while nothing is being trained.
    pub(super) fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    /// From now on Ctrl-C stops this training too, which is then saved, instead of cancelling.
    pub(super) fn stops(&self, training: &TrainControl) {
        self.trainings.lock().unwrap_or_else(PoisonError::into_inner).push(training.clone());
        // A press before this line has cancelled only the token; the training must not start over it.
        if self.was_pressed() {
            training.stop();
        }
    }

    /// Whether Ctrl-C was pressed.
    pub(super) fn was_pressed(&self) -> bool {
        self.presses.load(Ordering::SeqCst) > 0
    }

    fn press(&self) {
        if self.presses.fetch_add(1, Ordering::SeqCst) > 0 {
            std::process::exit(130);
        }
        match self.trainings.lock().unwrap_or_else(PoisonError::into_inner).as_slice() {
            [] => self.cancel.cancel(),
            trainings => {
                trainings.iter().for_each(TrainControl::stop);
                let said =
                    "\nStopping: the run will be saved and can be resumed. Ctrl-C again leaves at once, unsaved.";
                // If stderr is closed there is nobody left to tell.
                drop(writeln!(std::io::stderr(), "{said}"));
            }
        }
    }
}
