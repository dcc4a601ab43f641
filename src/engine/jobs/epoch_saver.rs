//! Saves finished epochs beside the training, so that a crash costs little: one epoch, or of short ones a few.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::training::EpochCheckpoint;

/// A save rests at least this many times what the last one took, so that saving takes a twentieth of one core at most.
const REST: u32 = 19;

/// Nothing is saved before so much time has passed: a training that is over by then is written when it ends.
const FIRST: Duration = Duration::from_secs(1);

/// Hands the newest finished epoch to a thread that saves it. An epoch that ends while another is being saved takes the
/// place of one that waits.
pub(super) struct EpochSaver {
    /// How long it waits for the first, and for the last once training is over.
    first: Duration,
    desk: Mutex<Desk>,
    moved: Condvar,
}

#[derive(Default)]
struct Desk {
    waiting: Option<Box<EpochCheckpoint>>,
    /// When what waits then is saved at the latest.
    last_at: Option<Instant>,
    closed: bool,
}

impl Default for EpochSaver {
    fn default() -> Self {
        Self::waiting(FIRST)
    }
}

impl EpochSaver {
    /// A saver whose first save is not before `first` has passed.
    fn waiting(first: Duration) -> Self {
        Self { first, desk: Mutex::default(), moved: Condvar::new() }
    }

    /// Takes an epoch; never waits for a save.
    pub(super) fn put(&self, epoch: Box<EpochCheckpoint>) {
        self.change(|desk| desk.waiting = Some(epoch));
    }

    /// Training is over, and what follows may take long: an epoch that waits is saved soon, however long the last save took.
    pub(super) fn training_ended(&self) {
        self.change(|desk| desk.last_at = Some(Instant::now() + self.first));
    }

    /// No epoch follows: one that waits is still saved, unless something better has been made of it.
    pub(super) fn close(&self, superseded: bool) {
        self.change(|desk| {
            desk.closed = true;
            if superseded {
                desk.waiting = None;
            }
        });
    }

    /// Closes when the result is dropped, if it is not closed by then.
    pub(super) fn closing(&self) -> impl Drop {
        struct Closing<'a>(&'a EpochSaver);

        impl Drop for Closing<'_> {
            fn drop(&mut self) {
                self.0.close(false);
            }
        }

        Closing(self)
    }

    /// Saves with `save` until closed. A save that fails is told in a warning, once: the training goes on, and what
    /// hinders this save may be gone by the next.
    pub(super) fn work(&self, mut save: impl FnMut(EpochCheckpoint) -> Result<(), String>) {
        let mut not_before = Instant::now() + self.first;
        let mut warned = false;
        while let Some(epoch) = self.next(not_before) {
            let begun = Instant::now();
            if let Err(error) = save(*epoch)
                && !std::mem::replace(&mut warned, true)
            {
                tracing::warn!("A finished epoch could not be saved, training goes on: {error}");
            }
            not_before = Instant::now() + begun.elapsed() * REST;
        }
    }

    /// Waits for an epoch, not to be handed out before `not_before` unless it is the last; `None` once closed.
    fn next(&self, not_before: Instant) -> Option<Box<EpochCheckpoint>> {
        let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let not_before = desk.last_at.map_or(not_before, |last_at| last_at.min(not_before));
            let rest = not_before.saturating_duration_since(Instant::now());
            if desk.closed || (desk.waiting.is_some() && rest == Duration::ZERO) {
                return desk.waiting.take();
            }
            desk = if desk.waiting.is_some() {
                self.moved.wait_timeout(desk, rest).unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.moved.wait(desk).unwrap_or_else(PoisonError::into_inner)
            };
        }
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) {
        // Each change is one assignment or two that belong together, so a poisoned desk is still a valid one.
        change(&mut self.desk.lock().unwrap_or_else(PoisonError::into_inner));
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::embedding::Model;

    fn epoch(number: u32) -> Box<EpochCheckpoint> {
        let model = Model { target: Vec::new(), context: Vec::new(), transfer: Vec::new() };
        Box::new(EpochCheckpoint {
            model: Arc::new(model),
            state: Arc::default(),
            curve: Vec::new(),
            position: (number, 0),
            pairs: 0,
            seconds: 0.0,
            epoch_loss: None,
            patience: None,
        })
    }

    #[test]
    fn the_newest_epoch_is_saved_and_those_in_between_are_passed_over() {
        let saver = &EpochSaver::waiting(Duration::ZERO);
        let (begun, begins) = channel();
        let (go, wait) = channel();
        thread::scope(|threads| {
            let worker = threads.spawn(move || {
                let mut saved = Vec::new();
                saver.work(|epoch| {
                    begun.send(()).unwrap();
                    wait.recv().unwrap();
                    saved.push(epoch.position.0);
                    Err("no room".to_owned())
                });
                saved
            });
            saver.put(epoch(1));
            begins.recv().unwrap();
            saver.put(epoch(2));
            saver.put(epoch(3));
            go.send(()).unwrap();
            saver.close(false);
            begins.recv().unwrap();
            go.send(()).unwrap();
            assert_eq!(worker.join().unwrap(), [1, 3]);
        });
    }

    #[test]
    fn once_training_is_over_the_last_epoch_is_saved_without_a_long_rest() {
        let saver = &EpochSaver::waiting(Duration::ZERO);
        let (begun, begins) = channel();
        thread::scope(|threads| {
            threads.spawn(move || {
                saver.work(|epoch| {
                    begun.send(epoch.position.0).unwrap();
                    thread::sleep(Duration::from_millis(200));
                    Ok(())
                });
            });
            let _closing = saver.closing();
            saver.put(epoch(1));
            assert_eq!(begins.recv(), Ok(1));
            saver.put(epoch(2));
            saver.training_ended();
            // The rest would be 3.8 seconds.
            assert_eq!(begins.recv_timeout(Duration::from_secs(3)), Ok(2));
        });
    }

    #[test]
    fn what_is_superseded_is_not_saved() {
        let saver = EpochSaver::default();
        saver.put(epoch(1));
        saver.close(true);
        saver.work(|epoch| panic!("{:?} is saved", epoch.position));
    }
}
