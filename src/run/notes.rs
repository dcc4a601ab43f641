//! notes.json: what people say of a run. It stands beside what was learned and never changes it.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::layout::{NOTES, RUN_JSON};
use super::{RunError, stage};

/// What people say of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunNotes {
    /// The name it is called by instead of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text.
    pub note: String,
    /// Short words to find it by, in the order they were given.
    pub tags: Vec<String>,
    /// Whether it stands out.
    pub star: bool,
    /// Whether lists leave it out.
    pub archived: bool,
    /// What a later program knows of it: kept as it is.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl RunNotes {
    /// The notes of the run folder `path`; a run without any has none.
    ///
    /// # Errors
    /// [`RunError`] if the file is there and cannot be read.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let file = path.join(NOTES);
        match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| RunError::damaged(&file, format!("The notes cannot be read: {error}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(RunError::io("Reading", &file)(error)),
        }
    }

    /// Writes them into the run folder `path`, whole or not at all.
    ///
    /// # Errors
    /// [`RunError::NotARun`] if there is no run, [`RunError::Io`].
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        if !path.join(RUN_JSON).is_file() {
            return Err(RunError::NotARun { missing: RUN_JSON.to_owned(), path: path.to_owned() });
        }
        let file = path.join(NOTES);
        let failed = |error| RunError::io("Writing", &file)(error);
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let mut staged = stage(&file).map_err(failed)?;
        staged.write_all(&text).map_err(failed)?;
        staged.persist(&file).map(drop).map_err(|error| failed(error.error))
    }

    /// Takes tags from text: separated by commas, each once.
    pub fn set_tags(&mut self, text: &str) {
        self.tags.clear();
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            if !self.tags.iter().any(|known| known == tag) {
                self.tags.push(tag.to_owned());
            }
        }
    }
}
