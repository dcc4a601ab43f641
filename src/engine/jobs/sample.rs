//! The bundled sample data.

use std::path::{Path, PathBuf};

use crate::dataset::{self, DataRequest, Dataset, DatasetError};
use crate::engine::EngineError;
use crate::progress::Watch;

/// The bundled files: name and content. The last is the notice of source and licence.
#[must_use]
pub fn sample_files() -> [(&'static str, &'static [u8]); 3] {
    [
        ("events.parquet", include_bytes!("../../../assets/sample/events.parquet")),
        ("items.parquet", include_bytes!("../../../assets/sample/items.parquet")),
        ("NOTICE.txt", include_bytes!("../../../assets/sample/NOTICE.txt")),
    ]
}

/// A request for the sample, whose files are laid into the user's cache folder first (or, where that cannot be
/// written, the system's temporary folder), so that it loads and reloads like any other data.
///
/// # Errors
/// [`DatasetError::Unreadable`] if neither folder can be written.
pub fn sample_request() -> Result<DataRequest, EngineError> {
    let cache = directories::ProjectDirs::from("", "", "idatlas").map(|folders| folders.cache_dir().join("sample"));
    let temporary = std::env::temp_dir().join("idatlas-sample");
    let folder = match cache {
        Some(cache) if lay_out(&cache).is_ok() => cache,
        _ => {
            lay_out(&temporary).map_err(|error| DatasetError::Unreadable {
                message: format!("The sample cannot be written out: {error}; make room or set TMPDIR"),
                path: temporary.clone(),
            })?;
            temporary
        }
    };
    Ok(request_in(&folder))
}

/// The sample as a dataset.
///
/// # Errors
/// As [`sample_request`], and [`DatasetError::Cancelled`].
pub fn load_sample(watch: &Watch) -> Result<Dataset, EngineError> {
    Ok(dataset::load(&sample_request()?, watch)?)
}

fn request_in(folder: &Path) -> DataRequest {
    DataRequest {
        events: vec![folder.join("events.parquet")],
        items: Some(folder.join("items.parquet")),
        ..DataRequest::default()
    }
}

fn lay_out(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, content) in sample_files() {
        let path: PathBuf = folder.join(name);
        if std::fs::read(&path).is_ok_and(|found| found == content) {
            continue;
        }
        // Renamed into place: another instance may be reading the old file.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut file, content)?;
        file.persist(&path)?;
    }
    Ok(())
}
