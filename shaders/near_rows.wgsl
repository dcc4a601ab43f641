// Scores of query rows with a range of rows, each a dot product less two offsets, and the best of each query so far.
//
// One invocation a query. Rows come in tiles that a workgroup shares, a few vec4 deep, so that each number that is read
// serves many products.
const TILE_ROWS = 16u;
const TILE_DEPTH = 4u;

var<workgroup> query_tile: array<vec4<f32>, WORKGROUP * TILE_DEPTH>;
var<workgroup> row_tile: array<vec4<f32>, TILE_ROWS * TILE_DEPTH>;

// The candidate that the next better one replaces: the lowest score, and of equal ones the last row.
struct Worst {
    slot: u32,
    score: f32,
}

fn worst_of(list: u32) -> Worst {
    var worst = Worst(list, load_best_scores(list));
    var row = load_best_rows(list);
    for (var slot = list + 1u; slot < list + params.kept; slot++) {
        let score = load_best_scores(slot);
        let other = load_best_rows(slot);
        if score < worst.score || (score == worst.score && other > row) {
            worst = Worst(slot, score);
            row = other;
        }
    }
    return worst;
}

fn work(group: u32, local: u32) {
    let first_place = group * WORKGROUP;
    let place = first_place + local;
    let query = params.first_query + place;
    let is_query = place < params.queries;
    let list = place * params.kept;
    var worst = Worst(0u, 0.0);
    var offset = 0.0;
    if is_query {
        worst = worst_of(list);
        offset = load_offsets(query);
    }
    for (var first = params.first_row; first < params.end_row; first += TILE_ROWS) {
        var products = array<f32, TILE_ROWS>();
        for (var depth = 0u; depth < params.width4; depth += TILE_DEPTH) {
            for (var i = local; i < WORKGROUP * TILE_DEPTH; i += WORKGROUP) {
                let at = first_place + i / TILE_DEPTH;
                let q = depth + i % TILE_DEPTH;
                query_tile[i] = vec4<f32>();
                if at < params.queries && q < params.width4 {
                    query_tile[i] = load_rows((params.first_query + at) * params.width4 + q);
                }
            }
            for (var i = local; i < TILE_ROWS * TILE_DEPTH; i += WORKGROUP) {
                let at = first + i / TILE_DEPTH;
                let q = depth + i % TILE_DEPTH;
                row_tile[i] = vec4<f32>();
                if at < params.end_row && q < params.width4 {
                    row_tile[i] = load_rows(at * params.width4 + q);
                }
            }
            workgroupBarrier();
            for (var q = 0u; q < TILE_DEPTH; q++) {
                let own = query_tile[local * TILE_DEPTH + q];
                for (var r = 0u; r < TILE_ROWS; r++) {
                    products[r] += dot(own, row_tile[r * TILE_DEPTH + q]);
                }
            }
            workgroupBarrier();
        }
        if is_query {
            for (var r = 0u; r < TILE_ROWS; r++) {
                let row = first + r;
                if row < params.end_row && row != query {
                    let score = products[r] - offset - load_offsets(row);
                    // Rows come by rising number, so that of equal scores the first rows stay.
                    if score > worst.score {
                        store_best_scores(worst.slot, score);
                        store_best_rows(worst.slot, row);
                        worst = worst_of(list);
                    }
                }
            }
        }
    }
}
