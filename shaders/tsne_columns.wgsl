// Convolves each column of the transformed grid with the kernel: padded to twice its length the transform falls apart
// into two of the length itself, at even and at odd frequencies. A workgroup a column.
fn work(column: u32, local: u32) {
    let is_column = column < params.columns;
    for (var odd = 0u; odd < 2u; odd += 1u) {
        for (var row = local; row < params.rows; row += FFT_LANES) {
            var value = vec2<f32>();
            if is_column && row < params.used_rows {
                value = load_spectrum(row * params.columns + column);
            }
            line[row] = product(value, twist(odd, row));
        }
        transform(params.rows, -1.0, local);
        if is_column {
            for (var row = local; row < params.rows; row += FFT_LANES) {
                line[row] *= load_kernel((2u * column + odd) * params.rows + row);
            }
        }
        transform(params.rows, 1.0, local);
        if is_column {
            for (var row = local; row < params.used_rows; row += FFT_LANES) {
                let at = row * params.columns + column;
                var value = product(line[row], conjugate(twist(odd, row)));
                if odd == 1u {
                    value += load_convolved(at);
                }
                store_convolved(at, value);
            }
        }
    }
}

fn twist(odd: u32, row: u32) -> vec2<f32> {
    return conjugate(turn(odd * row, 2u * params.rows));
}
