// Gradients of rows that many segments touch, in parts: each part sums w_ik times the slice of type k over at most
// SEGMENT segments. ROW_LANES invocations a part.
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> decomposed: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = row_index(workgroup, workgroups, local);
    if part >= params.count {
        return;
    }
    let source = plan[params.heavy + 2u * part];
    let kind = plan[params.heavy + 2u * part + 1u];
    let slice = shape(params.types, kind, COMPOSED4);
    for (var q = local % ROW_LANES; q < shape(params.types, kind, WIDTH4); q += ROW_LANES) {
        var sum = vec4<f32>();
        for (var e = plan[params.segment_starts + source]; e < plan[params.segment_starts + source + 1u]; e += 1u) {
            let segment = plan[params.entries + e];
            let item = plan[params.segment_items + segment];
            sum += weights[item * params.type_count + kind] * sums[segment * params.composed4 + slice + q];
        }
        decomposed[part * params.widest4 + q] = sum;
    }
}
