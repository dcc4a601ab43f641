// Adam (Kingma and Ba) on the listed rows. ROW_LANES invocations a row.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> table: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first_moment: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second_moment: array<vec4<f32>>;

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
        let at = row.table + q;
        let gradient = gradients[row.listed + q];
        let first = params.beta1 * first_moment[at] + (1.0 - params.beta1) * gradient;
        let second = params.beta2 * second_moment[at] + (1.0 - params.beta2) * gradient * gradient;
        let root = sqrt(params.correction2 * second) + params.epsilon;
        first_moment[at] = first;
        second_moment[at] = second;
        // With epsilon 0 an element that never had a gradient has no direction: it stays.
        let direction = select(vec4<f32>(), params.correction1 * first / root, root > vec4<f32>());
        table[at] -= params.learning_rate * direction;
    }
}
