// Sums the gradient of each listed row and moves the row against it at once.
fn visit(slot: u32, row: Row, lane: u32) {
    for (var q = lane; q < row.width4; q += 2u * ROW_LANES) {
        let sum = gradient(slot, row, q);
        let at = row.table + q;
        store_table(at, load_table(at) - params.learning_rate * sum.here);
        if q + ROW_LANES < row.width4 {
            store_table(at + ROW_LANES, load_table(at + ROW_LANES) - params.learning_rate * sum.next);
        }
    }
}
