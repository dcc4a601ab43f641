// The convolved rows of the grid, transformed back: the potential at its nodes. A workgroup a row.
@compute @workgroup_size(FFT_LANES)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = workgroup_index(workgroup, workgroups);
    let is_row = row < params.used_rows;
    for (var column = local; column < params.columns; column += FFT_LANES) {
        line[column] = vec2<f32>();
        if is_row {
            line[column] = load_convolved(row * params.columns + column);
        }
    }
    transform(params.columns, 1.0, local);
    if is_row {
        for (var column = local; column < params.columns; column += FFT_LANES) {
            let potential = dot(line[column], turn(column, 4u * params.columns));
            store_potential(row * params.columns + column, potential);
        }
    }
}
