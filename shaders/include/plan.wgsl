// The batch's plan: lists of words, each found by an offset in `params`.
@group(0) @binding(1) var<storage, read> plan: array<u32>;

// One field of the shape of type `kind`; `types` is where the shapes start.
fn shape(types: u32, kind: u32, field: u32) -> u32 {
    return plan[types + kind * TYPE_WORDS + field];
}
