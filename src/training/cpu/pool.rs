//! Threads that live as long as the backend and meet many times a batch.
#![allow(unsafe_code, reason = "a borrowed job is lent to threads that outlive it; `run` waits for all of them")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

// A batch takes milliseconds and its phases tens of microseconds: sleeping between them would cost more than they do.
const SPINS: u32 = 2_000;
const YIELDS: u32 = 64;

/// Set in the gate while threads may enter the job.
const OPEN: usize = 1 << (usize::BITS - 1);

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
    /// How many threads are in the job, and [`OPEN`] as long as more may enter.
    gate: AtomicUsize,
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
            gate: AtomicUsize::new(0),
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

    /// [`Self::share`] where each thread begins with neighbouring tasks of its own, in their order, and takes over the last
    /// of others when it is done with them. `job` also gets what `look` says of the task that its thread does next, if
    /// nobody takes that over.
    ///
    /// # Panics
    /// As [`Self::share`].
    pub fn share_ahead<T: Send, W: Send, L>(
        &mut self,
        scratch: &mut [W],
        tasks: Vec<T>,
        look: impl Fn(&T) -> L + Sync,
        job: impl Fn(&mut W, T, Option<L>) + Sync,
    ) {
        let (count, total) = (self.count(), tasks.len());
        assert!(scratch.len() >= count, "one scratch a thread");
        let scratch: Vec<_> = scratch.iter_mut().map(Mutex::new).collect();
        let mut tasks = tasks.into_iter();
        let mut pile_of = |thread: usize| {
            let size = total * (thread + 1) / count - total * thread / count;
            Mutex::new(tasks.by_ref().take(size).collect::<Vec<T>>().into_iter())
        };
        let piles: Vec<_> = (0..count).map(&mut pile_of).collect();
        let pile = |thread: usize| piles[thread].lock().unwrap_or_else(PoisonError::into_inner);
        let own_next = |thread: usize| {
            let mut pile = pile(thread);
            let task = pile.next()?;
            Some((task, pile.as_slice().first().map(&look)))
        };
        let taken_over =
            |thread: usize| (1..count).find_map(|step| Some((pile((thread + step) % count).next_back()?, None)));
        self.run(&|thread| {
            let mut own = scratch[thread].lock().unwrap_or_else(PoisonError::into_inner);
            while let Some((task, next)) = own_next(thread).or_else(|| taken_over(thread)) {
                job(&mut own, task, next);
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

    /// Calls `job` on this thread, number 0, and on each other that comes before that call returns, with its number; returns
    /// when all have returned. A thread that comes late, because other work has its core, is not waited for, and one that
    /// was late for the run before may be called twice: each call must leave nothing to do behind.
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
        // Whoever enters sees the job.
        self.shared.gate.store(OPEN, Ordering::Release);
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
        self.0.gate.fetch_and(!OPEN, Ordering::AcqRel);
        wait(|| self.0.gate.load(Ordering::Acquire) == 0, std::thread::yield_now);
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
        // Too late: the others have done all there was to do.
        if !enter(&shared.gate) {
            continue;
        }
        let job = *shared.job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(SharedJob(job)) = job {
            // SAFETY: `run` lent this job, and having closed the gate waits until nobody is behind it.
            let job = unsafe { &*job };
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(index))).is_err() {
                shared.panicked.store(true, Ordering::Relaxed);
            }
        }
        shared.gate.fetch_sub(1, Ordering::Release);
    }
}

/// Goes through the gate, unless it is closed.
fn enter(gate: &AtomicUsize) -> bool {
    gate.fetch_update(Ordering::AcqRel, Ordering::Acquire, |inside| (inside & OPEN != 0).then(|| inside + 1)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

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
                    pool.share_ahead(
                        &mut scratch,
                        tasks,
                        |&(index, _)| index,
                        |own, (index, cell), next| {
                            assert!(next.is_none_or(|next| next == index + 1), "a thread's tasks are neighbours");
                            *cell += index as u64 + round;
                            *own += 1;
                        },
                    );
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
        // Threads that wait for each other all come.
        let all = Barrier::new(3);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.run(&|thread| {
                all.wait();
                assert_ne!(thread, 2, "meant to fail");
            });
        }));
        assert!(result.is_err());
        let sum = AtomicUsize::new(0);
        pool.run(&|thread| {
            all.wait();
            sum.fetch_add(thread, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 3);
    }

    #[test]
    fn who_comes_late_is_not_waited_for() {
        let gate = AtomicUsize::new(OPEN);
        assert!(enter(&gate) && enter(&gate));
        gate.fetch_and(!OPEN, Ordering::AcqRel);
        assert!(!enter(&gate), "it is closed");
        assert_eq!(gate.into_inner(), 2, "two are still in");
    }
}
