//! The target tables of a training as they stood at some of its epochs: `history/NUMBER.safetensors` of a run folder.

use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;

use super::layout::HISTORY;
use super::read::Folder;
use super::tensors::{Floats, Tensors};
use super::{Run, RunError, RunMetadata};
use crate::dataset::TrainedType;
use crate::embedding::Model;

/// The tables at the end of one epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryFrame {
    /// Epochs done.
    pub epochs: f64,
    /// `[K]` target tables [`D_k`, `m_k`].
    pub targets: Vec<Array2<f32>>,
}

/// The epochs that were kept, the earliest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// One an epoch that was kept.
    pub frames: Vec<Arc<HistoryFrame>>,
}

impl History {
    /// Adds the tables of `model`, `epochs` epochs being done; an epoch that is there already is replaced.
    pub fn add(&mut self, epochs: f64, model: &Model) {
        self.frames.retain(|frame| frame.epochs < epochs);
        self.frames.push(Arc::new(HistoryFrame { epochs, targets: model.target.clone() }));
    }

    /// Bytes that one frame of `model` takes, in memory and on disk.
    #[must_use]
    pub fn frame_bytes(model: &Model) -> u64 {
        model.target.iter().map(|table| (table.len() * size_of::<f32>()) as u64).sum()
    }
}

/// The name of file number `number` in a run folder.
pub(super) fn file_of(number: usize) -> String {
    format!("{HISTORY}/{number:05}.safetensors")
}

/// The metadata entry with the epochs that a frame has done.
pub(super) const EPOCHS: &str = "epochs";

pub(super) fn frame_tensors<'a>(types: &[TrainedType], frame: &'a HistoryFrame) -> Vec<(String, Floats<'a>)> {
    let tables = types.iter().zip(&frame.targets);
    tables.map(|(own, table)| (format!("target/{}", own.name), Floats::matrix(table.view()))).collect()
}

impl Run {
    /// How many epochs the run folder `path` keeps; 0 if that cannot be told.
    #[must_use]
    pub fn kept_epochs(path: &Path) -> usize {
        Folder::open(path).map_or(0, |folder| folder.names_in(HISTORY).len())
    }

    /// The epochs that the run folder `path` keeps; `None` if it keeps none.
    ///
    /// # Errors
    /// [`RunError`] for damaged files.
    pub fn read_history(path: &Path) -> Result<Option<History>, RunError> {
        let metadata = RunMetadata::read(path)?;
        let folder = Folder::open(path)?;
        let mut history = History::default();
        for name in folder.names_in(HISTORY) {
            let file = folder.file(&name)?;
            let bytes = std::fs::read(&file).map_err(RunError::io("Reading", &file))?;
            let tensors = Tensors::parse(&bytes, &file)?;
            let text = tensors.metadata(EPOCHS)?;
            let epochs = text.parse().map_err(|error| tensors.damaged(format!("Epochs are {text:?}: {error}")))?;
            let table = |name: &String| tensors.matrix(&format!("target/{name}"), None, None);
            let targets = metadata.types.iter().map(table).collect::<Result<Vec<_>, _>>()?;
            history.frames.push(Arc::new(HistoryFrame { epochs, targets }));
        }
        Ok((!history.frames.is_empty()).then_some(history))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn an_epoch_is_kept_once_and_what_was_after_it_goes() {
        let model = |value: f32| Model { target: vec![array![[value]]], context: Vec::new(), transfer: Vec::new() };
        let mut history = History::default();
        for (epochs, value) in [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0), (2.0, 5.0)] {
            history.add(epochs, &model(value));
        }
        let kept: Vec<(f64, f32)> =
            history.frames.iter().map(|frame| (frame.epochs, frame.targets[0][[0, 0]])).collect();
        assert_eq!(kept, [(1.0, 1.0), (2.0, 5.0)], "a training that went back goes on from there");
        assert_eq!(History::frame_bytes(&model(0.0)), 4);
    }
}
