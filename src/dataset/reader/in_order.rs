//! Jobs done side by side, their results taken in the order of the jobs.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Results that may wait to be taken, beside those being worked on.
const RESULTS_AHEAD: usize = 2;

/// Does `work` on each of `jobs` on `threads` threads, and hands the results to `take` in the order of the jobs,
/// until it fails. `jobs` is advanced on a thread of its own, no further ahead than memory should bear.
///
/// # Errors
/// If a thread cannot be started, otherwise within what `take` returned.
pub(super) fn in_order<J: Send, T: Send, E>(
    threads: usize,
    jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(J) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> io::Result<Result<(), E>> {
    let threads = threads.max(1);
    let unwanted = AtomicBool::new(false);
    // The queue holds the places of the results in order; each result arrives through its own channel.
    let (place, places) = bounded::<Receiver<T>>(threads + RESULTS_AHEAD);
    let (job, work_list) = bounded::<(J, Sender<T>)>(0);
    std::thread::scope(|scope| {
        for number in 0..threads {
            let (work_list, work, unwanted) = (work_list.clone(), &work, &unwanted);
            let body = move || {
                for (job, result) in work_list {
                    if unwanted.load(Ordering::Relaxed) {
                        return;
                    }
                    // Nobody may wait for it any more.
                    drop(result.send(work(job)));
                }
            };
            std::thread::Builder::new().name(format!("table reader {number}")).spawn_scoped(scope, body)?;
        }
        drop(work_list);
        let produce = move || {
            for next in jobs {
                let (sender, receiver) = bounded(1);
                if place.send(receiver).is_err() || job.send((next, sender)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("table cutter".to_owned()).spawn_scoped(scope, produce)?;
        let mut outcome = Ok(());
        for result in places {
            // A thread that panicked sends nothing; leaving the scope passes its panic on.
            outcome = result.recv().map_or(Ok(()), &mut take);
            if outcome.is_err() {
                unwanted.store(true, Ordering::Relaxed);
                break;
            }
        }
        Ok(outcome)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, stop_at: u64) -> (Vec<u64>, Result<(), u64>) {
        let mut taken = Vec::new();
        // The first jobs take longest, so that the later ones overtake them.
        let work = |n: u64| {
            std::thread::sleep(std::time::Duration::from_micros(300_u64.saturating_sub(n * 10)));
            n * n
        };
        let take = |square| {
            if square >= stop_at * stop_at {
                return Err(square);
            }
            taken.push(square);
            Ok(())
        };
        let outcome = in_order(threads, 0..100, work, take).unwrap();
        (taken, outcome)
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let (taken, outcome) = squares(threads, 1000);
            assert_eq!(outcome, Ok(()), "{threads} threads");
            assert_eq!(taken, (0..100).map(|n| n * n).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn the_first_refusal_ends_the_work() {
        for threads in [1, 2, 7] {
            let (taken, outcome) = squares(threads, 10);
            assert_eq!((taken.len(), outcome), (10, Err(100)), "{threads} threads");
        }
    }
}
