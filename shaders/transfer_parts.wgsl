// Gradients of the transfer matrices, in parts: the sum over at most SEGMENT images of (image's gradient) times
// (attribute's vector) transposed. One invocation a vec4 of a part; small matrices leave the last ones idle.
fn work(group: u32, local: u32) {
    let index = invocation_index(group, local);
    if index >= params.count {
        return;
    }
    let part = params.transfer_parts + 3u * (index / params.largest4);
    let element = index % params.largest4;
    let kind = load_plan(part);
    let width4 = shape(params.types, kind, WIDTH4);
    let row = element / width4;
    if row >= 4u * params.item4 {
        return;
    }
    let table4 = shape(params.types, kind, TABLE4) + element % width4;
    var sum = vec4<f32>();
    for (var slot = load_plan(part + 1u); slot < load_plan(part + 2u); slot += 1u) {
        let gradient = load_image_gradients(slot * params.item4 + row / 4u)[row % 4u];
        sum += gradient * load_table(table4 + load_plan(params.slot_rows + slot) * width4);
    }
    store_parts(index, sum);
}
