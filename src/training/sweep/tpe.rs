//! The tree-structured Parzen estimator: the next trial is one that is dense among good trials and rare among the others
//! (Bergstra, Bardenet, Bengio, Kégl: "Algorithms for Hyper-Parameter Optimization", NIPS 2011, section 4).

use super::parzen::Density;
use super::{Point, Space};
use crate::training::random::{Purpose, Random};

/// Trials that are drawn at random before any is proposed.
pub(super) const START: usize = 8;

/// The share of trials that count as good.
const GOOD: f64 = 0.2;

/// Points drawn from what is good, of which the best is proposed.
const CANDIDATES: usize = 64;

/// A trial, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Its hyperparameters.
    pub point: Point,
    /// What it reached, higher being better; `None` if it failed or has not ended.
    pub score: Option<f64>,
}

impl Space {
    /// The trial after `tried`, other than all of those; `None` if the space has no more. Trials are proposed in batches of
    /// `batch` (0 as 1): a proposal knows the scores of the batches before its own, and of its own only the points. The same
    /// trials and the same seed give the same proposal.
    #[must_use]
    pub fn proposal(&self, tried: &[Tried], batch: usize, seed: u64) -> Option<Point> {
        let number = tried.len() as u64;
        let is_taken = |point: &Point| tried.iter().any(|tried| tried.point == *point);
        if self.size().is_some_and(|size| number >= size) {
            return None;
        }
        let known = tried.len() - tried.len() % batch.max(1);
        if known < START {
            return self.random_point(number, seed, is_taken);
        }
        let (good, others) = split(tried, known);
        let (good, others) = (self.densities(&good), self.densities(&others));
        let mut random = Random::new(seed, Purpose::Sweep, 2, number);
        let mut draw = || -> Point {
            let axes = self.axes().iter().zip(&good);
            axes.map(|((key, axis), density)| (key.clone(), density.draw(axis, &mut random))).collect()
        };
        let gain = |point: &Point| -> f64 {
            let axes = point.iter().zip(good.iter().zip(&others));
            axes.map(|((_, value), (good, others))| good.log_at(value) - others.log_at(value)).sum()
        };
        let candidates = (0..CANDIDATES).map(|_| draw()).filter(|point| !is_taken(point));
        let best = candidates.map(|point| (gain(&point), point)).reduce(|a, b| if b.0 > a.0 { b } else { a });
        match best {
            Some((_, point)) => Some(point),
            // What is good is used up: anything else may be.
            None => self.random_point(number, seed, is_taken),
        }
    }

