// Images of attributes in item space, M_k E_k[a]. ROW_LANES invocations an image; each computes four dimensions at a
// time.
fn visit(slot: u32, lane: u32) {
    let kind = load_plan(params.slot_types + slot);
    let width4 = shape(params.types, kind, WIDTH4);
    let vector = shape(params.types, kind, TABLE4) + load_plan(params.slot_rows + slot) * width4;
    for (var r = lane; r < params.item4; r += ROW_LANES) {
        let matrix = shape(params.transfer_types, kind, TABLE4) + 4u * r * width4;
        var image = vec4<f32>();
        for (var q = 0u; q < width4; q += 1u) {
            let value = load_table(vector + q);
            image.x += dot(load_transfer(matrix + q), value);
            image.y += dot(load_transfer(matrix + width4 + q), value);
            image.z += dot(load_transfer(matrix + 2u * width4 + q), value);
            image.w += dot(load_transfer(matrix + 3u * width4 + q), value);
        }
        store_images(slot * params.item4 + r, image);
    }
}
