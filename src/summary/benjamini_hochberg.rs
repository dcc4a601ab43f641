//! Correction for many tests at once.

/// Adjusted p-values of `tests` tests of which these are the `p_values`; the others have p = 1: the least false discovery
/// rate at which each would be called a discovery (Benjamini and Hochberg 1995). In the order given.
///
/// # Panics
/// If there are more p-values than tests.
pub(super) fn adjusted(p_values: &[f64], tests: usize) -> Vec<f64> {
    assert!(p_values.len() <= tests, "every p-value is a test");
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, &test) in order.iter().enumerate().rev() {
        least = least.min(p_values[test] * tests as f64 / (rank + 1) as f64);
        adjusted[test] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_values_are_those_of_the_procedure_worked_out_by_hand() {
        // Of 10 tests: .001 * 10 / 1, .02 * 10 / 2 = .1, .03 * 10 / 3 = .1, .5 * 10 / 4 > 1.
        let found = adjusted(&[0.03, 0.001, 0.5, 0.02], 10);
        let expected = [0.1, 0.01, 1.0, 0.1];
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{found:?}");
    }

    #[test]
    fn a_larger_p_value_is_never_adjusted_to_a_smaller_one() {
        let p_values = [0.01, 0.011, 0.012, 0.2, 0.9];
        let found = adjusted(&p_values, 5);
        assert!(found.is_sorted(), "{found:?}");
        assert!((found[0] - 0.02).abs() < 1e-12, "the third, .012 * 5 / 3, pulls the first down: {found:?}");
        assert!(adjusted(&[], 0).is_empty());
    }
}
