// Sums of coefficient times a slice of a row, one sum a segment (at most SEGMENT entries of one row). ROW_LANES
// invocations a segment; each sums two vec4 at a time, which halves what it reads beside the rows.
@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let index = row_index(workgroup, workgroups, local);
    if index >= params.count {
        return;
    }
    var segment = index;
    if params.listed != NONE {
        segment = plan[params.listed + index];
    }
    let slice = Slice(params.source4, params.slice4, params.width4, params.links);
    let first = plan[params.segment_starts + segment];
    let end = plan[params.segment_starts + segment + 1u];
    for (var q = local % ROW_LANES; q < params.width4; q += 2u * ROW_LANES) {
        let sum = linked_sum(slice, first, end, q);
        store_sums(index * params.out4 + q, sum.here);
        if q + ROW_LANES < params.width4 {
            store_sums(index * params.out4 + q + ROW_LANES, sum.next);
        }
    }
}
