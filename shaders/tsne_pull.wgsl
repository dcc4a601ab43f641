// The pull of its neighbours on each point: the sum over its edges of P (y - y_j) / (1 + |y - y_j|^2). ROW_LANES
// invocations a point.
var<workgroup> shares: array<vec4<f32>, WORKGROUP>;

fn work(group: u32, local: u32) {
    let point = row_index(group, local);
    let lane = local % ROW_LANES;
    var share = vec4<f32>();
    if point < params.count {
        let place = load_places(point);
        let end = load_edge_starts(point + 1u);
        for (var edge = load_edge_starts(point) + lane; edge < end; edge += ROW_LANES) {
            let difference = place - load_places(load_edge_columns(edge));
            share += load_edge_values(edge) / (1.0 + dot(difference, difference)) * difference;
        }
    }
    shares[local] = share;
    workgroupBarrier();
    if lane == 0u && point < params.count {
        var sum = vec4<f32>();
        for (var other = 0u; other < ROW_LANES; other += 1u) {
            sum += shares[local + other];
        }
        store_pulls(point, sum);
    }
}
