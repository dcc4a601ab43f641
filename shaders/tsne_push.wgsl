// The push of all points on each: the sum over the others of (y - y_j) / (1 + |y - y_j|^2)^2, and behind it that of
// 1 / (1 + |y - y_j|^2). Points come in tiles that a workgroup shares.
var<workgroup> tile: array<vec4<f32>, WORKGROUP>;

fn work(group: u32, local: u32) {
    let point = invocation_index(group, local);
    var place = vec4<f32>();
    if point < params.count {
        place = load_places(point);
    }
    var sum = vec4<f32>();
    for (var first = 0u; first < params.count; first += WORKGROUP) {
        workgroupBarrier();
        if first + local < params.count {
            tile[local] = load_places(first + local);
        }
        workgroupBarrier();
        // Sums of tiles apart: a million small numbers keep their digits.
        var part = vec4<f32>();
        for (var other = 0u; other < min(WORKGROUP, params.count - first); other += 1u) {
            let difference = place - tile[other];
            let near = select(1.0 / (1.0 + dot(difference, difference)), 0.0, first + other == point);
            part += near * vec4<f32>(near * difference.xyz, 1.0);
        }
        sum += part;
    }
    if point < params.count {
        store_pushes(point, sum);
    }
}
