//! Names beside the points of a picture: as many as fit without touching each other.

use std::collections::HashSet;

/// Longest label in characters.
pub const LONGEST_LABEL: usize = 32;

/// A name that a picture shows if there is room.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// The point on the map.
    pub place: [f32; 2],
    /// The radius of its dot in points of a window's screen.
    pub radius: f32,
    /// The name.
    pub text: String,
}

/// `text`, cut to `longest` characters.
#[must_use]
pub fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

/// A rectangle: left, top, right, bottom.
pub(super) type Box4 = [f32; 4];

/// A label at its place: where its text starts and the middle of its height.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) start: [f32; 2],
    pub(super) text: String,
}

/// At most `most` of `labels`, those to be preferred first, beside their dots and inside `free`; none touches another, and
/// a name that many share is shown once. `at` gives the pixel of a place, `scale` the pixels of a point of the screen, `size` the
/// height of the letters in pixels.
pub(super) fn arrange(
    labels: &[Label],
    free: Box4,
    most: usize,
    at: impl Fn([f32; 2]) -> [f32; 2],
    scale: f32,
    size: f32,
) -> Vec<Placed> {
    let mut taken: Vec<Box4> = Vec::new();
    let mut said = HashSet::new();
    let mut placed = Vec::new();
    for label in labels {
        if placed.len() >= most {
            break;
        }
        let centre = at(label.place);
        let text = shortened(&label.text, LONGEST_LABEL);
        if text.is_empty() || said.contains(&text) || !inside([centre[0], centre[1], centre[0], centre[1]], free) {
            continue;
        }
        let start = [centre[0] + (label.radius + 3.0) * scale, centre[1]];
        let room =
            [start[0] - 3.0 * scale, start[1] - 0.7 * size, start[0] + width(&text, size), start[1] + 0.7 * size];
        if inside(room, free) && taken.iter().all(|other| apart(room, *other)) {
            taken.push(room);
            said.insert(text.clone());
            placed.push(Placed { start, text });
        }
    }
    placed
}

fn inside(inner: Box4, outer: Box4) -> bool {
    inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

fn apart(a: Box4, b: Box4) -> bool {
    a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1]
}

/// No less than what `text` takes in Inter: which letters a viewer's font has is not known when an SVG is written.
pub(super) fn width(text: &str, size: f32) -> f32 {
    let of = |letter: char| match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.02,
        letter if letter.is_ascii_uppercase() => 0.78,
        letter if letter as u32 >= 0x1100 => 1.05,
        _ => 0.65,
    };
    text.chars().map(of).sum::<f32>() * size
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn label(place: [f32; 2], text: &str) -> Label {
        Label { place, radius: 3.0, text: text.to_owned() }
    }

    #[test]
    fn a_name_that_many_share_is_shown_once_and_the_first_wins_the_room() {
        let labels =
            [label([10.0, 50.0], "oat milk"), label([12.0, 52.0], "soy milk"), label([10.0, 80.0], "oat milk")];
        let placed = arrange(&labels, [0.0, 0.0, 400.0, 100.0], 10, |place| place, 1.0, 12.0);
        assert_eq!(placed.iter().map(|placed| placed.text.as_str()).collect::<Vec<_>>(), ["oat milk"]);
    }

    proptest! {
        #[test]
        fn labels_never_touch_and_never_leave_the_picture(
            places in prop::collection::vec((0.0_f32..500.0, 0.0_f32..300.0, "[a-zA-Z@ ]{1,40}"), 0..60),
        ) {
            let labels: Vec<Label> = places.iter().map(|(x, y, text)| label([*x, *y], text)).collect();
            let free = [0.0, 0.0, 500.0, 300.0];
            let placed = arrange(&labels, free, 40, |place| place, 1.0, 11.0);
            let rooms: Vec<Box4> = placed
                .iter()
                .map(|placed| {
                    let [x, y] = placed.start;
                    [x, y - 5.5, x + width(&placed.text, 11.0), y + 5.5]
                })
                .collect();
            for (i, room) in rooms.iter().enumerate() {
                prop_assert!(inside(*room, free), "{room:?}");
                prop_assert!(rooms[i + 1..].iter().all(|other| apart(*room, *other)));
            }
        }
    }
}
