//! The best candidates of each row of a block so far.

use super::super::Neighbor;
use super::pack::{BLOCK, PANELS};
use crate::simd::PANEL;

/// Where a row's candidates are kept: a buffer that is cut back to the `kept` best whenever it is full.
///
/// What is kept in the end is the best of all offers by score and then row, whatever the order of the offers.
pub(super) struct Kept {
    kept: usize,
    room: usize,
    /// [rows of the block, room] codes; a lower code is a better candidate.
    codes: Vec<u64>,
    /// Candidates in each row's buffer.
    lengths: [u32; BLOCK],
    /// The code that a candidate must stay below.
    worst: [u64; BLOCK],
    /// [panels, rows of a panel] the score that a candidate must reach.
    pub(super) thresholds: [[f32; PANEL]; PANELS],
}

impl Kept {
    /// For a block of `rows` rows that keep `kept` candidates (at least 1) each.
    pub(super) fn new(rows: usize, kept: usize) -> Self {
        let room = kept + (kept / 2).max(16);
        let mut thresholds = [[f32::MIN; PANEL]; PANELS];
        // Rows that only fill the block up want nothing.
        thresholds.as_flattened_mut()[rows..].fill(f32::INFINITY);
        let mut worst = [u64::MAX; BLOCK];
        worst[rows..].fill(0);
        Self { kept, room, codes: vec![0; rows * room], lengths: [0; BLOCK], worst, thresholds }
    }

    /// Offers `index` with `score` to the row at `slot`.
    pub(super) fn offer(&mut self, slot: usize, score: f32, index: u32) {
        let code = code(score, index);
        if code >= self.worst[slot] {
            return;
        }
        let buffer = &mut self.codes[slot * self.room..(slot + 1) * self.room];
        let length = self.lengths[slot] as usize;
        buffer[length] = code;
        self.lengths[slot] += 1;
        if length + 1 == self.room {
            let (_, &mut worst, _) = buffer.select_nth_unstable(self.kept - 1);
            self.lengths[slot] = self.kept as u32;
            self.worst[slot] = worst;
            self.thresholds[slot / PANEL][slot % PANEL] = score_of(worst);
        }
    }

    /// The best candidates of the row at `slot`, in no order, and the score that none that was left out exceeds.
    pub(super) fn best(&self, slot: usize) -> (Vec<u32>, f32) {
        let length = self.lengths[slot] as usize;
        let mut codes = self.codes[slot * self.room..][..length].to_vec();
        let mut bound = f32::NEG_INFINITY;
        if length > self.kept {
            codes.select_nth_unstable(self.kept - 1);
            codes.truncate(self.kept);
        }
        if length >= self.kept {
            bound = codes.iter().max().map_or(bound, |&worst| score_of(worst));
        }
        (codes.into_iter().map(|code| code as u32).collect(), bound)
    }

    /// Puts what the row at `slot` shall have in the end, at most as many as it keeps, in the place of its candidates.
    pub(super) fn settle(&mut self, slot: usize, neighbors: &[Neighbor]) {
        let buffer = &mut self.codes[slot * self.room..(slot + 1) * self.room];
        self.lengths[slot] = neighbors.len() as u32;
        for (code, neighbor) in buffer.iter_mut().zip(neighbors) {
            *code = settled_code(neighbor.index, neighbor.score);
        }
    }

    /// What [`Kept::settle`] put there.
    pub(super) fn settled(&self, slot: usize) -> impl Iterator<Item = Neighbor> + '_ {
        let length = self.lengths[slot] as usize;
        let codes = &self.codes[slot * self.room..][..length];
        codes.iter().map(|&code| Neighbor { index: code as u32, score: f32::from_bits((code >> 32) as u32) })
    }
}

/// A row's neighbours once they are settled: index and score in one.
fn settled_code(index: u32, score: f32) -> u64 {
    u64::from(score.to_bits()) << 32 | u64::from(index)
}

/// Orders by falling score, then by rising index.
fn code(score: f32, index: u32) -> u64 {
    // Zeros of either sign tie.
    let bits = (score + 0.0).to_bits();
    let rising = if bits >> 31 == 0 { bits | 1 << 31 } else { !bits };
    u64::from(!rising) << 32 | u64::from(index)
}

fn score_of(code: u64) -> f32 {
    let rising = !((code >> 32) as u32);
    f32::from_bits(if rising >> 31 == 1 { rising & !(1 << 31) } else { !rising })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_order_by_score_and_then_by_row() {
        let best_first = [(3.5, 9), (1.0, 2), (1.0, 7), (0.0, 1), (-0.0, 3), (-1e-30, 0), (-2.0, 5), (f32::MIN, 4)];
        let codes: Vec<u64> = best_first.iter().map(|&(score, index)| code(score, index)).collect();
        assert!(codes.is_sorted(), "{codes:x?}");
        for (&(score, _), &code) in best_first.iter().zip(&codes) {
            assert_eq!(score_of(code), score);
        }
    }

    #[test]
    fn the_order_of_offers_does_not_matter() {
        let offers: Vec<(f32, u32)> = (0..500_u32).map(|i| ((i * 7919 % 83) as f32, i)).collect();
        let best = |offers: &[(f32, u32)]| {
            let mut kept = Kept::new(1, 10);
            offers.iter().for_each(|&(score, index)| kept.offer(0, score, index));
            let (mut rows, bound) = kept.best(0);
            rows.sort_unstable();
            (rows, bound)
        };
        let reversed: Vec<(f32, u32)> = offers.iter().rev().copied().collect();
        let mut sorted = offers.clone();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut expected: Vec<u32> = sorted[..10].iter().map(|offer| offer.1).collect();
        expected.sort_unstable();
        assert_eq!(best(&offers), (expected.clone(), sorted[9].0));
        assert_eq!(best(&reversed), (expected, sorted[9].0));
    }
}
