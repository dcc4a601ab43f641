//! How a window last showed a run: `window.json` in its folder. No part of the run; only windows read it.

use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{KeptTiles, Run, RunError, stage};

const FILE: &str = "window.json";

/// IDs that were given a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSet {
    /// Its name.
    pub name: String,
    /// The ID type, or "user".
    pub table: String,
    /// The IDs.
    pub ids: Vec<String>,
}

/// The part of a map that was in view.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KeptView {
    /// The map position in the middle.
    pub centre: [f32; 2],
    /// Points of the screen for each map unit.
    pub scale: f32,
}

/// Palettes by their names, and colours that were picked for single IDs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPalettes {
    /// For categories; empty or unknown: the usual one.
    pub categories: String,
    /// For amounts.
    pub ramp: String,
    /// For amounts on both sides of zero.
    pub diverging: String,
    /// Picked colours.
    pub own: Vec<KeptColour>,
}

/// A colour that was picked for an ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptColour {
    /// The ID type, or "group".
    #[serde(rename = "type")]
    pub type_name: String,
    /// The ID.
    pub id: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
}

/// One of several maps side by side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptPane {
    /// The table.
    pub table: String,
    /// What its colours said.
    pub colour_by: String,
    /// Whether frequent IDs were larger.
    pub size_by_count: bool,
    /// The numeric column that sizes told of; empty: none.
    pub size_by: String,
    /// Other types whose IDs were shown among the items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// What was in view of the map of principal components; `None`: all of it.
    pub view: Option<KeptView>,
}

/// What maps side by side did together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptLinks {
    /// Whether what belonged to the selection of one was selected on the others.
    pub selections: bool,
    /// Whether what belonged to what one pointed at was marked on the others.
    pub pointers: bool,
    /// Whether those of the same map were moved together.
    pub cameras: bool,
}

impl Default for KeptLinks {
    fn default() -> Self {
        Self { selections: true, pointers: true, cameras: false }
    }
}

/// How a window last showed a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptWindow {
    /// The table on show.
    pub table: String,
    /// The method of its map.
    pub method: String,
    /// What its colours said.
    pub colour_by: String,
    /// Whether frequent IDs were larger.
    pub size_by_count: bool,
    /// The numeric column that sizes told of; empty: none.
    pub size_by: String,
    /// Where colours were taken from.
    pub palettes: KeptPalettes,
    /// What was in view of the map of principal components; `None`: all of it.
    pub view: Option<KeptView>,
    /// Whether density lines were drawn.
    pub contours: bool,
    /// Other types whose IDs were shown among the items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Whether the overview was shown where the map was seen in part; `None`: yes.
    pub overview: Option<bool>,
    /// Axes of the map, 2 or 3; 0: 2.
    pub dims: usize,
    /// Radians that a map of three axes was turned and tipped by; `None`: as it is at first.
    pub orbit: Option<[f32; 2]>,
    /// Selected IDs.
    pub selection: Vec<String>,
    /// Named sets.
    pub sets: Vec<NamedSet>,
    /// The maps side by side, if there were several; what is kept beside them speaks of the active one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panes: Vec<KeptPane>,
    /// How they were arranged, by their places in `panes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiles: Option<KeptTiles>,
    /// The place of the active one.
    pub active: usize,
    /// What they did together; `None`: as at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<KeptLinks>,
}

impl KeptWindow {
    /// What is kept beside the run in `folder`. Nothing that matters is in it: a file that is missing or does not read is
    /// nothing.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// Keeps it beside the run in `folder`. The file appears whole.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let path = folder.join(FILE);
        let failed = |error: std::io::Error| RunError::io("Writing", &path)(error);
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut file = stage(&path).map_err(failed)?;
        file.write_all(&bytes).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

impl Run {
    /// The rows of those of `ids` that `table` has, rising.
    #[must_use]
    pub fn known_rows(&self, table: &str, ids: &[String]) -> Vec<u32> {
        let Ok(table) = self.table(table) else { return Vec::new() };
        let mut rows: Vec<u32> = ids.iter().filter_map(|id| table.vocabulary.index(id)).collect();
        rows.sort_unstable();
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_a_damaged_file_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(KeptWindow::read(folder.path()), None);
        let set = NamedSet { name: "breakfast".to_owned(), table: "item".to_owned(), ids: vec!["7".to_owned()] };
        let view = Some(KeptView { centre: [1.5, -2.0], scale: 80.0 });
        let kept = KeptWindow { table: "item".to_owned(), sets: vec![set], view, ..KeptWindow::default() };
        kept.write(folder.path()).unwrap();
        assert_eq!(KeptWindow::read(folder.path()), Some(kept));
        std::fs::write(folder.path().join(FILE), "{\"table\": \"brand\", \"later\": 1}").unwrap();
        assert_eq!(KeptWindow::read(folder.path()).map(|kept| kept.table), Some("brand".to_owned()));
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(KeptWindow::read(folder.path()), None);
    }
}
