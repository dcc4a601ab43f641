//! The runs and files opened lately, kept in the platform's folder for settings.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Entries kept.
const MOST: usize = 12;

/// A run folder that was opened or saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentRun {
    /// Its folder.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// What it holds, in words: "3,151 items, 66,817 events".
    pub about: String,
    /// When it was last opened or saved, RFC 3339.
    pub when: String,
}

/// Recent runs, latest first.
#[derive(Debug, Clone, Default)]
pub struct Recent {
    runs: Vec<RecentRun>,
    /// Where they are kept; `None` keeps them for this session only.
    file: Option<PathBuf>,
}

impl Recent {
    /// The list of this user. A missing or damaged file is an empty list: nothing that matters is in it.
    pub fn of_user() -> Self {
        let file =
            directories::ProjectDirs::from("", "", "ID Atlas").map(|folders| folders.config_dir().join("recent.json"));
        file.map_or_else(Self::default, Self::read)
    }

    /// The list in `file`.
    pub fn read(file: PathBuf) -> Self {
        let runs = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Vec<RecentRun>>(&bytes).ok())
            .unwrap_or_default();
        Self { runs, file: Some(file) }
    }

    /// Latest first.
    pub fn runs(&self) -> &[RecentRun] {
        &self.runs
    }

    /// Puts `run` first and keeps the list.
    pub fn add(&mut self, run: RecentRun) {
        self.runs.retain(|other| other.path != run.path);
        self.runs.insert(0, run);
        self.runs.truncate(MOST);
        self.keep();
    }

    /// Takes `path` out of the list: its folder is gone, or is not wanted.
    pub fn forget(&mut self, path: &Path) {
        self.runs.retain(|run| run.path != path);
        self.keep();
    }

    /// Writes the list aside and renames it. That it cannot be kept is no reason to disturb anyone.
    fn keep(&self) {
        let Some(file) = &self.file else { return };
        let written = serde_json::to_vec_pretty(&self.runs).map_err(std::io::Error::other).and_then(|bytes| {
            if let Some(folder) = file.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let aside = file.with_extension("json.new");
            std::fs::write(&aside, bytes)?;
            std::fs::rename(&aside, file)
        });
        if let Err(error) = written {
            tracing::warn!(%error, file = %file.display(), "recent runs could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(path: &str) -> RecentRun {
        RecentRun { path: path.into(), name: path.to_owned(), about: String::new(), when: String::new() }
    }

    #[test]
    fn the_list_survives_a_restart_and_a_damaged_file_is_an_empty_list() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/recent.json");
        let mut recent = Recent::read(file.clone());
        recent.add(run("a"));
        recent.add(run("b"));
        recent.add(run("a"));
        let again = Recent::read(file.clone());
        assert_eq!(again.runs().iter().map(|run| run.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        std::fs::write(&file, b"[{\"path\": 3}").unwrap();
        assert!(Recent::read(file).runs().is_empty());
    }

    #[test]
    fn only_the_latest_are_kept() {
        let mut recent = Recent::default();
        for i in 0..MOST + 3 {
            recent.add(run(&i.to_string()));
        }
        assert_eq!(recent.runs().len(), MOST);
        assert_eq!(recent.runs()[0].name, (MOST + 2).to_string());
    }
}
