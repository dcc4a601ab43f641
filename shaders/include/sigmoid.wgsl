// Only exponentials of negative numbers: nothing overflows.
fn sigmoid(x: f32) -> f32 {
    let t = exp(-abs(x));
    return select(t, 1.0, x >= 0.0) / (1.0 + t);
}

// log(1 + exp(x)); the series keeps the digits that 1 + t would lose.
fn softplus(x: f32) -> f32 {
    let t = exp(-abs(x));
    let tail = select(log(1.0 + t), t * (1.0 - 0.5 * t), t < 1e-3);
    return max(x, 0.0) + tail;
}
