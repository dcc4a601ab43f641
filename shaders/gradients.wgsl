// Sums the gradient of each listed row and writes it, in the order of the list: for looking at gradients without a step.
fn visit(slot: u32, row: Row, lane: u32) {
    for (var q = lane; q < row.width4; q += 2u * ROW_LANES) {
        let sum = gradient(slot, row, q);
        store_gradients(row.listed + q, sum.here);
        if q + ROW_LANES < row.width4 {
            store_gradients(row.listed + q + ROW_LANES, sum.next);
        }
    }
}
