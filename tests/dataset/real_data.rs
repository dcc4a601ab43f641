//! The bundled sample, and the measuring data where it is at hand, read as documented.

use std::path::PathBuf;

use idatlas::dataset::{Dataset, Holdout, ProblemKind};

use super::{SETTINGS, cut, problem, read, with_items};

/// The folder of the measuring data, beside the repository or beside its worktrees.
fn shared(name: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/data", "../../shared/data"].map(|place| root.join(place).join(name));
    let found = places.into_iter().find(|p| p.is_dir());
    if found.is_none() {
        println!("skipped: there is no ../shared/data/{name}");
    }
    found
}

fn parquet(folder: &std::path::Path) -> Dataset {
    read(&with_items(&folder.join("events.parquet"), &folder.join("items.parquet")))
}

/// Events, users, sessions, listed items.
fn size(dataset: &Dataset) -> (usize, usize, usize, usize) {
    (dataset.events.len(), dataset.users.len(), dataset.session_count, dataset.catalogue.listed)
}

/// Name, IDs and missing items of each attribute.
fn types(dataset: &Dataset) -> Vec<(&str, usize, u64)> {
    dataset.catalogue.id_types[1..].iter().map(|t| (t.name.as_str(), t.vocabulary.len(), t.missing)).collect()
}

#[test]
fn the_bundled_sample_is_read_as_documented() {
    let dataset = parquet(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets/sample"));
    assert_eq!(size(&dataset), (66_817, 327, 13_835, 3_151));
    let expected = [
        ("product", 1766, 0),
        ("store", 8, 0),
        ("brand", 425, 0),
        ("cate_level1", 15, 0),
        ("cate_level2", 173, 3),
        ("cate_level3", 530, 0),
    ];
    assert_eq!(types(&dataset), expected);
    assert_eq!(dataset.problems, []);
    let labels = dataset.catalogue.labels.as_ref().unwrap();
    assert_eq!(labels.iter().flatten().count(), 3_151);
    assert_eq!(dataset.event_columns.iter().find(|(name, _)| name == "store_id").unwrap().1, None);
}

#[test]
fn csv_and_parquet_of_the_sample_are_the_same_dataset() {
    let Some(folder) = shared("sample_cj") else { return };
    let csv = read(&with_items(&folder.join("events.csv.gz"), &folder.join("items.csv")));
    let parquet = parquet(&folder);
    assert_eq!(csv.events, parquet.events);
    assert_eq!(csv.users, parquet.users);
    assert_eq!(csv.catalogue.attributes, parquet.catalogue.attributes);
    assert_eq!(csv.catalogue.labels, parquet.catalogue.labels);
    assert_eq!(csv.fingerprint, parquet.fingerprint);
}

#[test]
fn online_retail_is_read_as_documented() {
    let Some(folder) = shared("online_retail") else { return };
    let dataset = parquet(&folder);
    assert_eq!(size(&dataset), (406_829, 4_372, 22_190, 3_958));
    assert_eq!(types(&dataset), [("product", 3_418, 0), ("cate_level1", 191, 1_074)]);
    assert!(problem(&dataset, ProblemKind::EmptyType).message.contains("store_id"));
    assert_eq!(problem(&dataset, ProblemKind::ItemWithoutEvents).count, 274);
}

#[test]
fn cj_store_is_read_as_documented() {
    let Some(folder) = shared("cj_store") else { return };
    let dataset = parquet(&folder);
    assert_eq!(size(&dataset), (620_259, 2_441, 126_943, 57_013));
    assert_eq!(types(&dataset)[..2], [("product", 10_855, 0), ("store", 155, 0)]);
    let corpus = cut(dataset, super::CorpusSettings { holdout: Holdout::LastSession, ..SETTINGS });
    let trained = corpus.sequences.items.len();
    assert_eq!(trained + corpus.holdout.len(), 620_259);
    let repeats = corpus.holdout.iter().filter(|h| h.repeat).count() as f64 / corpus.holdout.len() as f64;
    assert!((0.4..0.7).contains(&repeats), "{repeats} of the held-out purchases repeat an earlier one");
}

#[test]
fn cj_is_read_as_documented() {
    let Some(folder) = shared("cj") else { return };
    let dataset = parquet(&folder);
    assert_eq!(size(&dataset), (1_469_307, 2_469, 155_848, 92_331));
    assert_eq!(problem(&dataset, ProblemKind::UnknownItem).count, 17);
    assert_eq!(problem(&dataset, ProblemKind::ItemWithoutEvents).count, 23_839);
    assert!(problem(&dataset, ProblemKind::DuplicateType).message.contains("product"));
    assert_eq!(types(&dataset)[1], ("store", 429, 23_839));
}
