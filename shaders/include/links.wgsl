// Where the summed slices lie: rows of `source4` vec4s, of which `width4` from `slice4` on; pairs (coefficient, row) from
// word `links` of the plan on.
struct Slice {
    source4: u32,
    slice4: u32,
    width4: u32,
    links: u32,
}

// The sum over the links `first` to `end` of coefficient times vec4 `q` of the slice, and the same of its next vec4.
fn linked_sum(slice: Slice, first: u32, end: u32, q: u32) -> Two {
    var sum = Two();
    // The last row has nothing behind it: read its own vec4 again.
    let next = select(q, q + ROW_LANES, q + ROW_LANES < slice.width4);
    for (var link = slice.links + 2u * first; link < slice.links + 2u * end; link += 2u) {
        let coefficient = load_coefficients(load_plan(link));
        let row = load_plan(link + 1u) * slice.source4 + slice.slice4;
        sum.here += coefficient * load_source(row + q);
        sum.next += coefficient * load_source(row + next);
    }
    return sum;
}
