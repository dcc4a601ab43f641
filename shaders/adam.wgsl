// Sums the gradient of each listed row and moves the row by Adam at once.
fn visit(slot: u32, row: Row, lane: u32) {
    for (var q = lane; q < row.width4; q += 2u * ROW_LANES) {
        let sum = gradient(slot, row, q);
        adam_move(row.table + q, sum.here);
        if q + ROW_LANES < row.width4 {
            adam_move(row.table + q + ROW_LANES, sum.next);
        }
    }
}
