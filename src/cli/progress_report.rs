//! Progress on stderr: a bar on a terminal, plain lines every few seconds elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::numbers;
use crate::progress::Progress;

/// How long a stage runs before a log hears of it, and how often afterwards.
const LINE_INTERVAL: Duration = Duration::from_secs(3);

/// How fast work goes, where whoever does it knows better than the clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// Units a second.
    pub(super) per_second: f64,
    /// Seconds left.
    pub(super) seconds_left: f64,
}

/// Shows progress; shared by all threads that report.
pub(super) struct ProgressReport {
    display: Display,
    stage: Mutex<Option<Stage>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Display {
    Silent,
    Bar,
    Lines,
}

struct Stage {
    name: String,
    started: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

impl ProgressReport {
    pub(super) fn new(quiet: bool) -> Self {
        let display = match quiet {
            true => Display::Silent,
            false if std::io::stderr().is_terminal() => Display::Bar,
            false => Display::Lines,
        };
        Self { display, stage: Mutex::new(None) }
    }

    /// Shows where a piece of work stands; its pace is that since its stage began.
    pub(super) fn show(&self, progress: &Progress) {
        self.show_paced(progress, None, None);
    }

    /// Shows where a piece of work stands, with what else is worth saying of it.
    pub(super) fn show_paced(&self, progress: &Progress, pace: Option<Pace>, detail: Option<&str>) {
        if self.display == Display::Silent {
            return;
        }
        let now = Instant::now();
        let mut current = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_none_or(|stage| stage.name != progress.stage) {
            clear(&mut current);
        }
        let stage = current.get_or_insert_with(|| Stage {
            name: progress.stage.clone(),
            started: now,
            last_line: now,
            bar: (self.display == Display::Bar).then(new_bar),
        });
        let elapsed = now.duration_since(stage.started).as_secs_f64();
        let mut text = figures(progress, pace.or_else(|| pace_so_far(progress, elapsed)));
        if let Some(detail) = detail {
            text = format!("{detail}, {text}");
        }
        if let Some(bar) = &stage.bar {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_prefix(progress.stage.clone());
            bar.set_message(text);
            bar.set_position(progress.done);
        } else if now.duration_since(stage.last_line) >= LINE_INTERVAL {
            stage.last_line = now;
            // If stderr is closed there is nobody left to tell.
            drop(writeln!(std::io::stderr(), "{}: {}", progress.stage, text));
        }
    }

    /// Ends the current stage and takes its bar away.
    pub(super) fn finish(&self) {
        clear(&mut self.stage.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn clear(stage: &mut Option<Stage>) {
    if let Some(bar) = stage.take().and_then(|stage| stage.bar) {
        bar.finish_and_clear();
    }
}

fn new_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar:.dim} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─");
    ProgressBar::new(0).with_style(style)
}

fn pace_so_far(progress: &Progress, elapsed: f64) -> Option<Pace> {
    if progress.done == 0 || elapsed < 0.2 {
        return None;
    }
    let per_second = progress.done as f64 / elapsed;
    let left = progress.total.map_or(f64::NAN, |total| total.saturating_sub(progress.done) as f64 / per_second);
    Some(Pace { per_second, seconds_left: left })
}

/// "12.4M of 55.0M pairs, 3.21M/s, 13 s left".
fn figures(progress: &Progress, pace: Option<Pace>) -> String {
    let amount = |n| if progress.unit == "bytes" { numbers::bytes(n) } else { numbers::short(n) };
    let unit = if progress.unit == "bytes" { String::new() } else { format!(" {}", progress.unit) };
    let mut text = match progress.total {
        Some(total) => format!("{} of {}{unit}", amount(progress.done), amount(total)),
        None => format!("{}{unit}", amount(progress.done)),
    };
    if let Some(pace) = pace {
        let rate = match progress.unit {
            "bytes" => numbers::bytes(pace.per_second as u64),
            _ => numbers::rate(pace.per_second),
        };
        text.push_str(&format!(", {rate}/s"));
        if pace.seconds_left.is_finite() {
            text.push_str(&format!(", {} left", numbers::duration(pace.seconds_left)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(done: u64, total: Option<u64>, unit: &'static str) -> Progress {
        Progress { stage: "Working".to_owned(), done, total, unit }
    }

    #[test]
    fn a_report_names_amount_rate_and_time_left() {
        let pairs = progress(12_400_000, Some(55_000_000), "pairs");
        let pace = Pace { per_second: 3_210_000.0, seconds_left: 13.3 };
        assert_eq!(figures(&pairs, Some(pace)), "12.4M of 55.0M pairs, 3.21M/s, 13 s left");
        assert_eq!(figures(&progress(5, None, "rows"), None), "5 rows");
    }

    #[test]
    fn an_unknown_total_has_a_rate_but_no_time_left() {
        let bytes = progress(4_000_000, None, "bytes");
        assert_eq!(figures(&bytes, pace_so_far(&bytes, 2.0)), "4.00 MB, 2.00 MB/s");
    }
}
