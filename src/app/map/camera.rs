//! From where the map is seen: a centre and a scale, moved by panning and zooming, eased when it fits.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

/// Room left around the points when they fit, as a share of the smaller side.
const MARGIN: f32 = 0.06;
/// How far one may zoom in or out of the view that fits.
const ZOOM_RANGE: (f32, f32) = (0.1, 20_000.0);

/// How something moves on screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Seconds it takes.
    seconds: f64,
    /// Whether it starts and ends gently; else it moves evenly.
    eased: bool,
}

impl Pace {
    /// From one map to another, from one view to another.
    pub const CALM: Self = Self { seconds: 0.3, eased: true };
    /// Not seen moving.
    pub const AT_ONCE: Self = Self { seconds: 0.0, eased: false };

    /// Evenly in about `seconds`, as from one frame of a moving map to the next.
    pub fn even(seconds: f64) -> Self {
        Self { seconds: seconds.clamp(0.0, 0.5), eased: false }
    }

    /// How far it has come by `now`: 0..=1.
    pub fn part(self, since: f64, now: f64) -> f32 {
        if self.seconds <= 0.0 {
            return 1.0;
        }
        let part = ((now - since) / self.seconds).clamp(0.0, 1.0) as f32;
        if self.eased { part * part * (3.0 - 2.0 * part) } else { part }
    }
}

/// A view of the map. The map's second axis points up, the screen's down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The map position in the middle of the canvas.
    pub centre: [f32; 2],
    /// Points of the screen for each map unit.
    pub scale: f32,
}

impl View {
    /// Where a map position is on screen.
    pub fn screen_from_map(&self, canvas: Rect, position: [f32; 2]) -> Pos2 {
        let middle = canvas.center();
        pos2(
            middle.x + (position[0] - self.centre[0]) * self.scale,
            middle.y - (position[1] - self.centre[1]) * self.scale,
        )
    }

    /// Which map position is at a place on screen.
    pub fn map_from_screen(&self, canvas: Rect, position: Pos2) -> [f32; 2] {
        let offset = position - canvas.center();
        [self.centre[0] + offset.x / self.scale, self.centre[1] - offset.y / self.scale]
    }

    /// The part of the map that `rect` of the screen covers: (lowest, highest) corner.
    pub fn map_rect(&self, canvas: Rect, rect: Rect) -> ([f32; 2], [f32; 2]) {
        let (a, b) = (self.map_from_screen(canvas, rect.left_bottom()), self.map_from_screen(canvas, rect.right_top()));
        ([a[0].min(b[0]), a[1].min(b[1])], [a[0].max(b[0]), a[1].max(b[1])])
    }

    /// The view that shows all of `low`..`high` with a margin, clear of `covered` points at the canvas' right edge.
    pub fn fitting(canvas: Vec2, covered: f32, low: [f32; 2], high: [f32; 2]) -> Self {
        let room = vec2((canvas.x - covered).max(canvas.x * 0.3), canvas.y) * (1.0 - 2.0 * MARGIN);
        let span = [(high[0] - low[0]).max(1e-12), (high[1] - low[1]).max(1e-12)];
        let scale = (room.x.max(1.0) / span[0]).min(room.y.max(1.0) / span[1]);
        let scale = if scale.is_finite() { scale } else { 1.0 };
        let mut centre = [0, 1].map(|i| low[i] + (high[i] - low[i]) * 0.5);
        centre[0] += covered * 0.5 / scale;
        Self { centre, scale }
    }

    fn mix(self, other: Self, part: f32) -> Self {
        // What is seen grows evenly, as points that move to new places do, so that they stay in view on their way.
        let scale = 1.0 / ((1.0 - part) / self.scale + part / other.scale);
        Self { centre: [0, 1].map(|i| self.centre[i] + (other.centre[i] - self.centre[i]) * part), scale }
    }
}

/// The view with what moves it.
#[derive(Debug, Clone, Default)]
pub struct Camera {
    view: Option<View>,
    /// (from, to, since, pace): the view glides.
    glide: Option<(View, View, f64, Pace)>,
    /// Scale of the view that fits; zooming is bounded around it.
    fit_scale: f32,
    /// Whether the view follows the points (until the user moves it).
    pub follows: bool,
}

