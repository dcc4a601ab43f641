// The gradient of each image: its segments' sums, added in order. ROW_LANES invocations an image.
fn visit(slot: u32, lane: u32) {
    for (var q = lane; q < params.item4; q += ROW_LANES) {
        var sum = vec4<f32>();
        for (var s = load_plan(params.row_segments + slot); s < load_plan(params.row_segments + slot + 1u); s += 1u) {
            sum += load_sums(s * params.item4 + q);
        }
        store_image_gradients(slot * params.item4 + q, sum);
    }
}
