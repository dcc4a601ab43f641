// Takes the middle of the map from each place.
@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let middle = total(local) / f32(params.count);
    let point = invocation_index(workgroup, workgroups, local);
    if point < params.count {
        store_places(point, load_places(point) - middle);
    }
}
