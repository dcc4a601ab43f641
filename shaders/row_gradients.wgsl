// The gradient of each touched row: the pair term's (its segments, or the parts made beforehand) plus the structural
// term's (sums by item for type 0, M_k^T times the image's gradient for the others). ROW_LANES invocations a row.
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
    let slot = row_index(workgroup, workgroups, local);
    if slot >= params.count {
        return;
    }
    let row = listed_row(slot, params.starts, params.types, params.rows);
    let at = select(row.listed, row.table, params.dense != 0u);
    for (var q = local % ROW_LANES; q < row.width4; q += ROW_LANES) {
        var sum = pair_gradient(slot, row, q);
        if params.structure != NONE {
            sum += structure_gradient(slot, row, q);
        }
        gradients[at + q] = sum;
    }
}

fn pair_gradient(slot: u32, row: Row, q: u32) -> vec4<f32> {
    var sum = vec4<f32>();
    let first = plan[params.row_segments + slot];
    let end = plan[params.row_segments + slot + 1u];
    let part = plan[params.partials + slot];
    if part != NONE {
        for (var p = part; p < part + end - first; p += 1u) {
            sum += decomposed[p * params.widest4 + q];
        }
        return sum;
    }
    let slice = shape(params.types, row.kind, COMPOSED4) + q;
    for (var e = plan[params.segment_starts + first]; e < plan[params.segment_starts + end]; e += 1u) {
        let segment = plan[params.entries + e];
        let item = plan[params.segment_items + segment];
        sum += weights[item * params.type_count + row.kind] * sums[segment * params.composed4 + slice];
    }
    return sum;
}

fn structure_gradient(slot: u32, row: Row, q: u32) -> vec4<f32> {
    var sum = vec4<f32>();
    let index = plan[params.structure + slot];
    if index == NONE {
        return sum;
    }
    if row.kind == 0u {
        for (var s = plan[params.item_segments + index]; s < plan[params.item_segments + index + 1u]; s += 1u) {
            sum += item_sums[s * params.item4 + q];
        }
        return sum;
    }
    var at = shape(params.transfer_types, row.kind, TABLE4) + q;
    for (var r = 0u; r < params.item4; r += 1u) {
        let d = image_gradients[index * params.item4 + r];
        sum += d.x * transfer[at];
        sum += d.y * transfer[at + row.width4];
        sum += d.z * transfer[at + 2u * row.width4];
        sum += d.w * transfer[at + 3u * row.width4];
        at += 4u * row.width4;
    }
    return sum;
}
