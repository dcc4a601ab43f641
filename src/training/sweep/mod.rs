//! Which hyperparameters a sweep tries: a space of values, trials drawn from it, and how many epochs each gets.

mod axis;
mod halving;
mod parzen;
mod space;
mod tpe;

pub use axis::Axis;
pub use halving::{Rung, rungs, survivors};
pub use space::{Point, Space};
pub use tpe::Tried;

use std::str::FromStr;

/// How trials are chosen from a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Every combination of the axes' values.
    Grid,
    /// Values drawn at random, each axis on its own (Bergstra and Bengio 2012).
    Random,
    /// Random trials that get few epochs at first; the best third of each round goes on (successive halving, Jamieson and
    /// Talwalkar 2016).
    Halving,
    /// A few random trials, then those that are proposed from what earlier ones reached (tree-structured Parzen estimator,
    /// Bergstra, Bardenet, Bengio and Kégl 2011).
    Tpe,
}

impl Strategy {
    /// Its name in files and arguments.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::Halving => "halving",
            Self::Tpe => "tpe",
        }
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Grid, Self::Random, Self::Halving, Self::Tpe];
        all.into_iter()
            .find(|strategy| strategy.word() == text)
            .ok_or_else(|| format!("there is no strategy {text:?}; use grid, random, halving or tpe"))
    }
}
