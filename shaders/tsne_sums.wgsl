// The sum of all values of a buffer in WORKGROUP parts, one a workgroup.
var<workgroup> shares: array<vec4<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let part = workgroup_index(workgroup, workgroups);
    var share = vec4<f32>();
    // A folded dispatch may have workgroups to spare.
    if part < WORKGROUP {
        for (var at = part * WORKGROUP + local; at < params.count; at += WORKGROUP * WORKGROUP) {
            share += load_values(at);
        }
    }
    shares[local] = share;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if local < half {
            shares[local] += shares[local + half];
        }
        workgroupBarrier();
    }
    if local == 0u && part < WORKGROUP {
        store_parts(part, shares[0]);
    }
}
