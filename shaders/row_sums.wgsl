// Sums of coefficient times a slice of a row, one sum a segment (at most SEGMENT entries of one row). ROW_LANES
// invocations a segment; each sums two vec4 at a time, which halves what it reads beside the rows.
fn visit(index: u32, lane: u32) {
    var segment = index;
    if params.listed != NONE {
        segment = load_plan(params.listed + index);
    }
    let slice = Slice(params.source4, params.slice4, params.width4, params.links);
    let first = load_plan(params.segment_starts + segment);
    let end = load_plan(params.segment_starts + segment + 1u);
    for (var q = lane; q < params.width4; q += 2u * ROW_LANES) {
        let sum = linked_sum(slice, first, end, q);
        store_sums(index * params.out4 + q, sum.here);
        if q + ROW_LANES < params.width4 {
            store_sums(index * params.out4 + q + ROW_LANES, sum.next);
        }
    }
}
