// Plain gradient descent on the listed rows. One invocation a vec4.
@group(0) @binding(2) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> table: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let element = invocation_index(workgroup, workgroups, local);
    if element >= params.count {
        return;
    }
    let place = place_of(element, params.starts, params.types);
    let at = table_index(place, params.starts, params.types, params.rows);
    table[at] -= params.learning_rate * gradients[element];
}
