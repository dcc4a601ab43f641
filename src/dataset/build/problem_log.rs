//! Collects problems while files are read.

use std::path::Path;

use crate::dataset::reader::Rows;
use crate::dataset::{Problem, ProblemKind, Severity};

/// Every kind of problem in every file, counted, with its first place.
#[derive(Debug, Default)]
pub(super) struct ProblemLog {
    problems: Vec<Problem>,
}

impl ProblemLog {
    /// Counts one bad row; `message` is only asked for the first of its kind in `file`.
    pub(super) fn bad_row(&mut self, kind: ProblemKind, file: &Path, place: u64, message: impl FnOnce() -> String) {
        self.count(Severity::Error, kind, file, Some(place), 1, message);
    }

    /// Counts what a reader could not give.
    pub(super) fn faults(&mut self, file: &Path, rows: &Rows) {
        for fault in rows.faults.iter() {
            let message = || fault.message.clone();
            self.count(Severity::Error, fault.kind, file, Some(fault.place), fault.count, message);
        }
    }

    /// Counts `count` cases.
    pub(super) fn count(
        &mut self,
        severity: Severity,
        kind: ProblemKind,
        file: &Path,
        place: Option<u64>,
        count: u64,
        message: impl FnOnce() -> String,
    ) {
        match self.problems.iter_mut().find(|p| p.kind == kind && p.severity == severity && p.file == file) {
            Some(problem) => {
                problem.count += count;
                // Readers report their rows after the batch before, but a batch mixes both.
                if let (Some(first), Some(place)) = (problem.first_line, place)
                    && place < first
                {
                    problem.first_line = Some(place);
                    problem.message = message();
                }
            }
            None => self.problems.push(Problem {
                kind,
                severity,
                file: file.to_owned(),
                count,
                first_line: place,
                message: message(),
            }),
        }
    }

    /// Counts what another log holds, of rows that come after those counted here.
    pub(super) fn absorb(&mut self, later: Self) {
        for p in later.problems {
            self.count(p.severity, p.kind, &p.file, p.first_line, p.count, || p.message);
        }
    }

    /// All problems, worst first, then in the order of the files. Bad rows become warnings where they may be skipped.
    pub(super) fn finish(self, skip_bad_rows: bool) -> Vec<Problem> {
        let mut problems = self.problems;
        for problem in &mut problems {
            let is_row = problem.first_line.is_some() && problem.kind != ProblemKind::UnknownItem;
            if is_row && problem.count > 1 {
                let more = format!(" ({} such rows in all)", problem.count);
                problem.message.push_str(&more);
            }
            if skip_bad_rows && problem.severity == Severity::Error {
                problem.severity = Severity::Warning;
                let left_out = if problem.count == 1 { "the row is left out" } else { "these rows are left out" };
                problem.message = format!("{}; {left_out}", problem.message);
            }
        }
        problems.sort_by_key(|p| std::cmp::Reverse(p.severity));
        problems
    }
}
