//! A map as an SVG drawing.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::dots::Dot;
use super::key::Key;
use super::labels::{Box4, Label, Placed, arrange, width};
use super::lines::DensityLines;
use super::marks::{Mark, MarkKey};
use super::palette::{Ground, Rgba};
use super::sizes::SizeKey;
use crate::progress::Watch;

/// Dots that may change places in the drawing, so that those of one colour and size share an element.
const STRATUM: usize = 4096;
/// Pixels of the shorter side that make a point of a window's screen one pixel.
const REFERENCE_SIDE: f32 = 800.0;
/// Square points of the screen that one label gets.
const LABEL_ROOM: f32 = 16_000.0;
/// Room around the map, and between it and its key.
pub(super) const MARGIN: f32 = 24.0;
const HEAD: f32 = 64.0;
const KEY_WIDTH: f32 = 208.0;
pub(super) const LINE: f32 = 20.0;
/// Height of letters.
const TITLE: f32 = 17.0;
pub(super) const TEXT: f32 = 12.0;

/// A map as it is to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPicture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Whether the ground is dark.
    pub dark: bool,
    /// What the map is of.
    pub title: String,
    /// How it was made.
    pub subtitle: String,
    /// The points, the lowest first.
    pub dots: Vec<Dot>,
    /// Lower and upper corner of the part of the map to be seen; `None`: all dots.
    pub view: Option<[[f32; 2]; 2]>,
    /// The points that density lines are drawn of, if they are.
    pub lines: Option<DensityLines>,
    /// IDs of other types among the points, those that cover others first.
    pub marks: Vec<Mark>,
    /// Names, those to be preferred first.
    pub labels: Vec<Label>,
    /// What the colours mean.
    pub key: Key,
    /// What the sizes mean, if anything.
    pub sizes: Option<SizeKey>,
    /// What the marks mean.
    pub mark_key: MarkKey,
}

/// Places on the map to pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// The map's frame in pixels.
    pub(super) frame: Box4,
    middle: [f32; 2],
    /// Pixels a unit of the map.
    scale: f32,
}

impl Fit {
    pub(super) fn pixel(&self, place: [f32; 2]) -> [f32; 2] {
        let [left, top, right, bottom] = self.frame;
        [
            (left + right) / 2.0 + (place[0] - self.middle[0]) * self.scale,
            (top + bottom) / 2.0 - (place[1] - self.middle[1]) * self.scale,
        ]
    }
}

impl MapPicture {
    /// The drawing as text; `None` once `watch` is cancelled.
    #[must_use]
    pub fn to_svg(&self, watch: &Watch) -> Option<String> {
        let ground = Ground::of(self.dark);
        let point = self.width.min(self.height) as f32 / REFERENCE_SIDE;
        let fit = self.fit(point);
        let mut svg = String::new();
        let out = &mut svg;
        self.head(out, ground, point)?;
        self.dots(out, &fit, point, watch)?;
        self.density_lines(out, &fit, ground, point, watch)?;
        self.marks(out, &fit, ground, point).ok()?;
        self.names(out, &fit, ground, point).ok()?;
        self.key(out, &fit, ground, point).ok()?;
        out.push_str("</svg>\n");
        Some(svg)
    }

    pub(super) fn has_key(&self, point: f32) -> bool {
        let says_something = self.key != Key::None || self.sizes.is_some() || !self.mark_key.is_empty();
        says_something && self.width as f32 > 3.0 * KEY_WIDTH * point
    }

    /// The whole map, or the view, as large as it fits.
    fn fit(&self, point: f32) -> Fit {
        let right = if self.has_key(point) { KEY_WIDTH + 2.0 * MARGIN } else { MARGIN };
        let (wide, high) = (self.width as f32, self.height as f32);
        let frame = [MARGIN * point, HEAD * point, wide - right * point, high - MARGIN * point];
        let [low, top] = self.view.unwrap_or_else(|| bounds(&self.dots));
        let middle = [(low[0] + top[0]) / 2.0, (low[1] + top[1]) / 2.0];
        // Dots at the rim keep inside of the frame.
        let rim = if self.view.is_some() { 0.0 } else { 12.0 * point };
        let room = [(frame[2] - frame[0] - rim).max(1.0), (frame[3] - frame[1] - rim).max(1.0)];
        let scales = [0, 1].map(|axis| room[axis] / (top[axis] - low[axis]));
        let scale = scales.into_iter().filter(|scale| scale.is_finite() && *scale > 0.0).fold(f32::INFINITY, f32::min);
        Fit { frame, middle, scale: if scale.is_finite() { scale } else { 1.0 } }
    }

