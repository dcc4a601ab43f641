// Least and largest coordinates of all places, (x, y) and (x, y), in WORKGROUP parts, one a workgroup.
var<workgroup> shares: array<vec4<f32>, WORKGROUP>;

fn work(part: u32, local: u32) {
    // Parts without a point of their own tell the first one's place.
    let start = load_places(0u).xy;
    var share = vec4<f32>(start, start);
    if part < WORKGROUP {
        for (var at = part * WORKGROUP + local; at < params.count; at += WORKGROUP * WORKGROUP) {
            let place = load_places(at).xy;
            share = vec4<f32>(min(share.xy, place), max(share.zw, place));
        }
    }
    shares[local] = share;
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if local < half {
            let other = shares[local + half];
            shares[local] = vec4<f32>(min(shares[local].xy, other.xy), max(shares[local].zw, other.zw));
        }
        workgroupBarrier();
    }
    if local == 0u && part < WORKGROUP {
        store_parts(part, shares[0]);
    }
}
