// Gradients of rows that many segments touch, in parts: each part sums w_ik times the slice of type k over at most
// SEGMENT segments. One invocation a vec4; narrow types leave the last ones of a part idle.
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> decomposed: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = invocation_index(workgroup, workgroups, local);
    if index >= params.count {
        return;
    }
    let part = index / params.widest4;
    let lane = index % params.widest4;
    let kind = plan[params.heavy + 2u * part + 1u];
    if lane >= shape(params.types, kind, WIDTH4) {
        return;
    }
    let source = plan[params.heavy + 2u * part];
    let slice = shape(params.types, kind, COMPOSED4) + lane;
    var sum = vec4<f32>();
    for (var e = plan[params.segment_starts + source]; e < plan[params.segment_starts + source + 1u]; e += 1u) {
        let segment = plan[params.entries + e];
        let item = plan[params.segment_items + segment];
        sum += weights[item * params.type_count + kind] * sums[segment * params.composed4 + slice];
    }
    decomposed[index] = sum;
}
