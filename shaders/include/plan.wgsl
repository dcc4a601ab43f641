// The batch's plan is lists of words, each found by an offset in `params`.

// One field of the shape of type `kind`; `types` is where the shapes start.
fn shape(types: u32, kind: u32, field: u32) -> u32 {
    return load_plan(types + kind * TYPE_WORDS + field);
}
