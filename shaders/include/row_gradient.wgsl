// The gradient of a touched row: the pair term's (an item's own terms, the sums of an attribute's items, or the parts
// made of either beforehand) plus the structural term's.
fn gradient(slot: u32, row: Row, q: u32) -> Two {
    var sum = pair_gradient(slot, row, q);
    if params.structure != NONE {
        let index = load_plan(params.structure + slot);
        if index != NONE {
            add_structure_gradient(&sum, index, row, q);
        }
    }
    return sum;
}

fn pair_gradient(slot: u32, row: Row, q: u32) -> Two {
    let next = select(q, q + ROW_LANES, q + ROW_LANES < row.width4);
    let first_source = load_plan(params.row_segments + slot);
    let end_source = load_plan(params.row_segments + slot + 1u);
    let first = load_plan(params.segment_starts + first_source);
    let end = load_plan(params.segment_starts + end_source);
    let part = load_plan(params.partials + slot);
    var sum = Two();
    if part != NONE {
        // An item has a part for each segment of its terms, an attribute one for SEGMENT of them.
        let parts = select(end_source - first_source, end - first, row.kind == 0u);
        for (var p = part; p < part + parts; p += 1u) {
            sum.here += load_parts(p * params.widest4 + q);
            sum.next += load_parts(p * params.widest4 + next);
        }
        return sum;
    }
    for (var e = first; e < end; e += 1u) {
        let segment = load_plan(params.entries + 2u * e);
        let weight = bitcast<f32>(load_plan(params.entries + 2u * e + 1u));
        if row.kind == 0u {
            let slice = Slice(params.composed4, 0u, row.width4, params.links);
            let terms = linked_sum(slice, load_plan(params.term_starts + segment), load_plan(params.term_starts + segment + 1u), q);
            sum.here += weight * terms.here;
            sum.next += weight * terms.next;
        } else {
            let at = segment * params.sums4 + shape(params.types, row.kind, COMPOSED4) - params.item4;
            sum.here += weight * load_sums(at + q);
            sum.next += weight * load_sums(at + next);
        }
    }
    return sum;
}

fn add_structure_gradient(sum: ptr<function, Two>, index: u32, row: Row, q: u32) {
    let next = select(q, q + ROW_LANES, q + ROW_LANES < row.width4);
    if row.kind != 0u {
        let at = params.first_attribute4 + index * params.widest4;
        (*sum).here += load_structure_sums(at + q);
        (*sum).next += load_structure_sums(at + next);
        return;
    }
    for (var s = load_plan(params.item_segments + index); s < load_plan(params.item_segments + index + 1u); s += 1u) {
        (*sum).here += load_structure_sums(s * params.item4 + q);
        (*sum).next += load_structure_sums(s * params.item4 + next);
    }
}
