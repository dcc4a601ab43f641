// Sums of coefficient times row, one sum a segment (at most SEGMENT entries of one row). One invocation a vec4.
@group(0) @binding(2) var<storage, read> coefficients: array<f32>;
@group(0) @binding(3) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<f32>>;

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
    let segment = index / params.width4;
    let lane = index % params.width4;
    var sum = vec4<f32>();
    for (var e = plan[params.segment_starts + segment]; e < plan[params.segment_starts + segment + 1u]; e += 1u) {
        let entry = plan[params.entries + e];
        sum += coefficients[entry] * source[plan[params.others + entry] * params.width4 + lane];
    }
    sums[index] = sum;
}
