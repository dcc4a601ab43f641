// The total of a sum in WORKGROUP parts; all invocations of a workgroup ask for it together.
var<workgroup> parts: array<vec4<f32>, WORKGROUP>;

fn total(local: u32) -> vec4<f32> {
    parts[local] = load_parts(local);
    workgroupBarrier();
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    return parts[0];
}
