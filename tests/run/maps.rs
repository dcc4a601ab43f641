//! Maps are kept with the run they show.

use std::fs;
use std::sync::Arc;

use idatlas::run::{Run, RunError, SavedProjection};
use ndarray::array;

use super::fixture::run;

fn map(table: &str, rows: usize) -> SavedProjection {
    SavedProjection {
        table: table.to_owned(),
        method: "pca".to_owned(),
        coordinates: ndarray::Array2::from_shape_fn((rows, 2), |(i, d)| i as f32 - 0.3 * d as f32),
        trust: None,
        metadata: vec![("explained_variance_ratio".to_owned(), "[0.5, 0.25]".to_owned())],
    }
}

#[test]
fn a_map_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let run = run();
    run.write(folder.path()).unwrap();
    for (table, rows, file) in
        [("item", 4, "item-pca.parquet"), ("user", 3, "user-pca.parquet"), ("a/b", 1, "a%2Fb-pca.parquet")]
    {
        assert_eq!(run.read_projection(folder.path(), table, "pca").unwrap(), None);
        let path = run.write_projection(folder.path(), &map(table, rows)).unwrap();
        assert_eq!(path, folder.path().join("projections").join(file));
        assert_eq!(run.read_projection(folder.path(), table, "pca").unwrap(), Some(map(table, rows)));
    }
    let mut space = map("item", 4);
    space.coordinates = array![[0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [f32::MAX, -0.0, 1e-40]];
    run.write_projection(folder.path(), &space).unwrap();
    assert_eq!(run.read_projection(folder.path(), "item", "pca").unwrap(), Some(space));
    Run::read(folder.path()).expect("maps do not disturb the run");
}

#[test]
fn a_map_of_other_rows_or_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run();
    let path = run.write_projection(folder.path(), &map("brand", 2)).unwrap();
    assert!(matches!(run.write_projection(folder.path(), &map("shop", 2)), Err(RunError::UnknownType { .. })));
    Arc::make_mut(&mut run.types)[1].vocabulary = Arc::new(["zeta", "acme"].into_iter().collect());
    let swapped = run.read_projection(folder.path(), "brand", "pca").unwrap_err().to_string();
    assert!(swapped.contains("other IDs"), "{swapped}");
    fs::write(&path, "PAR1").unwrap();
    let damaged = run.read_projection(folder.path(), "brand", "pca");
    assert!(matches!(damaged, Err(RunError::Damaged { .. })), "{damaged:?}");
}