impl Camera {
    /// A camera that fits the points when it first sees them.
    pub fn new() -> Self {
        Self { follows: true, fit_scale: 1.0, ..Self::default() }
    }

    /// The view now, if there were points yet. Advances a glide; `true` as long as it moves.
    pub fn view(&mut self, now: f64) -> (Option<View>, bool) {
        if let Some((from, to, since, pace)) = self.glide {
            let part = pace.part(since, now);
            self.view = Some(from.mix(to, part));
            if part >= 1.0 {
                self.glide = None;
            }
        }
        (self.view, self.glide.is_some())
    }

    /// The view where it is or where it glides to.
    pub fn target(&self) -> Option<View> {
        self.glide.map(|(_, to, ..)| to).or(self.view)
    }

    /// How far it is zoomed into the view that fits; 1 = fits.
    pub fn zoom(&self) -> f32 {
        self.view.map_or(1.0, |view| view.scale / self.fit_scale.max(f32::MIN_POSITIVE))
    }

    /// Moves to `view`, gliding if there is a view to glide from.
    pub fn go_to(&mut self, view: View, now: f64, pace: Pace) {
        // A glide that is replaced has come as far as it has by now.
        self.view(now);
        match self.target() {
            Some(target) if target == view => {}
            Some(_) => self.glide = self.view.map(|from| (from, view, now, pace)),
            None => self.view = Some(view),
        }
    }

    /// Shows all of `low`..`high` and follows the points from now on.
    pub fn fit(&mut self, canvas: Vec2, covered: f32, (low, high): ([f32; 2], [f32; 2]), now: f64, pace: Pace) {
        let view = View::fitting(canvas, covered, low, high);
        self.fit_scale = view.scale;
        self.follows = true;
        self.go_to(view, now, pace);
    }

    /// Learns how large all of `low`..`high` would be seen, without going there: zooming counts from it.
    pub fn size_up(&mut self, canvas: Vec2, covered: f32, (low, high): ([f32; 2], [f32; 2])) {
        self.fit_scale = View::fitting(canvas, covered, low, high).scale;
    }

    /// Sees what `other` sees of the same map, on a canvas of its own.
    pub fn see_as(&mut self, other: &Self, now: f64) {
        self.follows = other.follows;
        if let Some(view) = other.target().filter(|_| !other.follows) {
            let zoom = view.scale / other.fit_scale.max(f32::MIN_POSITIVE);
            let pace = other.glide.map_or(Pace::AT_ONCE, |(.., pace)| pace);
            self.go_to(View { scale: zoom * self.fit_scale, ..view }, now, pace);
        }
    }

    /// Ends a glide where it goes to.
    pub fn arrive(&mut self) {
        if let Some((_, to, ..)) = self.glide.take() {
            self.view = Some(to);
        }
    }

    /// Moves by `delta` points of the screen.
    pub fn pan(&mut self, delta: Vec2) {
        self.glide = None;
        self.follows = false;
        if let Some(view) = &mut self.view {
            view.centre = [view.centre[0] - delta.x / view.scale, view.centre[1] + delta.y / view.scale];
        }
    }

    /// Puts a place of the map into the middle at once.
    pub fn centre_at(&mut self, place: [f32; 2]) {
        self.arrive();
        self.follows = false;
        if let Some(view) = &mut self.view {
            view.centre = place;
        }
    }

