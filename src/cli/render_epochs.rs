//! `idatlas render --history`: one picture for each epoch that a run keeps.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::CliError;
use super::console::Console;
use super::render::RenderArguments;
use crate::engine::ProjectionRequest;
use crate::engine::jobs::{self, EpochMap, PictureRequest};
use crate::numbers::figures;
use crate::picture::{ColourBy, write_picture};
use crate::run::Run;

/// A picture of one epoch.
#[derive(Debug, Serialize)]
pub(super) struct FrameReport {
    /// Epochs done.
    epochs: f64,
    pub out: PathBuf,
}

/// Draws every kept epoch as `request` says; all show the same part of the map, and each is turned as the next one lies.
pub(super) fn draw(
    run: &Run,
    arguments: &RenderArguments,
    request: &PictureRequest,
    console: &Console,
) -> Result<(Vec<FrameReport>, ColourBy), CliError> {
    let history = Run::read_history(&arguments.run)?.ok_or_else(|| {
        let place = arguments.run.display();
        CliError::Input(format!("The run keeps no epochs; train with --keep-history\nFolder: {place}"))
    })?;
    let settings = arguments.method.settings();
    let kept = run.read_projection(&arguments.run, &request.table, settings.method.name())?;
    let like = kept.as_ref().map(|kept| kept.coordinates.view());
    let asked = ProjectionRequest { table: request.table.clone(), settings };
    let maps = jobs::epoch_maps(run, &history, &asked, like, &console.watch())?;
    let view = all_of(&maps);
    let (mut frames, mut coloured_by) = (Vec::new(), ColourBy::default());
    for (number, map) in (1..).zip(&maps) {
        let method = format!("{} after {} epochs", request.method, figures(map.epochs, 3));
        let request = PictureRequest { method, ..request.clone() };
        let rows: Vec<u32> = (0..map.places.positions().len() as u32).collect();
        let (mut picture, by) = jobs::picture(run, &request, &rows, map.places.positions())?;
        picture.view = Some(view);
        let out = numbered(&arguments.out, number);
        write_picture(&picture, &out, &console.watch())?;
        frames.push(FrameReport { epochs: map.epochs, out });
        coloured_by = by;
    }
    Ok((frames, coloured_by))
}

/// The part of the map that all maps lie in, with a little room.
fn all_of(maps: &[EpochMap]) -> [[f32; 2]; 2] {
    let (mut low, mut high) = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    for (from, to) in maps.iter().map(|map| map.places.bounds()) {
        for axis in 0..2 {
            low[axis] = low[axis].min(from[axis]);
            high[axis] = high[axis].max(to[axis]);
        }
    }
    for axis in 0..2 {
        let room = 0.03 * (high[axis] - low[axis]);
        (low[axis], high[axis]) = (low[axis] - room, high[axis] + room);
    }
    [low, high]
}

/// `map.png` as `map-0007.png`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "map".into(), |stem| stem.to_string_lossy());
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{number:04}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_before_their_ending() {
        assert_eq!(numbered(Path::new("frames/items.map.png"), 12), Path::new("frames/items.map-0012.png"));
    }
}
