// The map's points as a density: each adds its colour to the four pixels around it, and the sums are shown.
//
// WGSL has no float atomics: amounts are fixed-point, 1/64 of a pixel covered each.

struct View {
    // clip = map * scale + offset
    clip_from_map_scale: vec2f,
    clip_from_map_offset: vec2f,
    // Size of the picture in pixels.
    size: vec2f,
    // Pixels for each unit of a point's radius.
    radius_scale: f32,
    // 0 shows where the points were, 1 where they are now.
    blend: f32,
    background: vec4f,
    // How much of the density is seen: 0 to 1.
    fade: f32,
    // The coverage of a pixel that is shown at full strength.
    full: f32,
    // Of so many points that follow each other one is summed, for all of them.
    thinning: f32,
    rest: f32,
}

struct Style {
    // Red, green, blue, opacity: 8 bits each, red lowest.
    colour: u32,
    radius: f32,
}

const UNIT: f32 = 64.0;
// More says nothing more of a pixel, and four times as much would not fit.
const MOST: u32 = 1u << 22u;

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> points: array<vec4f>;
@group(0) @binding(2) var<storage, read> styles: array<Style>;
// [pixels * 4] sums of red, green and blue times coverage, and of coverage.
@group(0) @binding(3) var<storage, read_write> sums: array<atomic<u32>>;

@compute @workgroup_size(64)
fn splat(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let index = (id.y * groups.x * 64u + id.x) * u32(view.thinning);
    if index >= arrayLength(&points) || index >= arrayLength(&styles) {
        return;
    }
    let from_to = points[index];
    let clip = mix(from_to.xy, from_to.zw, view.blend) * view.clip_from_map_scale + view.clip_from_map_offset;
    let place = (clip * vec2f(0.5, -0.5) + 0.5) * view.size - 0.5;
    // Also refuses what is no number.
    if !all(place > vec2f(-1.0)) || !all(place < view.size) {
        return;
    }
    let style = styles[index];
    let colour = unpack4x8unorm(style.colour);
    let radius = max(style.radius * view.radius_scale, 0.5);
    let amount = 3.1415927 * radius * radius * colour.a * view.thinning * UNIT;
    let corner = floor(place);
    let part = place - corner;
    for (var side = 0u; side < 4u; side++) {
        let step = vec2f(f32(side & 1u), f32(side >> 1u));
        let pixel = corner + step;
        let share = mix(1.0 - part, part, step);
        let weight = u32(amount * share.x * share.y);
        if weight > 0u && all(pixel >= vec2f(0.0)) && all(pixel < view.size) {
            let at = (u32(pixel.y) * u32(view.size.x) + u32(pixel.x)) * 4u;
            if at + 3u < arrayLength(&sums) && atomicLoad(&sums[at + 3u]) < MOST {
                let mass = colour.rgb * f32(weight);
                atomicAdd(&sums[at], u32(mass.r));
                atomicAdd(&sums[at + 1u], u32(mass.g));
                atomicAdd(&sums[at + 2u], u32(mass.b));
                atomicAdd(&sums[at + 3u], weight);
            }
        }
    }
}

@group(0) @binding(4) var<storage, read> totals: array<vec4u>;

@vertex
fn vs_density(@builtin(vertex_index) corner: u32) -> @builtin(position) vec4f {
    // One triangle that covers the picture.
    let uv = vec2f(f32((corner << 1u) & 2u), f32(corner & 2u));
    return vec4f(uv * vec2f(2.0, -2.0) + vec2f(-1.0, 1.0), 0.0, 1.0);
}

@fragment
fn fs_density(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let at = u32(position.y) * u32(view.size.x) + u32(position.x);
    if at >= arrayLength(&totals) {
        return vec4f(0.0);
    }
    let total = vec4f(totals[at]);
    if total.a <= 0.0 {
        return vec4f(0.0);
    }
    let coverage = total.a / UNIT;
    // A lone point is seen, and a crowd differs from a larger crowd.
    let strength = mix(0.4, 1.0, clamp(log(1.0 + coverage) / log(1.0 + view.full), 0.0, 1.0));
    let alpha = (1.0 - exp(-2.0 * coverage)) * strength * view.fade;
    return vec4f(total.rgb / total.a, 1.0) * alpha;
}
