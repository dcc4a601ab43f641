//! The search on a device, against its mirror and against a sort of all scores.

use idatlas::gpu::kernels::near_rows::Params;
use idatlas::gpu::near_rows;
use idatlas::neighbors::{DeviceSearchError, GraphError, Metric, exact_on_gpu};
use idatlas::progress::{CancelToken, Watch};
use idatlas::reference;
use ndarray::Array2;

use super::inputs::{METRICS, assert_exact, clustered};
use crate::gpu::context;

#[test]
fn the_kernel_keeps_what_its_mirror_keeps() {
    let Some(context) = context("the_kernel_keeps_what_its_mirror_keeps") else { return };
    // Small whole numbers: sums are exact in any order, and there are many ties.
    let rows = clustered(777, 12, 7, 61).mapv(|x| (4.0 * x).round());
    let offsets: Vec<f32> = (0..777).map(|row| (row % 5) as f32).collect();
    for kept in [1, 9] {
        let found =
            near_rows(&context, rows.as_slice().unwrap(), &offsets, kept, &Watch::unattended()).unwrap().unwrap();
        let (mut scores, mut best) = (vec![f32::MIN; 777 * kept], vec![u32::MAX; 777 * kept]);
        let params =
            Params { first: 0, width4: 3, first_query: 0, queries: 777, first_row: 0, end_row: 777, kept: kept as u32 };
        reference::near_rows::near_rows(&params, &[], rows.as_slice().unwrap(), &offsets, &mut scores, &mut best);
        assert_eq!(found.rows, best, "kept {kept}");
        assert_eq!(found.scores, scores, "kept {kept}");
    }
}

#[test]
fn neighbours_from_the_device_are_exact() {
    let Some(context) = context("neighbours_from_the_device_are_exact") else { return };
    let mut zeros = clustered(300, 18, 5, 67);
    zeros.slice_mut(ndarray::s![50..90, ..]).fill(0.0);
    let cases = [
        ("clustered", clustered(600, 30, 8, 71)),
        ("zero rows", zeros),
        ("one dimension", clustered(200, 1, 3, 73)),
        ("two rows", clustered(2, 5, 1, 79)),
        ("one row", clustered(1, 5, 1, 79)),
        ("no row", Array2::zeros((0, 5))),
    ];
    for (name, rows) in &cases {
        for metric in METRICS {
            let graph = exact_on_gpu(&context, rows.view(), 11, metric, &Watch::unattended()).unwrap();
            assert_exact(&graph, rows.view(), 11, metric, name);
        }
    }
}

#[test]
fn a_search_on_the_device_can_be_cancelled_and_refuses_bad_rows() {
    let Some(context) = context("a_search_on_the_device_can_be_cancelled_and_refuses_bad_rows") else { return };
    let mut rows = clustered(300, 8, 5, 83);
    let cancel = CancelToken::default();
    cancel.cancel();
    let cancelled = exact_on_gpu(&context, rows.view(), 3, Metric::Dot, &Watch::new(cancel, |_| {}));
    assert!(matches!(cancelled, Err(DeviceSearchError::Rows(GraphError::Cancelled))), "{cancelled:?}");
    rows[[7, 2]] = f32::NAN;
    let refused = exact_on_gpu(&context, rows.view(), 3, Metric::Dot, &Watch::unattended());
    assert!(matches!(refused, Err(DeviceSearchError::Rows(GraphError::NotFinite { row: 7 }))), "{refused:?}");
}
