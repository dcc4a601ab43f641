//! Panics of file decoders, turned into values.
//!
//! The decoders of Parquet and Arrow files assert what a damaged file can break. A file must never bring the program
//! down, nor print a panic that nobody can act on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode`, which owns all that it touches; `None` if it panics.
pub fn contained<T>(decode: impl FnOnce() -> T) -> Option<T> {
    let outer = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    CONTAINED.set(outer);
    result.ok()
}

/// Lets contained panics pass in silence; all others are still printed. Called once, by the program's main.
pub fn silence_contained_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !CONTAINED.get() {
            print(panic);
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contained_panic_is_a_value_and_the_next_work_runs() {
        assert_eq!(contained(|| if true { panic!("a damaged page") } else { 1 }), None);
        assert_eq!(contained(|| 2), Some(2));
        assert!(!CONTAINED.get(), "the thread must not stay silent");
    }
}
