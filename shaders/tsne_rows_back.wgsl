// The convolved rows of the grid, transformed back: the potential at its nodes. A workgroup a row.
fn work(row: u32, local: u32) {
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
