//! Plans of several batches at once: a hardware GPU computes a step faster than one thread can plan it.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::objective::{BackendError, Batch};

use super::plan::{BatchPlan, PackedPlan, Planner};
use super::traffic::BatchCounts;

/// Threads that plan; more would only wait for the device.
const MOST_THREADS: usize = 4;

/// A batch ready to run.
#[derive(Debug)]
pub struct Planned {
    /// What it touches.
    pub plan: BatchPlan,
    /// The same as words.
    pub packed: PackedPlan,
    /// How many of everything it has.
    pub counts: BatchCounts,
    /// The step's learning rate.
    pub learning_rate: f32,
}

struct Job {
    batch: Batch,
    with_structure: bool,
    learning_rate: f32,
}

struct Worker {
    jobs: Sender<Job>,
    plans: Receiver<Planned>,
}

/// Plans batches on threads of its own; they come out in the order they went in, whatever the number of threads.
pub struct PlanQueue {
    workers: Vec<Worker>,
    /// The worker of each batch that is in.
    order: VecDeque<usize>,
    next: usize,
}

impl PlanQueue {
    /// A queue whose threads plan as `planner` does.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if no thread can be started.
    pub fn new(planner: &Planner) -> Result<Self, BackendError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers = (0..(cores - 1).clamp(1, MOST_THREADS))
            .map(|number| Worker::start(number, planner.clone()))
            .collect::<Result<_, _>>()?;
        Ok(Self { workers, order: VecDeque::new(), next: 0 })
    }

    /// Whether one more batch would leave every thread with another one waiting.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.order.len() > self.workers.len()
    }

    /// Takes a batch in.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the thread is gone.
    pub fn push(&mut self, batch: Batch, with_structure: bool, learning_rate: f32) -> Result<(), BackendError> {
        let job = Job { batch, with_structure, learning_rate };
        self.workers[self.next].jobs.send(job).map_err(|error| ended(&error))?;
        self.order.push_back(self.next);
        self.next = (self.next + 1) % self.workers.len();
        Ok(())
    }

    /// Waits for the oldest batch; `None` if none is in.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`] if the thread is gone.
    pub fn pop(&mut self) -> Result<Option<Planned>, BackendError> {
        let Some(worker) = self.order.pop_front() else { return Ok(None) };
        self.workers[worker].plans.recv().map(Some).map_err(|error| ended(&error))
    }
}

impl Worker {
    /// A thread that ends when its queue is dropped.
    fn start(number: usize, mut planner: Planner) -> Result<Self, BackendError> {
        let (jobs, inbox) = channel::<Job>();
        let (outbox, plans) = channel();
        let work = move || {
            for Job { batch, with_structure, learning_rate } in inbox {
                let plan = planner.plan(&batch, with_structure);
                let mut packed = PackedPlan::default();
                packed.pack(planner.layout(), &plan);
                let counts = BatchCounts::of(planner.layout(), &plan);
                if outbox.send(Planned { plan, packed, counts, learning_rate }).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name(format!("plan-{number}")).spawn(work).map_err(|error| ended(&error))?;
        Ok(Self { jobs, plans })
    }
}

fn ended(error: &dyn std::fmt::Display) -> BackendError {
    BackendError::DeviceLost { message: format!("a planning thread does not answer: {error}") }
}