    /// How densely `tried` lie along each axis.
    fn densities<'a>(&'a self, tried: &[&'a Tried]) -> Vec<Density<'a>> {
        let value = |tried: &'a Tried, key: &str| -> Option<&'a str> {
            tried.point.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
        };
        let axes = self.axes().iter();
        axes.map(|(key, axis)| Density::of(axis, tried.iter().filter_map(|tried| value(tried, key)))).collect()
    }
}

/// Good trials and the others. Of the first `known` those with the highest scores are good, ties by number; the others are
/// what is left, what failed, and what has not ended, so that a batch spreads.
fn split(tried: &[Tried], known: usize) -> (Vec<&Tried>, Vec<&Tried>) {
    let mut order: Vec<(usize, f64)> = Vec::new();
    for (at, tried) in tried[..known].iter().enumerate() {
        order.extend(tried.score.filter(|score| !score.is_nan()).map(|score| (at, score)));
    }
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate((GOOD * order.len() as f64).ceil() as usize);
    let (mut good, mut others) = (Vec::new(), Vec::new());
    for (at, tried) in tried.iter().enumerate() {
        let is_good = order.iter().any(|(good, _)| *good == at);
        if is_good { &mut good } else { &mut others }.push(tried);
    }
    (good, others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::sweep::Strategy;
    use crate::training::{Hyperparameters, Preset};

    fn space(text: &str) -> Space {
        Space::parse(text, Hyperparameters::preset(Preset::Default)).unwrap()
    }

    const SPACE: &str = "learning_rate = { min = 0.001, max = 1.0, scale = \"log\" }\nwindow = { min = 2, max = 12 }\n\
                         optimizer = [\"adagrad-row\", \"adam\", \"sgd\"]\nalpha = { min = 0.0, max = 1.0 }";

    /// Greatest, 0, at a learning rate of 0.03, a window of 5 and adam; alpha does nothing.
    fn objective(point: &Point) -> f64 {
        let number = |at: usize| point[at].1.parse::<f64>().unwrap();
        let rate = (number(0) / 0.03).log10();
        let window = (number(1) - 5.0) / 5.0;
        let optimizer = if point[2].1 == "adam" { 0.0 } else { 0.4 };
        -(rate * rate + window * window + optimizer)
    }

    fn tried(space: &Space, trials: usize, batch: usize, seed: u64) -> Vec<Tried> {
        let mut tried = Vec::new();
        while tried.len() < trials
            && let Some(point) = space.proposal(&tried, batch, seed)
        {
            let score = Some(objective(&point));
            tried.push(Tried { point, score });
        }
        tried
    }

    /// Trials until one comes as near as `near` to the greatest, on average over `SEEDS` seeds; `MOST` where none does.
    fn needed(points: impl Fn(u64) -> Vec<Point>, near: f64) -> f64 {
        let of = |seed| points(seed).iter().position(|point| objective(point) > -near).map_or(MOST, |at| at + 1);
        (0..SEEDS).map(|seed| of(seed) as f64).sum::<f64>() / SEEDS as f64
    }

    const SEEDS: u64 = 40;
    const MOST: usize = 80;

    #[test]
    fn what_is_good_is_found_in_fewer_trials_than_at_random() {
        let space = space(SPACE);
        let near = 0.08;
        let random = needed(|seed| space.points(Strategy::Random, MOST, seed), near);
        for batch in [1, 4] {
            let points = |seed| tried(&space, MOST, batch, seed).into_iter().map(|tried| tried.point).collect();
            let needed = needed(points, near);
            assert!(needed < 0.6 * random, "in batches of {batch} {needed} trials, at random {random}");
        }
    }

    #[test]
    fn the_best_of_twenty_is_better_than_at_random() {
        let space = space(SPACE);
        let best = |points: Vec<Point>| points.iter().map(objective).fold(f64::NEG_INFINITY, f64::max);
        let mean = |of: &dyn Fn(u64) -> f64| (0..SEEDS).map(of).sum::<f64>() / SEEDS as f64;
        let random = mean(&|seed| best(space.points(Strategy::Random, 20, seed)));
        let tpe = mean(&|seed| best(tried(&space, 20, 1, seed).into_iter().map(|tried| tried.point).collect()));
        assert!(tpe > 0.85 * random, "{tpe}, at random {random}, the greatest is 0");
    }

    #[test]
    fn proposals_depend_on_seed_and_whole_batches_before_them_alone() {
        let space = space(SPACE);
        let all = tried(&space, 24, 4, 3);
        assert_eq!(all, tried(&space, 24, 4, 3));
        assert_ne!(all, tried(&space, 24, 4, 4));
        let random = space.points(Strategy::Random, START, 3);
        assert!(
            all.iter().zip(&random).all(|(tried, point)| tried.point == *point),
            "it starts as a random sweep does"
        );
        // Of its own batch a proposal does not know what came of it.
        let mut waiting = all[..18].to_vec();
        waiting[16..].iter_mut().for_each(|tried| tried.score = None);
        assert_eq!(space.proposal(&waiting, 4, 3).as_ref(), Some(&all[18].point));
        waiting[15].score = None;
        assert_ne!(space.proposal(&waiting, 4, 3).as_ref(), Some(&all[18].point), "what failed before does matter");
    }

    #[test]
    fn trials_differ_and_a_space_that_is_used_up_ends() {
        let space = space("window = [2, 4, 8]\nnegatives = { min = 1, max = 5 }\noptimizer = [\"adam\", \"sgd\"]");
        let objective = |tried: &[Tried]| tried.len() as f64;
        let mut all: Vec<Tried> = Vec::new();
        while let Some(point) = space.proposal(&all, 1, 9) {
            assert!(all.iter().all(|tried| tried.point != point), "{point:?} twice");
            let score = Some(objective(&all));
            all.push(Tried { point, score });
        }
        assert_eq!(all.len(), 30);
    }

    #[test]
    fn trials_that_failed_or_reached_no_number_are_not_good() {
        let point = |value: &str| vec![("window".to_owned(), value.to_owned())];
        let scores = [Some(0.1), None, Some(f64::NAN), Some(0.3), Some(0.3), Some(0.2)];
        let tried: Vec<Tried> =
            scores.iter().enumerate().map(|(at, &score)| Tried { point: point(&at.to_string()), score }).collect();
        let (good, others) = split(&tried, 6);
        assert_eq!(good.iter().map(|tried| tried.point[0].1.as_str()).collect::<Vec<_>>(), ["3"], "the first of two");
        assert_eq!(others.len(), 5);
        let (good, others) = split(&tried, 3);
        assert_eq!((good[0].point[0].1.as_str(), others.len()), ("0", 5), "what comes later counts among the others");
    }
}