    /// Zooms by `factor`; what is under `at` stays there.
    pub fn zoom_at(&mut self, canvas: Rect, at: Pos2, factor: f32) {
        self.glide = None;
        self.follows = false;
        let fit = self.fit_scale.max(f32::MIN_POSITIVE);
        if let Some(view) = &mut self.view {
            let fixed = view.map_from_screen(canvas, at);
            view.scale = (view.scale * factor).clamp(fit * ZOOM_RANGE.0, fit * ZOOM_RANGE.1);
            let offset = vec2(at.x - canvas.center().x, at.y - canvas.center().y);
            view.centre = [fixed[0] - offset.x / view.scale, fixed[1] + offset.y / view.scale];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(900.0, 650.0) };

    fn fitted() -> Camera {
        let mut camera = Camera::new();
        camera.fit(CANVAS.size(), 200.0, ([-2.0, -1.0], [2.0, 1.0]), 0.0, Pace::CALM);
        camera
    }

    #[test]
    fn what_fits_is_inside_the_canvas_and_up_is_up() {
        let view = fitted().view(0.0).0.unwrap();
        let (low, high) = (view.screen_from_map(CANVAS, [-2.0, -1.0]), view.screen_from_map(CANVAS, [2.0, 1.0]));
        let free = CANVAS.with_max_x(CANVAS.right() - 200.0);
        assert!(free.contains(low) && free.contains(high), "{low:?} {high:?}");
        assert!(low.y > high.y, "the second axis points up: {low:?} {high:?}");
    }

    #[test]
    fn a_view_that_was_kept_is_zoomed_in_as_far_as_it_was() {
        let mut before = fitted();
        before.zoom_at(CANVAS, CANVAS.center(), 5.0);
        let mut camera = Camera::new();
        camera.follows = false;
        camera.go_to(before.view(0.0).0.unwrap(), 0.0, Pace::AT_ONCE);
        camera.size_up(CANVAS.size(), 200.0, ([-2.0, -1.0], [2.0, 1.0]));
        assert!((camera.zoom() - before.zoom()).abs() < 1e-4, "{} {}", camera.zoom(), before.zoom());
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut camera = fitted();
        let at = pos2(300.0, 200.0);
        let before = camera.view(0.0).0.unwrap().map_from_screen(CANVAS, at);
        camera.zoom_at(CANVAS, at, 3.0);
        let after = camera.view(0.0).0.unwrap().map_from_screen(CANVAS, at);
        assert!((0..2).all(|i| (before[i] - after[i]).abs() < 1e-5), "{before:?} {after:?}");
        assert!((camera.zoom() - 3.0).abs() < 1e-4);
    }

    #[test]
    fn a_glide_ends_where_it_was_sent() {
        let mut camera = fitted();
        let there = View { centre: [1.0, 0.5], scale: 40.0 };
        camera.go_to(there, 1.0, Pace::CALM);
        assert!(camera.view(1.1).1);
        assert_eq!(camera.view(2.0), (Some(there), false));
    }

    #[test]
    fn points_that_spread_stay_in_view_on_their_way() {
        for pace in [Pace::CALM, Pace::even(0.2)] {
            let mut camera = Camera::new();
            camera.fit(CANVAS.size(), 0.0, ([-0.01, -0.01], [0.01, 0.01]), 0.0, Pace::CALM);
            camera.fit(CANVAS.size(), 0.0, ([-1.0, -1.0], [1.0, 1.0]), 0.0, pace);
            for step in 0..=10 {
                let now = f64::from(step) * 0.03;
                let reach = 0.01 + 0.99 * pace.part(0.0, now);
                let view = camera.view(now).0.unwrap();
                let corner = view.screen_from_map(CANVAS, [reach, reach]);
                assert!(CANVAS.contains(corner), "after {now} s the corner is at {corner:?}");
            }
        }
    }

    #[test]
    fn a_view_that_is_sent_elsewhere_in_every_frame_keeps_up() {
        let mut camera = fitted();
        for frame in 1..=20 {
            let now = f64::from(frame) * 0.1;
            camera.go_to(View { centre: [0.0, 0.0], scale: 100.0 / frame as f32 }, now, Pace::even(0.1));
        }
        let scale = camera.view(2.0).0.unwrap().scale;
        assert!((scale - 100.0 / 19.0).abs() < 0.01, "it lags by one frame: {scale}");
    }

    #[test]
    fn one_point_or_none_still_gives_a_view() {
        let view = View::fitting(CANVAS.size(), 0.0, [3.0, 3.0], [3.0, 3.0]);
        assert!(view.scale.is_finite() && view.scale > 0.0);
    }
}
