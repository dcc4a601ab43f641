// Plain gradient descent on the listed rows. ROW_LANES invocations a row.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> table: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = row_index(workgroup, workgroups, local);
    if slot >= params.count {
        return;
    }
    let row = listed_row(slot, params.starts, params.types, params.rows);
    for (var q = local % ROW_LANES; q < row.width4; q += ROW_LANES) {
        table[row.table + q] -= params.learning_rate * gradients[row.listed + q];
    }
}
