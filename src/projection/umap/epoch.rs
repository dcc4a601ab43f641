//! One epoch: each point moves along the edges that are sampled in it and away from random points.

use rayon::prelude::*;

use super::fuzzy::FuzzyGraph;
use super::parameters::CheckedUmapParameters;
use crate::progress::Watch;
#[cfg(target_arch = "x86_64")]
use crate::simd::has_avx2;

/// Turns in which the points of an epoch move. Those of one turn see each other as they stood before it.
const BATCHES: usize = 8;

/// Points that are moved side by side in vector registers.
const LANES: usize = 8;

/// Points of a turn that a thread takes at once.
const TASK: usize = 256;

/// No coordinate of a gradient is longer, before the learning rate.
const LONGEST: f32 = 4.0;

/// Keeps the push of a point that is all but here finite, as in umap-learn.
const SOFTENING: f32 = 1e-3;

/// Places in D dimensions by the positions of the graph.
pub(super) struct Points<const D: usize> {
    layout: Vec<[f32; D]>,
    /// Places that the points of one turn move to.
    moved: Vec<[f32; D]>,
    /// Where all stood before the epoch.
    before: Vec<[f32; D]>,
}

/// What is the same for all points in an epoch.
struct Epoch<'a, const D: usize> {
    graph: &'a FuzzyGraph,
    layout: &'a [[f32; D]],
    number: u32,
    /// Start of the random numbers.
    stream: u32,
    negatives: usize,
    rate: f32,
    a: f32,
    b: f32,
}

impl<const D: usize> Points<D> {
    pub(super) fn new(layout: Vec<[f32; D]>) -> Self {
        let points = layout.len();
        Self { before: layout.clone(), moved: vec![[0.0; D]; points.div_ceil(BATCHES)], layout }
    }

    pub(super) fn layout(&self) -> &[[f32; D]] {
        &self.layout
    }

    /// One epoch. `false`, and nothing has moved, if the watch was cancelled meanwhile.
    pub(super) fn advance(
        &mut self,
        graph: &FuzzyGraph,
        parameters: &CheckedUmapParameters,
        number: usize,
        watch: &Watch,
    ) -> bool {
        let (curve, values) = (parameters.curve(), parameters.values());
        let points = self.layout.len();
        self.before.copy_from_slice(&self.layout);
        for batch in 0..BATCHES.min(points) {
            let epoch = Epoch {
                graph,
                layout: &self.layout,
                number: number as u32,
                stream: mix(mix(values.seed as u32 ^ mix((values.seed >> 32) as u32)) ^ number as u32),
                negatives: values.negative_sample_rate,
                rate: parameters.learning_rate_at(number) as f32,
                a: curve.a as f32,
                b: curve.b as f32,
            };
            let moved = &mut self.moved[..(points - batch).div_ceil(BATCHES)];
            moved.par_chunks_mut(TASK).enumerate().for_each_init(Sampled::default, |sampled, (task, moved)| {
                if !watch.is_cancelled() {
                    epoch.work(batch + BATCHES * TASK * task, moved, sampled);
                }
            });
            if watch.is_cancelled() {
                self.layout.copy_from_slice(&self.before);
                return false;
            }
            for (place, moved) in self.layout.iter_mut().skip(batch).step_by(BATCHES).zip(moved.iter()) {
                *place = *moved;
            }
        }
        true
    }
}

/// Neighbours that draw the points of one register, by position.
#[derive(Default)]
struct Sampled {
    columns: [Vec<u32>; LANES],
    counts: [usize; LANES],
}

impl Sampled {
    /// Takes the edges of `lane`'s point that are sampled in the epoch: each as often as its membership says, evenly
    /// over the epochs, from its own beginning.
    #[inline(always)]
    fn take(&mut self, lane: usize, (first, columns, rates): (usize, &[u32], &[u32]), epoch: u32) {
        let sampled = &mut self.columns[lane];
        if sampled.len() < columns.len() {
            sampled.resize(columns.len(), 0);
        }
        let mut count = 0;
        for (edge, (&column, &rate)) in (first as u32..).zip(columns.iter().zip(rates)) {
            sampled[count] = column;
            // In fixed point: passes a whole number in this epoch.
            let phase = edge.wrapping_mul(GOLDEN).wrapping_add(epoch.wrapping_mul(rate));
            count += usize::from(phase <= rate);
        }
        self.counts[lane] = count;
    }
}

