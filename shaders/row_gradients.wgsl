// The gradient of each touched row: the pair term's (its segments, or the parts made beforehand) plus the structural
// term's (sums by item for type 0, M_k^T times the image's gradient for the others). One invocation a vec4.
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> decomposed: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> item_sums: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> image_gradients: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> transfer: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> gradients: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let element = invocation_index(workgroup, workgroups, local);
    if element >= params.count {
        return;
    }
    let place = place_of(element, params.starts, params.types);
    var sum = pair_gradient(place);
    if params.structure != NONE {
        sum += structure_gradient(place);
    }
    var at = element;
    if params.dense != 0u {
        at = table_index(place, params.starts, params.types, params.rows);
    }
    gradients[at] = sum;
}

fn pair_gradient(place: Place) -> vec4<f32> {
    var sum = vec4<f32>();
    let first = plan[params.row_segments + place.slot];
    let end = plan[params.row_segments + place.slot + 1u];
    let part = plan[params.partials + place.slot];
    if part != NONE {
        for (var p = part; p < part + end - first; p += 1u) {
            sum += decomposed[p * params.widest4 + place.lane];
        }
        return sum;
    }
    let slice = shape(params.types, place.kind, COMPOSED4) + place.lane;
    for (var e = plan[params.segment_starts + first]; e < plan[params.segment_starts + end]; e += 1u) {
        let segment = plan[params.entries + e];
        let item = plan[params.segment_items + segment];
        sum += weights[item * params.type_count + place.kind] * sums[segment * params.composed4 + slice];
    }
    return sum;
}

fn structure_gradient(place: Place) -> vec4<f32> {
    var sum = vec4<f32>();
    let index = plan[params.structure + place.slot];
    if index == NONE {
        return sum;
    }
    if place.kind == 0u {
        for (var s = plan[params.item_segments + index]; s < plan[params.item_segments + index + 1u]; s += 1u) {
            sum += item_sums[s * params.item4 + place.lane];
        }
        return sum;
    }
    let width4 = shape(params.types, place.kind, WIDTH4);
    var at = shape(params.transfer_types, place.kind, TABLE4) + place.lane;
    for (var r = 0u; r < params.item4; r += 1u) {
        let d = image_gradients[index * params.item4 + r];
        sum += d.x * transfer[at];
        sum += d.y * transfer[at + width4];
        sum += d.z * transfer[at + 2u * width4];
        sum += d.w * transfer[at + 3u * width4];
        at += 4u * width4;
    }
    return sum;
}
