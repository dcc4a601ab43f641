// The push of the grid's field on each point, as tsne_push.wgsl has it of pairs: minus half of the field's gradient, and
// behind it the field less the point's own share of 1.
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
    let gradient = vec2<f32>(dot(straight, slopes(located.between.x)), dot(sloped, along_x)) * params.inverse_spacing;
    store_pushes(point, vec4<f32>(-0.5 * gradient, 0.0, dot(straight, along_x) - 1.0));
}
