// The gradient of each image: its segments' sums, added in order. One invocation a vec4.
@group(0) @binding(2) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> image_gradients: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = invocation_index(workgroup, workgroups, local);
    if index >= params.count {
        return;
    }
    let slot = index / params.item4;
    let lane = index % params.item4;
    var sum = vec4<f32>();
    for (var s = plan[params.row_segments + slot]; s < plan[params.row_segments + slot + 1u]; s += 1u) {
        sum += sums[s * params.item4 + lane];
    }
    image_gradients[index] = sum;
}
