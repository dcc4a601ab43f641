//! Ten thousand events of pointer and keyboard, from a seed, on the map page.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, pos2, vec2,
};
use egui_kittest::kittest::Queryable;
use idatlas::app::{Options, Place};

use super::{Window, load_sample, settle, train, wait, window};

const EVENTS: usize = 10_000;
/// Events a frame.
const TOGETHER: usize = 5;

/// Numbers from a seed: a counter, hashed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn within(&mut self, rect: Rect) -> Pos2 {
        let share = |n: usize| n as f32 / 1000.0;
        rect.min + vec2(share(self.below(1001)) * rect.width(), share(self.below(1001)) * rect.height())
    }
}

#[test]
fn no_order_of_events_breaks_the_map_page() {
    let Some(mut window) = window(Options::default()) else { return };
    load_sample(&mut window);
    train(&mut window);
    window.get_by_role_and_label(Role::Tab, "Map").click();
    settle(&mut window);
    let canvas = window.get_by_role(Role::Canvas).rect();
    // Not where the bar of the selection stands: what it opens writes files.
    let places = [
        Rect::from_min_max(canvas.min + vec2(0.0, 60.0), canvas.max),
        Rect::from_min_max(pos2(canvas.right() + 8.0, canvas.top()), pos2(1195.0, 760.0)),
        Rect::from_min_max(pos2(canvas.left(), canvas.top() - 34.0), pos2(canvas.right(), canvas.top() - 4.0)),
    ];
    let mut random = Random(20_261_128);
    let mut pointer = canvas.center();
    let mut pressed = false;
    for event in 0..EVENTS {
        let modifiers =
            [Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::COMMAND, Modifiers::ALT][random.below(5)];
        match random.below(12) {
            0..=3 => {
                let place = places[[0, 0, 0, 1, 2][random.below(5)]];
                pointer = random.within(place);
                window.event_modifiers(Event::PointerMoved(pointer), modifiers);
            }
            4..=7 => {
                pressed = !pressed;
                let button = PointerButton::Primary;
                window.event_modifiers(Event::PointerButton { pos: pointer, button, pressed, modifiers }, modifiers);
            }
            8 | 9 => {
                let delta = vec2(0.0, random.below(400) as f32 - 200.0);
                let (unit, phase, source) = (MouseWheelUnit::Point, TouchPhase::Move, MouseWheelSource::Unknown);
                window.event_modifiers(Event::MouseWheel { unit, delta, phase, source, modifiers }, modifiers);
            }
            10 => {
                let keys = [
                    Key::F,
                    Key::G,
                    Key::I,
                    Key::L,
                    Key::C,
                    Key::O,
                    Key::D,
                    Key::Escape,
                    Key::F12,
                    Key::Tab,
                    Key::ArrowDown,
                ];
                window.key_press(keys[random.below(keys.len())]);
            }
            _ => {
                let undo = [Modifiers::COMMAND, Modifiers::COMMAND | Modifiers::SHIFT][random.below(2)];
                window.key_press_modifiers(undo, Key::Z);
            }
        }
        if event % TOGETHER == 0 {
            window.step();
        }
    }
    leave(&mut window, pointer, pressed);
    wait(&mut window, "the map", |app| app.place() == Some(Place::Map) && app.has_map());
    window.run_steps(3);
    window.check_accessibility();
}

/// Lets go of everything.
fn leave(window: &mut Window<'_>, pos: Pos2, pressed: bool) {
    if pressed {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        window.event(Event::PointerButton { pos, button, pressed: false, modifiers });
    }
    for _ in 0..4 {
        window.key_press(Key::Escape);
        window.run_steps(2);
    }
}
