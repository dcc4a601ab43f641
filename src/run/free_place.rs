//! Names that nothing has yet.

use std::path::{Path, PathBuf};

/// `stem` with `ending` in `folder`, then `stem-2`, `stem-3` and so on.
pub(super) fn numbered(folder: &Path, stem: &str, ending: &str) -> impl Iterator<Item = PathBuf> {
    (1_u32..).map(move |number| match number {
        1 => folder.join(format!("{stem}{ending}")),
        _ => folder.join(format!("{stem}-{number}{ending}")),
    })
}

/// The first place in `folder` at which there is nothing yet: `stem` with `ending`, else numbered from 2.
#[must_use]
pub fn free_place(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    numbered(folder, stem, ending)
        .find(|place| !place.exists())
        .unwrap_or_else(|| folder.join(format!("{stem}{ending}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let names = [(); 3].map(|()| {
            let place = free_place(folder.path(), "run 1", ".zip");
            std::fs::write(&place, "").unwrap();
            place.file_name().unwrap().to_owned()
        });
        assert_eq!(names, ["run 1.zip", "run 1-2.zip", "run 1-3.zip"]);
    }
}
