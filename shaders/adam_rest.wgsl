// Adam on the rows that the batch did not touch: their gradient is zero, yet their moments carry them on.
fn visit(slot: u32, row: Row, lane: u32) {
    let touched = load_plan(params.marks + row.number / 32u) >> (row.number % 32u) & 1u;
    if touched == 1u {
        return;
    }
    for (var q = lane; q < row.width4; q += ROW_LANES) {
        adam_move(row.table + q, vec4<f32>());
    }
}
