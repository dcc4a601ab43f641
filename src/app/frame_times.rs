//! How long frames take, over the window on F12.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eframe::egui::{self, Align2, Id, Order, Pos2, Rect, RichText, Stroke, vec2};

use super::state::WindowState;
use super::theme::{Palette, SMALL};
use crate::numbers;

/// Frames that are remembered.
const KEPT: usize = 240;
/// A gap longer than this is rest, no frame.
const REST: f32 = 0.5;

/// What drawing the map took, counted where it is drawn.
#[derive(Debug, Default)]
pub struct MapWork {
    /// Microseconds that the last picture took to prepare: uploads and encoding.
    pub prepared: AtomicU64,
    /// Pictures drawn since the window opened.
    pub pictures: AtomicU64,
}

/// The last frames.
#[derive(Debug, Default)]
pub struct FrameTimes {
    /// Whether they are on show.
    pub shown: bool,
    /// Seconds from one frame to the next, while the window moved.
    gaps: VecDeque<f32>,
    /// Seconds of this program's work in each.
    work: VecDeque<f32>,
    last: Option<f64>,
    /// What the map took.
    pub map: Arc<MapWork>,
}

impl FrameTimes {
    /// A frame begins at `now`; the one before took `work` seconds.
    pub fn record(&mut self, now: f64, work: Option<f32>) {
        if let Some(last) = self.last.replace(now) {
            let gap = (now - last) as f32;
            if gap < REST {
                push(&mut self.gaps, gap);
            }
        }
        if let Some(work) = work {
            push(&mut self.work, work);
        }
    }
}

fn push(times: &mut VecDeque<f32>, seconds: f32) {
    if times.len() == KEPT {
        times.pop_front();
    }
    times.push_back(seconds);
}

/// (median, 99th percentile) of `times`.
fn quantiles(times: &VecDeque<f32>) -> Option<(f32, f32)> {
    let mut sorted: Vec<f32> = times.iter().copied().collect();
    sorted.sort_by(f32::total_cmp);
    let at = |share: f32| sorted.get((share * sorted.len().saturating_sub(1) as f32).round() as usize).copied();
    Some((at(0.5)?, at(0.99)?))
}

/// Draws the overlay.
pub fn show(ctx: &egui::Context, state: &WindowState) {
    if !state.frames.shown {
        return;
    }
    let lines = lines(state);
    let palette = Palette::for_dark_mode(ctx.theme() == egui::Theme::Dark);
    egui::Area::new(Id::unique("frame times"))
        .order(Order::Foreground)
        .anchor(Align2::LEFT_BOTTOM, vec2(164.0, -76.0))
        .interactable(false)
        .show(ctx, |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.set_min_width(320.0);
                bars(ui, &state.frames.gaps, palette);
                for line in lines {
                    ui.label(RichText::new(line).size(SMALL).color(palette.text));
                }
            });
        });
}

fn lines(state: &WindowState) -> Vec<String> {
    let times = &state.frames;
    let line = |name: &str, of: &VecDeque<f32>| {
        let (middle, worst) = quantiles(of)?;
        Some(format!("{name} {:.1} ms, 99% within {:.1} ms", middle * 1e3, worst * 1e3))
    };
    let mut lines: Vec<String> =
        [line("frame to frame", &times.gaps), line("own work", &times.work)].into_iter().flatten().collect();
    let prepared = times.map.prepared.load(Ordering::Relaxed) as f64 / 1e3;
    let pictures = times.map.pictures.load(Ordering::Relaxed);
    lines.push(format!("map: upload and encoding {prepared:.1} ms, {} drawn", numbers::counted(pictures, "picture")));
    lines.push(state.map.in_words());
    if let Some(training) = &state.live.training {
        lines.push(format!("training: {} pairs a second", numbers::rate(training.pairs_per_second)));
    }
    if let Some(frame) = &state.live.projection {
        lines.push(format!("map: {} iterations a second", numbers::rate(frame.iterations_per_second)));
    }
    lines
}

/// A bar a frame; the line is at 1/60 s.
fn bars(ui: &mut egui::Ui, times: &VecDeque<f32>, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(KEPT as f32, 40.0), egui::Sense::hover());
    let tall = times.iter().copied().fold(1.0 / 30.0, f32::max);
    for (i, &seconds) in times.iter().enumerate() {
        let height = rect.height() * seconds / tall;
        let left = rect.left() + i as f32;
        let bar = Rect::from_min_max(Pos2::new(left, rect.bottom() - height), Pos2::new(left + 1.0, rect.bottom()));
        ui.painter().rect_filled(bar, 0.0, palette.accent);
    }
    let at = rect.bottom() - rect.height() / 60.0 / tall;
    ui.painter().hline(rect.x_range(), at, Stroke::new(1.0, palette.weak));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_are_no_frames_and_only_the_last_ones_count() {
        let mut times = FrameTimes::default();
        for frame in 0..1_000 {
            times.record(f64::from(frame) * 0.01 + if frame >= 500 { 60.0 } else { 0.0 }, Some(0.004));
        }
        assert_eq!((times.gaps.len(), times.work.len()), (KEPT, KEPT));
        let (middle, worst) = quantiles(&times.gaps).unwrap();
        assert!((middle - 0.01).abs() < 1e-4 && worst < 0.02, "{middle} {worst}");
        assert_eq!(quantiles(&VecDeque::new()), None);
    }
}
