// Rows of all types in one list: `starts` holds the first row and the first vec4 of each type, then both totals.
struct Row {
    kind: u32,
    width4: u32,
    // First vec4 in a buffer laid out as the list.
    listed: u32,
    // First vec4 in a buffer laid out as the tables.
    table: u32,
    // Number over all rows of the tables.
    number: u32,
}

// Row number `slot` of the list; `rows` is where the list of rows starts, NONE if every row is listed.
fn listed_row(slot: u32, starts: u32, types: u32, rows: u32) -> Row {
    var kind = 0u;
    while slot >= load_plan(starts + 2u * kind + 2u) {
        kind += 1u;
    }
    let width4 = shape(types, kind, WIDTH4);
    let within = slot - load_plan(starts + 2u * kind);
    var row = within;
    if rows != NONE {
        row = load_plan(rows + slot);
    }
    return Row(
        kind,
        width4,
        load_plan(starts + 2u * kind + 1u) + within * width4,
        shape(types, kind, TABLE4) + row * width4,
        shape(types, kind, ROW_START) + row,
    );
}