/// 2^32 over the golden ratio.
const GOLDEN: u32 = 0x9E37_79B9;

impl<const D: usize> Epoch<'_, D> {
    /// [`Self::task`], compiled with AVX2 and FMA where the processor has them.
    #[allow(unsafe_code, reason = "code for instructions that run-time detection found")]
    fn work(&self, first: usize, moved: &mut [[f32; D]], sampled: &mut Sampled) {
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx2,fma")]
            fn compiled<const D: usize>(
                epoch: &Epoch<'_, D>,
                first: usize,
                moved: &mut [[f32; D]],
                sampled: &mut Sampled,
            ) {
                epoch.task(first, moved, sampled);
            }
            if has_avx2() {
                // SAFETY: both features were detected.
                return unsafe { compiled(self, first, moved, sampled) };
            }
        }
        self.task(first, moved, sampled);
    }

    /// Moves the points at `first`, `first + BATCHES`, ... to `moved`.
    #[inline(always)]
    fn task(&self, first: usize, moved: &mut [[f32; D]], sampled: &mut Sampled) {
        for (group, moved) in moved.chunks_mut(LANES).enumerate() {
            let position = |lane: usize| first + BATCHES * (group * LANES + lane);
            for lane in 0..LANES {
                match lane < moved.len() {
                    true => sampled.take(lane, self.graph.row(position(lane)), self.number),
                    false => sampled.counts[lane] = 0,
                }
            }
            let own: [u32; LANES] = std::array::from_fn(|lane| position(lane.min(moved.len() - 1)) as u32);
            let places = self.group(own, sampled);
            for (lane, moved) in moved.iter_mut().enumerate() {
                let place: [f32; D] = std::array::from_fn(|axis| places[axis][lane]);
                // A force beyond f32 says nothing about the way to go.
                *moved = if place.iter().all(|x| x.is_finite()) { place } else { self.layout[own[lane] as usize] };
            }
        }
    }

    /// Where the points at `own` come to stand.
    #[inline(always)]
    fn group(&self, own: [u32; LANES], sampled: &Sampled) -> [[f32; LANES]; D] {
        let mut places = self.gather(own);
        let mut random = own.map(|position| mix(self.stream.wrapping_add(position.wrapping_mul(GOLDEN))));
        let rounds = sampled.counts.iter().copied().max().unwrap_or(0);
        for round in 0..rounds {
            let draws: [f32; LANES] = std::array::from_fn(|lane| f32::from(u8::from(round < sampled.counts[lane])));
            let neighbors = std::array::from_fn(|lane| match round < sampled.counts[lane] {
                true => sampled.columns[lane][round],
                false => own[lane],
            });
            self.attract(&mut places, &self.gather(neighbors), draws);
            for _ in 0..self.negatives {
                random = random.map(|state| state.wrapping_add(GOLDEN));
                let others = random.map(|state| ((u64::from(mix(state)) * self.layout.len() as u64) >> 32) as u32);
                let pushes = std::array::from_fn(|lane| if others[lane] == own[lane] { 0.0 } else { draws[lane] });
                self.repel(&mut places, &self.gather(others), pushes);
            }
        }
        places
    }

    #[inline(always)]
    fn gather(&self, positions: [u32; LANES]) -> [[f32; LANES]; D] {
        let mut places = [[0.0; LANES]; D];
        for lane in 0..LANES {
            let place = self.layout[positions[lane] as usize];
            for axis in 0..D {
                places[axis][lane] = place[axis];
            }
        }
        places
    }

    /// Moves `places` towards `others`, as far as one end of an edge and the other together.
    #[inline(always)]
    fn attract(&self, places: &mut [[f32; LANES]; D], others: &[[f32; LANES]; D], weights: [f32; LANES]) {
        let squares = squares(places, others);
        let mut factors = [0.0; LANES];
        for lane in 0..LANES {
            let square = squares[lane].max(TINY);
            let power = power(square, self.b);
            factors[lane] = -2.0 * self.a * self.b * power / (square * (1.0 + self.a * power));
        }
        for axis in 0..D {
            for lane in 0..LANES {
                let gradient = factors[lane] * (places[axis][lane] - others[axis][lane]);
                places[axis][lane] += 2.0 * self.rate * weights[lane] * gradient.clamp(-LONGEST, LONGEST);
            }
        }
    }

    /// Moves `places` away from `others`.
    #[inline(always)]
    fn repel(&self, places: &mut [[f32; LANES]; D], others: &[[f32; LANES]; D], weights: [f32; LANES]) {
        let squares = squares(places, others);
        let mut factors = [0.0; LANES];
        for lane in 0..LANES {
            let power = power(squares[lane].max(TINY), self.b);
            factors[lane] = 2.0 * self.b / ((SOFTENING + squares[lane]) * (1.0 + self.a * power));
        }
        for axis in 0..D {
            for lane in 0..LANES {
                let gradient = factors[lane] * (places[axis][lane] - others[axis][lane]);
                places[axis][lane] += self.rate * weights[lane] * gradient.clamp(-LONGEST, LONGEST);
            }
        }
    }
}

