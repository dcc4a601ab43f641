// Rows of all types in one list: `starts` holds the first row and the first vec4 of each type, then both totals.
struct Place {
    kind: u32,
    // Index in the list of rows.
    slot: u32,
    // vec4 within the row.
    lane: u32,
}

// The place of vec4 number `element`, which must be below the total.
fn place_of(element: u32, starts: u32, types: u32) -> Place {
    var kind = 0u;
    while element >= plan[starts + 2u * kind + 3u] {
        kind += 1u;
    }
    let width4 = shape(types, kind, WIDTH4);
    let offset = element - plan[starts + 2u * kind + 1u];
    return Place(kind, plan[starts + 2u * kind] + offset / width4, offset % width4);
}

// Where a place lies in the buffer of all types; `rows` is the list of rows, NONE if every row is listed.
fn table_index(place: Place, starts: u32, types: u32, rows: u32) -> u32 {
    var row = place.slot - plan[starts + 2u * place.kind];
    if rows != NONE {
        row = plan[rows + place.slot];
    }
    return shape(types, place.kind, TABLE4) + row * shape(types, place.kind, WIDTH4) + place.lane;
}
