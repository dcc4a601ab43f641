//! Claims about dataset: what is read from files, what is said of bad ones, and what a corpus is cut from them.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests; clippy's exception covers test functions alone"
)]

mod bad_input;
mod columns;
mod corpus;
mod formats;
mod real_data;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use idatlas::dataset::{
    Corpus, CorpusSettings, DataRequest, Dataset, DatasetError, Holdout, Problem, ProblemKind, SequenceUnit, Weighting,
    inspect, load,
};
use idatlas::progress::Watch;
use tempfile::TempDir;

/// Files that vanish with the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }
}

fn request(events: &Path) -> DataRequest {
    DataRequest { events: vec![events.to_owned()], ..DataRequest::default() }
}

fn with_items(events: &Path, items: &Path) -> DataRequest {
    DataRequest { items: Some(items.to_owned()), ..request(events) }
}

fn read(request: &DataRequest) -> Dataset {
    load(request, &Watch::unattended()).unwrap_or_else(|e| panic!("{e}"))
}

/// The dataset of events written as CSV.
fn events(text: &str) -> Dataset {
    read(&request(&Folder::new().write("events.csv", text)))
}

/// The dataset of events and items written as CSV.
fn events_and_items(events: &str, items: &str) -> Dataset {
    let folder = Folder::new();
    read(&with_items(&folder.write("events.csv", events), &folder.write("items.csv", items)))
}

fn refusal(request: &DataRequest) -> DatasetError {
    load(request, &Watch::unattended()).expect_err("the load should be refused")
}

/// The message with which events written as CSV are refused.
fn refused(text: &str) -> String {
    refusal(&request(&Folder::new().write("events.csv", text))).to_string()
}

fn inspected(request: &DataRequest) -> Dataset {
    inspect(request, &Watch::unattended()).unwrap_or_else(|e| panic!("{e}"))
}

fn problem(dataset: &Dataset, kind: ProblemKind) -> &Problem {
    let found = dataset.problems.iter().find(|p| p.kind == kind);
    found.unwrap_or_else(|| panic!("no {kind:?} in {:#?}", dataset.problems))
}

const SETTINGS: CorpusSettings = CorpusSettings {
    holdout: Holdout::None,
    min_count: 1,
    sequence: SequenceUnit::User,
    weighting: Weighting::InverseCount,
    hide_items: 0.0,
    seed: 1,
};

fn cut(dataset: Dataset, settings: CorpusSettings) -> Corpus {
    Corpus::new(Arc::new(dataset), settings).unwrap_or_else(|e| panic!("{e}"))
}

/// Each user's (item, time) pairs in order.
fn histories(dataset: &Dataset) -> Vec<(String, Vec<(String, i64)>)> {
    let items = &dataset.catalogue.id_types[0].vocabulary;
    let of_user = |user: usize| {
        let events = dataset.events.of_user(user);
        events.map(|e| (items.id(dataset.events.item[e]).to_owned(), dataset.events.time[e])).collect()
    };
    (0..dataset.users.len()).map(|user| (dataset.users.id(user as u32).to_owned(), of_user(user))).collect()
}

/// The items of one user's history.
fn items_of(dataset: &Dataset, user: &str) -> Vec<String> {
    let all = histories(dataset);
    let (_, own) = all.iter().find(|(name, _)| name == user).unwrap_or_else(|| panic!("no user {user} in {all:?}"));
    own.iter().map(|(item, _)| item.clone()).collect()
}
