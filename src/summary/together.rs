//! How often items were taken together.

use super::hypergeometric::LogFactorials;
use crate::dataset::{BasketUnit, Baskets};

/// A basket that holds items of both sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedBasket {
    /// Its place among the baskets.
    pub basket: usize,
    /// Whose it is: a row of the table of users.
    pub user: u32,
    /// When it began, in microseconds since 1970-01-01 UTC; `None` where that is not known.
    pub time: Option<i64>,
}

/// How often items of two sets were taken together.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// What makes a basket.
    pub unit: BasketUnit,
    /// All baskets.
    pub baskets: usize,
    /// Those with an item of the first set, and those with one of the second.
    pub with: [usize; 2],
    /// Those with an item of each.
    pub both: usize,
    /// How many chance alone would give: the product of the two shares, times all baskets.
    pub expected: f64,
    /// The chance of as many or more, if the two sets were taken independently (upper tail of the hypergeometric
    /// distribution).
    pub p_value: f64,
    /// The first of those with both, latest first where times are known, else in the baskets' order.
    pub listed: Vec<SharedBasket>,
}

impl Together {
    /// How many times more often they were taken together than chance gives; `None` where chance gives nothing.
    #[must_use]
    pub fn lift(&self) -> Option<f64> {
        (self.expected > 0.0).then(|| self.both as f64 / self.expected)
    }
}

/// Counts the baskets that hold an item of `a`, one of `b`, and both, of `items` items in all; `listed` of the last are
/// listed. An item of both sets counts for each.
///
/// # Panics
/// If an item of a set is not among `items`.
#[must_use]
pub fn together(baskets: &Baskets, items: usize, a: &[u32], b: &[u32], listed: usize) -> Together {
    let mut sets = vec![0_u8; items];
    a.iter().for_each(|&item| sets[item as usize] |= 1);
    b.iter().for_each(|&item| sets[item as usize] |= 2);
    let (mut with, mut shared) = ([0, 0], Vec::new());
    for (basket, &user) in baskets.users.iter().enumerate() {
        let held = baskets.items_of(basket).iter().fold(0, |held, &item| held | sets[item as usize]);
        with[0] += usize::from(held & 1);
        with[1] += usize::from(held >> 1);
        if held == 3 {
            shared.push(SharedBasket { basket, user, time: baskets.times.get(basket).copied() });
        }
    }
    let (all, both) = (baskets.len(), shared.len());
    shared.sort_by(|a, b| b.time.cmp(&a.time).then(a.basket.cmp(&b.basket)));
    shared.truncate(listed);
    Together {
        unit: baskets.unit,
        baskets: all,
        with,
        both,
        expected: with[0] as f64 * with[1] as f64 / all.max(1) as f64,
        p_value: LogFactorials::up_to(all).upper_tail(all, with[0], with[1], both),
        listed: shared,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baskets(times: Vec<i64>) -> Baskets {
        Baskets {
            unit: BasketUnit::Session,
            users: vec![0, 0, 1, 2, 3],
            offsets: vec![0, 2, 3, 6, 8, 9],
            items: vec![0, 1, 0, 1, 2, 0, 1, 0, 3],
            times,
        }
    }

    #[test]
    fn baskets_with_both_are_counted_and_listed_latest_first() {
        let found = together(&baskets(vec![10, 20, 40, 30, 50]), 4, &[0], &[1], 2);
        assert_eq!((found.with, found.both, found.baskets), ([4, 3], 3, 5));
        assert!((found.expected - 2.4).abs() < 1e-12, "{found:?}");
        // Of the 10 ways to lay 3 baskets among 5, 4 lie wholly within the 4 that hold the first.
        assert!((found.p_value - 0.4).abs() < 1e-12, "{found:?}");
        assert_eq!(
            found.listed.iter().map(|one| (one.user, one.time)).collect::<Vec<_>>(),
            [(1, Some(40)), (2, Some(30))]
        );
        assert!((found.lift().unwrap() - 1.25).abs() < 1e-12);
    }

    #[test]
    fn sets_of_several_items_count_a_basket_once_and_without_times_the_order_stays() {
        let found = together(&baskets(Vec::new()), 4, &[0, 2], &[1], 9);
        assert_eq!((found.with, found.both), ([4, 3], 3));
        assert_eq!(
            found.listed.iter().map(|one| (one.basket, one.time)).collect::<Vec<_>>(),
            [(0, None), (2, None), (3, None)]
        );
        let apart = together(&baskets(Vec::new()), 4, &[3], &[1], 9);
        assert_eq!((apart.both, apart.listed.len(), apart.p_value), (0, 0, 1.0));
        let never = together(&baskets(Vec::new()), 4, &[], &[1], 9);
        assert_eq!((never.expected, never.lift()), (0.0, None));
    }
}
