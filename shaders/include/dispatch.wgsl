// Calls `work` in every invocation, with the number of its workgroup and its own number there. What exceeds one dimension's
// limit of workgroups is folded into the second; a run may be cut into several dispatches, of which this one begins at
// workgroup `first`.
@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    work(params.first + workgroup.y * workgroups.x + workgroup.x, local);
}

fn invocation_index(group: u32, local: u32) -> u32 {
    return group * WORKGROUP + local;
}

// The row that ROW_LANES neighbouring invocations share; each takes every ROW_LANES-th vec4 of it. Dividing by a
// constant is a shift, dividing by a row's width would cost as much as the row.
fn row_index(group: u32, local: u32) -> u32 {
    return invocation_index(group, local) / ROW_LANES;
}
