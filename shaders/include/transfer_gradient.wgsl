// The gradient of a row of a transfer matrix: the parts in order, plus the regulariser's.
fn gradient(slot: u32, row: Row, q: u32) -> Two {
    // d beta ||M||^2 = 2 beta M; d beta ||M|| = beta M / ||M||, and 0 at M = 0.
    var factor = 2.0 * params.beta;
    if params.squared == 0u {
        let square = load_losses(params.losses + row.kind - 1u);
        factor = 0.0;
        if square > 0.0 {
            factor = params.beta / sqrt(square);
        }
    }
    let next = select(q, q + ROW_LANES, q + ROW_LANES < row.width4);
    let within = row.table - shape(params.types, row.kind, TABLE4);
    var sum = Two();
    for (var p = load_plan(params.part_starts + row.kind); p < load_plan(params.part_starts + row.kind + 1u); p += 1u) {
        sum.here += load_parts(p * params.largest4 + within + q);
        sum.next += load_parts(p * params.largest4 + within + next);
    }
    sum.here += factor * load_table(row.table + q);
    sum.next += factor * load_table(row.table + next);
    return sum;
}
