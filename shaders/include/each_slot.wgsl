// Calls `visit` for each of `count` slots, ROW_LANES invocations a slot.
@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = row_index(workgroup, workgroups, local);
    if slot < params.count {
        visit(slot, local % ROW_LANES);
    }
}
