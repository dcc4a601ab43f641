// Calls `visit` for each of `count` slots, ROW_LANES invocations a slot.
fn work(group: u32, local: u32) {
    let slot = row_index(group, local);
    if slot < params.count {
        visit(slot, local % ROW_LANES);
    }
}
