// Sums the gradient of each listed row, adds its mean square to the row's accumulator, and moves the row by the gradient
// over the accumulator's root at once. ROW_LANES invocations a row.
var<workgroup> parts: array<f32, WORKGROUP>;

fn work(group: u32, local: u32) {
    let slot = row_index(group, local);
    let lane = local % ROW_LANES;
    var row = Row();
    // Rows of up to 8 ROW_LANES dimensions stay here; what is beyond is summed twice.
    var held = Two();
    var part = 0.0;
    var accumulated = 0.0;
    if slot < params.count {
        row = listed_row(slot, params.starts, params.types, params.rows);
        accumulated = load_accumulators(row.number);
        for (var q = lane; q < row.width4; q += 2u * ROW_LANES) {
            let sum = gradient(slot, row, q);
            if q == lane {
                held = sum;
            }
            part += dot(sum.here, sum.here);
            if q + ROW_LANES < row.width4 {
                part += dot(sum.next, sum.next);
            }
        }
    }
    parts[local] = part;
    workgroupBarrier();
    if slot >= params.count {
        return;
    }
    var square = 0.0;
    for (var other = 0u; other < ROW_LANES; other += 1u) {
        square += parts[local - lane + other];
    }
    accumulated += square / f32(shape(params.types, row.kind, WIDTH));
    let root = sqrt(accumulated) + params.epsilon;
    if lane == 0u {
        store_accumulators(row.number, accumulated);
    }
    // With epsilon 0 a row that never had a gradient stays.
    if root > 0.0 {
        for (var q = lane; q < row.width4; q += 2u * ROW_LANES) {
            var sum = held;
            if q != lane {
                sum = gradient(slot, row, q);
            }
            let at = row.table + q;
            store_table(at, load_table(at) - params.learning_rate / root * sum.here);
            if q + ROW_LANES < row.width4 {
                store_table(at + ROW_LANES, load_table(at + ROW_LANES) - params.learning_rate / root * sum.next);
            }
        }
    }
}
