// Calls `visit` for each listed row, ROW_LANES invocations a row.
fn work(group: u32, local: u32) {
    let slot = row_index(group, local);
    if slot < params.count {
        visit(slot, listed_row(slot, params.starts, params.types, params.rows), local % ROW_LANES);
    }
}
