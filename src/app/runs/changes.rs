//! What is changed of runs, kept by the engine and undone here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::state::WindowState;
use crate::engine::{Command, NoticeLevel, RunChange, RunsCommand, RunsEvent};
use crate::run::RunNotes;

/// Something that was done and can be undone.
#[derive(Debug, Clone, PartialEq)]
pub enum Undone {
    /// The notes of the run in `path` were these.
    Notes(PathBuf, Box<RunNotes>, &'static str),
    /// The run was set aside.
    SetAside {
        /// Where it was.
        run: PathBuf,
        /// Where it lies.
        aside: PathBuf,
    },
}

impl Undone {
    /// What was done, in words.
    pub fn words(&self) -> String {
        let name = |path: &Path| path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        match self {
            Self::Notes(path, _, what) => format!("{}: {what}", name(path)),
            Self::SetAside { run, aside } => {
                format!("{} was moved to {}; it is removed only if you empty that folder", name(run), aside.display())
            }
        }
    }
}

impl WindowState {
    /// Changes the notes of the run in `path`, at once in the table and soon in its folder; `what` names the change.
    pub fn change_notes(&mut self, path: &Path, what: &'static str, change: impl FnOnce(&mut RunNotes)) {
        let table = Arc::make_mut(&mut self.runs.table);
        let Some(run) = table.runs.iter_mut().find(|run| run.path == path) else { return };
        let before = run.notes.clone();
        change(&mut run.notes);
        if run.notes == before {
            return;
        }
        let notes = Box::new(run.notes.clone());
        self.runs.undo.push(Undone::Notes(path.to_owned(), Box::new(before), what));
        self.send(Command::Runs(RunsCommand::Change(RunChange::Notes(path.to_owned(), notes))));
    }

    /// Undoes the latest change of a run.
    pub fn undo_change(&mut self) {
        match self.runs.undo.pop() {
            Some(Undone::Notes(path, notes, _)) => {
                let table = Arc::make_mut(&mut self.runs.table);
                if let Some(run) = table.runs.iter_mut().find(|run| run.path == path) {
                    run.notes = (*notes).clone();
                }
                self.send(Command::Runs(RunsCommand::Change(RunChange::Notes(path, notes))));
            }
            Some(Undone::SetAside { run, aside }) => {
                self.send(Command::Runs(RunsCommand::Change(RunChange::PutBack { aside, run })));
            }
            None => {}
        }
    }

    /// Takes what the engine tells of runs on disk.
    pub fn take_runs_event(&mut self, event: RunsEvent) {
        match event {
            RunsEvent::Listed(table) => self.runs.take_table(table),
            RunsEvent::NotesKept(_) => {}
            RunsEvent::SetAside { run, aside } => {
                if let Some(shown) = self.run.as_mut().filter(|shown| shown.path.as_ref() == Some(&run)) {
                    shown.path = None;
                }
                self.recent.forget(&run);
                self.runs.undo.push(Undone::SetAside { run, aside });
                self.runs.look_again();
            }
            RunsEvent::PutBack(run) => {
                self.notices.tell(NoticeLevel::Info, format!("The run is back\nFolder: {}", run.display()));
                self.runs.put_back(&run);
            }
            RunsEvent::CurvesRead(curves) => self.runs.compare.take_curves(curves),
            RunsEvent::Compared(comparison) => self.runs.compare.take_comparison(comparison),
            RunsEvent::OpenedBeside { run, path } => self.take_guest(run, path),
            RunsEvent::NearCompared(subject, found) => {
                let generation = self.run.as_ref().map_or(0, |shown| shown.generation);
                self.map.take_near_change(&subject, found, generation);
            }
            RunsEvent::ImportanceFound(found, samples) => self.runs.parallel.take(found, samples),
            RunsEvent::SweepEnded { folder, sweep } => {
                self.runs.sweep.take_end(&folder, &sweep);
                self.runs.look_again();
                let words = match (sweep.interrupted, self.runs.sweep.best()) {
                    (true, _) => "The sweep is stopped; Go on trains what is left of it".to_owned(),
                    (false, Some(best)) => format!("The sweep is done; trial {} is the best", best.number),
                    (false, None) => "The sweep is done; no trial could be measured".to_owned(),
                };
                self.notices.tell(NoticeLevel::Info, words);
            }
            RunsEvent::SweepRead(record) => self.runs.sweep.take_record(*record),
        }
    }
}

impl super::RunsPage {
    /// Has the run in `path` listed again.
    fn put_back(&mut self, path: &Path) {
        if let Some(folder) = path.parent() {
            self.add_folder_quietly(folder.to_owned());
        }
        self.stale = true;
    }

    /// What can be undone, latest last.
    pub fn last_change(&self) -> Option<&Undone> {
        self.undo.last()
    }
}
