// The push of the grid's field on each point, as tsne_push.wgsl has it of pairs: minus half of the field's gradient, and
// behind it the field, both less what the point feels of itself, a polynomial of its place between nodes.
fn work(group: u32, local: u32) {
    let point = invocation_index(group, local);
    if point >= params.count {
        return;
    }
    let located = locate(load_places(point).xy);
    let along_y = weights(located.between.y);
    let slope_y = slopes(located.between.y);
    var straight = vec4<f32>();
    var sloped = vec4<f32>();
    for (var row = 0u; row < 4u; row += 1u) {
        let first = (located.node.y + row) * params.columns + located.node.x;
        let nodes = vec4<f32>(
            load_potential(first),
            load_potential(first + 1u),
            load_potential(first + 2u),
            load_potential(first + 3u),
        );
        straight += along_y[row] * nodes;
        sloped += slope_y[row] * nodes;
    }
    let along_x = weights(located.between.x);
    // The field's gradient is half of the slope of what a point feels of itself: the other half comes from the charge's
    // moving along.
    let middle = located.between - 0.5;
    let q = middle * middle;
    let own = mat4x4<f32>(load_own(0u), load_own(1u), load_own(2u), load_own(3u));
    let values_x = powers(q.x) * own;
    let own_slope = middle * vec2<f32>(dot(powers(q.y), steepness(q.x) * own), dot(steepness(q.y), values_x));
    let slope = vec2<f32>(dot(straight, slopes(located.between.x)), dot(sloped, along_x)) - own_slope;
    let near = dot(straight, along_x) - dot(powers(q.y), values_x);
    store_pushes(point, vec4<f32>(-0.5 * params.inverse_spacing * slope, 0.0, near));
}

fn powers(q: f32) -> vec4<f32> {
    return vec4<f32>(1.0, q, q * q, q * q * q);
}

// Derivatives of `powers`.
fn steepness(q: f32) -> vec4<f32> {
    return vec4<f32>(0.0, 1.0, 2.0 * q, 3.0 * q * q);
}
