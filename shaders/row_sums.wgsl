// Sums of coefficient times row, one sum a segment (at most SEGMENT entries of one row). ROW_LANES invocations a
// segment; each sums two vec4 at a time, which halves what it reads beside the rows.
@group(0) @binding(2) var<storage, read> coefficients: array<f32>;
@group(0) @binding(3) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let segment = row_index(workgroup, workgroups, local);
    if segment >= params.count {
        return;
    }
    let first = params.links + 2u * plan[params.segment_starts + segment];
    let end = params.links + 2u * plan[params.segment_starts + segment + 1u];
    for (var q = local % ROW_LANES; q < params.width4; q += 2u * ROW_LANES) {
        var sum = vec4<f32>();
        var next_sum = vec4<f32>();
        // The last row has nothing behind it: read its own vec4 again and drop the sum.
        let has_next = q + ROW_LANES < params.width4;
        let next = select(q, q + ROW_LANES, has_next);
        for (var link = first; link < end; link += 2u) {
            let coefficient = coefficients[plan[link]];
            let row = plan[link + 1u] * params.width4;
            sum += coefficient * source[row + q];
            next_sum += coefficient * source[row + next];
        }
        sums[segment * params.width4 + q] = sum;
        if has_next {
            sums[segment * params.width4 + next] = next_sum;
        }
    }
}
