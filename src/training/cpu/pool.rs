//! Threads that live as long as the backend and meet many times a batch.
#![allow(unsafe_code, reason = "a borrowed job is lent to threads that outlive it; `run` waits for all of them")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

// A batch takes milliseconds and its phases tens of microseconds: sleeping between them would cost more than they do.
const SPINS: u32 = 20_000;
const YIELDS: u32 = 64;

type Job = *const (dyn Fn(usize) + Sync);

/// A job's address on its way to another thread.
#[derive(Clone, Copy)]
struct SharedJob(Job);

// SAFETY: the job is `Sync`, and `run` keeps it alive until every thread has returned from it.
unsafe impl Send for SharedJob {}

struct Shared {
    job: Mutex<Option<SharedJob>>,
    /// Counts the runs; a change is the call to work.
    generation: AtomicUsize,
    /// Threads that have not finished the run.
    working: AtomicUsize,
    panicked: AtomicBool,
    stop: AtomicBool,
}

/// A fixed set of threads, the caller's among them.
pub struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

impl Pool {
    /// `threads` threads, the caller's among them; at least one.
    ///
    /// Threads that the system refuses are done without.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            job: Mutex::new(None),
            generation: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            panicked: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let workers = (1..threads)
            .map_while(|index| {
                let shared = Arc::clone(&shared);
                std::thread::Builder::new().name(format!("train-cpu-{index}")).spawn(move || work(&shared, index)).ok()
            })
            .collect();
        Self { shared, workers }
    }

    /// Hands each of `tasks` to the next free thread, with that thread's own `scratch`.
    ///
    /// # Panics
    /// If `job` panics, or if there are fewer scratches than threads.
    pub fn share<T: Send, W: Send>(&mut self, scratch: &mut [W], tasks: Vec<T>, job: impl Fn(&mut W, T) + Sync) {
        assert!(scratch.len() >= self.count(), "one scratch a thread");
        if self.workers.is_empty() || tasks.len() <= 1 {
            for task in tasks {
                job(&mut scratch[0], task);
            }
            return;
        }
        let scratch: Vec<_> = scratch.iter_mut().map(Mutex::new).collect();
        let tasks = Mutex::new(tasks.into_iter());
        // A statement of its own, so that the lock is free again before the job.
        let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
        self.run(&|thread| {
            let mut own = scratch[thread].lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(task) = next() {
                job(&mut own, task);
            }
        });
    }

    /// [`Self::share`] where each thread takes its next task before it does the one at hand, and `job` may look at it.
    ///
    /// # Panics
    /// As [`Self::share`].
    pub fn share_ahead<T: Send, W: Send>(
        &mut self,
        scratch: &mut [W],
        tasks: Vec<T>,
        job: impl Fn(&mut W, T, Option<&T>) + Sync,
    ) {
        assert!(scratch.len() >= self.count(), "one scratch a thread");
        let scratch: Vec<_> = scratch.iter_mut().map(Mutex::new).collect();
        let tasks = Mutex::new(tasks.into_iter());
        let next = || tasks.lock().unwrap_or_else(PoisonError::into_inner).next();
        self.run(&|thread| {
            let mut own = scratch[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let mut at_hand = next();
            while let Some(task) = at_hand {
                at_hand = next();
                job(&mut own, task, at_hand.as_ref());
            }
        });
    }
}

impl Pool {
    /// How many threads, the caller's among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `job` once on each thread with its number, from 0, and returns when all have returned.
    ///
    /// # Panics
    /// If `job` panics on any of them.
    pub fn run(&mut self, job: &(dyn Fn(usize) + Sync)) {
        if self.workers.is_empty() {
            job(0);
            return;
        }
        // SAFETY: only the lifetime changes; `Finish` waits for all threads before `job` can end, even in a panic.
        let lent = unsafe { std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), Job>(job) };
        *self.shared.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(SharedJob(lent));
        self.shared.working.store(self.workers.len(), Ordering::Relaxed);
        self.shared.generation.fetch_add(1, Ordering::Release);
        for worker in &self.workers {
            worker.thread().unpark();
        }
        let finish = Finish(&self.shared);
        job(0);
        drop(finish);
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a training thread panicked");
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.generation.fetch_add(1, Ordering::Release);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            // A worker's panic was already raised by `run`.
            let _ = worker.join();
        }
    }
}

/// Waits, when dropped, until no thread is in the job any more.
struct Finish<'a>(&'a Shared);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        wait(|| self.0.working.load(Ordering::Acquire) == 0, std::thread::yield_now);
    }
}

/// Spins, then yields, then rests, until `done`.
fn wait(done: impl Fn() -> bool, rest: impl Fn()) {
    let mut tries = 0;
    while !done() {
        tries += 1;
        if tries < SPINS {
            std::hint::spin_loop();
        } else if tries < SPINS + YIELDS {
            std::thread::yield_now();
        } else {
            rest();
        }
    }
}

fn work(shared: &Shared, index: usize) {
    let mut seen = 0;
    loop {
        // An unpark before the park makes it return at once, so no call is missed.
        wait(|| shared.generation.load(Ordering::Acquire) != seen, std::thread::park);
        seen = shared.generation.load(Ordering::Acquire);
        if shared.stop.load(Ordering::Relaxed) {
            return;
        }
        let job = *shared.job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(SharedJob(job)) = job {
            // SAFETY: `run` lent this job for this generation and waits below for `working` to reach 0.
            let job = unsafe { &*job };
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(index))).is_err() {
                shared.panicked.store(true, Ordering::Relaxed);
            }
        }
        shared.working.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_on_any_number_of_threads() {
        for threads in 1..5 {
            let mut pool = Pool::new(threads);
            let mut scratch = vec![0_u64; threads];
            for round in 0..50 {
                let mut cells = vec![0_u64; 37];
                let tasks: Vec<_> = cells.iter_mut().enumerate().collect();
                if round % 2 == 0 {
                    pool.share(&mut scratch, tasks, |own, (index, cell)| {
                        *cell += index as u64 + round;
                        *own += 1;
                    });
                } else {
                    pool.share_ahead(&mut scratch, tasks, |own, (index, cell), next| {
                        assert!(next.is_none_or(|(next, _)| *next > index), "tasks are taken in their order");
                        *cell += index as u64 + round;
                        *own += 1;
                    });
                }
                for (index, cell) in cells.iter().enumerate() {
                    assert_eq!(*cell, index as u64 + round, "cell {index}, {threads} threads");
                }
            }
            assert_eq!(scratch.iter().sum::<u64>(), 37 * 50);
        }
    }

    #[test]
    fn a_panic_on_a_thread_reaches_the_caller_and_the_pool_lives_on() {
        let mut pool = Pool::new(3);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.run(&|thread| assert_ne!(thread, 2, "meant to fail"));
        }));
        assert!(result.is_err());
        let sum = AtomicUsize::new(0);
        pool.run(&|thread| {
            sum.fetch_add(thread, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 3);
    }
}
