// The sum of all values of a buffer in WORKGROUP parts, one a workgroup.
var<workgroup> shares: array<vec4<f32>, WORKGROUP>;

fn work(part: u32, local: u32) {
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
