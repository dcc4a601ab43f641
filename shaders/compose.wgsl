// Composed vectors of a side's items: the slice of type k is w_ik E_k[id_k(i)] (MODEL.md, eq. 7), zero where missing.
// One invocation a vec4.
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> composed: array<vec4<f32>>;

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
    let item = plan[params.items + index / params.composed4];
    let lane = index % params.composed4;
    var kind = 0u;
    while kind + 1u < params.type_count && lane >= shape(params.types, kind + 1u, COMPOSED4) {
        kind += 1u;
    }
    let id = ids[item * params.type_count + kind];
    var value = vec4<f32>();
    if id != NONE {
        let start = shape(params.types, kind, TABLE4) + id * shape(params.types, kind, WIDTH4);
        let weight = weights[item * params.type_count + kind];
        value = weight * table[start + lane - shape(params.types, kind, COMPOSED4)];
    }
    composed[index] = value;
}
