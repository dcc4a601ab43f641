//! A map of three axes as it is seen from one side: turned, tipped, and brought to a plane in perspective.

use std::sync::Arc;

use rayon::prelude::*;

use super::Places;

/// How far away the viewer is, in reaches of the map.
const DISTANCE: f32 = 3.0;
/// Rows that one task brings to the plane.
const ROWS_A_TASK: usize = 4096;

/// From which side a map of three axes is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Orbit {
    /// Radians that it is turned about its second axis, which points up: what is near moves to the right.
    pub turn: f32,
    /// Radians that it is tipped towards the viewer, -pi/2..=pi/2: 0 sees it from the front, more from above.
    pub tilt: f32,
}

impl Default for Orbit {
    /// A little from the right and from above, so that depth is seen.
    fn default() -> Self {
        Self { turn: 0.5, tilt: 0.35 }
    }
}

impl Orbit {
    /// Turned and tipped further by so many radians.
    #[must_use]
    pub fn moved(self, turn: f32, tilt: f32) -> Self {
        use std::f32::consts::{FRAC_PI_2, PI, TAU};
        let turn = (self.turn + turn + PI).rem_euclid(TAU) - PI;
        Self { turn, tilt: (self.tilt + tilt).clamp(-FRAC_PI_2, FRAC_PI_2) }
    }

    /// So far, 0..=1, on the shorter way to `other`.
    #[must_use]
    pub fn mix(self, other: Self, part: f32) -> Self {
        use std::f32::consts::{PI, TAU};
        let turn = (other.turn - self.turn + PI).rem_euclid(TAU) - PI;
        self.moved(turn * part, (other.tilt - self.tilt) * part)
    }

    /// Where a place lies to the viewer: right, up, near.
    #[must_use]
    pub fn seen(self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let ((turn_sin, turn_cos), (tilt_sin, tilt_cos)) = (self.turn.sin_cos(), self.tilt.sin_cos());
        let (right, front) = (x * turn_cos + z * turn_sin, z * turn_cos - x * turn_sin);
        [right, y * tilt_cos - front * tilt_sin, y * tilt_sin + front * tilt_cos]
    }
}

/// Places of a map of three axes, and how far it reaches.
#[derive(Debug, Clone)]
pub struct Solid {
    places: Arc<Places>,
    middle: [f32; 3],
    reach: f32,
}

/// A map of three axes from one side.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where its rows lie in the plane of the viewer, in map units; the middle of the map is at 0, 0.
    pub places: Places,
    /// `[rows]` how near each is: 0 the farthest that one can be, 1 the nearest.
    pub nearness: Vec<f32>,
}

impl Solid {
    /// `places` of three axes; `None` if they are flat.
    #[must_use]
    pub fn new(places: &Arc<Places>) -> Option<Self> {
        let heights = places.heights();
        if heights.is_empty() {
            return None;
        }
        let placed = |row: u32| Some((places.get(row)?, *heights.get(row as usize)?));
        let all = || (0..heights.len() as u32).filter_map(placed);
        let (low, high) = all()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (_, height)| (low.min(height), high.max(height)));
        let (least, most) = places.bounds();
        let depth = if low <= high { low + (high - low) / 2.0 } else { 0.0 };
        let middle = [least[0] + (most[0] - least[0]) / 2.0, least[1] + (most[1] - least[1]) / 2.0, depth];
        let from_middle = |([x, y], z): ([f32; 2], f32)| {
            let [x, y, z] = [x - middle[0], y - middle[1], z - middle[2]];
            (x * x + y * y + z * z).sqrt()
        };
        let reach = all().map(from_middle).fold(0.0, f32::max).max(f32::MIN_POSITIVE);
        Some(Self { places: Arc::clone(places), middle, reach })
    }

    /// The places that it is made of.
    #[must_use]
    pub fn places(&self) -> &Arc<Places> {
        &self.places
    }

    /// Where a place of the map is seen from `orbit`, and how near.
    #[must_use]
    pub fn place_from(&self, orbit: Orbit, [x, y, z]: [f32; 3]) -> ([f32; 2], f32) {
        let [right, up, near] = orbit.seen([x - self.middle[0], y - self.middle[1], z - self.middle[2]]);
        let nearness = (0.5 + 0.5 * near / self.reach).clamp(0.0, 1.0);
        let growth = growth(nearness);
        ([right * growth, up * growth], nearness)
    }

    /// The map as it is seen from `orbit`.
    #[must_use]
    pub fn seen_from(&self, orbit: Orbit) -> Seen {
        let (positions, heights) = (self.places.positions(), self.places.heights());
        let seen = |([x, y], z): (&[f32; 2], &f32)| self.place_from(orbit, [*x, *y, *z]);
        let (places, nearness) =
            positions.par_iter().zip(heights).with_min_len(ROWS_A_TASK).map(seen).unzip::<_, _, Vec<_>, Vec<_>>();
        Seen { places: Places::new(places), nearness }
    }
}

