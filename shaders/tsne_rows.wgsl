// Fourier transform of each charged row of the grid at the points x with x^columns = i, which keeps what wraps around
// apart (Crandall and Fagin 1994). A workgroup a row. The charges are zeroed for the next iteration.
fn work(row: u32, local: u32) {
    let is_row = row < params.used_rows;
    for (var column = local; column < params.columns; column += FFT_LANES) {
        var charge = 0.0;
        if is_row {
            let at = row * params.columns + column;
            charge = f32(load_charges(at)) / params.scale;
            store_charges(at, 0u);
        }
        line[column] = charge * turn(column, 4u * params.columns);
    }
    transform(params.columns, -1.0, local);
    if is_row {
        for (var column = local; column < params.columns; column += FFT_LANES) {
            store_spectrum(row * params.columns + column, line[column]);
        }
    }
}