/// Squares below it count as it: where their power cannot be told from 0.
const TINY: f32 = 1e-20;

#[inline(always)]
fn squares<const D: usize>(places: &[[f32; LANES]; D], others: &[[f32; LANES]; D]) -> [f32; LANES] {
    let mut squares = [0.0; LANES];
    for axis in 0..D {
        for lane in 0..LANES {
            let difference = places[axis][lane] - others[axis][lane];
            squares[lane] += difference * difference;
        }
    }
    squares
}

/// x^y for positive normal x, to 1e-5 of its value where that is between 1e-30 and 1e30; branch-free.
#[inline(always)]
fn power(x: f32, y: f32) -> f32 {
    // x = m 2^e with m from 1/sqrt(2) to sqrt(2); log2 m by the series of artanh((m - 1) / (m + 1)).
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(0x3F35_04F3) as i32 >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let series = ((0.412_198_6 * square + 0.577_078_02) * square + 0.961_796_7) * square + 2.885_39;
    let logarithm = exponent as f32 + ratio * series;
    // 2^z = 2^whole 2^rest with the rest from -1/2 to 1/2. Adding and taking away 1.5 x 2^23 rounds to the nearest integer.
    const ROUNDER: f32 = 12_582_912.0;
    let exponent = (y * logarithm).clamp(-126.0, 126.0);
    let shifted = exponent + ROUNDER;
    let rest = exponent - (shifted - ROUNDER);
    let mut series = 1.333_355_8e-3_f32;
    for coefficient in [9.618_129e-3, 5.550_411e-2, 2.402_265e-1, 6.931_472e-1, 1.0] {
        series = series * rest + coefficient;
    }
    // The low bits of `shifted` hold the integer.
    series * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// Mixes the bits of a counter (`lowbias32` of Wellons 2018).
#[inline(always)]
fn mix(mut bits: u32) -> u32 {
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7FEB_352D);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846C_A68B);
    bits ^ (bits >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_standard_library() {
        for step in -600..600 {
            let x = (step as f32 * 0.05).exp();
            for y in [0.3_f32, 0.895, 1.0, 1.6] {
                let (ours, exact) = (f64::from(power(x, y)), f64::from(x).powf(f64::from(y)));
                assert!((ours / exact - 1.0).abs() < 2e-5, "{x}^{y} is {exact}, not {ours}");
            }
        }
    }

    #[test]
    fn an_edge_is_sampled_as_often_as_its_membership_says() {
        let rates = [1.0, 0.5, 0.3, 0.01, 1e-9].map(|share: f64| (share * f64::from(u32::MAX)) as u32);
        let (mut sampled, mut counts) = (Sampled::default(), [0_u32; 5]);
        for epoch in 0..500 {
            sampled.take(0, (77, &[0, 1, 2, 3, 4], &rates), epoch);
            for &column in &sampled.columns[0][..sampled.counts[0]] {
                counts[column as usize] += 1;
            }
        }
        for (count, wanted) in counts.into_iter().zip([500, 250, 150, 5, 0]) {
            assert!(count.abs_diff(wanted) <= 1, "{counts:?}");
        }
    }
}
