//! Long work gives way to the window: its threads take what those that draw and answer leave.

/// How far behind threads of long work stand: beside one that wants all of a core they get about a tenth of it.
#[cfg(target_os = "linux")]
const NICENESS: libc::c_int = 10;

/// Has the calling thread, and those that it starts from now on, give way to all others of this program.
///
/// On Linux alone: other systems favour the window in front by themselves.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "a call of the system's that takes three numbers and touches no memory")]
pub(super) fn give_way() {
    // SAFETY: no memory is passed. For Linux 0 is the calling thread, and its threads begin as nice as it is.
    // A system that refuses leaves it as it was.
    unsafe { libc::setpriority(libc::PRIO_PROCESS as _, 0, NICENESS) };
}

#[cfg(not(target_os = "linux"))]
pub(super) fn give_way() {}

/// Has the threads that share out loops give way too, whoever uses them. Where they run already they stay as they are.
pub(super) fn have_shared_threads_give_way() {
    let shared = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("shared-{index}"));
    // An error only says that somebody used them before.
    let _ = shared.start_handler(|_| give_way()).build_global();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The niceness of the calling thread, field 19 of `proc_pid_stat`(5).
    fn niceness() -> i64 {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("a thread can read what it is");
        let (_, after_name) = stat.rsplit_once(')').expect("the name stands in brackets");
        after_name.split_whitespace().nth(16).and_then(|field| field.parse().ok()).expect("the niceness is a number")
    }

    #[test]
    fn a_thread_that_gives_way_has_threads_that_do_and_leaves_others_as_they_are() {
        let before = niceness();
        let [own, child] = std::thread::spawn(|| {
            give_way();
            [niceness(), std::thread::spawn(niceness).join().expect("it ends")]
        })
        .join()
        .expect("the thread ends");
        assert_eq!([own, child], [i64::from(NICENESS).max(before); 2]);
        assert_eq!(niceness(), before);
    }
}
