// Two vec4 of a row, ROW_LANES apart; `next` means nothing where the row ends before it.
struct Two {
    here: vec4<f32>,
    next: vec4<f32>,
}
