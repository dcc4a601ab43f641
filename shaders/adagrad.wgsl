// Row-wise Adagrad on the listed rows: the mean squared gradient is added to the row's accumulator, and the row moves
// by its gradient over the accumulator's root. ROW_LANES invocations a row.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> accumulators: array<f32>;
@group(0) @binding(4) var<storage, read_write> table: array<vec4<f32>>;

var<workgroup> parts: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = row_index(workgroup, workgroups, local);
    let lane = local % ROW_LANES;
    var row = Row();
    var part = 0.0;
    var accumulated = 0.0;
    if slot < params.count {
        row = listed_row(slot, params.starts, params.types, params.rows);
        accumulated = accumulators[row.number];
        for (var q = lane; q < row.width4; q += ROW_LANES) {
            part += dot(gradients[row.listed + q], gradients[row.listed + q]);
        }
    }
    parts[local] = part;
    workgroupBarrier();
    if slot >= params.count {
        return;
    }
    var square = 0.0;
    for (var other = 0u; other < ROW_LANES; other += 1u) {
        square += parts[local - lane + other];
    }
    accumulated += square / f32(shape(params.types, row.kind, WIDTH));
    let root = sqrt(accumulated) + params.epsilon;
    if lane == 0u {
        accumulators[row.number] = accumulated;
    }
    // With epsilon 0 a row that never had a gradient stays.
    if root > 0.0 {
        for (var q = lane; q < row.width4; q += ROW_LANES) {
            table[row.table + q] -= params.learning_rate / root * gradients[row.listed + q];
        }
    }
}
