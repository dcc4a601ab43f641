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

/// Appends the contexts of the centres at `run`, all of one `sequence` of `items`, and where each centre's end.
pub(super) fn push_contexts(
    items: &[u32],
    sequence: &Range<usize>,
    run: Range<usize>,
    window: Window,
    contexts: &mut Vec<u32>,
    ends: &mut Vec<u32>,
) {
    let reach = match window {
        Window::Items(items) => items as usize,
        Window::Session => usize::MAX,
    };
    // Centres whose window lies within the sequence, by far the most, are copied without a call.
    let first = sequence.start.saturating_add(reach).clamp(run.start, run.end);
    let whole = first..sequence.end.saturating_sub(reach).clamp(first, run.end);
    let rest = whole.end..run.end;
    let push_cut = |positions: Range<usize>, contexts: &mut Vec<u32>, ends: &mut Vec<u32>| {
        for position in positions {
            let [before, after] = context_ranges(sequence, position, window);
            contexts.extend_from_slice(&items[before]);
            contexts.extend_from_slice(&items[after]);
            // Checked hyperparameters vouch that a batch's pairs fit.
            ends.push(contexts.len() as u32);
        }
    };
    push_cut(run.start..whole.start, contexts, ends);
    match reach {
        1 => push_whole::<1>(items, whole, contexts, ends),
        2 => push_whole::<2>(items, whole, contexts, ends),
        3 => push_whole::<3>(items, whole, contexts, ends),
        4 => push_whole::<4>(items, whole, contexts, ends),
        5 => push_whole::<5>(items, whole, contexts, ends),
        6 => push_whole::<6>(items, whole, contexts, ends),
        8 => push_whole::<8>(items, whole, contexts, ends),
        _ => push_cut(whole, contexts, ends),
    }
    push_cut(rest, contexts, ends);
}

/// [`push_contexts`] of centres that each have `REACH` items on both sides.
fn push_whole<const REACH: usize>(items: &[u32], run: Range<usize>, contexts: &mut Vec<u32>, ends: &mut Vec<u32>) {
    contexts.reserve(2 * REACH * run.len());
    for position in run {
        let window = &items[position - REACH..=position + REACH];
        if let (Some(before), Some(after)) = (window.first_chunk::<REACH>(), window.last_chunk::<REACH>()) {
            contexts.extend_from_slice(before);
            contexts.extend_from_slice(after);
        }
        ends.push(contexts.len() as u32);
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
    fn contexts_of_a_run_are_those_of_its_centres() {
        let items: Vec<u32> = (100..140).collect();
        let windows = (1..10).map(Window::Items).chain([Window::Items(1000), Window::Session]);
        for window in windows {
            for (sequence, run) in [(3..30, 3..30), (3..30, 10..14), (0..40, 39..40), (5..6, 5..6), (5..9, 6..6)] {
                let (mut found, mut ends) = (Vec::new(), Vec::new());
                push_contexts(&items, &sequence, run.clone(), window, &mut found, &mut ends);
                let (mut expected, mut expected_ends) = (Vec::new(), Vec::new());
                for position in run.clone() {
                    for range in context_ranges(&sequence, position, window) {
                        expected.extend_from_slice(&items[range]);
                    }
                    expected_ends.push(expected.len() as u32);
                }
                assert_eq!((found, ends), (expected, expected_ends), "{window:?}, {run:?} of {sequence:?}");
            }
        }
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
