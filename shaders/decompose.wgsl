// Gradients of attributes that many segments touch, in parts: each part sums w_ik times the slice of type k over at most
// SEGMENT segments. ROW_LANES invocations a part.
fn visit(part: u32, lane: u32) {
    let source = load_plan(params.heavy + 2u * part);
    let kind = load_plan(params.heavy + 2u * part + 1u);
    let slice = shape(params.types, kind, COMPOSED4) - params.item4;
    for (var q = lane; q < shape(params.types, kind, WIDTH4); q += ROW_LANES) {
        var sum = vec4<f32>();
        for (var e = load_plan(params.segment_starts + source); e < load_plan(params.segment_starts + source + 1u); e += 1u) {
            let segment = load_plan(params.entries + 2u * e);
            let weight = bitcast<f32>(load_plan(params.entries + 2u * e + 1u));
            sum += weight * load_sums(segment * params.sums4 + slice + q);
        }
        store_parts((params.first_part + part) * params.widest4 + q, sum);
    }
}
