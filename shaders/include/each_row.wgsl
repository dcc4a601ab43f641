// Calls `visit` for each listed row, ROW_LANES invocations a row.
@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let slot = row_index(workgroup, workgroups, local);
    if slot < params.count {
        visit(slot, listed_row(slot, params.starts, params.types, params.rows), local % ROW_LANES);
    }
}
