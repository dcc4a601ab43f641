// The map's points as antialiased discs, one instanced quad each, and the copy of the finished picture to the window.

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
    // Colour of the canvas: the rim that keeps overlapping discs apart.
    background: vec4f,
}

@group(0) @binding(0) var<uniform> view: View;

struct Disc {
    @builtin(position) position: vec4f,
    @location(0) from_centre: vec2f,
    @location(1) @interpolate(flat) colour: vec4f,
    @location(2) @interpolate(flat) radius: f32,
}

@vertex
fn vs_disc(
    @builtin(vertex_index) corner: u32,
    @location(0) from_to: vec4f,
    @location(1) colour: vec4f,
    @location(2) radius: f32,
) -> Disc {
    let side = vec2f(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0;
    let radius_px = radius * view.radius_scale;
    // One pixel more than the disc, for its soft edge.
    let from_centre = side * (radius_px + 1.0);
    let centre = mix(from_to.xy, from_to.zw, view.blend) * view.clip_from_map_scale + view.clip_from_map_offset;
    var disc: Disc;
    disc.position = vec4f(centre + from_centre * 2.0 / view.size, 0.0, 1.0);
    disc.from_centre = from_centre;
    disc.colour = colour;
    disc.radius = radius_px;
    return disc;
}

@fragment
fn fs_disc(disc: Disc) -> @location(0) vec4f {
    let distance = length(disc.from_centre);
    let coverage = clamp(disc.radius + 0.5 - distance, 0.0, 1.0);
    // Only discs that are large enough have room for a rim.
    let rim = clamp(distance - disc.radius + 1.5, 0.0, 1.0) * smoothstep(2.5, 4.5, disc.radius) * 0.65;
    let colour = mix(disc.colour.rgb, view.background.rgb, rim);
    return vec4f(colour, 1.0) * (disc.colour.a * coverage);
}

@group(0) @binding(0) var picture: texture_2d<f32>;

struct Screen {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
}

@vertex
fn vs_copy(@builtin(vertex_index) corner: u32) -> Screen {
    // One triangle that covers the viewport.
    let uv = vec2f(f32((corner << 1u) & 2u), f32(corner & 2u));
    var screen: Screen;
    screen.position = vec4f(uv * vec2f(2.0, -2.0) + vec2f(-1.0, 1.0), 0.0, 1.0);
    screen.uv = uv;
    return screen;
}

fn texel(uv: vec2f) -> vec4f {
    let size = textureDimensions(picture);
    let at = min(vec2u(max(uv, vec2f(0.0)) * vec2f(size)), size - 1u);
    return textureLoad(picture, at, 0);
}

@fragment
fn fs_copy(screen: Screen) -> @location(0) vec4f {
    return texel(screen.uv);
}

// For windows whose pixels are encoded on write: the picture already is.
@fragment
fn fs_copy_decoded(screen: Screen) -> @location(0) vec4f {
    let encoded = texel(screen.uv);
    let low = encoded.rgb / 12.92;
    let high = pow((encoded.rgb + 0.055) / 1.055, vec3f(2.4));
    return vec4f(select(high, low, encoded.rgb <= vec3f(0.04045)), encoded.a);
}
