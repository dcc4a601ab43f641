// The cubic B-spline: the shape in which a point spreads over the grid's nodes.
struct Located {
    // The first of the 4 x 4 nodes that the point touches.
    node: vec2<u32>,
    // Place between nodes, 0 to 1, along both axes.
    between: vec2<f32>,
}

// Where a place lies on the grid; what has left the grid since it was laid lies at its edge.
fn locate(place: vec2<f32>) -> Located {
    let at = place * params.inverse_spacing;
    let node = floor(at) - vec2<f32>(params.origin_x, params.origin_y);
    let kept = clamp(node, vec2<f32>(1.0), vec2<f32>(f32(params.used_columns - 3u), f32(params.used_rows - 3u)));
    return Located(vec2<u32>(kept) - 1u, clamp(at - floor(at) + (node - kept), vec2<f32>(), vec2<f32>(1.0)));
}

fn weights(t: f32) -> vec4<f32> {
    let s = 1.0 - t;
    return vec4<f32>(
        s * s * s / 6.0,
        2.0 / 3.0 - t * t + 0.5 * t * t * t,
        2.0 / 3.0 - s * s + 0.5 * s * s * s,
        t * t * t / 6.0,
    );
}

fn slopes(t: f32) -> vec4<f32> {
    let s = 1.0 - t;
    return vec4<f32>(-0.5 * s * s, t * (1.5 * t - 2.0), s * (2.0 - 1.5 * s), 0.5 * t * t);
}
