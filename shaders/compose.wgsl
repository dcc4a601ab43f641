// Composed vectors of a side's items: the slice of type k is w_ik E_k[id_k(i)] (MODEL.md, eq. 7), zero where missing.
// ROW_LANES invocations an item.
fn visit(index: u32, lane: u32) {
    let attributes = load_plan(params.items + index) * params.type_count;
    var kind = 0u;
    for (var q = lane; q < params.composed4; q += ROW_LANES) {
        while kind + 1u < params.type_count && q >= shape(params.types, kind + 1u, COMPOSED4) {
            kind += 1u;
        }
        let id = load_ids(attributes + kind);
        var value = vec4<f32>();
        if id != NONE {
            let row = shape(params.types, kind, TABLE4) + id * shape(params.types, kind, WIDTH4);
            value = load_weights(attributes + kind) * load_table(row + q - shape(params.types, kind, COMPOSED4));
        }
        store_composed(index * params.composed4 + q, value);
    }
}
