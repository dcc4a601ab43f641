//! Which items are an item's contexts.

use std::ops::Range;

use crate::training::Window;

/// The positions of `sequence` on each side of `position` that are its contexts: truncated at the ends of the
/// sequence, repeated items kept.
#[inline]
pub(super) fn context_ranges(sequence: &Range<usize>, position: usize, window: Window) -> [Range<usize>; 2] {
    match window {
        Window::Items(items) => {
            let reach = items as usize;
            let first = position.saturating_sub(reach).max(sequence.start);
            let end = position.saturating_add(reach).saturating_add(1).min(sequence.end);
            [first..position, position + 1..end]
        }
        Window::Session => [sequence.start..position, position + 1..sequence.end],
    }
}

/// Pairs that a sequence of `length` items gives: the sum of its centres' contexts.
pub(in crate::training) fn pairs_of_sequence(length: usize, window: Window) -> u64 {
    let length = length as u64;
    let reach = match window {
        Window::Items(items) => u64::from(items).min(length.saturating_sub(1)),
        Window::Session => length.saturating_sub(1),
    };
    // On each side the centres nearest to the end have 0, 1, .. reach - 1 contexts and all others reach.
    reach * reach.saturating_sub(1) + 2 * (length - reach) * reach
}

/// The most contexts of a centre in a sequence of `length` items.
pub(in crate::training) fn contexts_of_longest(length: usize, window: Window) -> usize {
    let others = length.saturating_sub(1);
    match window {
        Window::Items(items) => others.min(2 * items as usize),
        Window::Session => others,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(sequence: &[u64], position: usize, window: Window) -> Vec<u64> {
        let [before, after] = context_ranges(&(0..sequence.len()), position, window);
        [&sequence[before], &sequence[after]].concat()
    }

    #[test]
    fn windows_are_the_golden_ones() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/golden/windows.json")).unwrap();
        let window = Window::Items(golden["C"].as_u64().unwrap() as u32);
        let numbers = |value: &serde_json::Value| -> Vec<u64> {
            value.as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect()
        };
        for case in golden["cases"].as_array().unwrap() {
            let sequence = numbers(&case["seq"]);
            let expected: Vec<Vec<u64>> = case["contexts"].as_array().unwrap().iter().map(numbers).collect();
            let found: Vec<Vec<u64>> = (0..sequence.len()).map(|i| contexts(&sequence, i, window)).collect();
            assert_eq!(found, expected, "{sequence:?}");
        }
    }

    #[test]
    fn the_whole_session_is_every_other_item() {
        assert_eq!(contexts(&[7, 8, 9, 8], 1, Window::Session), [7, 9, 8]);
        assert_eq!(contexts(&[7], 0, Window::Session), [0; 0]);
    }

    #[test]
    fn pairs_and_longest_contexts_are_those_that_windows_give() {
        for window in [Window::Items(1), Window::Items(4), Window::Items(1000), Window::Session] {
            for length in 0..20 {
                let sizes = (0..length).map(|i| contexts(&vec![0; length], i, window).len());
                let (sum, most) = (sizes.clone().sum::<usize>() as u64, sizes.max().unwrap_or(0));
                assert_eq!(pairs_of_sequence(length, window), sum, "{window:?}, {length} items");
                assert_eq!(contexts_of_longest(length, window), most, "{window:?}, {length} items");
            }
        }
    }
}
