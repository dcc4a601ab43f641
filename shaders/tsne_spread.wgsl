// Charges the grid: each point spreads over 4 x 4 nodes. WGSL has no float atomics; charges are whole numbers of
// 1 / `scale`, whose sums do not depend on their order.
fn work(group: u32, local: u32) {
    let point = invocation_index(group, local);
    if point >= params.count {
        return;
    }
    let located = locate(load_places(point).xy);
    let along_x = weights(located.between.x);
    let along_y = weights(located.between.y);
    for (var row = 0u; row < 4u; row += 1u) {
        let first = (located.node.y + row) * params.columns + located.node.x;
        for (var column = 0u; column < 4u; column += 1u) {
            add_charges(first + column, u32(params.scale * along_y[row] * along_x[column] + 0.5));
        }
    }
}
