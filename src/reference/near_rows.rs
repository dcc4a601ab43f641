//! Mirror of `near_rows.wgsl`.

use crate::gpu::kernels::near_rows::Params;
use crate::gpu::layout::LANES;

/// Scores of query rows with a range of rows, each a dot product less two offsets; the best of each query so far stay
/// in its list, a better one in place of the worst.
pub fn near_rows(
    params: &Params,
    _plan: &[u32],
    rows: &[f32],
    offsets: &[f32],
    best_scores: &mut [f32],
    best_rows: &mut [u32],
) {
    let width = params.width4 as usize * LANES;
    let kept = params.kept as usize;
    let row = |row: usize| &rows[row * width..][..width];
    let lists = best_scores.chunks_exact_mut(kept).zip(best_rows.chunks_exact_mut(kept));
    for (query, (scores, rows)) in (params.first_query as usize..).zip(lists).take(params.queries as usize) {
        for other in params.first_row as usize..params.end_row as usize {
            if other == query {
                continue;
            }
            let product: f32 = row(query).iter().zip(row(other)).map(|(a, b)| a * b).sum();
            let score = product - offsets[query] - offsets[other];
            let by_worst = |&a: &usize, &b: &usize| scores[a].total_cmp(&scores[b]).then(rows[b].cmp(&rows[a]));
            if let Some(worst) = (0..kept).min_by(by_worst)
                && score > scores[worst]
            {
                scores[worst] = score;
                rows[worst] = other as u32;
            }
        }
    }
}