    fn head(&self, out: &mut String, ground: &Ground, point: f32) -> Option<()> {
        let (wide, high) = (self.width, self.height);
        let (title, subtitle) = (Text(&self.title), Text(&self.subtitle));
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide}\" height=\"{high}\" viewBox=\"0 0 {wide} {high}\" \
             font-family=\"Inter, 'Helvetica Neue', Arial, 'Noto Sans', 'Noto Sans CJK SC', sans-serif\">\n\
             <title>{title}</title>\n<desc>{subtitle}</desc>\n\
             <rect width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>",
            Colour(ground.canvas)
        )
        .ok()?;
        let x = MARGIN * point;
        let most = self.width as f32 - 2.0 * x;
        text(
            out,
            [x, 26.0 * point],
            TITLE * point,
            ground.strong,
            Anchor::Start,
            Some(600),
            &fitted(&self.title, TITLE * point, most),
        )
        .ok()?;
        text(
            out,
            [x, 46.0 * point],
            TEXT * point,
            ground.weak,
            Anchor::Start,
            None,
            &fitted(&self.subtitle, TEXT * point, most),
        )
        .ok()
    }

    fn dots(&self, out: &mut String, fit: &Fit, point: f32, watch: &Watch) -> Option<()> {
        let [left, top, right, bottom] = fit.frame;
        let (wide, high) = (right - left, bottom - top);
        writeln!(
            out,
            "<clipPath id=\"frame\"><rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"/></clipPath>\n\
             <g id=\"points\" clip-path=\"url(#frame)\" fill=\"none\" stroke-linecap=\"round\">"
        )
        .ok()?;
        for stratum in self.dots.chunks(STRATUM) {
            if watch.is_cancelled() {
                return None;
            }
            let mut alike: BTreeMap<(Rgba, u32), Vec<[f32; 2]>> = BTreeMap::new();
            for dot in stratum.iter().filter(|dot| dot.place.iter().all(|at| at.is_finite())) {
                let [x, y] = fit.pixel(dot.place);
                let radius = dot.radius * point;
                if x + radius >= left && x - radius <= right && y + radius >= top && y - radius <= bottom {
                    let eighths = (radius * 8.0).round().max(1.0) as u32;
                    alike.entry((dot.colour, eighths)).or_default().push([x, y]);
                }
            }
            for ((colour, eighths), places) in alike {
                let wide = f64::from(eighths) / 4.0;
                write!(out, "<path stroke=\"{}\" stroke-width=\"{wide}\"", Colour(colour)).ok()?;
                if colour[3] < 0xff {
                    write!(out, " stroke-opacity=\"{:.3}\"", f32::from(colour[3]) / 255.0).ok()?;
                }
                out.push_str(" d=\"");
                // A line of no length with round ends is a dot.
                for [x, y] in places {
                    write!(out, "M{x:.2} {y:.2}h0").ok()?;
                }
                out.push_str("\"/>\n");
            }
        }
        out.push_str("</g>\n");
        Some(())
    }

    fn names(&self, out: &mut String, fit: &Fit, ground: &Ground, point: f32) -> fmt::Result {
        let [left, top, right, bottom] = fit.frame;
        let area = (right - left) * (bottom - top) / (point * point);
        let size = TEXT * point;
        let most = ((area / LABEL_ROOM) as usize).max(4);
        let placed = arrange(&self.labels, fit.frame, most, |place| fit.pixel(place), point, size);
        if placed.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<g id=\"labels\" font-size=\"{size:.2}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{:.2}\" \
             stroke-linejoin=\"round\" paint-order=\"stroke\">",
            Colour(ground.text),
            Colour(ground.canvas),
            3.0 * point
        )?;
        for Placed { start: [x, y], text } in &placed {
            writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>", y + 0.36 * size, Text(text))?;
        }
        out.push_str("</g>\n");
        Ok(())
    }
}

/// Lower and upper corner of all finite dots.
fn bounds(dots: &[Dot]) -> [[f32; 2]; 2] {
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for dot in dots.iter().filter(|dot| dot.place.iter().all(|at| at.is_finite())) {
        for axis in 0..2 {
            low[axis] = low[axis].min(dot.place[axis]);
            high[axis] = high[axis].max(dot.place[axis]);
        }
    }
    if low[0] > high[0] { [[0.0; 2], [1.0; 2]] } else { [low, high] }
}

#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    End,
}

pub(super) fn text(
    out: &mut String,
    [x, y]: [f32; 2],
    size: f32,
    colour: Rgba,
    anchor: Anchor,
    weight: Option<u16>,
    words: &str,
) -> fmt::Result {
    let weight = weight.map_or(String::new(), |weight| format!(" font-weight=\"{weight}\""));
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (fill, words) = (Colour(colour), Text(words));
    writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size:.2}\" fill=\"{fill}\"{weight}{anchor}>{words}</text>"
    )
}

/// `words`, cut so that they take no more than `room` pixels.
pub(super) fn fitted(words: &str, size: f32, room: f32) -> String {
    if width(words, size) <= room {
        return words.to_owned();
    }
    let mut kept = String::new();
    for letter in words.chars() {
        kept.push(letter);
        if width(&kept, size) + size > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// A colour without its opacity, as CSS writes it.
pub(super) struct Colour(pub(super) Rgba);

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b, _] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

/// Text that may stand between tags; characters that XML has no place for are replaced.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            let is_unfit = letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
            match letter {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                _ if is_unfit => f.write_char('\u{fffd}')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}
