// The gradient of each image: its segments' sums, added in order. ROW_LANES invocations an image.
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
    for (var q = local % ROW_LANES; q < params.item4; q += ROW_LANES) {
        var sum = vec4<f32>();
        for (var s = plan[params.row_segments + slot]; s < plan[params.row_segments + slot + 1u]; s += 1u) {
            sum += load_sums(s * params.item4 + q);
        }
        store_image_gradients(slot * params.item4 + q, sum);
    }
}
