// The structural term's gradient of each attribute that has an image: M_k^T times the image's gradient, behind the sums
// by item. ROW_LANES invocations an attribute.
fn visit(slot: u32, lane: u32) {
    let kind = load_plan(params.slot_types + slot);
    let width4 = shape(params.transfer_types, kind, WIDTH4);
    for (var q = lane; q < width4; q += ROW_LANES) {
        var at = shape(params.transfer_types, kind, TABLE4) + q;
        var sum = vec4<f32>();
        for (var r = 0u; r < params.item4; r += 1u) {
            let d = load_image_gradients(slot * params.item4 + r);
            sum += d.x * load_transfer(at);
            sum += d.y * load_transfer(at + width4);
            sum += d.z * load_transfer(at + 2u * width4);
            sum += d.w * load_transfer(at + 3u * width4);
            at += 4u * width4;
        }
        store_structure_sums(params.first_attribute4 + slot * params.widest4 + q, sum);
    }
}