/// How much larger than in the middle of the map something is seen that is so near.
#[must_use]
pub fn growth(nearness: f32) -> f32 {
    DISTANCE / (DISTANCE + 1.0 - 2.0 * nearness)
}

impl Seen {
    /// Sorts `rows` so that each covers those before it.
    pub fn sort_far_to_near(nearness: &[f32], rows: &mut [u32]) {
        let key = |row: &u32| nearness.get(*row as usize).map_or(0, |nearness| nearness.to_bits());
        // Nearness is no less than 0, where floats are in the order of their bits.
        rows.par_sort_by_key(key);
    }
}

/// The row that is pointed at: of those that `shown` accepts the nearest to the viewer whose disc, of `radius(row)`, is at
/// `at`; where there is none, the row whose middle is nearest to `at` within `reach`. The lower row where two are as near.
pub fn pointed_at(
    places: &Places,
    nearness: &[f32],
    (at, reach): ([f32; 2], f32),
    radius: impl Fn(u32) -> f32,
    shown: impl Fn(u32) -> bool,
) -> Option<u32> {
    let near = places.within(at.map(|at| at - reach), at.map(|at| at + reach), shown);
    let distance = |row: u32| {
        let [x, y] = places.positions()[row as usize];
        (x - at[0]).hypot(y - at[1])
    };
    let covering = near.iter().copied().filter(|&row| distance(row) <= radius(row).min(reach));
    let depth = |row: u32| nearness.get(row as usize).copied().unwrap_or(0.0);
    let first = covering.min_by(|&a, &b| depth(b).total_cmp(&depth(a)).then(a.cmp(&b)));
    first.or_else(|| places.nearest(at, reach, |row| near.binary_search(&row).is_ok()))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::projection::fixed_numbers::numbers;

    fn cloud(rows: usize) -> Array2<f32> {
        let mut next = numbers(11);
        Array2::from_shape_simple_fn((rows, 3), || next() * 4.0 - 1.0)
    }

    fn solid(map: &Array2<f32>) -> Solid {
        Solid::new(&Arc::new(Places::of_map(map.view(), None, map.nrows()))).unwrap()
    }

    #[test]
    fn turning_moves_what_is_near_to_the_right_and_tipping_moves_it_down() {
        let near = [0.0, 0.0, 1.0];
        let front = Orbit { turn: 0.0, tilt: 0.0 };
        assert_eq!(front.seen([0.3, -0.2, 0.9]), [0.3, -0.2, 0.9]);
        assert!(front.moved(0.1, 0.0).seen(near)[0] > 0.05);
        assert!(front.moved(0.0, 0.1).seen(near)[1] < -0.05);
        let over = front.moved(0.0, 9.0);
        let [_, up, nearest] = over.seen([0.0, 1.0, 0.0]);
        assert!(up.abs() < 1e-6 && (nearest - 1.0).abs() < 1e-6, "from above the second axis points to the viewer");
        let there = Orbit { turn: -3.0, tilt: 0.2 };
        let half = Orbit { turn: 3.0, tilt: 0.0 }.mix(there, 0.5);
        assert!(
            half.turn.abs() > 3.0 && (half.tilt - 0.1).abs() < 1e-6,
            "the shorter way leads past the back: {half:?}"
        );
    }

    #[test]
    fn lengths_stay_and_near_things_are_larger() {
        let orbit = Orbit { turn: 1.2, tilt: -0.7 };
        let length = |[x, y, z]: [f32; 3]| (x * x + y * y + z * z).sqrt();
        let place = [0.3, -0.8, 0.5];
        assert!((length(orbit.seen(place)) - length(place)).abs() < 1e-6);
        assert!(growth(1.0) > growth(0.5) && growth(0.5) == 1.0 && growth(0.0) < 1.0 && growth(0.0) > 0.5);
    }

    #[test]
    fn what_is_drawn_later_is_never_farther() {
        let map = cloud(500);
        let seen = solid(&map).seen_from(Orbit::default());
        let mut rows: Vec<u32> = (0..500).collect();
        Seen::sort_far_to_near(&seen.nearness, &mut rows);
        assert!(rows.windows(2).all(|pair| seen.nearness[pair[0] as usize] <= seen.nearness[pair[1] as usize]));
        assert!(seen.nearness.iter().all(|nearness| (0.0..=1.0).contains(nearness)));
    }

    #[test]
    fn the_point_in_front_is_picked_as_brute_force_finds_it() {
        let map = cloud(800);
        let solid = solid(&map);
        let mut next = numbers(5);
        let (mut covered, mut beside) = (0, 0);
        for step in 0..300 {
            let orbit = Orbit::default().moved(step as f32 * 0.31, next() * 3.0 - 1.5);
            let seen = solid.seen_from(orbit);
            let radius = |row: u32| 0.05 * growth(seen.nearness[row as usize]) * (1.0 + (row % 3) as f32 * 0.4);
            let shown = |row: u32| row % 7 != 2;
            let at = [next() * 4.0 - 2.0, next() * 4.0 - 2.0];
            let distance = |row: u32| {
                // Anew from the coordinates, in double precision.
                let place = [0, 1, 2].map(|axis| map[[row as usize, axis]]);
                let place = [0, 1, 2].map(|axis| place[axis] - solid.middle[axis]);
                let [x, y, z] = orbit.seen(place).map(f64::from);
                let factor = 3.0 / (3.0 - z / f64::from(solid.reach));
                ((x * factor - f64::from(at[0])).hypot(y * factor - f64::from(at[1])), z)
            };
            let rows = (0..800_u32).filter(|&row| shown(row)).map(|row| (row, distance(row)));
            let rows: Vec<(u32, (f64, f64))> = rows.filter(|(_, (away, _))| *away <= 0.12).collect();
            let over = rows.iter().filter(|(row, (away, _))| *away <= f64::from(radius(*row)).min(0.12));
            let front = over.max_by(|a, b| a.1.1.total_cmp(&b.1.1)).map(|(row, _)| *row);
            let nearest = rows.iter().min_by(|a, b| a.1.0.total_cmp(&b.1.0)).map(|(row, _)| *row);
            let found = pointed_at(&seen.places, &seen.nearness, (at, 0.12), radius, shown);
            assert_eq!(found, front.or(nearest), "{at:?} from {orbit:?}");
            covered += usize::from(front.is_some());
            beside += usize::from(front.is_none() && nearest.is_some());
        }
        assert!(covered > 40 && beside > 10, "{covered} covered, {beside} beside");
    }

    #[test]
    fn flat_maps_are_no_solids_and_rows_that_are_nowhere_stay_so() {
        let flat = Arc::new(Places::new(vec![[0.0, 1.0]; 3]));
        assert!(Solid::new(&flat).is_none());
        let part = Arc::new(Places::of_map(cloud(2).view(), Some(&[4, 1]), 6));
        let seen = Solid::new(&part).unwrap().seen_from(Orbit::default());
        assert_eq!((seen.places.placed(), seen.places.get(0), seen.nearness.len()), (2, None, 6));
        let one = Solid::new(&Arc::new(Places::of_map(cloud(1).view(), None, 1))).unwrap();
        assert_eq!(one.seen_from(Orbit::default()).places.get(0), Some([0.0, 0.0]));
    }
}
