//! The formats.

use std::path::Path;
use std::str::FromStr;

use super::ExportError;

/// A file format for vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated: id, label, count, then one column a dimension.
    Csv,
    /// The same with tabs.
    Tsv,
    /// Columns id, label, count, vector (fixed-size list of f32).
    Parquet,
    /// NumPy array of f32 [rows, dims], with the IDs beside it as NAME.ids.csv.
    Npy,
    /// One tensor a type, IDs beside it.
    Safetensors,
    /// word2vec's text format.
    Word2vec,
    /// A folder for TensorBoard's Embedding Projector: vectors.tsv, metadata.tsv, `projector_config.json`.
    Projector,
}

impl ExportFormat {
    /// All formats, in the order dialogs show them.
    pub const ALL: [Self; 7] =
        [Self::Csv, Self::Tsv, Self::Parquet, Self::Npy, Self::Safetensors, Self::Word2vec, Self::Projector];

    /// The formats that a file's ending names.
    const BY_ENDING: [Self; 5] = [Self::Csv, Self::Tsv, Self::Parquet, Self::Npy, Self::Safetensors];

    /// The format that the ending of `path` names, in any case.
    ///
    /// # Errors
    /// [`ExportError::Format`] listing the endings that do.
    pub fn of_path(path: &Path) -> Result<Self, ExportError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        Self::BY_ENDING.into_iter().find(|format| format.name() == ending).ok_or_else(|| {
            let names = Self::BY_ENDING.map(|format| format!(".{}", format.name())).join(", ");
            ExportError::Format(format!(
                "The ending {ending:?} names no format of vectors; use one of {names}\nFile: {}",
                path.display()
            ))
        })
    }

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Npy => "npy",
            Self::Safetensors => "safetensors",
            Self::Word2vec => "word2vec",
            Self::Projector => "projector",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = ExportError;

    fn from_str(text: &str) -> Result<Self, ExportError> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            ExportError::Format(format!("unknown format {text:?}; use one of {}", names.join(", ")))
        })
    }
}
