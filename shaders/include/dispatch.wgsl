// What exceeds one dimension's limit of workgroups is folded into the second; a run may be cut into several dispatches,
// of which this one begins at workgroup `first`.
fn workgroup_index(workgroup: vec3<u32>, workgroups: vec3<u32>) -> u32 {
    return params.first + workgroup.y * workgroups.x + workgroup.x;
}

fn invocation_index(workgroup: vec3<u32>, workgroups: vec3<u32>, local: u32) -> u32 {
    return workgroup_index(workgroup, workgroups) * WORKGROUP + local;
}

// The row that ROW_LANES neighbouring invocations share; each takes every ROW_LANES-th vec4 of it. Dividing by a
// constant is a shift, dividing by a row's width would cost as much as the row.
fn row_index(workgroup: vec3<u32>, workgroups: vec3<u32>, local: u32) -> u32 {
    return invocation_index(workgroup, workgroups, local) / ROW_LANES;
}
